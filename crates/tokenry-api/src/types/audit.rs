//! The audit log: what was changed, by whom.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Instant;

/// Which lines to read.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuditQuery {
    /// Only what this user did.
    pub actor: Option<String>,
    /// Only these actions, such as `create_token`.
    pub action: Vec<String>,
    /// Only what was done to the token of this id.
    pub token: Option<String>,
    /// Only from this instant on.
    pub since: Option<Instant>,
    /// Only until this instant.
    pub until: Option<Instant>,
    /// Only lines before this one: to go back.
    #[schemars(range(min = 0))]
    pub before: Option<i64>,
    /// Only lines after this one: to follow the log.
    #[schemars(range(min = 0))]
    pub after: Option<i64>,
    /// How many at most, 1 to 1000; 100 if not given.
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
}

/// Which lines about a token to read.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryQuery {
    /// Only lines before this one.
    #[schemars(range(min = 0))]
    pub before: Option<i64>,
    /// How many at most, 1 to 1000; 100 if not given.
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
}

/// Some lines of the audit log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuditPage {
    /// The lines, newest first.
    pub items: Vec<AuditLine>,
    /// `before` of the page that follows; none at the end.
    pub next: Option<i64>,
}

/// A line of the audit log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuditLine {
    /// Its place in the log: counts up by one, from 1.
    pub sequence: i64,
    /// When.
    pub at: Instant,
    /// Who: a user's name, or `system` for the server's own operator.
    pub actor: String,
    /// The persona he acted as.
    pub persona: i64,
    /// From where.
    pub address: Option<String>,
    /// The id of the request that did it.
    pub request: String,
    /// What was done, such as `create_token`.
    pub action: String,
    /// The id of the token it was done to.
    pub token: Option<String>,
    /// What else it was done to: a user's or a role's name.
    pub target: Option<String>,
    /// The number of that.
    pub object: Option<i64>,
    /// What was changed, or why, in words.
    pub reason: String,
}
