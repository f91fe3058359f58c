//! The audit file as its readers see it.

use std::{fs, path::Path, time::Duration};

use serde_json::Value;
use tokio::time::{sleep, timeout};

/// The longest that a line may take to get into the file, on the slowest machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// An event in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) sequence: i64,
    pub(super) action: String,
    pub(super) token: Option<String>,
    pub(super) reason: String,
}

/// All lines of the audit file in this directory, which must all be JSON. One that is being written does not count yet.
pub(super) fn lines(directory: &Path) -> Vec<Value> {
    let text = fs::read_to_string(directory.join("audit.jsonl")).unwrap_or_default();
    let (text, _being_written) = text.rsplit_once('\n').unwrap_or_default();
    let read = |line: &str| {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in a line: {line:?}"))
    };
    text.lines().map(read).collect()
}

/// Those of one kind.
pub(super) fn of_kind(lines: &[Value], kind: &str) -> Vec<Value> {
    let mut lines = lines.to_vec();
    lines.retain(|line| line["kind"] == kind);
    lines
}

/// The sum of their counts.
pub(super) fn sum(lines: &[Value]) -> u64 {
    lines
        .iter()
        .map(|line| line["count"].as_u64().unwrap())
        .sum()
}

/// The events of the audit file in this directory.
pub(super) fn events(directory: &Path) -> Vec<Event> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let read = |line: &Value| Event {
        sequence: line["sequence"].as_i64().unwrap(),
        action: text(&line["action"]).unwrap(),
        token: text(&line["token"]),
        reason: text(&line["reason"]).unwrap(),
    };
    of_kind(&lines(directory), "event")
        .iter()
        .map(read)
        .collect()
}

/// Waits until the file has an event about this token: then it has all events from before, too.
pub(super) async fn events_up_to(directory: &Path, token: &str) -> Vec<Event> {
    eventually(&format!("an event about {token}"), || {
        let events = events(directory);
        let is_there = |event: &Event| event.token.as_deref() == Some(token);
        events.iter().any(is_there).then_some(events)
    })
    .await
}

/// Waits until there is something to see.
pub(super) async fn eventually<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let seen = timeout(PATIENCE, async {
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            sleep(Duration::from_millis(5)).await;
        }
    });
    seen.await
        .unwrap_or_else(|_| panic!("there never was {what}"))
}
