//! The authentication log: who was let in or refused lately, and why. Kept in memory; the files of the server go back
//! further.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Instant;

/// Which lines to read.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthenticationQuery {
    /// Only these reasons, such as `expired`.
    pub reason: Vec<String>,
    /// Only those of this user.
    pub user: Option<String>,
    /// Only those of the token of this id.
    pub token: Option<String>,
    /// Only those from this address.
    pub address: Option<String>,
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

/// Some lines of the authentication log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuthenticationPage {
    /// The lines, newest first.
    pub items: Vec<AuthenticationLine>,
    /// `before` of the page that follows; none at the end.
    pub next: Option<i64>,
    /// How many older lines were dropped since the server started.
    pub dropped: u64,
}

/// Somebody was refused.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AuthenticationLine {
    /// Its place in the log: counts up by one, from 1, since the server started.
    pub sequence: i64,
    /// When; the last time, where it was several times in a row.
    pub at: Instant,
    /// How often in a row.
    pub times: u64,
    /// Why: the reason as the logs have it, such as `expired`.
    pub reason: String,
    /// What that means, and what to do about it.
    pub meaning: String,
    /// The user, where one was named.
    pub user: Option<String>,
    /// The id of the token, where its string was genuine.
    pub token: Option<String>,
    /// Its number, where there is, or was, a record.
    pub number: Option<i64>,
    /// The persona it acts as.
    pub persona: i64,
    /// The client's address.
    pub address: Option<String>,
    /// The other end of the connection, where that is not the client.
    pub proxy: Option<String>,
    /// The route it came by.
    pub route: String,
    /// The id of the request.
    pub request: String,
}

/// For how long to count verdicts.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VerdictQuery {
    /// How many minutes back, 1 to 1440; 60 if not given.
    #[schemars(range(min = 1, max = 1440))]
    pub minutes: Option<u32>,
}

/// How many were let in or refused, minute by minute, since the server started.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Verdicts {
    /// The minutes, oldest first, without gaps.
    pub minutes: Vec<VerdictMinute>,
}

/// The verdicts of one minute.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct VerdictMinute {
    /// When it began.
    pub at: Instant,
    /// How many were let in.
    pub granted: u64,
    /// How many were refused, by reason.
    pub refused: BTreeMap<String, u64>,
}
