//! Deletes one token of a user, or all of them. A deleted token is refused from the moment this answers.

use crate::{
    app::{App, Caller, set_status::unless_gone},
    audit::Action,
    change::Change,
    error::Error,
    id::{TokenId, UserId, UserName},
    permit::{Permit, Wish},
    port::{Batch, Write},
    principal::{User, World},
    token::{End, EndReason},
};

impl App {
    /// Deletes the user's token of this id, or all his tokens, ephemeral ones included. A token that is not his, or
    /// not there, is left alone and nothing is said of it (spec/splunk.md 2.6).
    pub async fn delete_tokens(
        &self,
        caller: &Caller,
        owner: &str,
        id: Option<&str>,
    ) -> Result<(), Error> {
        let (permit, owner, name) = self.may_delete(caller, owner)?;
        match id {
            None => self.delete_all(caller, owner).await,
            Some(id) => match self.token_of(owner, id).await? {
                None => Ok(()),
                Some(id) => {
                    let deleted = self.delete_one(caller, &permit, (id, owner), &name).await;
                    unless_gone(Some(id), deleted)
                }
            },
        }
    }

    /// Deletes one token of this owner. [`Error::Conflict`] if it is no longer there.
    pub(super) async fn delete_one(
        &self,
        caller: &Caller,
        permit: &Permit,
        (id, owner): (TokenId, UserId),
        name: &UserName,
    ) -> Result<(), Error> {
        let event = caller
            .origin
            .event(permit, Action::DeleteToken, "token deleted")
            .about(name)
            .about_token(Some(id));
        let batch = Batch {
            writes: vec![Write::DeleteToken(id, owner, revoked(caller))],
            events: vec![event],
            changes: vec![Change::TokenChanged(id)],
            ..Batch::default()
        };
        self.store().apply(batch).await?;
        self.shelf.remove(id);
        Ok(())
    }

    /// Ephemeral tokens have no record to delete; they die by their owner's epoch moving on.
    async fn delete_all(&self, caller: &Caller, owner: UserId) -> Result<(), Error> {
        self.change_world(caller, |world, caller| {
            let permit = caller.may(Wish::DeleteTokens(Some(owner)))?;
            let user = next_epoch(world, owner)?;
            let event = caller
                .origin
                .event(
                    &permit,
                    Action::DeleteToken,
                    "all tokens of the user deleted",
                )
                .about(&user.name);
            let batch = Batch {
                writes: vec![
                    Write::DeleteTokensOf(owner, revoked(caller)),
                    Write::UpdateUser(user.clone()),
                ],
                events: vec![event],
                changes: vec![Change::TokensChanged(owner), Change::UserPut(user)],
                ..Batch::default()
            };
            Ok((batch, ()))
        })
        .await?;
        self.shelf.clear_tokens_of(owner);
        Ok(())
    }
}

pub(super) fn revoked(caller: &Caller) -> End {
    End {
        at: caller.origin.at,
        reason: EndReason::Revoked,
    }
}

fn next_epoch(world: &World, owner: UserId) -> Result<User, Error> {
    let principal = world
        .principal(owner)
        .ok_or_else(|| Error::not_found("user", owner.number().to_string()))?;
    let user = principal.user.clone();
    Ok(User {
        token_epoch: user.token_epoch + 1,
        ..user
    })
}

#[cfg(test)]
mod tests;
