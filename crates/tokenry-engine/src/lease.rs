//! How long the memory may be believed: a verifier that cannot hear of revocations must not go on granting for ever.
//!
//! A lease is renewed by proof that nothing was missed, and counts from when that proof was asked for, not from when it
//! arrived (spec/data-plane.md 6.3). With the embedded store, of which this process is the only writer, the proof is
//! that it still commits. Where several nodes share a store, it is a look at the feed that found nothing new.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// A lease on freshness.
///
/// Counted by the clock that is never set (NT-08). That one stops while a machine sleeps, which the embedded store
/// forgives, as nobody else writes to it meanwhile; with many nodes it will have to be `CLOCK_BOOTTIME`.
#[derive(Debug)]
pub struct Lease {
    began: Instant,
    length: Duration,
    /// Milliseconds after `began`; the greatest number is for ever.
    until: AtomicU64,
}

impl Default for Lease {
    /// One that never ends, for whoever keeps nothing that could be out of date.
    fn default() -> Self {
        Self {
            began: Instant::now(),
            length: Duration::MAX,
            until: AtomicU64::new(u64::MAX),
        }
    }
}

impl Lease {
    /// A lease of this length, which begins now.
    #[must_use]
    pub fn of(length: Duration) -> Self {
        let lease = Self {
            began: Instant::now(),
            length,
            until: AtomicU64::new(0),
        };
        lease.renew(lease.began);
        lease
    }

    /// Renews it: at `asked`, or after, the proof was asked for that has arrived now. Never shortens it.
    pub fn renew(&self, asked: Instant) {
        let until = asked
            .saturating_duration_since(self.began)
            .saturating_add(self.length);
        let until = u64::try_from(until.as_millis()).unwrap_or(u64::MAX);
        self.until.fetch_max(until, Ordering::Release);
    }

    /// What is left of it; nothing once it has ended.
    #[must_use]
    pub fn left(&self) -> Duration {
        match self.until.load(Ordering::Acquire) {
            u64::MAX => Duration::MAX,
            until => Duration::from_millis(until).saturating_sub(self.began.elapsed()),
        }
    }

    /// For how long it has been over; nothing while it is held.
    #[must_use]
    pub fn over_for(&self) -> Option<Duration> {
        let until = self.until.load(Ordering::Acquire);
        let over = self
            .began
            .elapsed()
            .checked_sub(Duration::from_millis(until))?;
        (until != u64::MAX).then_some(over)
    }

    /// Whether it has not ended.
    #[must_use]
    pub fn is_held(&self) -> bool {
        !self.left().is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ago(seconds: u64) -> Instant {
        let ago = Duration::from_secs(seconds);
        Instant::now().checked_sub(ago).unwrap()
    }

    #[test]
    fn it_ends_by_itself_and_counts_from_the_asking() {
        let lease = Lease::of(Duration::from_secs(10));
        assert!(lease.is_held());
        assert_eq!(lease.over_for(), None);
        let long_ago = Lease {
            began: ago(60),
            length: Duration::from_secs(10),
            until: AtomicU64::new(0),
        };
        assert!(!long_ago.is_held());
        assert!(long_ago.over_for().unwrap() >= Duration::from_mins(1));
        long_ago.renew(ago(11));
        assert!(
            !long_ago.is_held(),
            "the proof is older than the lease is long"
        );
        long_ago.renew(ago(5));
        assert!(long_ago.is_held());
        assert!(long_ago.left() <= Duration::from_secs(5));
    }

    #[test]
    fn an_older_proof_does_not_shorten_it() {
        let lease = Lease::of(Duration::from_secs(10));
        lease.renew(lease.began);
        assert!(lease.left() > Duration::from_secs(9));
    }

    #[test]
    fn one_that_never_ends_is_held() {
        assert!(Lease::default().is_held());
        assert_eq!(Lease::default().over_for(), None);
    }
}
