//! Verifies a presented string: the only way from a stranger's bytes to a verdict.

use std::sync::Arc;

use tokenry_core::{
    Error,
    app::Origin,
    id::{PersonaId, TokenId, UserId},
    port::{Known, Store},
    secret::Digest,
    token::{
        Brief, Rate, Tombstone,
        form::{
            self,
            hex::{self, HexError},
            key_ring::KeyRing,
            opaque::{self, OpaqueError},
            session_key,
            splunk_jwt::{self, Claims, JwtError, Kind, Verified},
        },
    },
    verify::{Credential, Grant, Reason, Verdict, Via, decide},
};

use crate::{
    limiter::Limiter,
    lookups::{Lookups, Record},
    memory::{LiveSession, Memory},
    uses::Uses,
};

/// Verifies tokens and session keys.
pub struct Engine {
    memory: Arc<Memory>,
    store: Arc<dyn Store>,
    keys: Arc<KeyRing>,
    uses: Uses,
    rate: Option<Rate>,
    limiter: Limiter<TokenId>,
    lookups: Lookups,
}

/// A verdict, and what is known of the credential even when it was refused: for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The verdict.
    pub verdict: Verdict,
    /// What is known of the credential, where it is genuine. Of a granted token not the user, whom its grant names.
    pub known: Known,
    /// What is recorded of the token, where there is a record.
    pub token: Option<Arc<Brief>>,
}

impl Engine {
    /// An engine over this memory, reading what it does not hold from `store`.
    #[must_use]
    pub fn new(memory: Arc<Memory>, store: Arc<dyn Store>, keys: Arc<KeyRing>) -> Self {
        Self {
            memory,
            store,
            keys,
            uses: Uses::default(),
            rate: None,
            limiter: Limiter::default(),
            lookups: Lookups::default(),
        }
    }

    /// The same engine, with a limit for tokens that have none of their own.
    #[must_use]
    pub fn with_rate(self, rate: Option<Rate>) -> Self {
        Self { rate, ..self }
    }

    /// The memory it decides from.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Where records were found.
    #[must_use]
    pub fn lookups(&self) -> &Lookups {
        &self.lookups
    }

    /// Uses not flushed yet.
    #[must_use]
    pub fn uses(&self) -> &Uses {
        &self.uses
    }

    /// Verifies a token's string, of any form, or a session key, as presented by a request. `Err` is only ever
    /// [`Error::TooMany`], [`Error::Unavailable`] or a defect: we could not decide, which is no verdict.
    pub async fn verify(&self, presented: &str, origin: &Origin) -> Result<Verification, Error> {
        if !form::looks_like_token(presented) {
            let verification = Box::pin(self.verify_session(presented, origin)).await?;
            return self.used(verification, origin);
        }
        self.verify_token(presented, origin).await
    }

    /// The same where only a token will do: a session is for people, and stays between them and us.
    pub async fn verify_token(
        &self,
        presented: &str,
        origin: &Origin,
    ) -> Result<Verification, Error> {
        let verification = match self.verify_remembered(presented, origin)? {
            Found::Here(verification) => verification,
            // Apart, so that what is answered from memory does not carry the room for a look at the store along.
            Found::Elsewhere(id, subject) => {
                Box::pin(self.verify_read(id, subject, origin)).await?
            }
        };
        self.used(verification, origin)
    }

    /// Verifies a token's string with what is in memory, which is where nearly all are.
    fn verify_remembered(&self, presented: &str, origin: &Origin) -> Result<Found, Error> {
        let proven = match self.prove(presented) {
            Ok(proven) => proven,
            Err(reason) => return Ok(Found::Here(Verification::denied(reason))),
        };
        self.is_fresh()?;
        let (id, subject) = match proven {
            Proven::Stored(id, subject) => (id, subject),
            Proven::Ephemeral(claims) => {
                return Ok(Found::Here(self.verify_claims(claims, origin)));
            }
        };
        let Some(token) = self.memory.tokens.find(&id) else {
            return Ok(Found::Elsewhere(id, subject));
        };
        self.lookups.remembered(Record::Token);
        Ok(Found::Here(self.verify_record(token, subject, origin)))
    }

    /// Proves a string genuine, without a look at any record: or why it is not.
    fn prove(&self, presented: &str) -> Result<Proven, Reason> {
        if splunk_jwt::looks_like(presented) {
            let verified = splunk_jwt::verify(&self.keys, presented).map_err(reason)?;
            let Verified { header, claims, .. } = verified;
            return Ok(match header.kind {
                Kind::Static => Proven::Stored(claims.id, Some(claims.subject)),
                Kind::Ephemeral | Kind::Interactive => Proven::Ephemeral(Box::new(claims)),
            });
        }
        let id = if opaque::looks_like(presented) {
            opaque::read(&self.keys, presented).map_err(|error| match error {
                OpaqueError::Malformed => Reason::Malformed,
                OpaqueError::Forged => Reason::BadSignature,
            })
        } else if hex::looks_like(presented) {
            hex::read(&self.keys, presented).map_err(|error| match error {
                HexError::Malformed => Reason::Malformed,
                HexError::Forged => Reason::BadSignature,
            })
        } else if session_key::looks_like(presented) {
            Err(Reason::NotAToken)
        } else {
            Err(Reason::Malformed)
        };
        Ok(Proven::Stored(id?, None))
    }

    /// Notes the use that a grant is, unless it is one too many.
    fn used(&self, verification: Verification, origin: &Origin) -> Result<Verification, Error> {
        if let Verdict::Granted(grant) = &verification.verdict {
            let own = verification.token.as_ref().and_then(|token| token.rate());
            if let (Via::Token(id), Some(rate)) = (grant.via, own.or(self.rate)) {
                self.limiter.admit(&id, rate)?;
            }
            self.note_use(grant, origin);
        }
        Ok(verification)
    }

    fn verify_claims(&self, claims: Box<Claims>, origin: &Origin) -> Verification {
        Verification {
            verdict: self.decide(Credential::Ephemeral(&claims), origin),
            known: Known {
                token: Some(claims.id),
                user: Some(claims.subject),
                ..Known::default()
            },
            token: None,
        }
    }

    /// Decides about a token whose record is known, and whose string names this user, if it does.
    fn verify_record(
        &self,
        token: Arc<Brief>,
        subject: Option<String>,
        origin: &Origin,
    ) -> Verification {
        let verdict = self.decide(Credential::Token(&token), origin);
        // Whom a granted token acts for, its grant says.
        let is_denied = matches!(verdict, Verdict::Denied(_));
        let user = is_denied.then(|| subject.or_else(|| self.name_of(token.owner)));
        Verification {
            known: Known {
                token: Some(token.id),
                number: Some(token.number),
                user: user.flatten(),
                persona: token.persona,
            },
            verdict,
            token: Some(token),
        }
    }

    /// The same of a token whose record is not in memory.
    async fn verify_read(
        &self,
        id: TokenId,
        subject: Option<String>,
        origin: &Origin,
    ) -> Result<Verification, Error> {
        if let Some(token) = self.read_token(id).await? {
            return Ok(self.verify_record(token, subject, origin));
        }
        let stone = self.tombstone(id).await?;
        let reason = stone.as_ref().map(|stone| stone.end.reason.into());
        let buried = stone.as_ref().map(|stone| stone.subject.to_string());
        Ok(Verification {
            verdict: Verdict::Denied(reason.unwrap_or(Reason::Unknown)),
            known: Known {
                token: Some(id),
                number: stone.as_ref().map(|stone| stone.number),
                user: buried.or(subject),
                persona: PersonaId::DEFAULT,
            },
            token: None,
        })
    }

    async fn verify_session(
        &self,
        presented: &str,
        origin: &Origin,
    ) -> Result<Verification, Error> {
        if !session_key::looks_like(presented) {
            return Ok(Verification::denied(Reason::Malformed));
        }
        // What we did not make is refused without a look at the store (NT-69).
        if !session_key::is_genuine(&self.keys, presented) {
            return Ok(Verification::denied(Reason::SessionUnknown));
        }
        let digest = Digest::of(presented);
        let Some(live) = self.session(&digest).await? else {
            return Ok(Verification::denied(Reason::SessionUnknown));
        };
        let session = live.current();
        let user = self.name_of(session.user);
        let verdict = self.decide(Credential::Session(&session), origin);
        if matches!(verdict, Verdict::Granted(_)) {
            live.used(origin.at);
        }
        Ok(Verification {
            verdict,
            known: Known {
                user,
                persona: session.persona,
                ..Known::default()
            },
            token: None,
        })
    }

    fn decide(&self, credential: Credential<'_>, origin: &Origin) -> Verdict {
        decide(credential, &self.memory.now(), origin.at, origin.client)
    }

    fn name_of(&self, user: UserId) -> Option<String> {
        let world = self.memory.now();
        let owner = world.principal(user)?;
        Some(owner.user.name.to_string())
    }

    /// Refuses to decide from a memory that may have missed a revocation.
    fn is_fresh(&self) -> Result<(), Error> {
        if self.memory.lease().is_held() {
            return Ok(());
        }
        Err(Error::unavailable(
            "the store has not committed for so long that a revocation may have been missed",
        ))
    }

    async fn read_token(&self, id: TokenId) -> Result<Option<Arc<Brief>>, Error> {
        if self.memory.tombstones.find(&id).is_some() {
            return Ok(None);
        }
        self.lookups.asked_store(Record::Token);
        let ticket = self.memory.tokens.ticket();
        let found = self.store.token(id).await?;
        let found = found.map(|token| Arc::new(Brief::from(&token)));
        if let Some(token) = &found {
            self.memory.tokens.fill(ticket, id, Arc::clone(token));
        }
        Ok(found)
    }

    /// What is known of a dead token. It stays dead, so what was found is kept: a client that goes on with one costs
    /// no further look at the store (NT-67).
    async fn tombstone(&self, id: TokenId) -> Result<Option<Arc<Tombstone>>, Error> {
        if let Some(stone) = self.memory.tombstones.find(&id) {
            self.lookups.remembered(Record::Tombstone);
            return Ok(Some(stone));
        }
        self.lookups.asked_store(Record::Tombstone);
        let ticket = self.memory.tombstones.ticket();
        let found = self.store.tombstone(id).await?.map(Arc::new);
        if let Some(stone) = &found {
            self.memory.tombstones.fill(ticket, id, Arc::clone(stone));
        }
        Ok(found)
    }

    async fn session(&self, digest: &Digest) -> Result<Option<Arc<LiveSession>>, Error> {
        self.is_fresh()?;
        if let Some(live) = self.memory.sessions.find(digest) {
            self.lookups.remembered(Record::Session);
            return Ok(Some(live));
        }
        self.lookups.asked_store(Record::Session);
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

    fn note_use(&self, grant: &Grant, origin: &Origin) {
        match (grant.via, origin.address) {
            (Via::Token(id), Some(address)) => self.uses.token(id, origin.at, address),
            (Via::Session(digest), _) => self.uses.session(&digest, origin.at),
            (Via::Token(_) | Via::Ephemeral(_) | Via::Password, _) => {}
        }
    }
}

/// What a string is proof of.
enum Proven {
    /// That we made the token of this id; and the user it names, if it does.
    Stored(TokenId, Option<String>),
    /// What it says itself: it has no record.
    Ephemeral(Box<Claims>),
}

/// Where the answer is.
enum Found {
    /// In memory.
    Here(Verification),
    /// In the store, under this id; and the user that the string names, if it does.
    Elsewhere(TokenId, Option<String>),
}

impl Verification {
    fn denied(reason: Reason) -> Self {
        Self {
            verdict: Verdict::Denied(reason),
            known: Known::default(),
            token: None,
        }
    }
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
