//! Creating tokens through HTTPS, durably, against a bare program that commits the same rows to the same database.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use tokenry_testkit::{client::Client, server::Server};

use crate::{
    Run,
    database::Bare,
    machine::{Watch, cpu_time},
    report::{Row, Target, Unit},
    rounds::{Rounds, median},
    server::{TOKENS, admin_by_token, create_token, total},
};

/// Clients at once, and so the most creations that the server can commit together.
const CLIENTS: u32 = 16;

const METHOD: &str = "POST of a token by 16 keep-alive clients through HTTPS, each with a Bearer token, over SQLite with \
    WAL and synchronous=FULL; the reference commits the same rows (token, audit line, counters) with the same durability, \
    16 in a group and one by one; server, clients and reference share the machine, rounds in alternation";

pub(crate) async fn run(run: &Run) -> anyhow::Result<Vec<Row>> {
    run.output.heading("create", METHOD);
    let mut server = Server::start(run.server.path()?);
    let admin = admin_by_token(&server).await?;
    // The database as the server has made it, with one token as a model of the others.
    let place = tempfile::Builder::new().prefix("tokenry-bench-").tempdir()?;
    let copy = place.path().join("tokenry.db");
    server.stop();
    fs::copy(server.data().join("tokenry.db"), &copy)?;
    server.start_again();
    let mut bare = Bare::open(&copy)?;
    let measured = alternate(run, &server, &admin, &mut bare).await?;
    run.output.note(&still_there(&mut server, &admin, measured.created).await?);
    run.output.note(&format!(
        "  CPU of the server for one creation: {:.0} µs; resident afterwards: {:.1} MiB",
        measured.cpu * 1e6,
        crate::machine::memory(server.process_id())?
    ));
    Ok(measured.rows())
}

struct Measured {
    grouped: Rounds,
    single: Rounds,
    /// Seconds of the server for one creation.
    cpu: f64,
    created: u64,
    others: f64,
}

async fn alternate(run: &Run, server: &Server, admin: &Client, bare: &mut Bare) -> anyhow::Result<Measured> {
    let long = run.scale(Duration::from_millis(1500), Duration::from_millis(700));
    let (mut grouped, mut single, mut cpus) = (Rounds::default(), Rounds::default(), Vec::new());
    // One for nothing: connections are made, pages and branches become warm.
    let mut created = create_for(admin, long / 2).await?.0;
    bare.commit_for(long / 2, CLIENTS)?;
    let watch = Watch::begin(&[server.process_id()])?;
    for _ in 0..run.scale(9, 5) {
        let one_by_one = bare.commit_for(long / 2, 1)?;
        let in_groups = bare.commit_for(long, CLIENTS)?;
        let cpu = cpu_time(server.process_id())?;
        let (count, took) = create_for(admin, long).await?;
        let rate = f64::from(count) / took.as_secs_f64();
        grouped.push(in_groups, rate);
        single.push(one_by_one, rate);
        cpus.push((cpu_time(server.process_id())? - cpu).as_secs_f64() / f64::from(count));
        created += count;
    }
    Ok(Measured { grouped, single, cpu: median(cpus), created: created.into(), others: watch.others()? })
}

/// Has all clients create tokens for so long; gives back how many there were, and in what time.
async fn create_for(admin: &Client, long: Duration) -> anyhow::Result<(u32, Duration)> {
    let begin = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let admin = admin.clone();
            tokio::spawn(async move {
                let mut created = 0;
                while begin.elapsed() < long {
                    let answer = create_token(&admin, "admin", "bench").await;
                    drop(answer.expect_status(201));
                    created += 1;
                }
                created
            })
        })
        .collect();
    let mut created = 0_u32;
    for client in clients {
        created += client.await?;
    }
    Ok((created, begin.elapsed()))
}

/// Kills the server, so that it can finish nothing, and looks whether every token it has answered for is there.
async fn still_there(server: &mut Server, admin: &Client, created: u64) -> anyhow::Result<String> {
    server.kill();
    server.start_again();
    let answer = admin.get(&format!("{TOKENS}?count=1&output_mode=json")).await.expect_status(200);
    let total = total(&answer).context("no total")?;
    // One is the administrator's own.
    ensure!(total == created + 1, "{created} tokens were created, {total} are there");
    Ok(format!("  all {created} tokens are there after the server was killed"))
}

impl Measured {
    fn rows(&self) -> Vec<Row> {
        vec![
            self.row("16 clients, against groups of 16", &self.grouped, Some(Target::AtLeast(0.5))),
            self.row("16 clients, against one by one", &self.single, None),
        ]
    }

    fn row(&self, what: &str, rounds: &Rounds, target: Option<Target>) -> Row {
        Row {
            bench: "create",
            what: what.to_owned(),
            reference: format!("bare commit {:.0}/s", rounds.reference()),
            subject: format!("{:.0}/s", rounds.subject()),
            figure: rounds.ratio(),
            unit: Unit::Times,
            spread: rounds.spread(),
            target,
            others: self.others,
        }
    }
}
