//! How everything is refused: one shape for all errors (RFC 9457).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a call is not answered as it wished (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` says more.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The status.
    pub status: u16,
    /// For programs; it never changes its meaning.
    pub code: String,
    /// For people: what is wrong, what is allowed, and what to do next.
    pub detail: String,
    /// The field of the request that it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}
