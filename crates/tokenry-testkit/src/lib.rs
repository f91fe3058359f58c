//! Never shipped: starts the real server and real PostgreSQL for tests, and speaks to the server as its clients do.

pub mod client;
pub mod gate;
pub mod grpc;
pub mod postgres;
pub mod server;

#[expect(clippy::panic, reason = "a test kit fails the test by panicking")]
#[track_caller]
pub(crate) fn fail(why: &str) -> ! {
    panic!("{why}")
}
