//! Every knob that administrators turn while the server runs, with its vendor name, range and default. What is set
//! before start is configuration, and not here.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{
    error::Error,
    token::{address::Networks, lifetime, when::When},
};

/// All settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The `[tokens_auth]` stanza of the Splunk seed.
    pub tokens_auth: TokensAuth,
    /// The `api_token_…` settings of the Tanium seed.
    pub api_tokens: ApiTokens,
}

/// API tokens in the words of the Tanium seed (spec/tanium.md 7.1). Its numbers are JSON numbers on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiTokens {
    /// `api_token_expiration_in_days`: the life of a token made without one, 1 to [`ApiTokens::MAX_DAYS`]. Default: 7.
    pub expiration_in_days: u32,
    /// `api_token_max_expiration_in_days`: the longest life that can be asked for, in the same range. Default: 365.
    pub max_expiration_in_days: u32,
    /// `api_token_trusted_ip_address_list`: from where every token may be used. Default: from nowhere.
    pub trusted_addresses: Networks,
    /// `authenticate_api_token_with_x_forwarded_for_ip`: take the client's address from the header of a trusted proxy.
    /// Needs proxies to be trusted by the configuration. Default: false.
    pub use_x_forwarded_for: bool,
    /// `api_token_string_length`: 64 to 1024 characters. Default: 64.
    pub string_length: u32,
    /// `api_token_visibility_timeout_in_minutes` (our own name): for how long its maker can see a string again, 0 to
    /// [`ApiTokens::MAX_VISIBILITY`]. Default: 5.
    pub visibility_timeout_in_minutes: u32,
    /// `UsersNonSummaryViewDisallowed`: users can be listed with the option `summary` only. Default: false.
    pub summary_only: bool,
    /// The local setting `ModuleServer`: addresses from where every token may be used, list or no list. Default: none.
    pub module_servers: Networks,
}

impl ApiTokens {
    /// The longest life that can be allowed: a hundred years.
    pub const MAX_DAYS: u32 = 36_500;
    /// The longest time for which a string can be seen again, in minutes.
    pub const MAX_VISIBILITY: u32 = 60;
    /// The lengths a string may have, in characters.
    pub const LENGTHS: std::ops::RangeInclusive<u32> = 64..=1024;

    /// The life of a token made without one: the default, but never more than the maximum.
    #[must_use]
    pub fn default_days(&self) -> u32 {
        self.expiration_in_days.min(self.max_expiration_in_days)
    }
}

impl Default for ApiTokens {
    fn default() -> Self {
        Self {
            expiration_in_days: 7,
            max_expiration_in_days: 365,
            trusted_addresses: Networks::default(),
            use_x_forwarded_for: false,
            string_length: 64,
            visibility_timeout_in_minutes: 5,
            summary_only: false,
            module_servers: Networks::default(),
        }
    }
}

/// Token authentication as a whole (spec/splunk.md 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokensAuth {
    /// `disabled`: no token authenticates, whatever its own status. Default: false.
    pub disabled: bool,
    /// `expiration`: the lifetime of a token that is made without one: relative, or `never`. Default: `never`.
    pub expiration: When,
    /// `ephemeralExpiration`: the same for ephemeral tokens: relative, at most `+6h`. Default: `+1h`.
    pub ephemeral_expiration: When,
}

impl Default for TokensAuth {
    fn default() -> Self {
        let one_hour = When::parse("+1h").unwrap_or(When::Never);
        Self {
            disabled: false,
            expiration: When::Never,
            ephemeral_expiration: one_hour,
        }
    }
}

impl TokensAuth {
    /// Parses `expiration`: a relative time that leads forward, at most `+18y`, or `never`.
    pub fn parse_expiration(text: &str, now: Timestamp) -> Result<When, Error> {
        let when = parse_relative("expiration", text)?;
        if let Some(end) = resolve("expiration", &when, now)? {
            lifetime::check_ceiling("expiration", end, now)?;
        }
        Ok(when)
    }

    /// Parses `ephemeralExpiration`: a relative time that leads forward, at most `+6h`.
    pub fn parse_ephemeral_expiration(text: &str, now: Timestamp) -> Result<When, Error> {
        const FIELD: &str = "ephemeralExpiration";
        let when = parse_relative(FIELD, text)?;
        let end = resolve(FIELD, &when, now)?.ok_or_else(|| {
            Error::invalid(FIELD, "an ephemeral token must expire; give at most +6h")
        })?;
        lifetime::check_ephemeral(FIELD, end, now)?;
        Ok(when)
    }
}

fn parse_relative(field: &'static str, text: &str) -> Result<When, Error> {
    match When::parse(text) {
        Ok(When::Absolute(..)) => Err(Error::invalid(
            field,
            "must be relative, such as +30d, or never",
        )),
        Ok(when) => Ok(when),
        Err(error) => Err(Error::invalid(field, error.to_string())),
    }
}

/// A default must lead forward whenever a token is made. One with a snap, such as `+5m@h`, may do so now and fall behind
/// later in the hour; so it is tried at each second of a minute, each minute of an hour, each hour of a day and each day
/// of a year.
fn resolve(field: &'static str, when: &When, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let every =
        |step: i64, count: i64| (0..count).map(move |n| SignedDuration::from_secs(step * n));
    let moments = every(1, 60)
        .chain(every(60, 60))
        .chain(every(3600, 24))
        .chain(every(86_400, 366));
    for later in moments {
        let at = now + later;
        if end(field, when, at)?.is_some_and(|end| end <= at) {
            return Err(Error::invalid(field, "must always lead into the future"));
        }
    }
    end(field, when, now)
}

fn end(field: &'static str, when: &When, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    when.resolve(now, &TimeZone::UTC)
        .map_err(|error| Error::invalid(field, error.to_string()))
}

/// The names settings are stored under.
mod key {
    pub(super) const API_EXPIRATION: &str = "api_tokens.expiration_in_days";
    pub(super) const API_LENGTH: &str = "api_tokens.string_length";
    pub(super) const API_MAX_EXPIRATION: &str = "api_tokens.max_expiration_in_days";
    pub(super) const API_SUMMARY: &str = "api_tokens.summary_only";
    pub(super) const API_TRUSTED: &str = "api_tokens.trusted_addresses";
    pub(super) const API_VISIBILITY: &str = "api_tokens.visibility_timeout_in_minutes";
    pub(super) const API_X_FORWARDED_FOR: &str = "api_tokens.use_x_forwarded_for";
    pub(super) const MODULE_SERVERS: &str = "api_tokens.module_servers";
    pub(super) const DISABLED: &str = "tokens_auth.disabled";
    pub(super) const EPHEMERAL_EXPIRATION: &str = "tokens_auth.ephemeral_expiration";
    pub(super) const EXPIRATION: &str = "tokens_auth.expiration";
}

impl Settings {
    /// The settings as a store keeps them: name and value.
    #[must_use]
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let (tokens, api) = (&self.tokens_auth, &self.api_tokens);
        vec![
            (key::API_EXPIRATION, api.expiration_in_days.to_string()),
            (key::API_LENGTH, api.string_length.to_string()),
            (
                key::API_MAX_EXPIRATION,
                api.max_expiration_in_days.to_string(),
            ),
            (key::API_SUMMARY, u8::from(api.summary_only).to_string()),
            (key::API_TRUSTED, api.trusted_addresses.to_string()),
            (
                key::API_VISIBILITY,
                api.visibility_timeout_in_minutes.to_string(),
            ),
            (
                key::API_X_FORWARDED_FOR,
                u8::from(api.use_x_forwarded_for).to_string(),
            ),
            (key::MODULE_SERVERS, api.module_servers.to_string()),
            (key::DISABLED, u8::from(tokens.disabled).to_string()),
            (
                key::EPHEMERAL_EXPIRATION,
                tokens.ephemeral_expiration.to_string(),
            ),
            (key::EXPIRATION, tokens.expiration.to_string()),
        ]
    }

    /// Reads what [`Settings::to_pairs`] wrote; a name that is missing has its default, an unknown one is a defect.
    pub fn from_pairs<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Error> {
        let mut settings = Self::default();
        let (tokens, api) = (&mut settings.tokens_auth, &mut settings.api_tokens);
        for (name, value) in pairs {
            let when = || {
                When::parse(value)
                    .map_err(|error| Error::internal(format!("setting {name}: {error}")))
            };
            // A list with an item that cannot be read trusts the others, never more.
            let networks = || Networks::from_stored(value).0;
            match name {
                key::API_EXPIRATION => api.expiration_in_days = number(name, value)?,
                key::API_LENGTH => api.string_length = number(name, value)?,
                key::API_MAX_EXPIRATION => api.max_expiration_in_days = number(name, value)?,
                key::API_SUMMARY => api.summary_only = flag(name, value)?,
                key::API_TRUSTED => api.trusted_addresses = networks(),
                key::API_VISIBILITY => api.visibility_timeout_in_minutes = number(name, value)?,
                key::API_X_FORWARDED_FOR => api.use_x_forwarded_for = flag(name, value)?,
                key::MODULE_SERVERS => api.module_servers = networks(),
                key::DISABLED => tokens.disabled = flag(name, value)?,
                key::EPHEMERAL_EXPIRATION => tokens.ephemeral_expiration = when()?,
                key::EXPIRATION => tokens.expiration = when()?,
                _ => {
                    return Err(Error::internal(format!(
                        "setting {name} is not known to this version"
                    )));
                }
            }
        }
        Ok(settings)
    }
}

/// Anything but 0 and 1 is a defect: a switch that is read wrongly must not turn token authentication on.
fn flag(name: &str, value: &str) -> Result<bool, Error> {
    match value {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(Error::internal(format!(
            "setting {name} is neither 0 nor 1"
        ))),
    }
}

fn number(name: &str, value: &str) -> Result<u32, Error> {
    value
        .parse()
        .map_err(|_| Error::internal(format!("setting {name} is not a number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_the_store() {
        let all = Settings {
            tokens_auth: TokensAuth {
                disabled: true,
                expiration: When::parse("+30d@d").unwrap(),
                ephemeral_expiration: When::parse("+6h").unwrap(),
            },
            api_tokens: ApiTokens {
                expiration_in_days: 1,
                max_expiration_in_days: 2,
                trusted_addresses: Networks::parse("", "192.0.2.0/24,::1").unwrap(),
                use_x_forwarded_for: true,
                string_length: 134,
                visibility_timeout_in_minutes: 0,
                summary_only: true,
                module_servers: Networks::parse("", "192.0.2.9").unwrap(),
            },
        };
        for settings in [Settings::default(), all] {
            let pairs = settings.to_pairs();
            let read = Settings::from_pairs(pairs.iter().map(|(name, text)| (*name, &**text)));
            assert_eq!(read, Ok(settings));
        }
    }

    #[test]
    fn what_is_not_stored_has_its_default() {
        let defaults = TokensAuth {
            disabled: false,
            expiration: When::Never,
            ephemeral_expiration: When::parse("+1h").unwrap(),
        };
        assert_eq!(Settings::from_pairs([]).unwrap().tokens_auth, defaults);
        let one = Settings::from_pairs([("tokens_auth.expiration", "+1d")]);
        let expiration = When::parse("+1d").unwrap();
        let expected = TokensAuth {
            expiration,
            ..defaults
        };
        assert_eq!(one.unwrap().tokens_auth, expected);
    }

    #[test]
    fn what_cannot_be_read_is_a_defect_and_never_a_default() {
        for pair in [
            ("tokens_auth.disabled", "true"),
            ("tokens_auth.disabled", ""),
            ("tokens_auth.expiration", "soon"),
            ("tokens_auth.ephemeral_expiration", ""),
            ("tokens_auth.unheard_of", "1"),
            ("api_tokens.string_length", "many"),
            ("api_tokens.use_x_forwarded_for", ""),
        ] {
            let read = Settings::from_pairs([pair]);
            assert!(matches!(read, Err(Error::Internal { .. })), "{pair:?}");
        }
    }
}
