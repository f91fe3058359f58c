//! The rules' port [`port::Store`], over SQLite (embedded, the default) and PostgreSQL.
//!
//! Three layers, each knowing only the one below: [`Store`] answers the rules; `apply` and `tables` turn what they ask
//! into SQL that stands once for both databases; `engine` runs it on either one. ADR 1 tells why.
//!
//! Not here: rules. What may be written is decided before a batch is made; this crate only sees to it that a batch is
//! committed as a whole, durably, in order, and that who must hear of it does.

mod apply;
#[cfg(test)]
mod conformance;
mod engine;
mod tables;
mod walk;

use std::{path::Path, sync::Arc};

use jiff::Timestamp;
use tokenry_core::{
    Error,
    id::{TokenId, UserId},
    port::{
        self, Applied, AuditQuery, Batch, BoxFuture, CommitListener, Page, Recorded, Remembered,
        TokenQuery, Walk, Walked,
    },
    principal::{Generation, World, password::PasswordHash},
    secret::Digest,
    session::Session,
    token::{Token, Tombstone},
};

pub use self::engine::OpenError;
use self::{
    engine::{Engine, Lane, Row, Statement, StoreError},
    tables::{
        audit, head, objects, requests, roles, sessions, settings, tokens, tombstones, users,
    },
};

/// The most search terms of one list.
const MAX_TERMS: usize = 64;

/// Where everything is kept.
pub struct Store {
    engine: Engine,
    listener: Arc<dyn CommitListener>,
}

impl Store {
    /// Opens the SQLite file at `path` (and makes it, for its owner's eyes only, where there is none) and brings its
    /// schema up to date. One process at a time may have it open. `listener` hears of each commit on the thread
    /// that writes.
    pub async fn sqlite(path: &Path, listener: Arc<dyn CommitListener>) -> Result<Self, OpenError> {
        Ok(Self {
            engine: Engine::sqlite(path).await?,
            listener,
        })
    }

    /// Connects to the PostgreSQL database at `url` (`postgresql://user@host,host/database?…`; a socket's directory
    /// may stand for the host, percent-encoded) and brings its schema up to date. `listener` hears of each commit of
    /// this process on the task that writes.
    pub async fn postgres(url: &str, listener: Arc<dyn CommitListener>) -> Result<Self, OpenError> {
        let config = url
            .parse()
            .map_err(|error| OpenError::InvalidAddress(format!("{error}")))?;
        Ok(Self {
            engine: Engine::postgres(config).await?,
            listener,
        })
    }

    async fn all<T>(
        &self,
        lane: Lane,
        statement: Statement,
        read: impl Fn(Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, Error> {
        let rows = self.engine.query(lane, statement).await?;
        Ok(each(rows, read)?)
    }

    async fn one<T>(
        &self,
        statement: Statement,
        read: impl Fn(Row) -> Result<T, StoreError>,
    ) -> Result<Option<T>, Error> {
        Ok(self.all(Lane::Lookup, statement, read).await?.pop())
    }

    async fn read_world(&self) -> Result<World, StoreError> {
        let statements = vec![
            head::generation(),
            users::all(),
            roles::all(),
            settings::all(),
            objects::all(),
        ];
        let found = self.engine.read(Lane::List, statements).await?;
        let Ok([generation, users, roles, settings, objects]) = <[_; 5]>::try_from(found) else {
            return Err(StoreError::internal("not as many answers as questions"));
        };
        let generation = generation
            .into_iter()
            .next()
            .unwrap_or(Row(Vec::new()))
            .of("head")
            .int("world")?;
        let world = World::new(
            Generation(generation),
            each(users, users::read)?,
            each(roles, roles::read)?,
            settings::read(settings)?,
        );
        Ok(world.with_objects(each(objects, objects::read)?))
    }

    async fn read_page(&self, query: &TokenQuery) -> Result<Page<Token>, StoreError> {
        let found = self
            .engine
            .read(Lane::List, vec![tokens::page(query), tokens::total(query)])
            .await?;
        let Ok([items, total]) = <[_; 2]>::try_from(found) else {
            return Err(StoreError::internal("not as many answers as questions"));
        };
        Ok(Page {
            items: each(items, tokens::read)?,
            total: tokens::read_total(total)?,
        })
    }
}

/// Reads row by row.
fn each<T>(
    rows: Vec<Row>,
    read: impl Fn(Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    rows.into_iter().map(read).collect()
}

impl port::Store for Store {
    fn apply(&self, batch: Batch) -> BoxFuture<'_, Result<Applied, Error>> {
        Box::pin(async move {
            let steps = apply::steps(&batch)?;
            let done = self
                .engine
                .transact(steps, apply::announce(self.listener.clone(), batch))
                .await?;
            Ok(apply::applied(&done)?)
        })
    }

    fn world(&self) -> BoxFuture<'_, Result<World, Error>> {
        Box::pin(async move { Ok(self.read_world().await?) })
    }

    fn token(&self, id: TokenId) -> BoxFuture<'_, Result<Option<Token>, Error>> {
        Box::pin(async move { self.one(tokens::one(id), tokens::read).await })
    }

    fn tombstone(&self, id: TokenId) -> BoxFuture<'_, Result<Option<Tombstone>, Error>> {
        Box::pin(async move { self.one(tombstones::one(id), tombstones::read).await })
    }

    fn tokens(&self, query: TokenQuery) -> BoxFuture<'_, Result<Page<Token>, Error>> {
        Box::pin(async move {
            if query.terms.len() > MAX_TERMS {
                return Err(Error::invalid(
                    "search",
                    format!("at most {MAX_TERMS} terms"),
                ));
            }
            Ok(self.read_page(&query).await?)
        })
    }

    fn walk(&self, wanted: Walk) -> BoxFuture<'_, Result<Walked, Error>> {
        Box::pin(async move {
            if wanted.filters.len() > MAX_TERMS {
                let why = format!("at most {MAX_TERMS} conditions");
                return Err(Error::invalid("filter", why));
            }
            Ok(self.read_walk(&wanted).await?)
        })
    }

    fn expirations(
        &self,
        owner: Option<UserId>,
        instants: Vec<Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<u64>, Error>> {
        Box::pin(async move {
            if instants.len() < 2 {
                return Ok(Vec::new());
            }
            let counts = tables::walk::expirations(owner, &instants);
            let read = |row| tables::walk::read_count(vec![row]).map(u64::from);
            self.all(Lane::List, counts, read).await
        })
    }

    fn remembered(&self, key: Digest) -> BoxFuture<'_, Result<Option<Remembered>, Error>> {
        Box::pin(async move { self.one(requests::one(key), requests::read).await })
    }

    fn password(&self, user: UserId) -> BoxFuture<'_, Result<Option<PasswordHash>, Error>> {
        Box::pin(async move { self.one(users::password(user), users::read_password).await })
    }

    fn session(&self, digest: Digest) -> BoxFuture<'_, Result<Option<Session>, Error>> {
        Box::pin(async move { self.one(sessions::one(&digest), sessions::read).await })
    }

    fn sessions(
        &self,
        of: Option<UserId>,
        limit: u64,
    ) -> BoxFuture<'_, Result<Vec<Session>, Error>> {
        Box::pin(async move {
            self.all(Lane::List, sessions::newest(of, limit), sessions::read)
                .await
        })
    }

    fn clock_mark(&self) -> BoxFuture<'_, Result<Option<Timestamp>, Error>> {
        Box::pin(async move {
            let found = self.one(head::clock_mark(), head::read_clock_mark).await?;
            Ok(found.flatten())
        })
    }

    fn audit(&self, query: AuditQuery) -> BoxFuture<'_, Result<Vec<Recorded>, Error>> {
        Box::pin(async move { self.all(Lane::List, audit::find(&query), audit::read).await })
    }
}
