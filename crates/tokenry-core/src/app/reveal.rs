//! The second look at a token's string (the five-minute view of the Tanium seed): by its maker, in the session that
//! made it, for a while. Kept in this process's memory only, and wiped when the while is over, or the token or the
//! session is (NT-47).

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::{
    app::{App, Caller},
    audit::Action,
    error::Error,
    id::{TokenId, TokenNumber, UserId},
    permit::Wish,
    port::Batch,
    secret::{Digest, Plaintext},
    token::Token,
    verify::Via,
};

/// How many strings are kept at most; the ones that end first give way.
const MOST: usize = 10_000;

/// Strings that can be seen again.
#[derive(Default)]
pub(super) struct Shelf(Mutex<HashMap<TokenId, Shown>>);

struct Shown {
    string: Plaintext,
    /// Whom the token acts for.
    owner: UserId,
    /// Who made it, and by which credential.
    maker: (UserId, Via),
    until: Timestamp,
}

/// A string that is shown once more.
pub struct Revealed {
    /// The string.
    pub string: Plaintext,
    /// Until when it can be seen.
    pub until: Timestamp,
}

impl App {
    /// Shows the string of a token once more: to its maker, in the session it was made in, until the visibility
    /// timeout. `None` once that is over, or for everybody else who may see the token (NT-47).
    pub async fn reveal_token(
        &self,
        caller: &Caller,
        number: TokenNumber,
    ) -> Result<Option<Revealed>, Error> {
        let token = self.api_token(caller, number).await?;
        self.revealed(caller, &token).await
    }

    /// The same by its id: of a token of any form, for whoever may see it.
    pub async fn reveal_token_of(
        &self,
        caller: &Caller,
        id: TokenId,
    ) -> Result<Option<Revealed>, Error> {
        let token = self.token_seen(caller, id).await?;
        self.revealed(caller, &token).await
    }

    async fn revealed(&self, caller: &Caller, token: &Token) -> Result<Option<Revealed>, Error> {
        let Some(revealed) = self.shelf.look(caller, token.id) else {
            return Ok(None);
        };
        let permit = caller.may(Wish::ListTokens(token.owner))?;
        let event = caller
            .origin
            .event(
                &permit,
                Action::RevealToken,
                "token shown to its maker again",
            )
            .about(&token.subject)
            .about_token(Some(token.id));
        let batch = Batch {
            events: vec![event],
            ..Batch::default()
        };
        self.store().apply(batch).await?;
        Ok(Some(revealed))
    }

    /// Until when the caller can see the string of this token again, if he can.
    #[must_use]
    pub fn visible_until(&self, caller: &Caller, id: TokenId) -> Option<Timestamp> {
        self.shelf.look(caller, id).map(|revealed| revealed.until)
    }

    /// Wipes the strings whose time is over.
    pub fn clear_shelf(&self) {
        let now = self.now();
        self.shelf.lock().retain(|_, shown| shown.until > now);
    }
}

impl Shelf {
    /// Keeps the string of a token of this owner.
    pub(super) fn put(
        &self,
        caller: &Caller,
        (id, owner): (TokenId, UserId),
        string: &Plaintext,
        until: Timestamp,
    ) {
        // With a password in each request there is no session to be seen again in.
        if until <= caller.origin.at || caller.grant.via == Via::Password {
            return;
        }
        let mut strings = self.lock();
        if strings.len() >= MOST {
            let first = strings.iter().min_by_key(|(_, shown)| shown.until);
            let first = first.map(|(id, _)| *id);
            first.map(|id| strings.remove(&id));
        }
        let shown = Shown {
            string: Plaintext::from(string.expose().to_owned()),
            owner,
            maker: (caller.id(), caller.grant.via),
            until,
        };
        strings.insert(id, shown);
    }

    /// Wipes the string of a token that is no more, and what was made with it: nobody can come with it again.
    pub(super) fn remove(&self, id: TokenId) {
        self.lock()
            .retain(|of, shown| *of != id && shown.maker.1 != Via::Token(id));
    }

    /// Wipes what was made in a session that has ended.
    pub(super) fn clear_session(&self, digest: Digest) {
        self.lock()
            .retain(|_, shown| shown.maker.1 != Via::Session(digest));
    }

    /// Wipes what this user made in sessions, all of which have ended.
    pub(super) fn clear_sessions_of(&self, user: UserId) {
        let is_his = |shown: &Shown| matches!(shown.maker, (one, Via::Session(_)) if one == user);
        self.lock().retain(|_, shown| !is_his(shown));
    }

    /// Wipes the strings of all tokens of this user, which are no more.
    pub(super) fn clear_tokens_of(&self, owner: UserId) {
        self.lock().retain(|_, shown| shown.owner != owner);
    }

    pub(super) fn look(&self, caller: &Caller, id: TokenId) -> Option<Revealed> {
        let strings = self.lock();
        let shown = strings.get(&id)?;
        let maker = (caller.id(), caller.grant.via);
        let visible = shown.until > caller.origin.at && shown.maker == maker;
        visible.then(|| Revealed {
            string: Plaintext::from(shown.string.expose().to_owned()),
            until: shown.until,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TokenId, Shown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
