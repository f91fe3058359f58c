//! What a server costs that has nothing to do: its memory, and the time from its start to its first answer.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::ensure;
use tokenry_testkit::{client::Client, server::Server};

use crate::{
    Run,
    database::{self, Share},
    machine::{Watch, memory},
    report::{Row, Target, Unit},
    rounds::{Rounds, median, spread},
    server::admin_by_token,
};

/// How many tokens are in the data directory.
const TOKENS: u32 = 10_000;

const METHOD: &str = "start on a data directory with 10,000 tokens, from the spawn to the whole answer to a first request by token\n  \
    through HTTPS; then its memory, Pss of /proc/PID/smaps_rollup.\n  \
    Reference of the start: the same binary printing its version. Medians.";

pub(crate) async fn run(run: &Run) -> anyhow::Result<Vec<Row>> {
    run.output.heading("idle", METHOD);
    let mut server = Server::start(run.server.path()?);
    let admin = admin_by_token(&server).await?;
    server.stop();
    let path = server.data().join("tokenry.db");
    database::fill(&path, TOKENS, Share::Alike)?;
    let watch = Watch::begin(&[])?;
    let (mut starts, mut memories) = (Rounds::default(), Vec::new());
    for _ in 0..run.scale(11, 5) {
        let reference = print_version(&server)?;
        let start = first_answer(&mut server, &admin).await?;
        starts.push(millis(reference), millis(start));
        memories.push(memory(server.process_id())?);
        server.stop();
    }
    let others = watch.others()?;
    server.start_again();
    let rested = rest(&server, &admin).await?;
    run.output
        .note(&format!("  after a second of rest: {rested:.1} MiB"));
    memories.push(rested);
    Ok(vec![
        memory_row(&memories, others),
        start_row(&starts, others),
    ])
}

async fn first_answer(server: &mut Server, admin: &Client) -> anyhow::Result<Duration> {
    let begin = Instant::now();
    server.start_again();
    let answer = admin.get("/services/server/info").await;
    let took = begin.elapsed();
    ensure!(answer.status == 200, "{}: {}", answer.status, answer.text);
    Ok(took)
}

fn print_version(server: &Server) -> anyhow::Result<Duration> {
    let mut command: Command = server.command(&["version"]);
    command.stdout(Stdio::null());
    let begin = Instant::now();
    ensure!(
        command.status()?.success(),
        "the server does not say its version"
    );
    Ok(begin.elapsed())
}

async fn rest(server: &Server, admin: &Client) -> anyhow::Result<f64> {
    drop(admin.get("/services/server/info").await.expect_status(200));
    tokio::time::sleep(Duration::from_secs(1)).await;
    memory(server.process_id())
}

fn memory_row(memories: &[f64], others: f64) -> Row {
    let figure = median(memories.iter().copied());
    Row {
        bench: "idle",
        what: "memory".to_owned(),
        reference: String::new(),
        subject: Unit::Mebibytes.print(figure),
        figure,
        unit: Unit::Mebibytes,
        spread: spread(memories.iter().copied()),
        target: Some(Target::AtMost(40.0)),
        others,
    }
}

fn start_row(starts: &Rounds, others: f64) -> Row {
    Row {
        bench: "idle",
        what: format!(
            "start to first answer ({:.0} × printing the version)",
            starts.ratio()
        ),
        reference: format!("version {:.0} ms", starts.reference()),
        subject: Unit::Milliseconds.print(starts.subject()),
        figure: starts.subject(),
        unit: Unit::Milliseconds,
        spread: starts.subjects(),
        target: Some(Target::AtMost(300.0)),
        others,
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
