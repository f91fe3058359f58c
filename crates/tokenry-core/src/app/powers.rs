//! Nobody hands out, takes away or reshapes a power over Tokenry that he lacks himself (NT-18, NT-21). Not here: what
//! a caller may wish for at all, which is [`crate::permit`]'s to say.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    app::Caller,
    id::{RoleName, RoleNumber, UserId},
    principal::{Persona, Rights, Role, User, UserGroup, World},
};

impl Caller {
    /// Whether the caller holds every power that these roles give or take away.
    pub(super) fn covers_roles<'a>(
        &self,
        world: &World,
        held: impl IntoIterator<Item = &'a RoleName>,
    ) -> bool {
        self.covers_among(world.roles(), held)
    }

    /// The same of a role as it is to be, whatever the world still says of it.
    pub(super) fn covers_role(&self, world: &World, role: &Role) -> bool {
        let mut roles = world.roles().clone();
        roles.insert(role.name.clone(), role.clone());
        self.covers_among(&roles, [&role.name])
    }

    /// Whether the caller holds every power that this persona gives or takes away.
    pub(super) fn covers_persona(&self, world: &World, persona: &Persona) -> bool {
        self.covers_numbers(world, persona.roles.iter().copied())
    }

    /// Whether the caller holds every power of all personas that this user may act as: who can sign in as him has
    /// them.
    pub(super) fn covers_personas_of(&self, world: &World, user: UserId) -> bool {
        world
            .personas_of(user)
            .all(|persona| self.covers_persona(world, persona))
    }

    /// Whether the caller holds every power that membership of this group gives or takes away: that of its roles, and
    /// that of the personas its members may act as.
    pub(super) fn covers_group(&self, world: &World, group: &UserGroup) -> bool {
        let is_its =
            |persona: &&Arc<Persona>| !persona.deleted && persona.user_groups.contains(&group.id);
        let mut personas = world.personas().values().filter(is_its);
        self.covers_numbers(world, group.roles.iter().copied())
            && personas.all(|persona| self.covers_persona(world, persona))
    }

    fn covers_numbers(&self, world: &World, numbers: impl IntoIterator<Item = RoleNumber>) -> bool {
        let roles = numbers.into_iter().filter_map(|n| world.role_of_number(n));
        self.covers_roles(world, roles.map(|role| &role.name))
    }

    /// One who may hand out a role that denies could take a power away, and one who may take it away could give the
    /// power back: so it counts as if it granted what it denies.
    fn covers_among<'a>(
        &self,
        roles: &BTreeMap<RoleName, Role>,
        held: impl IntoIterator<Item = &'a RoleName>,
    ) -> bool {
        let granting: BTreeMap<_, _> = roles
            .iter()
            .map(|(name, role)| (name.clone(), role.granting()))
            .collect();
        let held: Vec<_> = held.into_iter().cloned().collect();
        self.principal()
            .rights
            .covers(&Rights::of(&held, &granting))
    }
}

/// The user without this role; `None` if he does not hold it.
pub(super) fn without_role(user: &User, role: &RoleName) -> Option<User> {
    user.roles.contains(role).then(|| {
        let mut user = user.clone();
        user.roles.retain(|held| held != role);
        user
    })
}
