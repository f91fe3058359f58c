//! What is kept of tokens that were ended before their time, so that the log can say why a string is refused.
//!
//! A tombstone is made from the record, in the batch that then deletes it.

use jiff::Timestamp;
use tokenry_core::{
    id::{TokenId, TokenNumber, UserId, UserName},
    token::{End, EndReason, Tombstone},
};

use super::micros;
use crate::engine::{Row, Statement, Step, StoreError};

const TABLE: &str = "tombstones";
const BURY: &str = "INSERT INTO tombstones (id, number, subject, reason, ended) \
    SELECT id, number, subject, $3, $4 FROM tokens WHERE id = $1 AND owner = $2 \
    ON CONFLICT (id) DO UPDATE SET number = excluded.number, subject = excluded.subject, \
    reason = excluded.reason, ended = excluded.ended";
const BURY_OF: &str = "INSERT INTO tombstones (id, number, subject, reason, ended) \
    SELECT id, number, subject, $2, $3 FROM tokens WHERE owner = $1 \
    ON CONFLICT (id) DO UPDATE SET number = excluded.number, subject = excluded.subject, \
    reason = excluded.reason, ended = excluded.ended";
const DELETE_BEFORE: &str = "DELETE FROM tombstones WHERE ended < $1";
const ONE: &str = "SELECT id, number, subject, reason, ended FROM tombstones WHERE id = $1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[BURY, BURY_OF, DELETE_BEFORE, ONE];

/// Keeps what there is to keep of a token of this owner, which is about to be deleted.
pub(crate) fn bury(id: TokenId, owner: UserId, end: End) -> Step {
    let params = [
        id.to_hex().into(),
        owner.number().into(),
        end.reason.as_str().into(),
        end.at.as_microsecond().into(),
    ];
    Statement::new(BURY, params).any()
}

/// The same for all tokens of a user.
pub(crate) fn bury_of(owner: UserId, end: End) -> Step {
    let params = [
        owner.number().into(),
        end.reason.as_str().into(),
        end.at.as_microsecond().into(),
    ];
    Statement::new(BURY_OF, params).any()
}

/// Deletes the tombstones of tokens that ended before this instant.
pub(crate) fn delete_before(oldest: Timestamp) -> Step {
    Statement::new(DELETE_BEFORE, [oldest.as_microsecond().into()]).any()
}

/// One tombstone.
pub(crate) fn one(id: TokenId) -> Statement {
    Statement::new(ONE, [id.to_hex().into()])
}

/// Reads a tombstone.
pub(crate) fn read(row: Row) -> Result<Tombstone, StoreError> {
    let mut cells = row.of(TABLE);
    Ok(Tombstone {
        id: cells.parsed("id", TokenId::from_hex)?,
        number: TokenNumber::from_number(cells.int("number")?),
        subject: cells.parsed("subject", |text| UserName::parse(text).ok())?,
        end: End {
            reason: cells.parsed("reason", EndReason::named)?,
            at: micros(&mut cells, "ended")?,
        },
    })
}
