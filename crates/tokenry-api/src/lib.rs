//! The contract of Tokenry's own API, `/api/v1`: what can be asked, in which words, and what is answered.
//!
//! [`operations`] is the one table of all operations. The server makes its router from it, the command line calls by
//! it, and [`openapi`] writes it down as a document for everybody else. The types that go over the wire are in files
//! named after what they are about; their doc comments are the descriptions in that document.
//!
//! Not here: what is allowed and what happens, which are the rules' business, and anything that opens a connection.

pub mod openapi;
mod operation;
pub mod operations;
mod problem;
mod secret;
pub mod types;

pub use operation::{Access, Entry, Header, Info, Method, Nothing, Operation};
pub use problem::Problem;
pub use secret::Secret;

/// Where all paths of this API begin.
pub const ROOT: &str = "/api/v1";

/// The media type of a problem (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";
