//! What can go wrong below the tables, by meaning, with the mapping to the rules' own errors.

use tokenry_core::Error;

/// Why a statement or a batch was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    /// A guard did not hold or a name is taken. Nothing was changed.
    #[error("{why}")]
    Conflict {
        /// What stands in the way, for the client.
        why: &'static str,
    },
    /// A cell holds what this version cannot have written.
    #[error("the database is inconsistent: {table}.{column} holds {why}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What it holds and what belongs there.
        why: String,
    },
    /// A defect of ours, such as a statement that does not fit the schema.
    #[error("{cause}")]
    Internal {
        /// What the database said.
        cause: String,
    },
    /// The database cannot be reached, or cannot write, right now. The engine recovers by itself when it can again.
    #[error("{cause}")]
    Unavailable {
        /// What the database said.
        cause: String,
    },
}

impl StoreError {
    /// The database cannot serve right now.
    pub(crate) fn unavailable(cause: impl std::fmt::Display) -> Self {
        Self::Unavailable {
            cause: cause.to_string(),
        }
    }

    /// A defect of ours.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal {
            cause: cause.to_string(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { why } => Self::conflict(why),
            StoreError::Unavailable { cause } => Self::Unavailable { cause },
            StoreError::Inconsistent { .. } | StoreError::Internal { .. } => Self::internal(error),
        }
    }
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file that was in use before is empty.
    #[error(
        "{0} is empty, although it has been in use; restore a backup, or remove the file to begin with a new database"
    )]
    Emptied(String),
    /// The schema was written by a version that does not exist in this line.
    #[error("the database's schema is not ours: {0}")]
    ForeignSchema(String),
    /// Another process has this database open.
    #[error("{0} is in use by another process")]
    InUse(String),
    /// The address of the database is not one.
    #[error("the address of the database is not valid: {0}")]
    InvalidAddress(String),
    /// A newer version of Tokenry has written this database. Older ones must not touch it.
    #[error(
        "the database has schema {found}, this version of Tokenry knows schemas up to {known}; use a newer version"
    )]
    NewerSchema {
        /// The schema found.
        found: i64,
        /// The newest schema this version knows.
        known: i64,
    },
    /// The SQLite linked in has a known defect that loses data.
    #[error("SQLite {0} is linked in; 3.51.3 or later is needed")]
    OldSqlite(&'static str),
    /// It cannot be opened right now.
    #[error("the database cannot be opened: {0}")]
    Unavailable(String),
}

impl OpenError {
    /// It cannot be opened right now.
    pub(crate) fn unavailable(cause: impl std::fmt::Display) -> Self {
        Self::Unavailable(cause.to_string())
    }
}
