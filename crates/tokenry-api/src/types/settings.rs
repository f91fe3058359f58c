//! Settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::directory::Changed;

/// All settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingList {
    /// The settings, in the order in which they are best read.
    pub items: Vec<Setting>,
}

/// A setting, with all that there is to know of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// Its name in this API.
    pub key: String,
    /// Its name in the vendor's product.
    pub vendor_name: String,
    /// What it means, and what follows from it.
    pub meaning: String,
    /// What kind of value it has.
    pub kind: SettingKind,
    /// Its value.
    pub value: Value,
    /// What it is when nobody has set it.
    pub default: Value,
    /// The least number allowed.
    pub minimum: Option<i64>,
    /// The greatest number allowed.
    pub maximum: Option<i64>,
    /// Of numbers: what they count, such as `days`.
    pub unit: Option<String>,
    /// The last change; none if it was never changed.
    pub changed: Option<Changed>,
}

/// Kinds of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettingKind {
    /// A list of addresses and networks: a list of texts.
    Addresses,
    /// On or off.
    Boolean,
    /// A whole number.
    Integer,
    /// A relative time such as `+30d@d`, or `never` where that is allowed.
    RelativeTime,
}

/// What to change of the settings; what is not given stays. All of it is changed at once, or nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsEdit {
    /// Whether tokens authenticate at all.
    pub token_authentication: Option<bool>,
    /// How long new JWTs and opaque tokens live that say nothing themselves: relative, or `never`.
    pub default_expiration: Option<String>,
    /// How long ephemeral tokens live that say nothing themselves: relative, at most six hours.
    pub ephemeral_expiration: Option<String>,
    /// How many days new tokens in hex live that say nothing themselves.
    pub api_token_expiration_in_days: Option<i64>,
    /// How many days a token in hex may live at most.
    pub api_token_max_expiration_in_days: Option<i64>,
    /// From where every token with a list of addresses may be used.
    pub api_token_trusted_ip_address_list: Option<Vec<String>>,
    /// Whether the address of the client is taken from the header of a trusted proxy.
    pub authenticate_api_token_with_x_forwarded_for_ip: Option<bool>,
    /// How many characters new strings in hex have.
    pub api_token_string_length: Option<i64>,
    /// For how many minutes the string of a new token can be seen again.
    pub api_token_visibility_timeout_in_minutes: Option<i64>,
    /// Whether the Tanium face lists users as summaries only.
    pub users_summary_only: Option<bool>,
    /// The module servers, from which every token may be used.
    pub module_servers: Option<Vec<String>>,
}
