//! Makes, changes and deletes personas, and says who may act as them (spec/tanium.md 6.2). Not here: a user's default
//! persona, which is not kept but worked out.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    app::{
        App, Caller,
        objects::{
            check_computer_group, check_name, check_roles, check_user_groups, check_users, listed,
            put, stamp,
        },
    },
    audit::Action,
    error::Error,
    id::{ComputerGroupId, PersonaId, RoleNumber, UserGroupId, UserId},
    permit::Wish,
    port::Batch,
    principal::{Object, Persona, World, check_text},
};

/// What to set of a persona; `None` leaves it as it is, or at its default in a new one. Lists replace the old ones.
#[derive(Debug, Clone, Default)]
pub struct PersonaEdit {
    /// Its name; a new one needs it.
    pub name: Option<String>,
    /// What it is shown as.
    pub display_name: Option<String>,
    /// The computers it manages; none in a new one.
    pub computer_group: Option<ComputerGroupId>,
    /// Its roles.
    pub roles: Option<BTreeSet<RoleNumber>>,
    /// Who may act as it.
    pub users: Option<BTreeSet<UserId>>,
    /// Whose members may act as it.
    pub user_groups: Option<BTreeSet<UserGroupId>>,
    /// The vendor's switch of this name.
    pub require_reauthentication: Option<bool>,
    /// What clients keep with it.
    pub metadata: Option<String>,
    /// The vendor's switch of this name.
    pub track_computer_id: Option<bool>,
    /// In seconds.
    pub track_computer_id_interval: Option<i64>,
}

/// Who is refused lacks these.
const NO_MORE_THAN_HIS: &str =
    "every capability over tokens, users and roles that the persona grants";

impl App {
    /// All personas that are not deleted; only one's own, for one who may not see all. By id.
    pub fn list_personas(&self, caller: &Caller) -> Vec<Arc<Persona>> {
        let world = self.world();
        if caller.may(Wish::ListPersonas).is_err() {
            return world.personas_of(caller.id()).cloned().collect();
        }
        let living = |persona: &&Arc<Persona>| !persona.deleted;
        world.personas().values().filter(living).cloned().collect()
    }

    /// All personas, the deleted ones included, for one who may see all. By id.
    pub fn list_personas_and_deleted(&self, caller: &Caller) -> Result<Vec<Arc<Persona>>, Error> {
        caller.may(Wish::ListPersonas)?;
        Ok(self.world().personas().values().cloned().collect())
    }

    /// One persona: one of one's own, or any for one who may see all.
    pub fn persona(&self, caller: &Caller, id: PersonaId) -> Result<Arc<Persona>, Error> {
        let world = self.world();
        let own = world.personas_of(caller.id()).find(|one| one.id == id);
        if let Some(own) = own {
            return Ok(Arc::clone(own));
        }
        caller.may(Wish::ListPersonas)?;
        existing(&world, id).cloned()
    }

    /// Makes a persona.
    pub async fn create_persona(
        &self,
        caller: &Caller,
        edit: PersonaEdit,
    ) -> Result<Arc<Persona>, Error> {
        caller.may(Wish::EditPersonas)?;
        let id = self
            .change_world(caller, |world, caller| {
                let new = Persona {
                    id: PersonaId::from_number(world.free_number()),
                    name: String::new(),
                    display_name: String::new(),
                    computer_group: ComputerGroupId::NO_COMPUTERS,
                    roles: BTreeSet::new(),
                    users: BTreeSet::new(),
                    user_groups: BTreeSet::new(),
                    require_reauthentication: false,
                    metadata: String::new(),
                    track_computer_id: false,
                    track_computer_id_interval: Persona::MIN_INTERVAL,
                    created: stamp(caller),
                    modified: stamp(caller),
                    deleted: false,
                };
                plan(caller, world, Action::CreatePersona, &new, &edit)
            })
            .await?;
        existing(&self.world(), id).cloned()
    }

    /// Changes a persona, at once for everybody who acts as it.
    pub async fn edit_persona(
        &self,
        caller: &Caller,
        id: PersonaId,
        edit: PersonaEdit,
    ) -> Result<Arc<Persona>, Error> {
        caller.may(Wish::EditPersonas)?;
        self.change_world(caller, |world, caller| {
            let old = existing(world, id)?;
            plan(caller, world, Action::EditPersona, old, &edit)
        })
        .await?;
        existing(&self.world(), id).cloned()
    }

    /// Deletes a persona. What acts as it stops at once, and never falls back to wider rights (NT-15).
    pub async fn delete_persona(&self, caller: &Caller, id: PersonaId) -> Result<(), Error> {
        caller.may(Wish::EditPersonas)?;
        self.change_world(caller, |world, caller| {
            let permit = caller.may(Wish::EditPersonas)?;
            let old = existing(world, id)?;
            may_shape(caller, world, old)?;
            let persona = Persona {
                deleted: true,
                modified: stamp(caller),
                ..Persona::clone(old)
            };
            let object = Object::Persona(persona);
            let reason = "persona deleted; nobody may act as it any more";
            let batch = put(caller, &permit, Action::DeletePersona, object, reason);
            Ok((batch, ()))
        })
        .await
    }
}

fn existing(world: &World, id: PersonaId) -> Result<&Arc<Persona>, Error> {
    let found = world.personas().get(&id);
    found
        .filter(|persona| !persona.deleted)
        .ok_or_else(|| Error::not_found("persona", id.to_string()))
}

fn plan(
    caller: &Caller,
    world: &World,
    action: Action,
    old: &Persona,
    edit: &PersonaEdit,
) -> Result<(Batch, PersonaId), Error> {
    let permit = caller.may(Wish::EditPersonas)?;
    may_shape(caller, world, old)?;
    let persona = edited(caller, old, edit);
    check(world, &persona, edit)?;
    may_shape(caller, world, &persona)?;
    let (id, reason) = (persona.id, in_words(&persona));
    let batch = put(caller, &permit, action, Object::Persona(persona), reason);
    Ok((batch, id))
}

/// Nobody makes, changes, deletes or assigns a persona that holds a power over Tokenry which he lacks (NT-18).
fn may_shape(caller: &Caller, world: &World, persona: &Persona) -> Result<(), Error> {
    if caller.covers_persona(world, persona) {
        return Ok(());
    }
    caller.refuse(NO_MORE_THAN_HIS)
}

fn edited(caller: &Caller, old: &Persona, edit: &PersonaEdit) -> Persona {
    let text = |new: &Option<String>, old: &String| new.as_ref().unwrap_or(old).clone();
    let roles = edit.roles.as_ref().unwrap_or(&old.roles);
    let users = edit.users.as_ref().unwrap_or(&old.users);
    let user_groups = edit.user_groups.as_ref().unwrap_or(&old.user_groups);
    Persona {
        id: old.id,
        name: text(&edit.name, &old.name),
        display_name: text(&edit.display_name, &old.display_name),
        computer_group: edit.computer_group.unwrap_or(old.computer_group),
        roles: roles.clone(),
        users: users.clone(),
        user_groups: user_groups.clone(),
        require_reauthentication: edit
            .require_reauthentication
            .unwrap_or(old.require_reauthentication),
        metadata: text(&edit.metadata, &old.metadata),
        track_computer_id: edit.track_computer_id.unwrap_or(old.track_computer_id),
        track_computer_id_interval: edit
            .track_computer_id_interval
            .unwrap_or(old.track_computer_id_interval),
        created: old.created,
        modified: stamp(caller),
        deleted: old.deleted,
    }
}

/// Only what is said anew: what is stored already was right when it was said.
fn check(world: &World, persona: &Persona, edit: &PersonaEdit) -> Result<(), Error> {
    let others = world.personas().values();
    let others = others.filter(|other| !other.deleted && other.id != persona.id);
    let others = others.map(|other| other.name.as_str());
    check_name("Persona", &persona.name, Persona::MAX_NAME, others)?;
    check_text("display_name", &persona.display_name, Persona::MAX_NAME)?;
    check_text("json_metadata", &persona.metadata, Persona::MAX_METADATA)?;
    if persona.track_computer_id_interval < Persona::MIN_INTERVAL {
        return Err(Error::invalid(
            "track_computer_id_interval_seconds",
            format!("must be at least {} seconds", Persona::MIN_INTERVAL),
        ));
    }
    if let Some(group) = edit.computer_group {
        check_computer_group(world, "group", group)?;
    }
    check_roles(world, "content_set_role_list", edit.roles.iter().flatten())?;
    check_users(world, "user_list", edit.users.iter().flatten())?;
    check_user_groups(world, "user_group_list", edit.user_groups.iter().flatten())
}

fn in_words(persona: &Persona) -> String {
    format!(
        "roles: {}; users: {}; user groups: {}; computer group: {}",
        listed(&persona.roles),
        listed(&persona.users),
        listed(&persona.user_groups),
        persona.computer_group
    )
}

#[cfg(test)]
mod tests;
