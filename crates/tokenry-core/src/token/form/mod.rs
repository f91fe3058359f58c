//! The forms that the string of a token or a session can take, each with its proof that needs no look at the store.

pub mod assertion_key;
mod base62;
pub mod hex;
pub mod key_ring;
pub mod opaque;
pub mod place_key;
pub mod session_key;
pub mod splunk_jwt;

/// Whether the text is meant to be a token, of whichever form.
#[must_use]
pub fn looks_like_token(text: &str) -> bool {
    splunk_jwt::looks_like(text) || hex::looks_like(text) || opaque::looks_like(text)
}
