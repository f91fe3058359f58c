//! Tokens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Instant;
use crate::Secret;

/// A token's record. Never its string.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Token {
    /// Its public id: 64 hex digits, a JWT's `jti`.
    pub id: String,
    /// Its number, for people and for the Tanium face.
    pub number: i64,
    /// How its string is written.
    pub form: Form,
    /// Whether it has been disabled.
    pub status: Status,
    /// Whether it could be used now, by itself: its user, persona and address count too.
    pub state: State,
    /// The user it acts for.
    pub user: String,
    /// His id.
    pub user_id: i64,
    /// The persona it acts as; 0 is the default one.
    pub persona: i64,
    /// What that persona is shown as; none if it is gone.
    pub persona_name: Option<String>,
    /// What it is for: tokens of one audience belong together.
    pub audience: String,
    /// What people call it; may be empty.
    pub name: String,
    /// Notes; may be empty.
    pub notes: String,
    /// What it is narrowed to; none is nothing less than its owner's rights.
    pub scope: Option<Vec<String>>,
    /// How often it may be used; none leaves it to the configuration.
    pub rate: Option<Rate>,
    /// From where it may be used, beside what the settings trust; none is from anywhere.
    pub addresses: Option<Vec<String>>,
    /// Who made it, where.
    pub issuer: String,
    /// When it was made.
    pub issued_at: Instant,
    /// From when on it can be used.
    pub not_before: Instant,
    /// Until when; none is for ever.
    pub expires: Option<Instant>,
    /// Its last use; up to half a minute behind. None if it was never used.
    pub last_used: Option<Instant>,
    /// From where that was.
    pub last_used_address: Option<String>,
    /// The id of the token that took its place: until `expires` both work.
    pub replaced_by: Option<String>,
    /// What the caller may do with it.
    pub may: Vec<TokenAction>,
}

/// How a token's string is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// `token-` and hex digits: Tanium's.
    Hex,
    /// `tky_…`: our own, which secret scanners recognise.
    Opaque,
    /// A JWT, as Splunk signs them.
    SplunkJwt,
}

/// Whether a token may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It stays, but is refused.
    Disabled,
    /// It may be used.
    Enabled,
}

/// Where a token stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It can be used.
    Active,
    /// It has been disabled.
    Disabled,
    /// Its life has ended.
    Expired,
    /// Its life has not begun.
    NotYetValid,
    /// Another took its place; it works on until it expires.
    Replaced,
}

/// What can be done with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenAction {
    /// Change its notes and addresses.
    Edit,
    /// Enable and disable it.
    SetStatus,
    /// Revoke it.
    Revoke,
    /// Rotate it.
    Rotate,
}

/// How often a token may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Uses per minute, in the long run.
    #[schemars(range(min = 1))]
    pub per_minute: u32,
    /// Uses at once.
    #[schemars(range(min = 1))]
    pub burst: u32,
}

/// A token to make. All of it may be left out.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewToken {
    /// How its string is to be written; `opaque` if not given.
    pub form: Option<Form>,
    /// Of an opaque token: `pat` is a person's (if not given), `svc` a service's.
    pub kind: Option<Kind>,
    /// The user it is to act for; the caller if not given.
    #[schemars(length(max = 1024))]
    pub user: Option<String>,
    /// The persona it is to act as: the caller's if not given, and another's default one.
    pub persona: Option<i64>,
    /// What it is for; `api` if not given.
    #[schemars(length(max = 256))]
    pub audience: Option<String>,
    /// What to call it.
    #[schemars(length(max = 255))]
    pub name: Option<String>,
    /// Notes.
    #[schemars(length(max = 4096))]
    pub notes: Option<String>,
    /// Until when: `+30d`, `+10d@d` or `2026-12-24T18:00:00+01:00`. The settings' default, which may be never, if not
    /// given.
    pub expires: Option<String>,
    /// From when on, in the same grammar; at once if not given.
    pub not_before: Option<String>,
    /// From where it may be used, beside what the settings trust: addresses and networks. From anywhere if not given.
    #[schemars(length(max = 10_000))]
    pub addresses: Option<Vec<String>>,
    /// What to narrow it to: names of capabilities. No narrower than the caller if not given.
    pub scope: Option<Vec<String>>,
    /// How often it may be used.
    pub rate: Option<Rate>,
}

/// What an opaque token says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person's.
    Pat,
    /// A service's.
    Svc,
}

/// A token that has been made.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct IssuedToken {
    /// Its string.
    pub token: Secret,
    /// Until when its maker can see the string again, in the session he made it in; none if not at all.
    pub visible_until: Option<Instant>,
    /// Its record.
    #[serde(flatten)]
    pub record: Token,
}

/// Which tokens to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TokenQuery {
    /// A text that stands anywhere in a text of the token, without regard to case.
    #[schemars(length(max = 250))]
    pub search: Option<String>,
    /// Conditions that must all hold, each `attribute:operator:value`.
    ///
    /// Texts (`user`, `audience`, `name`, `notes`, `form`, `status`, `issuer`, `addresses`, `last_used_address`, `id`,
    /// `persona`): `contains`, `not_contains`, `equals`, `not_equals`, `starts_with`, `ends_with`. Instants (`created`,
    /// `not_before`, `expires`, `last_used`): `before`, `after`, and `equals` or `not_equals` with `never`; they can be
    /// relative, such as `+14d`, or `-30d` for the past. `number`: `equals`, `before`, `after`.
    #[schemars(length(max = 20))]
    pub filter: Vec<String>,
    /// `number` (the order of creation), `user`, `audience`, `created`, `not_before`, `expires` or `last_used`; with
    /// `-` before it the greatest first. `-number` if not given.
    pub sort: Option<String>,
    /// How many at most, 1 to 200; 50 if not given.
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<u32>,
    /// Where to go on: `next` of the page before, with the same `sort`, `search` and `filter`.
    pub cursor: Option<String>,
}

/// Some of a list of tokens.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TokenPage {
    /// The tokens.
    pub items: Vec<Token>,
    /// Where the list goes on; none at its end.
    pub next: Option<String>,
    /// How many there are in all, where that is known without looking at each.
    pub total: Option<u64>,
    /// Whether the page is as full as it can be. A rare condition among many tokens is looked for some thousand tokens at a
    /// time: then the page may hold less than asked for, or nothing, and `next` goes on.
    pub complete: bool,
}

/// What to change of a token; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TokenEdit {
    /// What people call it.
    #[schemars(length(max = 255))]
    pub name: Option<String>,
    /// Notes.
    #[schemars(length(max = 4096))]
    pub notes: Option<String>,
    /// What it is for. Not of a JWT, in whose string it is written.
    #[schemars(length(max = 256))]
    pub audience: Option<String>,
    /// From where it may be used, beside what the settings trust.
    pub addresses: Option<AddressesEdit>,
}

/// From where a token may be used.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a list of addresses and networks, or the word anywhere"
)]
pub enum AddressesEdit {
    /// From these addresses and networks.
    Only(#[schemars(length(max = 10_000))] Vec<String>),
    /// `"anywhere"`.
    Anywhere(Anywhere),
}

/// The word `anywhere`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Anywhere {
    /// From anywhere.
    Anywhere,
}

/// How to rotate a token.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rotation {
    /// For how many seconds the old string works beside the new one: 0 (if not given) to 604800, a week.
    #[schemars(range(min = 0, max = 604_800))]
    pub overlap_seconds: Option<i64>,
    /// Of an opaque token: what the new string says of itself; `pat` if not given.
    pub kind: Option<Kind>,
}

/// What to do with many tokens.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManyTokens {
    /// What to do.
    pub action: ManyAction,
    /// With which: ids, 1 to 1000.
    #[schemars(length(min = 1, max = 1000))]
    pub ids: Vec<String>,
}

/// What can be done with many tokens at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ManyAction {
    /// Disable them.
    Disable,
    /// Enable them.
    Enable,
    /// Revoke them, for good.
    Revoke,
}

/// What became of many tokens: all that could be done was done at once.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ManyDone {
    /// The ids of those it was done to.
    pub done: Vec<String>,
    /// The ids that no token, which the caller may see, has.
    pub unknown: Vec<String>,
}

/// The string of a token, once more.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RevealedToken {
    /// The string.
    pub token: Secret,
    /// Until when it can be seen again.
    pub visible_until: Instant,
}

/// The use of a token to explain.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExplainQuery {
    /// The address it comes from; the caller's if not given.
    pub address: Option<String>,
    /// When, in the grammar of `expires`; now if not given.
    pub at: Option<String>,
}

/// What would become of a token.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// Whether it would be let in.
    pub granted: bool,
    /// Why not: the reason as the logs have it.
    pub reason: Option<String>,
    /// The outcome in a sentence.
    pub summary: String,
    /// The address that was looked at.
    pub address: Option<String>,
    /// The time that was looked at.
    pub at: Instant,
    /// Every check, in the order in which they are made.
    pub checks: Vec<Finding>,
}

/// The outcome of one check.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What is checked, for programs.
    pub check: String,
    /// The same in words.
    pub title: String,
    /// Whether it passes.
    pub passes: bool,
    /// Why not: the reason as the logs have it.
    pub reason: Option<String>,
    /// What that means, and what to do about it.
    pub detail: Option<String>,
}

/// For how many days to count tokens that end.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExpirationsQuery {
    /// How many days from today, 1 to 366; 30 if not given.
    #[schemars(range(min = 1, max = 366))]
    pub days: Option<u32>,
}

/// How many tokens end on which day.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Expirations {
    /// The days on which any end, in order, in the caller's zone.
    pub days: Vec<ExpiringDay>,
}

/// How many tokens end on a day.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ExpiringDay {
    /// The day: `2026-11-22`.
    pub date: String,
    /// How many.
    pub tokens: u64,
}
