//! The words of the commands that ask a server: what can be said, and its help. What is done about it stands beside
//! this folder.
//!
//! No flag takes a secret, here neither.

mod directory;
mod logs;
mod people;
mod session;
mod token;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

pub use directory::{
    Group, GroupCommand, GroupEdit, Persona, PersonaCommand, PersonaCreate, PersonaEdit, Role,
    RoleCommand, RoleEdit,
};
pub use logs::{Audit, Refusals, Settings, SettingsCommand};
pub use people::{GivenPassword, User, UserCommand, UserCreate, UserEdit};
pub use session::{Login, Logout, Whoami};
pub use token::{
    FormWord, KindWord, SomeTokens, StatusWord, Token, TokenCommand, TokenCreate, TokenEdit,
    TokenExplain, TokenFilter, TokenHistory, TokenRotate,
};

/// The commands that ask a server.
#[derive(Debug, Subcommand)]
pub enum Remote {
    /// Make, list, change, rotate and revoke tokens, and explain why one is refused
    Token(Box<Token>),
    /// List, make, change, lock and delete users
    User(Box<User>),
    /// List, make, change and delete roles
    Role(Box<Role>),
    /// List, make, change and delete personas
    Persona(Box<Persona>),
    /// List, make, change and delete user groups
    Group(Box<Group>),
    /// List and change the settings of the server
    Settings(Settings),
    /// Read who changed what
    Audit(Audit),
    /// Read who was refused lately, and why
    Refusals(Refusals),
    /// Sign in, and keep the session for the commands that follow
    Login(Login),
    /// End the session that `login` began
    Logout(Logout),
    /// Tell who one is to the server, and what one may do
    Whoami(Whoami),
}

/// Which server, and whom to trust.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "The server")]
pub struct Server {
    /// Its address [default: where `tokenry login` signed in, or `https://127.0.0.1:8089`]
    #[arg(long, value_name = "URL", global = true, env = "TOKENRY_SERVER")]
    pub server: Option<String>,
    /// File with the authorities (PEM) that its certificate must be from [default: the system's, and what a server
    /// on this machine made itself]
    #[arg(long, value_name = "FILE", global = true, env = "TOKENRY_CA")]
    pub ca: Option<PathBuf>,
    /// Take any certificate: then anybody in between can read and change everything
    #[arg(long, global = true)]
    pub insecure: bool,
}

/// As whom, and how to print it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "The server")]
pub struct Reach {
    /// Which server.
    #[command(flatten)]
    pub server: Server,
    /// File with the token to authenticate with [default: the variable `TOKENRY_TOKEN`, or the session of `tokenry login`]
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        conflicts_with = "token_stdin"
    )]
    pub token_file: Option<PathBuf>,
    /// Take the token to authenticate with from standard input
    #[arg(long, global = true)]
    pub token_stdin: bool,
    /// How to print it.
    #[command(flatten)]
    pub print: Print,
}

/// How to print it.
#[derive(Debug, Clone, Default, Args)]
pub struct Print {
    /// How to print it [default: table on a terminal, else tsv]
    #[arg(long, value_enum, global = true, hide_possible_values = false)]
    pub output: Option<Format>,
}

/// How things are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: as wide as the terminal
    Table,
    /// For programs: what the server answered, one document
    Json,
    /// For shells: a line each, with tabs between
    Tsv,
}

/// How much of a list.
#[derive(Debug, Clone, Default, Args)]
pub struct HowMany {
    /// How many at most
    #[arg(long, value_name = "NUMBER", conflicts_with = "all", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// All there are
    #[arg(long)]
    pub all: bool,
}

/// One thing to look at.
#[derive(Debug, Clone, Args)]
pub struct One {
    /// Its name or id
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// One thing to delete.
#[derive(Debug, Clone, Args)]
pub struct Delete {
    /// Its name or id
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}
