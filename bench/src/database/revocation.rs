//! The bare program that `revoke` is held against, and what a server has written when it did the same.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::Connection;

/// How much a server has written so far, of what verifiers and auditors read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Traces {
    /// Lines of the audit log.
    pub(crate) audit: u32,
    /// Changes of single tokens, for verifiers.
    pub(crate) single: u32,
    /// Changes of all tokens of a user.
    pub(crate) whole: u32,
    /// Tokens that are no more.
    pub(crate) tombstones: u32,
}

/// What there is in a database that no server has open.
pub(crate) fn traces(path: &Path) -> anyhow::Result<Traces> {
    let connection = Connection::open(path)?;
    let count = |of: &str| {
        connection.query_row(&format!("SELECT count(*) FROM {of}"), (), |row| row.get(0))
    };
    Ok(Traces {
        audit: count("audit")?,
        single: count("feed WHERE kind = 'token'")?,
        whole: count("feed WHERE kind = 'tokens'")?,
        tombstones: count("tombstones")?,
    })
}

/// Deletes all tokens of the first owner, and keeps their tombstones, with the durability of the server, and does
/// nothing else.
pub(crate) fn revoke_bare(path: &Path) -> anyhow::Result<Duration> {
    let connection = Connection::open(path)?;
    connection.execute_batch(super::AS_THE_SERVER)?;
    let begin = Instant::now();
    let first = super::FIRST;
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE; \
         UPDATE head SET tokens = tokens - (SELECT tokens FROM users WHERE id = {first}); \
         UPDATE users SET tokens = 0, token_epoch = token_epoch + 1 WHERE id = {first}; \
         INSERT INTO tombstones (id, number, subject, reason, ended) \
         SELECT id, number, subject, 'revoked', 1785000000000000 FROM tokens WHERE owner = {first}; \
         DELETE FROM tokens WHERE owner = {first}; \
         COMMIT",
    ))?;
    Ok(begin.elapsed())
}
