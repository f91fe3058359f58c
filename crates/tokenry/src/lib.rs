//! The product: the server's binary and its command line, and the root where everything is put together.
//!
//! Here is what touches the machine (files, environment, terminal, signals, clock, randomness), and nothing of the
//! rules: those are in `tokenry-core`. `composition` is the one place that knows all the other crates.

pub mod admin;
pub mod certificate;
pub mod cli;
pub mod commands;
pub mod compat;
pub mod composition;
pub mod config;
pub mod data_dir;
pub mod doctor;
pub mod ground;
pub mod journal;
pub mod key_file;
pub mod logging;
pub mod output;
pub mod password;
pub mod password_work;
pub mod remote;
pub mod rules;
pub mod serve;
pub mod signals;
mod sockets;
pub mod start_lines;
pub mod system;
pub mod telemetry;
pub mod upkeep;
