//! Signing in and out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Instant;
use crate::Secret;

/// Who signs in.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// The user's name.
    #[schemars(length(max = 1024))]
    pub user: String,
    /// His password.
    pub password: Secret,
    /// How the key of the session travels.
    #[serde(default)]
    pub transport: Transport,
}

/// How the key of a session travels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// In the answer, and then as `Authorization: Bearer`: for programs.
    #[default]
    Bearer,
    /// In a cookie that no script can read: for the console.
    Cookie,
}

/// A session that has been opened.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct OpenedSession {
    /// Its key, where it does not travel in a cookie. This is the only time it is shown.
    pub key: Option<Secret>,
    /// Who is signed in.
    pub session: Session,
}

/// Who calls, and what he may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    /// The user's name.
    pub user: String,
    /// His id.
    pub user_id: i64,
    /// His full name; may be empty.
    pub real_name: String,
    /// The persona he acts as.
    pub persona: PersonaName,
    /// All personas he may act as, the default one first.
    pub personas: Vec<PersonaName>,
    /// What he may do with Tokenry itself, such as `tokens.create.any`.
    pub powers: Vec<String>,
    /// The address that this request came from, as a token's list of addresses sees it.
    pub address: Option<String>,
    /// By which kind of credential.
    pub via: Via,
    /// After how many seconds without a request the session ends; none for a token.
    pub idle_timeout_seconds: Option<i64>,
    /// For how many seconds the string of a new token can be seen again in this session.
    pub visibility_timeout_seconds: i64,
    /// Whether token authentication is on.
    pub token_authentication: bool,
    /// The zone that his relative and zoneless times are read in: an IANA name.
    pub time_zone: String,
    /// The server's time of this answer.
    pub now: Instant,
    /// The server's version.
    pub version: String,
}

/// A persona by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonaName {
    /// Its id; 0 is the default persona.
    pub id: i64,
    /// What it is shown as.
    pub name: String,
}

/// The kinds of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// A session: somebody signed in.
    Session,
    /// A token.
    Token,
}

/// Which persona to act as from now on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchPersona {
    /// Its id; 0 is the default persona.
    pub persona: i64,
}

/// A list of sessions.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SessionList {
    /// The sessions, newest first.
    pub items: Vec<SessionRecord>,
}

/// A session, as others see it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SessionRecord {
    /// Its public id: nothing that authenticates.
    pub id: String,
    /// The user's name.
    pub user: String,
    /// The persona.
    pub persona: i64,
    /// When he signed in.
    pub created: Instant,
    /// Its last use; up to half a minute behind.
    pub last_used: Instant,
    /// Where the sign-in came from.
    pub address: String,
    /// Whether it is the one that asks.
    pub is_current: bool,
}
