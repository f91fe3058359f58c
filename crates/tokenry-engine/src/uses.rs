//! When tokens and sessions were last used: gathered here, flushed now and then, so that no verification ever waits
//! for a write, and a token used ten thousand times a second costs one row per flush.

use std::{
    collections::HashMap,
    mem,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use tokenry_core::{id::TokenId, secret::Digest, token::Use};

/// The uses that one flush writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// Of tokens.
    pub tokens: Vec<(TokenId, Use)>,
    /// Of sessions.
    pub sessions: Vec<(Digest, Timestamp)>,
}

/// The uses since the last flush.
#[derive(Default)]
pub struct Uses {
    tokens: Mutex<HashMap<TokenId, Use>>,
    sessions: Mutex<Sessions>,
}

#[derive(Default)]
struct Sessions {
    gathered: HashMap<Digest, Timestamp>,
    /// Taken out to be written; until they are, the store does not know them.
    taken: HashMap<Digest, Timestamp>,
}

impl Uses {
    pub(crate) fn token(&self, id: TokenId, at: Timestamp, address: IpAddr) {
        let used = Use { at, address };
        with(&self.tokens, |tokens| {
            let last = tokens.entry(id).or_insert(used);
            if last.at <= at {
                *last = used;
            }
        });
    }

    pub(crate) fn session(&self, digest: &Digest, at: Timestamp) {
        with(&self.sessions, |sessions| {
            let last = sessions.gathered.entry(*digest).or_insert(at);
            *last = at.max(*last);
        });
    }

    /// The last use of a session that the store may not know yet.
    pub(crate) fn session_last_used(&self, digest: &Digest) -> Option<Timestamp> {
        with(&self.sessions, |Sessions { gathered, taken }| {
            gathered.get(digest).max(taken.get(digest)).copied()
        })
    }

    /// How many tokens and sessions have a use that is not written down yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        with(&self.tokens, |tokens| tokens.len())
            + with(&self.sessions, |sessions| sessions.gathered.len())
    }

    /// Takes all uses out, to be written. If that fails, [`Uses::put_back`] them.
    #[must_use]
    pub fn take(&self) -> Gathered {
        Gathered {
            tokens: with(&self.tokens, mem::take).into_iter().collect(),
            sessions: self.take_sessions(),
        }
    }

    /// Takes out those of sessions, and those of a part of the tokens: the one of this number, of so many parts. Told
    /// the numbers one after the other, it takes out all, and a token that is used all the time once a round.
    #[must_use]
    pub fn take_part(&self, number: u32, parts: u32) -> Gathered {
        let is_of_part = |id: &TokenId| id.spread() % parts.max(1) == number % parts.max(1);
        let tokens = with(&self.tokens, |tokens| {
            tokens.extract_if(|id, _| is_of_part(id)).collect()
        });
        Gathered {
            tokens,
            sessions: self.take_sessions(),
        }
    }

    fn take_sessions(&self) -> Vec<(Digest, Timestamp)> {
        with(&self.sessions, |Sessions { gathered, taken }| {
            *taken = mem::take(gathered);
            taken.iter().map(|(digest, at)| (*digest, *at)).collect()
        })
    }

    /// Takes uses back that could not be written; newer ones stand.
    pub fn put_back(&self, gathered: Gathered) {
        for (id, used) in gathered.tokens {
            self.token(id, used.at, used.address);
        }
        for (digest, at) in gathered.sessions {
            self.session(&digest, at);
        }
    }
}

fn with<T, R>(map: &Mutex<T>, act: impl FnOnce(&mut T) -> R) -> R {
    act(&mut map.lock().unwrap_or_else(PoisonError::into_inner))
}
