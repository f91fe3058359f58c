//! Makes, changes and deletes content sets (spec/tanium.md 6.3). Only their ids and names matter here: roles grant
//! privileges on them.

use std::sync::Arc;

use crate::{
    app::{
        App, Caller,
        objects::{check_name, put, stamp},
        users::keeps_an_administrator,
    },
    audit::Action,
    change::Change,
    error::Error,
    id::ContentSetId,
    permit::Wish,
    port::{Batch, Write},
    principal::{
        ContentSet, FIRST_FREE_NUMBER, Object, Role, World, check_text,
        directory::{MAX_NAME, MAX_TEXT},
    },
};

/// What to set of a content set; `None` leaves it as it is, or empty in a new one.
#[derive(Debug, Clone, Default)]
pub struct ContentSetEdit {
    /// Its name; a new one needs it.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

impl App {
    /// All content sets that are not deleted, by id, for one who may see them.
    pub fn list_content_sets(&self, caller: &Caller) -> Result<Vec<Arc<ContentSet>>, Error> {
        caller.may(Wish::ListRoles)?;
        let world = self.world();
        let living = world.content_sets().values().filter(|one| !one.deleted);
        Ok(living.cloned().collect())
    }

    /// One content set.
    pub fn content_set(&self, caller: &Caller, id: ContentSetId) -> Result<Arc<ContentSet>, Error> {
        caller.may(Wish::ListRoles)?;
        existing(&self.world(), id).cloned()
    }

    /// Makes a content set.
    pub async fn create_content_set(
        &self,
        caller: &Caller,
        edit: ContentSetEdit,
    ) -> Result<Arc<ContentSet>, Error> {
        caller.may(Wish::EditRoles)?;
        let id = self
            .change_world(caller, |world, caller| {
                let new = ContentSet {
                    id: ContentSetId::from_number(world.free_number()),
                    name: String::new(),
                    description: String::new(),
                    modified: stamp(caller),
                    deleted: false,
                };
                plan(caller, world, Action::CreateContentSet, &new, &edit)
            })
            .await?;
        existing(&self.world(), id).cloned()
    }

    /// Changes a content set. Those that are there from the start keep their names.
    pub async fn edit_content_set(
        &self,
        caller: &Caller,
        id: ContentSetId,
        edit: ContentSetEdit,
    ) -> Result<Arc<ContentSet>, Error> {
        caller.may(Wish::EditRoles)?;
        self.change_world(caller, |world, caller| {
            let old = existing(world, id)?;
            plan(caller, world, Action::EditContentSet, old, &edit)
        })
        .await?;
        existing(&self.world(), id).cloned()
    }

    /// Deletes a content set that holds no computer groups, with all that roles grant on it: nothing may be left
    /// behind that a reader could take for a grant on something else (NT-15).
    pub async fn delete_content_set(&self, caller: &Caller, id: ContentSetId) -> Result<(), Error> {
        caller.may(Wish::EditRoles)?;
        self.change_world(caller, |world, caller| {
            let permit = caller.may(Wish::EditRoles)?;
            let old = existing(world, id)?;
            may_delete(world, old)?;
            let roles = world.roles().values();
            let roles: Vec<Role> = roles.filter_map(|role| without_set(role, id)).collect();
            let former = roles.iter().map(|role| &role.name);
            if !caller.covers_roles(world, former) {
                return caller.refuse(
                    "every capability over tokens, users and roles that roles grant on it",
                );
            }
            let object = Object::ContentSet(ContentSet {
                deleted: true,
                modified: stamp(caller),
                ..ContentSet::clone(old)
            });
            let reason = format!("taken from {} roles", roles.len());
            let mut batch = put(caller, &permit, Action::DeleteContentSet, object, reason);
            for role in roles {
                batch.writes.push(Write::PutRole(role.clone()));
                batch.changes.push(Change::RolePut(role));
            }
            keeps_an_administrator(world, &batch.changes)?;
            Ok((batch, ()))
        })
        .await
    }
}

fn existing(world: &World, id: ContentSetId) -> Result<&Arc<ContentSet>, Error> {
    let found = world.content_sets().get(&id);
    found
        .filter(|set| !set.deleted)
        .ok_or_else(|| Error::not_found("content set", id.to_string()))
}

fn plan(
    caller: &Caller,
    world: &World,
    action: Action,
    old: &ContentSet,
    edit: &ContentSetEdit,
) -> Result<(Batch, ContentSetId), Error> {
    let permit = caller.may(Wish::EditRoles)?;
    let description = edit.description.as_ref().unwrap_or(&old.description);
    let set = ContentSet {
        id: old.id,
        name: edit.name.as_ref().unwrap_or(&old.name).clone(),
        description: description.clone(),
        modified: stamp(caller),
        deleted: false,
    };
    if is_built_in(&set) && set.name != old.name {
        return Err(Error::conflict("A built-in content set cannot be renamed"));
    }
    check_text("description", &set.description, MAX_TEXT)?;
    let others = world.content_sets().values();
    let others = others.filter(|other| !other.deleted && other.id != set.id);
    let others = others.map(|other| other.name.as_str());
    check_name("Content set", &set.name, MAX_NAME, others)?;
    let (id, object) = (set.id, Object::ContentSet(set));
    Ok((put(caller, &permit, action, object, ""), id))
}

fn may_delete(world: &World, set: &ContentSet) -> Result<(), Error> {
    if is_built_in(set) {
        return Err(Error::conflict("A built-in content set cannot be deleted"));
    }
    let mut groups = world.computer_groups().values();
    if groups.any(|group| !group.deleted && group.content_set == set.id) {
        return Err(Error::conflict("The content set still has computer groups"));
    }
    Ok(())
}

fn is_built_in(set: &ContentSet) -> bool {
    set.id.number() < FIRST_FREE_NUMBER
}

/// The role without what it grants on this set; `None` if that is nothing.
fn without_set(role: &Role, set: ContentSetId) -> Option<Role> {
    let mut role = role.clone();
    let before = role.details.grants.len();
    role.details.grants.retain(|(on, _)| *on != set);
    (role.details.grants.len() < before).then_some(role)
}

#[cfg(test)]
mod tests;
