//! `tokenry role …`, `tokenry persona …` and `tokenry group …`

use clap::{ArgGroup, Args, Subcommand};

use super::{Delete, One, Reach};

const ROLE_LIST: &str = "\
Examples:
  tokenry role list
  tokenry role list --output json | jq -r '.items[].name'";

const ROLE_SHOW: &str = "\
Examples:
  tokenry role show power";

const ROLE_CREATE: &str = "\
Examples:
  tokenry role create reader --capability orders.read --description 'Reads orders'
  tokenry role create writer --import reader --capability orders.write
  tokenry role create no_search --capability search --deny true";

const ROLE_EDIT: &str = "\
Examples:
  tokenry role edit reader --add-capability invoices.read --remove-capability orders.read
  tokenry role edit reader --label Readers";

const ROLE_DELETE: &str = "\
Examples:
  tokenry role delete reader
  tokenry role delete reader --yes";

const PERSONA_LIST: &str = "\
Examples:
  tokenry persona list";

const PERSONA_SHOW: &str = "\
Examples:
  tokenry persona show auditors
  tokenry persona show 2 --output json";

const PERSONA_CREATE: &str = "\
Examples:
  tokenry persona create auditors --computer-group 1 --role reader --user maria";

const PERSONA_EDIT: &str = "\
Examples:
  tokenry persona edit auditors --add-user maria --remove-role power
  tokenry persona edit auditors --display-name Auditors";

const PERSONA_DELETE: &str = "\
The tokens that act as it stop.

Examples:
  tokenry persona delete auditors --yes";

const GROUP_LIST: &str = "\
Examples:
  tokenry group list";

const GROUP_SHOW: &str = "\
Examples:
  tokenry group show operators
  tokenry group show 2 --output json";

const GROUP_CREATE: &str = "\
Examples:
  tokenry group create operators --member maria --role power";

const GROUP_EDIT: &str = "\
Examples:
  tokenry group edit operators --add-member maria --remove-member paolo
  tokenry group edit operators --name night-shift";

const GROUP_DELETE: &str = "\
Examples:
  tokenry group delete operators --yes";

/// `tokenry role`
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Role {
    /// As whom, where.
    #[command(flatten)]
    pub reach: Reach,
    /// What to do.
    #[command(subcommand)]
    pub command: RoleCommand,
}

/// What can be done with roles.
#[derive(Debug, Subcommand)]
pub enum RoleCommand {
    /// List roles
    #[command(after_help = ROLE_LIST)]
    List,
    /// Show a role
    #[command(after_help = ROLE_SHOW)]
    Show(One),
    /// Make a role
    #[command(after_help = ROLE_CREATE)]
    Create(RoleCreate),
    /// Change a role
    #[command(after_help = ROLE_EDIT)]
    Edit(Box<RoleEdit>),
    /// Delete a role, which then gives nobody anything
    #[command(after_help = ROLE_DELETE)]
    Delete(Delete),
}

/// `tokenry role create`
#[derive(Debug, Clone, Args)]
pub struct RoleCreate {
    /// The name: lower-case letters, digits and a few signs
    pub name: String,
    /// What people call it
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// What it grants; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub capability: Vec<String>,
    /// A role whose capabilities it grants too; may be given more than once
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    pub import: Vec<String>,
    /// Whether it takes away what it lists instead
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    pub deny: Option<bool>,
}

/// `tokenry role edit`
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("change").multiple(true).required(true).args([
    "label", "description", "capability", "add_capability", "remove_capability", "import", "add_import",
    "remove_import", "deny",
]))]
pub struct RoleEdit {
    /// Its name or id
    pub name: String,
    /// What people call it
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// A capability in place of those it granted; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with_all = ["add_capability", "remove_capability"])]
    pub capability: Vec<String>,
    /// A capability to grant too; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub add_capability: Vec<String>,
    /// A capability to grant no more; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub remove_capability: Vec<String>,
    /// A role to import in place of those until now; may be given more than once
    #[arg(long, value_name = "ROLE", value_delimiter = ',', conflicts_with_all = ["add_import", "remove_import"])]
    pub import: Vec<String>,
    /// A role to import too; may be given more than once
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    pub add_import: Vec<String>,
    /// A role to import no more; may be given more than once
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    pub remove_import: Vec<String>,
    /// Whether it takes away what it lists instead
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    pub deny: Option<bool>,
}

/// `tokenry persona`
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Persona {
    /// As whom, where.
    #[command(flatten)]
    pub reach: Reach,
    /// What to do.
    #[command(subcommand)]
    pub command: PersonaCommand,
}

/// What can be done with personas.
#[derive(Debug, Subcommand)]
pub enum PersonaCommand {
    /// List personas: all, or those one may act as
    #[command(after_help = PERSONA_LIST)]
    List,
    /// Show a persona
    #[command(after_help = PERSONA_SHOW)]
    Show(One),
    /// Make a persona
    #[command(after_help = PERSONA_CREATE)]
    Create(PersonaCreate),
    /// Change a persona
    #[command(after_help = PERSONA_EDIT)]
    Edit(Box<PersonaEdit>),
    /// Delete a persona
    #[command(after_help = PERSONA_DELETE)]
    Delete(Delete),
}

/// `tokenry persona create`
#[derive(Debug, Clone, Args)]
pub struct PersonaCreate {
    /// The name
    pub name: String,
    /// What it is shown as
    #[arg(long, value_name = "TEXT")]
    pub display_name: Option<String>,
    /// The computers it manages, by the id of their group
    #[arg(long, value_name = "NUMBER")]
    pub computer_group: i64,
    /// A role it has; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub role: Vec<String>,
    /// A user who may act as it; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub user: Vec<String>,
    /// A group whose members may act as it; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub group: Vec<String>,
}

/// `tokenry persona edit`
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("change").multiple(true).required(true).args([
    "new_name", "display_name", "computer_group", "add_role", "remove_role", "add_user", "remove_user", "add_group",
    "remove_group",
]))]
pub struct PersonaEdit {
    /// Its name or id
    pub name: String,
    /// Its new name
    #[arg(long = "name", value_name = "TEXT")]
    pub new_name: Option<String>,
    /// What it is shown as
    #[arg(long, value_name = "TEXT")]
    pub display_name: Option<String>,
    /// The computers it manages, by the id of their group
    #[arg(long, value_name = "NUMBER")]
    pub computer_group: Option<i64>,
    /// A role to have too; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub add_role: Vec<String>,
    /// A role to have no more; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub remove_role: Vec<String>,
    /// A user who may act as it too; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub add_user: Vec<String>,
    /// A user who may act as it no more; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub remove_user: Vec<String>,
    /// A group whose members may act as it too; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub add_group: Vec<String>,
    /// A group whose members may act as it no more; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub remove_group: Vec<String>,
}

/// `tokenry group`
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Group {
    /// As whom, where.
    #[command(flatten)]
    pub reach: Reach,
    /// What to do.
    #[command(subcommand)]
    pub command: GroupCommand,
}

/// What can be done with user groups.
#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// List user groups
    #[command(after_help = GROUP_LIST)]
    List,
    /// Show a user group
    #[command(after_help = GROUP_SHOW)]
    Show(One),
    /// Make a user group
    #[command(after_help = GROUP_CREATE)]
    Create(GroupCreate),
    /// Change a user group
    #[command(after_help = GROUP_EDIT)]
    Edit(Box<GroupEdit>),
    /// Delete a user group
    #[command(after_help = GROUP_DELETE)]
    Delete(Delete),
}

/// `tokenry group create`
#[derive(Debug, Clone, Args)]
pub struct GroupCreate {
    /// The name
    pub name: String,
    /// A user in it; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub member: Vec<String>,
    /// A role it gives; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub role: Vec<String>,
    /// The computers its members manage, by the id of their group
    #[arg(long, value_name = "NUMBER")]
    pub computer_group: Option<i64>,
}

/// `tokenry group edit`
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("change").multiple(true).required(true).args([
    "new_name", "add_member", "remove_member", "add_role", "remove_role", "computer_group",
]))]
pub struct GroupEdit {
    /// Its name or id
    pub name: String,
    /// Its new name
    #[arg(long = "name", value_name = "TEXT")]
    pub new_name: Option<String>,
    /// A user to take in; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub add_member: Vec<String>,
    /// A user to leave out; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub remove_member: Vec<String>,
    /// A role to give too; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub add_role: Vec<String>,
    /// A role to give no more; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub remove_role: Vec<String>,
    /// The computers its members manage, by the id of their group; 0 is none
    #[arg(long, value_name = "NUMBER")]
    pub computer_group: Option<i64>,
}
