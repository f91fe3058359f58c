//! What is counted for the page of metrics beside the gate's decisions: refused credentials by reason, and how writing
//! down last uses went.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tokenry_core::{
    port::{GrantedCredential, RefusalListener, RefusedCredential},
    verify::Reason,
};

/// Counts refused credentials by reason, at whatever door, and passes them on.
pub struct Refusals {
    next: Arc<dyn RefusalListener>,
    counts: Vec<AtomicU64>,
}

impl Refusals {
    /// Counts what `next` hears.
    #[must_use]
    pub fn before(next: Arc<dyn RefusalListener>) -> Self {
        Self {
            next,
            counts: Reason::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
        }
    }

    pub(super) fn counted(&self) -> impl Iterator<Item = (Reason, u64)> {
        let counts = self
            .counts
            .iter()
            .map(|count| count.load(Ordering::Relaxed));
        Reason::ALL.iter().copied().zip(counts)
    }
}

impl RefusalListener for Refusals {
    fn refused(&self, refusal: &RefusedCredential) {
        let place = Reason::ALL.iter().position(|one| *one == refusal.reason);
        if let Some(count) = place.and_then(|place| self.counts.get(place)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.next.refused(refusal);
    }

    fn hears_grants(&self) -> bool {
        self.next.hears_grants()
    }

    fn granted(&self, grant: &GrantedCredential) {
        self.next.granted(grant);
    }
}

/// Upper bounds of the classes that flushes are counted in by how long they took, in milliseconds.
const BOUNDS: [u64; 8] = [1, 5, 10, 50, 100, 500, 1_000, 5_000];

/// How writing down last uses went, which is also how the store shows that it still commits.
#[derive(Debug, Default)]
pub struct Flushes {
    classes: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
    rows: AtomicU64,
    failures: AtomicU64,
    /// In microseconds of the epoch; 0 is never.
    last: AtomicI64,
    /// Since when they fail; 0 is not now.
    failing: AtomicI64,
}

impl Flushes {
    /// Counts one that was asked for at `at` and wrote so many rows.
    pub fn succeeded(&self, at: Timestamp, took: Duration, rows: usize) {
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let class = BOUNDS.partition_point(|bound| *bound <= millis);
        if let Some(count) = self.classes.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.last.store(at.as_microsecond(), Ordering::Relaxed);
        self.failing.store(0, Ordering::Relaxed);
    }

    /// Counts one that failed at `at`.
    pub fn failed(&self, at: Timestamp) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let at = at.as_microsecond();
        // It fails since the first of several failures, so another one changes nothing.
        let _ = (self.failing).compare_exchange(0, at, Ordering::Relaxed, Ordering::Relaxed);
    }

    pub(super) fn bounds() -> [f64; BOUNDS.len()] {
        BOUNDS.map(|bound| Duration::from_millis(bound).as_secs_f64())
    }

    pub(super) fn classes(&self) -> Vec<u64> {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        self.classes.iter().map(load).collect()
    }

    pub(super) fn took(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// When the last one was asked for that succeeded.
    pub(super) fn last(&self) -> Option<Timestamp> {
        time(&self.last)
    }

    /// Since when they fail.
    pub(super) fn failing_since(&self) -> Option<Timestamp> {
        time(&self.failing)
    }
}

/// A time that is kept as microseconds, with 0 for none.
pub(super) fn time(micros: &AtomicI64) -> Option<Timestamp> {
    match micros.load(Ordering::Relaxed) {
        0 => None,
        micros => Timestamp::from_microsecond(micros).ok(),
    }
}
