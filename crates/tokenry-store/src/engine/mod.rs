//! One SQL text, two databases. Everything above this folder speaks SQL that both understand (`$1`, `RETURNING`,
//! `ON CONFLICT`); everything that differs by database is below it (docs/adr/0001-one-sql-two-engines.md).
//!
//! What both promise:
//!
//! * A batch is committed as a whole or not at all, and durably; one that fails does not touch those beside it.
//! * A submitted batch is carried out even if its caller has gone. Its hook is called after the commit and before
//!   the caller is answered, in the order of commit, and only if it was committed.
//! * A read sees every batch whose caller has been answered. All statements of one read see one snapshot.
//! * While the database cannot serve, everything is `Unavailable`; when it can again, so can we.
//!
//! Not here: tables, and what they mean.

mod batch;
mod error;
mod migrate;
mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;
mod value;

use std::path::Path;

use tokio_postgres::Config;

pub use self::error::OpenError;
#[cfg(test)]
pub(crate) use self::migrate::past;
use self::{batch::Outcome, postgres::Postgres, sqlite::Sqlite};
pub(crate) use self::{
    batch::{After, Done, Statement, Step},
    error::StoreError,
    value::{Cells, Row, Value},
};

/// An open database.
#[derive(Debug)]
pub(crate) enum Engine {
    Postgres(Postgres),
    Sqlite(Sqlite),
}

/// Two queues for reading, so that what may take long does not hold up what must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Whatever may look at many rows.
    List,
    /// Looks at a row or two by their keys.
    Lookup,
}

impl Engine {
    /// Opens an SQLite file, makes it where there is none, and brings its schema up to date.
    pub(crate) async fn sqlite(path: &Path) -> Result<Self, OpenError> {
        let path = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || Sqlite::open(&path)).await;
        opened.map_err(OpenError::unavailable)?.map(Self::Sqlite)
    }

    /// Connects to a PostgreSQL database and brings its schema up to date.
    pub(crate) async fn postgres(config: Config) -> Result<Self, OpenError> {
        Postgres::open(config).await.map(Self::Postgres)
    }

    /// The rows that one statement finds.
    pub(crate) async fn query(
        &self,
        lane: Lane,
        statement: Statement,
    ) -> Result<Vec<Row>, StoreError> {
        let mut found = self.read(lane, vec![statement]).await?;
        Ok(found.pop().unwrap_or_default())
    }

    /// The rows that each statement finds, all on one snapshot.
    pub(crate) async fn read(
        &self,
        lane: Lane,
        statements: Vec<Statement>,
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        statements.iter().try_for_each(Statement::check)?;
        match self {
            Self::Postgres(database) => database.read(lane, statements).await,
            Self::Sqlite(database) => database.read(lane, statements).await,
        }
    }

    /// Commits a batch: all steps or none. The answer has one entry a step.
    pub(crate) async fn transact(&self, steps: Vec<Step>, after: After) -> Outcome {
        match self {
            Self::Postgres(database) => database.transact(steps, after).await,
            Self::Sqlite(database) => database.transact(steps, after).await,
        }
    }
}
