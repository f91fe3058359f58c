//! The opaque form of a token, our own: `tky_pat_` or `tky_svc_`, 58 digits in base 62, and six more of a checksum
//! (spec/data-plane.md 8.2). The prefix and the checksum are for scanners that look for leaked secrets, and for people
//! who copy by hand; neither proves anything.
//!
//! The digits are 43 bytes: the number of a key, an id, the secret, and a keyed MAC of all that and of the prefix. So a
//! string that we did not make is refused without a look at the store (NT-69). The same keyed hash gives the record's
//! id, as in [`hex`](super::hex): nothing that the store holds authenticates (NT-45). Only the exact string passes:
//! no other case, no spaces, no other spelling of the same number (NT-53).
//!
//! Not here: a prefix of one's own. It is the same for all installations, so that one set of rules finds the tokens of
//! all of them.

use std::fmt;

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};

use crate::{
    id::TokenId,
    secret::Plaintext,
    token::form::{
        base62,
        key_ring::{KeyRing, NamedKey},
    },
};

/// The length of every string, in characters.
pub const LEN: usize = PREFIX_LEN + BODY + CHECKSUM;

/// How many random bytes [`make`] needs: an id of ten, and a secret of 160 bits (NT-46).
pub const RANDOM_BYTES: usize = 30;

/// The prefix with the underscore after it.
const PREFIX_LEN: usize = 8;

/// The digits of the payload.
const BODY: usize = 58;

/// The digits of the checksum.
const CHECKSUM: usize = 6;

/// Number, id and secret.
const SIGNED: usize = 1 + RANDOM_BYTES;

/// The MAC: 96 bits.
const TAG: usize = 12;

/// Whom a token is for. It stands in the string for people and scanners, and is not kept elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person's: `pat`.
    Personal,
    /// A service's: `svc`.
    Service,
}

impl Kind {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Personal, Self::Service];

    /// The one of this name, as it stands in the prefix.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Its name in the prefix.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Personal => "pat",
            Self::Service => "svc",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Personal => "tky_pat_",
            Self::Service => "tky_svc_",
        }
    }

    /// What a text begins with, if it begins with a prefix.
    fn of(text: &str) -> Option<Self> {
        (Self::ALL.into_iter()).find(|kind| text.starts_with(kind.prefix()))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether the text is meant to be such a string.
#[must_use]
pub fn looks_like(text: &str) -> bool {
    Kind::of(text).is_some()
}

/// Makes the string of a new token and the id of its record.
#[must_use]
pub fn make(keys: &KeyRing, random: &[u8; RANDOM_BYTES], kind: Kind) -> (Plaintext, TokenId) {
    let key = keys.signing();
    let (mut signed, mut payload) = ([0; SIGNED], [0; base62::BYTES]);
    fill(&mut signed, [key.number].iter().chain(random));
    let (tag, id) = stamps(key, kind, &signed);
    fill(&mut payload, signed.iter().chain(&tag));
    // Written into its own length, so that no shorter copy of the secret is left behind.
    let mut string = String::with_capacity(LEN);
    string.push_str(kind.prefix());
    base62::write(&payload, &mut string);
    let checksum = base62::checksum(string.as_bytes());
    string.extend(checksum.map(char::from));
    (Plaintext::from(string), id)
}

/// Why a string is refused before its record is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpaqueError {
    /// It has not the form, or its checksum is wrong: cut, mistyped, or made up.
    Malformed,
    /// It has the form, but none of our keys made it.
    Forged,
}

/// Proves that we made this string, and finds the id of its record. The cheapest check comes first: length, prefix,
/// checksum, alphabet, MAC.
pub fn read(keys: &KeyRing, presented: &str) -> Result<TokenId, OpaqueError> {
    let malformed = OpaqueError::Malformed;
    if presented.len() != LEN {
        return Err(malformed);
    }
    let kind = Kind::of(presented).ok_or(malformed)?;
    let (front, checksum) = presented.as_bytes().split_at(PREFIX_LEN + BODY);
    if base62::checksum(front) != checksum {
        return Err(malformed);
    }
    let (_, body) = front.split_at(PREFIX_LEN);
    let payload = base62::read(body).ok_or(malformed)?;
    let (signed, tag) = payload.split_first_chunk::<SIGNED>().ok_or(malformed)?;
    let [number, ..] = *signed;
    keys.numbered(number)
        .find_map(|key| {
            let (expected, id) = stamps(key, kind, signed);
            verify_slices_are_equal(&expected, tag).ok().map(|()| id)
        })
        .ok_or(OpaqueError::Forged)
}

/// The MAC, and the id of the record: disjoint parts of one HMAC, so neither tells the other.
fn stamps(key: &NamedKey, kind: Kind, signed: &[u8; SIGNED]) -> ([u8; TAG], TokenId) {
    const FRONT: &[u8; 5] = b"tok1\0";
    // In one piece, which is quicker than to hash it bit by bit: the label, the prefix without its underscore, a zero.
    let mut message = [0; FRONT.len() + PREFIX_LEN + SIGNED];
    let prefix = kind.prefix().trim_end_matches('_').as_bytes();
    let parts = FRONT.iter().chain(prefix).chain(&[0]).chain(signed);
    fill(&mut message, parts);
    let hash = hmac::sign(&key.opaque, &message);
    let (mut tag, mut id) = ([0; TAG], [0; 32]);
    if let Some((front, back)) = hash.as_ref().split_at_checked(32) {
        fill(&mut tag, front);
        fill(&mut id, back);
    }
    (tag, TokenId::from_bytes(id))
}

fn fill<'a>(to: &mut [u8], from: impl IntoIterator<Item = &'a u8>) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

#[cfg(test)]
mod tests;
