//! Tokens presented to one engine in rounds, against anything that is done to the same strings, or against other tokens
//! of the same engine.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::ensure;
use aws_lc_rs::hmac;

use crate::{
    machine::Watch,
    random::Random,
    rounds::Rounds,
    town::{Presented, Town, present},
};

/// So many are presented in a round: about a millisecond, so that a disturbance spoils few rounds.
pub(crate) const ROUND: usize = 500;

/// Rounds in nanoseconds for one string, and how many cores others used meanwhile.
pub(crate) struct Versus {
    pub(crate) rounds: Rounds,
    pub(crate) others: f64,
    /// How many records were read from the store, which has no part in this.
    pub(crate) read: u64,
}

/// What a bare HMAC is taken of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bytes<'a> {
    /// The part of each string that is signed.
    Own,
    /// Always the same.
    These(&'a [u8]),
}

impl<'a> Bytes<'a> {
    fn of(self, token: &'a Presented) -> &'a [u8] {
        match self {
            Self::Own => token.signed(),
            Self::These(bytes) => bytes,
        }
    }
}

/// Tokens against as many bare HMACs, of the same strings in the same order.
pub(crate) async fn versus_hmac(
    town: &Town,
    count: usize,
    mut choose: impl FnMut() -> usize,
    bytes: Bytes<'_>,
) -> anyhow::Result<Versus> {
    let (watch, read) = begin(town)?;
    let mut rounds = Rounds::default();
    for number in 0..count {
        let strings = received(&town.tokens, &mut choose);
        let mut reference = None;
        if number % 2 == 0 {
            reference = Some(sign_all(&town.bare, &strings, bytes));
        }
        let subject = verify_all(town, &strings).await?;
        let reference = reference.unwrap_or_else(|| sign_all(&town.bare, &strings, bytes));
        rounds.push(each(reference, &strings), each(subject, &strings));
    }
    Ok(Versus {
        rounds,
        others: watch.others()?,
        read: town.lookups() - read,
    })
}

/// Some tokens against others, all drawn at random.
pub(crate) async fn versus_others(
    town: &Town,
    count: usize,
    reference: &[Presented],
    subject: &[Presented],
) -> anyhow::Result<Versus> {
    ensure!(!reference.is_empty() && !subject.is_empty(), "no tokens");
    let (watch, read) = begin(town)?;
    let mut random = Random::new(2);
    let mut rounds = Rounds::default();
    for number in 0..count {
        let strings = received(reference, || random.below(reference.len()));
        let others = received(subject, || random.below(subject.len()));
        let (first, second) = if number % 2 == 0 {
            let first = verify_all(town, &strings).await?;
            (first, verify_all(town, &others).await?)
        } else {
            let second = verify_all(town, &others).await?;
            (verify_all(town, &strings).await?, second)
        };
        rounds.push(each(first, &strings), each(second, &others));
    }
    Ok(Versus {
        rounds,
        others: watch.others()?,
        read: town.lookups() - read,
    })
}

/// The strings of a round. They are copied, because a server, too, has just received what it verifies; where their
/// records lie in memory is another matter.
pub(crate) fn received(tokens: &[Presented], mut choose: impl FnMut() -> usize) -> Vec<Presented> {
    (0..ROUND)
        .filter_map(|_| tokens.get(choose()).cloned())
        .collect()
}

pub(crate) fn sign_all(key: &hmac::Key, tokens: &[Presented], bytes: Bytes<'_>) -> Duration {
    let begin = Instant::now();
    for token in tokens {
        black_box(hmac::sign(key, black_box(bytes.of(token))));
    }
    begin.elapsed()
}

/// Nanoseconds for one.
pub(crate) fn each(took: Duration, tokens: &[Presented]) -> f64 {
    let count = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
    took.as_secs_f64() * 1e9 / f64::from(count)
}

fn begin(town: &Town) -> anyhow::Result<(Watch, u64)> {
    // The server writes last uses down every few seconds, and begins to gather anew.
    drop(town.engine.uses().take());
    Ok((Watch::begin(&[])?, town.lookups()))
}

async fn verify_all(town: &Town, tokens: &[Presented]) -> anyhow::Result<Duration> {
    let begin = Instant::now();
    present(&town.engine, &town.origin, tokens.iter()).await?;
    Ok(begin.elapsed())
}
