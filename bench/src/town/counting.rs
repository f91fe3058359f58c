//! A store that counts how often a token is read from it: a token that is in memory never is.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use tokenry_core::{
    Error,
    id::{TokenId, UserId},
    port::{
        self, Applied, AuditQuery, Batch, BoxFuture, Page, Recorded, Remembered, TokenQuery, Walk,
        Walked,
    },
    principal::{World, password::PasswordHash},
    secret::Digest,
    session::Session,
    token::{Token, Tombstone},
};
use tokenry_store::Store;

pub(crate) struct Counting {
    store: Store,
    lookups: AtomicU64,
}

impl Counting {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            lookups: AtomicU64::new(0),
        }
    }

    pub(super) fn lookups(&self) -> u64 {
        self.lookups.load(Ordering::Relaxed)
    }
}

impl port::Store for Counting {
    fn apply(&self, batch: Batch) -> BoxFuture<'_, Result<Applied, Error>> {
        self.store.apply(batch)
    }

    fn world(&self) -> BoxFuture<'_, Result<World, Error>> {
        self.store.world()
    }

    fn token(&self, id: TokenId) -> BoxFuture<'_, Result<Option<Token>, Error>> {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        self.store.token(id)
    }

    fn tombstone(&self, id: TokenId) -> BoxFuture<'_, Result<Option<Tombstone>, Error>> {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        self.store.tombstone(id)
    }

    fn tokens(&self, query: TokenQuery) -> BoxFuture<'_, Result<Page<Token>, Error>> {
        self.store.tokens(query)
    }

    fn walk(&self, walk: Walk) -> BoxFuture<'_, Result<Walked, Error>> {
        self.store.walk(walk)
    }

    fn expirations(
        &self,
        owner: Option<UserId>,
        instants: Vec<Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<u64>, Error>> {
        self.store.expirations(owner, instants)
    }

    fn remembered(&self, key: Digest) -> BoxFuture<'_, Result<Option<Remembered>, Error>> {
        self.store.remembered(key)
    }

    fn password(&self, user: UserId) -> BoxFuture<'_, Result<Option<PasswordHash>, Error>> {
        self.store.password(user)
    }

    fn session(&self, digest: Digest) -> BoxFuture<'_, Result<Option<Session>, Error>> {
        self.store.session(digest)
    }

    fn sessions(
        &self,
        of: Option<UserId>,
        limit: u64,
    ) -> BoxFuture<'_, Result<Vec<Session>, Error>> {
        self.store.sessions(of, limit)
    }

    fn clock_mark(&self) -> BoxFuture<'_, Result<Option<Timestamp>, Error>> {
        self.store.clock_mark()
    }

    fn audit(&self, query: AuditQuery) -> BoxFuture<'_, Result<Vec<Recorded>, Error>> {
        self.store.audit(query)
    }
}
