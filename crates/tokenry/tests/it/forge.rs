//! Tokens made by whoever holds a server's key: what no client can write, signed well all the same. The derivation
//! is written down a second time here, so that the server's own cannot change unnoticed.

use std::path::Path;

use aws_lc_rs::{
    hkdf::{HKDF_SHA256, Salt},
    hmac,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use tokenry_core::id::{TokenId, hex};

/// The secret from which a server's first key is derived.
pub(crate) fn secret(data: &Path) -> Vec<u8> {
    let text = std::fs::read_to_string(data.join("keys.toml")).unwrap();
    let file: toml::Table = text.parse().unwrap();
    let secret = file["key"][0]["secret"].as_str().unwrap();
    STANDARD.decode(secret).unwrap()
}

/// The key that signs a server's first tokens.
pub(crate) fn key(data: &Path) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA512, &derived(data, b"tokenry/splunk-jwt/v1"))
}

/// A session key that the server could have made.
pub(crate) fn session_key(data: &Path) -> String {
    let key = derived(data, b"tokenry/session-key/v1");
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let random = [7; 36];
    let mac = hmac::sign(&key, &random);
    URL_SAFE_NO_PAD.encode([&random, &mac.as_ref()[..12]].concat())
}

fn derived(data: &Path, purpose: &[u8]) -> [u8; 64] {
    let mut bytes = [0; 64];
    Salt::new(HKDF_SHA256, &[])
        .extract(&secret(data))
        .expand(&[purpose], hmac::HMAC_SHA512)
        .and_then(|okm| okm.fill(&mut bytes))
        .unwrap();
    bytes
}

/// Header and claims, whatever they are, with a good signature.
pub(crate) fn sign(key: &hmac::Key, header: &str, claims: &str) -> String {
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
    let signed = format!("{header}.{claims}");
    let signature = hmac::sign(key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token in hex digits that the server could have made, and the id of its record.
pub(crate) fn hex_token(data: &Path, seed: u8) -> (String, TokenId) {
    hex_token_with(&derived(data, b"tokenry/hex-token/v1"), seed)
}

/// The same, made with another key.
pub(crate) fn hex_token_with(key: &[u8], seed: u8) -> (String, TokenId) {
    let digits = hex(&[seed; 21]);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, key), digits.as_bytes());
    let (mac, id) = tag.as_ref().split_at(32);
    let string = format!("token-{digits}{}", hex(&mac[..8]));
    (string, TokenId::from_bytes(id.try_into().unwrap()))
}

/// A session key with numbers that the server could have made.
pub(crate) fn numbered_key(data: &Path, user: i64, session: i64) -> String {
    let key = derived(data, b"tokenry/session-key/v1");
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let front = format!("{user}-{session}-{}", hex(&[9; 24]));
    let mac = hmac::sign(&key, front.as_bytes());
    format!("{front}{}", hex(&mac.as_ref()[..8]))
}

/// The id of the record of a token in hex digits.
pub(crate) fn id_of_hex_token(data: &Path, string: &str) -> TokenId {
    let key = hmac::Key::new(hmac::HMAC_SHA512, &derived(data, b"tokenry/hex-token/v1"));
    let digits = string.strip_prefix("token-").unwrap();
    let random = &digits[..digits.len() - 16];
    let tag = hmac::sign(&key, random.as_bytes());
    TokenId::from_bytes(tag.as_ref()[32..].try_into().unwrap())
}
