//! Which version of Splunk the Splunk-compatible API answers like, where versions differ (spec/splunk.md 3.2, 6.1).

use tokenry_core::{
    settings::{Settings, TokensAuth},
    token::when::When,
};

use crate::config::Compat;

/// What a version means.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// As clients see it.
    pub version: &'static str,
    /// Likewise: ours, in twelve hex digits.
    pub build: &'static str,
    /// Whether tokens are written in the second layout (`ver` v2, `idp` Splunk).
    pub second_layout: bool,
    /// The default lifetime of tokens in a new installation.
    expiration: &'static str,
}

impl From<Compat> for Profile {
    fn from(compat: Compat) -> Self {
        let (version, expiration) = match compat {
            Compat::V7_3 => ("7.3.0", "never"),
            Compat::V8_2 => ("8.2.0", "never"),
            Compat::V9_0 => ("9.0.0", "+30d"),
            Compat::V9_2 => ("9.2.0", "+30d"),
        };
        // "tokenr" in hex.
        Self {
            version,
            build: "746f6b656e72",
            second_layout: compat == Compat::V9_2,
            expiration,
        }
    }
}

impl Profile {
    /// The settings of a new installation. Token authentication is always on: that is what it is installed for.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let expiration = When::parse(self.expiration).unwrap_or(When::Never);
        Settings {
            tokens_auth: TokensAuth {
                expiration,
                ..TokensAuth::default()
            },
            ..Settings::default()
        }
    }
}
