//! The forms that the string of a token or a session can take, each with its proof that needs no look at the store.

pub mod hex;
pub mod key_ring;
pub mod session_key;
pub mod splunk_jwt;
