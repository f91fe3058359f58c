//! User groups, personas, content sets and computer groups.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Instant, users::Named};

/// When something was last changed, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Changed {
    /// When.
    pub at: Instant,
    /// The user's name; empty if he is gone, `system` for what is there from the start.
    pub by: String,
}

/// A group of users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserGroup {
    /// Its id, never reused.
    pub id: i64,
    /// Its name, unique.
    pub name: String,
    /// Who is in it.
    pub members: Vec<Named>,
    /// The roles it gives them in their default persona.
    pub roles: Vec<Named>,
    /// The computers its members manage.
    pub computer_group: Option<i64>,
    /// The last change.
    pub changed: Changed,
}

/// All user groups.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UserGroupList {
    /// The groups, by name.
    pub items: Vec<UserGroup>,
}

/// A user group to make.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUserGroup {
    /// Its name; must be free.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// The ids of its members.
    #[serde(default)]
    pub members: Vec<i64>,
    /// The ids of its roles.
    #[serde(default)]
    pub roles: Vec<i64>,
    /// The computers its members manage.
    #[serde(default)]
    pub computer_group: Option<i64>,
}

/// What to change of a user group; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserGroupEdit {
    /// Its name.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Replaces its members.
    pub members: Option<Vec<i64>>,
    /// Replaces its roles.
    pub roles: Option<Vec<i64>>,
    /// The computers its members manage; 0 is none.
    pub computer_group: Option<i64>,
}

/// A persona: an alternative set of roles and computer groups that users may act as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Persona {
    /// Its id, never reused.
    pub id: i64,
    /// Its name, unique.
    pub name: String,
    /// What it is shown as; empty if that is its name.
    pub display_name: String,
    /// The computers it manages.
    pub computer_group: Named,
    /// Its roles: all that it may do.
    pub roles: Vec<Named>,
    /// Who may act as it. Who may not see all personas sees nobody here but himself.
    pub users: Vec<Named>,
    /// The groups whose members may act as it. Who may not see all personas sees none here but his own.
    pub user_groups: Vec<Named>,
    /// The last change.
    pub changed: Changed,
}

/// All personas that the caller may see.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PersonaList {
    /// The personas, by name.
    pub items: Vec<Persona>,
}

/// A persona to make.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPersona {
    /// Its name; must be free.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What it is shown as.
    #[serde(default)]
    #[schemars(length(max = 255))]
    pub display_name: Option<String>,
    /// The id of the computer group it manages.
    pub computer_group: i64,
    /// The ids of its roles.
    #[serde(default)]
    pub roles: Vec<i64>,
    /// The ids of the users who may act as it.
    #[serde(default)]
    pub users: Vec<i64>,
    /// The ids of the groups whose members may act as it.
    #[serde(default)]
    pub user_groups: Vec<i64>,
}

/// What to change of a persona; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PersonaEdit {
    /// Its name.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// What it is shown as.
    #[schemars(length(max = 255))]
    pub display_name: Option<String>,
    /// The id of the computer group it manages.
    pub computer_group: Option<i64>,
    /// Replaces its roles.
    pub roles: Option<Vec<i64>>,
    /// Replaces the users who may act as it.
    pub users: Option<Vec<i64>>,
    /// Replaces the groups whose members may act as it.
    pub user_groups: Option<Vec<i64>>,
}

/// A content set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContentSet {
    /// Its id, never reused.
    pub id: i64,
    /// Its name, unique.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The last change.
    pub changed: Changed,
}

/// All content sets.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ContentSetList {
    /// The content sets, by name.
    pub items: Vec<ContentSet>,
}

/// A content set to make.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContentSet {
    /// Its name; must be free.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    #[schemars(length(max = 4096))]
    pub description: Option<String>,
}

/// What to change of a content set; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContentSetEdit {
    /// Its name.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// What it is for.
    #[schemars(length(max = 4096))]
    pub description: Option<String>,
}

/// A computer group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComputerGroup {
    /// Its id, never reused.
    pub id: i64,
    /// Its name, unique.
    pub name: String,
    /// What is in it, in the vendor's query language; carried as it is.
    pub text: String,
    /// Its kind.
    pub kind: ComputerGroupKind,
    /// The content set it belongs to.
    pub content_set: i64,
    /// The last change.
    pub changed: Changed,
}

/// What a computer group is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComputerGroupKind {
    /// To choose computers by.
    Filter,
    /// What a user or persona may manage.
    Management,
    /// A list made by hand.
    Manual,
}

/// All computer groups.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ComputerGroupList {
    /// The computer groups, by name.
    pub items: Vec<ComputerGroup>,
}

/// A computer group to make.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComputerGroup {
    /// Its name; must be free.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What is in it.
    #[serde(default)]
    #[schemars(length(max = 4096))]
    pub text: Option<String>,
    /// Its kind; `management` if not given.
    #[serde(default)]
    pub kind: Option<ComputerGroupKind>,
    /// The content set it belongs to; the reserved one if not given.
    #[serde(default)]
    pub content_set: Option<i64>,
}

/// What to change of a computer group; what is not given stays, and so does its kind.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ComputerGroupEdit {
    /// Its name.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// What is in it.
    #[schemars(length(max = 4096))]
    pub text: Option<String>,
    /// The content set it belongs to.
    pub content_set: Option<i64>,
}
