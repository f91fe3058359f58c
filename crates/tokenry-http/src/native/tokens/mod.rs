//! `/api/v1/tokens`: the records of tokens, and, once, their strings.

mod change;
mod create;
mod explain;
mod list;
mod record;

pub(super) use self::{
    change::{disable, edit, enable, many, revoke, rotate},
    create::create,
    explain::{explain, history, reveal},
    list::{expirations, list, owners, show},
};

use tokenry_core::id::TokenId;

use super::problem::Problem;

/// The token of a path. What is no id is the id of nothing.
fn id(text: &str) -> Result<TokenId, Problem> {
    TokenId::from_hex(text).ok_or_else(Problem::not_found)
}
