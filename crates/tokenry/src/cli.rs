//! The command line's words: commands, flags, help. Also the source of shell completions and manual pages.
//!
//! No flag takes a secret: arguments are visible to every user of the machine and stay in the shell's history.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::remote::Remote;

const EXAMPLES: &str = "\
Examples:
  tokenry serve                                        Serve https://127.0.0.1:8089, making all it needs
  tokenry serve --data /srv/tokenry --listen 0.0.0.0:8089
  tokenry config default > tokenry.toml                Begin a configuration file
  tokenry config show --origin                         See each setting and where it comes from
  tokenry admin reset-password                         Set the password of `admin`, asking for it
  tokenry login                                        Sign in to a server, for the commands that ask one
  tokenry token create --expires +30d > token          Make a token, and keep its string in a file

Exit codes:
  0  done    1  could not be done    2  wrong usage    3  the configuration is wrong";

const SERVE_EXAMPLES: &str = "\
Examples:
  tokenry serve
  tokenry serve --data ./data --listen 127.0.0.1:9000 --admin-password-file ./admin-password

Every setting of the configuration can also be given as TOKENRY_<SECTION>__<KEY>:
  TOKENRY_LOG__FORMAT=json tokenry serve

Signals: SIGTERM and SIGINT stop it after the running requests, a second one at once; SIGHUP reads the certificate again.";

const CHECK_EXAMPLES: &str = "\
Examples:
  tokenry config check --config tokenry.toml
  tokenry config check --output json";

const RULES_EXAMPLES: &str = "\
Examples:
  tokenry rules test GET https://api.example.com/orders/7
  tokenry rules test DELETE /orders/7 --output json --config tokenry.toml

Exit codes:
  0  a rule decides, or there are none    1  the gate refuses the request, whatever the token";

const DOCTOR_PROXY_EXAMPLES: &str = "\
It sends requests through the proxy before an API, good ones and bad ones, and says what is wrong with its configuration.
To see what reaches the API, let the proxy forward to `tokenry doctor echo` meanwhile.

Examples:
  tokenry doctor echo --listen 127.0.0.1:9090
  tokenry doctor proxy --url https://api.example.com/orders --token-file ./token
  tokenry doctor proxy --url http://127.0.0.1:8000/orders --token-file ./token --denied-path /admin --output json

Exit codes:
  0  no probe failed    1  a probe failed, or it could not be done";

const RESET_EXAMPLES: &str = "\
The password is taken from --password-file, --password-stdin or the variable TOKENRY_PASSWORD. Without these it is asked
for on a terminal; and where there is none, or nothing is typed, one is made and printed.

Examples:
  tokenry admin reset-password
  tokenry admin reset-password --user maria --password-file ./new-password
  pass show tokenry | tokenry admin reset-password --password-stdin";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  tokenry completions bash > /etc/bash_completion.d/tokenry
  tokenry completions zsh > ~/.zfunc/_tokenry";

/// Self-hosted service for long-lived REST API tokens
#[derive(Debug, Parser)]
#[command(name = "tokenry", version, after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// Where to find configuration and data.
    #[command(flatten)]
    pub place: Place,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Where to find configuration and data.
#[derive(Debug, Clone, Default, Args)]
pub struct Place {
    /// Configuration file [default: tokenry.toml in the data directory, if there]
    #[arg(long, value_name = "FILE", global = true, env = "TOKENRY_CONFIG")]
    pub config: Option<PathBuf>,
    /// Data directory [env: `TOKENRY_DATA`]
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(Serve),
    /// Try the rules of the gate
    #[command(subcommand)]
    Rules(Rules),
    /// Check, show or begin a configuration
    #[command(subcommand)]
    Config(Config),
    /// Administer on the server's own machine
    #[command(subcommand)]
    Admin(Admin),
    /// Find out whether what stands around Tokenry does what it must
    #[command(subcommand)]
    Doctor(Doctor),
    /// Ask a server
    #[command(flatten)]
    Remote(Remote),
    /// Print a script that completes commands in a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page, or write all of them
    Manual {
        /// Directory for the pages
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Print the version
    Version,
}

/// `tokenry serve`
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Address and port to listen on [env: `TOKENRY_LISTEN`]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// File with the password for the account `admin`, when the first start makes it
    #[arg(long, value_name = "FILE", env = "TOKENRY_ADMIN_PASSWORD_FILE")]
    pub admin_password_file: Option<PathBuf>,
}

/// `tokenry config …`
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Report everything that is wrong with the configuration
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// How to write it
        #[arg(long, value_enum, default_value_t = CheckOutput::Text)]
        output: CheckOutput,
    },
    /// Print the settings in effect
    Show {
        /// Say where each comes from
        #[arg(long)]
        origin: bool,
        /// How to write it
        #[arg(long, value_enum, default_value_t = ShowOutput::Toml)]
        output: ShowOutput,
    },
    /// Print the default configuration file, which explains every setting
    Default,
}

/// `tokenry rules …`
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// Tell which rule of the gate decides about a request, and what it demands
    #[command(after_help = RULES_EXAMPLES)]
    Test {
        /// The method, such as GET
        method: String,
        /// The URL, or only its path
        url: String,
        /// How to write it
        #[arg(long, value_enum, default_value_t = CheckOutput::Text)]
        output: CheckOutput,
    },
}

/// How `config check` reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckOutput {
    /// For people
    Text,
    /// For programs
    Json,
}

/// How `config show` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShowOutput {
    /// As a configuration file
    Toml,
    /// For programs
    Json,
}

/// `tokenry doctor …`
#[derive(Debug, Subcommand)]
pub enum Doctor {
    /// Send probes through the proxy before an API, and tell what is wrong with its configuration
    #[command(after_help = DOCTOR_PROXY_EXAMPLES)]
    Proxy(DoctorProxy),
    /// Run an API that answers with what it received, for `doctor proxy`
    Echo(DoctorEcho),
}

/// `tokenry doctor proxy`
#[derive(Debug, Clone, Args)]
pub struct DoctorProxy {
    /// URL of the API, as clients use it; a good token must be able to GET and POST there
    #[arg(long, value_name = "URL")]
    pub url: String,
    /// File with a token that may pass
    #[arg(long, value_name = "FILE")]
    pub token_file: PathBuf,
    /// File with another token that may pass
    #[arg(long, value_name = "FILE")]
    pub other_token_file: Option<PathBuf>,
    /// File with a token that may be used only from 203.0.113.9, which is nobody's address
    #[arg(long, value_name = "FILE")]
    pub restricted_token_file: Option<PathBuf>,
    /// Path that the rules of the gate deny to the token
    #[arg(long, value_name = "PATH")]
    pub denied_path: Option<String>,
    /// Path that a rule of the gate makes public
    #[arg(long, value_name = "PATH")]
    pub public_path: Option<String>,
    /// Whose token it is: the user's name
    #[arg(long, value_name = "NAME")]
    pub subject: Option<String>,
    /// File with the authorities (PEM) that the certificate of the proxy must be from [default: the system's]
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub cacert: Option<PathBuf>,
    /// Take any certificate: then anybody in between can read the tokens
    #[arg(long)]
    pub insecure: bool,
    /// How to write it
    #[arg(long, value_enum, default_value_t = CheckOutput::Text)]
    pub output: CheckOutput,
}

/// `tokenry doctor echo`
#[derive(Debug, Clone, Args)]
pub struct DoctorEcho {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Let others than this machine reach it: they see all that arrives
    #[arg(long)]
    pub allow_beyond_loopback: bool,
}

/// `tokenry admin …`
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Set the password of a user
    #[command(after_help = RESET_EXAMPLES)]
    ResetPassword(ResetPassword),
    /// Believe the machine's clock again, after it was wrong for a while and much too late
    ResetClock,
    /// Add a key that signs new tokens from the next start on; the tokens there are go on working
    RotateKey,
}

/// `tokenry admin reset-password`
#[derive(Debug, Clone, Args)]
pub struct ResetPassword {
    /// Whose password
    #[arg(long, value_name = "NAME", default_value = "admin")]
    pub user: String,
    /// Take the password from this file
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    pub password_file: Option<PathBuf>,
    /// Take the password from standard input
    #[arg(long)]
    pub password_stdin: bool,
    /// Delete all tokens of the user too: the account was in strangers' hands
    #[arg(long)]
    pub revoke_tokens: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn place_may_stand_after_the_command() {
        let cli = Cli::try_parse_from(["tokenry", "serve", "--data", "/d", "--config", "/c"]);
        let place = cli.unwrap().place;
        assert_eq!(place.data, Some("/d".into()));
        assert_eq!(place.config, Some("/c".into()));
    }

    #[test]
    fn no_flag_takes_a_secret() {
        fn check(command: &clap::Command) {
            for arg in command.get_arguments() {
                let name = arg.get_id().as_str();
                let takes_value = arg.get_action().takes_values();
                let secret =
                    name.contains("password") || name.contains("token") || name.contains("secret");
                assert!(
                    !(secret && takes_value) || name.ends_with("_file"),
                    "{name}"
                );
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
