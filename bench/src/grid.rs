//! The console's grid among a million tokens: its first page in every order, and any filter of it, through our own API.

use std::time::{Duration, Instant};

use anyhow::ensure;
use tokenry_api::types::tokens::TokenPage;
use tokenry_testkit::{client::Client, server::Server};

use crate::{
    Run,
    database::{self, FIRST_OWNER, Share},
    machine::Watch,
    report::{Row, Target, Unit},
    rounds::{Rounds, percentile},
    server::admin_by_token,
};

const METHOD: &str = "GET /api/v1/tokens, 50 a page, through HTTPS; 10 owners, a third never expires, every note differs.\n  \
    Reference: the same page of 1,000 tokens, from a server of its own beside it.\n  \
    Rounds in alternation; of each the 99th percentile of one answer; median of the rounds.";

/// How long one answer may take (issue: a first page, and any filter of it).
const MOST: f64 = 20.0;

/// What is asked for. A filter that few tokens fit is answered in several parts; each is an answer.
const PAGES: [(&str, &str); 22] = [
    ("newest first", ""),
    ("oldest first", "sort=number"),
    ("by user", "sort=user"),
    ("by user, descending", "sort=-user"),
    ("by audience", "sort=audience"),
    ("by creation", "sort=-created"),
    ("by begin", "sort=not_before"),
    ("soonest to expire first", "sort=expires"),
    ("latest to expire first", "sort=-expires"),
    ("least lately used first", "sort=last_used"),
    ("of one user", "filter=user:equals:owner0"),
    (
        "of one user, by expiry",
        "sort=expires&filter=user:equals:owner0",
    ),
    (
        "expiring within 14 days",
        "sort=expires&filter=expires:after:%2B0d&filter=expires:before:%2B14d",
    ),
    ("never used", "filter=last_used:equals:never"),
    ("disabled", "filter=status:equals:disabled"),
    ("note that many have", "filter=notes:contains:deploy"),
    (
        "note that one in a thousand has",
        "filter=notes:contains:-999-",
    ),
    ("note that none has", "filter=notes:contains:ghost"),
    ("text in any column, in many", "search=service-1"),
    ("text in any column, in none", "search=ghost"),
    (
        "four conditions",
        "filter=user:starts_with:owner&filter=audience:contains:9&filter=notes:not_contains:x&filter=expires:equals:never",
    ),
    ("one by its id", "filter=number:equals:777"),
];

/// A server with so many tokens.
struct Town {
    server: Server,
    admin: Client,
}

pub(crate) async fn run(run: &Run) -> anyhow::Result<Vec<Row>> {
    run.output.heading("grid", METHOD);
    let most = run.scale(1_000_000, 200_000);
    let few = found(run, 1_000).await?;
    let many = found(run, most).await?;
    let mut rows = Vec::new();
    for (name, query) in PAGES {
        rows.push(measure(run, (&few, &many), name, query, most).await?);
        run.output.note(&to_the_end(&many, name, query).await?);
    }
    Ok(rows)
}

async fn found(run: &Run, tokens: u32) -> anyhow::Result<Town> {
    let mut server = Server::start(run.server.path()?);
    let admin = admin_by_token(&server).await?;
    server.stop();
    let path = server.data().join("tokenry.db");
    let took = database::fill(&path, tokens, Share::Alike)?;
    database::describe(&path)?;
    run.output.note(&format!(
        "  {tokens} tokens of {FIRST_OWNER} and nine others filled in {:.1} s",
        took.as_secs_f64()
    ));
    server.start_again();
    Ok(Town { server, admin })
}

async fn measure(
    run: &Run,
    (few, many): (&Town, &Town),
    name: &str,
    query: &str,
    most: u32,
) -> anyhow::Result<Row> {
    let processes = [few, many].map(|town| town.server.process_id());
    let watch = Watch::begin(&processes)?;
    let (mut rounds, mut absolute) = (Rounds::default(), Vec::new());
    // The first round is for nothing: pages of the database come into memory.
    for round in 0..=run.scale(7, 5) {
        let count = run.scale(150, 100);
        let [reference, subject] = [
            time(few, query, count).await?,
            time(many, query, count).await?,
        ];
        if round > 0 {
            let p99 = |mut times: Vec<Duration>| percentile(&mut times, 99).as_secs_f64() * 1e3;
            let (reference, subject) = (p99(reference), p99(subject));
            rounds.push(reference, subject);
            absolute.push(subject);
        }
    }
    absolute.sort_by(f64::total_cmp);
    let at = |part: usize| {
        absolute
            .get(absolute.len() * part / 4)
            .copied()
            .unwrap_or(0.0)
    };
    Ok(Row {
        bench: "grid",
        what: format!("{name}, of {most}"),
        reference: format!("p99 of 1,000: {:.1} ms", rounds.reference()),
        subject: format!("p99 {:.1} ms, {:.1} ×", rounds.subject(), rounds.ratio()),
        figure: at(2),
        unit: Unit::Milliseconds,
        spread: (at(1), at(3)),
        target: Some(Target::AtMost(MOST)),
        others: watch.others()?,
    })
}

async fn time(town: &Town, query: &str, count: usize) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let begin = Instant::now();
        let answer = town.admin.get(&format!("/api/v1/tokens?{query}")).await;
        times.push(begin.elapsed());
        ensure!(
            answer.status == 200,
            "{query}: {} {}",
            answer.status,
            answer.text
        );
    }
    Ok(times)
}

/// How long it takes, and how many answers, until the page is full or the list at its end.
async fn to_the_end(town: &Town, name: &str, query: &str) -> anyhow::Result<String> {
    const PAGE: usize = 50;
    let begin = Instant::now();
    let (mut found, mut answers, mut more) = (0, 0_u32, String::new());
    while found < PAGE {
        let answer = town
            .admin
            .get(&format!("/api/v1/tokens?{query}{more}"))
            .await;
        ensure!(
            answer.status == 200,
            "{query}: {} {}",
            answer.status,
            answer.text
        );
        let page: TokenPage = serde_json::from_str(&answer.text)?;
        answers += 1;
        found += page.items.len();
        let Some(next) = page.next else {
            break;
        };
        let joint = if query.is_empty() { "" } else { "&" };
        more = format!("{joint}cursor={next}");
    }
    Ok(format!(
        "  {name:34} {found:>3} found in {answers:>4} answers, {:>6.0} ms",
        begin.elapsed().as_secs_f64() * 1e3
    ))
}
