//! What helps while a form is filled in: what the server makes of a text before it counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Instant;

/// A time to read.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeQuery {
    /// `+30d`, `+10d@d`, `2026-12-24T18:00:00+01:00` or `never`.
    #[schemars(length(max = 250))]
    pub expression: String,
}

/// A time that has been read.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TimeRead {
    /// The instant, as of now; none is never.
    pub instant: Option<Instant>,
    /// The zone it was read in.
    pub time_zone: String,
}

/// Addresses to read.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressText {
    /// Addresses and networks, with commas or line breaks between them.
    #[schemars(length(max = 100_000))]
    pub text: String,
}

/// Addresses that have been read.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddressesRead {
    /// The addresses and networks, one each.
    pub items: Vec<String>,
    /// Whether that is every address there is.
    pub anywhere: bool,
    /// The caller's own address.
    pub yours: Option<String>,
    /// Whether it is among them.
    pub includes_yours: bool,
    /// From where such a token may be used whatever its list says: what the settings trust.
    pub trusted_anyway: Vec<String>,
}
