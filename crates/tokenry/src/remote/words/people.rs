//! `tokenry user …`

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::{Delete, HowMany, One, Reach};

const LIST: &str = "\
Examples:
  tokenry user list
  tokenry user list --role admin --output tsv";

const SHOW: &str = "\
Examples:
  tokenry user show maria
  tokenry user show 3 --output json";

const CREATE: &str = "\
Without a password nobody can sign in as the user; tokens can be made for it.

Examples:
  tokenry user create maria --role user --real-name 'Maria Rossi' --password-file ./password
  pass show maria | tokenry user create maria --role user --password-stdin
  tokenry user create importer --role user";

const EDIT: &str = "\
To change one's own password the old one is asked for, or taken from --old-password-file.

Examples:
  tokenry user edit maria --add-role power --email maria@example.com
  tokenry user edit maria --password-file ./new-password
  tokenry user edit maria --time-zone Europe/Rome";

const LOCK: &str = "\
Neither the password nor the tokens of a locked user work.

Examples:
  tokenry user lock maria";

const UNLOCK: &str = "\
Examples:
  tokenry user unlock maria";

const DELETE: &str = "\
Examples:
  tokenry user delete maria
  tokenry user delete maria --yes";

/// `tokenry user`
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct User {
    /// As whom, where.
    #[command(flatten)]
    pub reach: Reach,
    /// What to do.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// What can be done with users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List users
    #[command(after_help = LIST)]
    List {
        /// Only those with this text in the name, the full name or the mail address
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// Only those who hold this role themselves
        #[arg(long, value_name = "NAME")]
        role: Option<String>,
        /// How many.
        #[command(flatten)]
        how_many: HowMany,
    },
    /// Show a user
    #[command(after_help = SHOW)]
    Show(One),
    /// Make a user
    #[command(after_help = CREATE)]
    Create(Box<UserCreate>),
    /// Change a user
    #[command(after_help = EDIT)]
    Edit(Box<UserEdit>),
    /// Lock a user out
    #[command(after_help = LOCK)]
    Lock(One),
    /// Let a user in again who was locked out
    #[command(after_help = UNLOCK)]
    Unlock(One),
    /// Delete a user, and with him his tokens and sessions
    #[command(after_help = DELETE)]
    Delete(Delete),
}

/// Where a password is.
#[derive(Debug, Clone, Default, Args)]
pub struct GivenPassword {
    /// Take the password from this file
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    pub password_file: Option<PathBuf>,
    /// Take the password from standard input
    #[arg(long)]
    pub password_stdin: bool,
}

/// `tokenry user create`
#[derive(Debug, Clone, Args)]
pub struct UserCreate {
    /// The name
    pub name: String,
    /// A role to hold; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub role: Vec<String>,
    /// The full name
    #[arg(long, value_name = "TEXT")]
    pub real_name: Option<String>,
    /// The mail address
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// The IANA zone of relative and zoneless times [default: the server's]
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// The computers to manage in the default persona, by the id of their group
    #[arg(long, value_name = "NUMBER")]
    pub computer_group: Option<i64>,
    /// The password.
    #[command(flatten)]
    pub password: GivenPassword,
}

/// `tokenry user edit`
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("change").multiple(true).required(true).args([
    "role", "add_role", "remove_role", "real_name", "email", "time_zone", "computer_group", "password_file",
    "password_stdin",
]))]
pub struct UserEdit {
    /// The name or id
    pub name: String,
    /// A role in place of those held until now; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with_all = ["add_role", "remove_role"])]
    pub role: Vec<String>,
    /// A role to hold too; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub add_role: Vec<String>,
    /// A role to take away; may be given more than once
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub remove_role: Vec<String>,
    /// The full name
    #[arg(long, value_name = "TEXT")]
    pub real_name: Option<String>,
    /// The mail address
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// The IANA zone of relative and zoneless times; empty is the server's
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// The computers to manage in the default persona, by the id of their group; 0 is none
    #[arg(long, value_name = "NUMBER")]
    pub computer_group: Option<i64>,
    /// The password.
    #[command(flatten)]
    pub password: GivenPassword,
    /// File with the present password, to change one's own
    #[arg(long, value_name = "FILE")]
    pub old_password_file: Option<PathBuf>,
}
