//! A role: a named set of capabilities that may import other roles. Also the roles that exist from the start.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    error::Error,
    id::{Capability, ContentSetId, RoleName, RoleNumber, is_unprintable},
};

/// A named set of capabilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name, unique.
    pub name: RoleName,
    /// Its number, unique and never reused.
    pub number: RoleNumber,
    /// What it grants itself on everything, in the spelling it was given.
    pub capabilities: BTreeSet<Capability>,
    /// Roles whose capabilities it grants too, in the order given.
    pub imports: Vec<RoleName>,
    /// Attributes of the vendor's roles that have no meaning here (search quotas, index lists), kept for its clients.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// What content sets have to do with it, and how people call it.
    pub details: RoleDetails,
}

/// What roles have beside the plain list of capabilities (spec/tanium.md 6.3).
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct RoleDetails {
    /// What people call it; empty if that is its name.
    pub label: String,
    /// What it is for.
    pub description: String,
    /// What it grants on single content sets.
    pub grants: BTreeSet<(ContentSetId, Capability)>,
    /// It takes away what it lists instead of granting it, and wins over all roles that grant (`deny_flag`).
    pub deny: bool,
    /// Privileges are added to it for all content sets at once (`all_content_sets_flag`).
    pub all_content_sets: bool,
}

impl RoleDetails {
    /// The longest label, in characters.
    pub const MAX_LABEL: usize = 100;
    /// The longest description, in characters.
    pub const MAX_DESCRIPTION: usize = 1024;
}

impl Role {
    /// A role that grants nothing yet.
    #[must_use]
    pub fn new(name: RoleName, number: RoleNumber) -> Self {
        Self {
            name,
            number,
            capabilities: BTreeSet::new(),
            imports: Vec::new(),
            attributes: BTreeMap::new(),
            details: RoleDetails::default(),
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(&self) -> &str {
        match self.details.label.as_str() {
            "" => self.name.as_str(),
            label => label,
        }
    }

    /// Whether it is there from the start. Its number and name stay what they are.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        self.number.number() < super::FIRST_FREE_NUMBER
    }

    /// Whether its privileges are for all content sets: because somebody said so, or because it holds some already
    /// that were given without naming any.
    #[must_use]
    pub fn is_for_all_content_sets(&self) -> bool {
        self.details.all_content_sets || !self.capabilities.is_empty()
    }

    /// The same role as if it granted what it denies: one who may take away a right, or give it back, must hold it.
    #[must_use]
    pub fn granting(&self) -> Self {
        let mut role = self.clone();
        role.details.deny = false;
        role
    }

    /// The roles of a new data directory: those of spec/splunk.md 3.4 and spec/tanium.md 6.3, `admin` and
    /// Administrator being one, with the administration capabilities that Tokenry knows added to it.
    pub fn built_in() -> Result<Vec<Self>, Error> {
        BUILT_IN.iter().map(Self::assemble).collect()
    }

    fn assemble(line: &Line) -> Result<Self, Error> {
        let (name, number, label, imports, capabilities) = *line;
        Ok(Self {
            name: RoleName::parse(name)?,
            number: RoleNumber::from_number(number),
            capabilities: capabilities
                .iter()
                .map(|c| Capability::parse(c))
                .collect::<Result<_, _>>()?,
            imports: imports
                .iter()
                .map(|i| RoleName::parse(i))
                .collect::<Result<_, _>>()?,
            attributes: BTreeMap::new(),
            details: RoleDetails {
                label: label.to_owned(),
                all_content_sets: true,
                ..RoleDetails::default()
            },
        })
    }
}

/// A text of people's: at most `longest` characters, none of them invisible.
pub(crate) fn check_text(field: &'static str, text: &str, longest: usize) -> Result<(), Error> {
    if text.chars().count() > longest {
        return Err(Error::invalid(
            field,
            format!("must be at most {longest} characters long"),
        ));
    }
    if text.chars().any(is_unprintable) {
        return Err(Error::invalid(
            field,
            "must not contain control or invisible characters",
        ));
    }
    Ok(())
}

/// Name, number, label, imports, own capabilities.
type Line = (
    &'static str,
    i64,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const BUILT_IN: &[Line] = &[
    (
        "user",
        10,
        "",
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
    ("power", 11, "", &["user"], &["rtsearch", "schedule_search"]),
    (
        "admin",
        1,
        "Administrator",
        &["power", "user"],
        &[
            "admin_all_objects",
            "administrator",
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
    ("can_delete", 12, "", &[], &["delete_by_keyword"]),
    ("splunk-system-role", 13, "", &["admin"], &[]),
    (
        "content-administrator",
        2,
        "Content Administrator",
        &[],
        &["read content set", "write content set"],
    ),
    (
        "content-set-administrator",
        3,
        "Content Set Administrator",
        &[],
        &["read content set", "write content set"],
    ),
    (
        "api-gateway-user",
        20,
        "API Gateway User",
        &[],
        &[
            "execute plugin",
            "gateway use api",
            "read plugin",
            "read sensor",
            "use token",
        ],
    ),
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
