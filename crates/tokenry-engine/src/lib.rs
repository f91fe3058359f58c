//! The memory that verifications are decided from, and the one function that every door verifies through.
//!
//! [`Memory`] holds the world (users, roles, settings) and the records of tokens and sessions seen lately. It hears
//! of every committed change before the one who made it does, so what is revoked is refused from the moment the
//! revocation is answered. [`Engine::verify`] proves a presented string genuine, finds its record (in memory, else
//! in the store) and lets `tokenry_core::verify::decide` decide. [`Uses`] gathers last uses until they are flushed.
//!
//! Not here: rules. What makes a credential good is decided in `tokenry-core` alone.

mod engine;
mod lease;
mod limiter;
mod lookups;
mod memory;
mod records;
mod uses;

pub use engine::{Engine, Verification};
pub use lease::Lease;
pub use limiter::Limiter;
pub use lookups::{Lookups, Record};
pub use memory::{Memory, TOKENS};
pub use uses::{Gathered, Uses};
