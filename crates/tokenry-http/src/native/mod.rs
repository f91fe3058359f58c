//! Tokenry's own API, below `/api/v1`: JSON in and out, problems as in RFC 9457, and one credential: `Authorization:
//! Bearer` with a token or a session key, or the console's cookie with a session key.
//!
//! It reads top-down: `tokenry-api` has the table of all operations and their types; [`routes`] gives each a handler and
//! makes the router. [`authenticate`] finds out who calls, [`read`] reads query and body into the operation's types. A
//! handler gets the caller and a [`call::Call`] and answers with an [`answer::Answer`] or a [`problem::Problem`], in a
//! file named after what it is about.
//!
//! Not here: what is allowed, which the use cases decide.

mod addresses;
mod answer;
mod audit;
mod authenticate;
mod authentication;
mod call;
mod capabilities;
mod computer_groups;
mod content_sets;
mod cookie;
mod names;
mod personas;
mod problem;
mod read;
mod reasons;
mod roles;
mod routes;
mod same_origin;
mod sessions;
mod settings;
mod sign_ins;
mod tag;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod times;
mod tokens;
mod user_groups;
mod users;

use std::sync::Arc;

pub use routes::router;

use problem::Problem;
use sign_ins::SignIns;

use crate::{Door, recent::Recent};

/// Everything a handler needs beside the request.
pub struct Face {
    /// The rules, and those who verify.
    pub door: Arc<Door>,
    /// What happened at the doors lately.
    pub recent: Arc<Recent>,
    /// The longest request body, in bytes.
    pub max_body_bytes: usize,
    /// Failed sign-ins.
    sign_ins: SignIns,
}

impl Face {
    /// The face over this door.
    #[must_use]
    pub fn new(door: Arc<Door>, recent: Arc<Recent>, max_body_bytes: usize) -> Self {
        Self {
            door,
            recent,
            max_body_bytes,
            sign_ins: SignIns::default(),
        }
    }
}

/// How many of a list are wanted: 1 to `most`.
fn limit(wanted: Option<u32>, default: u32, most: u32) -> Result<usize, Problem> {
    limit_named("limit", wanted, default, most)
}

fn limit_named(
    field: &'static str,
    wanted: Option<u32>,
    default: u32,
    most: u32,
) -> Result<usize, Problem> {
    let wanted = wanted.unwrap_or(default);
    if !(1..=most).contains(&wanted) {
        return Err(Problem::invalid(field, &format!("must be 1 to {most}")));
    }
    Ok(usize::try_from(wanted).unwrap_or(usize::MAX))
}
