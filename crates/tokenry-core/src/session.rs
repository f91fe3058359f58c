//! What signing in with a password makes: a short-lived record, found by the digest of its key.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use crate::{id::UserId, secret::Digest};

/// A signed-in user. Its key is shown once and never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the session key.
    pub digest: Digest,
    /// Who signed in.
    pub user: UserId,
    /// When.
    pub created: Timestamp,
    /// Its last use; the stored one is a flush behind.
    pub last_used: Timestamp,
    /// Where the sign-in came from.
    pub address: IpAddr,
}

impl Session {
    /// Whether it has been unused for longer than `idle_timeout`.
    #[must_use]
    pub fn is_idle(&self, now: Timestamp, idle_timeout: SignedDuration) -> bool {
        now.duration_since(self.last_used) >= idle_timeout
    }
}
