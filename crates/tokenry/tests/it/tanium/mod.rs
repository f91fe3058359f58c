//! The Tanium-compatible face, end to end (spec/tanium.md). `kit` has what its tests share.

mod addresses;
mod answers;
mod authorisation;
mod bad_input;
pub(crate) mod doors;
pub(crate) mod kit;
mod limits;
mod lives;
mod proxies;
mod secrets;
mod sessions;
mod verdicts;
mod walk_through;
