//! The keys that sign tokens: a ring of named root secrets, from which the keys in use are derived.
//!
//! The last key of a ring signs; all of them verify. To rotate is to build a ring with one more key at its end; to
//! retire a key is to build one without it, and every token it signed is refused from then on. Publish a new key to all
//! verifiers before it signs (NT-56).
//!
//! Not here: where the ring is kept and how its file looks, and where random bytes come from.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    hkdf::{HKDF_SHA256, Salt},
    hmac,
};
use zeroize::Zeroizing;

use crate::token::form::{place_key::PlaceKey, splunk_jwt::HeaderSegment};

pub use crate::token::form::assertion_key::AssertionKey;

/// The name of a key, as it stands in a token's header (`kid`, RFC 7515 4.1.4).
///
/// 1 to [`KeyId::MAX_LEN`] ASCII letters, digits, dots, hyphens and underscores, so that it needs no escaping anywhere.
/// It is only ever looked up in a ring, never used as a path or an address (NT-52). Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// The longest name, in bytes.
    pub const MAX_LEN: usize = 64;

    /// The name of the first key of every ring: `splunk.secret`, the one that clients of the original see
    /// (spec/splunk.md 6.2).
    #[must_use]
    pub fn first() -> Self {
        Self("splunk.secret".into())
    }

    /// Reads a name.
    pub fn new(text: &str) -> Result<Self, InvalidKeyId> {
        let fits = (1..=Self::MAX_LEN).contains(&text.len());
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        if fits && text.bytes().all(plain) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidKeyId)
        }
    }

    /// The name for the key that follows this one: `splunk.secret`, `splunk.secret.2`, `splunk.secret.3`, …
    ///
    /// Fails only when that name would be too long.
    pub fn successor(&self) -> Result<Self, InvalidKeyId> {
        let numbered = self.0.rsplit_once('.').and_then(|(stem, number)| {
            let number = number.parse::<u32>().ok().filter(|n| *n >= 2)?;
            Some((stem, number.checked_add(1)?))
        });
        let (stem, number) = numbered.unwrap_or((&self.0, 2));
        Self::new(&format!("{stem}.{number}"))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no [`KeyId`]. Does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key's name has 1 to 64 ASCII letters, digits, dots, hyphens and underscores")]
pub struct InvalidKeyId;

/// 32 random bytes from which keys are derived. Wiped from memory when dropped; moving it leaves no copy behind.
///
/// Whoever has it can forge every token, so it cannot be printed:
///
/// ```
/// use tokenry_core::token::form::key_ring::RootSecret;
/// assert_eq!(RootSecret::from_bytes([7; 32]).expose(), &[7; 32]);
/// ```
///
/// ```compile_fail,E0277
/// use tokenry_core::token::form::key_ring::RootSecret;
/// println!("{:?}", RootSecret::from_bytes([7; 32]));
/// ```
pub struct RootSecret(Box<Zeroizing<[u8; 32]>>);

impl RootSecret {
    /// The secret made of these bytes, which must come from a cryptographic source of randomness. The caller wipes his
    /// own copy.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Box::new(Zeroizing::new(bytes)))
    }

    /// The bytes, to be written to the key file.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The keys of one installation, ready for use. `Debug` prints their names only.
pub struct KeyRing {
    signing: NamedKey,
    older: Vec<NamedKey>,
}

impl KeyRing {
    /// Derives the keys, once. The last one signs. The root secrets are wiped.
    pub fn new(secrets: Vec<(KeyId, RootSecret)>) -> Result<Self, KeyRingError> {
        let mut older = Vec::with_capacity(secrets.len());
        for (id, secret) in secrets {
            if older.iter().any(|key: &NamedKey| key.id == id) {
                return Err(KeyRingError::DuplicateId(id));
            }
            older.push(NamedKey::derive(id, &secret)?);
        }
        let signing = older.pop().ok_or(KeyRingError::Empty)?;
        Ok(Self { signing, older })
    }

    /// A ring of one key taken as it is, without derivation: for test vectors whose key is given.
    #[cfg(test)]
    pub(crate) fn from_raw_hmac_key(id: KeyId, key: &[u8]) -> Self {
        let jwt = hmac::Key::new(hmac::HMAC_SHA512, key);
        Self {
            signing: NamedKey {
                jwt_headers: HeaderSegment::all(&id),
                id,
                hex: jwt.clone(),
                opaque: jwt.clone(),
                assertion: Arc::new(AssertionKey::from_seed(&[7; 32]).unwrap()),
                number: 1,
                place: PlaceKey::from_bytes(&[7; 32]).unwrap(),
                session: hmac::Key::new(hmac::HMAC_SHA256, key),
                jwt,
            },
            older: Vec::new(),
        }
    }

    /// The name of the key that signs.
    #[must_use]
    pub fn signing_id(&self) -> &KeyId {
        &self.signing.id
    }

    /// The names of all keys, oldest first; the last one signs.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.older.iter().chain([&self.signing]).map(|key| &key.id)
    }

    /// The key that signs.
    pub(crate) fn signing(&self) -> &NamedKey {
        &self.signing
    }

    /// The key of that name.
    pub(crate) fn find(&self, id: &str) -> Option<&NamedKey> {
        self.newest_first().find(|key| key.id.as_str() == id)
    }

    /// The keys of that number: mostly one, as long as a ring has few keys.
    pub(crate) fn numbered(&self, number: u8) -> impl Iterator<Item = &NamedKey> {
        self.newest_first().filter(move |key| key.number == number)
    }

    /// The key that signs assertions.
    #[must_use]
    pub fn assertion_key(&self) -> Arc<AssertionKey> {
        Arc::clone(&self.signing.assertion)
    }

    /// All keys that assertions may be signed with, the one that signs first.
    pub fn assertion_keys(&self) -> impl Iterator<Item = &AssertionKey> {
        self.newest_first().map(|key| key.assertion.as_ref())
    }

    /// All keys, the likeliest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &NamedKey> {
        [&self.signing].into_iter().chain(self.older.iter().rev())
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing ")?;
        f.debug_list().entries(self.ids()).finish()
    }
}

/// A ring that cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// There is no key.
    #[error("a key ring needs at least one key")]
    Empty,
    /// Two keys have the same name.
    #[error("the key ring has two keys named {0}")]
    DuplicateId(KeyId),
    /// The cryptographic library refused to derive a key.
    #[error("a key could not be derived")]
    Derivation,
}

/// One key of a ring: its name and what was derived from its root secret, one key for each purpose.
pub(crate) struct NamedKey {
    /// Its name, `kid`.
    pub(crate) id: KeyId,
    /// For HMAC-SHA-512 over a JWT. It knows its algorithm, so a token's header cannot choose another (NT-52).
    pub(crate) jwt: hmac::Key,
    /// For HMAC-SHA-512 over the digits of a token in hex.
    pub(crate) hex: hmac::Key,
    /// For HMAC-SHA-512 over the payload of an opaque token.
    pub(crate) opaque: hmac::Key,
    /// The number that opaque tokens name it by, 1 to 255. Made from its secret, not its place in the ring, so that it
    /// stays when an older key is removed. It only saves work: two keys may have the same, and then both are tried.
    pub(crate) number: u8,
    /// For assertions of the gate.
    pub(crate) assertion: Arc<AssertionKey>,
    /// For places in lists.
    pub(crate) place: PlaceKey,
    /// For HMAC-SHA-256 over session keys.
    pub(crate) session: hmac::Key,
    /// The headers of the JWTs it signs.
    pub(crate) jwt_headers: [HeaderSegment; HeaderSegment::COUNT],
}

/// What the derived keys are for (`info` of RFC 5869): two purposes never share a key. To change one is to refuse
/// everything made for it so far.
mod purpose {
    pub(super) const ASSERTION: &[&[u8]] = &[b"tokenry/assertion/v1"];
    pub(super) const HEX: &[&[u8]] = &[b"tokenry/hex-token/v1"];
    pub(super) const JWT: &[&[u8]] = &[b"tokenry/splunk-jwt/v1"];
    pub(super) const OPAQUE: &[&[u8]] = &[b"tokenry/opaque-token/v1"];
    pub(super) const OPAQUE_NUMBER: &[&[u8]] = &[b"tokenry/opaque-token/number/v1"];
    pub(super) const PLACE: &[&[u8]] = &[b"tokenry/place-in-list/v1"];
    pub(super) const SESSION: &[&[u8]] = &[b"tokenry/session-key/v1"];
}

impl NamedKey {
    /// HKDF-SHA-256 without a salt (RFC 5869 3.1: the root secret is uniformly random already), 64 bytes for each key.
    fn derive(id: KeyId, secret: &RootSecret) -> Result<Self, KeyRingError> {
        let extracted = Salt::new(HKDF_SHA256, &[]).extract(secret.expose());
        let expand = |purpose| {
            let mut bytes = Zeroizing::new([0; 64]);
            extracted
                .expand(purpose, hmac::HMAC_SHA512)
                .and_then(|okm| okm.fill(bytes.as_mut_slice()))
                .map_err(|_| KeyRingError::Derivation)?;
            Ok(bytes)
        };
        let derive = |purpose, algorithm| {
            let bytes = expand(purpose)?;
            Ok(hmac::Key::new(algorithm, bytes.as_slice()))
        };
        let [number, ..] = *expand(purpose::OPAQUE_NUMBER)?;
        Ok(Self {
            jwt_headers: HeaderSegment::all(&id),
            id,
            jwt: derive(purpose::JWT, hmac::HMAC_SHA512)?,
            hex: derive(purpose::HEX, hmac::HMAC_SHA512)?,
            opaque: derive(purpose::OPAQUE, hmac::HMAC_SHA512)?,
            number: 1 + number % 255,
            assertion: {
                let bytes = expand(purpose::ASSERTION)?;
                let seed = bytes.first_chunk::<32>().ok_or(KeyRingError::Derivation)?;
                let key = AssertionKey::from_seed(seed);
                Arc::new(key.map_err(|_| KeyRingError::Derivation)?)
            },
            place: {
                let bytes = expand(purpose::PLACE)?;
                let bytes = bytes.first_chunk::<32>().ok_or(KeyRingError::Derivation)?;
                PlaceKey::from_bytes(bytes).map_err(|_| KeyRingError::Derivation)?
            },
            session: derive(purpose::SESSION, hmac::HMAC_SHA256)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Digest;

    fn id(text: &str) -> KeyId {
        KeyId::new(text).unwrap()
    }

    fn ring(names: &[&str]) -> Result<KeyRing, KeyRingError> {
        let secret = |n: usize| RootSecret::from_bytes([u8::try_from(n).unwrap(); 32]);
        KeyRing::new(
            names
                .iter()
                .enumerate()
                .map(|(n, name)| (id(name), secret(n)))
                .collect(),
        )
    }

    #[test]
    fn keys_are_named_in_sequence() {
        let names: Vec<_> = std::iter::successors(Some(KeyId::first()), |id| id.successor().ok())
            .take(11)
            .collect();
        assert_eq!(names[0], id("splunk.secret"));
        assert_eq!(names[1], id("splunk.secret.2"));
        assert_eq!(names[2], id("splunk.secret.3"));
        assert_eq!(names[10], id("splunk.secret.11"));
    }

    #[test]
    fn a_name_that_ends_like_a_number_but_is_none_gets_one() {
        for (name, next) in [
            ("a", "a.2"),
            ("a.b", "a.b.2"),
            ("a.1", "a.1.2"),
            ("a.4294967295", "a.4294967295.2"),
        ] {
            assert_eq!(id(name).successor(), Ok(id(next)));
        }
        assert_eq!(id(&"k".repeat(64)).successor(), Err(InvalidKeyId));
    }

    #[test]
    fn nt52_a_name_is_plain() {
        let long = "k".repeat(65);
        for text in [
            "", " ", "a b", "../key", "a/b", "a\0", "a\n", "a'b", "ключ", "http://x", &long,
        ] {
            assert_eq!(KeyId::new(text), Err(InvalidKeyId), "{text:?}");
        }
    }

    #[test]
    fn the_last_key_signs_and_all_are_found() {
        let ring = ring(&["a", "b", "c"]).unwrap();
        assert_eq!(ring.signing_id(), &id("c"));
        assert_eq!(ring.signing().id, id("c"));
        assert_eq!(
            ring.ids().map(KeyId::as_str).collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
        for name in ["a", "b", "c"] {
            assert_eq!(ring.find(name).unwrap().id, id(name));
        }
        assert!(ring.find("d").is_none());
        assert!(ring.find("").is_none());
    }

    #[test]
    fn a_ring_needs_keys_and_their_names_differ() {
        assert_eq!(ring(&[]).unwrap_err(), KeyRingError::Empty);
        assert_eq!(
            ring(&["a", "b", "a"]).unwrap_err(),
            KeyRingError::DuplicateId(id("a"))
        );
    }

    #[test]
    fn nt49_debug_shows_names_only() {
        assert_eq!(
            format!("{:?}", ring(&["a", "b"]).unwrap()),
            r#"KeyRing [KeyId("a"), KeyId("b")]"#
        );
    }

    /// Computed with Python's `hmac` and `hashlib`, so that no release changes the derivation unnoticed.
    #[test]
    fn the_derivation_is_hkdf_sha_256() {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(0..).for_each(|(byte, n)| *byte = n);
        let ring = KeyRing::new(vec![(KeyId::first(), RootSecret::from_bytes(bytes))]).unwrap();
        let tag = hmac::sign(&ring.signing().jwt, b"message");
        let first_half = Digest::from_bytes(tag.as_ref()[..32].try_into().unwrap());
        assert_eq!(
            first_half.to_hex(),
            "c57b1b8577d734dd653fd9c3451da1cf8af4356aae9c5452b558067a1c58296f"
        );
    }
}
