//! The one verdict: whether a credential is good, right now. Pure and total; every door asks it and nothing else.
//!
//! By the time it is asked, the credential has been proven genuine (a signature checked, a digest looked up, a
//! password compared); what is decided here is whether it *stands*: spec/splunk.md 1.2 and 6.5.

use std::{fmt, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use crate::{
    audit::named,
    id::{TokenId, UserId},
    principal::{Principal, World},
    secret::Digest,
    session::Session,
    token::{Status, Token, form::splunk_jwt::Claims},
};

/// A credential that has been proven genuine, with what is recorded of it.
#[derive(Debug, Clone, Copy)]
pub enum Credential<'a> {
    /// A token without a record: all there is to know is in its signed claims.
    Ephemeral(&'a Claims),
    /// The user whose password was presented with the request.
    Password(UserId),
    /// A session, and how long it may lie idle.
    Session(&'a Session, SignedDuration),
    /// A stored token.
    Token(&'a Token),
}

/// The answer of the one decision function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Refused, and precisely why: for the log, never for the stranger.
    Denied(Reason),
    /// Granted, to whom.
    Granted(Grant),
}

/// Who acts, with which rights, by which credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The user and his rights at this moment.
    pub principal: Arc<Principal>,
    /// What he showed.
    pub via: Via,
}

/// The credential that was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// A token without a record.
    Ephemeral(TokenId),
    /// A password, for this request alone.
    Password,
    /// A session.
    Session(Digest),
    /// A stored token.
    Token(TokenId),
}

named! {
    /// Why a credential was refused.
    Reason {
        /// Several credentials, or one that can be read in two ways.
        Ambiguous = "ambiguous",
        /// Signed, but its signature is wrong.
        BadSignature = "bad_signature",
        /// Its own status is disabled.
        Disabled = "disabled",
        /// Its life has ended.
        Expired = "expired",
        /// Too many wrong passwords; for a while even the right one is refused.
        LockedOut = "locked_out",
        /// Its string has not the form of a credential.
        Malformed = "malformed",
        /// No credential at all.
        Missing = "missing",
        /// Its life has not begun.
        NotYetValid = "not_yet_valid",
        /// The user it acts for no longer exists.
        OwnerGone = "owner_gone",
        /// The user it acts for is locked.
        OwnerLocked = "owner_locked",
        /// No session has this key, or it has ended.
        SessionUnknown = "session_unknown",
        /// The session lay idle too long.
        SessionIdle = "session_idle",
        /// All tokens of its epoch have been revoked.
        Superseded = "superseded",
        /// Token authentication is turned off.
        TokensDisabled = "tokens_disabled",
        /// Genuine, but there is no such token: it has been deleted.
        Unknown = "unknown",
        /// Signed with a key that is not in the ring.
        UnknownKey = "unknown_key",
        /// A way of authenticating that is not offered.
        UnknownScheme = "unknown_scheme",
        /// No such user, or the wrong password.
        WrongPassword = "wrong_password",
    }
}

/// Decides. `Err` never happens here: what cannot be looked up never gets this far.
#[must_use]
pub fn decide(credential: Credential<'_>, world: &World, now: Timestamp) -> Verdict {
    match judge(credential, world, now) {
        Ok(grant) => Verdict::Granted(grant),
        Err(reason) => Verdict::Denied(reason),
    }
}

fn judge(credential: Credential<'_>, world: &World, now: Timestamp) -> Result<Grant, Reason> {
    match credential {
        Credential::Ephemeral(claims) => ephemeral(claims, world, now),
        Credential::Password(user) => grant(user, Via::Password, world),
        Credential::Session(session, idle_timeout) => {
            if session.is_idle(now, idle_timeout) {
                return Err(Reason::SessionIdle);
            }
            grant(session.user, Via::Session(session.digest), world)
        }
        Credential::Token(token) => stored(token, world, now),
    }
}

fn stored(token: &Token, world: &World, now: Timestamp) -> Result<Grant, Reason> {
    tokens_enabled(world)?;
    if token.status == Status::Disabled {
        return Err(Reason::Disabled);
    }
    alive(
        token.not_before.as_second(),
        token.expires.map(Timestamp::as_second),
        now,
    )?;
    grant(token.owner, Via::Token(token.id), world)
}

fn ephemeral(claims: &Claims, world: &World, now: Timestamp) -> Result<Grant, Reason> {
    tokens_enabled(world)?;
    alive(claims.not_before, Some(claims.expires), now)?;
    let owner = claims.owner.as_ref().ok_or(Reason::Malformed)?;
    let grant = grant(
        UserId::from_number(owner.user),
        Via::Ephemeral(claims.id),
        world,
    )?;
    if grant.principal.user.token_epoch != owner.epoch {
        return Err(Reason::Superseded);
    }
    Ok(grant)
}

fn tokens_enabled(world: &World) -> Result<(), Reason> {
    if world.settings().tokens_auth.disabled {
        Err(Reason::TokensDisabled)
    } else {
        Ok(())
    }
}

/// Seconds since the epoch; `expires` is exclusive, and `None` is never.
fn alive(not_before: i64, expires: Option<i64>, now: Timestamp) -> Result<(), Reason> {
    let now = now.as_second();
    if now < not_before {
        return Err(Reason::NotYetValid);
    }
    if expires.is_some_and(|expires| now >= expires) {
        return Err(Reason::Expired);
    }
    Ok(())
}

fn grant(user: UserId, via: Via, world: &World) -> Result<Grant, Reason> {
    let principal = world.principal(user).ok_or(Reason::OwnerGone)?;
    if principal.user.locked {
        return Err(Reason::OwnerLocked);
    }
    Ok(Grant {
        principal: Arc::clone(principal),
        via,
    })
}

#[cfg(test)]
mod tests;
