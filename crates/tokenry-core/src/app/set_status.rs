//! Enables or disables one token of a user, or all of them.

use crate::{
    app::{App, Caller},
    audit::Action,
    change::Change,
    error::Error,
    id::{TokenId, UserId, UserName},
    permit::{Permit, Wish},
    port::{Batch, Write},
    token::Status,
};

impl App {
    /// Sets the status of the user's token of this id, or of all his tokens. A token that is not his, or not there,
    /// is left alone and nothing is said of it (spec/splunk.md 2.5 and 2.6).
    pub async fn set_token_status(
        &self,
        caller: &Caller,
        owner: &str,
        id: Option<&str>,
        status: Status,
    ) -> Result<(), Error> {
        let (permit, owner, name) = self.may_manage(caller, owner)?;
        let target = match id {
            None => None,
            Some(id) => match self.token_of(owner, id).await? {
                Some(id) => Some(id),
                None => return Ok(()),
            },
        };
        let (write, change) = match target {
            Some(id) => (
                Write::SetTokenStatus(id, owner, status),
                Change::TokenChanged(id),
            ),
            None => (
                Write::SetTokenStatusOf(owner, status),
                Change::TokensChanged(owner),
            ),
        };
        let scope = if target.is_some() {
            "token"
        } else {
            "all tokens of the user"
        };
        let event = caller
            .origin
            .event(
                &permit,
                Action::UpdateToken,
                format!("{scope} set to {status}"),
            )
            .about(&name)
            .about_token(target);
        let batch = Batch {
            writes: vec![write],
            events: vec![event],
            changes: vec![change],
            ..Batch::default()
        };
        unless_gone(target, self.store().apply(batch).await.map(|_| ()))
    }

    /// Whether the caller may manage the tokens of the user of this name.
    pub(super) fn may_manage(
        &self,
        caller: &Caller,
        owner: &str,
    ) -> Result<(Permit, UserId, UserName), Error> {
        self.may_do_to_tokens(caller, owner, Wish::ManageTokens)
    }

    /// Whether the caller may delete them.
    pub(super) fn may_delete(
        &self,
        caller: &Caller,
        owner: &str,
    ) -> Result<(Permit, UserId, UserName), Error> {
        self.may_do_to_tokens(caller, owner, Wish::DeleteTokens)
    }

    fn may_do_to_tokens(
        &self,
        caller: &Caller,
        owner: &str,
        wish: fn(Option<UserId>) -> Wish<'static>,
    ) -> Result<(Permit, UserId, UserName), Error> {
        self.tokens_enabled()?;
        let name = UserName::parse(owner).ok();
        let found = name
            .as_ref()
            .and_then(|name| Some(self.world().named(name)?.user.id));
        let permit = caller.may(wish(found))?;
        match (found, name) {
            (Some(id), Some(name)) => Ok((permit, id, name)),
            _ => Err(Error::not_found("user", owner)),
        }
    }

    /// The id, if it is that of a token of this owner.
    pub(super) async fn token_of(&self, owner: UserId, id: &str) -> Result<Option<TokenId>, Error> {
        let Some(id) = TokenId::from_hex(id) else {
            return Ok(None);
        };
        Ok(self
            .store()
            .token(id)
            .await?
            .filter(|token| token.owner == owner)
            .map(|token| token.id))
    }
}

/// A single token that somebody deleted in the meantime is as good as one that never was.
pub(super) fn unless_gone(
    target: Option<TokenId>,
    applied: Result<(), Error>,
) -> Result<(), Error> {
    match applied {
        Err(Error::Conflict { .. }) if target.is_some() => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
