//! Users.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Instant;
use crate::Secret;

/// A user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// His id, never reused.
    pub id: i64,
    /// His name, unique.
    pub name: String,
    /// His full name; may be empty.
    pub real_name: String,
    /// His mail address; may be empty.
    pub email: String,
    /// The names of the roles he holds himself, in order.
    pub roles: Vec<String>,
    /// The groups he is in.
    pub user_groups: Vec<Named>,
    /// The personas he may act as, beside the default one.
    pub personas: Vec<Named>,
    /// The computers he manages in his default persona.
    pub computer_group: Option<i64>,
    /// An IANA zone for relative and zoneless times; empty is the server's.
    pub time_zone: String,
    /// Locked out by an administrator: neither his password nor his tokens work.
    pub locked: bool,
    /// Locked out for a while by wrong passwords; his tokens work.
    pub locked_out: bool,
    /// When he was made.
    pub created: Instant,
    /// What he may do with Tokenry itself.
    pub powers: Vec<String>,
    /// All capabilities that he holds in his default persona.
    pub capabilities: Vec<String>,
}

/// Something by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// Which users to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserQuery {
    /// A text in the name, the full name or the mail address, without regard to case.
    #[schemars(length(max = 250))]
    pub search: Option<String>,
    /// Only those who hold this role themselves.
    pub role: Option<String>,
    /// How many at most, 1 to 1000; 100 if not given.
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
    /// Where to go on: `next` of the page before.
    pub cursor: Option<String>,
}

/// Some of a list of users.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UserPage {
    /// The users, by name.
    pub items: Vec<User>,
    /// Where the list goes on; none at its end.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: u64,
}

/// For whom tokens may be made.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OwnerQuery {
    /// A text in the name or the full name, without regard to case.
    #[schemars(length(max = 250))]
    pub search: Option<String>,
    /// How many at most, 1 to 100; 10 if not given.
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<u32>,
}

/// Users for whom the caller may make tokens.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct OwnerList {
    /// The users, those first whose names begin with the text.
    pub items: Vec<Owner>,
}

/// A user for whom the caller may make tokens.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    /// His id.
    pub id: i64,
    /// His name.
    pub name: String,
    /// His full name; may be empty.
    pub real_name: String,
    /// The personas that such a token can act as, the default one first.
    pub personas: Vec<Named>,
}

/// A user to make.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// His name; must be free.
    #[schemars(length(min = 1, max = 1024))]
    pub name: String,
    /// His first password. Without one nobody can sign in as him until one is set; his tokens work. Who calls with a
    /// token cannot set one.
    #[serde(default)]
    pub password: Option<Secret>,
    /// The names of the roles he is to hold, in order.
    #[serde(default)]
    pub roles: Vec<String>,
    /// His full name.
    #[serde(default)]
    #[schemars(length(max = 1024))]
    pub real_name: Option<String>,
    /// His mail address.
    #[serde(default)]
    #[schemars(length(max = 1024))]
    pub email: Option<String>,
    /// An IANA zone.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// The computers he is to manage in his default persona.
    #[serde(default)]
    pub computer_group: Option<i64>,
}

/// What to change of a user; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserEdit {
    /// Replaces his password, and ends his sessions. Who calls with a token cannot.
    pub password: Option<Secret>,
    /// The present password; needed to change one's own.
    pub old_password: Option<Secret>,
    /// Replaces his roles.
    pub roles: Option<Vec<String>>,
    /// Locks him out, or lets him in again.
    pub locked: Option<bool>,
    /// His full name.
    #[schemars(length(max = 1024))]
    pub real_name: Option<String>,
    /// His mail address.
    #[schemars(length(max = 1024))]
    pub email: Option<String>,
    /// An IANA zone; empty is the server's.
    pub time_zone: Option<String>,
    /// The computers he is to manage in his default persona; 0 is none.
    pub computer_group: Option<i64>,
}
