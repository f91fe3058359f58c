//! Tokenry's own API, below `/api/v1`: JSON in and out, problems as in RFC 9457, and `Authorization: Bearer` with a
//! token or a session key.
//!
//! It reads top-down: [`routes`] is the table of all operations, from which the router is made. A request becomes a
//! [`call::Call`]: its one credential is verified by [`authenticate`], its JSON read by [`fields`], which knows every
//! field by name. A handler answers a [`reply::Reply`] or a [`problem::Problem`], in a file named after what it is
//! about.
//!
//! Not here: what is allowed, which the use cases decide.

mod authenticate;
mod call;
mod fields;
mod problem;
mod reply;
mod routes;
mod tokens;

use std::sync::Arc;

pub use routes::{OperationInfo, operations, router};

use crate::Door;

/// Everything a handler needs beside the request.
pub struct Face {
    /// The rules, and those who verify.
    pub door: Arc<Door>,
    /// The longest request body, in bytes.
    pub max_body_bytes: usize,
}
