//! What a verifier needs to know of a token, and no more: small, because a verifier keeps a million of them.

use jiff::Timestamp;

use crate::{
    id::{PersonaId, TokenId, TokenNumber, UserId},
    token::{Audience, Form, Origins, Rate, Scope, Status, Token},
};

/// The part of a [`Token`] that its verdict depends on, and that an API behind us is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// Its id.
    pub id: TokenId,
    /// Its number.
    pub number: TokenNumber,
    /// The incarnation of the user it acts for.
    pub owner: UserId,
    /// The persona it acts as.
    pub persona: PersonaId,
    /// What it is for.
    pub audience: Audience,
    /// From when on it is valid, in seconds since the epoch.
    pub not_before: i64,
    /// Until when (exclusive), in seconds since the epoch; the greatest number is never.
    expires: i64,
    /// From where it may be used.
    pub origins: Origins,
    /// What few tokens have.
    limits: Option<Box<Limits>>,
    /// When it was made, in seconds since the epoch. They fit until the year 2106, and make room for a million records
    /// in sixteen megabytes less.
    issued_at: u32,
    /// How its string is written.
    pub form: Form,
    /// Whether it may be used.
    pub status: Status,
    /// Whether another token has taken its place.
    pub is_replaced: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Limits {
    scope: Option<Scope>,
    rate: Option<Rate>,
}

impl Brief {
    /// Until when (exclusive), in seconds since the epoch; `None` is never.
    #[must_use]
    pub fn expires(&self) -> Option<i64> {
        (self.expires != i64::MAX).then_some(self.expires)
    }

    /// When it was made, in seconds since the epoch.
    #[must_use]
    pub fn issued_at(&self) -> i64 {
        self.issued_at.into()
    }

    /// What it is narrowed to; `None` is nothing less than its owner's rights.
    #[must_use]
    pub fn scope(&self) -> Option<&Scope> {
        self.limits.as_ref()?.scope.as_ref()
    }

    /// How often it may be used, where that is its own.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        self.limits.as_ref()?.rate
    }
}

impl From<&Token> for Brief {
    fn from(token: &Token) -> Self {
        let has_limits = token.scope.is_some() || token.rate.is_some();
        Self {
            id: token.id,
            number: token.number,
            owner: token.owner,
            persona: token.persona,
            audience: token.audience.clone(),
            issued_at: u32::try_from(token.issued_at.as_second()).unwrap_or(u32::MAX),
            not_before: token.not_before.as_second(),
            expires: token.expires.map_or(i64::MAX, Timestamp::as_second),
            origins: token.origins.clone(),
            limits: has_limits.then(|| {
                Box::new(Limits {
                    scope: token.scope.clone(),
                    rate: token.rate,
                })
            }),
            form: token.form,
            status: token.status,
            is_replaced: token.replaced_by.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With the two counters of an `Arc` it fits into a piece of 144 bytes.
    #[test]
    fn it_is_small() {
        assert!(size_of::<Brief>() <= 120, "{} bytes", size_of::<Brief>());
    }
}
