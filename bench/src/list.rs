//! Listing 30 of very many tokens, against 30 of a thousand: a page must cost the same however many there are.

mod pages;

use std::time::{Duration, Instant};

use anyhow::ensure;
use tokenry_core::port::Store as _;
use tokenry_store::Store;
use tokenry_testkit::{client::Client, server::Server};

use self::pages::{PAGE, Page, pages};
use crate::{
    Run,
    database::{self, Share},
    machine::Watch,
    report::{Row, Target, Unit},
    rounds::{Rounds, percentile},
    server::{admin_by_token, listed, total},
};

const METHOD: &str = "GET of 30 tokens; 10 owners, a third never expires.\n  \
    Reference: the same page of 1,000 tokens, from a server of its own beside it (then: from a store beside it).\n  \
    Rounds in alternation; of each the 99th percentile; median of their ratios.";

/// A server, or its database, with so many tokens.
struct Town {
    tokens: u32,
    server: Server,
    admin: Client,
}

pub(crate) async fn run(run: &Run) -> anyhow::Result<Vec<Row>> {
    run.output.heading("list", METHOD);
    let sizes: &[u32] = run.scale(&[1_000, 10_000, 100_000, 1_000_000], &[1_000, 100_000]);
    let mut towns = Vec::new();
    for tokens in sizes {
        towns.push(found(run, *tokens).await?);
    }
    let mut rows = measure_stores(run, &towns).await?;
    for town in &mut towns {
        town.server.start_again();
    }
    rows.extend(measure_servers(run, &towns).await?);
    Ok(rows)
}

/// Has a server make its database, stops it, and fills it.
async fn found(run: &Run, tokens: u32) -> anyhow::Result<Town> {
    let mut server = Server::start(run.server.path()?);
    let admin = admin_by_token(&server).await?;
    server.stop();
    let path = server.data().join("tokenry.db");
    let took = database::fill(&path, tokens, Share::Alike)?;
    run.output.note(&format!(
        "  {tokens} tokens filled in {:.1} s",
        took.as_secs_f64()
    ));
    Ok(Town {
        tokens,
        server,
        admin,
    })
}

/// In process, at the store: the finer figure, without HTTPS above it.
async fn measure_stores(run: &Run, towns: &[Town]) -> anyhow::Result<Vec<Row>> {
    struct Deaf;
    impl tokenry_core::port::CommitListener for Deaf {
        fn committed(&self, _: &tokenry_core::port::Commit) {}
    }
    let mut stores = Vec::new();
    for town in towns {
        let path = town.server.data().join("tokenry.db");
        stores.push(Store::sqlite(&path, std::sync::Arc::new(Deaf)).await?);
    }
    let owner = database::first_owner();
    let ask = async |page: &Page, at: usize, tokens: u32| {
        let Some(store) = stores.get(at) else {
            return Ok(());
        };
        let found = store.tokens(page.query(tokens, owner)).await?;
        ensure!(
            found.items.len() == PAGE,
            "{} tokens listed",
            found.items.len()
        );
        Ok(())
    };
    measure(run, "store", towns, &[], ask).await
}

async fn measure_servers(run: &Run, towns: &[Town]) -> anyhow::Result<Vec<Row>> {
    let processes: Vec<u32> = towns.iter().map(|town| town.server.process_id()).collect();
    for (page, town) in pages()
        .iter()
        .flat_map(|page| towns.iter().map(move |town| (page, town)))
    {
        let answer = town
            .admin
            .get(&page.url(town.tokens))
            .await
            .expect_status(200);
        ensure!(
            listed(&answer) == PAGE,
            "{} tokens listed: {}",
            listed(&answer),
            answer.text
        );
        let all = total(&answer) == Some(u64::from(town.tokens));
        ensure!(
            all || page.is_filtered(),
            "another total than {}",
            town.tokens
        );
    }
    let ask = async |page: &Page, at: usize, tokens: u32| {
        let Some(town) = towns.get(at) else {
            return Ok(());
        };
        let answer = town.admin.get(&page.url(tokens)).await;
        ensure!(answer.status == 200, "{}: {}", answer.status, answer.text);
        Ok(())
    };
    measure(run, "HTTPS", towns, &processes, ask).await
}

/// Measures every page at every size, prints how it grows, and makes a row of the greatest.
async fn measure(
    run: &Run,
    door: &str,
    towns: &[Town],
    processes: &[u32],
    ask: impl AsyncFn(&Page, usize, u32) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for page in pages() {
        let watch = Watch::begin(processes)?;
        let mut times: Vec<Vec<Vec<Duration>>> = vec![Vec::new(); towns.len()];
        // The first round is for nothing: pages of the database come into memory.
        for round in 0..=run.scale(9, 5) {
            for (at, (town, times)) in towns.iter().zip(&mut times).enumerate() {
                let took = time(run.scale(200, 100), || ask(&page, at, town.tokens)).await?;
                if round > 0 {
                    times.push(took);
                }
            }
        }
        run.output.note(&growth(door, &page, towns, &times));
        rows.extend(row(door, &page, towns, &times, watch.others()?));
    }
    Ok(rows)
}

async fn time(
    count: usize,
    ask: impl AsyncFn() -> anyhow::Result<()>,
) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let begin = Instant::now();
        ask().await?;
        times.push(begin.elapsed());
    }
    Ok(times)
}

/// One line of the table of growth: median and 99th percentile at each size, over all rounds.
fn growth(door: &str, page: &Page, towns: &[Town], times: &[Vec<Vec<Duration>>]) -> String {
    let sizes = towns.iter().zip(times).map(|(town, rounds)| {
        let mut all = rounds.concat();
        let (half, most) = (percentile(&mut all, 50), percentile(&mut all, 99));
        format!(
            "{:>9}: {:>6.0} / {:>6.0} µs",
            town.tokens,
            micros(half),
            micros(most)
        )
    });
    format!(
        "  {door:5} {:22} p50 / p99 of {}",
        page.name,
        sizes.collect::<Vec<_>>().join("  ")
    )
}

/// The greatest against the smallest.
fn row(
    door: &str,
    page: &Page,
    towns: &[Town],
    times: &[Vec<Vec<Duration>>],
    others: f64,
) -> Option<Row> {
    let (reference, subject) = (times.first()?, times.last()?);
    let mut rounds = Rounds::default();
    for (reference, subject) in reference.iter().zip(subject) {
        let p99 = |times: &[Duration]| micros(percentile(&mut times.to_vec(), 99));
        rounds.push(p99(reference), p99(subject));
    }
    Some(Row {
        bench: "list",
        what: format!("{door}, {} of {}", page.name, towns.last()?.tokens),
        reference: format!(
            "p99 of {}: {:.0} µs",
            towns.first()?.tokens,
            rounds.reference()
        ),
        subject: format!("p99 {:.0} µs", rounds.subject()),
        figure: rounds.ratio(),
        unit: Unit::Times,
        spread: rounds.spread(),
        target: page.is_promised.then_some(Target::AtMost(3.0)),
        others,
    })
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
