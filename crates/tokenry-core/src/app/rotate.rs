//! Rotates a token: another one takes its place, with the same user, persona, audience, notes, addresses, scope and
//! length of life (spec/tanium.md 4.4). At once, or with an overlap during which both strings work. The token is the
//! one of a string, or the one of an id.

use jiff::SignedDuration;

use crate::{
    app::{
        App, Caller, CreatedApiToken, IssuedToken, Shape,
        api_tokens::created,
        edit_token::editable,
        issue_token::{after_days, persona_to_bind, scope},
    },
    audit::Action,
    change::Change,
    error::Error,
    id::TokenId,
    permit::{Permit, Wish},
    port::{Batch, Write},
    principal::Principal,
    secret::Plaintext,
    settings::ApiTokens,
    token::{
        Brief, End, EndReason, Form, Token,
        form::{
            hex::{self, HexError},
            opaque,
        },
        lifetime::{Lifetime, whole_seconds},
    },
    verify::{Check, Reason},
};

/// How a token is to be rotated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rotation {
    /// For how long the old string goes on to work. Zero ends it with the answer.
    pub overlap: SignedDuration,
    /// Whom a new string of our own form is for. The record does not say what stood in the old one, so it is
    /// [`opaque::Kind::Personal`] if not given. Other forms have none.
    pub kind: Option<opaque::Kind>,
}

impl Rotation {
    /// The longest overlap: a week.
    pub const MAX_OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);
}

/// A rotation that may take place: what is replaced, by what.
struct Heir {
    permit: Permit,
    token: Token,
    string: Plaintext,
}

impl App {
    /// Rotates the token of this string, which must be the caller's own and alive; the prefix may be missing, or be
    /// there many times. Of two who rotate it at once exactly one succeeds. An `overlap` of zero ends the old string
    /// with the answer.
    ///
    /// [`Error::Unauthenticated`] where the string does not stand: the reason is for the log.
    pub async fn rotate_token(
        &self,
        caller: &Caller,
        presented: &Plaintext,
        overlap: SignedDuration,
    ) -> Result<CreatedApiToken, Error> {
        self.tokens_enabled()?;
        let permit = caller.may(Wish::RotateTokens)?;
        check_overlap(overlap)?;
        let old = self.token_to_rotate(caller, presented).await?;
        let (token, string) = self.heir_of(caller, &old, caller.principal(), Shape::Hex)?;
        let heir = Heir {
            permit,
            token,
            string,
        };
        match self.replace(caller, &old, heir, overlap).await {
            Err(Error::Conflict { .. }) => Err(Error::Unauthenticated(Reason::Rotated)),
            rotated => rotated,
        }
    }

    /// Rotates the token of this id, of whatever form: one's own, or anybody's for who may make tokens for him. The
    /// new string acts as the old one does, so a token, one who is narrowed, or one who acts as a persona rotates
    /// none that may do more than himself (NT-21).
    ///
    /// [`Error::Conflict`] where the token does not stand, or no longer.
    pub async fn rotate_token_of(
        &self,
        caller: &Caller,
        id: TokenId,
        rotation: Rotation,
    ) -> Result<IssuedToken, Error> {
        self.tokens_enabled()?;
        let (old, permit) = self.may_rotate(caller, id).await?;
        check_overlap(rotation.overlap)?;
        self.stands(caller, &old)
            .map_err(|reason| Error::conflict(in_words(reason)))?;
        let world = self.world();
        let owner = world.principal(old.owner);
        let owner = owner.ok_or_else(|| Error::not_found("token", id.to_hex()))?;
        persona_to_bind(caller, &world, owner, Some(old.persona))?;
        if scope(caller, old.scope.clone())? != old.scope {
            return caller.refuse("a token that is narrowed no more than the one to rotate");
        }
        let shape = match old.form {
            Form::Hex => Shape::Hex,
            Form::Opaque => Shape::Opaque(rotation.kind.unwrap_or(opaque::Kind::Personal)),
            Form::SplunkJwt => Shape::SplunkJwt,
        };
        let (token, string) = self.heir_of(caller, &old, owner, shape)?;
        let heir = Heir {
            permit,
            token,
            string,
        };
        let CreatedApiToken { token, string } =
            match self.replace(caller, &old, heir, rotation.overlap).await {
                Err(Error::Conflict { .. }) => Err(Error::conflict(
                    "The token was changed, rotated or deleted meanwhile",
                )),
                rotated => rotated,
            }?;
        Ok(IssuedToken { token, string })
    }

    /// The token, and the leave to rotate it. One that the caller may neither rotate nor see looks like one that does
    /// not exist (NT-19).
    async fn may_rotate(&self, caller: &Caller, id: TokenId) -> Result<(Token, Permit), Error> {
        let unknown = || Error::not_found("token", id.to_hex());
        let token = self.store().token(id).await?.ok_or_else(unknown)?;
        match caller.may(Wish::rotate(caller.id(), token.owner)) {
            Err(_) if caller.may(Wish::ListTokens(token.owner)).is_err() => Err(unknown()),
            permit => Ok((token, permit?)),
        }
    }

    /// What is to take the place of a token that stands: like it in all but id, number, string and times. It lives as
    /// long as the old one was to, from now on; one in hex no more days than are allowed now (NT-26, NT-27).
    fn heir_of(
        &self,
        caller: &Caller,
        old: &Token,
        owner: &Principal,
        shape: Shape,
    ) -> Result<(Token, Plaintext), Error> {
        let (life, days) = life(caller, old, &self.world().settings().api_tokens)?;
        let token = Token {
            persona: old.persona,
            name: old.name.clone(),
            notes: old.notes.clone(),
            origins: old.origins.clone(),
            days,
            scope: old.scope.clone(),
            rate: old.rate,
            ..self.new_token(caller, owner, old.audience.clone(), life)
        };
        self.string_of(token, shape, owner)
    }

    /// Puts a token in the place of another. [`Error::Conflict`] if that one is no longer what it was.
    async fn replace(
        &self,
        caller: &Caller,
        old: &Token,
        heir: Heir,
        overlap: SignedDuration,
    ) -> Result<CreatedApiToken, Error> {
        let Heir {
            permit,
            token,
            string,
        } = heir;
        let line = |action, reason: String| {
            caller
                .origin
                .event(&permit, action, reason)
                .about(&old.subject)
                .about_token(Some(old.id))
        };
        let said = if overlap.is_zero() {
            line(Action::DeleteToken, "token rotated".to_owned())
        } else {
            line(
                Action::UpdateToken,
                format!("token rotated, works for another {overlap:#}"),
            )
        };
        let batch = Batch {
            events: vec![said, created(caller, &permit, &token)],
            writes: [
                replacement(caller, old, &token, overlap),
                vec![Write::InsertToken(token.clone())],
            ]
            .concat(),
            changes: vec![Change::TokenChanged(old.id)],
            ..Batch::default()
        };
        let applied = self.store().apply(batch).await?;
        self.shelf.remove(old.id);
        Ok(self.put_on_shelf(caller, token, applied.token_number, string))
    }

    async fn token_to_rotate(
        &self,
        caller: &Caller,
        presented: &Plaintext,
    ) -> Result<Token, Error> {
        let refuse = |reason| Err(Error::Unauthenticated(reason));
        let id = match hex::read(&self.ports.keys, presented.expose()) {
            Ok(id) => id,
            Err(HexError::Malformed) => return refuse(Reason::Malformed),
            Err(HexError::Forged) => return refuse(Reason::BadSignature),
        };
        let Some(token) = self.store().token(id).await? else {
            let tombstone = self.store().tombstone(id).await?;
            return refuse(tombstone.map_or(Reason::Unknown, |stone| stone.end.reason.into()));
        };
        if token.owner != caller.id() || token.form != Form::Hex {
            return refuse(Reason::ForeignToken);
        }
        self.stands(caller, &token)
            .map_err(Error::Unauthenticated)?;
        Ok(token)
    }

    /// Whether the token would be granted, from wherever: it is the caller who is here, and his own credential has
    /// been checked. What was replaced is not replaced again.
    fn stands(&self, caller: &Caller, token: &Token) -> Result<(), Reason> {
        if token.replaced_by.is_some() {
            return Err(Reason::Rotated);
        }
        let (brief, world) = (Brief::from(token), self.world());
        let (at, client) = (caller.origin.at, caller.origin.client);
        let mut checks = Check::ALL.iter().filter(|one| **one != Check::Address);
        checks.try_for_each(|check| check.of(&brief, &world, at, client))
    }
}

/// As long as the old one was to live; where that was counted in days, so many, but no more than are allowed.
fn life(
    caller: &Caller,
    old: &Token,
    settings: &ApiTokens,
) -> Result<(Lifetime, Option<u32>), Error> {
    let now = whole_seconds(caller.origin.at);
    let (expires, days) = if old.form == Form::Hex {
        let days = old.days.unwrap_or_else(|| settings.default_days());
        let days = days.min(settings.max_expiration_in_days);
        (Some(after_days(now, days)?), Some(days))
    } else {
        let start = old.issued_at.max(old.not_before);
        // What was to live to the end of time does so still.
        let renewed = |end| now.checked_add(end - start).unwrap_or(end);
        (old.expires.map(renewed), old.days)
    };
    let life = Lifetime {
        issued_at: now,
        not_before: now,
        expires,
    };
    Ok((life, days))
}

/// Why a token is not rotated, for one who may see it.
fn in_words(reason: Reason) -> &'static str {
    match reason {
        Reason::Disabled => "The token is disabled: enable it before you rotate it",
        Reason::Expired => "The token has expired: make another",
        Reason::NotYetValid => "The token is not valid yet, so its string is as good as new",
        Reason::OwnerGone | Reason::OwnerLocked => "The user of the token is locked or deleted",
        Reason::PersonaGone | Reason::PersonaUnassigned => {
            "The user of the token may no longer act as its persona"
        }
        Reason::PrivilegeMissing => "The user of the token may no longer use tokens of this form",
        Reason::Rotated => "The token has been rotated already: rotate the one that replaced it",
        _ => "The token does not stand",
    }
}

fn check_overlap(overlap: SignedDuration) -> Result<(), Error> {
    if overlap.is_negative() || overlap > Rotation::MAX_OVERLAP {
        let minutes = Rotation::MAX_OVERLAP.as_mins();
        let why = format!("must be between 0 and {minutes} (a week)");
        return Err(Error::invalid("overlap_in_minutes", why));
    }
    Ok(())
}

fn replacement(caller: &Caller, old: &Token, new: &Token, overlap: SignedDuration) -> Vec<Write> {
    let end = new.issued_at + overlap;
    // Also where it goes at once: it fails if somebody else has replaced it meanwhile.
    let replace = Write::ReplaceToken {
        id: old.id,
        owner: old.owner,
        expires: old.expires.map_or(end, |expires| expires.min(end)),
        by: new.id,
    };
    // Who narrows a token while it is rotated must find its heir as narrow.
    let as_it_was = editable(old);
    let require = Write::EditToken {
        id: old.id,
        owner: old.owner,
        was: as_it_was.clone(),
        becomes: as_it_was,
    };
    if !overlap.is_zero() {
        return vec![require, replace];
    }
    let end = End {
        at: caller.origin.at,
        reason: EndReason::Rotated,
    };
    let delete = Write::DeleteToken(old.id, old.owner, end);
    vec![require, replace, delete]
}

#[cfg(test)]
mod tests;
