//! Creating tokens through HTTPS, durably, against a bare program that commits the same rows to the same database.

use std::{
    fs, process,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use tokenry_testkit::{client::Client, server::Server};

use crate::{
    Run,
    database::{self, Bare, Created},
    machine::{Watch, cpu_time},
    report::{Row, Target, Unit},
    rounds::Rounds,
    server::{TOKENS, admin_by_token, create_token, total},
};

/// Clients at once, and so the most creations that the server can commit together.
const CLIENTS: u32 = 16;

const METHOD: &str = "POST of a token by 16 keep-alive clients through HTTPS, each with a Bearer token, over SQLite.\n  \
    Reference: a bare program that commits the same rows (token, audit line, counters) with the same durability (WAL,\n  \
    synchronous=FULL), 16 in a group, and one by one. Clients, server and reference share the machine's cores.\n  \
    Rounds in alternation, median of the ratios of their rates.";

pub(crate) async fn run(run: &Run) -> anyhow::Result<Vec<Row>> {
    run.output.heading("create", METHOD);
    let mut server = Server::start(run.server.path()?);
    let admin = admin_by_token(&server).await?;
    // The database as the server has made it, with one token as a model of the others.
    let place = database::place()?;
    let copy = place.path().join("tokenry.db");
    server.stop();
    fs::copy(server.data().join("tokenry.db"), &copy)?;
    server.start_again();
    let mut bare = Bare::open(&copy)?;
    let measured = alternate(run, &server, &admin, &mut bare).await?;
    run.output
        .note(&still_there(&mut server, &admin, measured.created).await?);
    run.output.note(&format!(
        "  CPU for one creation: the server {:.0} µs, its client {:.0} µs, the bare program {:.0} µs",
        measured.work.server.each(),
        measured.work.client.each(),
        measured.work.bare.each()
    ));
    Ok(measured.rows())
}

struct Measured {
    grouped: Rounds,
    single: Rounds,
    work: Work,
    created: u64,
    others: f64,
}

/// The CPU time of each, all rounds together.
#[derive(Debug, Default)]
struct Work {
    server: Cpu,
    client: Cpu,
    bare: Cpu,
}

#[derive(Debug, Default)]
struct Cpu {
    time: Duration,
    created: u32,
}

impl Cpu {
    fn add(&mut self, time: Duration, created: Created) {
        self.time += time;
        self.created += created.count;
    }

    /// Microseconds for one creation.
    fn each(&self) -> f64 {
        self.time.as_secs_f64() * 1e6 / f64::from(self.created)
    }
}

async fn alternate(
    run: &Run,
    server: &Server,
    admin: &Client,
    bare: &mut Bare,
) -> anyhow::Result<Measured> {
    let long = run.scale(Duration::from_millis(1500), Duration::from_millis(700));
    let (mut grouped, mut single) = (Rounds::default(), Rounds::default());
    let mut work = Work::default();
    // One for nothing: connections are made, pages and branches become warm.
    let warmed = create_for(admin, long / 2).await?;
    bare.commit_for(long / 2, CLIENTS)?;
    let (running, this) = (server.process_id(), process::id());
    let watch = Watch::begin(&[running])?;
    for _ in 0..run.scale(9, 5) {
        let one_by_one = bare.commit_for(long / 2, 1)?;
        let begin = cpu_time(this)?;
        let in_groups = bare.commit_for(long, CLIENTS)?;
        let (turn, begin_of_server) = (cpu_time(this)?, cpu_time(running)?);
        let created = create_for(admin, long).await?;
        grouped.push(in_groups.rate(), created.rate());
        single.push(one_by_one.rate(), created.rate());
        work.bare.add(turn.saturating_sub(begin), in_groups);
        work.client
            .add(cpu_time(this)?.saturating_sub(turn), created);
        work.server
            .add(cpu_time(running)?.saturating_sub(begin_of_server), created);
    }
    let created = u64::from(warmed.count) + u64::from(work.server.created);
    Ok(Measured {
        grouped,
        single,
        work,
        created,
        others: watch.others()?,
    })
}

/// Has all clients create tokens for so long.
async fn create_for(admin: &Client, long: Duration) -> anyhow::Result<Created> {
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
    let mut count = 0;
    for client in clients {
        count += client.await?;
    }
    Ok(Created {
        count,
        took: begin.elapsed(),
    })
}

/// Kills the server, so that it can finish nothing, and looks whether every token it has answered for is there.
async fn still_there(server: &mut Server, admin: &Client, created: u64) -> anyhow::Result<String> {
    server.kill();
    server.start_again();
    let answer = admin
        .get(&format!("{TOKENS}?count=1&output_mode=json"))
        .await
        .expect_status(200);
    let total = total(&answer).context("no total")?;
    // One is the administrator's own.
    ensure!(
        total == created + 1,
        "{created} tokens were created, {total} are there"
    );
    Ok(format!(
        "  all {created} tokens are there after the server was killed"
    ))
}

impl Measured {
    fn rows(&self) -> Vec<Row> {
        vec![
            self.row(
                "16 clients, against groups of 16",
                &self.grouped,
                Some(Target::AtLeast(0.5)),
            ),
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
