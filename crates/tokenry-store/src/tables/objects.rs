//! What users and roles refer to: personas, user groups, content sets and computer groups, each kept as its JSON.

use tokenry_core::principal::Object;

use crate::engine::{Row, Statement, Step, StoreError};

const TABLE: &str = "objects";
const PUT: &str = "INSERT INTO objects (kind, id, record) VALUES ($1, $2, $3) \
    ON CONFLICT (kind, id) DO UPDATE SET record = excluded.record";
const ALL: &str = "SELECT kind, record FROM objects";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[PUT, ALL];

/// Adds or replaces an object.
pub(crate) fn put(object: &Object) -> Result<Step, StoreError> {
    let record = object.to_json().map_err(StoreError::internal)?;
    let params = [object.kind().into(), object.id().into(), record.into()];
    Ok(Statement::new(PUT, params).once("the object cannot be stored"))
}

/// All objects.
pub(crate) fn all() -> Statement {
    Statement::new(ALL, [])
}

/// Reads an object.
pub(crate) fn read(row: Row) -> Result<Object, StoreError> {
    let mut cells = row.of(TABLE);
    let (kind, record) = (cells.text("kind")?, cells.text("record")?);
    Object::from_json(&kind, &record)
        .map_err(|error| cells.inconsistent("record", error.to_string()))
}
