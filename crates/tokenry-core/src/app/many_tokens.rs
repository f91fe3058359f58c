//! Enables, disables or revokes many tokens at once: all that are there in one batch, with an audit line for each. It
//! works while token authentication is off: what is stolen must be ended before it is turned on again.

use std::collections::BTreeSet;

use crate::{
    app::{App, Caller, delete_tokens::revoked},
    audit::Action,
    change::Change,
    error::Error,
    id::{TokenId, UserId},
    permit::{Permit, Wish},
    port::{Batch, Write},
    token::{Status, Token},
};

/// The most tokens in one request.
const MOST: usize = 1000;

/// How often to look again when tokens vanish meanwhile.
const ATTEMPTS: usize = 16;

/// What became of many tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Many {
    /// To these it was done.
    pub done: Vec<TokenId>,
    /// These do not exist, or the caller may not know that they do (NT-19).
    pub unknown: Vec<TokenId>,
}

/// What is to be done to each token.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Revoke,
    Set(Status),
}

impl App {
    /// Sets the status of these tokens. All of them, or none if there is one among them that the caller may see but
    /// not manage.
    pub async fn set_status_of(
        &self,
        caller: &Caller,
        ids: &[TokenId],
        status: Status,
    ) -> Result<Many, Error> {
        self.to_many(caller, ids, Deed::Set(status)).await
    }

    /// Revokes these tokens. All of them, or none if there is one among them that the caller may see but not revoke.
    /// They are refused from the moment this answers.
    pub async fn revoke(&self, caller: &Caller, ids: &[TokenId]) -> Result<Many, Error> {
        let many = self.to_many(caller, ids, Deed::Revoke).await?;
        for id in &many.done {
            self.shelf.remove(*id);
        }
        Ok(many)
    }

    /// A token that vanishes between the look and the batch is left out, and the others looked at again.
    async fn to_many(&self, caller: &Caller, ids: &[TokenId], deed: Deed) -> Result<Many, Error> {
        let ids = each_once(ids)?;
        for _ in 0..ATTEMPTS {
            let (batch, many) = self.plan_many(caller, &ids, deed).await?;
            if many.done.is_empty() {
                return Ok(many);
            }
            match self.store().apply(batch).await {
                Err(Error::Conflict { .. }) => {}
                applied => return applied.map(|_| many),
            }
        }
        Err(Error::unavailable("the tokens kept changing meanwhile"))
    }

    async fn plan_many(
        &self,
        caller: &Caller,
        ids: &[TokenId],
        deed: Deed,
    ) -> Result<(Batch, Many), Error> {
        let (mut batch, mut many) = (Batch::default(), Many::default());
        for id in ids {
            let found = match self.store().token(*id).await? {
                Some(token) => may_do(caller, &token, deed)?.map(|permit| (token, permit)),
                None => None,
            };
            let Some((token, permit)) = found else {
                many.unknown.push(*id);
                continue;
            };
            deed.put(&mut batch, caller, &permit, &token);
            many.done.push(*id);
        }
        Ok((batch, many))
    }
}

/// `None` where the caller may not even know that the token exists.
fn may_do(caller: &Caller, token: &Token, deed: Deed) -> Result<Option<Permit>, Error> {
    match caller.may(deed.wish(token.owner)) {
        Err(_) if caller.may(Wish::ListTokens(token.owner)).is_err() => Ok(None),
        permit => permit.map(Some),
    }
}

fn each_once(ids: &[TokenId]) -> Result<Vec<TokenId>, Error> {
    if ids.is_empty() || ids.len() > MOST {
        let why = format!("must name between 1 and {MOST} tokens");
        return Err(Error::invalid("ids", why));
    }
    let mut seen = BTreeSet::new();
    let first = |id: &&TokenId| seen.insert(**id);
    Ok(ids.iter().filter(first).copied().collect())
}

impl Deed {
    fn wish(self, owner: UserId) -> Wish<'static> {
        match self {
            Self::Revoke => Wish::DeleteTokens(Some(owner)),
            Self::Set(_) => Wish::ManageTokens(Some(owner)),
        }
    }

    fn put(self, batch: &mut Batch, caller: &Caller, permit: &Permit, token: &Token) {
        let (id, owner) = (token.id, token.owner);
        let (write, action, reason) = match self {
            Self::Revoke => (
                Write::DeleteToken(id, owner, revoked(caller)),
                Action::DeleteToken,
                "token deleted".to_owned(),
            ),
            Self::Set(status) => (
                Write::SetTokenStatus(id, owner, status),
                Action::UpdateToken,
                format!("token set to {status}"),
            ),
        };
        let event = caller
            .origin
            .event(permit, action, reason)
            .about(&token.subject)
            .about_token(Some(id));
        batch.writes.push(write);
        batch.events.push(event);
        batch.changes.push(Change::TokenChanged(id));
    }
}

#[cfg(test)]
mod tests;
