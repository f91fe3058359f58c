//! What a user may do right now: the capabilities of all roles he holds, with their imports.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    id::{Capability, RoleName},
    principal::{Power, Role},
};

/// The sum of some roles. Computed once per change of users or roles, never per request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    capabilities: BTreeSet<Capability>,
    powers: u32,
}

impl Rights {
    /// Adds up the roles named and everything they import. A role that does not exist grants nothing (NT-15); a
    /// cycle, which the use cases refuse, would only be walked once.
    #[must_use]
    pub fn of<'a>(
        held: impl IntoIterator<Item = &'a RoleName>,
        roles: &'a BTreeMap<RoleName, Role>,
    ) -> Self {
        let mut rights = Self::default();
        for role in reachable(held, roles) {
            rights.add(role);
        }
        rights
    }

    /// Whether it holds a power of Tokenry's own.
    #[must_use]
    pub fn has(&self, power: Power) -> bool {
        self.powers & power.bit() != 0
    }

    /// Whether it holds every power of Tokenry's own that `other` holds. One who may hand out rights may hand out
    /// none that he lacks, and may not lay hands on the account of one who holds more (NT-18).
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.powers & !self.powers == 0
    }

    /// Whether it holds the capability of exactly this name.
    #[must_use]
    pub fn holds(&self, capability: &Capability) -> bool {
        self.capabilities.contains(capability)
    }

    /// All capabilities, sorted.
    pub fn capabilities(&self) -> impl Iterator<Item = &Capability> {
        self.capabilities.iter()
    }

    fn add(&mut self, role: &Role) {
        for capability in &role.capabilities {
            self.powers |= Power::of(capability).map_or(0, Power::bit);
            self.capabilities.insert(capability.clone());
        }
    }
}

/// The existing roles that can be reached from those named, each once, breadth first.
pub(crate) fn reachable<'from, 'roles: 'from>(
    from: impl IntoIterator<Item = &'from RoleName>,
    roles: &'roles BTreeMap<RoleName, Role>,
) -> Vec<&'roles Role> {
    let mut found: Vec<&Role> = Vec::new();
    let mut waiting: VecDeque<&RoleName> = from.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = waiting.pop_front() {
        let Some(role) = roles.get(name).filter(|role| seen.insert(&role.name)) else {
            continue;
        };
        waiting.extend(&role.imports);
        found.push(role);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> RoleName {
        RoleName::parse(name).unwrap()
    }

    fn capability(name: &str) -> Capability {
        Capability::parse(name).unwrap()
    }

    /// Roles by name, with their imports and capabilities.
    fn roles(roles: &[(&str, &[&str], &[&str])]) -> BTreeMap<RoleName, Role> {
        let role = |(own, imports, capabilities): &(&str, &[&str], &[&str])| {
            let mut role = Role::new(name(own));
            role.imports = imports.iter().map(|other| name(other)).collect();
            role.capabilities = capabilities.iter().map(|one| capability(one)).collect();
            (role.name.clone(), role)
        };
        roles.iter().map(role).collect()
    }

    fn rights(held: &[&str], roles: &BTreeMap<RoleName, Role>) -> Rights {
        let held: Vec<_> = held.iter().map(|role| name(role)).collect();
        Rights::of(&held, roles)
    }

    fn sum(held: &[&str], roles: &BTreeMap<RoleName, Role>) -> String {
        let rights = rights(held, roles);
        let names: Vec<_> = rights.capabilities().map(Capability::as_str).collect();
        names.join(" ")
    }

    #[test]
    fn rights_are_the_sum_of_all_roles_and_their_imports() {
        let roles = roles(&[
            ("a", &["b"], &["x"]),
            ("b", &["c"], &["y"]),
            ("c", &[], &["z"]),
            ("d", &[], &["x", "w"]),
        ]);
        let cases: [(&[&str], &str); 6] = [
            (&[], ""),
            (&["c"], "z"),
            (&["b"], "y z"),
            (&["a"], "x y z"),
            (&["a", "d"], "w x y z"),
            (&["d", "a", "a"], "w x y z"),
        ];
        for (held, expected) in cases {
            assert_eq!(sum(held, &roles), expected, "{held:?}");
        }
    }

    #[test]
    fn nt15_a_role_that_does_not_exist_grants_nothing() {
        let roles = roles(&[("a", &["ghost", "b"], &["x"]), ("b", &[], &["y"])]);
        assert_eq!(sum(&["ghost"], &roles), "");
        assert_eq!(sum(&["ghost", "a"], &roles), "x y");
    }

    #[test]
    fn a_circle_of_roles_is_walked_once() {
        let roles = roles(&[
            ("a", &["b"], &["x"]),
            ("b", &["c", "a"], &["y"]),
            ("c", &["a", "c"], &["z"]),
        ]);
        let found = reachable(&[name("b")], &roles);
        let names: Vec<_> = found.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, ["b", "c", "a"]);
        assert_eq!(sum(&["a"], &roles), "x y z");
    }

    #[test]
    fn powers_come_in_every_spelling_and_other_capabilities_give_none() {
        let roles = roles(&[
            ("ours", &[], &["users.edit"]),
            ("splunks", &[], &["edit_user"]),
            ("other", &[], &["orders.read"]),
        ]);
        for (held, edits_users) in [("ours", true), ("splunks", true), ("other", false)] {
            let rights = rights(&[held], &roles);
            let has: Vec<_> = Power::all().filter(|power| rights.has(*power)).collect();
            assert_eq!(has == [Power::UsersEdit], edits_users, "{held}");
            assert_eq!(has.is_empty(), !edits_users, "{held}");
        }
        let rights = rights(&["ours"], &roles);
        assert!(rights.holds(&capability("users.edit")));
        assert!(
            !rights.holds(&capability("edit_user")),
            "only its name, as it was given"
        );
    }

    /// By powers, in whatever spelling; what belongs to the APIs behind us does not count.
    #[test]
    fn nt18_rights_cover_those_whose_powers_they_have() {
        let roles = roles(&[
            ("nothing", &[], &[]),
            ("orders", &[], &["orders.read"]),
            ("users", &[], &["users.edit"]),
            ("splunks", &[], &["edit_user", "orders.read"]),
            ("roles", &[], &["edit_roles"]),
            ("both", &["users"], &["roles.edit"]),
        ]);
        // One bit for each of the two powers.
        let held = [
            ("nothing", 0),
            ("orders", 0),
            ("users", 1),
            ("splunks", 1),
            ("roles", 2),
            ("both", 3),
        ];
        for (a, of_a) in held {
            for (b, of_b) in held {
                let covers = rights(&[a], &roles).covers(&rights(&[b], &roles));
                assert_eq!(covers, of_b & !of_a == 0, "{a} covers {b}");
            }
        }
    }
}
