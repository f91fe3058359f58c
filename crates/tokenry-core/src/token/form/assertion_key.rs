//! The keys that sign what APIs behind the gate are told: Ed25519 (RFC 8032), because whoever checks a signature must not
//! be able to make one.

use aws_lc_rs::{
    error::KeyRejected,
    signature::{Ed25519KeyPair, KeyPair as _},
};

use crate::id::hex;

/// One of them. `Debug` prints its name only.
pub struct AssertionKey {
    id: String,
    pair: Ed25519KeyPair,
}

impl AssertionKey {
    /// The key pair made of these bytes, which must be uniformly random.
    pub(super) fn from_seed(seed: &[u8]) -> Result<Self, KeyRejected> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed)?;
        // Named by what it is, so that a key made anew under an old name is another one.
        let id = hex(pair.public_key().as_ref()).chars().take(16).collect();
        Ok(Self { id, pair })
    }

    /// Its name, `kid`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public key: 32 bytes, `x` of RFC 8037 2 before base64url.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The signature of a message: 64 bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl std::fmt::Debug for AssertionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AssertionKey({})", self.id)
    }
}
