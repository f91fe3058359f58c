//! Seals what a client is given to hand back and is not to read: where in a list he has got to. AES-256-GCM
//! (NIST SP 800-38D).
//!
//! Not here: what is sealed.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    error::Unspecified,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::token::form::key_ring::KeyRing;

/// How many random bytes [`seal`] needs: at most four thousand million texts may be sealed with one key, so that no
/// nonce comes twice.
pub const RANDOM_BYTES: usize = NONCE_LEN;

/// The key, one of each key of the ring.
pub(crate) struct PlaceKey(LessSafeKey);

impl PlaceKey {
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Unspecified> {
        Ok(Self(LessSafeKey::new(UnboundKey::new(
            &AES_256_GCM,
            bytes,
        )?)))
    }
}

/// Seals a text for a reader, who is named in words of ours. Base64url.
#[must_use]
pub fn seal(
    keys: &KeyRing,
    random: [u8; RANDOM_BYTES],
    reader: &str,
    text: &str,
) -> Option<String> {
    let mut sealed = text.as_bytes().to_vec();
    let nonce = Nonce::assume_unique_for_key(random);
    let key = &keys.signing().place.0;
    key.seal_in_place_append_tag(nonce, Aad::from(reader), &mut sealed)
        .ok()?;
    let bytes = [random.as_slice(), &sealed].concat();
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// The text that was sealed for this reader, by any key of the ring.
#[must_use]
pub fn open(keys: &KeyRing, reader: &str, sealed: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (random, sealed) = bytes.split_first_chunk::<RANDOM_BYTES>()?;
    keys.newest_first().find_map(|key| {
        let mut text = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*random);
        let opened = key
            .place
            .0
            .open_in_place(nonce, Aad::from(reader), &mut text);
        String::from_utf8(opened.ok()?.to_vec()).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::form::key_ring::{KeyId, RootSecret};

    fn ring(secrets: &[u8]) -> KeyRing {
        let named = |number: &u8| {
            let id = KeyId::new(&format!("key-{number}")).unwrap();
            (id, RootSecret::from_bytes([*number; 32]))
        };
        KeyRing::new(secrets.iter().map(named).collect()).unwrap()
    }

    #[test]
    fn only_who_it_was_sealed_for_opens_it_and_only_with_its_key() {
        let sealed = seal(&ring(&[1]), [5; RANDOM_BYTES], "reader", "a place").unwrap();
        let open = |secrets: &[u8], reader: &str| open(&ring(secrets), reader, &sealed);
        assert_eq!(open(&[1], "reader").as_deref(), Some("a place"));
        assert_eq!(open(&[1, 2], "reader").as_deref(), Some("a place"));
        assert_eq!(open(&[1], "reader2"), None);
        assert_eq!(open(&[2], "reader"), None);
    }

    #[test]
    fn what_was_changed_or_cut_is_not_opened() {
        let keys = ring(&[1]);
        let sealed = seal(&keys, [5; RANDOM_BYTES], "", "a place").unwrap();
        assert!(!sealed.contains("a place"));
        for at in 0..sealed.len() {
            let mut other = sealed.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(open(&keys, "", &other), None, "{at}");
            assert_eq!(open(&keys, "", &sealed[..at]), None, "{at}");
        }
    }
}
