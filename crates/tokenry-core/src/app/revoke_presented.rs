//! Ends the token whose string is shown (RFC 7009). Showing it is leave enough: who found a string that leaked can end
//! it, and could do worse. The same is answered whether there was anything to end, so nothing is learnt by trying
//! (NT-72).

use crate::{
    app::{App, Origin},
    audit::Action,
    change::Change,
    error::Error,
    id::TokenId,
    permit::Permit,
    port::{Batch, Write},
    token::{
        End, EndReason, Token,
        form::{
            hex, opaque,
            splunk_jwt::{self, Kind, Verified},
        },
    },
};

/// What became of a string that was shown to be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented {
    /// Nobody is let in with it from now on; whether somebody would have been, is not said.
    Ended,
    /// It is a good token, but has no record, so that it cannot be ended alone.
    WithoutRecord,
}

/// What a string proves to be.
enum Shown {
    Stored(TokenId),
    WithoutRecord,
    Nothing,
}

impl App {
    /// Ends the token of this string, of any form. It may be disabled, not valid yet, or for other addresses: it is
    /// ended all the same. What is over already, or was never a token of ours, is left alone, the latter without a look
    /// at the store (NT-69).
    pub async fn revoke_presented(
        &self,
        presented: &str,
        origin: &Origin,
    ) -> Result<Presented, Error> {
        let id = match self.shown(presented, origin) {
            Shown::Nothing => return Ok(Presented::Ended),
            Shown::WithoutRecord => return Ok(Presented::WithoutRecord),
            Shown::Stored(id) => id,
        };
        match self.store().token(id).await? {
            Some(token) if !token.has_expired(origin.at) => self.give_up(&token, origin).await,
            _ => Ok(Presented::Ended),
        }
    }

    async fn give_up(&self, token: &Token, origin: &Origin) -> Result<Presented, Error> {
        let permit = Permit::to_give_up(token);
        let end = End {
            at: origin.at,
            reason: EndReason::Revoked,
        };
        let event = origin
            .event(&permit, Action::DeleteToken, "revoked by its bearer")
            .about(&token.subject)
            .about_token(Some(token.id));
        let batch = Batch {
            writes: vec![Write::DeleteToken(token.id, token.owner, end)],
            events: vec![event],
            changes: vec![Change::TokenChanged(token.id)],
            ..Batch::default()
        };
        match self.store().apply(batch).await {
            // Somebody else ended it meanwhile.
            Err(Error::Conflict { .. }) => {}
            applied => drop(applied?),
        }
        self.shelf.remove(token.id);
        Ok(Presented::Ended)
    }

    fn shown(&self, presented: &str, origin: &Origin) -> Shown {
        let keys = &self.ports.keys;
        if splunk_jwt::looks_like(presented) {
            return match splunk_jwt::verify(keys, presented) {
                Ok(verified) => of_jwt(&verified, origin.at.as_second()),
                Err(_) => Shown::Nothing,
            };
        }
        let id = if opaque::looks_like(presented) {
            opaque::read(keys, presented).ok()
        } else if hex::looks_like(presented) {
            hex::read(keys, presented).ok()
        } else {
            None
        };
        id.map_or(Shown::Nothing, Shown::Stored)
    }
}

fn of_jwt(verified: &Verified, now: i64) -> Shown {
    match verified.header.kind {
        Kind::Static => Shown::Stored(verified.claims.id),
        _ if now < verified.claims.expires => Shown::WithoutRecord,
        _ => Shown::Nothing,
    }
}

#[cfg(test)]
mod tests;
