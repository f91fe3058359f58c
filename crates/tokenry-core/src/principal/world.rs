//! The world: all users, roles and settings as of one generation. Use cases read it, compute, and commit only if it
//! is still the same; verifiers hold a copy that every committed change moves on.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use crate::{
    change::Change,
    id::{Capability, RoleName, UserId, UserName},
    principal::{Rights, Role, User, rights::reachable},
    settings::Settings,
};

/// Counts the changes to users, roles and settings. A batch that was computed from one generation is refused if
/// another has been committed meanwhile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub i64);

/// A user together with what he may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The account.
    pub user: User,
    /// The sum of its roles.
    pub rights: Rights,
}

/// All users, roles and settings. Cheap to clone next to what it holds: users are shared.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Which generation this is.
    pub generation: Generation,
    users: HashMap<UserId, Arc<Principal>>,
    names: BTreeMap<UserName, UserId>,
    roles: BTreeMap<RoleName, Role>,
    settings: Settings,
}

impl World {
    /// The world made of what a store holds.
    #[must_use]
    pub fn new(
        generation: Generation,
        users: Vec<User>,
        roles: Vec<Role>,
        settings: Settings,
    ) -> Self {
        let roles: BTreeMap<_, _> = roles
            .into_iter()
            .map(|role| (role.name.clone(), role))
            .collect();
        let mut world = Self {
            generation,
            roles,
            settings,
            ..Self::default()
        };
        for user in users {
            world.put_user(user);
        }
        world
    }

    /// The user of this id, if he still exists.
    #[must_use]
    pub fn principal(&self, id: UserId) -> Option<&Arc<Principal>> {
        self.users.get(&id)
    }

    /// The user of this name.
    #[must_use]
    pub fn named(&self, name: &UserName) -> Option<&Arc<Principal>> {
        self.users.get(self.names.get(name)?)
    }

    /// All users, sorted by name.
    pub fn users(&self) -> impl Iterator<Item = &Arc<Principal>> {
        self.names.values().filter_map(|id| self.users.get(id))
    }

    /// All roles by name.
    #[must_use]
    pub fn roles(&self) -> &BTreeMap<RoleName, Role> {
        &self.roles
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Every capability any role grants, sorted.
    #[must_use]
    pub fn capabilities(&self) -> BTreeSet<&Capability> {
        self.roles
            .values()
            .flat_map(|role| &role.capabilities)
            .collect()
    }

    /// The roles that `role` imports, directly or not, itself left out.
    #[must_use]
    pub fn imported_by<'a>(&'a self, role: &Role) -> Vec<&'a Role> {
        let mut imported = reachable(&role.imports, &self.roles);
        imported.retain(|other| other.name != role.name);
        imported
    }

    /// What holding these roles would amount to.
    #[must_use]
    pub fn rights_of(&self, roles: &[RoleName]) -> Rights {
        Rights::of(roles, &self.roles)
    }

    /// Moves the world on by one committed change. Changes to tokens and sessions leave it as it is.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::RoleDeleted(name) => {
                self.roles.remove(name);
                self.evaluate_all();
            }
            Change::RolePut(role) => {
                self.roles.insert(role.name.clone(), role.clone());
                self.evaluate_all();
            }
            Change::SettingsPut(settings) => self.settings = settings.clone(),
            Change::UserDeleted(id) => self.remove_user(*id),
            Change::UserPut(user) => self.put_user(user.clone()),
            Change::SessionEnded(_)
            | Change::SessionsEnded(_)
            | Change::TokenChanged(_)
            | Change::TokensChanged(_) => {}
        }
    }

    fn put_user(&mut self, user: User) {
        let rights = Rights::of(&user.roles, &self.roles);
        self.remove_user(user.id);
        self.names.insert(user.name.clone(), user.id);
        self.users
            .insert(user.id, Arc::new(Principal { user, rights }));
    }

    fn remove_user(&mut self, id: UserId) {
        let Some(principal) = self.users.remove(&id) else {
            return;
        };
        let name = &principal.user.name;
        if self.names.get(name) == Some(&id) {
            self.names.remove(name);
        }
    }

    fn evaluate_all(&mut self) {
        let Self { users, roles, .. } = self;
        for principal in users.values_mut() {
            let rights = Rights::of(&principal.user.roles, roles);
            if rights != principal.rights {
                *principal = Arc::new(Principal {
                    user: principal.user.clone(),
                    rights,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::{collection::vec, prelude::*, sample::subsequence};

    use super::*;
    use crate::{id::TokenId, principal::Profile, secret::Digest};

    fn role_name(name: &str) -> RoleName {
        RoleName::parse(name).unwrap()
    }

    fn user(id: i64, name: &str, roles: &[&str]) -> User {
        User {
            id: UserId::from_number(id),
            name: UserName::parse(name).unwrap(),
            roles: roles.iter().map(|role| role_name(role)).collect(),
            locked: false,
            token_epoch: 0,
            created: Timestamp::UNIX_EPOCH,
            profile: Profile::default(),
        }
    }

    fn role(name: &str, imports: &[&str], capabilities: &[&str]) -> Role {
        let capabilities = capabilities.iter().map(|one| Capability::parse(one));
        Role {
            imports: imports.iter().map(|other| role_name(other)).collect(),
            capabilities: capabilities.collect::<Result<_, _>>().unwrap(),
            ..Role::new(role_name(name))
        }
    }

    /// What a store would hold.
    #[derive(Debug, Default)]
    struct Model {
        users: BTreeMap<UserId, User>,
        roles: BTreeMap<RoleName, Role>,
        settings: Settings,
    }

    impl Model {
        /// Brings about a change, as far as a store would allow it: names are unique and never change.
        fn allows(&mut self, change: &Change) -> bool {
            match change {
                Change::UserPut(user) => {
                    let is_free = |other: &User| (other.id == user.id) == (other.name == user.name);
                    let allowed = self.users.values().all(is_free);
                    if allowed {
                        self.users.insert(user.id, user.clone());
                    }
                    return allowed;
                }
                Change::UserDeleted(id) => return self.users.remove(id).is_some(),
                Change::RoleDeleted(name) => return self.roles.remove(name).is_some(),
                Change::RolePut(role) => {
                    self.roles.insert(role.name.clone(), role.clone());
                }
                Change::SettingsPut(settings) => self.settings = settings.clone(),
                Change::SessionEnded(_)
                | Change::SessionsEnded(_)
                | Change::TokenChanged(_)
                | Change::TokensChanged(_) => {}
            }
            true
        }

        fn fresh(&self) -> World {
            World::new(
                Generation::default(),
                self.users.values().cloned().collect(),
                self.roles.values().cloned().collect(),
                self.settings.clone(),
            )
        }
    }

    const ROLES: &[&str] = &["a", "b", "c", "d"];
    const CAPABILITIES: &[&str] = &["edit_user", "users.edit", "edit_roles", "orders.read"];

    fn changes() -> impl Strategy<Value = Change> {
        let some_roles = || subsequence(ROLES, 0..=ROLES.len());
        let id = || (0..6_i64).prop_map(UserId::from_number);
        let put_user = (0..6_i64, some_roles(), any::<bool>(), 0..3_i64);
        let put_user = put_user.prop_map(|(id, roles, locked, token_epoch)| {
            // Two incarnations of each name.
            let user = user(id, &format!("user-{}", id % 3), &roles);
            Change::UserPut(User {
                locked,
                token_epoch,
                ..user
            })
        });
        let capabilities = subsequence(CAPABILITIES, 0..=CAPABILITIES.len());
        let put_role = (0..ROLES.len(), some_roles(), capabilities);
        let put_role = put_role.prop_map(|(name, imports, capabilities)| {
            Change::RolePut(role(ROLES[name], &imports, &capabilities))
        });
        let settings = any::<bool>().prop_map(|disabled| {
            let mut settings = Settings::default();
            settings.tokens_auth.disabled = disabled;
            Change::SettingsPut(settings)
        });
        prop_oneof![
            4 => put_user,
            2 => id().prop_map(Change::UserDeleted),
            4 => put_role,
            2 => (0..ROLES.len()).prop_map(|name| Change::RoleDeleted(role_name(ROLES[name]))),
            1 => settings,
            1 => id().prop_map(Change::TokensChanged),
            1 => id().prop_map(Change::SessionsEnded),
            1 => Just(Change::TokenChanged(TokenId::from_bytes([0; 32]))),
            1 => Just(Change::SessionEnded(Digest::of(""))),
        ]
    }

    fn assert_alike(world: &World, fresh: &World) {
        let all = |world: &World| world.users().cloned().collect::<Vec<_>>();
        assert_eq!(all(world), all(fresh));
        assert_eq!(world.users.len(), fresh.users.len());
        assert_eq!(world.names, fresh.names);
        assert_eq!(world.roles(), fresh.roles());
        assert_eq!(world.settings(), fresh.settings());
        assert_eq!(world.capabilities(), fresh.capabilities());
    }

    proptest! {
        #[test]
        fn changes_lead_where_a_fresh_start_would(changes in vec(changes(), 0..40)) {
            let (mut model, mut world) = (Model::default(), World::default());
            for change in changes {
                if model.allows(&change) {
                    world.apply(&change);
                    assert_alike(&world, &model.fresh());
                }
            }
        }
    }

    #[test]
    fn a_user_is_found_by_id_and_by_name() {
        let users = vec![user(2, "b", &["r"]), user(1, "a", &[])];
        let roles = vec![role("r", &[], &["edit_user"])];
        let world = World::new(Generation(7), users, roles, Settings::default());
        let by_name = world.named(&UserName::parse("B").unwrap()).unwrap();
        let by_id = world.principal(UserId::from_number(2)).unwrap();
        assert!(Arc::ptr_eq(by_name, by_id));
        assert_eq!(by_id.rights, world.rights_of(&[role_name("r")]));
        let names: Vec<_> = world.users().map(|one| one.user.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(world.principal(UserId::from_number(3)).is_none());
        assert!(world.named(&UserName::parse("c").unwrap()).is_none());
    }

    /// Changes of a replaced user may come late, or twice.
    #[test]
    fn nt14_the_end_of_an_old_incarnation_does_not_take_the_name_from_the_new_one() {
        let mut world = World::default();
        let (old, new) = (user(1, "a", &[]), user(2, "a", &[]));
        world.apply(&Change::UserPut(old));
        world.apply(&Change::UserPut(new.clone()));
        for _ in 0..2 {
            world.apply(&Change::UserDeleted(UserId::from_number(1)));
            assert_eq!(world.named(&new.name).unwrap().user, new);
            assert_eq!(world.users().count(), 1);
        }
    }

    #[test]
    fn a_role_imports_all_it_reaches_but_not_itself() {
        let roles = vec![
            role("a", &["b"], &[]),
            role("b", &["c", "ghost"], &[]),
            role("c", &["a"], &[]),
        ];
        let world = World::new(Generation::default(), vec![], roles, Settings::default());
        let imported = world.imported_by(&world.roles()[&role_name("a")]);
        let names: Vec<_> = imported.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, ["b", "c"]);
    }
}
