//! What signing in with a password makes: a short-lived record, found by the digest of its key.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use crate::{
    id::{PersonaId, UserId},
    secret::Digest,
};

/// A signed-in user. Its key is shown once and never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the session key.
    pub digest: Digest,
    /// Its number, which stands in the keys that have one, and in the log.
    pub number: i64,
    /// Who signed in.
    pub user: UserId,
    /// The persona he acts as.
    pub persona: PersonaId,
    /// When.
    pub created: Timestamp,
    /// Its last use; the stored one is a flush behind.
    pub last_used: Timestamp,
    /// Where the sign-in came from.
    pub address: IpAddr,
    /// How long it may lie idle; whole seconds.
    pub idle_timeout: SignedDuration,
}

impl Session {
    /// Whether it has been unused for too long.
    #[must_use]
    pub fn is_idle(&self, now: Timestamp) -> bool {
        now.duration_since(self.last_used) >= self.idle_timeout
    }
}
