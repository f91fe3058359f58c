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
