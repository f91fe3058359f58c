//! What verifiers must learn: one committed fact each. A change travels with the batch that makes it true, and
//! reaches the engine before anybody hears that the batch is committed.

use crate::{
    id::{RoleName, TokenId, UserId},
    principal::{Object, Role, User},
    secret::Digest,
    settings::Settings,
};

/// One committed fact. A new token is none: nobody can have remembered it wrongly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A persona, a group or a content set is new or different.
    ObjectPut(Object),
    /// A role is gone.
    RoleDeleted(RoleName),
    /// A role is new or different.
    RolePut(Role),
    /// One session has ended.
    SessionEnded(Digest),
    /// All sessions of a user have ended.
    SessionsEnded(UserId),
    /// The settings are different.
    SettingsPut(Settings),
    /// One token has another status, or is gone.
    TokenChanged(TokenId),
    /// Any token of this user may have another status, or be gone.
    TokensChanged(UserId),
    /// A user is gone, and with him his tokens and sessions.
    UserDeleted(UserId),
    /// A user is new or different.
    UserPut(User),
}

impl Change {
    /// The kind and key under which the feed of changes keeps it.
    #[must_use]
    pub fn feed_entry(&self) -> (&'static str, String) {
        match self {
            Self::ObjectPut(object) => (object.kind(), object.id().to_string()),
            Self::RoleDeleted(name) => ("role", name.to_string()),
            Self::RolePut(role) => ("role", role.name.to_string()),
            Self::SessionEnded(digest) => ("session", digest.to_hex()),
            Self::SessionsEnded(user) => ("sessions", user.number().to_string()),
            Self::SettingsPut(_) => ("settings", String::new()),
            Self::TokenChanged(id) => ("token", id.to_hex()),
            Self::TokensChanged(owner) => ("tokens", owner.number().to_string()),
            Self::UserDeleted(id) => ("user", id.number().to_string()),
            Self::UserPut(user) => ("user", user.id.number().to_string()),
        }
    }
}
