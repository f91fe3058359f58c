//! Request ids: ours only, never taken from a client, so that a log line cannot be forged or confused.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The id of one request: an extension of the request, the `X-Request-Id` of its answer, and in every line logged for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Hands out request ids by counting. Clones count together.
#[derive(Debug, Clone)]
pub struct RequestIds(Arc<AtomicU64>);

impl RequestIds {
    /// Counts from `first`; give a random number, so that two runs of a server do not repeat ids.
    #[must_use]
    pub fn starting_at(first: u64) -> Self {
        Self(Arc::new(AtomicU64::new(first)))
    }

    /// The next id.
    pub(crate) fn next(&self) -> RequestId {
        RequestId(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_count_together_and_wrap() {
        let ids = RequestIds::starting_at(u64::MAX);
        assert_eq!(ids.next().to_string(), "ffffffffffffffff");
        assert_eq!(ids.clone().next().to_string(), "0000000000000000");
        assert_eq!(ids.next().to_string(), "0000000000000001");
    }
}
