//! Secrets and their digests: a [`Plaintext`] has no exit but [`Plaintext::expose`], and a [`Digest`] is what may be
//! kept of it (NT-41, NT-45, NT-49).
//!
//! Only for secrets of high entropy that we made ourselves: token strings and session keys. Not for passwords, which
//! people choose and which need a slow, salted hash, and not for signing keys
//! ([`RootSecret`](crate::token::form::key_ring::RootSecret)).

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use aws_lc_rs::digest::{SHA256, digest};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::id::{bytes_from_hex, hex};

/// A secret string, wiped from memory when dropped.
///
/// It cannot be printed, compared, serialised or copied by accident; whoever needs the text says so:
///
/// ```
/// use tokenry_core::secret::Plaintext;
///
/// let secret = Plaintext::from(String::from("tky_pat_0123"));
/// assert_eq!(secret.expose(), "tky_pat_0123");
/// assert_eq!(format!("{secret:?}"), "Plaintext");
/// ```
///
/// Not with `{}`:
///
/// ```compile_fail,E0277
/// use tokenry_core::secret::Plaintext;
/// println!("{}", Plaintext::from(String::from("tky_pat_0123")));
/// ```
///
/// Not with `==`, which takes longer the more of the secret was guessed right:
///
/// ```compile_fail,E0369
/// use tokenry_core::secret::Plaintext;
/// let _ = Plaintext::from(String::from("a")) == Plaintext::from(String::from("a"));
/// ```
///
/// Not into an answer, a log line or a file:
///
/// ```compile_fail,E0277
/// use tokenry_core::secret::Plaintext;
/// let _ = serde_json::to_string(&Plaintext::from(String::from("tky_pat_0123")));
/// ```
///
/// And not twice:
///
/// ```compile_fail,E0599
/// use tokenry_core::secret::Plaintext;
/// let _ = Plaintext::from(String::from("tky_pat_0123")).clone();
/// ```
pub struct Plaintext(Zeroizing<String>);

impl Plaintext {
    /// The secret itself, to be hashed, parsed or shown to its owner once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Takes the string over without a copy, so that nothing is left behind to wipe.
impl From<String> for Plaintext {
    fn from(secret: String) -> Self {
        Self(Zeroizing::new(secret))
    }
}

/// Prints the type's name only (NT-49).
impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plaintext")
    }
}

/// The SHA-256 of a secret (FIPS 180-4): 32 bytes, which find its record but cannot be presented in its stead.
///
/// Unsalted, because the secrets it stands for are too long to be guessed. Compared in constant time.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of the text's UTF-8 bytes.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        let mut bytes = [0; 32];
        for (slot, byte) in bytes
            .iter_mut()
            .zip(digest(&SHA256, secret.as_bytes()).as_ref())
        {
            *slot = *byte;
        }
        Self(bytes)
    }

    /// The digest stored as these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads exactly 64 lowercase hex digits; anything else is `None`.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        bytes_from_hex(text).map(Self)
    }

    /// The 64 lowercase hex digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl Hash for Digest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// Prints the type's name only: a digest in a log would let its reader recognise the secret elsewhere.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// SHA-256 of `abc`: FIPS 180-4, appendix B.1.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn nt49_debug_shows_no_secret() {
        let secret = Plaintext::from("canary".to_owned());
        assert_eq!(format!("{secret:?} {secret:#?}"), "Plaintext Plaintext");
        assert_eq!(
            format!("{:?} {:#?}", Digest::of("canary"), Digest::of("")),
            "Digest Digest"
        );
    }

    #[test]
    fn a_digest_is_sha_256() {
        assert_eq!(Digest::of("abc").to_hex(), ABC);
    }

    #[test]
    fn a_digest_survives_hex_and_bytes() {
        let digest = Digest::of("abc");
        assert!(Digest::from_hex(ABC) == Some(digest));
        assert!(Digest::from_bytes(*digest.as_bytes()) == digest);
        assert!(Digest::of("abd") != digest);
    }

    #[test]
    fn only_64_lowercase_hex_digits_are_a_digest() {
        let upper = ABC.to_uppercase();
        let long = format!("{ABC}0");
        let wide = format!("{}é", &ABC[..62]);
        let foreign = format!("{}g", &ABC[..63]);
        for text in ["", &ABC[..63], &long, &upper, &wide, &foreign] {
            assert!(Digest::from_hex(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_digest_is_a_key_of_a_map() {
        let map = HashMap::from([(Digest::of("a"), 1), (Digest::of("b"), 2)]);
        assert_eq!(map.get(&Digest::of("b")), Some(&2));
        assert_eq!(map.get(&Digest::of("c")), None);
    }
}
