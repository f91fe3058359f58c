//! The second look at a token's string (the five-minute view of the Tanium seed): by its maker, in the session that
//! made it, for a while. Kept in this process's memory only, and wiped when the while is over (NT-47).

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::{
    app::{App, Caller},
    audit::Action,
    error::Error,
    id::{TokenId, TokenNumber},
    permit::Wish,
    port::Batch,
    secret::Plaintext,
    verify::Via,
};

/// How many strings are kept at most; the ones that end first give way.
const MOST: usize = 10_000;

/// Strings that can be seen again.
#[derive(Default)]
pub(super) struct Shelf(Mutex<HashMap<TokenId, Shown>>);

struct Shown {
    string: Plaintext,
    maker: Via,
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

    /// Wipes the strings whose time is over.
    pub fn clear_shelf(&self) {
        let now = self.now();
        self.shelf.lock().retain(|_, shown| shown.until > now);
    }
}

impl Shelf {
    pub(super) fn put(&self, caller: &Caller, id: TokenId, string: &Plaintext, until: Timestamp) {
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
            maker: caller.grant.via,
            until,
        };
        strings.insert(id, shown);
    }

    pub(super) fn remove(&self, id: TokenId) {
        self.lock().remove(&id);
    }

    fn look(&self, caller: &Caller, id: TokenId) -> Option<Revealed> {
        let strings = self.lock();
        let shown = strings.get(&id)?;
        let visible = shown.until > caller.origin.at && shown.maker == caller.grant.via;
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
