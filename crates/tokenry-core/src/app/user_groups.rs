//! Makes, changes and deletes user groups: whoever is in one has its roles and computers, and may act as its personas
//! (spec/tanium.md 6.2).

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    app::{
        App, Caller,
        objects::{
            and_put, check_computer_group, check_name, check_roles, check_users, listed, put, stamp,
        },
        users::keeps_an_administrator,
    },
    audit::Action,
    error::Error,
    id::{ComputerGroupId, RoleNumber, UserGroupId, UserId},
    permit::Wish,
    port::Batch,
    principal::{Object, Persona, UserGroup, World, directory::MAX_NAME},
};

/// What to set of a user group; `None` leaves it as it is, or empty in a new one. Lists replace the old ones.
#[derive(Debug, Clone, Default)]
pub struct UserGroupEdit {
    /// Its name; a new one needs it.
    pub name: Option<String>,
    /// Who is in it.
    pub members: Option<BTreeSet<UserId>>,
    /// What its members may do.
    pub roles: Option<BTreeSet<RoleNumber>>,
    /// The computers its members manage; number 0 is none.
    pub computer_group: Option<ComputerGroupId>,
}

impl App {
    /// All user groups that are not deleted, by id, for one who may see them.
    pub fn list_user_groups(&self, caller: &Caller) -> Result<Vec<Arc<UserGroup>>, Error> {
        caller.may(Wish::ListUsers)?;
        let world = self.world();
        let living = world.user_groups().values().filter(|one| !one.deleted);
        Ok(living.cloned().collect())
    }

    /// One user group.
    pub fn user_group(&self, caller: &Caller, id: UserGroupId) -> Result<Arc<UserGroup>, Error> {
        caller.may(Wish::ListUsers)?;
        existing(&self.world(), id).cloned()
    }

    /// Makes a user group.
    pub async fn create_user_group(
        &self,
        caller: &Caller,
        edit: UserGroupEdit,
    ) -> Result<Arc<UserGroup>, Error> {
        caller.may(Wish::EditUsers)?;
        let id = self
            .change_world(caller, |world, caller| {
                let new = UserGroup {
                    id: UserGroupId::from_number(world.free_number()),
                    name: String::new(),
                    members: BTreeSet::new(),
                    roles: BTreeSet::new(),
                    computer_group: None,
                    modified: stamp(caller),
                    deleted: false,
                };
                plan(caller, world, Action::CreateUserGroup, &new, &edit)
            })
            .await?;
        existing(&self.world(), id).cloned()
    }

    /// Changes a user group, at once for everybody who is in it, was in it or comes into it.
    pub async fn edit_user_group(
        &self,
        caller: &Caller,
        id: UserGroupId,
        edit: UserGroupEdit,
    ) -> Result<Arc<UserGroup>, Error> {
        caller.may(Wish::EditUsers)?;
        self.change_world(caller, |world, caller| {
            let old = existing(world, id)?;
            plan(caller, world, Action::EditUserGroup, old, &edit)
        })
        .await?;
        existing(&self.world(), id).cloned()
    }

    /// Deletes a user group, and takes it from all personas that name it.
    pub async fn delete_user_group(&self, caller: &Caller, id: UserGroupId) -> Result<(), Error> {
        caller.may(Wish::EditUsers)?;
        self.change_world(caller, |world, caller| {
            let permit = caller.may(Wish::EditUsers)?;
            let old = existing(world, id)?;
            may_shape(caller, world, old)?;
            let group = UserGroup {
                deleted: true,
                modified: stamp(caller),
                ..UserGroup::clone(old)
            };
            let reason = format!("had {} members", group.members.len());
            let object = Object::UserGroup(group);
            let mut batch = put(caller, &permit, Action::DeleteUserGroup, object, reason);
            let personas = world.personas().values();
            let personas = personas.filter_map(|persona| without_group(persona, id));
            and_put(&mut batch, personas.map(Object::Persona));
            keeps_an_administrator(world, &batch.changes)?;
            Ok((batch, ()))
        })
        .await
    }
}

/// The persona without this user group; `None` if it does not name it.
fn without_group(persona: &Persona, group: UserGroupId) -> Option<Persona> {
    let mut persona = persona.clone();
    persona.user_groups.remove(&group).then_some(persona)
}

pub(super) fn existing(world: &World, id: UserGroupId) -> Result<&Arc<UserGroup>, Error> {
    let found = world.user_groups().get(&id);
    found
        .filter(|group| !group.deleted)
        .ok_or_else(|| Error::not_found("user group", id.to_string()))
}

pub(super) fn plan(
    caller: &Caller,
    world: &World,
    action: Action,
    old: &UserGroup,
    edit: &UserGroupEdit,
) -> Result<(Batch, UserGroupId), Error> {
    let permit = caller.may(Wish::EditUsers)?;
    may_shape(caller, world, old)?;
    let group = edited(caller, old, edit);
    check(world, &group, edit)?;
    may_shape(caller, world, &group)?;
    let (id, reason) = (group.id, in_words(&group));
    let batch = put(caller, &permit, action, Object::UserGroup(group), reason);
    keeps_an_administrator(world, &batch.changes)?;
    Ok((batch, id))
}

/// Nobody makes, changes or deletes a group whose members hold a power over Tokenry by it which he lacks (NT-18).
fn may_shape(caller: &Caller, world: &World, group: &UserGroup) -> Result<(), Error> {
    if caller.covers_group(world, group) {
        return Ok(());
    }
    caller.refuse(
        "every capability over tokens, users and roles that the group and its personas grant",
    )
}

fn edited(caller: &Caller, old: &UserGroup, edit: &UserGroupEdit) -> UserGroup {
    let computers = edit.computer_group.or(old.computer_group);
    UserGroup {
        id: old.id,
        name: edit.name.as_ref().unwrap_or(&old.name).clone(),
        members: edit.members.as_ref().unwrap_or(&old.members).clone(),
        roles: edit.roles.as_ref().unwrap_or(&old.roles).clone(),
        computer_group: computers.filter(|group| group.number() != 0),
        modified: stamp(caller),
        deleted: old.deleted,
    }
}

fn check(world: &World, group: &UserGroup, edit: &UserGroupEdit) -> Result<(), Error> {
    let others = world.user_groups().values();
    let others = others.filter(|other| !other.deleted && other.id != group.id);
    let others = others.map(|other| other.name.as_str());
    check_name("User group", &group.name, MAX_NAME, others)?;
    if let (Some(_), Some(computers)) = (edit.computer_group, group.computer_group) {
        check_computer_group(world, "group", computers)?;
    }
    check_roles(world, "content_set_role_list", edit.roles.iter().flatten())?;
    check_users(world, "user_list", edit.members.iter().flatten())
}

fn in_words(group: &UserGroup) -> String {
    format!(
        "roles: {}; members: {}; computer group: {}",
        listed(&group.roles),
        listed(&group.members),
        listed(group.computer_group)
    )
}

#[cfg(test)]
mod tests;
