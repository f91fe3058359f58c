//! Whole answers of the gateway, over the fakes.

mod bombs;
mod errors;
mod introspection;
mod operations;
mod permissions;
mod town;
