//! The rules' port `Store`, over SQLite and PostgreSQL.

mod engine;

pub use engine::OpenError;
