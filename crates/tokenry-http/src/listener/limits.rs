//! What a client may cost: sizes, counts and times. Numbers only; each is enforced where its doc comment says.

use std::time::Duration;

/// The limits of one listener.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections open at once; further ones wait in the kernel's queue.
    pub max_connections: usize,
    /// Bytes of request line and headers (431 beyond); hyper needs at least 8192.
    pub max_header_bytes: usize,
    /// Number of headers in one HTTP/1 request (431 beyond).
    pub max_headers: usize,
    /// Bytes of a request's body (413 beyond), enforced while reading.
    pub max_body_bytes: usize,
    /// Requests running at once on one HTTP/2 connection.
    pub max_streams: u32,
    /// From the accepted connection to the end of the TLS handshake.
    pub handshake_timeout: Duration,
    /// From the first byte of a request's head (for the first request: from the handshake) to its last byte.
    pub header_timeout: Duration,
    /// From the head of a request to the head of its answer (408 while its body is still arriving, 503 otherwise).
    pub request_timeout: Duration,
    /// How long a connection may stay open without a request.
    pub idle_timeout: Duration,
    /// How long running requests may go on after the order to stop.
    pub grace_period: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            max_header_bytes: 32 * 1024,
            max_headers: 100,
            max_body_bytes: 1024 * 1024,
            max_streams: 100,
            handshake_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            grace_period: Duration::from_secs(20),
        }
    }
}
