//! Limits how often something is done, per key: the generic cell rate algorithm, in memory and of bounded size.
//!
//! A key that is forgotten begins anew with a full burst, so a flood of keys loosens limits and never fills the memory.
//! Each node counts for itself (spec/data-plane.md 10).

use std::{
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use quick_cache::sync::Cache;
use tokenry_core::{Error, token::Rate};

/// How many keys are remembered.
const KEYS: usize = 100_000;

/// Counts per key.
pub struct Limiter<K> {
    began: Instant,
    /// When each key will have used up nothing any more, in nanoseconds after `began`.
    idle_at: Cache<K, Arc<AtomicU64>>,
}

impl<K: Hash + Eq + Clone> Default for Limiter<K> {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            idle_at: Cache::new(KEYS),
        }
    }
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// Counts one, or refuses it with [`Error::TooMany`] and counts nothing.
    pub fn admit(&self, key: &K, rate: Rate) -> Result<(), Error> {
        let now = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.admit_at(key, rate, now)
    }

    fn admit_at(&self, key: &K, rate: Rate, now: u64) -> Result<(), Error> {
        let apart = 60_000_000_000 / u64::from(rate.per_minute.max(1));
        let tolerance = apart * u64::from(rate.burst.saturating_sub(1));
        let idle_at = match self.idle_at.get(key) {
            Some(found) => found,
            None => (self.idle_at).get_or_insert_with::<_, Error>(key, || Ok(Arc::default()))?,
        };
        let admitted = idle_at.fetch_update(Ordering::AcqRel, Ordering::Acquire, |idle_at| {
            let idle_at = idle_at.max(now);
            (idle_at - now <= tolerance).then_some(idle_at.saturating_add(apart))
        });
        admitted.map(|_| ()).map_err(|idle_at| {
            let wait = idle_at.saturating_sub(now).saturating_sub(tolerance);
            let seconds = wait.div_ceil(1_000_000_000).max(1);
            Error::TooMany { seconds }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn limiter() -> Limiter<u8> {
        Limiter::default()
    }

    #[test]
    fn a_burst_and_then_the_rate_exactly() {
        let (limiter, rate) = (limiter(), Rate::new(60, 5).unwrap());
        let admitted = |at| limiter.admit_at(&1, rate, at).is_ok();
        assert_eq!((0..10).filter(|_| admitted(0)).count(), 5);
        // Every tenth of a second for a minute: one a second.
        let spread = (1..=600)
            .filter(|tenth| admitted(tenth * SECOND / 10))
            .count();
        assert_eq!(spread, 60);
    }

    #[test]
    fn who_waits_as_told_is_admitted() {
        let (limiter, rate) = (limiter(), Rate::new(6, 1).unwrap());
        limiter.admit_at(&1, rate, 0).unwrap();
        let Err(Error::TooMany { seconds }) = limiter.admit_at(&1, rate, 0) else {
            panic!("admitted twice");
        };
        assert_eq!(seconds, 10);
        assert!(limiter.admit_at(&1, rate, seconds * SECOND - 1).is_err());
        assert!(limiter.admit_at(&1, rate, seconds * SECOND).is_ok());
    }

    #[test]
    fn keys_do_not_share() {
        let (limiter, rate) = (limiter(), Rate::new(1, 1).unwrap());
        for key in 0..100 {
            assert!(limiter.admit_at(&key, rate, 0).is_ok());
            assert!(limiter.admit_at(&key, rate, 0).is_err());
        }
    }
}
