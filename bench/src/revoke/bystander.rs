//! A client who goes on using the tokens of somebody else while something happens, and notes how long he waits.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use anyhow::ensure;
use tokenry_testkit::client::Client;

use crate::random::Random;

/// How long answers took.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Latencies {
    pub(super) count: u32,
    pub(super) longest: Duration,
}

/// Presents these tokens at random, one after the other, until `event` has happened.
pub(super) async fn watch<T>(
    clients: &[Client],
    event: impl Future<Output = T>,
) -> anyhow::Result<(Latencies, T)> {
    let mut latencies = Latencies::default();
    let mut random = Random::new(5);
    let mut event = pin!(event);
    loop {
        let client = clients.get(random.below(clients.len()));
        let mut asked = pin!(async {
            let begin = Instant::now();
            if let Some(client) = client {
                ask(client, 200).await?;
            }
            anyhow::Ok(begin.elapsed())
        });
        // The event goes on while an answer is awaited; an answer that outlasts it counts, too.
        tokio::select! {
            took = &mut asked => latencies.note(took?),
            happened = &mut event => {
                latencies.note(asked.await?);
                return Ok((latencies, happened));
            }
        }
    }
}

/// Presents a token, which must be granted, or refused.
pub(super) async fn ask(client: &Client, status: u16) -> anyhow::Result<()> {
    let answer = client.get("/services/server/info").await;
    ensure!(
        answer.status == status,
        "{} instead of {status}: {}",
        answer.status,
        answer.text
    );
    Ok(())
}

impl Latencies {
    fn note(&mut self, took: Duration) {
        self.count += 1;
        self.longest = self.longest.max(took);
    }
}
