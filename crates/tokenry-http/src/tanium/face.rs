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

/// What the server says of itself to clients of Tanium.
#[derive(Debug, Clone)]
pub struct Product {
    /// The version of Tanium it answers like: four numbers, dotted. Clients refuse to work with old ones.
    pub version: String,
    /// The server's name.
    pub server_name: String,
    /// When the server started.
    pub started: Timestamp,
}
