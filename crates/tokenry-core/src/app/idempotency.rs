//! A request with a key makes one token, however often it is sent: again after an answer was lost, after a restart, or
//! twice at once. What a key made is remembered for a day, in the same batch that makes the token.
//!
//! Not here: what is requested, and its digest; that is for the face that reads it.

use jiff::SignedDuration;

use crate::{
    app::{App, Caller, IssuedToken},
    error::Error,
    id::{TokenId, hex},
    port::{Remembered, Write},
    secret::Digest,
};

/// For how long a key is remembered.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The name of the header that brings a key.
const FIELD: &str = "Idempotency-Key";

/// The longest key.
const MAX_CHARS: usize = 255;

/// A key that a client has chosen, and the digest of all that he requests with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotencyKey {
    key: Digest,
    request: Digest,
}

impl IdempotencyKey {
    /// Reads a key of 1 to 255 visible characters of ASCII. Only its digest is kept.
    pub fn parse(key: &str, request: Digest) -> Result<Self, Error> {
        let is_long = !(1..=MAX_CHARS).contains(&key.len());
        if is_long || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let why = format!("must be 1 to {MAX_CHARS} visible ASCII characters, without spaces");
            return Err(Error::invalid(FIELD, why));
        }
        let key = Digest::of(key);
        Ok(Self { key, request })
    }

    /// Nobody meets the keys of somebody else.
    fn of(self, caller: &Caller) -> Digest {
        Digest::of(&format!("{} {}", caller.id(), hex(self.key.as_bytes())))
    }
}

impl App {
    /// What the key made before, if it did: the same token again while its string can be seen again; an error if it
    /// cannot, or if something else was requested then.
    pub(super) async fn issued_before(
        &self,
        caller: &Caller,
        key: Option<IdempotencyKey>,
    ) -> Result<Option<IssuedToken>, Error> {
        let Some(key) = key else {
            return Ok(None);
        };
        let found = self.store().remembered(key.of(caller)).await?;
        let oldest = caller.origin.at - KEPT;
        let Some(found) = found.filter(|found| found.at >= oldest) else {
            return Ok(None);
        };
        if found.request != key.request {
            return Err(Error::invalid(FIELD, "was used for another request"));
        }
        let token = self.store().token(found.token).await?;
        let shown = self.shelf.look(caller, found.token);
        let issued = token.zip(shown).map(|(token, shown)| IssuedToken {
            token,
            string: shown.string,
        });
        issued.map(Some).ok_or_else(|| made_already(found.token))
    }

    /// What is to be written so that the key is remembered, once.
    pub(super) fn remember(
        caller: &Caller,
        key: Option<IdempotencyKey>,
        token: TokenId,
    ) -> Vec<Write> {
        let Some(key) = key else {
            return Vec::new();
        };
        let what = Remembered {
            request: key.request,
            token,
            at: caller.origin.at,
        };
        let forget = Write::ForgetBefore(caller.origin.at - KEPT);
        vec![forget, Write::Remember(key.of(caller), what)]
    }

    /// Forgets the keys whose day is over.
    pub(super) fn forget_old_keys(&self) -> Write {
        Write::ForgetBefore(self.now() - KEPT)
    }
}

fn made_already(id: TokenId) -> Error {
    let why = format!(
        "the request with this key has made token {id}, whose string cannot be shown again; rotate it, or make \
        another with another key"
    );
    Error::conflict(why)
}

#[cfg(test)]
mod tests;
