//! The one verdict: whether a credential is good, right now. Pure and total; every door asks it and nothing else.
//!
//! By the time it is asked, the credential has been proven genuine (a signature checked, a digest looked up, a
//! password compared); what is decided here is whether it *stands*: spec/splunk.md 1.2 and 6.5, spec/tanium.md 13.

use std::{fmt, sync::Arc};

use jiff::Timestamp;

use crate::{
    audit::named,
    id::{PersonaId, TokenId, UserId},
    principal::{Power, Principal, World},
    secret::Digest,
    session::Session,
    token::{
        Brief, EndReason, Form, Origins, Status, address::ClientAddress, form::splunk_jwt::Claims,
    },
};

/// A credential that has been proven genuine, with what is recorded of it.
#[derive(Debug, Clone, Copy)]
pub enum Credential<'a> {
    /// One that was granted before: does this user still stand, as this persona?
    Acting(UserId, PersonaId),
    /// A token without a record: all there is to know is in its signed claims.
    Ephemeral(&'a Claims),
    /// The user whose password was presented with the request.
    Password(UserId),
    /// A session.
    Session(&'a Session),
    /// A stored token.
    Token(&'a Brief),
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
        /// Used from an address that is not trusted.
        AddressNotTrusted = "ip_not_trusted",
        /// Used from an address that cannot be told: a trusted proxy's header could not be read.
        AddressUnknown = "ip_unknown",
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
        /// No rule of the gate allows the request.
        NoRule = "no_rule",
        /// A token of somebody else, where only one's own will do.
        ForeignToken = "foreign_token",
        /// Not a session, where only one will do.
        NotASession = "not_a_session",
        /// A session, where only a token will do.
        NotAToken = "not_a_token",
        /// Its life has not begun.
        NotYetValid = "not_yet_valid",
        /// The user it acts for no longer exists.
        OwnerGone = "user_deleted",
        /// The user it acts for is locked.
        OwnerLocked = "user_locked",
        /// The persona it acts as no longer exists.
        PersonaGone = "persona_deleted",
        /// The user it acts for may no longer act as its persona.
        PersonaUnassigned = "persona_unassigned",
        /// The user it acts for may not use tokens of this form.
        PrivilegeMissing = "privilege_missing",
        /// It has been deleted.
        Revoked = "revoked",
        /// Another token has taken its place.
        Rotated = "rotated",
        /// Used more often than it may be, or tried too often.
        RateLimited = "rate_limited",
        /// Good, but it does not carry the scope, or its user not the capability, that the request needs.
        ScopeInsufficient = "insufficient_scope",
        /// No session has this key, or it has ended.
        SessionUnknown = "session_unknown",
        /// The session lay idle too long.
        SessionIdle = "session_idle",
        /// All tokens of its epoch have been revoked.
        Superseded = "superseded",
        /// Token authentication is turned off.
        TokensDisabled = "tokens_disabled",
        /// Genuine, but nothing is known of such a token.
        Unknown = "unknown_token",
        /// Signed with a key that is not in the ring.
        UnknownKey = "unknown_key",
        /// A way of authenticating that is not offered.
        UnknownScheme = "unknown_scheme",
        /// Good, but not for this API.
        WrongAudience = "wrong_audience",
        /// No such user, or the wrong password.
        WrongPassword = "wrong_password",
    }
}

impl From<EndReason> for Reason {
    fn from(reason: EndReason) -> Self {
        match reason {
            EndReason::OwnerGone => Self::OwnerGone,
            EndReason::Revoked => Self::Revoked,
            EndReason::Rotated => Self::Rotated,
        }
    }
}

/// Decides. `Err` never happens here: what cannot be looked up never gets this far.
#[must_use]
pub fn decide(
    credential: Credential<'_>,
    world: &World,
    now: Timestamp,
    client: ClientAddress,
) -> Verdict {
    match judge(credential, world, now, client) {
        Ok(grant) => Verdict::Granted(grant),
        Err(reason) => Verdict::Denied(reason),
    }
}

fn judge(
    credential: Credential<'_>,
    world: &World,
    now: Timestamp,
    client: ClientAddress,
) -> Result<Grant, Reason> {
    match credential {
        Credential::Acting(user, persona) => grant(user, persona, Via::Password, world),
        Credential::Ephemeral(claims) => ephemeral(claims, world, now),
        Credential::Password(user) => grant(user, PersonaId::DEFAULT, Via::Password, world),
        Credential::Session(session) => {
            if session.is_idle(now) {
                return Err(Reason::SessionIdle);
            }
            let via = Via::Session(session.digest);
            grant(session.user, session.persona, via, world)
        }
        Credential::Token(token) => stored(token, world, now, client),
    }
}

/// All of [`Check`], in its order; the last three with one look for the user.
fn stored(
    token: &Brief,
    world: &World,
    now: Timestamp,
    client: ClientAddress,
) -> Result<Grant, Reason> {
    use Check::{Address, Begin, End, Feature, Status};
    for check in [Feature, Status, Begin, End, Address] {
        check.of(token, world, now, client)?;
    }
    let owner = owner(token.owner, world)?;
    let principal = if token.persona == PersonaId::DEFAULT {
        owner
    } else {
        acting(token.owner, token.persona, world)?
    };
    privilege(token, principal)?;
    let principal = match token.scope() {
        None => Arc::clone(principal),
        Some(scope) => Arc::new(principal.narrowed(scope)),
    };
    Ok(Grant {
        principal,
        via: Via::Token(token.id),
    })
}

named! {
    /// What a stored token must pass, in this order. The first that fails is the reason of the refusal.
    Check {
        /// Token authentication is on.
        Feature = "token authentication is enabled",
        /// Its own status is enabled.
        Status = "the token is enabled",
        /// Its life has begun.
        Begin = "the token is valid already",
        /// Its life has not ended.
        End = "the token has not expired",
        /// It is used from where it may be.
        Address = "the address is trusted",
        /// Its user is there, and not locked.
        Owner = "the user exists and is not locked",
        /// He may still act as its persona.
        Persona = "the user may act as the persona",
        /// He may use tokens of its form.
        Privilege = "the persona may use tokens",
    }
}

impl Check {
    /// Whether the token passes. Where an earlier check fails, what a later one says is what it would say by itself.
    pub fn of(
        self,
        token: &Brief,
        world: &World,
        now: Timestamp,
        client: ClientAddress,
    ) -> Result<(), Reason> {
        match self {
            Self::Feature => tokens_enabled(world),
            Self::Status if token.status == Status::Disabled => Err(Reason::Disabled),
            Self::Status => Ok(()),
            Self::Begin => begun(token.not_before, now),
            Self::End => match not_ended(token.expires(), now) {
                Err(_) if token.is_replaced => Err(Reason::Rotated),
                checked => checked,
            },
            Self::Address => address(&token.origins, world, client),
            Self::Owner => owner(token.owner, world).map(|_| ()),
            Self::Persona => acting(token.owner, token.persona, world).map(|_| ()),
            Self::Privilege => match world.acting(token.owner, token.persona) {
                Some(principal) => privilege(token, principal),
                None if token.form != Form::Hex => Ok(()),
                None => Err(Reason::PrivilegeMissing),
            },
        }
    }
}

fn ephemeral(claims: &Claims, world: &World, now: Timestamp) -> Result<Grant, Reason> {
    tokens_enabled(world)?;
    begun(claims.not_before, now)?;
    not_ended(Some(claims.expires), now)?;
    let owner = claims.owner.as_ref().ok_or(Reason::Malformed)?;
    let user = UserId::from_number(owner.user);
    let grant = grant(user, PersonaId::DEFAULT, Via::Ephemeral(claims.id), world)?;
    let now = &grant.principal.user;
    if now.token_epoch != owner.epoch || now.name.as_str() != claims.subject {
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

fn begun(not_before: i64, now: Timestamp) -> Result<(), Reason> {
    if now.as_second() < not_before {
        return Err(Reason::NotYetValid);
    }
    Ok(())
}

/// Seconds since the epoch; `expires` is exclusive, and `None` is never.
fn not_ended(expires: Option<i64>, now: Timestamp) -> Result<(), Reason> {
    if expires.is_some_and(|expires| now.as_second() >= expires) {
        return Err(Reason::Expired);
    }
    Ok(())
}

/// spec/tanium.md 9: module servers, the list of the settings and the token's own list together.
fn address(origins: &Origins, world: &World, client: ClientAddress) -> Result<(), Reason> {
    let Origins::Trusted(own) = origins else {
        return Ok(());
    };
    let settings = &world.settings().api_tokens;
    let lists = [own, &settings.trusted_addresses, &settings.module_servers];
    match client {
        ClientAddress::Unknown => Err(Reason::AddressUnknown),
        ClientAddress::Known(ip) if lists.iter().any(|list| list.contains(ip)) => Ok(()),
        ClientAddress::Known(_) => Err(Reason::AddressNotTrusted),
    }
}

fn owner(user: UserId, world: &World) -> Result<&Arc<Principal>, Reason> {
    let principal = world.principal(user).ok_or(Reason::OwnerGone)?;
    if principal.user.deleted {
        return Err(Reason::OwnerGone);
    }
    if principal.user.locked {
        return Err(Reason::OwnerLocked);
    }
    Ok(principal)
}

/// Never the default persona in the place of one that is gone (NT-15).
fn acting(user: UserId, persona: PersonaId, world: &World) -> Result<&Arc<Principal>, Reason> {
    let is_there = || {
        world
            .personas()
            .get(&persona)
            .is_some_and(|persona| !persona.deleted)
    };
    match world.acting(user, persona) {
        Some(principal) => Ok(principal),
        None if is_there() => Err(Reason::PersonaUnassigned),
        None => Err(Reason::PersonaGone),
    }
}

/// Every user may use Splunk's tokens and our own; Tanium's need the privilege `use token` (spec/tanium.md 6.4).
fn privilege(token: &Brief, principal: &Principal) -> Result<(), Reason> {
    if token.form != Form::Hex || principal.rights.has(Power::TokensUse) {
        Ok(())
    } else {
        Err(Reason::PrivilegeMissing)
    }
}

fn grant(user: UserId, persona: PersonaId, via: Via, world: &World) -> Result<Grant, Reason> {
    owner(user, world)?;
    Ok(Grant {
        principal: Arc::clone(acting(user, persona, world)?),
        via,
    })
}

#[cfg(test)]
mod tests;
