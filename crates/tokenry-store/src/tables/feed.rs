//! The feed of changes, for verifiers in other processes. Only the newest part is kept: who is further behind reads
//! everything anew.

use tokenry_core::change::Change;

use crate::engine::{Statement, Step};

const APPEND: &str = "INSERT INTO feed (sequence, kind, key, at) \
    VALUES ((SELECT sequence FROM head) - $1, $2, $3, $4)";
const TRIM: &str = "DELETE FROM feed WHERE sequence <= (SELECT sequence FROM head) - 100000";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[APPEND, TRIM];

/// Adds the changes of a batch, made at this instant in microseconds, at the places that the head has made for them.
pub(crate) fn append(changes: &[Change], at: i64) -> Vec<Step> {
    let behind = (0..changes.len() as u64).rev();
    let append = |(change, behind): (&Change, u64)| {
        let (kind, key) = change.feed_entry();
        Statement::new(
            APPEND,
            [
                behind.cast_signed().into(),
                kind.into(),
                key.into(),
                at.into(),
            ],
        )
        .once("")
    };
    let trim = (!changes.is_empty()).then(|| Statement::new(TRIM, []).any());
    changes.iter().zip(behind).map(append).chain(trim).collect()
}
