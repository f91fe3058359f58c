//! Verifies a presented string: the only way from a stranger's bytes to a verdict.

use std::{net::IpAddr, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use tokenry_core::{
    Error,
    id::TokenId,
    port::{Store, View},
    secret::Digest,
    token::{
        Token,
        form::{
            key_ring::KeyRing,
            splunk_jwt::{self, JwtError, Kind, Verified},
        },
    },
    verify::{Credential, Grant, Reason, Verdict, Via, decide},
};

use crate::{
    memory::{LiveSession, Memory},
    uses::Uses,
};

/// Verifies tokens and session keys.
pub struct Engine {
    memory: Arc<Memory>,
    store: Arc<dyn Store>,
    keys: Arc<KeyRing>,
    uses: Uses,
    session_idle_timeout: SignedDuration,
}

/// A verdict, and what is known of the credential even when it was refused: for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The verdict.
    pub verdict: Verdict,
    /// The token's id, where its string is genuine.
    pub token: Option<TokenId>,
    /// The user it acts for, likewise.
    pub user: Option<String>,
}

impl Engine {
    /// An engine over this memory, reading what it does not hold from `store`.
    #[must_use]
    pub fn new(
        memory: Arc<Memory>,
        store: Arc<dyn Store>,
        keys: Arc<KeyRing>,
        session_idle_timeout: SignedDuration,
    ) -> Self {
        Self {
            memory,
            store,
            keys,
            uses: Uses::default(),
            session_idle_timeout,
        }
    }

    /// Uses not flushed yet.
    #[must_use]
    pub fn uses(&self) -> &Uses {
        &self.uses
    }

    /// Verifies a token's string or a session key. `Err` is only ever [`Error::Unavailable`] or a defect: we could
    /// not decide, which is no verdict.
    pub async fn verify(
        &self,
        presented: &str,
        now: Timestamp,
        address: IpAddr,
    ) -> Result<Verification, Error> {
        let verification = if splunk_jwt::looks_like(presented) {
            self.verify_token(presented, now).await?
        } else {
            self.verify_session(presented, now).await?
        };
        if let Verdict::Granted(grant) = &verification.verdict {
            self.note_use(grant, now, address);
        }
        Ok(verification)
    }

    async fn verify_token(&self, presented: &str, now: Timestamp) -> Result<Verification, Error> {
        let Verified { header, claims, .. } = match splunk_jwt::verify(&self.keys, presented) {
            Ok(verified) => verified,
            Err(error) => return Ok(Verification::denied(reason(error))),
        };
        let verdict = match header.kind {
            Kind::Ephemeral | Kind::Interactive => {
                decide(Credential::Ephemeral(&claims), &self.memory.world(), now)
            }
            Kind::Static => match self.token(claims.id).await? {
                Some(token) => decide(Credential::Token(&token), &self.memory.world(), now),
                None => Verdict::Denied(Reason::Unknown),
            },
        };
        Ok(Verification {
            verdict,
            token: Some(claims.id),
            user: Some(claims.subject),
        })
    }

    async fn verify_session(&self, presented: &str, now: Timestamp) -> Result<Verification, Error> {
        if !looks_like_session_key(presented) {
            return Ok(Verification::denied(Reason::Malformed));
        }
        let digest = Digest::of(presented);
        let Some(live) = self.session(&digest).await? else {
            return Ok(Verification::denied(Reason::SessionUnknown));
        };
        let session = live.current();
        let world = self.memory.world();
        let user = world
            .principal(session.user)
            .map(|owner| owner.user.name.to_string());
        let verdict = decide(
            Credential::Session(&session, self.session_idle_timeout),
            &world,
            now,
        );
        if matches!(verdict, Verdict::Granted(_)) {
            live.used(now);
        }
        Ok(Verification {
            verdict,
            token: None,
            user,
        })
    }

    async fn token(&self, id: TokenId) -> Result<Option<Arc<Token>>, Error> {
        if let Some(token) = self.memory.tokens.find(&id) {
            return Ok(Some(token));
        }
        let ticket = self.memory.tokens.ticket();
        let found = self.store.token(id).await?.map(Arc::new);
        if let Some(token) = &found {
            self.memory.tokens.fill(ticket, id, Arc::clone(token));
        }
        Ok(found)
    }

    async fn session(&self, digest: &Digest) -> Result<Option<Arc<LiveSession>>, Error> {
        if let Some(live) = self.memory.sessions.find(digest) {
            return Ok(Some(live));
        }
        let ticket = self.memory.sessions.ticket();
        let Some(stored) = self.store.session(*digest).await? else {
            return Ok(None);
        };
        let live = Arc::new(LiveSession::new(stored));
        if let Some(unflushed) = self.uses.session_last_used(digest) {
            live.used(unflushed);
        }
        self.memory
            .sessions
            .fill(ticket, *digest, Arc::clone(&live));
        Ok(Some(live))
    }

    fn note_use(&self, grant: &Grant, now: Timestamp, address: IpAddr) {
        match grant.via {
            Via::Token(id) => self.uses.token(id, now, address),
            Via::Session(digest) => self.uses.session(&digest, now),
            Via::Ephemeral(_) | Via::Password => {}
        }
    }
}

impl Verification {
    fn denied(reason: Reason) -> Self {
        Self {
            verdict: Verdict::Denied(reason),
            token: None,
            user: None,
        }
    }
}

/// Whether the text has the form of the keys that signing in makes: 48 bytes in base64url. Anything else is refused
/// without a look into the store (NT-69).
fn looks_like_session_key(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn reason(error: JwtError) -> Reason {
    match error {
        JwtError::Signature => Reason::BadSignature,
        JwtError::UnknownKey => Reason::UnknownKey,
        _ => Reason::Malformed,
    }
}

#[cfg(test)]
mod tests;
