//! API tokens over REST (spec/tanium.md 4). One file a verb; [`object`] is how a token is printed.

mod create;
mod explain;
mod manage;
mod object;
mod reveal;
mod rotate;

pub(super) use create::create;
pub(super) use explain::explain;
pub(super) use manage::{delete, list, view};
pub(super) use reveal::reveal;
pub(super) use rotate::rotate;

use tokenry_core::{Error, id::TokenNumber};

use super::{call::Call, failure::Failure};

/// The number in the path. What is no number names no token.
fn number(call: &Call) -> Result<TokenNumber, Failure> {
    let number = call.id().map(TokenNumber::from_number);
    number.ok_or_else(|| Error::not_found("token", "").into())
}
