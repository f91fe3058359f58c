//! Makes, changes and deletes roles.

mod numbered;

use std::collections::{BTreeMap, BTreeSet};

pub use self::numbered::{Assignee, RoleDetailsEdit};
use self::numbered::{check_label_is_free, detailed};
use crate::{
    app::{
        App, Caller,
        objects::{and_put, check_content_set},
        powers::without_role,
        users::keeps_an_administrator,
    },
    audit::Action,
    change::Change,
    error::Error,
    id::{Capability, ContentSetId, RoleName, RoleNumber},
    permit::Wish,
    port::{Batch, Write},
    principal::{Object, Persona, Role, User, UserGroup, World},
};

/// What to set of a role; `None` leaves it as it is, or empty in a new one.
#[derive(Debug, Clone, Default)]
pub struct RoleEdit {
    /// Replaces its own capabilities.
    pub capabilities: Option<BTreeSet<Capability>>,
    /// Replaces its imports.
    pub imports: Option<Vec<RoleName>>,
    /// Replaces these attributes.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Sets what people call it, what it is for, and what it is for content sets.
    pub details: Option<RoleDetailsEdit>,
    /// Replaces what it grants on single content sets.
    pub grants: Option<BTreeSet<(ContentSetId, Capability)>>,
}

/// The most texts in an attribute, and the longest of them, in characters (NT-63).
const MAX_ATTRIBUTE: usize = 1024;

impl App {
    /// All roles, for one who may see them.
    pub fn list_roles(&self, caller: &Caller) -> Result<Vec<Role>, Error> {
        caller.may(Wish::ListRoles)?;
        Ok(self.world().roles().values().cloned().collect())
    }

    /// One role.
    pub fn role(&self, caller: &Caller, name: &str) -> Result<Role, Error> {
        caller.may(Wish::ListRoles)?;
        let unknown = || Error::not_found("role", name);
        let parsed = RoleName::parse(name).map_err(|_| unknown())?;
        self.world()
            .roles()
            .get(&parsed)
            .cloned()
            .ok_or_else(unknown)
    }

    /// Makes a role.
    pub async fn create_role(
        &self,
        caller: &Caller,
        name: RoleName,
        edit: RoleEdit,
    ) -> Result<Role, Error> {
        caller.may(Wish::EditRoles)?;
        self.change_world(caller, |world, caller| {
            if world.roles().contains_key(&name) {
                return Err(Error::conflict(format!(
                    "Role with name={name} already exists"
                )));
            }
            if edit.details.is_some() {
                check_label_is_free(world, None, name.as_str())?;
            }
            put(
                caller,
                world,
                Action::CreateRole,
                Role::new(name.clone(), RoleNumber::from_number(world.free_number())),
                &edit,
            )
        })
        .await
    }

    /// Changes a role, at once for everybody who holds it.
    pub async fn edit_role(
        &self,
        caller: &Caller,
        name: &str,
        edit: RoleEdit,
    ) -> Result<Role, Error> {
        caller.may(Wish::EditRoles)?;
        self.change_world(caller, |world, caller| {
            put(
                caller,
                world,
                Action::EditRole,
                existing(world, name)?.clone(),
                &edit,
            )
        })
        .await
    }

    /// Deletes a role and takes it from everybody who holds it and every role that imports it, so that a later role
    /// of this name is given to nobody by accident (NT-15).
    pub async fn delete_role(&self, caller: &Caller, name: &str) -> Result<(), Error> {
        caller.may(Wish::EditRoles)?;
        self.change_world(caller, |world, caller| {
            delete(caller, world, existing(world, name)?)
        })
        .await
    }
}

/// Nothing that refers to the role is left, be it deleted itself.
fn delete(caller: &Caller, world: &World, role: &Role) -> Result<(Batch, ()), Error> {
    let permit = caller.may(Wish::EditRoles)?;
    may_shape(caller, world, role)?;
    let users: Vec<User> = world
        .users_and_deleted()
        .filter_map(|one| without_role(&one.user, &role.name))
        .collect();
    let importers: Vec<Role> = world
        .roles()
        .values()
        .filter_map(|one| without_import(one, &role.name))
        .collect();
    let event = caller.origin.event(
        &permit,
        Action::DeleteRole,
        format!("taken from {} users", users.len()),
    );
    let mut batch = Batch {
        writes: (users.iter().cloned().map(Write::UpdateUser))
            .chain(importers.iter().cloned().map(Write::PutRole))
            .chain([Write::DeleteRole(role.name.clone())])
            .collect(),
        events: vec![event.about(&role.name).about_object(role.number.number())],
        changes: (users.into_iter().map(Change::UserPut))
            .chain(importers.into_iter().map(Change::RolePut))
            .chain([Change::RoleDeleted(role.name.clone())])
            .collect(),
        ..Batch::default()
    };
    let personas = world.personas().values();
    let personas = personas.filter_map(|one| persona_without(one, role.number));
    and_put(&mut batch, personas.map(Object::Persona));
    let groups = world.user_groups().values();
    let groups = groups.filter_map(|one| group_without(one, role.number));
    and_put(&mut batch, groups.map(Object::UserGroup));
    keeps_an_administrator(world, &batch.changes)?;
    Ok((batch, ()))
}

fn existing<'a>(world: &'a World, name: &str) -> Result<&'a Role, Error> {
    let unknown = || Error::not_found("role", name);
    world
        .roles()
        .get(&RoleName::parse(name).map_err(|_| unknown())?)
        .ok_or_else(unknown)
}

fn put(
    caller: &Caller,
    world: &World,
    action: Action,
    old: Role,
    edit: &RoleEdit,
) -> Result<(Batch, Role), Error> {
    may_shape(caller, world, &old)?;
    commit(caller, world, action, edited(world, old, edit)?)
}

/// Puts a role as it is to be.
fn commit(
    caller: &Caller,
    world: &World,
    action: Action,
    role: Role,
) -> Result<(Batch, Role), Error> {
    let permit = caller.may(Wish::EditRoles)?;
    may_shape(caller, world, &role)?;
    let event = caller
        .origin
        .event(&permit, action, in_words(&role))
        .about(&role.name)
        .about_object(role.number.number());
    let batch = Batch {
        writes: vec![Write::PutRole(role.clone())],
        events: vec![event],
        changes: vec![Change::RolePut(role.clone())],
        ..Batch::default()
    };
    keeps_an_administrator(world, &batch.changes)?;
    Ok((batch, role))
}

fn edited(world: &World, old: Role, edit: &RoleEdit) -> Result<Role, Error> {
    check_attributes(&edit.attributes)?;
    let mut role = Role {
        imports: edit.imports.clone().unwrap_or(old.imports),
        capabilities: edit.capabilities.clone().unwrap_or(old.capabilities),
        ..old
    };
    role.attributes.extend(edit.attributes.clone());
    let role = with_grants(world, role, edit)?;
    let mut role = match &edit.details {
        None => role,
        Some(details) => detailed(world, &role, &said_anew(&role, details))?,
    };
    check_grants_fit(&role, edit)?;
    check_imports(world, &role)?;
    // What is imported already is not its own (spec/splunk.md 5.3).
    for imported in world.imported_by(&role) {
        role.capabilities
            .retain(|capability| !imported.capabilities.contains(capability));
    }
    Ok(role)
}

/// On content sets that live; what it grants already on one that was deleted may stay.
fn with_grants(world: &World, old: Role, edit: &RoleEdit) -> Result<Role, Error> {
    let Some(grants) = &edit.grants else {
        return Ok(old);
    };
    for (set, _) in grants.difference(&old.details.grants) {
        check_content_set(world, "grants", *set)?;
    }
    let mut role = old;
    role.details.grants.clone_from(grants);
    Ok(role)
}

/// That a role stays for all content sets, or for single ones, is no change: it may hold what it held.
fn said_anew(role: &Role, details: &RoleDetailsEdit) -> RoleDetailsEdit {
    let all = details.all_content_sets;
    RoleDetailsEdit {
        all_content_sets: all.filter(|all| *all != role.details.all_content_sets),
        ..details.clone()
    }
}

/// Grants on single content sets must not turn into grants on all of them unnoticed.
fn check_grants_fit(role: &Role, edit: &RoleEdit) -> Result<(), Error> {
    let wants_grants = edit.grants.as_ref().is_some_and(|some| !some.is_empty());
    if wants_grants && role.details.all_content_sets {
        return Err(Error::invalid(
            "grants",
            "must be empty for a role whose capabilities are for all content sets",
        ));
    }
    Ok(())
}

fn check_imports(world: &World, role: &Role) -> Result<(), Error> {
    const FIELD: &str = "imported_roles";
    if let Some(unknown) = role
        .imports
        .iter()
        .find(|name| !world.roles().contains_key(*name) && **name != role.name)
    {
        return Err(Error::invalid(
            FIELD,
            format!("role '{unknown}' does not exist"),
        ));
    }
    let imported = world.imported_by(role);
    let back = |other: &&Role| other.imports.contains(&role.name);
    if role.imports.contains(&role.name) || imported.iter().any(back) {
        return Err(Error::invalid(
            FIELD,
            format!("role '{}' would import itself", role.name),
        ));
    }
    Ok(())
}

fn check_attributes(attributes: &BTreeMap<String, Vec<String>>) -> Result<(), Error> {
    let too_long = |text: &String| text.chars().count() > MAX_ATTRIBUTE;
    if attributes
        .values()
        .any(|texts| texts.len() > MAX_ATTRIBUTE || texts.iter().any(too_long))
    {
        return Err(Error::invalid(
            "role",
            format!("an attribute has at most {MAX_ATTRIBUTE} texts and characters"),
        ));
    }
    Ok(())
}

/// Nobody makes, changes or deletes a role that holds a power over Tokenry which he lacks (NT-18).
fn may_shape(caller: &Caller, world: &World, role: &Role) -> Result<(), Error> {
    if caller.covers_role(world, role) {
        return Ok(());
    }
    caller.refuse("every capability over tokens, users and roles that the role grants")
}

fn persona_without(persona: &Persona, role: RoleNumber) -> Option<Persona> {
    let mut persona = persona.clone();
    persona.roles.remove(&role).then_some(persona)
}

fn group_without(group: &UserGroup, role: RoleNumber) -> Option<UserGroup> {
    let mut group = group.clone();
    group.roles.remove(&role).then_some(group)
}

fn without_import(other: &Role, role: &RoleName) -> Option<Role> {
    other.imports.contains(role).then(|| {
        let imports = other
            .imports
            .iter()
            .filter(|name| *name != role)
            .cloned()
            .collect();
        Role {
            imports,
            ..other.clone()
        }
    })
}

fn in_words(role: &Role) -> String {
    let capabilities: Vec<&str> = role.capabilities.iter().map(Capability::as_str).collect();
    let imports: Vec<&str> = role.imports.iter().map(RoleName::as_str).collect();
    let mut words = format!(
        "capabilities: {}; imports: {}",
        capabilities.join(", "),
        imports.join(", ")
    );
    let grants = role.details.grants.iter();
    let grants: Vec<String> = grants
        .map(|(set, one)| format!("{one} on content set {set}"))
        .collect();
    if !grants.is_empty() {
        words = format!("{words}; {}", grants.join(", "));
    }
    if role.details.deny {
        words.push_str("; denies");
    }
    words
}

#[cfg(test)]
mod tests;
