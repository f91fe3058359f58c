//! What the capabilities that matter to Tokenry itself are called: one table from every vendor's spelling to the
//! [`Power`] it gives. All other capabilities are the business of the APIs behind us and are only carried.

use crate::id::Capability;

/// Something Tokenry itself asks for before it does what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// Read the audit log.
    AuditRead,
    /// Make, change and delete roles.
    RolesEdit,
    /// See all roles.
    RolesList,
    /// Turn token authentication on and off; set default lifetimes.
    SettingsEdit,
    /// Make and manage anybody's tokens.
    TokensCreateAny,
    /// Make and manage one's own tokens.
    TokensCreateOwn,
    /// See everybody's tokens.
    TokensListAny,
    /// See one's own tokens.
    TokensListOwn,
    /// Make, change and delete users.
    UsersEdit,
    /// See all users.
    UsersList,
}

/// Our name, the Splunk spelling (none where the vendor has no such capability), the power.
const SPELLINGS: &[(&str, Option<&str>, Power)] = &[
    ("audit.read", None, Power::AuditRead),
    ("roles.edit", Some("edit_roles"), Power::RolesEdit),
    ("roles.list", Some("list_all_roles"), Power::RolesList),
    (
        "settings.edit",
        Some("edit_tokens_settings"),
        Power::SettingsEdit,
    ),
    (
        "tokens.create.any",
        Some("edit_tokens_all"),
        Power::TokensCreateAny,
    ),
    (
        "tokens.create.own",
        Some("edit_tokens_own"),
        Power::TokensCreateOwn,
    ),
    (
        "tokens.list.any",
        Some("list_tokens_all"),
        Power::TokensListAny,
    ),
    (
        "tokens.list.own",
        Some("list_tokens_own"),
        Power::TokensListOwn,
    ),
    ("users.edit", Some("edit_user"), Power::UsersEdit),
    ("users.list", Some("list_all_users"), Power::UsersList),
];

/// The name of every capability that gives a power, in every spelling.
pub fn known() -> impl Iterator<Item = &'static str> {
    SPELLINGS
        .iter()
        .flat_map(|(ours, splunk, _)| [Some(*ours), *splunk])
        .flatten()
}

impl Power {
    /// Every power.
    pub fn all() -> impl Iterator<Item = Self> {
        SPELLINGS.iter().map(|(_, _, power)| *power)
    }

    /// The power a capability gives, if any.
    #[must_use]
    pub fn of(capability: &Capability) -> Option<Self> {
        let name = capability.as_str();
        SPELLINGS
            .iter()
            .find(|(ours, splunk, _)| *ours == name || *splunk == Some(name))
            .map(|(_, _, power)| *power)
    }

    /// Its place in a set of bits.
    pub(crate) fn bit(self) -> u32 {
        1 << (self as u32)
    }
}
