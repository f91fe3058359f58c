//! Whether the server is ready for requests, and if not, what is not and since when.
//!
//! Being unready is not being broken: `/healthz` goes on saying that the process lives, so that nobody restarts a
//! server whose database has a bad minute.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokenry_core::principal::Generation;

use super::Ops;

/// What `/readyz` says.
#[derive(Debug, Serialize)]
pub(super) struct Readiness {
    /// Whether all parts are.
    pub(super) ready: bool,
    store: Store,
    world: Part,
    serving: Part,
}

#[derive(Debug, Serialize)]
struct Part {
    ready: bool,
    /// Since when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
}

/// The store is ready while it has committed lately, so that no revocation can have been missed.
#[derive(Debug, Serialize)]
struct Store {
    #[serde(flatten)]
    part: Part,
    /// When it committed last what it commits every few seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_commit: Option<String>,
    /// Since when it does not, where it fails now. It stays ready for the time that the lease has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<String>,
    /// For how many seconds it stays ready without another commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds_left: Option<u64>,
}

impl Readiness {
    pub(super) fn of(ops: &Ops) -> Self {
        let store = store(ops);
        let loaded = ops.app.world().generation != Generation::default();
        let world = part((!loaded).then_some(ops.started));
        let serving = part(ops.stopping_since());
        Self {
            ready: store.part.ready && world.ready && serving.ready,
            store,
            world,
            serving,
        }
    }
}

fn part(since: Option<Timestamp>) -> Part {
    Part {
        ready: since.is_none(),
        since: text(since),
    }
}

fn text(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

fn store(ops: &Ops) -> Store {
    let lease = ops.engine.memory().lease();
    let over = lease.over_for();
    let since = over.map(|over| {
        let over = SignedDuration::try_from(over).unwrap_or(SignedDuration::MAX);
        ops.app.now().saturating_sub(over).unwrap_or(ops.started)
    });
    let left = lease.left();
    Store {
        part: part(since),
        last_commit: text(ops.flushes.last()),
        failing_since: text(ops.flushes.failing_since()),
        seconds_left: (left != std::time::Duration::MAX).then_some(left.as_secs()),
    }
}
