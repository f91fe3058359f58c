//! The forms a token's string can take, each with its proof that needs no look at the store.

pub mod key_ring;
pub mod splunk_jwt;
