//! A role: a named set of capabilities that may import other roles. Also the roles that exist from the start.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    error::Error,
    id::{Capability, RoleName},
};

/// A named set of capabilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name, unique.
    pub name: RoleName,
    /// What it grants itself, in the spelling it was given.
    pub capabilities: BTreeSet<Capability>,
    /// Roles whose capabilities it grants too, in the order given.
    pub imports: Vec<RoleName>,
    /// Attributes of the vendor's roles that have no meaning here (search quotas, index lists), kept for its clients.
    pub attributes: BTreeMap<String, Vec<String>>,
}

impl Role {
    /// A role that grants nothing yet.
    #[must_use]
    pub fn new(name: RoleName) -> Self {
        Self {
            name,
            capabilities: BTreeSet::new(),
            imports: Vec::new(),
            attributes: BTreeMap::new(),
        }
    }

    /// The roles of a new data directory (spec/splunk.md 3.4), with the administration capabilities that Tokenry
    /// knows added to `admin`.
    pub fn built_in() -> Result<Vec<Self>, Error> {
        BUILT_IN
            .iter()
            .map(|(name, imports, capabilities)| Self::assemble(name, imports, capabilities))
            .collect()
    }

    fn assemble(name: &str, imports: &[&str], capabilities: &[&str]) -> Result<Self, Error> {
        Ok(Self {
            name: RoleName::parse(name)?,
            capabilities: capabilities
                .iter()
                .map(|c| Capability::parse(c))
                .collect::<Result<_, _>>()?,
            imports: imports
                .iter()
                .map(|i| RoleName::parse(i))
                .collect::<Result<_, _>>()?,
            attributes: BTreeMap::new(),
        })
    }
}

/// Name, imports, own capabilities.
const BUILT_IN: &[(&str, &[&str], &[&str])] = &[
    (
        "user",
        &[],
        &[
            "change_own_password",
            "get_metadata",
            "get_typeahead",
            "list_tokens_own",
            "rest_apps_view",
            "rest_properties_get",
            "rest_properties_set",
            "search",
        ],
    ),
    ("power", &["user"], &["rtsearch", "schedule_search"]),
    (
        "admin",
        &["power", "user"],
        &[
            "admin_all_objects",
            "audit.read",
            "edit_roles",
            "edit_server",
            "edit_tokens_all",
            "edit_tokens_own",
            "edit_tokens_settings",
            "edit_user",
            "list_all_roles",
            "list_all_users",
            "list_settings",
            "list_tokens_all",
            "restart_splunkd",
        ],
    ),
    ("can_delete", &[], &["delete_by_keyword"]),
    ("splunk-system-role", &["admin"], &[]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::{Power, Rights};

    /// spec/splunk.md 3.4.
    #[test]
    fn the_built_in_roles_hold_the_powers_of_the_originals() {
        let roles: BTreeMap<_, _> = Role::built_in()
            .unwrap()
            .into_iter()
            .map(|role| (role.name.clone(), role))
            .collect();
        let powers = |name: &str| {
            let rights = Rights::of([&RoleName::parse(name).unwrap()], &roles);
            Power::all()
                .filter(|power| rights.has(*power))
                .collect::<Vec<_>>()
        };
        let all: Vec<_> = Power::all().collect();
        assert_eq!(powers("admin"), all);
        assert_eq!(powers("splunk-system-role"), all);
        assert_eq!(powers("power"), [Power::TokensListOwn]);
        assert_eq!(powers("user"), [Power::TokensListOwn]);
        assert_eq!(powers("can_delete"), []);
        let imports = roles.values().flat_map(|role| &role.imports);
        assert!(imports.into_iter().all(|name| roles.contains_key(name)));
    }
}
