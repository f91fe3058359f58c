//! Roles and the capabilities they grant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Role {
    /// Its number, never reused.
    pub id: i64,
    /// Its name, unique.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What it is for; may be empty.
    pub description: String,
    /// What it grants itself on everything.
    pub capabilities: Vec<String>,
    /// The names of roles whose capabilities it grants too.
    pub imports: Vec<String>,
    /// What it grants on single content sets.
    pub grants: Vec<SetGrant>,
    /// It takes away what it lists instead, and wins over all roles that grant.
    pub deny: bool,
    /// All that it grants, through the roles it imports too.
    pub effective: Vec<String>,
    /// It is there from the start, and cannot be deleted.
    pub built_in: bool,
    /// How many users hold it themselves.
    pub users: u64,
    /// How many groups and personas give it.
    pub given_by: u64,
}

/// A capability on one content set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetGrant {
    /// The id of the content set.
    pub content_set: i64,
    /// The capability.
    pub capability: String,
}

/// All roles.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RoleList {
    /// The roles, by name.
    pub items: Vec<Role>,
}

/// A role to make.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// Its name: lower-case letters, digits and a few signs; must be free.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// What people call it; its name if not given.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub label: Option<String>,
    /// What it is for.
    #[serde(default)]
    #[schemars(length(max = 1024))]
    pub description: Option<String>,
    /// What it grants on everything.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// The names of roles whose capabilities it grants too.
    #[serde(default)]
    pub imports: Vec<String>,
    /// What it grants on single content sets.
    #[serde(default)]
    pub grants: Vec<SetGrant>,
    /// It takes away what it lists instead.
    #[serde(default)]
    pub deny: bool,
}

/// What to change of a role; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoleEdit {
    /// What people call it.
    #[schemars(length(max = 100))]
    pub label: Option<String>,
    /// What it is for.
    #[schemars(length(max = 1024))]
    pub description: Option<String>,
    /// Replaces what it grants on everything.
    pub capabilities: Option<Vec<String>>,
    /// Replaces the roles it imports.
    pub imports: Option<Vec<String>>,
    /// Replaces what it grants on single content sets.
    pub grants: Option<Vec<SetGrant>>,
    /// It takes away what it lists instead.
    pub deny: Option<bool>,
}

/// All capabilities that Tokenry knows, or that a role grants.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CapabilityList {
    /// The capabilities, by dialect and name.
    pub items: Vec<Capability>,
}

/// A capability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Capability {
    /// Its name.
    pub name: String,
    /// Whose word it is: `tokenry`, `splunk` or `tanium`; `other` is only carried, for the APIs behind us.
    pub dialect: String,
    /// What Tokenry itself lets its holder do: powers such as `tokens.create.any`.
    pub powers: Vec<String>,
    /// The same in words; empty where it is only carried.
    pub meaning: String,
}
