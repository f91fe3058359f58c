//! What the handlers of this face work with.

use std::sync::Arc;

use jiff::Timestamp;

use crate::door::Door;

/// Everything a handler needs beside the request.
pub struct Face {
    /// The rules, and those who verify.
    pub door: Arc<Door>,
    /// What the server says of itself.
    pub product: Product,
    /// The longest request body, in bytes.
    pub max_body_bytes: usize,
}

/// What the server says of itself to clients of Splunk.
#[derive(Debug, Clone)]
pub struct Product {
    /// The version of Splunk it answers like, dotted numbers: clients turn features on by it.
    pub version: String,
    /// Twelve hex digits: our own build.
    pub build: String,
    /// An id of this installation, as a GUID.
    pub guid: String,
    /// The `serverName`.
    pub server_name: String,
    /// The management port: part of the cookie's name.
    pub port: u16,
    /// When the server started.
    pub started: Timestamp,
}

impl Face {
    /// The name of the cookie that carries a session key (spec/splunk.md 4.2).
    pub(crate) fn cookie_name(&self) -> String {
        format!("splunkd_{}", self.product.port)
    }
}
