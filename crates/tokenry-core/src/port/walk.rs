//! A list of tokens that is read in parts: what the console and our own API browse. One part looks at a bounded number
//! of records, however many there are and whatever is searched, and says where the next one goes on.
//!
//! Not here: what a caller may see, and how he writes a condition; that is for `app::browse_tokens`. The lists of the
//! vendors' faces, which count all they leave out, are a [`TokenQuery`](crate::port::TokenQuery).

use std::fmt;

use jiff::Timestamp;

use crate::{
    audit::named,
    id::{PersonaId, TokenId, UserId},
    port::Pattern,
    token::{Origins, Status, Token},
};

/// Which tokens to walk along, in which order, and how far. All conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// Only this user's.
    pub owner: Option<UserId>,
    /// Only those for which every filter holds.
    pub filters: Vec<Filter>,
    /// In which order.
    pub order: WalkOrder,
    /// Only those behind this place.
    pub after: Option<Place>,
    /// How many tokens to answer at most.
    pub limit: u32,
    /// After how many records to stop, or about so, if the filters have let too few through by then.
    pub reach: u32,
}

/// The order of a walk. Ties are broken by id, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkOrder {
    /// By what.
    pub by: OrderBy,
    /// The greatest first.
    pub descending: bool,
}

named! {
    /// What a walk can go along.
    OrderBy {
        /// The audience, without regard to ASCII case.
        Audience = "audience",
        /// When it was made.
        Created = "created",
        /// The end of its life. One that never ends comes behind all others.
        Expires = "expires",
        /// When it was last used. One that never was comes before all others.
        LastUsed = "last_used",
        /// The begin of its life.
        NotBefore = "not_before",
        /// Its number, which is the order in which tokens were stored.
        Number = "number",
        /// The name of the user it acts for.
        User = "user",
    }
}

/// A place in the order of a walk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// What is sorted by.
    pub key: Key,
    /// What breaks the tie.
    pub id: TokenId,
}

/// What a walk is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A number, or an instant in seconds.
    Number(i64),
    /// A text.
    Text(String),
}

impl Key {
    /// The place of a token that never expires, where that is sorted by.
    pub const NEVER: Self = Self::Number(i64::MAX);
}

impl Place {
    /// The place of a token.
    #[must_use]
    pub fn of(token: &Token, by: OrderBy) -> Self {
        let key = match by {
            OrderBy::Audience => Key::Text(token.audience.as_str().to_ascii_lowercase()),
            OrderBy::User => Key::Text(token.subject.to_string()),
            OrderBy::Expires => token
                .expires
                .map_or(Key::NEVER, |end| Key::Number(end.as_second())),
            OrderBy::Created => Key::Number(NumberOf::Created.in_token(token)),
            OrderBy::LastUsed => Key::Number(NumberOf::LastUsed.in_token(token)),
            OrderBy::NotBefore => Key::Number(NumberOf::NotBefore.in_token(token)),
            OrderBy::Number => Key::Number(NumberOf::Number.in_token(token)),
        };
        Self { key, id: token.id }
    }
}

/// A condition on a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// The text stands somewhere in one of its texts, without regard to ASCII case.
    Anywhere(String),
    /// A number of it is so great.
    Number(NumberOf, Bound),
    /// It acts as one of these.
    Persona(Vec<PersonaId>),
    /// It has this status.
    Status(Status),
    /// A text of it is so.
    Text(TextOf, Pattern),
    /// The other condition does not hold.
    Not(Box<Self>),
}

/// How a number is compared. 0 stands for never, and is neither less nor greater than anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// It is greater.
    Above(i64),
    /// It is less.
    Below(i64),
    /// It is the same.
    Is(i64),
}

/// The numbers of a token; instants are in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberOf {
    /// When it was made.
    Created,
    /// The end of its life; 0 is never.
    Expires,
    /// When it was last used; 0 is never.
    LastUsed,
    /// The begin of its life.
    NotBefore,
    /// Its number.
    Number,
}

/// The texts of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextOf {
    /// From where it may be used: a list with commas between, or `anywhere`.
    Addresses,
    /// What it is for.
    Audience,
    /// How its string is written.
    Form,
    /// Its id in hex.
    Id,
    /// Who made it, and where.
    Issuer,
    /// From where it was last used; empty if it never was.
    LastUsedAddress,
    /// What people call it.
    Name,
    /// What its maker noted.
    Notes,
    /// The name of the user it acts for.
    User,
}

impl NumberOf {
    /// The number of this token.
    #[must_use]
    pub fn in_token(self, token: &Token) -> i64 {
        match self {
            Self::Created => token.issued_at.as_second(),
            Self::Expires => token.expires.map_or(0, Timestamp::as_second),
            Self::LastUsed => token.last_used.map_or(0, |used| used.at.as_second()),
            Self::NotBefore => token.not_before.as_second(),
            Self::Number => token.number.number(),
        }
    }

    /// Whether this is what is sorted by.
    #[must_use]
    pub fn is_key_of(self, by: OrderBy) -> bool {
        matches!(
            (self, by),
            (Self::Created, OrderBy::Created)
                | (Self::Expires, OrderBy::Expires)
                | (Self::LastUsed, OrderBy::LastUsed)
                | (Self::NotBefore, OrderBy::NotBefore)
                | (Self::Number, OrderBy::Number)
        )
    }
}

impl TextOf {
    /// Every one of them.
    pub const ALL: [Self; 9] = [
        Self::Addresses,
        Self::Audience,
        Self::Form,
        Self::Id,
        Self::Issuer,
        Self::LastUsedAddress,
        Self::Name,
        Self::Notes,
        Self::User,
    ];

    /// What stands for any address where a list would stand.
    pub const ANYWHERE: &'static str = "anywhere";

    /// The text of this token.
    #[must_use]
    pub fn in_token(self, token: &Token) -> String {
        match self {
            Self::Addresses => match &token.origins {
                Origins::Anywhere => Self::ANYWHERE.to_owned(),
                Origins::Trusted(networks) => networks.to_string(),
            },
            Self::Audience => token.audience.to_string(),
            Self::Form => token.form.to_string(),
            Self::Id => token.id.to_hex(),
            Self::Issuer => token.issuer.clone(),
            Self::LastUsedAddress => token
                .last_used
                .map(|used| used.address.to_string())
                .unwrap_or_default(),
            Self::Name => token.name.clone(),
            Self::Notes => token.notes.clone(),
            Self::User => token.subject.to_string(),
        }
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walked {
    /// The tokens found, in order.
    pub tokens: Vec<Token>,
    /// Where to go on; `None` at the end of the list.
    pub next: Option<Place>,
    /// How many tokens the whole list has, where that is known without looking at them.
    pub total: Option<u64>,
    /// Whether it stopped because there was no more, or no more room; and not because it had looked at so many.
    pub complete: bool,
}
