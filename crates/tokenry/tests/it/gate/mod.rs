//! The gate of the real server, asked as proxies ask it.

mod bad_input;
mod doctor;
mod history;
mod kit;
mod lives;
mod oauth;
mod observability;
mod rules;
mod sockets;
