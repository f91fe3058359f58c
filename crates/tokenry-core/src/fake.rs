//! In-memory ports for tests: a store, a clock that is moved by hand, repeatable randomness. The store is held to the
//! same conformance suite as the real ones.

mod store;

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};

pub use store::MemoryStore;

use crate::{
    error::Error,
    port::{BoxFuture, Clock, Commit, CommitListener, Entropy, PasswordWork, View},
    principal::{World, password::PasswordHash},
    secret::Plaintext,
};

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock at this time.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_microsecond()))
    }

    /// Moves it, forward or back.
    pub fn advance(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(0);
        self.0.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// Randomness that repeats: a splitmix64 sequence from a seed.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<u64>);

impl SeededEntropy {
    /// The sequence of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, out: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in out.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            for (byte, random) in chunk.iter_mut().zip(mixed.to_le_bytes()) {
                *byte = random;
            }
        }
    }
}

/// "Hashes" passwords at once, so that tests need not wait for argon2. Never for anything real.
#[derive(Debug, Default)]
pub struct QuickPasswords;

impl QuickPasswords {
    /// The stand-in for a hash.
    #[must_use]
    pub fn hash_of(password: &str) -> PasswordHash {
        PasswordHash::from_stored(format!("quick:{password}"))
    }
}

impl PasswordWork for QuickPasswords {
    fn hash(
        &self,
        password: Plaintext,
        _salt: [u8; 16],
    ) -> BoxFuture<'_, Result<PasswordHash, Error>> {
        Box::pin(async move { Ok(Self::hash_of(password.expose())) })
    }

    fn check(
        &self,
        password: Plaintext,
        hash: Option<PasswordHash>,
    ) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(
            async move { Ok(hash.is_some_and(|hash| hash == Self::hash_of(password.expose()))) },
        )
    }
}

/// A view of the world that follows what is committed.
#[derive(Debug, Default)]
pub struct MemoryView(Mutex<Arc<World>>);

impl MemoryView {
    /// Starts from this world.
    pub fn set(&self, world: World) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(world);
    }
}

impl View for MemoryView {
    fn world(&self) -> Arc<World> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl CommitListener for MemoryView {
    fn committed(&self, commit: &Commit) {
        let mut world = World::clone(&self.world());
        world.apply_all(&commit.changes);
        world.generation = commit.world.unwrap_or(world.generation);
        self.set(world);
    }
}

/// Runs a future that never has to wait, as is true of everything over the fakes.
#[cfg(test)]
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    use std::task::{Context, Poll, Waker};

    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the fakes are always ready"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_stands_still_until_it_is_moved() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), clock.now());
        for (by, expected) in [(90, 90), (-100, -10)] {
            clock.advance(SignedDuration::from_secs(by));
            assert_eq!(clock.now().as_second(), expected);
        }
    }

    #[test]
    fn randomness_repeats_by_seed_and_not_otherwise() {
        let take = |seed| {
            let entropy = SeededEntropy::new(seed);
            [(); 2].map(|()| {
                let mut bytes = [0; 13];
                entropy.fill(&mut bytes);
                bytes
            })
        };
        let [first, second] = take(1);
        assert_eq!(take(1), [first, second]);
        assert!(first != second && take(2)[0] != first);
        assert!(first[8..] != [0; 5], "filled to the end");
    }
}
