//! The Tanium-compatible face, end to end (spec/tanium.md). `kit` has what its tests share.

pub(crate) mod doors;
pub(crate) mod kit;
mod verdicts;
mod walk_through;
