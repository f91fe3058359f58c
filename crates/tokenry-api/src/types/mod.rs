//! What goes over the wire, one file a subject.
//!
//! Requests refuse fields that they do not know. Instants are RFC 3339 in UTC, such as `2026-11-22T09:30:00Z`.

pub mod audit;
pub mod authentication;
pub mod directory;
pub mod help;
pub mod roles;
pub mod sessions;
pub mod settings;
pub mod tokens;
pub mod users;

/// An instant: RFC 3339, in UTC.
pub type Instant = String;
