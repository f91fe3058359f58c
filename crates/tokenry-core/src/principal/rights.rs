//! What (user, persona) may do right now: what all roles grant, with their imports, less what roles deny.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    id::{Capability, ComputerGroupId, ContentSetId, RoleName, RoleNumber},
    principal::{Power, Role},
    token::Scope,
};

/// The sum of some roles. Computed once per change of users, groups, personas or roles, never per request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// Held on everything, but for the exceptions.
    capabilities: BTreeSet<Capability>,
    /// Content sets on which a capability that is held on everything is denied.
    exceptions: BTreeSet<(ContentSetId, Capability)>,
    /// Held on single content sets.
    scoped: BTreeSet<(ContentSetId, Capability)>,
    powers: u32,
    computer_groups: BTreeSet<ComputerGroupId>,
    roles: Vec<RoleNumber>,
    scope: Option<Scope>,
}

impl Rights {
    /// Adds up the roles named and everything they import. A role that does not exist grants nothing (NT-15); a
    /// cycle, which the use cases refuse, would only be walked once. Roles that deny win (spec/tanium.md 6.3).
    #[must_use]
    pub fn of<'a>(
        held: impl IntoIterator<Item = &'a RoleName>,
        roles: &'a BTreeMap<RoleName, Role>,
    ) -> Self {
        let reached = reachable(held, roles);
        let (mut granted, mut denied) = (Sum::default(), Sum::default());
        for role in &reached {
            let sum = if role.details.deny {
                &mut denied
            } else {
                &mut granted
            };
            sum.everywhere.extend(&role.capabilities);
            sum.somewhere
                .extend(role.details.grants.iter().map(|(set, one)| (*set, one)));
        }
        Self {
            roles: reached.iter().map(|role| role.number).collect(),
            ..granted.less(&denied)
        }
    }

    /// The same rights over these computer groups.
    #[must_use]
    pub fn over(mut self, computer_groups: BTreeSet<ComputerGroupId>) -> Self {
        self.computer_groups = computer_groups;
        self
    }

    /// What is left of them within the scope of a token.
    #[must_use]
    pub fn within(&self, scope: &Scope) -> Self {
        let capabilities: BTreeSet<_> = (self.capabilities.iter())
            .filter(|one| scope.holds(one))
            .cloned()
            .collect();
        let scoped: BTreeSet<_> = (self.scoped.iter())
            .filter(|(_, one)| scope.holds(one))
            .cloned()
            .collect();
        let left = capabilities.iter().chain(scoped.iter().map(|(_, one)| one));
        Self {
            powers: bits(left) & self.powers,
            capabilities,
            exceptions: self.exceptions.clone(),
            scoped,
            computer_groups: self.computer_groups.clone(),
            roles: self.roles.clone(),
            scope: Some(scope.clone()),
        }
    }

    /// The scope of the token that narrows them, if one does.
    #[must_use]
    pub fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// Whether it holds a power of Tokenry's own: by a capability held on everything, or on any content set
    /// (spec/tanium.md 6.3).
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

    /// Whether nothing can be done with `other` that cannot be done with these rights: no power, no capability, no
    /// content set and no computer group more (NT-21).
    #[must_use]
    pub fn include(&self, other: &Self) -> bool {
        let exceptions_stay = self.exceptions.iter().all(|(set, capability)| {
            other.exceptions.contains(&(*set, capability.clone()))
                || !other.capabilities.contains(capability)
        });
        self.covers(other)
            && other.capabilities.is_subset(&self.capabilities)
            && exceptions_stay
            && other
                .scoped
                .iter()
                .all(|(set, capability)| self.holds_on(capability, *set))
            && other
                .computers()
                .all(|group| self.computer_groups.contains(&group))
    }

    /// Whether it holds the capability of exactly this name on everything.
    #[must_use]
    pub fn holds(&self, capability: &Capability) -> bool {
        self.capabilities.contains(capability)
    }

    /// Whether it holds this capability on this content set.
    #[must_use]
    pub fn holds_on(&self, capability: &Capability, set: ContentSetId) -> bool {
        let here = (set, capability.clone());
        self.scoped.contains(&here) || self.holds(capability) && !self.exceptions.contains(&here)
    }

    /// All capabilities held on everything, sorted.
    pub fn capabilities(&self) -> impl Iterator<Item = &Capability> {
        self.capabilities.iter()
    }

    /// What is held on each of these content sets, as (set, capabilities): those that hold none are left out.
    pub fn by_content_set(
        &self,
        sets: impl IntoIterator<Item = ContentSetId>,
    ) -> Vec<(ContentSetId, BTreeSet<&Capability>)> {
        let on = |set: ContentSetId| {
            let everywhere = self.capabilities.iter();
            let scoped = self
                .scoped
                .iter()
                .filter(move |(other, _)| *other == set)
                .map(|(_, capability)| capability);
            everywhere
                .filter(move |one| !self.exceptions.contains(&(set, (*one).clone())))
                .chain(scoped)
                .collect::<BTreeSet<_>>()
        };
        let held = sets.into_iter().map(|set| (set, on(set)));
        held.filter(|(_, capabilities)| !capabilities.is_empty())
            .collect()
    }

    /// The computer groups it reaches.
    pub fn computer_groups(&self) -> impl Iterator<Item = ComputerGroupId> {
        self.computer_groups.iter().copied()
    }

    /// The same without the group that has none.
    fn computers(&self) -> impl Iterator<Item = ComputerGroupId> {
        let some = |group: &ComputerGroupId| *group != ComputerGroupId::NO_COMPUTERS;
        self.computer_groups().filter(some)
    }

    /// The roles it is the sum of, imports included.
    #[must_use]
    pub fn roles(&self) -> &[RoleNumber] {
        &self.roles
    }
}

/// What some roles list.
#[derive(Default)]
struct Sum<'a> {
    everywhere: BTreeSet<&'a Capability>,
    somewhere: BTreeSet<(ContentSetId, &'a Capability)>,
}

impl Sum<'_> {
    fn less(&self, denied: &Self) -> Rights {
        let everywhere = self.everywhere.difference(&denied.everywhere);
        let capabilities: BTreeSet<_> = everywhere.map(|one| (*one).clone()).collect();
        let is_denied = |set, one: &Capability| {
            denied.everywhere.contains(one) || denied.somewhere.contains(&(set, one))
        };
        let somewhere = self
            .somewhere
            .iter()
            .filter(|(set, one)| !is_denied(*set, one));
        let scoped: BTreeSet<_> = somewhere.map(|(set, one)| (*set, (*one).clone())).collect();
        let exceptions = denied.somewhere.iter();
        let exceptions = exceptions.filter(|(_, one)| capabilities.contains(*one));
        let exceptions = exceptions
            .map(|(set, one)| (*set, (*one).clone()))
            .collect();
        // One capability may give many powers; what is denied by name is denied whoever gives it.
        let powers = bits(capabilities.iter().chain(scoped.iter().map(|(_, one)| one)))
            & !bits(denied.everywhere.iter().copied());
        Rights {
            capabilities,
            exceptions,
            scoped,
            powers,
            ..Rights::default()
        }
    }
}

fn bits<'a>(capabilities: impl Iterator<Item = &'a Capability>) -> u32 {
    capabilities
        .flat_map(Power::of)
        .fold(0, |bits, power| bits | power.bit())
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
            let mut role = Role::new(name(own), RoleNumber::from_number(1));
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

    /// A role that denies, on everything or on one content set.
    fn denying(own: &str, everywhere: &[&str], somewhere: &[(i64, &str)]) -> (RoleName, Role) {
        let (name, mut role) = granting(own, everywhere, somewhere);
        role.details.deny = true;
        (name, role)
    }

    fn granting(own: &str, everywhere: &[&str], somewhere: &[(i64, &str)]) -> (RoleName, Role) {
        let mut role = Role::new(name(own), RoleNumber::from_number(1));
        role.capabilities = everywhere.iter().map(|one| capability(one)).collect();
        let grants = somewhere.iter();
        let grants = grants.map(|(set, one)| (ContentSetId::from_number(*set), capability(one)));
        role.details.grants = grants.collect();
        (role.name.clone(), role)
    }

    fn set(number: i64) -> ContentSetId {
        ContentSetId::from_number(number)
    }

    fn by_set(rights: &Rights) -> Vec<(i64, String)> {
        let held = rights.by_content_set([1, 2, 3].map(set));
        let names = |held: BTreeSet<&Capability>| {
            let names: Vec<_> = held.into_iter().map(Capability::as_str).collect();
            names.join(", ")
        };
        held.into_iter()
            .map(|(set, held)| (set.number(), names(held)))
            .collect()
    }

    /// spec/tanium.md 6.3: roles that deny win, wherever they stand in the list.
    #[test]
    fn what_a_role_denies_nobody_grants() {
        let roles: BTreeMap<_, _> = [
            granting("grants", &["use token", "view token"], &[]),
            granting("grants-one", &[], &[(1, "use token"), (2, "use token")]),
            denying("denies", &["use token"], &[]),
            denying("denies-one", &[], &[(1, "use token")]),
        ]
        .into();
        let use_token = capability("use token");
        // Held, whether there is the power, held on everything, held on set 1, held on set 2.
        let cases: [(&[&str], bool, bool, bool, bool); 9] = [
            (&["grants"], true, true, true, true),
            (&["grants-one"], true, false, true, true),
            (&["denies"], false, false, false, false),
            (&["grants", "denies"], false, false, false, false),
            (&["denies", "grants"], false, false, false, false),
            (&["grants-one", "denies"], false, false, false, false),
            (&["grants", "denies-one"], true, true, false, true),
            (&["denies-one", "grants-one"], true, false, false, true),
            (&["denies-one"], false, false, false, false),
        ];
        for (held, power, everywhere, first, second) in cases {
            let rights = rights(held, &roles);
            assert_eq!(rights.has(Power::TokensUse), power, "{held:?}");
            assert_eq!(rights.holds(&use_token), everywhere, "{held:?}");
            assert_eq!(rights.holds_on(&use_token, set(1)), first, "{held:?}");
            assert_eq!(rights.holds_on(&use_token, set(2)), second, "{held:?}");
        }
        let other = rights(&["grants", "denies"], &roles);
        assert!(
            other.has(Power::TokensListAny),
            "what it does not list stays"
        );
    }

    /// One capability gives many powers; a denied one takes its own away whoever gives them.
    #[test]
    fn an_administrator_has_every_power_but_those_denied_by_name() {
        let roles: BTreeMap<_, _> = [
            granting("admin", &["administrator"], &[]),
            granting("admin-of-one", &[], &[(1, "administrator")]),
            denying("no-revoking", &["revoke token"], &[]),
            denying("nothing", &["administrator"], &[]),
            denying("nothing-on-one", &[], &[(1, "administrator")]),
        ]
        .into();
        let powers = |held: &[&str]| {
            let rights = rights(held, &roles);
            let held = Power::all().filter(|power| rights.has(*power));
            held.collect::<Vec<_>>()
        };
        let all: Vec<_> = Power::all().collect();
        assert_eq!(powers(&["admin"]), all);
        assert_eq!(powers(&["admin-of-one"]), all);
        assert_eq!(powers(&["admin", "nothing-on-one"]), all);
        assert_eq!(powers(&["admin", "nothing"]), []);
        assert_eq!(powers(&["admin-of-one", "nothing"]), []);
        assert_eq!(powers(&["admin-of-one", "nothing-on-one"]), []);
        let but_one = powers(&["admin", "no-revoking"]);
        assert_eq!(but_one.len(), all.len() - 1);
        assert!(!but_one.contains(&Power::TokensRevokeAny));
    }

    #[test]
    fn what_is_held_is_listed_by_content_set() {
        let roles: BTreeMap<_, _> = [
            granting("wide", &["read sensor", "use token"], &[]),
            granting("narrow", &[], &[(2, "read plugin"), (9, "read plugin")]),
            denying(
                "denies",
                &[],
                &[(1, "read sensor"), (3, "read sensor"), (3, "use token")],
            ),
        ]
        .into();
        let listed = |held: &[&str]| by_set(&rights(held, &roles));
        let both = "read sensor, use token".to_owned();
        assert_eq!(listed(&[]), []);
        assert_eq!(listed(&["narrow"]), [(2, "read plugin".to_owned())]);
        assert_eq!(
            listed(&["wide"]),
            [(1, both.clone()), (2, both.clone()), (3, both.clone())]
        );
        let all = "read plugin, read sensor, use token".to_owned();
        assert_eq!(
            listed(&["wide", "narrow", "denies"]),
            [(1, "use token".to_owned()), (2, all)]
        );
    }

    /// NT-21: what includes others can do all that they can.
    #[test]
    fn nt21_rights_include_those_that_can_do_no_more_anywhere() {
        let roles: BTreeMap<_, _> = [
            granting("wide", &["read sensor"], &[]),
            granting("narrow", &[], &[(1, "read sensor")]),
            denying("not-on-1", &[], &[(1, "read sensor")]),
            denying("not-on-2", &[], &[(2, "read sensor")]),
            granting("power", &["use token"], &[]),
        ]
        .into();
        let of = |held: &[&str]| rights(held, &roles);
        let groups =
            |numbers: &'static [i64]| numbers.iter().copied().map(ComputerGroupId::from_number);
        let cases = [
            (of(&["wide"]), of(&["wide"]), true),
            (of(&["wide"]), of(&["narrow"]), true),
            (of(&["narrow"]), of(&["wide"]), false),
            (of(&["wide"]), of(&["wide", "not-on-1"]), true),
            (of(&["wide", "not-on-1"]), of(&["wide"]), false),
            (of(&["wide", "not-on-1"]), of(&["narrow"]), false),
            (of(&["wide", "not-on-2"]), of(&["narrow"]), true),
            (of(&["wide", "not-on-1"]), of(&["wide", "not-on-1"]), true),
            (of(&["wide", "not-on-1"]), of(&["wide", "not-on-2"]), false),
            (of(&["wide", "not-on-1"]), of(&["power"]), false),
            (of(&["power", "wide"]), of(&["power"]), true),
            (of(&[]), of(&[]), true),
            (
                of(&[]).over(groups(&[1]).collect()),
                of(&[]).over(groups(&[1, 3]).collect()),
                false,
            ),
            (
                of(&[]).over(groups(&[1, 3]).collect()),
                of(&[]).over(groups(&[3]).collect()),
                true,
            ),
            // 2 is the group without computers.
            (of(&[]), of(&[]).over(groups(&[2]).collect()), true),
        ];
        for (index, (a, b, expected)) in cases.iter().enumerate() {
            assert_eq!(a.include(b), *expected, "case {index}");
        }
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
