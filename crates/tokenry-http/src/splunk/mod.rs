//! The Splunk-compatible face: tokens, users, roles and what real clients touch around them, on the wire exactly as
//! Splunk's management port has them.
//!
//! A face owns four things only: arguments in and envelope out ([`mod@format`]), its table of errors
//! ([`failure`]) and its manner of signing in ([`authenticate`]). [`routes`] is the table of all operations, from
//! which the router and the tests are made. Each verb has a file of its own.

mod authenticate;
mod call;
mod face;
mod failure;
mod format;
mod reply;
mod routes;
mod select;

mod apps;
mod capabilities;
mod context;
mod login;
mod neighbours;
mod properties;
mod roles;
mod server_info;
mod sessions;
mod tokens;
mod tokens_auth;
mod users;

pub use face::{Face, Product};
pub use routes::{Access, OperationInfo, operations, router};
