//! `tokenry settings …`, `tokenry audit` and `tokenry refusals`

use clap::{Args, Subcommand};

use super::{HowMany, Reach};

const LIST: &str = "\
Examples:
  tokenry settings list
  tokenry settings list --output json | jq '.items[] | {key, value}'";

const SET: &str = "\
All are changed at once, or none. Lists of addresses have commas between them.

Examples:
  tokenry settings set default_expiration=+30d
  tokenry settings set token_authentication=false
  tokenry settings set api_token_trusted_ip_address_list=192.0.2.0/24,198.51.100.7";

const AUDIT: &str = "\
Examples:
  tokenry audit --action create_token --limit 20
  tokenry audit --actor maria --since 2026-11-01T00:00:00Z --all --output json
  tokenry audit --follow";

const REFUSALS: &str = "\
Examples:
  tokenry refusals
  tokenry refusals --reason expired --user maria
  tokenry refusals --follow --output json";

/// `tokenry settings`
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Settings {
    /// As whom, where.
    #[command(flatten)]
    pub reach: Reach,
    /// What to do.
    #[command(subcommand)]
    pub command: SettingsCommand,
}

/// What can be done with settings.
#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    /// List the settings, with their meanings
    #[command(after_help = LIST)]
    List,
    /// Change settings
    #[command(after_help = SET)]
    Set {
        /// A setting and its new value
        #[arg(value_name = "KEY=VALUE", required = true, value_parser = pair)]
        pairs: Vec<(String, String)>,
    },
}

/// `tokenry audit`
#[derive(Debug, Args)]
#[command(after_help = AUDIT)]
pub struct Audit {
    /// As whom, where.
    #[command(flatten)]
    pub reach: Reach,
    /// Only what this user did
    #[arg(long, value_name = "NAME")]
    pub actor: Option<String>,
    /// Only this action, such as `create_token`; may be given more than once
    #[arg(long, value_name = "ACTION", value_delimiter = ',')]
    pub action: Vec<String>,
    /// Only what was done to the token of this id, beginning of an id, or number
    #[arg(long, value_name = "ID")]
    pub about: Option<String>,
    /// Only from this instant on, such as 2026-11-01T00:00:00Z
    #[arg(long, value_name = "INSTANT")]
    pub since: Option<String>,
    /// Only until this instant
    #[arg(long, value_name = "INSTANT", conflicts_with = "follow")]
    pub until: Option<String>,
    /// How many.
    #[command(flatten)]
    pub how_many: HowMany,
    /// Go on printing what is added, until it is interrupted
    #[arg(long, conflicts_with = "all")]
    pub follow: bool,
}

/// `tokenry refusals`
#[derive(Debug, Args)]
#[command(after_help = REFUSALS)]
pub struct Refusals {
    /// As whom, where.
    #[command(flatten)]
    pub reach: Reach,
    /// Only this reason, such as `expired`; may be given more than once
    #[arg(long, value_name = "REASON", value_delimiter = ',')]
    pub reason: Vec<String>,
    /// Only those of this user
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Only those of the token of this id, beginning of an id, or number
    #[arg(long, value_name = "ID")]
    pub about: Option<String>,
    /// Only those from this address
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<String>,
    /// How many.
    #[command(flatten)]
    pub how_many: HowMany,
    /// Go on printing what is added, until it is interrupted
    #[arg(long, conflicts_with = "all")]
    pub follow: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let pair = pair.ok_or_else(|| "must be KEY=VALUE".to_owned())?;
    Ok((pair.0.to_owned(), pair.1.to_owned()))
}
