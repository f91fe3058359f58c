//! The commands that ask a server, run as a person runs them: the real binary against a real server, with a home of its
//! own.

mod directory;
mod errors;
mod kit;
mod logs;
mod secrecy;
mod session;
mod tokens;
