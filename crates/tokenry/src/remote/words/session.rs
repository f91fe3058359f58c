//! `tokenry login`, `tokenry logout` and `tokenry whoami`

use clap::Args;

use super::{GivenPassword, Print, Reach, Server};

const LOGIN: &str = "\
The password is taken from --password-file, --password-stdin or the variable TOKENRY_PASSWORD, or asked for on a terminal.
The key of the session is kept in tokenry/session.toml below $XDG_STATE_HOME (~/.local/state), where only you can read it;
it is sent to this server alone. So is, if it is given, the name of the file with authorities.

Examples:
  tokenry login
  tokenry login --user maria --server https://tokenry.example.com:8089 --ca ./authority.pem
  pass show tokenry | tokenry login --password-stdin";

const LOGOUT: &str = "\
Examples:
  tokenry logout";

const WHOAMI: &str = "\
Examples:
  tokenry whoami
  tokenry whoami --token-file ./token --output json";

/// `tokenry login`
#[derive(Debug, Args)]
#[command(after_help = LOGIN)]
pub struct Login {
    /// Where.
    #[command(flatten)]
    pub server: Server,
    /// As whom
    #[arg(long, value_name = "NAME", default_value = "admin")]
    pub user: String,
    /// The password.
    #[command(flatten)]
    pub password: GivenPassword,
    /// How to print it.
    #[command(flatten)]
    pub print: Print,
}

/// `tokenry logout`
#[derive(Debug, Args)]
#[command(after_help = LOGOUT)]
pub struct Logout {
    /// Where.
    #[command(flatten)]
    pub server: Server,
}

/// `tokenry whoami`
#[derive(Debug, Args)]
#[command(after_help = WHOAMI)]
pub struct Whoami {
    /// As whom, where.
    #[command(flatten)]
    pub reach: Reach,
}
