//! Rotates a token: another one takes its place, with the same user, persona, notes, addresses and number of days
//! (spec/tanium.md 4.4). At once, or with an overlap during which both strings work.

use jiff::SignedDuration;

use crate::{
    app::{App, Caller, CreatedApiToken, api_tokens::created},
    audit::Action,
    change::Change,
    error::Error,
    permit::Wish,
    port::{Batch, Write},
    secret::Plaintext,
    token::{
        Brief, End, EndReason, Form, Token,
        form::hex::{self, HexError},
    },
    verify::{Check, Reason},
};

/// The longest overlap of a rotation: a week.
const MAX_OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);

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
        let settings = self.world().settings().api_tokens.clone();
        let days = old.days.unwrap_or_else(|| settings.default_days());
        let days = days.min(settings.max_expiration_in_days);
        let (token, string) = self.api_token_of(caller, days)?;
        let token = Token {
            persona: old.persona,
            name: old.name.clone(),
            notes: old.notes.clone(),
            origins: old.origins.clone(),
            scope: old.scope.clone(),
            rate: old.rate,
            ..token
        };
        let replaced = replacement(caller, &old, &token, overlap);
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
            writes: [replaced, vec![Write::InsertToken(token.clone())]].concat(),
            changes: vec![Change::TokenChanged(old.id)],
            ..Batch::default()
        };
        match self.store().apply(batch).await {
            Err(Error::Conflict { .. }) => Err(Error::Unauthenticated(Reason::Rotated)),
            Err(error) => Err(error),
            Ok(applied) => {
                self.shelf.remove(old.id);
                Ok(self.put_on_shelf(caller, token, applied.token_number, string))
            }
        }
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
        if token.replaced_by.is_some() {
            return refuse(Reason::Rotated);
        }
        // From wherever: it is the caller who is here, and his own credential has been checked.
        let brief = Brief::from(&token);
        let checks = Check::ALL.iter().filter(|check| **check != Check::Address);
        for check in checks {
            let checked = check.of(
                &brief,
                &self.world(),
                caller.origin.at,
                caller.origin.client,
            );
            checked.map_err(Error::Unauthenticated)?;
        }
        Ok(token)
    }
}

fn check_overlap(overlap: SignedDuration) -> Result<(), Error> {
    if overlap.is_negative() || overlap > MAX_OVERLAP {
        let minutes = MAX_OVERLAP.as_mins();
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
    if !overlap.is_zero() {
        return vec![replace];
    }
    let end = End {
        at: caller.origin.at,
        reason: EndReason::Rotated,
    };
    vec![replace, Write::DeleteToken(old.id, old.owner, end)]
}

#[cfg(test)]
mod tests;
