//! Makes, changes and deletes computer groups (spec/tanium.md 6.5). They are carried and given ids here; which
//! computers they hold is the business of the APIs behind us.

use std::sync::Arc;

use crate::{
    app::{
        App, Caller,
        objects::{and_put, check_content_set, check_name, put, stamp},
    },
    audit::Action,
    change::Change,
    error::Error,
    id::{ComputerGroupId, ContentSetId},
    permit::Wish,
    port::{Batch, Write},
    principal::{
        ComputerGroup, FIRST_FREE_NUMBER, GroupKind, Object, Persona, User, UserGroup, World,
        check_text,
        directory::{MAX_NAME, MAX_TEXT},
    },
};

/// What to set of a computer group; `None` leaves it as it is, or at its default in a new one.
#[derive(Debug, Clone, Default)]
pub struct ComputerGroupEdit {
    /// Its name; a new one needs it.
    pub name: Option<String>,
    /// What is in it, in the vendor's query language.
    pub text: Option<String>,
    /// The content set it belongs to.
    pub content_set: Option<ContentSetId>,
}

/// The content set of a new computer group that names none: the reserved one.
const RESERVED: ContentSetId = ContentSetId::from_number(1);

impl App {
    /// All computer groups that are not deleted, by id, for one who may see them.
    pub fn list_computer_groups(&self, caller: &Caller) -> Result<Vec<Arc<ComputerGroup>>, Error> {
        caller.may(Wish::ListRoles)?;
        let world = self.world();
        let living = world.computer_groups().values().filter(|one| !one.deleted);
        Ok(living.cloned().collect())
    }

    /// One computer group.
    pub fn computer_group(
        &self,
        caller: &Caller,
        id: ComputerGroupId,
    ) -> Result<Arc<ComputerGroup>, Error> {
        caller.may(Wish::ListRoles)?;
        existing(&self.world(), id).cloned()
    }

    /// Makes a computer group of this kind, which it keeps.
    pub async fn create_computer_group(
        &self,
        caller: &Caller,
        kind: GroupKind,
        edit: ComputerGroupEdit,
    ) -> Result<Arc<ComputerGroup>, Error> {
        caller.may(Wish::EditRoles)?;
        let id = self
            .change_world(caller, |world, caller| {
                let new = ComputerGroup {
                    id: ComputerGroupId::from_number(world.free_number()),
                    name: String::new(),
                    text: String::new(),
                    kind,
                    content_set: RESERVED,
                    modified: stamp(caller),
                    deleted: false,
                };
                plan(caller, world, Action::CreateComputerGroup, &new, &edit)
            })
            .await?;
        existing(&self.world(), id).cloned()
    }

    /// Changes a computer group. Those that are there from the start stay what they are called and what they hold.
    pub async fn edit_computer_group(
        &self,
        caller: &Caller,
        id: ComputerGroupId,
        edit: ComputerGroupEdit,
    ) -> Result<Arc<ComputerGroup>, Error> {
        caller.may(Wish::EditRoles)?;
        self.change_world(caller, |world, caller| {
            let old = existing(world, id)?;
            plan(caller, world, Action::EditComputerGroup, old, &edit)
        })
        .await?;
        existing(&self.world(), id).cloned()
    }

    /// Deletes a computer group, and takes it from everybody who manages it: personas manage no computers then, users
    /// and user groups none of their own.
    pub async fn delete_computer_group(
        &self,
        caller: &Caller,
        id: ComputerGroupId,
    ) -> Result<(), Error> {
        caller.may(Wish::EditRoles)?;
        self.change_world(caller, |world, caller| {
            let permit = caller.may(Wish::EditRoles)?;
            let old = existing(world, id)?;
            if is_built_in(id) {
                return Err(Error::conflict(
                    "A built-in computer group cannot be deleted",
                ));
            }
            let object = Object::ComputerGroup(ComputerGroup {
                deleted: true,
                modified: stamp(caller),
                ..ComputerGroup::clone(old)
            });
            let action = Action::DeleteComputerGroup;
            let reason = "taken from all who managed it";
            let mut batch = put(caller, &permit, action, object, reason);
            let personas = world.personas().values();
            let personas = personas.filter_map(|one| persona_without(one, id));
            and_put(&mut batch, personas.map(Object::Persona));
            let groups = world.user_groups().values();
            let groups = groups.filter_map(|one| group_without(one, id));
            and_put(&mut batch, groups.map(Object::UserGroup));
            let users = world.users_and_deleted();
            for user in users.filter_map(|one| user_without(&one.user, id)) {
                batch.writes.push(Write::UpdateUser(user.clone()));
                batch.changes.push(Change::UserPut(user));
            }
            Ok((batch, ()))
        })
        .await
    }
}

fn existing(world: &World, id: ComputerGroupId) -> Result<&Arc<ComputerGroup>, Error> {
    let found = world.computer_groups().get(&id);
    found
        .filter(|group| !group.deleted)
        .ok_or_else(|| Error::not_found("computer group", id.to_string()))
}

fn plan(
    caller: &Caller,
    world: &World,
    action: Action,
    old: &ComputerGroup,
    edit: &ComputerGroupEdit,
) -> Result<(Batch, ComputerGroupId), Error> {
    let permit = caller.may(Wish::EditRoles)?;
    let group = ComputerGroup {
        id: old.id,
        name: edit.name.as_ref().unwrap_or(&old.name).clone(),
        text: edit.text.as_ref().unwrap_or(&old.text).clone(),
        kind: old.kind,
        content_set: edit.content_set.unwrap_or(old.content_set),
        modified: stamp(caller),
        deleted: false,
    };
    if is_built_in(group.id) && (&group.name, &group.text) != (&old.name, &old.text) {
        return Err(Error::conflict(
            "A built-in computer group cannot be renamed or given another text",
        ));
    }
    check_text("text", &group.text, MAX_TEXT)?;
    if let Some(set) = edit.content_set {
        check_content_set(world, "content_set", set)?;
    }
    let others = world.computer_groups().values();
    let others = others.filter(|other| !other.deleted && other.id != group.id);
    let others = others.map(|other| other.name.as_str());
    check_name("Computer group", &group.name, MAX_NAME, others)?;
    let (id, object) = (group.id, Object::ComputerGroup(group));
    Ok((put(caller, &permit, action, object, ""), id))
}

fn is_built_in(id: ComputerGroupId) -> bool {
    id.number() < FIRST_FREE_NUMBER
}

/// The persona as one that manages no computers; `None` if this group is not what it manages.
fn persona_without(persona: &Persona, group: ComputerGroupId) -> Option<Persona> {
    (persona.computer_group == group).then(|| Persona {
        computer_group: ComputerGroupId::NO_COMPUTERS,
        ..persona.clone()
    })
}

fn group_without(users: &UserGroup, group: ComputerGroupId) -> Option<UserGroup> {
    (users.computer_group == Some(group)).then(|| UserGroup {
        computer_group: None,
        ..users.clone()
    })
}

fn user_without(user: &User, group: ComputerGroupId) -> Option<User> {
    (user.profile.computer_group == Some(group)).then(|| {
        let mut user = user.clone();
        user.profile.computer_group = None;
        user
    })
}

#[cfg(test)]
mod tests;
