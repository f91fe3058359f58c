//! The keys of sessions: random, with a keyed MAC, so that one we did not make is refused without a look at the store
//! (NT-69). A key is shown once; what is kept of it is its digest.
//!
//! Two spellings, for the clients of either vendor: 64 characters of base64url, or a user's and a session's number
//! before 64 hex digits (spec/tanium.md 3.1). Any door takes either.

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    id::{self, UserId},
    secret::Plaintext,
    token::form::{key_ring::KeyRing, looks_like_token},
};

/// How a session's key is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// 64 characters of base64url.
    Plain,
    /// `<user>-<session>-<64 hex digits>`.
    Numbered(UserId, i64),
}

/// How many random bytes [`make`] needs.
pub const RANDOM_BYTES: usize = 36;

/// How many of them are random in the numbered spelling: 192 bits; the other 64 bits of its digits are the MAC.
const NUMBERED_BYTES: usize = 24;

/// The bytes of the MAC in the plain spelling.
const PLAIN_MAC: usize = 12;

/// The bytes of the MAC in the numbered one.
const NUMBERED_MAC: usize = 8;

/// Makes a key.
#[must_use]
pub fn make(keys: &KeyRing, random: &[u8; RANDOM_BYTES], spelling: Spelling) -> Plaintext {
    let key = &keys.signing().session;
    Plaintext::from(match spelling {
        Spelling::Plain => {
            let mac = hmac::sign(key, random);
            let bytes = random.iter().chain(mac.as_ref().iter().take(PLAIN_MAC));
            URL_SAFE_NO_PAD.encode(bytes.copied().collect::<Vec<u8>>())
        }
        Spelling::Numbered(user, session) => {
            let random = random.split_at(NUMBERED_BYTES).0;
            let front = format!("{user}-{session}-{}", id::hex(random));
            let mac = hmac::sign(key, front.as_bytes());
            let mac: Vec<u8> = mac.as_ref().iter().take(NUMBERED_MAC).copied().collect();
            format!("{front}{}", id::hex(&mac))
        }
    })
}

/// Whether the text is meant to be a numbered key: two numbers and 64 lower-case hex digits.
#[must_use]
pub fn looks_numbered(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let is_number =
        |part: &str| (1..=19).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let is_digits = |part: &str| {
        part.len() == 64 && (part.bytes()).all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    parts.next().is_some_and(is_number)
        && parts.next().is_some_and(is_number)
        && parts.next().is_some_and(is_digits)
}

/// Whether the text has the form of a key at all. What begins like a token is meant to be one.
#[must_use]
pub fn looks_like(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let is_plain = text.len() == 64 && text.bytes().all(plain) && !looks_like_token(text);
    is_plain || looks_numbered(text)
}

/// Whether one of our keys made this one.
#[must_use]
pub fn is_genuine(keys: &KeyRing, text: &str) -> bool {
    keys.newest_first().any(|key| {
        if looks_numbered(text) {
            let (front, mac) = text.split_at(text.len() - 2 * NUMBERED_MAC);
            let expected = hmac::sign(&key.session, front.as_bytes());
            let expected: Vec<u8> =
                (expected.as_ref().iter().take(NUMBERED_MAC).copied()).collect();
            return verify_slices_are_equal(id::hex(&expected).as_bytes(), mac.as_bytes()).is_ok();
        }
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(text) else {
            return false;
        };
        let Some((random, mac)) = bytes.split_at_checked(RANDOM_BYTES) else {
            return false;
        };
        let expected = hmac::sign(&key.session, random);
        let expected = expected.as_ref().split_at_checked(PLAIN_MAC);
        expected.is_some_and(|(front, _)| verify_slices_are_equal(front, mac).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::token::form::key_ring::{KeyId, RootSecret};

    fn ring(byte: u8) -> KeyRing {
        let secret = RootSecret::from_bytes([byte; 32]);
        KeyRing::new(vec![(KeyId::first(), secret)]).unwrap()
    }

    const SPELLINGS: [Spelling; 2] = [
        Spelling::Plain,
        Spelling::Numbered(UserId::from_number(7), 318),
    ];

    /// spec/tanium.md 3.1: pytan3 finds the user's id in it.
    #[test]
    fn a_numbered_key_begins_with_the_numbers_of_user_and_session() {
        let key = make(&ring(1), &[9; RANDOM_BYTES], SPELLINGS[1]);
        assert!(key.expose().starts_with("7-318-0909"), "{}", key.expose());
        assert!(looks_numbered(key.expose()));
        assert!(!looks_numbered("7-318-09"));
        assert!(!looks_numbered(&key.expose().to_uppercase()));
    }

    proptest! {
        #[test]
        fn nt69_only_keys_that_we_made_are_genuine(random in any::<[u8; RANDOM_BYTES]>(), at in 0..200_usize, by in 1..9_u8) {
            for spelling in SPELLINGS {
                let key = make(&ring(1), &random, spelling);
                let text = key.expose();
                prop_assert!(looks_like(text));
                prop_assert!(is_genuine(&ring(1), text));
                prop_assert!(!is_genuine(&ring(2), text), "another installation's key");
                let at = at % text.len();
                let changed: String = text.bytes().enumerate().map(|(place, b)| {
                    char::from(if place == at { b'0' + (b.wrapping_add(by)) % 10 } else { b })
                }).collect();
                prop_assert!(changed == text || !is_genuine(&ring(1), &changed), "{changed}");
                prop_assert!(!is_genuine(&ring(1), &text[1..]));
            }
        }

        #[test]
        fn nt69_random_text_is_no_key(text in "[0-9A-Z_-]{64}|[0-9]{1,4}-[0-9]{1,4}-[0-9a-f]{64}") {
            prop_assert!(looks_like(&text));
            prop_assert!(!is_genuine(&ring(1), &text));
        }
    }
}
