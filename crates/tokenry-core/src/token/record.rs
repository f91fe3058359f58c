//! The record of a token: what is kept. Never the string itself, nor anything that could stand in for it (NT-45).

use std::{fmt, net::IpAddr, str::FromStr, sync::Arc};

use jiff::Timestamp;

use crate::{
    audit::named,
    error::Error,
    id::{PersonaId, TokenId, TokenNumber, UserId, UserName, is_unprintable},
    token::{Rate, Scope, address::Networks, form::splunk_jwt::Version},
};

/// A stored token. All but `status`, `last_used`, what an edit may change (`name`, `notes`, `audience`, `origins`) and what
/// a rotation with an overlap changes is fixed when it is created (spec/splunk.md 1.2, spec/tanium.md 4.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Public identifier: the JWT's `jti`, or what a string of hex digits hashes to.
    pub id: TokenId,
    /// Its number; 0 until it is stored.
    pub number: TokenNumber,
    /// How its string is written.
    pub form: Form,
    /// The incarnation of the user it acts for.
    pub owner: UserId,
    /// The persona it acts as, and no other.
    pub persona: PersonaId,
    /// That user's name, the JWT's `sub`.
    pub subject: UserName,
    /// What it is for, the JWT's `aud`.
    pub audience: Audience,
    /// `<creating user> from <server name>`, the JWT's `iss`.
    pub issuer: String,
    /// The authentication scheme at creation, the JWT's `idp`.
    pub identity_provider: String,
    /// The id of the key that signed it, the JWT's `kid`.
    pub key_id: String,
    /// The JWT layout, its `ver`.
    pub version: Version,
    /// When it was made; whole seconds, the JWT's `iat`.
    pub issued_at: Timestamp,
    /// From when on it is valid; whole seconds, the JWT's `nbr`.
    pub not_before: Timestamp,
    /// Until when (exclusive); whole seconds. `None` is never, the JWT's `exp` 0.
    pub expires: Option<Timestamp>,
    /// Whether it may be used.
    pub status: Status,
    /// Its last use, coalesced: at most one interval behind.
    pub last_used: Option<Use>,
    /// What people call it; may be empty.
    pub name: String,
    /// What it is for, in its maker's words; may be empty.
    pub notes: String,
    /// From where it may be used.
    pub origins: Origins,
    /// The number of days it was to live, where it was made for so many.
    pub days: Option<u32>,
    /// What it is narrowed to; `None` is nothing less than its owner's rights.
    pub scope: Option<Scope>,
    /// How often it may be used, where that is not left to the settings.
    pub rate: Option<Rate>,
    /// The token that took its place. It lives on until `expires`, so that both work for a while.
    pub replaced_by: Option<TokenId>,
}

impl Token {
    /// The longest notes, in characters (NT-63).
    pub const MAX_NOTES: usize = 4096;
    /// The longest name, in characters.
    pub const MAX_NAME: usize = 255;

    /// Whether its life has ended.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires
            .is_some_and(|end| now.as_second() >= end.as_second())
    }
}

named! {
    /// How a token's string is written.
    Form {
        /// `token-` and hex digits: Tanium's.
        Hex = "hex",
        /// Letters and digits with a prefix, a checksum and a MAC: our own.
        Opaque = "opaque",
        /// A JWT, as Splunk signs them.
        SplunkJwt = "splunk_jwt",
    }
}

/// From where a token may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// From anywhere: Splunk's tokens.
    Anywhere,
    /// From module servers, from where the settings trust all tokens, and from these (spec/tanium.md 9).
    Trusted(Networks),
}

/// That and why a token was ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: EndReason,
}

named! {
    /// Why a token was ended.
    EndReason {
        /// Its user was deleted for good.
        OwnerGone = "user_deleted",
        /// Somebody deleted it.
        Revoked = "revoked",
        /// Another took its place.
        Rotated = "rotated",
    }
}

/// What is kept of a token that is no more, so that the log can say why its string is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The token.
    pub id: TokenId,
    /// Its number.
    pub number: TokenNumber,
    /// The name of the user it acted for.
    pub subject: UserName,
    /// Its end.
    pub end: End,
}

/// When and from where a token was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// When, to the second.
    pub at: Timestamp,
    /// The client's address.
    pub address: IpAddr,
}

/// Whether a token may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It stays, but is refused.
    Disabled,
    /// It may be used.
    Enabled,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
        })
    }
}

impl FromStr for Status {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "disabled" => Ok(Self::Disabled),
            "enabled" => Ok(Self::Enabled),
            _ => Err(Error::invalid("status", "must be enabled or disabled")),
        }
    }
}

/// What a token is for: free text of 1 to 256 characters (spec/splunk.md 2.4), without control characters or
/// characters that show nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Audience(Arc<str>);

impl Audience {
    /// The longest audience, in characters.
    pub const MAX_CHARS: usize = 256;

    /// Parses an audience as a client wrote it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |why: &str| Err(Error::invalid("audience", why));
        if text.trim().is_empty() {
            return refuse("must not be empty");
        }
        if text.chars().count() > Self::MAX_CHARS {
            return refuse("must be at most 256 characters long");
        }
        if text.chars().any(is_unprintable) {
            return refuse("must not contain control or invisible characters");
        }
        Ok(Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
