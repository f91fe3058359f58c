//! `tokenry token …`

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::{HowMany, Reach};

const CREATE: &str = "\
The string of the new token is printed alone on a line of standard output, and its record on standard error.

Examples:
  tokenry token create --name 'Nightly import' --expires +30d > token
  tokenry token create --user maria --audience orders --scope orders.read --address 192.0.2.0/24
  tokenry token create --form hex --expires +90d --string-file ./token
  tokenry token create --output json | jq -r .token";

const LIST: &str = "\
Conditions of --filter are attribute:operator:value, and all must hold. Texts (user, audience, name, notes, form, status,
issuer, addresses, last_used_address, id, persona): contains, not_contains, equals, not_equals, starts_with, ends_with.
Times (created, not_before, expires, last_used): before, after, and equals or not_equals with `never`; such as +14d, or
-30d for the past. number: equals, before, after.

Examples:
  tokenry token list --expiring 14d
  tokenry token list --user maria --unused
  tokenry token list --filter created:before:-365d --sort created --all
  tokenry token list --search import --output json | jq -r '.items[].id'";

const SHOW: &str = "\
Examples:
  tokenry token show 7
  tokenry token show 83c8cfbb --output json";

const EDIT: &str = "\
Examples:
  tokenry token edit 7 --name 'Nightly import' --notes 'asked for by Maria'
  tokenry token edit 7 --address 192.0.2.0/24 --address 2001:db8::/32
  tokenry token edit 7 --from-anywhere";

const ENABLE: &str = "\
Examples:
  tokenry token enable 7
  tokenry token enable 7 8 9";

const DISABLE: &str = "\
Examples:
  tokenry token disable 7
  tokenry token list --unused --all --output tsv | cut -f2 | tokenry token disable -";

const REVOKE: &str = "\
Examples:
  tokenry token revoke 7
  tokenry token revoke 83c8cfbb 91d2ee01 --yes
  tokenry token list --unused --all --output tsv | cut -f2 | tokenry token revoke - --yes";

const ROTATE: &str = "\
The new string is printed alone on a line of standard output, and its record on standard error.

Examples:
  tokenry token rotate 7 > token
  tokenry token rotate 7 --overlap 1h --string-file ./token";

const EXPLAIN: &str = "\
Examples:
  tokenry token explain 7
  tokenry token explain 7 --from 203.0.113.9 --at +1d

Exit codes:
  0  it would be let in    1  it would be refused, or the question could not be answered";

const HISTORY: &str = "\
Examples:
  tokenry token history 7
  tokenry token history 7 --all --output json";

const EXPIRATIONS: &str = "\
Examples:
  tokenry token expirations
  tokenry token expirations --days 90 --output json";

/// `tokenry token`
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Token {
    /// As whom, where.
    #[command(flatten)]
    pub reach: Reach,
    /// What to do.
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token, and print its string
    #[command(after_help = CREATE)]
    Create(Box<TokenCreate>),
    /// List tokens
    #[command(after_help = LIST)]
    List(Box<TokenFilter>),
    /// Show a token: its record, never its string
    #[command(after_help = SHOW)]
    Show {
        /// Its id, the beginning of it, or its number
        id: String,
    },
    /// Change the name, notes, audience or addresses of a token
    #[command(after_help = EDIT)]
    Edit(Box<TokenEdit>),
    /// Enable tokens that were disabled
    #[command(after_help = ENABLE)]
    Enable(SomeTokens),
    /// Disable tokens: they are refused until they are enabled again
    #[command(after_help = DISABLE)]
    Disable(SomeTokens),
    /// Revoke tokens, for good
    #[command(after_help = REVOKE)]
    Revoke(TokenRevoke),
    /// Make another token in place of one, with all that it had, and print its string
    #[command(after_help = ROTATE)]
    Rotate(TokenRotate),
    /// Explain whether a token would be let in, and if not, why
    #[command(after_help = EXPLAIN)]
    Explain(TokenExplain),
    /// Read what was done to a token
    #[command(after_help = HISTORY)]
    History(TokenHistory),
    /// Count the tokens that end on each of the coming days
    #[command(after_help = EXPIRATIONS)]
    Expirations {
        /// How many days from today
        #[arg(long, value_name = "NUMBER", default_value_t = 30)]
        days: u32,
    },
}

/// `tokenry token create`
#[derive(Debug, Clone, Args)]
pub struct TokenCreate {
    /// The user it acts for [default: oneself]
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The persona it acts as, by its id
    #[arg(long, value_name = "NUMBER")]
    pub persona: Option<i64>,
    /// What it is for [default: api]
    #[arg(long, value_name = "TEXT")]
    pub audience: Option<String>,
    /// What to call it
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// Notes
    #[arg(long, value_name = "TEXT")]
    pub notes: Option<String>,
    /// Until when: +30d, +10d@d, 2026-12-24T18:00:00+01:00 or never [default: as the settings have it]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub expires: Option<String>,
    /// From when on [default: at once]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub not_before: Option<String>,
    /// An address or network it may be used from; may be given more than once [default: from anywhere]
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    pub address: Vec<String>,
    /// A capability to narrow it to; may be given more than once
    #[arg(long, value_name = "CAPABILITY", value_delimiter = ',')]
    pub scope: Vec<String>,
    /// How often it may be used a minute, in the long run
    #[arg(long, value_name = "NUMBER", requires = "burst")]
    pub per_minute: Option<u32>,
    /// How often it may be used at once
    #[arg(long, value_name = "NUMBER", requires = "per_minute")]
    pub burst: Option<u32>,
    /// How its string is written [default: opaque]
    #[arg(long, value_enum)]
    pub form: Option<FormWord>,
    /// What an opaque token says of itself [default: pat]
    #[arg(long, value_enum)]
    pub kind: Option<KindWord>,
    /// Write its string to this new file, which only you can read
    #[arg(long, value_name = "FILE")]
    pub string_file: Option<PathBuf>,
}

/// How a token's string is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormWord {
    /// `tky_…`, which secret scanners recognise
    Opaque,
    /// A JWT, as Splunk's
    #[value(name = "splunk_jwt", alias = "splunk-jwt")]
    SplunkJwt,
    /// `token-…`, as Tanium's
    Hex,
}

/// What an opaque token says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindWord {
    /// A person's
    Pat,
    /// A service's
    Svc,
}

/// Whether a token may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusWord {
    /// It may be used
    Enabled,
    /// It is refused
    Disabled,
}

/// `tokenry token list`
#[derive(Debug, Clone, Args)]
pub struct TokenFilter {
    /// Only this user's
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Only those of this audience
    #[arg(long, value_name = "TEXT")]
    pub audience: Option<String>,
    /// Only those of this status
    #[arg(long, value_enum)]
    pub status: Option<StatusWord>,
    /// Only those that end within this time, such as 14d
    #[arg(long, value_name = "DURATION")]
    pub expiring: Option<String>,
    /// Only those that were never used
    #[arg(long)]
    pub unused: bool,
    /// A condition, attribute:operator:value; may be given more than once
    #[arg(long, value_name = "CONDITION")]
    pub filter: Vec<String>,
    /// A text that stands anywhere in a text of the token
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// `number`, `user`, `audience`, `created`, `not_before`, `expires` or `last_used`; with `-` before it the greatest
    /// first
    #[arg(long, value_name = "ORDER", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// How many.
    #[command(flatten)]
    pub how_many: HowMany,
}

/// `tokenry token edit`
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("change").multiple(true).required(true).args(["name", "notes", "audience", "address", "from_anywhere"]))]
pub struct TokenEdit {
    /// Its id, the beginning of it, or its number
    pub id: String,
    /// What to call it
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// Notes
    #[arg(long, value_name = "TEXT")]
    pub notes: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub audience: Option<String>,
    /// An address or network it may be used from, in place of those it had; may be given more than once
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    pub address: Vec<String>,
    /// Let it be used from anywhere
    #[arg(long, conflicts_with = "address")]
    pub from_anywhere: bool,
}

/// Some tokens.
#[derive(Debug, Clone, Args)]
pub struct SomeTokens {
    /// Their ids, the beginnings of them, or their numbers; - reads them from standard input
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
}

/// `tokenry token revoke`
#[derive(Debug, Clone, Args)]
pub struct TokenRevoke {
    /// Which.
    #[command(flatten)]
    pub tokens: SomeTokens,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// `tokenry token rotate`
#[derive(Debug, Clone, Args)]
pub struct TokenRotate {
    /// Its id, the beginning of it, or its number
    pub id: String,
    /// For how long the old string works beside the new one, such as 90s, 30m, 1h or 7d
    #[arg(long, value_name = "DURATION", value_parser = seconds)]
    pub overlap: Option<i64>,
    /// What the new string says of itself, of an opaque token [default: pat]
    #[arg(long, value_enum)]
    pub kind: Option<KindWord>,
    /// Write the new string to this new file, which only you can read
    #[arg(long, value_name = "FILE")]
    pub string_file: Option<PathBuf>,
}

/// `tokenry token explain`
#[derive(Debug, Clone, Args)]
pub struct TokenExplain {
    /// Its id, the beginning of it, or its number
    pub id: String,
    /// The address it is used from [default: one's own]
    #[arg(long, value_name = "ADDRESS")]
    pub from: Option<String>,
    /// When it is used, such as +1d [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub at: Option<String>,
}

/// `tokenry token history`
#[derive(Debug, Clone, Args)]
pub struct TokenHistory {
    /// Its id, the beginning of it, or its number
    pub id: String,
    /// How many.
    #[command(flatten)]
    pub how_many: HowMany,
}

/// Reads `90s`, `30m`, `1h`, `7d` or `1w`.
fn seconds(text: &str) -> Result<i64, String> {
    const UNITS: [(char, i64); 5] = [
        ('s', 1),
        ('m', 60),
        ('h', 3_600),
        ('d', 86_400),
        ('w', 604_800),
    ];
    let wrong = || "must be a number with s, m, h, d or w behind it, such as 1h".to_owned();
    let read = UNITS.iter().find_map(|(sign, unit)| {
        let number = text.strip_suffix(*sign)?.parse::<u32>().ok()?;
        i64::from(number).checked_mul(*unit)
    });
    read.ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit() {
        for (text, read) in [
            ("0s", 0),
            ("90s", 90),
            ("30m", 1800),
            ("1h", 3600),
            ("7d", 604_800),
            ("1w", 604_800),
        ] {
            assert_eq!(seconds(text), Ok(read), "{text}");
        }
        for wrong in ["", "h", "1", "-1h", "1.5h", "1 h", "99999999999d", "1y"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
