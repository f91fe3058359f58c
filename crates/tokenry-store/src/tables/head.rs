//! Where everything stands: how far the feed, the audit log and the numbers of tokens have come, which generation the
//! world is, how many tokens there are. One row, which every batch moves on before it does anything else.

use jiff::Timestamp;
use tokenry_core::{
    id::TokenNumber,
    port::{Batch, Write},
    principal::Generation,
};

use crate::engine::{Done, Row, Statement, Step, StoreError, Value};

const ADVANCE: &str = "UPDATE head SET sequence = sequence + $1, audit = audit + $2, world = world + $3, \
    tokens = tokens + $4, token_number = token_number + $5 WHERE world = COALESCE($6, world) \
    RETURNING sequence, audit, world, token_number";
const DROP_TOKENS_OF: &str = "UPDATE head SET tokens = tokens - (SELECT tokens FROM users WHERE id = $1) \
    WHERE EXISTS (SELECT 1 FROM users WHERE id = $1)";
const RAISE_CLOCK: &str = "UPDATE head SET latest = $1 WHERE latest < $1";
const RESET_CLOCK: &str = "UPDATE head SET latest = $1";
const CLOCK_MARK: &str = "SELECT latest FROM head";
const GENERATION: &str = "SELECT world FROM head";
const TOKENS: &str = "SELECT tokens FROM head";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    ADVANCE,
    DROP_TOKENS_OF,
    RAISE_CLOCK,
    RESET_CLOCK,
    CLOCK_MARK,
    GENERATION,
    TOKENS,
];

/// Where a batch has brought things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// The last change.
    pub(crate) sequence: i64,
    /// The last line of the audit log.
    pub(crate) audit: i64,
    /// The world.
    pub(crate) world: Generation,
    /// The token added last.
    pub(crate) token_number: TokenNumber,
}

/// Moves on for all that the batch adds; refuses it where it was computed from another world. The first step.
pub(crate) fn advance(batch: &Batch) -> Step {
    let added = tokens_added(&batch.writes);
    let params: [Value; 6] = [
        count(batch.changes.len()).into(),
        count(batch.events.len()).into(),
        i64::from(batch.world.is_some()).into(),
        (added - tokens_deleted(&batch.writes)).into(),
        added.into(),
        batch.world.map(|generation| generation.0).into(),
    ];
    Statement::new(ADVANCE, params)
        .once("users, roles or settings have changed meanwhile; try again")
}

/// What [`advance`] did.
pub(crate) fn position(done: &[Done]) -> Result<Position, StoreError> {
    let row = done.first().and_then(|first| first.rows.first()).cloned();
    let mut cells = row.unwrap_or(Row(Vec::new())).of("head");
    Ok(Position {
        sequence: cells.int("sequence")?,
        audit: cells.int("audit")?,
        world: Generation(cells.int("world")?),
        token_number: TokenNumber::from_number(cells.int("token_number")?),
    })
}

/// Counts down by all tokens of a user, which are about to be deleted.
pub(crate) fn drop_tokens_of(owner: i64) -> Step {
    Statement::new(DROP_TOKENS_OF, [owner.into()]).any()
}

/// Notes that it is at least so late.
pub(crate) fn raise_clock(at: Timestamp) -> Step {
    Statement::new(RAISE_CLOCK, [at.as_microsecond().into()]).any()
}

/// Notes that it is so late, and not as late as was noted before.
pub(crate) fn reset_clock(at: Timestamp) -> Step {
    Statement::new(RESET_CLOCK, [at.as_microsecond().into()]).any()
}

/// The latest time noted.
pub(crate) fn clock_mark() -> Statement {
    Statement::new(CLOCK_MARK, [])
}

/// Reads it; there is none before the first one is noted.
pub(crate) fn read_clock_mark(row: Row) -> Result<Option<Timestamp>, StoreError> {
    let mut cells = row.of("head");
    let micros = cells.int("latest")?;
    let mark = (micros > 0).then(|| Timestamp::from_microsecond(micros));
    mark.transpose()
        .map_err(|_| cells.inconsistent("latest", "no time"))
}

/// The world's generation.
pub(crate) fn generation() -> Statement {
    Statement::new(GENERATION, [])
}

/// How many tokens there are.
pub(crate) fn tokens() -> Statement {
    Statement::new(TOKENS, [])
}

/// How many tokens these writes add. Each gets a number.
pub(crate) fn tokens_added(writes: &[Write]) -> i64 {
    let added = |write: &&Write| matches!(write, Write::InsertToken(_));
    count(writes.iter().filter(added).count())
}

/// How many are deleted one by one. Those of a whole user are counted where they are deleted.
fn tokens_deleted(writes: &[Write]) -> i64 {
    let deleted = |write: &&Write| matches!(write, Write::DeleteToken(..));
    count(writes.iter().filter(deleted).count())
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
