//! `authorization/tokens`: spec/splunk.md 2. One file a verb.

mod create;
mod delete;
mod entry;
mod list;
mod set_status;
mod view;

pub(super) use create::{create, template};
pub(super) use delete::{delete, delete_without_target};
pub(super) use list::list;
pub(super) use set_status::set_status;
pub(super) use view::view;

/// The path of the collection.
const PATH: &str = "authorization/tokens";
