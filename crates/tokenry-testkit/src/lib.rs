//! Never shipped: starts the real server and real PostgreSQL for tests.

pub mod postgres;
