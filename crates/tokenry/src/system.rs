//! The real clock and the real randomness: the only place that asks the machine for either.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use tokenry_core::port::{Clock, Entropy};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The machine's clock, which never goes back: what has expired stays so when the clock is set back (NT-08). Until the
/// machine's clock has caught up again, it stands still.
#[derive(Debug)]
pub struct SteadyClock {
    clock: SystemClock,
    /// The latest time told so far, in whole seconds, so that it is written once a second and not once a request.
    latest: AtomicI64,
}

impl SteadyClock {
    /// A clock that is never earlier than this.
    #[must_use]
    pub fn from(mark: Option<Timestamp>) -> Self {
        Self {
            clock: SystemClock,
            latest: AtomicI64::new(mark.map_or(i64::MIN, Timestamp::as_second)),
        }
    }

    /// By how much the machine's clock is behind; nothing if it is not.
    #[must_use]
    pub fn behind(&self) -> SignedDuration {
        let latest = Timestamp::from_second(self.latest.load(Ordering::Relaxed));
        let behind = latest.map(|latest| latest.duration_since(self.clock.now()));
        behind.unwrap_or_default().max(SignedDuration::ZERO)
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        let (now, latest) = (self.clock.now(), self.latest.load(Ordering::Relaxed));
        if now.as_second() > latest {
            self.latest.fetch_max(now.as_second(), Ordering::Relaxed);
        }
        if now.as_second() >= latest {
            return now;
        }
        Timestamp::from_second(latest).unwrap_or(now)
    }
}

/// The randomness of aws-lc, seeded by the kernel.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    ///
    /// If there is no randomness: going on would mean guessable secrets.
    #[expect(clippy::disallowed_methods, reason = "this is the Entropy port")]
    fn fill(&self, out: &mut [u8]) {
        let filled = aws_lc_rs::rand::fill(out);
        assert!(filled.is_ok(), "the system gives no randomness");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn randomness_fills_and_differs() {
        let (mut one, mut other) = ([0; 32], [0; 32]);
        SystemEntropy.fill(&mut one);
        SystemEntropy.fill(&mut other);
        assert_ne!(one, [0; 32]);
        assert_ne!(one, other);
    }

    #[test]
    fn nt08_a_clock_that_was_set_back_stands_still() {
        let ahead = SystemClock.now() + SignedDuration::from_hours(1);
        let steady = SteadyClock::from(Some(ahead));
        assert_eq!(steady.now().as_second(), ahead.as_second());
        assert!(steady.behind() > SignedDuration::from_mins(59));
        let past = SystemClock.now() - SignedDuration::from_hours(1);
        let steady = SteadyClock::from(Some(past));
        let first = steady.now();
        assert!(first > past);
        assert!(steady.now() >= first);
        assert_eq!(steady.behind(), SignedDuration::ZERO);
        assert!(SteadyClock::from(None).now() >= first);
    }

    #[test]
    fn the_clock_goes() {
        let year_2025 = Timestamp::from_second(1_735_689_600).unwrap();
        assert!(SystemClock.now() > year_2025);
    }
}
