//! Checking one presented token in process, against the bare HMAC-SHA-512 of its bytes, which is the least that
//! anybody must do who believes a JWT.
//!
//! Not here: the way there and back through TLS and HTTP.

mod counting;
mod refusals;
mod town;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::ensure;
use aws_lc_rs::hmac;
use tokenry_core::token::form::splunk_jwt;

use self::town::{Presented, Town, present};
use crate::{
    Run,
    machine::Watch,
    random::Random,
    report::{Row, Target, Unit},
    rounds::Rounds,
};

/// As many as the engine's memory holds.
const TOKENS: u32 = 100_000;

/// So many are presented in a round: about a millisecond, so that a disturbance spoils few rounds.
const ROUND: usize = 500;

const METHOD: &str = "a JWT through Engine::verify over a real SQLite store, 100,000 of them in memory; one thread.\n  \
    Reference: a bare HMAC-SHA-512 of the same bytes with a key of the same length.\n  \
    Rounds of 500 strings, fresh in the cache as from a client, each side first in turn; median of their ratios.";

pub(crate) async fn run(run: &Run) -> anyhow::Result<Vec<Row>> {
    let output = run.output;
    output.heading("verify", METHOD);
    let begin = Instant::now();
    let mut town = Town::found(TOKENS).await?;
    output.note(&format!(
        "  {TOKENS} tokens of {} bytes stored and loaded in {:.1} s",
        town.tokens.first().map_or(0, |token| token.text.len()),
        begin.elapsed().as_secs_f64()
    ));
    for refusal in refusals::all(&mut town).await? {
        output.note(&format!("  {refusal}"));
    }
    let rounds = run.scale(3000, 600);
    let mut random = Random::new(1);
    let mut rows = vec![
        compare(&town, "100,000 at random", rounds, || {
            random.below(town.tokens.len())
        })
        .await?,
        compare(&town, "one hot token", rounds, || 0).await?,
    ];
    rows.push(parse_alone(&town, rounds)?);
    output.note(&format!("  {}", refusals::revoked(&town).await?));
    Ok(rows)
}

/// Rounds of the reference and of the engine, both over the same strings in the same order.
async fn compare(
    town: &Town,
    what: &str,
    count: usize,
    mut choose: impl FnMut() -> usize,
) -> anyhow::Result<Row> {
    let watch = Watch::begin(&[])?;
    let missed = town.lookups();
    // The server writes last uses down every few seconds, and begins to gather anew.
    drop(town.engine.uses().take());
    let mut rounds = Rounds::default();
    for number in 0..count {
        let strings = received(town, &mut choose);
        let mut reference = None;
        if number % 2 == 0 {
            reference = Some(sign_all(&town.bare, &strings));
        }
        let subject = verify_all(town, &strings).await?;
        let reference = reference.unwrap_or_else(|| sign_all(&town.bare, &strings));
        rounds.push(each(reference, &strings), each(subject, &strings));
    }
    let missed = town.lookups() - missed;
    let looked_up = if missed > 0 {
        format!(", {missed} read from the store")
    } else {
        String::new()
    };
    Ok(row(
        &rounds,
        &format!("{what}{looked_up}"),
        Some(Target::AtMost(2.5)),
        watch.others()?,
    ))
}

/// The part of it that needs no records.
fn parse_alone(town: &Town, count: usize) -> anyhow::Result<Row> {
    let watch = Watch::begin(&[])?;
    let mut rounds = Rounds::default();
    for _ in 0..count {
        let strings = received(town, || 0);
        let reference = sign_all(&town.bare, &strings);
        let begin = Instant::now();
        for token in &strings {
            let read = splunk_jwt::verify(&town.keys, &token.text);
            ensure!(black_box(read).is_ok(), "a good token is refused");
        }
        rounds.push(each(reference, &strings), each(begin.elapsed(), &strings));
    }
    Ok(row(
        &rounds,
        "its signature and claims alone",
        None,
        watch.others()?,
    ))
}

/// The strings of a round. They are copied, because a server, too, has just received what it verifies; where their
/// records lie in memory is another matter.
fn received(town: &Town, mut choose: impl FnMut() -> usize) -> Vec<Presented> {
    (0..ROUND)
        .filter_map(|_| town.tokens.get(choose()).cloned())
        .collect()
}

fn sign_all(key: &hmac::Key, tokens: &[Presented]) -> Duration {
    let begin = Instant::now();
    for token in tokens {
        black_box(hmac::sign(key, black_box(token.signed())));
    }
    begin.elapsed()
}

async fn verify_all(town: &Town, tokens: &[Presented]) -> anyhow::Result<Duration> {
    let begin = Instant::now();
    present(&town.engine, tokens.iter()).await?;
    Ok(begin.elapsed())
}

/// Nanoseconds for one.
fn each(took: Duration, tokens: &[Presented]) -> f64 {
    let count = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
    took.as_secs_f64() * 1e9 / f64::from(count)
}

fn row(rounds: &Rounds, what: &str, target: Option<Target>, others: f64) -> Row {
    Row {
        bench: "verify",
        what: what.to_owned(),
        reference: format!("HMAC {:.0} ns", rounds.reference()),
        subject: format!("{:.0} ns", rounds.subject()),
        figure: rounds.ratio(),
        unit: Unit::Times,
        spread: rounds.spread(),
        target,
        others,
    }
}
