//! What the capabilities that matter to Tokenry itself are called: one table from every vendor's spelling to the
//! [`Power`] it gives. All other capabilities are the business of the APIs behind us and are only carried.

use crate::id::Capability;

/// Something Tokenry itself asks for before it does what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// Read the audit log.
    AuditRead,
    /// Call the GraphQL gateway.
    GatewayUse,
    /// Make, change and delete personas.
    PersonasEdit,
    /// Make, change and delete roles, content sets and computer groups.
    RolesEdit,
    /// See all roles, content sets and computer groups.
    RolesList,
    /// Change every setting; turn token authentication on and off.
    SettingsEdit,
    /// Make and manage anybody's tokens.
    TokensCreateAny,
    /// Make and manage one's own tokens.
    TokensCreateOwn,
    /// See everybody's tokens.
    TokensListAny,
    /// See one's own tokens.
    TokensListOwn,
    /// Delete anybody's tokens.
    TokensRevokeAny,
    /// Rotate one's own tokens.
    TokensRotateOwn,
    /// Authenticate with a token in Tanium's form.
    TokensUse,
    /// Make, change and delete users and user groups.
    UsersEdit,
    /// See all users, user groups and personas.
    UsersList,
}

use Power::{
    AuditRead, GatewayUse, PersonasEdit, RolesEdit, RolesList, SettingsEdit, TokensCreateAny,
    TokensCreateOwn, TokensListAny, TokensListOwn, TokensRevokeAny, TokensRotateOwn, TokensUse,
    UsersEdit, UsersList,
};

/// Every power.
const ALL: &[Power] = &[
    AuditRead,
    GatewayUse,
    PersonasEdit,
    RolesEdit,
    RolesList,
    SettingsEdit,
    TokensCreateAny,
    TokensCreateOwn,
    TokensListAny,
    TokensListOwn,
    TokensRevokeAny,
    TokensRotateOwn,
    TokensUse,
    UsersEdit,
    UsersList,
];

/// A capability, whose word it is, and the powers it gives.
const SPELLINGS: &[(&str, Dialect, &[Power])] = &[
    ("audit.read", Dialect::Tokenry, &[AuditRead]),
    ("gateway.use", Dialect::Tokenry, &[GatewayUse]),
    ("personas.edit", Dialect::Tokenry, &[PersonasEdit]),
    ("roles.edit", Dialect::Tokenry, &[RolesEdit]),
    ("roles.list", Dialect::Tokenry, &[RolesList]),
    ("settings.edit", Dialect::Tokenry, &[SettingsEdit]),
    ("tokens.create.any", Dialect::Tokenry, &[TokensCreateAny]),
    ("tokens.create.own", Dialect::Tokenry, &[TokensCreateOwn]),
    ("tokens.list.any", Dialect::Tokenry, &[TokensListAny]),
    ("tokens.list.own", Dialect::Tokenry, &[TokensListOwn]),
    ("tokens.revoke.any", Dialect::Tokenry, &[TokensRevokeAny]),
    ("tokens.rotate.own", Dialect::Tokenry, &[TokensRotateOwn]),
    ("tokens.use", Dialect::Tokenry, &[TokensUse]),
    ("users.edit", Dialect::Tokenry, &[UsersEdit]),
    ("users.list", Dialect::Tokenry, &[UsersList]),
    ("edit_roles", Dialect::Splunk, &[RolesEdit]),
    ("edit_tokens_all", Dialect::Splunk, &[TokensCreateAny]),
    ("edit_tokens_own", Dialect::Splunk, &[TokensCreateOwn]),
    ("edit_tokens_settings", Dialect::Splunk, &[SettingsEdit]),
    ("edit_user", Dialect::Splunk, &[UsersEdit]),
    ("list_all_roles", Dialect::Splunk, &[RolesList]),
    ("list_all_users", Dialect::Splunk, &[UsersList]),
    ("list_tokens_all", Dialect::Splunk, &[TokensListAny]),
    ("list_tokens_own", Dialect::Splunk, &[TokensListOwn]),
    ("administrator", Dialect::Tanium, ALL),
    ("gateway use api", Dialect::Tanium, &[GatewayUse]),
    ("read audit", Dialect::Tanium, &[AuditRead]),
    ("read user", Dialect::Tanium, &[UsersList]),
    ("revoke token", Dialect::Tanium, &[TokensRevokeAny]),
    ("rotate token", Dialect::Tanium, &[TokensRotateOwn]),
    (
        "use token",
        Dialect::Tanium,
        &[TokensCreateOwn, TokensListOwn, TokensRotateOwn, TokensUse],
    ),
    ("view token", Dialect::Tanium, &[TokensListAny]),
    ("write persona", Dialect::Tanium, &[PersonasEdit]),
    ("write user", Dialect::Tanium, &[UsersEdit]),
];

/// Whose word a capability is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// A capability of Splunk.
    Splunk,
    /// A privilege of Tanium.
    Tanium,
    /// Our own.
    Tokenry,
}

/// The name of every capability of these dialects that gives a power.
pub fn known(dialects: &[Dialect]) -> impl Iterator<Item = &'static str> {
    let spoken = |line: &&(&str, Dialect, &[Power])| dialects.contains(&line.1);
    SPELLINGS.iter().filter(spoken).map(|(name, ..)| *name)
}

impl Power {
    /// Every power.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().copied()
    }

    /// The powers a capability gives, if any.
    #[must_use]
    pub fn of(capability: &Capability) -> &'static [Self] {
        let name = capability.as_str();
        SPELLINGS
            .iter()
            .find(|(spelling, ..)| *spelling == name)
            .map_or(&[], |(.., powers)| *powers)
    }

    /// Its name in our own words: `tokens.create.any`.
    #[must_use]
    pub fn name(self) -> &'static str {
        let is_ours = |line: &&(&'static str, Dialect, &[Self])| {
            line.1 == Dialect::Tokenry && line.2 == [self]
        };
        let line = SPELLINGS.iter().find(is_ours);
        line.map_or("", |(name, ..)| *name)
    }

    /// Its place in a set of bits.
    pub(crate) fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn powers(name: &str) -> &'static [Power] {
        Power::of(&Capability::parse(name).unwrap())
    }

    #[test]
    fn every_power_has_a_name_of_ours() {
        let ours = |line: &&(&str, Dialect, &[Power])| line.1 == Dialect::Tokenry;
        let named: Vec<_> = SPELLINGS.iter().filter(ours).map(|line| line.2).collect();
        let all: Vec<_> = Power::all().collect();
        assert_eq!(named.concat(), all);
        assert!(all.iter().all(|power| powers(power.name()) == [*power]));
    }

    #[test]
    fn every_spelling_of_a_capability_gives_its_powers() {
        for (name, _, expected) in SPELLINGS {
            assert_eq!(powers(name), *expected, "{name}");
        }
    }

    #[test]
    fn no_two_spellings_and_no_two_powers_are_the_same() {
        let names: Vec<_> = SPELLINGS.iter().map(|(name, ..)| name).collect();
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
        let bits = Power::all().fold(0, |bits, power| bits | power.bit());
        assert_eq!(bits.count_ones() as usize, ALL.len());
        assert_eq!(bits.trailing_ones() as usize, ALL.len());
    }

    /// NT-28: nothing but the exact spelling.
    #[test]
    fn nt28_what_only_looks_like_a_power_is_none() {
        for name in [
            "edit_users",
            "edit_user_",
            "edit.user",
            "users_edit",
            "users.edit.own",
            "tokens.create",
            "admin_all_objects",
            "administrators",
            "list_tokens_scs",
            "edit_tokens_al",
            "use_token",
            "use tokens",
        ] {
            assert!(powers(name).is_empty(), "{name}");
        }
    }
}
