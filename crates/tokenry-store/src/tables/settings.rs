//! Settings: names and values, as the rules print them.

use tokenry_core::settings::Settings;

use crate::engine::{Row, Statement, Step, StoreError};

const TABLE: &str = "settings";
const CLEAR: &str = "DELETE FROM settings";
const INSERT: &str = "INSERT INTO settings (name, value) VALUES ($1, $2)";
const ALL: &str = "SELECT name, value FROM settings";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[CLEAR, INSERT, ALL];

/// Replaces all settings.
pub(crate) fn replace(settings: &Settings) -> Vec<Step> {
    let insert = |(name, value): (&'static str, String)| {
        Statement::new(INSERT, [name.into(), value.into()]).once("a setting is named twice")
    };
    let clear = Statement::new(CLEAR, []).any();
    [clear]
        .into_iter()
        .chain(settings.to_pairs().into_iter().map(insert))
        .collect()
}

/// All settings.
pub(crate) fn all() -> Statement {
    Statement::new(ALL, [])
}

/// Reads all settings.
pub(crate) fn read(rows: Vec<Row>) -> Result<Settings, StoreError> {
    let mut pairs = Vec::with_capacity(rows.len());
    for row in rows {
        let mut cells = row.of(TABLE);
        pairs.push((cells.text("name")?, cells.text("value")?));
    }
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    Settings::from_pairs(pairs).map_err(StoreError::internal)
}
