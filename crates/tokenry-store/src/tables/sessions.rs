//! Sessions: who is signed in, under the digest of a key that is kept nowhere.

use jiff::{SignedDuration, Timestamp};
use tokenry_core::{
    id::{PersonaId, UserId},
    secret::Digest,
    session::Session,
};

use super::{address, micros};
use crate::engine::{Row, Statement, Step, StoreError};

const TABLE: &str = "sessions";
const INSERT: &str = "INSERT INTO sessions (digest, number, owner, persona, created, last_used, address, \
    idle_timeout) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const DELETE: &str = "DELETE FROM sessions WHERE digest = $1";
const DELETE_OF: &str = "DELETE FROM sessions WHERE owner = $1";
const DELETE_UNUSED: &str = "DELETE FROM sessions WHERE last_used < $1";
const TOUCH: &str = "UPDATE sessions SET last_used = $2 WHERE digest = $1 AND last_used < $2";
const ONE: &str = "SELECT digest, number, owner, persona, created, last_used, address, idle_timeout FROM sessions \
    WHERE digest = $1";
const NEWEST: &str = "SELECT digest, number, owner, persona, created, last_used, address, idle_timeout FROM sessions \
    ORDER BY created DESC, digest DESC LIMIT $1";
const NEWEST_OF: &str = "SELECT digest, number, owner, persona, created, last_used, address, idle_timeout \
    FROM sessions WHERE owner = $1 ORDER BY created DESC, digest DESC LIMIT $2";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    DELETE,
    DELETE_OF,
    DELETE_UNUSED,
    TOUCH,
    ONE,
    NEWEST,
    NEWEST_OF,
];

/// Adds a session.
pub(crate) fn insert(session: &Session) -> Step {
    let params = [
        session.digest.to_hex().into(),
        session.number.into(),
        session.user.number().into(),
        session.persona.number().into(),
        session.created.as_microsecond().into(),
        session.last_used.as_microsecond().into(),
        session.address.to_string().into(),
        session.idle_timeout.as_secs().into(),
    ];
    Statement::new(INSERT, params).once("the user no longer exists")
}

/// Changes nothing, but demands that a session is there.
pub(crate) fn require(digest: &Digest) -> Step {
    one(digest).once("the session has ended")
}

/// Deletes a session.
pub(crate) fn delete(digest: &Digest) -> Step {
    Statement::new(DELETE, [digest.to_hex().into()]).once("the session has already ended")
}

/// Deletes all sessions of a user.
pub(crate) fn delete_of(user: UserId) -> Step {
    Statement::new(DELETE_OF, [user.number().into()]).any()
}

/// Deletes all sessions last used before this instant.
pub(crate) fn delete_unused_since(oldest: Timestamp) -> Step {
    Statement::new(DELETE_UNUSED, [oldest.as_microsecond().into()]).any()
}

/// Moves the last use forward.
pub(crate) fn touch(digest: &Digest, at: Timestamp) -> Step {
    Statement::new(TOUCH, [digest.to_hex().into(), at.as_microsecond().into()]).any()
}

/// One session.
pub(crate) fn one(digest: &Digest) -> Statement {
    Statement::new(ONE, [digest.to_hex().into()])
}

/// The newest sessions of a user, or of all, the newest first.
pub(crate) fn newest(of: Option<UserId>, limit: u64) -> Statement {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX).into();
    match of {
        None => Statement::new(NEWEST, [limit]),
        Some(user) => Statement::new(NEWEST_OF, [user.number().into(), limit]),
    }
}

/// Reads a session.
pub(crate) fn read(row: Row) -> Result<Session, StoreError> {
    let mut cells = row.of(TABLE);
    Ok(Session {
        digest: cells.parsed("digest", Digest::from_hex)?,
        number: cells.int("number")?,
        user: UserId::from_number(cells.int("owner")?),
        persona: PersonaId::from_number(cells.int("persona")?),
        created: micros(&mut cells, "created")?,
        last_used: micros(&mut cells, "last_used")?,
        address: address(&mut cells, "address")?,
        idle_timeout: SignedDuration::from_secs(cells.int("idle_timeout")?),
    })
}
