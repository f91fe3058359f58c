//! The command line's words: commands, flags, help. Also the source of shell completions and manual pages.
//!
//! No flag takes a secret: arguments are visible to every user of the machine and stay in the shell's history.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  tokenry serve                                        Serve https://127.0.0.1:8089, making all it needs
  tokenry serve --data /srv/tokenry --listen 0.0.0.0:8089
  tokenry config default > tokenry.toml                Begin a configuration file
  tokenry config show --origin                         See each setting and where it comes from
  tokenry admin reset-password                         Set the password of `admin`, asking for it

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
        /// As if a caller asked that cleans paths up
        #[arg(long)]
        normalized: bool,
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
