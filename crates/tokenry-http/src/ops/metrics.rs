//! The page of metrics: everything that is counted, read anew at each visit.

use std::time::Duration;

use jiff::Timestamp;
use tokenry_engine::Record;

use super::{
    Flushes, Ops,
    exposition::{Format, Page},
    health::Readiness,
};
use crate::gate::{BOUNDS, DoorName, Outcome};

/// What stands where there is no reason.
const NO_REASON: &str = "none";

/// The page as of now.
pub(super) fn page(ops: &Ops, format: Format) -> String {
    let mut page = Page::new(format);
    decisions(&mut page, ops);
    refusals(&mut page, ops);
    memory(&mut page, ops);
    store(&mut page, ops);
    process(&mut page, ops);
    page.finish()
}

fn decisions(page: &mut Page, ops: &Ops) {
    let mut counts = page.counter(
        "tokenry_gate_decisions_total",
        "What the gate answered, by door, outcome and, of denials, reason.",
    );
    for door in DoorName::ALL {
        for outcome in Outcome::all() {
            let labels = [
                ("door", door.as_str()),
                ("outcome", outcome.as_str()),
                (
                    "reason",
                    outcome.reason().map_or(NO_REASON, |reason| reason.as_str()),
                ),
            ];
            counts.value(&labels, ops.meters.counted(door, outcome));
        }
    }
    let mut took = page.histogram(
        "tokenry_gate_decision_seconds",
        "How long the gate's decisions took, without reading the question and writing the answer.",
    );
    let bounds = BOUNDS.map(|bound| Duration::from_nanos(bound).as_secs_f64());
    for door in DoorName::ALL {
        let (classes, all) = (ops.meters.took(door), ops.meters.took_in_all(door));
        let door = [("door", door.as_str())];
        took.durations(&door, &bounds, &classes, all.as_secs_f64());
    }
}

fn refusals(page: &mut Page, ops: &Ops) {
    let mut counts = page.counter(
        "tokenry_refusals_total",
        "Refused credentials by reason, at all doors: the gate's, and those of the APIs.",
    );
    for (reason, count) in ops.refusals.counted() {
        counts.value(&[("reason", reason.as_str())], count);
    }
}

fn memory(page: &mut Page, ops: &Ops) {
    let memory = ops.engine.memory();
    page.gauge("tokenry_records", "Records kept in memory.")
        .value(&[("record", Record::Token.as_str())], memory.remembered())
        .value(
            &[("record", Record::Tombstone.as_str())],
            memory.remembered_tombstones(),
        )
        .value(
            &[("record", Record::Session.as_str())],
            memory.remembered_sessions(),
        );
    page.gauge(
        "tokenry_token_records_capacity",
        "For how many records of tokens there is room in memory ([gate] cached_tokens).",
    )
    .value(&[], memory.capacity());
    let mut lookups = page.counter(
        "tokenry_lookups_total",
        "Records that verifications looked for, by where: in memory (a hit) or, not being there, in the store (a miss).",
    );
    let counts = ops.engine.lookups();
    for record in Record::ALL {
        let name = record.as_str();
        lookups
            .value(
                &[("record", name), ("place", "memory")],
                counts.in_memory(record),
            )
            .value(
                &[("record", name), ("place", "store")],
                counts.in_store(record),
            );
    }
    page.gauge("tokenry_users", "Users.")
        .value(&[], ops.app.world().users().count());
    page.gauge(
        "tokenry_uses_waiting",
        "Tokens and sessions whose last use is not written down yet.",
    )
    .value(&[], ops.engine.uses().waiting());
}

fn store(page: &mut Page, ops: &Ops) {
    let left = ops.engine.memory().lease().left();
    let left = if left == Duration::MAX {
        "+Inf".to_owned()
    } else {
        left.as_secs_f64().to_string()
    };
    page.gauge(
        "tokenry_freshness_seconds_left",
        "For how long tokens are still verified if the store commits nothing more; at 0 the answer is 503.",
    )
    .value(&[], left);
    page.gauge(
        "tokenry_ready",
        "Whether /readyz says that the server is ready.",
    )
    .value(&[], u8::from(Readiness::of(ops).ready));
    let last = ops.flushes.last();
    page.gauge(
        "tokenry_flush_last_success_timestamp_seconds",
        "When last uses were written down last, which also proves that the store commits; 0 before the first time.",
    )
    .value(&[], last.map_or(0, Timestamp::as_second));
    page.histogram(
        "tokenry_flush_seconds",
        "How long it took to write last uses down.",
    )
    .durations(
        &[],
        &Flushes::bounds(),
        &ops.flushes.classes(),
        ops.flushes.took().as_secs_f64(),
    );
    page.counter("tokenry_flush_rows_total", "Last uses written down.")
        .value(&[], ops.flushes.rows());
    page.counter(
        "tokenry_flush_failures_total",
        "How often last uses could not be written down.",
    )
    .value(&[], ops.flushes.failures());
}

fn process(page: &mut Page, ops: &Ops) {
    page.gauge("tokenry_build_info", "The version that runs; always 1.")
        .value(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    page.gauge(
        "process_start_time_seconds",
        "When the server was started, in seconds of the epoch.",
    )
    .value(&[], ops.started.as_second());
}
