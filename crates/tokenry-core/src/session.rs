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
    /// Its last use, coalesced to [`Session::TOUCH_INTERVAL`].
    pub last_used: Timestamp,
    /// Where the sign-in came from.
    pub address: IpAddr,
}

impl Session {
    /// How exact `last_used` is: a session in constant use is written at most this often.
    pub const TOUCH_INTERVAL: SignedDuration = SignedDuration::from_secs(60);

    /// Whether it has been unused for longer than `idle_timeout`.
    #[must_use]
    pub fn is_idle(&self, now: Timestamp, idle_timeout: SignedDuration) -> bool {
        now.duration_since(self.last_used) >= idle_timeout
    }
}
