//! One file a table: its statements, each standing once, and how its rows are written and read.
//!
//! Not here: when which statement runs (`crate::apply`), and how (`crate::engine`).

pub(crate) mod audit;
pub(crate) mod feed;
mod filter;
pub(crate) mod head;
pub(crate) mod objects;
pub(crate) mod requests;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod tokens;
pub(crate) mod tombstones;
pub(crate) mod users;
pub(crate) mod walk;

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::engine::{Cells, StoreError};

/// Every statement that is not built at run time, for the test that prepares each on both databases.
#[cfg(test)]
pub(crate) fn statements() -> impl Iterator<Item = &'static str> {
    [
        audit::STATEMENTS,
        feed::STATEMENTS,
        head::STATEMENTS,
        objects::STATEMENTS,
        requests::STATEMENTS,
        roles::STATEMENTS,
        sessions::STATEMENTS,
        settings::STATEMENTS,
        tokens::STATEMENTS,
        tombstones::STATEMENTS,
        users::STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Reads an instant kept in microseconds.
fn micros(cells: &mut Cells, column: &'static str) -> Result<Timestamp, StoreError> {
    let number = cells.int(column)?;
    Timestamp::from_microsecond(number)
        .map_err(|error| cells.inconsistent(column, error.to_string()))
}

/// Reads an instant kept in whole seconds.
fn seconds(cells: &mut Cells, column: &'static str) -> Result<Timestamp, StoreError> {
    let number = cells.int(column)?;
    Timestamp::from_second(number).map_err(|error| cells.inconsistent(column, error.to_string()))
}

/// Reads an instant kept in whole seconds, of which 0 is none.
fn optional_seconds(
    cells: &mut Cells,
    column: &'static str,
) -> Result<Option<Timestamp>, StoreError> {
    Ok(Some(seconds(cells, column)?).filter(|at| *at != Timestamp::UNIX_EPOCH))
}

/// Reads a network address.
fn address(cells: &mut Cells, column: &'static str) -> Result<IpAddr, StoreError> {
    cells.parsed(column, |text| text.parse().ok())
}

/// Prints what is kept as JSON.
fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::internal)
}

/// Reads what is kept as JSON.
fn from_json<T: DeserializeOwned>(
    cells: &mut Cells,
    column: &'static str,
) -> Result<T, StoreError> {
    let text = cells.text(column)?;
    serde_json::from_str(&text).map_err(|error| cells.inconsistent(column, error.to_string()))
}
