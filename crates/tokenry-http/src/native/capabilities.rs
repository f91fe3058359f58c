//! What capabilities mean, in words for those who hand them out. What they give is the rules' own table.

use std::collections::BTreeMap;

use tokenry_api::types::roles;
use tokenry_core::{
    id::Capability,
    principal::{
        Power,
        capability::{Dialect, known},
    },
};

/// The dialects in the order in which they are listed, and what they are called.
const DIALECTS: [(Dialect, &str); 3] = [
    (Dialect::Tokenry, "tokenry"),
    (Dialect::Splunk, "splunk"),
    (Dialect::Tanium, "tanium"),
];

/// What a capability is called that no dialect here has: it is only carried, for the APIs behind us.
const OTHER: &str = "other";

/// All capabilities that are known or `granted`, by dialect and name.
pub(super) fn described<'a>(
    granted: impl IntoIterator<Item = &'a Capability>,
) -> Vec<roles::Capability> {
    let mut dialects: BTreeMap<String, usize> = BTreeMap::new();
    for (place, (dialect, _)) in DIALECTS.iter().enumerate() {
        dialects.extend(known(&[*dialect]).map(|name| (name.to_owned(), place)));
    }
    for capability in granted {
        let carried = dialects.entry(capability.to_string());
        carried.or_insert(DIALECTS.len());
    }
    // They come by name, and stay so within a dialect.
    let mut all: Vec<_> = dialects.into_iter().collect();
    all.sort_by_key(|(_, place)| *place);
    let named = all.into_iter().map(|(name, place)| {
        let dialect = DIALECTS.get(place).map_or(OTHER, |(_, name)| name);
        with_meaning(name, dialect)
    });
    named.collect()
}

fn with_meaning(name: String, dialect: &str) -> roles::Capability {
    let powers = Capability::parse(&name).map_or(&[][..], |one| Power::of(&one));
    let meaning = if powers.len() == Power::all().count() {
        "Do everything in Tokenry.".to_owned()
    } else {
        let meanings: Vec<_> = powers.iter().map(|power| meaning(*power)).collect();
        meanings.join(" ")
    };
    roles::Capability {
        name,
        dialect: dialect.to_owned(),
        powers: powers.iter().map(|power| power.name().to_owned()).collect(),
        meaning,
    }
}

/// What a power lets its holder do.
fn meaning(power: Power) -> &'static str {
    match power {
        Power::AuditRead => "Read who did what, and who was refused and why.",
        Power::GatewayUse => "Call the GraphQL gateway.",
        Power::PersonasEdit => "Make, change and delete personas, and say who may act as them.",
        Power::RolesEdit => "Make, change and delete roles, content sets and computer groups.",
        Power::RolesList => "See all roles, content sets and computer groups.",
        Power::SettingsEdit => {
            "Change every setting, and turn token authentication on and off for everybody."
        }
        Power::TokensCreateAny => {
            "Make tokens for anybody, and so act as him; see, change, rotate and revoke anybody's."
        }
        Power::TokensCreateOwn => {
            "Make tokens for oneself; see, change, rotate and revoke one's own."
        }
        Power::TokensListAny => "See everybody's tokens, never their strings.",
        Power::TokensListOwn => "See one's own tokens.",
        Power::TokensRevokeAny => "Revoke anybody's tokens.",
        Power::TokensRotateOwn => "Rotate one's own tokens.",
        Power::TokensUse => "Use tokens in Tanium's form.",
        Power::UsersEdit => {
            "Make, change, lock and delete users and user groups, and hand out roles with no more power than one's own."
        }
        Power::UsersList => "See all users, user groups and personas.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_power_has_a_meaning_of_its_own_in_one_sentence() {
        let meanings: std::collections::BTreeSet<_> = Power::all().map(meaning).collect();
        assert_eq!(meanings.len(), Power::all().count());
        for meaning in meanings {
            assert!(meaning.ends_with('.') && meaning.len() > 10, "{meaning}");
        }
    }

    #[test]
    fn what_is_known_comes_by_dialect_and_what_is_only_carried_last() {
        let carried = Capability::parse("audit").unwrap();
        let known_too = Capability::parse("edit_user").unwrap();
        let all = described([&carried, &known_too]);
        let dialects = all.iter().map(|one| one.dialect.as_str());
        let mut order: Vec<_> = dialects.collect();
        order.dedup();
        assert_eq!(order, ["tokenry", "splunk", "tanium", "other"]);
        let last = all.last().unwrap();
        assert_eq!((last.name.as_str(), last.meaning.as_str()), ("audit", ""));
        let is_edit_user = |one: &&roles::Capability| one.name == "edit_user";
        let twice: Vec<_> = all.iter().filter(is_edit_user).collect();
        assert_eq!(twice.len(), 1);
        assert_eq!(twice[0].powers, ["users.edit"]);
    }
}
