//! The exact form of opaque tokens, and that only the exact string passes.

use proptest::prelude::*;

use super::*;
use crate::token::form::{
    key_ring::{KeyId, RootSecret},
    looks_like_token, session_key,
};

const RANDOM: [u8; RANDOM_BYTES] = [0x5a; RANDOM_BYTES];

/// Computed with Python's integers.
const TWO_TO_344: &str = "OQtmfli353fF8t4yjg0gd7zzKSfFvOBbmVUsSzBC6pGpc7CYPFNRpM16mG";

fn ring(secrets: &[u8]) -> KeyRing {
    let key = |byte: &u8| {
        let name = KeyId::new(&format!("key.{byte}")).unwrap();
        (name, RootSecret::from_bytes([*byte; 32]))
    };
    KeyRing::new(secrets.iter().map(key).collect()).unwrap()
}

fn one(keys: &KeyRing, kind: Kind) -> (String, TokenId) {
    let (string, id) = make(keys, &RANDOM, kind);
    (string.expose().to_owned(), id)
}

/// A string with a checksum that is right.
fn sealed(front: &str) -> String {
    let checksum = base62::checksum(front.as_bytes()).map(char::from);
    format!("{front}{}", String::from_iter(checksum))
}

/// Computed with Python's `hmac`, `hashlib` and `zlib`, so that no release changes the form unnoticed. In two parts, so
/// that no scanner takes them for leaked ones.
#[test]
fn the_form_does_not_change() {
    let keys = ring(&[1]);
    let mut random = [0; RANDOM_BYTES];
    random.iter_mut().zip(0..).for_each(|(byte, n)| *byte = n);
    let rows = [
        (
            Kind::Personal,
            "GDzGge0SHyOSHn9xfvL2S1KjTuFS3oOJZjzrV9F0BWfLMca0MwqFQZl4XP3J6D8W",
            "d9a4b0e42a260809019bea5b22aed293f5d018df24040a62bfd473b216dfe3cb",
        ),
        (
            Kind::Service,
            "GDzGge0SHyOSHn9xfvL2S1KjTuFS3oOJZjzrV9F0BWKzmkkWKBklk3TOGF3r6tlk",
            "2e6158dd95c02c412a696c74240389cb37dc09571e0b27938ff2ca7bff505d84",
        ),
    ];
    for (kind, digits, expected) in rows {
        let (string, id) = make(&keys, &random, kind);
        assert_eq!(string.expose(), format!("tky_{kind}_{digits}"));
        assert_eq!(string.expose().len(), LEN);
        assert_eq!(id.to_hex(), expected);
        assert_eq!(read(&keys, string.expose()), Ok(id));
    }
}

#[test]
fn a_kind_is_found_by_its_name() {
    for kind in Kind::ALL {
        assert_eq!(Kind::named(kind.as_str()), Some(kind));
    }
    assert_eq!(Kind::named("tmp"), None);
}

/// Also one whose number another key has: 1 and 95 have the same.
#[test]
fn an_older_key_still_finds_its_tokens_and_a_removed_one_does_not() {
    let old = ring(&[1]);
    for newer in [2, 95] {
        let (both, new) = (ring(&[1, newer]), ring(&[newer]));
        let (string, id) = one(&old, Kind::Personal);
        assert_eq!(read(&both, &string), Ok(id));
        assert_eq!(read(&ring(&[7, 1, newer]), &string), Ok(id));
        assert_eq!(read(&new, &string), Err(OpaqueError::Forged));
        assert_ne!(one(&both, Kind::Personal), one(&old, Kind::Personal));
    }
    let number = |byte| ring(&[byte]).signing().number;
    assert_eq!(
        number(1),
        number(95),
        "the case of two keys with one number"
    );
    assert_ne!(number(1), number(2));
}

#[test]
fn every_key_has_a_number_that_is_not_zero() {
    assert!((0..=255).all(|byte| ring(&[byte]).signing().number != 0));
}

#[test]
fn a_personal_token_cannot_be_made_a_services() {
    let keys = ring(&[1]);
    let (string, _) = one(&keys, Kind::Personal);
    let (front, _) = string.split_at(PREFIX_LEN + BODY);
    let swapped = front.replace("_pat_", "_svc_");
    assert_eq!(read(&keys, &sealed(&swapped)), Err(OpaqueError::Forged));
    assert_eq!(sealed(front), string);
}

/// With a checksum that anybody can compute.
#[test]
fn a_forged_string_with_the_right_checksum_is_refused() {
    let keys = ring(&[1]);
    let forged = |body: &str| read(&keys, &sealed(&format!("tky_pat_{body}")));
    let zeros = "0".repeat(BODY);
    assert_eq!(forged(&zeros), Err(OpaqueError::Forged), "a key 0");
    let greatest = "OQtmfli353fF8t4yjg0gd7zzKSfFvOBbmVUsSzBC6pGpc7CYPFNRpM16mF";
    assert_eq!(forged(greatest), Err(OpaqueError::Forged));
    let beyond = "z".repeat(BODY);
    assert_eq!(forged(&beyond), Err(OpaqueError::Malformed));
}

/// What has the same value modulo 2^344, so that a reader that drops the bits beyond would take it.
#[test]
fn nt53_a_number_beyond_the_payload_is_refused() {
    let keys = ring(&[1]);
    let (string, _) = one(&keys, Kind::Personal);
    let alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let value = |c: char| alphabet.find(c).unwrap();
    let modulus: Vec<usize> = TWO_TO_344.chars().map(value).collect();
    let ours: Vec<usize> = string[PREFIX_LEN..PREFIX_LEN + BODY]
        .chars()
        .map(value)
        .collect();
    let mut carry = 0;
    let mut sum: Vec<char> = ours
        .iter()
        .zip(&modulus)
        .rev()
        .map(|(a, b)| {
            let digit = a + b + carry;
            carry = digit / 62;
            alphabet.chars().nth(digit % 62).unwrap()
        })
        .collect();
    sum.reverse();
    assert_eq!(carry, 0, "still 58 digits");
    let alias = sealed(&format!("tky_pat_{}", String::from_iter(sum)));
    assert_eq!(read(&keys, &alias), Err(OpaqueError::Malformed));
}

#[test]
fn nt53_what_has_not_the_form_is_malformed() {
    let keys = ring(&[1]);
    let (string, _) = one(&keys, Kind::Personal);
    for text in [
        "",
        "tky_pat_",
        &string[..LEN - 1],
        &string[1..],
        &string.to_uppercase(),
        &string.to_lowercase(),
        &string.replace("tky", "akt"),
        &string.replace("_pat_", "_tmp_"),
        &string.replace("_pat_", "-pat-"),
        &format!("{string}="),
        &format!("{string} "),
        &format!(" {string}"),
        &format!("{string}\n"),
        &format!("{string}\0"),
        &format!("tky_pat_{string}"),
        &format!("{}\u{e9}", &string[..LEN - 2]),
        &"0".repeat(LEN),
        &"tky_pat_".repeat(1000),
    ] {
        assert_eq!(read(&keys, text), Err(OpaqueError::Malformed), "{text:.80}");
    }
}

#[test]
fn it_is_meant_to_be_a_token_and_no_session_key_even_when_cut_to_the_length_of_one() {
    let (string, _) = one(&ring(&[1]), Kind::Service);
    for text in [&string, &string[..64]] {
        assert!(looks_like(text) && looks_like_token(text), "{text}");
        assert!(!session_key::looks_like(text), "{text}");
    }
    assert!(!looks_like("tky_tmp_") && !looks_like("TKY_PAT_") && !looks_like("tky_"));
}

proptest! {
    #[test]
    fn what_is_made_is_read(random in any::<[u8; RANDOM_BYTES]>(), service: bool) {
        let kind = if service { Kind::Service } else { Kind::Personal };
        let keys = ring(&[1]);
        let (string, id) = make(&keys, &random, kind);
        prop_assert_eq!(string.expose().len(), LEN);
        prop_assert_eq!(read(&keys, string.expose()), Ok(id));
        prop_assert_eq!(read(&ring(&[2]), string.expose()), Err(OpaqueError::Forged));
    }

    /// NT-53: only the exact string passes. Also with a checksum made right for the altered one.
    #[test]
    fn nt53_no_altered_string_passes(
        random in any::<[u8; RANDOM_BYTES]>(),
        at in 0..LEN,
        to in "[0-9A-Za-z_]",
        bit in 0..7_u32,
    ) {
        let keys = ring(&[1]);
        let (string, _) = make(&keys, &random, Kind::Personal);
        let genuine = string.expose();
        let (before, after) = genuine.split_at(at);
        let letter = &after[..1];
        let flipped = char::from(letter.as_bytes()[0] ^ 1 << bit);
        let other_case: String = letter
            .chars()
            .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            .collect();
        let altered = [
            format!("{before}{to}{}", &after[1..]),
            format!("{before}{flipped}{}", &after[1..]),
            format!("{before}{other_case}{}", &after[1..]),
            format!("{before}{to}{after}"),
            format!("{before}{}", &after[1..]),
            before.to_owned(),
            format!("{genuine}{to}"),
            format!("{to}{genuine}"),
        ];
        for text in altered.iter().filter(|text| *text != genuine) {
            prop_assert!(read(&keys, text).is_err(), "{}", text);
            if let Some(front) = text.get(..PREFIX_LEN + BODY).filter(|front| !genuine.starts_with(front)) {
                prop_assert!(read(&keys, &sealed(front)).is_err(), "{}", text);
            }
        }
    }
}
