//! Every knob that administrators turn while the server runs, with its vendor name, range and default. What is set
//! before start is configuration, and not here.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{error::Error, token::lifetime, token::when::When};

/// All settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The `[tokens_auth]` stanza of the Splunk seed.
    pub tokens_auth: TokensAuth,
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
    pub(super) const DISABLED: &str = "tokens_auth.disabled";
    pub(super) const EPHEMERAL_EXPIRATION: &str = "tokens_auth.ephemeral_expiration";
    pub(super) const EXPIRATION: &str = "tokens_auth.expiration";
}

impl Settings {
    /// The settings as a store keeps them: name and value.
    #[must_use]
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let tokens = &self.tokens_auth;
        vec![
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
        let tokens = &mut settings.tokens_auth;
        for (name, value) in pairs {
            let when = || {
                When::parse(value)
                    .map_err(|error| Error::internal(format!("setting {name}: {error}")))
            };
            match name {
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
        ] {
            let read = Settings::from_pairs([pair]);
            assert!(matches!(read, Err(Error::Internal { .. })), "{pair:?}");
        }
    }
}
