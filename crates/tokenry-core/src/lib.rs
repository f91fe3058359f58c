//! The rules of Tokenry. No I/O, no async runtime, no HTTP, no SQL, no clock and no randomness of its own.
//!
//! Read from the bottom up:
//!
//! * [`id`], [`secret`], [`error`]: names, secrets and the seven meanings an error can have.
//! * [`token`]: what a token is: the record, the time grammar, lifetimes, and the forms its string can take.
//! * [`principal`]: who may do what: users, roles, capabilities, and the [`principal::World`] of all of them.
//! * [`settings`], [`audit`], [`change`], [`session`]: what can be set, what is recorded, what verifiers must learn, what signing in makes.
//! * [`verify`] and [`permit`]: the two judges. Nothing else decides whether a credential is good or an action allowed.
//! * [`app`]: the use cases, one file each. They ask the judges, compute, and commit one [`port::Batch`].
//! * [`port`]: what the rules need from outside, as traits; `fake`, behind a feature, has in-memory versions for tests.

pub mod app;
pub mod audit;
pub mod change;
pub mod error;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
pub mod id;
pub mod permit;
pub mod port;
pub mod principal;
pub mod secret;
pub mod session;
pub mod settings;
pub mod token;
pub mod verify;

pub use error::Error;
