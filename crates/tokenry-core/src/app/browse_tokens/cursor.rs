//! Where a list goes on. Sealed, because the place where a call stopped may be that of a token that the caller may not
//! see (NT-19); and good for one caller and one order only.

use crate::{
    app::Caller,
    error::Error,
    id::TokenId,
    port::{Key, OrderBy, Place, WalkOrder},
    token::form::{
        key_ring::KeyRing,
        place_key::{self, RANDOM_BYTES},
    },
};

/// A text to be handed back unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// The text that a client has handed back. Whether it is one of ours is found out when it is used.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn seal(
        keys: &KeyRing,
        random: [u8; RANDOM_BYTES],
        caller: &Caller,
        order: WalkOrder,
        place: &Place,
    ) -> Result<Self, Error> {
        let key = match &place.key {
            Key::Number(number) => number.to_string(),
            Key::Text(text) => text.clone(),
        };
        let text = format!("{}{key}", place.id);
        place_key::seal(keys, random, &reader(caller, order), &text)
            .map(Self)
            .ok_or_else(|| Error::internal("the place in a list could not be sealed"))
    }

    pub(super) fn open(
        &self,
        keys: &KeyRing,
        caller: &Caller,
        order: WalkOrder,
    ) -> Result<Place, Error> {
        let opened = place_key::open(keys, &reader(caller, order), &self.0);
        opened
            .as_deref()
            .and_then(|text| place(text, order.by))
            .ok_or_else(|| {
                let why = "is not of this list: give back what the answer before said, with the same sort, or leave it out";
                Error::invalid("cursor", why)
            })
    }
}

/// For whom and what a cursor is good.
fn reader(caller: &Caller, order: WalkOrder) -> String {
    let direction = if order.descending { "down" } else { "up" };
    format!("1 {} {} {direction}", caller.id(), order.by)
}

fn place(text: &str, by: OrderBy) -> Option<Place> {
    let (id, key) = text.split_at_checked(64)?;
    let key = match by {
        OrderBy::Audience | OrderBy::User => Key::Text(key.to_owned()),
        _ => Key::Number(key.parse().ok()?),
    };
    let id = TokenId::from_hex(id)?;
    Some(Place { key, id })
}
