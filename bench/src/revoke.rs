//! Revoking all tokens of a user, 100,000 of them, with one call through HTTPS, while others go on using theirs.

mod bystander;
mod in_process;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use tokenry_testkit::{client::Client, server::Server};

use self::bystander::Latencies;
use crate::{
    Run,
    database::{self, FIRST_OWNER, Share, Traces},
    machine::Watch,
    report::{Row, Target, Unit},
    rounds::Rounds,
    server::{TOKENS, admin_by_token, create_token, token_in, total},
};

/// How many tokens there are; the first owner has half of them.
const ALL: u32 = 200_000;

/// How many of the tokens of each side are made through HTTPS, so that their strings are known.
const SAMPLE: usize = 200;

const METHOD: &str = "DELETE of all 100,000 tokens of one of ten users through HTTPS, of 200,000 over SQLite; one client goes on with tokens of the\n  \
    others. Before and after, a sample of 200 tokens of either side is presented.\n  \
    Reference: a bare program that deletes the same rows and keeps their tombstones, with the same durability.";

/// A server with its tokens, as it was before anything was revoked.
struct Town {
    server: Server,
    admin: Client,
    /// Tokens of the user whose tokens are revoked.
    condemned: Vec<Client>,
    /// Tokens of another.
    others: Vec<Client>,
    place: TempDir,
}

/// What a round found.
struct Round {
    took: Duration,
    quiet: Latencies,
    meanwhile: Latencies,
}

pub(crate) async fn run(run: &Run) -> anyhow::Result<Vec<Row>> {
    run.output.heading("revoke", METHOD);
    let mut town = Town::found(run).await?;
    let (mut calls, mut waits) = (Rounds::default(), Rounds::default());
    let mut stores = Rounds::default();
    let watch = Watch::begin(&[])?;
    let mut answers = 0;
    for _ in 0..run.scale(3, 2) {
        let bare = database::revoke_bare(&town.copy()?)?;
        let in_process = in_process::revoke(&town.copy()?).await?;
        stores.push(millis(bare), millis(in_process));
        let round = town.revoke().await?;
        calls.push(millis(bare), millis(round.took));
        waits.push(millis(round.quiet.longest), millis(round.meanwhile.longest));
        answers += round.meanwhile.count;
    }
    let others = watch.others()?;
    run.output.note(&format!(
        "  granted before, refused after: {SAMPLE} of the 100,000; granted before, meanwhile ({answers} answers) and after: \
        the others'"
    ));
    run.output.note(
        "  written by a call: one line of the audit log, one change for verifiers, a tombstone for each token",
    );
    Ok(vec![
        call_row("through HTTPS", &calls, others),
        call_row("at the store", &stores, others),
        wait_row(&waits, others),
    ])
}

impl Town {
    async fn found(run: &Run) -> anyhow::Result<Self> {
        let mut server = Server::start(run.server.path()?);
        let admin = admin_by_token(&server).await?;
        server.stop();
        let path = server.data().join("tokenry.db");
        let took = database::fill(&path, ALL, Share::HalfToTheFirst)?;
        run.output.note(&format!(
            "  {ALL} tokens filled in {:.1} s",
            took.as_secs_f64()
        ));
        server.start_again();
        let condemned = sample(&server, &admin, FIRST_OWNER).await?;
        let others = sample(&server, &admin, "owner1").await?;
        server.stop();
        let place = database::place()?;
        fs::copy(&path, place.path().join("before.db"))?;
        Ok(Self {
            server,
            admin,
            condemned,
            others,
            place,
        })
    }

    /// A copy of the database, for whoever works without the server.
    fn copy(&self) -> anyhow::Result<PathBuf> {
        let copy = self.place.path().join("copy.db");
        restore(&self.place.path().join("before.db"), &copy)?;
        Ok(copy)
    }

    /// Has everything as it was, and revokes.
    async fn revoke(&mut self) -> anyhow::Result<Round> {
        let path = self.server.data().join("tokenry.db");
        restore(&self.place.path().join("before.db"), &path)?;
        let before = database::traces(&path)?;
        self.server.start_again();
        all_answer(&self.condemned, 200).await?;
        all_answer(&self.others, 200).await?;
        let tokens = self.count().await?;
        ensure!(tokens >= 100_000, "only {tokens} tokens to revoke");
        let quiet = bystander::watch(&self.others, tokio::time::sleep(Duration::from_secs(1)));
        let (quiet, ()) = quiet.await?;
        let call = async {
            let begin = Instant::now();
            let path = format!("{TOKENS}/{FIRST_OWNER}");
            let answer = self.admin.delete(&path, &[]).await;
            (begin.elapsed(), answer)
        };
        let (meanwhile, (took, answer)) = bystander::watch(&self.others, call).await?;
        ensure!(answer.status == 200, "{}: {}", answer.status, answer.text);
        all_answer(&self.condemned, 401).await?;
        all_answer(&self.others, 200).await?;
        ensure!(self.count().await? == 0, "tokens are left");
        self.server.stop();
        wrote_once(before, database::traces(&path)?, tokens)?;
        Ok(Round {
            took,
            quiet,
            meanwhile,
        })
    }

    /// How many tokens the user has.
    async fn count(&self) -> anyhow::Result<u32> {
        let path = format!("{TOKENS}?username={FIRST_OWNER}&count=1&output_mode=json");
        let answer = self.admin.get(&path).await.expect_status(200);
        Ok(total(&answer).context("no total")?.try_into()?)
    }
}

/// Tokens of a user, as clients that present them.
async fn sample(server: &Server, admin: &Client, name: &str) -> anyhow::Result<Vec<Client>> {
    let mut clients = Vec::new();
    for _ in 0..SAMPLE {
        let answer = create_token(admin, name, "bench").await.expect_status(201);
        clients.push(server.bearer(&token_in(&answer)?));
    }
    Ok(clients)
}

/// Each of these tokens is granted, or refused.
async fn all_answer(clients: &[Client], status: u16) -> anyhow::Result<()> {
    for client in clients {
        bystander::ask(client, status).await?;
    }
    Ok(())
}

/// Puts a closed database in the place of another.
fn restore(from: &Path, to: &Path) -> anyhow::Result<()> {
    for rest in ["db-wal", "db-shm"] {
        // Closed databases have none.
        let _ = fs::remove_file(to.with_extension(rest));
    }
    fs::copy(from, to)?;
    Ok(())
}

/// However many tokens there were, one line and one change tell of them.
fn wrote_once(before: Traces, after: Traces, tokens: u32) -> anyhow::Result<()> {
    let expected = Traces {
        audit: before.audit + 1,
        single: before.single,
        whole: before.whole + 1,
        tombstones: before.tombstones + tokens,
    };
    ensure!(after == expected, "{after:?} instead of {expected:?}");
    Ok(())
}

fn call_row(door: &str, calls: &Rounds, others: f64) -> Row {
    Row {
        bench: "revoke",
        what: format!(
            "100,000 tokens in one call {door} ({:.1} × bare)",
            calls.ratio()
        ),
        reference: format!("bare delete {:.0} ms", calls.reference()),
        subject: Unit::Milliseconds.print(calls.subject()),
        figure: calls.subject(),
        unit: Unit::Milliseconds,
        spread: calls.subjects(),
        target: Some(Target::AtMost(5000.0)),
        others,
    }
}

fn wait_row(waits: &Rounds, others: f64) -> Row {
    Row {
        bench: "revoke",
        what: "the longest that others wait meanwhile".to_owned(),
        reference: format!("else {:.1} ms", waits.reference()),
        subject: Unit::Milliseconds.print(waits.subject()),
        figure: waits.subject(),
        unit: Unit::Milliseconds,
        spread: waits.subjects(),
        target: None,
        others,
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
