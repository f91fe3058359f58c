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

#[cfg(test)]
mod tests {
    use super::*;

    fn power(name: &str) -> Option<Power> {
        Power::of(&Capability::parse(name).unwrap())
    }

    #[test]
    fn every_spelling_of_a_capability_gives_its_power() {
        for (ours, splunk, expected) in SPELLINGS {
            assert_eq!(power(ours), Some(*expected), "{ours}");
            let theirs = splunk.map(power);
            assert_eq!(theirs, splunk.map(|_| Some(*expected)), "{ours}");
        }
    }

    #[test]
    fn no_two_spellings_and_no_two_powers_are_the_same() {
        let names = SPELLINGS
            .iter()
            .flat_map(|(ours, splunk, _)| [Some(*ours), *splunk]);
        let names: Vec<_> = names.flatten().collect();
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
        let bits = Power::all().fold(0, |bits, power| bits | power.bit());
        assert_eq!(bits.count_ones() as usize, SPELLINGS.len());
        assert_eq!(bits.trailing_ones() as usize, SPELLINGS.len());
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
            "list_tokens_scs",
            "edit_tokens_al",
        ] {
            assert_eq!(power(name), None, "{name}");
        }
    }
}
