//! Checking one presented token in process, against the bare HMAC-SHA-512 of its bytes, which is the least that
//! anybody must do who believes a JWT; and what a persona and a list of trusted addresses add to it.
//!
//! Not here: the way there and back through TLS and HTTP.

mod hex;
mod refusals;

use std::{hint::black_box, time::Instant};

use anyhow::ensure;
use tokenry_core::token::form::splunk_jwt;

use crate::{
    Run,
    machine::Watch,
    random::Random,
    report::{Row, Target, Unit},
    rounds::Rounds,
    town::Town,
    versus::{Bytes, Versus, each, received, sign_all, versus_hmac},
};

/// As many as the engine's memory holds.
const TOKENS: u32 = 100_000;

/// How much more than a bare HMAC the whole contract may take.
const TARGET: Target = Target::AtMost(2.5);

const METHOD: &str = "a token through Engine::verify over a real SQLite store, 100,000 of them in memory; one thread.\n  \
    Reference: a bare HMAC-SHA-512 of the bytes that are signed in it, with a key of the same length.\n  \
    Rounds of 500 strings, fresh in the cache as from a client, each side first in turn; median of their ratios.";

pub(crate) async fn run(run: &Run) -> anyhow::Result<Vec<Row>> {
    run.output.heading("verify", METHOD);
    let rounds = run.scale(3000, 600);
    let (mut rows, signed) = jwts(run, rounds).await?;
    rows.extend(Box::pin(hex::rows(run, rounds, &vec![b'x'; signed])).await?);
    Ok(rows)
}

/// JWTs; and how many bytes are signed in one.
async fn jwts(run: &Run, rounds: usize) -> anyhow::Result<(Vec<Row>, usize)> {
    let begin = Instant::now();
    let mut town = Town::of_jwts(TOKENS).await?;
    say_size(run, &town, "JWTs", begin);
    for refusal in refusals::all(&mut town).await? {
        run.output.note(&format!("  {refusal}"));
    }
    let mut random = Random::new(1);
    let any = || random.below(town.tokens.len());
    let at_random = versus_hmac(&town, rounds, any, Bytes::Own).await?;
    let hot = versus_hmac(&town, rounds, || 0, Bytes::Own).await?;
    let rows = vec![
        row(&at_random, "JWT, 100,000 at random", Some(TARGET)),
        row(&hot, "JWT, one hot token", Some(TARGET)),
        parse_alone(&town, rounds)?,
    ];
    run.output
        .note(&format!("  {}", refusals::revoked(&town).await?));
    let signed = town.tokens.first().map_or(0, |token| token.signed().len());
    Ok((rows, signed))
}

/// The part of it that needs no records.
fn parse_alone(town: &Town, count: usize) -> anyhow::Result<Row> {
    let watch = Watch::begin(&[])?;
    let mut rounds = Rounds::default();
    for _ in 0..count {
        let strings = received(&town.tokens, || 0);
        let reference = sign_all(&town.bare, &strings, Bytes::Own);
        let begin = Instant::now();
        for token in &strings {
            let read = splunk_jwt::verify(&town.keys, &token.text);
            ensure!(black_box(read).is_ok(), "a good token is refused");
        }
        rounds.push(each(reference, &strings), each(begin.elapsed(), &strings));
    }
    let versus = Versus {
        rounds,
        others: watch.others()?,
        read: 0,
    };
    Ok(row(&versus, "JWT, its signature and claims alone", None))
}

fn say_size(run: &Run, town: &Town, what: &str, begin: Instant) {
    run.output.note(&format!(
        "  {} {what} of {} bytes stored and loaded in {:.1} s",
        town.tokens.len(),
        town.tokens.first().map_or(0, |token| token.text.len()),
        begin.elapsed().as_secs_f64()
    ));
}

fn row(versus: &Versus, what: &str, target: Option<Target>) -> Row {
    beside("verify", "HMAC", versus, what, target)
}

/// A row of nanoseconds beside nanoseconds.
pub(crate) fn beside(
    bench: &'static str,
    reference: &str,
    versus: &Versus,
    what: &str,
    target: Option<Target>,
) -> Row {
    let looked_up = match versus.read {
        0 => String::new(),
        read => format!(", {read} read from the store"),
    };
    let rounds = &versus.rounds;
    Row {
        bench,
        what: format!("{what}{looked_up}"),
        reference: format!("{reference} {:.0} ns", rounds.reference()),
        subject: format!("{:.0} ns", rounds.subject()),
        figure: rounds.ratio(),
        unit: Unit::Times,
        spread: rounds.spread(),
        target,
        others: versus.others,
    }
}
