//! The world and the records seen lately, moved on by every commit.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokenry_core::{
    change::Change,
    id::TokenId,
    port::{Commit, CommitListener, View},
    principal::World,
    secret::Digest,
    session::Session,
    token::{Brief, Tombstone},
};

use crate::{lease::Lease, records::Records};

/// What verifiers remember. Give it to the store as its listener, and load the world before the first request.
pub struct Memory {
    world: ArcSwap<World>,
    pub(crate) tokens: Records<TokenId, Brief>,
    /// Of dead tokens that are presented still.
    pub(crate) tombstones: Records<TokenId, Tombstone>,
    pub(crate) sessions: Records<Digest, LiveSession>,
    lease: Lease,
}

/// A session whose last use moves on with every request, ahead of the stored one.
pub(crate) struct LiveSession {
    session: Session,
    last_used: AtomicI64,
}

impl LiveSession {
    pub(crate) fn new(session: Session) -> Self {
        let last_used = AtomicI64::new(session.last_used.as_microsecond());
        Self { session, last_used }
    }

    pub(crate) fn used(&self, at: Timestamp) {
        self.last_used
            .fetch_max(at.as_microsecond(), Ordering::Relaxed);
    }

    /// The session as of now.
    pub(crate) fn current(&self) -> Session {
        let micros = self.last_used.load(Ordering::Relaxed);
        let last_used = Timestamp::from_microsecond(micros).unwrap_or(self.session.last_used);
        Session {
            last_used,
            ..self.session.clone()
        }
    }
}

/// How many token records are remembered where nothing else is said; further ones are read from the store again.
pub const TOKENS: usize = 1_000_000;

/// How many dead tokens are.
const TOMBSTONES: usize = 10_000;

/// How many sessions are.
const SESSIONS: usize = 10_000;

impl Default for Memory {
    fn default() -> Self {
        Self::with_capacity(TOKENS)
    }
}

impl Memory {
    /// A memory for the records of so many tokens.
    #[must_use]
    pub fn with_capacity(tokens: usize) -> Self {
        Self {
            world: ArcSwap::default(),
            tokens: Records::with_capacity(tokens),
            tombstones: Records::with_capacity(TOMBSTONES),
            sessions: Records::with_capacity(SESSIONS),
            lease: Lease::default(),
        }
    }

    /// The same memory, to be believed for no longer than this lease.
    #[must_use]
    pub fn leased(self, lease: Lease) -> Self {
        Self { lease, ..self }
    }

    /// The lease on freshness.
    #[must_use]
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// The world, for as long as the answer takes.
    pub(crate) fn now(&self) -> arc_swap::Guard<Arc<World>> {
        self.world.load()
    }

    /// How many records of tokens are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.tokens.len()
    }

    /// For how many there is room.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.tokens.capacity()
    }

    /// How many records of dead tokens are remembered.
    #[must_use]
    pub fn remembered_tombstones(&self) -> usize {
        self.tombstones.len()
    }

    /// How many sessions are remembered.
    #[must_use]
    pub fn remembered_sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Takes over the world that the store holds, at start.
    pub fn load(&self, world: World) {
        self.world.store(Arc::new(world));
    }

    fn forget(&self, change: &Change) {
        match change {
            Change::SessionEnded(digest) => self.sessions.forget(digest),
            Change::SessionsEnded(user) => {
                self.sessions.forget_all(|live| live.session.user == *user);
            }
            Change::TokenChanged(id) => self.tokens.forget(id),
            Change::TokensChanged(owner) => self.tokens.forget_all(|token| token.owner == *owner),
            Change::UserDeleted(id) => {
                self.sessions.forget_all(|live| live.session.user == *id);
                self.tokens.forget_all(|token| token.owner == *id);
            }
            Change::ObjectPut(_)
            | Change::RoleDeleted(_)
            | Change::RolePut(_)
            | Change::SettingsPut(_)
            | Change::UserPut(_) => {}
        }
    }

    fn move_world(&self, commit: &Commit) {
        let Some(generation) = commit.world else {
            return;
        };
        let mut world = World::clone(&self.world.load());
        world.apply_all(&commit.changes);
        world.generation = generation;
        self.world.store(Arc::new(world));
    }
}

impl View for Memory {
    fn world(&self) -> Arc<World> {
        self.world.load_full()
    }
}

impl CommitListener for Memory {
    fn committed(&self, commit: &Commit) {
        self.move_world(commit);
        commit.changes.iter().for_each(|change| self.forget(change));
    }
}
