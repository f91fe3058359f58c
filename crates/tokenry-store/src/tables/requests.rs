//! Requests that had a key, and what came of them.

use jiff::Timestamp;
use tokenry_core::{id::TokenId, port::Remembered, secret::Digest};

use super::micros;
use crate::engine::{Row, Statement, Step, StoreError};

const TABLE: &str = "requests";
const INSERT: &str = "INSERT INTO requests (key, request, token, at) VALUES ($1, $2, $3, $4)";
const DELETE_BEFORE: &str = "DELETE FROM requests WHERE at < $1";
const ONE: &str = "SELECT request, token, at FROM requests WHERE key = $1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT, DELETE_BEFORE, ONE];

/// Remembers what came of a request.
pub(crate) fn insert(key: Digest, what: &Remembered) -> Step {
    let params = [
        key.to_hex().into(),
        what.request.to_hex().into(),
        what.token.to_hex().into(),
        what.at.as_microsecond().into(),
    ];
    Statement::new(INSERT, params).once("a request with this key was made before")
}

/// Forgets requests from before this instant.
pub(crate) fn delete_before(oldest: Timestamp) -> Step {
    Statement::new(DELETE_BEFORE, [oldest.as_microsecond().into()]).any()
}

/// One request.
pub(crate) fn one(key: Digest) -> Statement {
    Statement::new(ONE, [key.to_hex().into()])
}

/// Reads what came of a request.
pub(crate) fn read(row: Row) -> Result<Remembered, StoreError> {
    let mut cells = row.of(TABLE);
    Ok(Remembered {
        request: cells.parsed("request", Digest::from_hex)?,
        token: cells.parsed("token", TokenId::from_hex)?,
        at: micros(&mut cells, "at")?,
    })
}
