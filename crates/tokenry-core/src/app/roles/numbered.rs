//! Roles as Tanium's clients know them (spec/tanium.md 6.3): found by number, called by a label, and shaped one
//! privilege at a time, on one content set or on all.

use crate::{
    app::{
        App, Caller, UserEdit, UserGroupEdit, Whom,
        objects::{check_content_set, check_visible},
        roles::{commit, delete, may_shape},
        user_groups,
        users::plan_edit,
    },
    audit::Action,
    error::Error,
    id::{Capability, ContentSetId, RoleName, RoleNumber, UserGroupId, UserId},
    permit::Wish,
    port::Batch,
    principal::{Role, RoleDetails, World, check_text},
};

/// What to set of a role; `None` leaves it as it is, or at its default in a new one.
#[derive(Debug, Clone, Default)]
pub struct RoleDetailsEdit {
    /// What people call it; a new one needs it.
    pub label: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it takes away instead of granting.
    pub deny: Option<bool>,
    /// Whether its privileges are for all content sets at once.
    pub all_content_sets: Option<bool>,
}

/// Who holds a role beside personas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// A user, in his default persona.
    User(UserId),
    /// All members of a user group, in their default personas.
    UserGroup(UserGroupId),
}

impl App {
    /// The role of this number, for one who may see all.
    pub fn role_of_number(&self, caller: &Caller, number: RoleNumber) -> Result<Role, Error> {
        caller.may(Wish::ListRoles)?;
        numbered(&self.world(), number).cloned()
    }

    /// Makes a role that grants nothing yet. Its name is made of its label, so no two labels that look alike to a
    /// program can be there (NT-28).
    pub async fn create_labelled_role(
        &self,
        caller: &Caller,
        edit: RoleDetailsEdit,
    ) -> Result<Role, Error> {
        caller.may(Wish::EditRoles)?;
        let label = edit.label.clone().unwrap_or_default();
        check_visible("name", &label, RoleDetails::MAX_LABEL)?;
        let name = RoleName::for_label(&label)?;
        self.change_world(caller, |world, caller| {
            check_label_is_free(world, None, &label)?;
            let number = RoleNumber::from_number(world.free_number());
            let role = detailed(world, &Role::new(name.clone(), number), &edit)?;
            commit(caller, world, Action::CreateRole, role)
        })
        .await
    }

    /// Changes a role, at once for everybody who holds it. One that is there from the start keeps what it is called
    /// and whether it grants or denies.
    pub async fn edit_role_details(
        &self,
        caller: &Caller,
        number: RoleNumber,
        edit: RoleDetailsEdit,
    ) -> Result<Role, Error> {
        self.shape_role(caller, number, |world, old| detailed(world, old, &edit))
            .await
    }

    /// Adds a privilege to a role. For one whose privileges are for all content sets, `set` does not matter.
    pub async fn grant_privilege(
        &self,
        caller: &Caller,
        number: RoleNumber,
        privilege: &Capability,
        set: Option<ContentSetId>,
    ) -> Result<Role, Error> {
        self.shape_role(caller, number, |world, old| {
            let mut role = old.clone();
            if role.is_for_all_content_sets() {
                role.capabilities.insert(privilege.clone());
                return Ok(role);
            }
            let set = set.ok_or_else(|| Error::invalid("content_set", "is needed"))?;
            check_content_set(world, "content_set", set)?;
            role.details.grants.insert((set, privilege.clone()));
            Ok(role)
        })
        .await
    }

    /// Takes a privilege from a role: on one content set, or, with `None`, the one for all of them.
    pub async fn withdraw_privilege(
        &self,
        caller: &Caller,
        number: RoleNumber,
        privilege: &Capability,
        set: Option<ContentSetId>,
    ) -> Result<Role, Error> {
        self.shape_role(caller, number, |_, old| {
            let mut role = old.clone();
            let was_there = match set {
                Some(set) => role.details.grants.remove(&(set, privilege.clone())),
                None => role.capabilities.remove(privilege),
            };
            was_there
                .then_some(role)
                .ok_or_else(|| Error::not_found("privilege", privilege.as_str()))
        })
        .await
    }

    /// Deletes a role that was not there from the start, and takes it from everybody who holds it.
    pub async fn delete_role_of_number(
        &self,
        caller: &Caller,
        number: RoleNumber,
    ) -> Result<(), Error> {
        caller.may(Wish::EditRoles)?;
        self.change_world(caller, |world, caller| {
            let role = numbered(world, number)?;
            if role.is_built_in() {
                return Err(Error::conflict("A built-in role cannot be deleted"));
            }
            delete(caller, world, role)
        })
        .await
    }

    /// Gives somebody a role, or takes it from him, as one who may edit users may. What is so already stays so.
    pub async fn assign_role(
        &self,
        caller: &Caller,
        number: RoleNumber,
        assignee: Assignee,
        holds: bool,
    ) -> Result<(), Error> {
        caller.may(Wish::EditUsers)?;
        self.change_world(caller, |world, caller| {
            caller.may(Wish::EditUsers)?;
            let role = numbered(world, number)?;
            let batch = match assignee {
                Assignee::User(id) => assigned_to_user(caller, world, role, id, holds),
                Assignee::UserGroup(id) => assigned_to_group(caller, world, role, id, holds),
            };
            Ok((batch?, ()))
        })
        .await
    }

    async fn shape_role(
        &self,
        caller: &Caller,
        number: RoleNumber,
        shaped: impl Fn(&World, &Role) -> Result<Role, Error>,
    ) -> Result<Role, Error> {
        caller.may(Wish::EditRoles)?;
        self.change_world(caller, |world, caller| -> Result<(Batch, Role), Error> {
            let old = numbered(world, number)?;
            may_shape(caller, world, old)?;
            commit(caller, world, Action::EditRole, shaped(world, old)?)
        })
        .await
    }
}

fn assigned_to_user(
    caller: &Caller,
    world: &World,
    role: &Role,
    id: UserId,
    holds: bool,
) -> Result<Batch, Error> {
    let whom = Whom::Id(id);
    let held = world.principal(id).map(|one| &one.user.roles);
    let others = held
        .into_iter()
        .flatten()
        .filter(|held| **held != role.name);
    let edit = UserEdit {
        roles: Some(others.chain(holds.then_some(&role.name)).cloned().collect()),
        ..UserEdit::default()
    };
    plan_edit(caller, world, &whom, &edit, None).map(|(batch, _)| batch)
}

fn assigned_to_group(
    caller: &Caller,
    world: &World,
    role: &Role,
    id: UserGroupId,
    holds: bool,
) -> Result<Batch, Error> {
    let group = user_groups::existing(world, id)?;
    let mut roles = group.roles.clone();
    if holds {
        roles.insert(role.number);
    } else {
        roles.remove(&role.number);
    }
    let edit = UserGroupEdit {
        roles: Some(roles),
        ..UserGroupEdit::default()
    };
    let action = Action::EditUserGroup;
    user_groups::plan(caller, world, action, group, &edit).map(|(batch, _)| batch)
}

fn numbered(world: &World, number: RoleNumber) -> Result<&Role, Error> {
    world
        .role_of_number(number)
        .ok_or_else(|| Error::not_found("role", number.to_string()))
}

pub(super) fn detailed(world: &World, old: &Role, edit: &RoleDetailsEdit) -> Result<Role, Error> {
    let mut role = old.clone();
    if let Some(label) = edit.label.as_ref().filter(|label| *label != old.label()) {
        check_visible("name", label, RoleDetails::MAX_LABEL)?;
        check_label_is_free(world, Some(&old.name), label)?;
        role.details.label.clone_from(label);
    }
    if let Some(description) = &edit.description {
        check_text("description", description, RoleDetails::MAX_DESCRIPTION)?;
        role.details.description.clone_from(description);
    }
    role.details.deny = edit.deny.unwrap_or(old.details.deny);
    if let Some(all) = edit.all_content_sets {
        set_all_content_sets(&mut role, all)?;
    }
    let is_what_it_was = role.details.label == old.details.label
        && role.details.deny == old.details.deny
        && role.details.all_content_sets == old.details.all_content_sets;
    if old.is_built_in() && !is_what_it_was {
        return Err(Error::conflict(
            "A built-in role cannot be renamed, nor deny, nor change the content sets it is for",
        ));
    }
    Ok(role)
}

/// From single content sets to all of them; back only while there is nothing that would not fit.
fn set_all_content_sets(role: &mut Role, all: bool) -> Result<(), Error> {
    if all {
        let grants = std::mem::take(&mut role.details.grants);
        role.capabilities
            .extend(grants.into_iter().map(|(_, capability)| capability));
    } else if !role.capabilities.is_empty() {
        return Err(Error::invalid(
            "all_content_sets_flag",
            "cannot be turned off while the role has privileges",
        ));
    }
    role.details.all_content_sets = all;
    Ok(())
}

/// Neither another role's name nor its label may be what this label comes to.
pub(super) fn check_label_is_free(
    world: &World,
    own: Option<&RoleName>,
    label: &str,
) -> Result<(), Error> {
    let name = RoleName::for_label(label)?;
    let is_taken = |other: &Role| {
        other.name == name || RoleName::for_label(other.label()).is_ok_and(|one| one == name)
    };
    let mut others = world.roles().values().filter(|one| Some(&one.name) != own);
    if others.any(is_taken) {
        return Err(taken(label));
    }
    Ok(())
}

fn taken(label: &str) -> Error {
    Error::conflict(format!("Role with name={label} already exists"))
}

#[cfg(test)]
mod tests;
