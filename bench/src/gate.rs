//! The gate: a token verified over keep-alive HTTP/1.1, with everything that belongs to it, against an empty server that
//! gets the same requests.

mod client;
mod load;
mod pinned;
mod proxy;
pub(crate) mod reference;
mod strings;

use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::ensure;
use tempfile::TempDir;
use tokenry_testkit::server::Server;

use self::{
    load::{Answered, Load},
    reference::Reference,
    strings::Form,
};
use crate::{
    Run, database,
    machine::{Watch, cpu_time, memory},
    random::Random,
    report::{Row, Target, Unit},
    rounds::Rounds,
    server::{admin_by_token, create_token, token_in},
};

const METHOD: &str = "GET /v1/verify over keep-alive HTTP/1.1, 64 connections of wrk on one core, the server on the other: parse, verify, record,\n  \
    address, rights, identity headers, metrics, last use. Reference: an empty hyper server that gets the same requests, on the\n  \
    same core, in alternation. Median of the ratios; CPU is user + system of the server's process per request.";

/// How many tokens are presented at random.
const MANY: usize = 100_000;

/// How many connections, where nothing else is said.
const CONNECTIONS: u32 = 64;

pub(crate) async fn run(run: &Run) -> anyhow::Result<Vec<Row>> {
    run.output.heading("gate", METHOD);
    let reference = pinned::to(pinned::SERVER, Reference::start)??;
    let mut rows = Vec::new();
    for form in [Form::Opaque, Form::Hex, Form::Jwt] {
        let town = Town::found(run, form, MANY, Assertion::Unsigned).await?;
        town.refuses().await?;
        rows.extend(of_form(run, &reference, &town)?);
    }
    rows.extend(growth(run, &reference).await?);
    rows.extend(assertion(run, &reference).await?);
    rows.extend(proxy::rows(run, &reference).await?);
    Ok(rows)
}

/// Whether the signed assertion is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assertion {
    Signed,
    Unsigned,
}

/// A server with tokens, all of them in its memory.
pub(crate) struct Town {
    form: Form,
    pub(crate) server: Server,
    pub(crate) strings: Vec<String>,
    /// Good in form, and made with other keys.
    forged: Vec<String>,
    place: TempDir,
}

impl Town {
    pub(crate) async fn found(
        run: &Run,
        form: Form,
        count: usize,
        assertion: Assertion,
    ) -> anyhow::Result<Self> {
        let builder = Server::builder(run.server.path()?)
            .env("TOKENRY_GATE__FAILURE_RATE", "")
            .env(
                "TOKENRY_GATE__ASSERTION",
                if assertion == Assertion::Signed {
                    "60s"
                } else {
                    "0s"
                },
            );
        let mut server = pinned::to(pinned::SERVER, || builder.start())?;
        // A model for the others.
        drop(admin_by_token(&server).await?);
        server.stop();
        let keys = strings::keys(&server.data())?;
        let mut random = Random::new(11);
        let (strings, ids): (Vec<_>, Vec<_>) =
            (0..count).map(|_| form.make(&keys, &mut random)).unzip();
        let others = strings::other_keys()?;
        let forged = (0..count)
            .map(|_| form.make(&others, &mut random).0)
            .collect();
        strings::store(&server.data().join("tokenry.db"), form, &ids)?;
        pinned::to(pinned::SERVER, || server.start_again())?;
        client::present_all(server.gate(), &strings)?;
        Ok(Self {
            form,
            server,
            strings,
            forged,
            place: database::place()?,
        })
    }

    pub(crate) fn load(&self, run: &Run, strings: &[String], name: &str) -> anyhow::Result<Load> {
        let time = Duration::from_secs(run.scale(6, 2));
        Load::of(strings, name, self.place(), CONNECTIONS, time)
    }

    fn place(&self) -> &Path {
        self.place.path()
    }

    /// That it verifies: an altered token, one that nobody made, an expired one and a revoked one are refused.
    async fn refuses(&self) -> anyhow::Result<()> {
        let gate = self.server.gate();
        let good = self.strings.first().map_or("", String::as_str);
        let mut altered = good.to_owned();
        let last = altered.pop();
        altered.push(if last == Some('0') { '1' } else { '0' });
        let forged = self.forged.first().map_or("", String::as_str);
        let admin = self.server.admin();
        let revoked = token_in(
            &create_token(&admin, "admin", "revoked")
                .await
                .expect_status(201),
        )?;
        ensure!(
            client::status(gate, &revoked)? == 200,
            "a new token is refused"
        );
        let id = admin
            .get("/services/authorization/tokens?output_mode=json&search=revoked")
            .await;
        let id = id.json();
        let id = id
            .pointer("/entry/0/name")
            .and_then(serde_json::Value::as_str);
        let form = [("id", id.unwrap_or_default())];
        drop(
            admin
                .delete(&format!("{}/admin", crate::server::TOKENS), &form)
                .await
                .expect_status(200),
        );
        for (what, string, status) in [
            ("a good one", good, 200),
            ("an altered one", &altered, 401),
            ("one of other keys", forged, 401),
            ("a revoked one", &revoked, 401),
            ("none", "", 400),
        ] {
            let answered = client::status(gate, string)?;
            ensure!(answered == status, "{what} is answered {answered}");
        }
        Ok(())
    }
}

/// The figures of subject and reference.
#[derive(Default)]
pub(crate) struct Compared {
    pub(crate) cpu: Rounds,
    pub(crate) rps: Rounds,
    pub(crate) median: Rounds,
    pub(crate) p99: Rounds,
    pub(crate) others: f64,
}

/// Puts a load on both in alternation. `refused` is the part of the answers that must be refusals.
pub(crate) fn compare(
    run: &Run,
    reference: (SocketAddr, &[u32]),
    subject: (SocketAddr, &[u32]),
    load: &Load,
    refused: f64,
) -> anyhow::Result<Compared> {
    let mut compared = Compared::default();
    let all: Vec<u32> = reference.1.iter().chain(subject.1).copied().collect();
    let watch = Watch::begin(&all)?;
    for _ in 0..run.scale(5, 3) {
        let (bare, bare_cpu) = measured(reference, load)?;
        let (answered, cpu) = measured(subject, load)?;
        let part = answered.refused / answered.requests;
        ensure!(
            (part - refused).abs() < 0.02,
            "of all answers {part:.3} were refusals, and not {refused:.3}"
        );
        compared.cpu.push(bare_cpu, cpu);
        compared.rps.push(bare.a_second(), answered.a_second());
        compared
            .median
            .push(micros(bare.median), micros(answered.median));
        compared.p99.push(micros(bare.p99), micros(answered.p99));
    }
    compared.others = watch.others()?;
    Ok(compared)
}

/// What came of the load, and the CPU time per request, in microseconds.
fn measured(
    (address, processes): (SocketAddr, &[u32]),
    load: &Load,
) -> anyhow::Result<(Answered, f64)> {
    let spent = || {
        let times = processes.iter().map(|process| cpu_time(*process));
        times.sum::<anyhow::Result<Duration>>()
    };
    let before = spent()?;
    let answered = load.on(address)?;
    let spent = spent()?.saturating_sub(before);
    Ok((answered, spent.as_secs_f64() * 1e6 / answered.requests))
}

fn of_form(run: &Run, reference: &Reference, town: &Town) -> anyhow::Result<Vec<Row>> {
    let name = town.form.name();
    let bounds = if town.form == Form::Jwt {
        (1.7, 0.6)
    } else {
        (1.4, 0.7)
    };
    let mut rows = Vec::new();
    let at_random = town.load(run, &town.strings, "many")?;
    let hot = town.load(run, town.strings.get(..1).unwrap_or_default(), "one")?;
    let one = &versus(run, reference, town, &hot, 0.0)?;
    let many = &versus(run, reference, town, &at_random, 0.0)?;
    for (compared, what) in [(one, "one hot token"), (many, "100,000 at random")] {
        let what = format!("{name}, {what}");
        rows.extend(three_rows(compared, &what, Some(bounds)));
    }
    if run.quick || town.form != Form::Opaque {
        return Ok(rows);
    }
    for connections in [1, 1000] {
        let compared = versus(run, reference, town, &at_random.over(connections), 0.0)?;
        let what = format!("{name}, at random, {connections} connections");
        rows.extend(three_rows(&compared, &what, None));
    }
    Ok(rows)
}

fn versus(
    run: &Run,
    reference: &Reference,
    town: &Town,
    load: &Load,
    refused: f64,
) -> anyhow::Result<Compared> {
    let bare = (reference.address, &[reference.process_id()][..]);
    let subject = (town.server.gate(), &[town.server.process_id()][..]);
    compare(run, bare, subject, load, refused)
}

/// 10³ to 10⁶ records, and half of what is presented unknown: each against a town of 10³, by CPU.
async fn growth(run: &Run, reference: &Reference) -> anyhow::Result<Vec<Row>> {
    let small = Town::found(run, Form::Opaque, 1_000, Assertion::Unsigned).await?;
    let base = small.load(run, &small.strings, "many")?;
    let base = versus(run, reference, &small, &base, 0.0)?;
    let mixed: Vec<String> = small.strings.iter().chain(&small.forged).cloned().collect();
    let mixed = small.load(run, &mixed, "mixed")?;
    let mixed = versus(run, reference, &small, &mixed, 0.5)?;
    let mut rows = vec![flat("half of 2,000 at random forged", &base, &mixed)];
    drop(small);
    let count = run.scale(1_000_000, 200_000);
    let large = Town::found(run, Form::Opaque, count, Assertion::Unsigned).await?;
    let grown = large.load(run, &large.strings, "many")?;
    let grown = versus(run, reference, &large, &grown, 0.0)?;
    rows.push(flat(&format!("{count} at random"), &base, &grown));
    rows.push(record_row(large, count)?);
    Ok(rows)
}

/// What a record takes in memory: of the same server on the same data, presented with the same tokens, once with room
/// for all of their records and once with room for few.
fn record_row(mut town: Town, count: usize) -> anyhow::Result<Row> {
    let all = memory(town.server.process_id())?;
    town.server.stop();
    town.server.set_env("TOKENRY_GATE__CACHED_TOKENS", "1000");
    pinned::to(pinned::SERVER, || town.server.start_again())?;
    client::present_all(town.server.gate(), &town.strings)?;
    let few = memory(town.server.process_id())?;
    let record = (all - few) * 1024.0 * 1024.0 / count_as_f64(count);
    Ok(Row {
        bench: "gate",
        what: format!("memory of a cached record, {count} of them"),
        reference: format!("{few:.0} MiB with 1,000"),
        subject: format!("{all:.0} MiB"),
        figure: record,
        unit: Unit::Bytes,
        spread: (record, record),
        target: Some(Target::AtMost(300.0)),
        others: 0.0,
    })
}

fn flat(what: &str, base: &Compared, grown: &Compared) -> Row {
    let figure = grown.cpu.ratio() / base.cpu.ratio();
    let (low, high) = grown.cpu.spread();
    Row {
        bench: "gate",
        what: format!("opaque, {what}, against 1,000 at random: CPU"),
        reference: format!("{:.2} µs", base.cpu.subject()),
        subject: format!("{:.2} µs", grown.cpu.subject()),
        figure,
        unit: Unit::Times,
        spread: (low / base.cpu.ratio(), high / base.cpu.ratio()),
        target: Some(Target::AtMost(1.15)),
        others: grown.others,
    }
}

/// What the signed assertion adds when it is used again.
async fn assertion(run: &Run, reference: &Reference) -> anyhow::Result<Vec<Row>> {
    let mut compared = Vec::new();
    for assertion in [Assertion::Unsigned, Assertion::Signed] {
        let town = Town::found(run, Form::Opaque, 1_000, assertion).await?;
        let load = town.load(run, &town.strings, "many")?;
        compared.push(versus(run, reference, &town, &load, 0.0)?);
    }
    let [without, with] = &*compared else {
        return Ok(Vec::new());
    };
    let figure = with.cpu.ratio() - without.cpu.ratio();
    let (low, high) = with.cpu.spread();
    Ok(vec![Row {
        bench: "gate",
        what: "opaque, 1,000 at random: what the assertion adds, CPU".to_owned(),
        reference: format!("{:.2} µs", without.cpu.subject()),
        subject: format!("{:.2} µs", with.cpu.subject()),
        figure,
        unit: Unit::Times,
        spread: (low - without.cpu.ratio(), high - without.cpu.ratio()),
        target: Some(Target::AtMost(0.3)),
        others: with.others,
    }])
}

/// CPU, requests a second and the 99th percentile.
fn three_rows(compared: &Compared, what: &str, bounds: Option<(f64, f64)>) -> Vec<Row> {
    let (cpu, rps) = bounds.unzip();
    let row = |rounds: &Rounds, name: &str, unit: &str, target: Option<Target>| Row {
        bench: "gate",
        what: format!("{what}: {name}"),
        reference: format!("{:.1} {unit}", rounds.reference()),
        subject: format!("{:.1} {unit}", rounds.subject()),
        figure: rounds.ratio(),
        unit: Unit::Times,
        spread: rounds.spread(),
        target,
        others: compared.others,
    };
    vec![
        row(&compared.cpu, "CPU", "µs", cpu.map(Target::AtMost)),
        row(&compared.rps, "requests", "/s", rps.map(Target::AtLeast)),
        row(
            &compared.p99,
            "p99",
            "µs",
            bounds.map(|_| Target::AtMost(2.0)),
        ),
    ]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn count_as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::NAN, f64::from)
}
