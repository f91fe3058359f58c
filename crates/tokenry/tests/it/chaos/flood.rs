//! A flood of refused credentials: it costs a few lines in the audit file, which sum up to the right number, and not
//! one write to the database (NT-69).

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tokenry_testkit::{client::Client, server::Server};
use tokio::time::{sleep, timeout};

use super::{audit, random::Random};
use crate::kit::{BINARY, CONTEXT};

const REQUESTS: usize = 2000;
const CLIENTS: usize = 8;

/// Sizes and times of last change of everything that the database consists of, but for the index of its log, which
/// readers write, too.
fn database(data: &Path) -> Vec<(PathBuf, Option<(u64, SystemTime)>)> {
    let paths = ["tokenry.db", "tokenry.db-wal", "tokenry.db-journal"].map(|name| data.join(name));
    let read = |path: PathBuf| {
        let found = fs::metadata(&path).ok();
        let found = found.map(|found| (found.len(), found.modified().unwrap()));
        (path, found)
    };
    paths.into_iter().map(read).collect()
}

/// Waits until the writes of the start are over.
async fn until_quiet(data: &Path) {
    let quiet = timeout(Duration::from_mins(1), async {
        loop {
            let before = database(data);
            sleep(Duration::from_secs(1)).await;
            if database(data) == before {
                return;
            }
        }
    });
    quiet.await.unwrap();
}

/// Strings of every kind that a stranger may try.
fn made_up(random: &mut Random) -> String {
    match random.below(4) {
        0 => random.letters(20),
        1 => random.letters(64),
        2 => [36, 200, 86].map(|length| random.letters(length)).join("."),
        _ => format!(
            "eyJraWQiOiJzcGx1bmsuc2VjcmV0IiwiYWxnIjoiSFM1MTIiLCJ2ZXIiOiJ2MSIsInR0eXAiOiJzdGF0aWMifQ.{}.{}",
            random.letters(200),
            random.letters(86)
        ),
    }
}

async fn flood(client: Client, seed: usize) {
    let mut random = Random::seeded(seed as u64);
    for _ in 0..REQUESTS / CLIENTS {
        let client = client
            .clone()
            .authorization(&format!("Bearer {}", made_up(&mut random)));
        assert_eq!(client.get(CONTEXT).await.status, 401);
    }
}

#[tokio::test]
async fn nt69_a_flood_of_refused_tokens_is_a_few_lines_and_no_write() {
    let mut server = Server::builder(BINARY).log_level("warn").start();
    let data = server.data();
    until_quiet(&data).await;
    let before = database(&data);
    let floods: Vec<_> = (0..CLIENTS)
        .map(|seed| tokio::spawn(flood(server.anonymous(), seed)))
        .collect();
    for flood in floods {
        flood.await.unwrap();
    }
    assert_eq!(database(&data), before, "a refusal costs no write");

    server.stop();
    let lines = audit::lines(&data.join("log"));
    let (first, more) = (
        audit::of_kind(&lines, "refusal"),
        audit::of_kind(&lines, "refusals"),
    );
    assert_eq!(first.len() as u64 + audit::sum(&more), REQUESTS as u64);
    // Each reason has two lines at most for each ten seconds that the flood lasts.
    assert!(lines.len() < 100, "{} lines", lines.len());
    for line in first.iter().chain(&more) {
        assert_eq!(line["address"], "127.0.0.1");
    }
}
