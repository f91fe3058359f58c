//! The hex form of a token: `token-` and lower-case hex digits, as Tanium writes them (spec/tanium.md 4.2).
//!
//! The last sixteen digits are a keyed MAC of the others, so a string that we did not make is refused without a look
//! at the store (NT-69), while to a client all digits look random. The same keyed hash gives the record's id: so the
//! store finds the record by what the string hashes to, and nothing it holds authenticates (NT-45).

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};

use crate::{
    id::{TokenId, bytes_from_hex, hex},
    secret::Plaintext,
    token::form::key_ring::{KeyRing, NamedKey},
};

/// What every string begins with. Clients that add it again are understood (spec/tanium.md 4.4).
pub const PREFIX: &str = "token-";

/// The shortest string, in characters: 168 random bits (NT-46).
pub const MIN_LEN: usize = 64;

/// The longest string, in characters.
pub const MAX_LEN: usize = 1024;

/// The digits of the MAC: 64 bits, each guess at which has to be made online.
const MAC_DIGITS: usize = 16;

/// The longest text that is looked at: a string with many prefixes.
const MAX_PRESENTED: usize = 2 * MAX_LEN;

/// Whether the text is meant to be such a string.
#[must_use]
pub fn looks_like(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// How many random bytes [`make`] needs for a string of `length` characters.
#[must_use]
pub fn random_bytes(length: usize) -> usize {
    random_digits(length).div_ceil(2)
}

/// Makes the string of a new token, `length` characters long in all, and the id of its record. `length` is brought
/// into the allowed range; `random` must have [`random_bytes`] bytes.
#[must_use]
pub fn make(keys: &KeyRing, random: &[u8], length: usize) -> (Plaintext, TokenId) {
    let mut digits = hex(random);
    digits.truncate(random_digits(length));
    let key = keys.signing();
    let (mac, id) = stamps(key, &digits);
    let string = format!("{PREFIX}{digits}{}", hex(&mac));
    (Plaintext::from(string), id)
}

/// Why a string is refused before its record is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexError {
    /// It has not the form.
    Malformed,
    /// It has the form, but none of our keys made it.
    Forged,
}

/// Proves that we made this string, and finds the id of its record. Any number
/// of prefixes may stand before the digits, none as well; the digits must fit exactly.
pub fn read(keys: &KeyRing, presented: &str) -> Result<TokenId, HexError> {
    if presented.len() > MAX_PRESENTED {
        return Err(HexError::Malformed);
    }
    let digits = presented.trim_start_matches(PREFIX);
    let allowed = MIN_LEN - PREFIX.len()..=MAX_LEN - PREFIX.len();
    let is_hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !allowed.contains(&digits.len()) || !is_hex(digits) {
        return Err(HexError::Malformed);
    }
    let (random, mac) = digits.split_at(digits.len() - MAC_DIGITS);
    let mac: [u8; MAC_DIGITS / 2] = bytes_from_hex(mac).ok_or(HexError::Malformed)?;
    keys.newest_first()
        .find_map(|key| {
            let (expected, id) = stamps(key, random);
            let fits = verify_slices_are_equal(&expected, &mac);
            fits.is_ok().then_some(id)
        })
        .ok_or(HexError::Forged)
}

fn random_digits(length: usize) -> usize {
    length.clamp(MIN_LEN, MAX_LEN) - PREFIX.len() - MAC_DIGITS
}

/// The MAC of the random digits, and the id of the record: disjoint parts of one HMAC, so neither tells the other.
fn stamps(key: &NamedKey, random: &str) -> ([u8; MAC_DIGITS / 2], TokenId) {
    let tag = hmac::sign(&key.hex, random.as_bytes());
    let (mut mac, mut id) = ([0; MAC_DIGITS / 2], [0; 32]);
    let parts = tag.as_ref().split_at_checked(32);
    if let Some((front, back)) = parts {
        mac.iter_mut().zip(front).for_each(|(to, from)| *to = *from);
        id.iter_mut().zip(back).for_each(|(to, from)| *to = *from);
    }
    (mac, TokenId::from_bytes(id))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::token::form::key_ring::{KeyId, RootSecret};

    fn ring(secrets: &[u8]) -> KeyRing {
        let key = |byte: &u8| {
            let name = KeyId::new(&format!("key.{byte}")).unwrap();
            (name, RootSecret::from_bytes([*byte; 32]))
        };
        KeyRing::new(secrets.iter().map(key).collect()).unwrap()
    }

    fn one(keys: &KeyRing, length: usize) -> (String, TokenId) {
        let random = vec![0xa7; random_bytes(length)];
        let (string, id) = make(keys, &random, length);
        (string.expose().to_owned(), id)
    }

    /// spec/tanium.md 4.2: the setting is the length of the whole string; odd ones are legal.
    #[test]
    fn a_string_has_the_length_asked_for() {
        let keys = ring(&[1]);
        for (asked, length) in [
            (64, 64),
            (65, 65),
            (134, 134),
            (1024, 1024),
            (0, 64),
            (9999, 1024),
        ] {
            let (string, id) = one(&keys, asked);
            assert_eq!(string.len(), length);
            assert!(string.starts_with(PREFIX));
            assert_eq!(read(&keys, &string), Ok(id));
        }
    }

    /// spec/tanium.md 4.4: header 1 to n prefixes, rotate 0 to n.
    #[test]
    fn any_number_of_prefixes_is_the_same_string() {
        let keys = ring(&[1]);
        let (string, id) = one(&keys, 64);
        let bare = string.strip_prefix(PREFIX).unwrap();
        for text in [
            bare,
            &string,
            &format!("{PREFIX}{string}"),
            &format!("{PREFIX}{PREFIX}{string}"),
        ] {
            assert_eq!(read(&keys, text), Ok(id), "{text}");
        }
    }

    #[test]
    fn an_older_key_still_finds_its_tokens_and_a_removed_one_does_not() {
        let (old, both, new) = (ring(&[1]), ring(&[1, 2]), ring(&[2]));
        let (string, id) = one(&old, 64);
        assert_eq!(read(&both, &string), Ok(id));
        assert_eq!(read(&new, &string), Err(HexError::Forged));
        assert_ne!(one(&both, 64), one(&old, 64));
    }

    /// Computed with Python's `hmac` and `hashlib`, so that no release changes the form unnoticed.
    #[test]
    fn the_form_does_not_change() {
        let keys = ring(&[1]);
        let (string, id) = one(&keys, 64);
        assert_eq!(
            string,
            format!("{PREFIX}{}c566a098c0712a11", "a7".repeat(21))
        );
        assert_eq!(
            id.to_hex(),
            "b7e55b942a33bfbca4ec52f41a40c41a92a927b6f1a7f1b38c04b84de9f0eb5a"
        );
    }

    #[test]
    fn what_has_not_the_form_is_malformed() {
        let keys = ring(&[1]);
        let (string, _) = one(&keys, 64);
        for text in [
            "",
            PREFIX,
            &string[..63],
            &string.to_uppercase(),
            &format!("{string}g"),
            &format!("{string} "),
            &format!("{PREFIX}{}", "a".repeat(1019)),
            &PREFIX.repeat(500),
        ] {
            assert_eq!(read(&keys, text), Err(HexError::Malformed), "{text}");
        }
    }

    proptest! {
        /// NT-53: only the exact digits pass.
        #[test]
        fn nt53_no_altered_string_passes(random in any::<[u8; 21]>(), at in 6..64_usize, by in 1..16_u32) {
            let keys = ring(&[1]);
            let (string, id) = make(&keys, &random, 64);
            prop_assert_eq!(read(&keys, string.expose()), Ok(id));
            let changed: String = string.expose().chars().enumerate().map(|(place, c)| {
                let digit = c.to_digit(16).unwrap_or(0);
                if place == at { char::from_digit(digit ^ by, 16).unwrap() } else { c }
            }).collect();
            prop_assert_eq!(read(&keys, &changed), Err(HexError::Forged));
            let (longer, shorter) = (format!("{}0", string.expose()), &string.expose()[..63]);
            prop_assert_eq!(read(&keys, &longer), Err(HexError::Forged));
            prop_assert_eq!(read(&keys, shorter), Err(HexError::Malformed));
        }
    }
}
