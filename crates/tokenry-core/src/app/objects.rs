//! What personas, user groups, content sets and computer groups have in common: names that are theirs alone, who
//! changed them last, and the batch that puts one.

use crate::{
    app::Caller,
    audit::Action,
    change::Change,
    error::Error,
    id::{ComputerGroupId, ContentSetId, RoleNumber, UserGroupId, UserId},
    permit::Permit,
    port::{Batch, Write},
    principal::{Object, Stamp, World, check_text},
};

/// By the caller, now.
pub(super) fn stamp(caller: &Caller) -> Stamp {
    Stamp {
        micros: caller.origin.at.as_microsecond(),
        user: caller.id(),
        persona: caller.principal().persona,
    }
}

/// A batch that puts an object, with its audit line.
pub(super) fn put(
    caller: &Caller,
    permit: &Permit,
    action: Action,
    object: Object,
    reason: impl Into<String>,
) -> Batch {
    let event = caller
        .origin
        .event(permit, action, reason)
        .about(object.name())
        .about_object(object.id());
    Batch {
        writes: vec![Write::PutObject(object.clone())],
        events: vec![event],
        changes: vec![Change::ObjectPut(object)],
        ..Batch::default()
    }
}

/// Lets a batch put these objects too, for they refer to what it deletes.
pub(super) fn and_put(batch: &mut Batch, objects: impl IntoIterator<Item = Object>) {
    for object in objects {
        batch.writes.push(Write::PutObject(object.clone()));
        batch.changes.push(Change::ObjectPut(object));
    }
}

/// Checks that an object can have a name: something people can see, and that none of the `others`, those of its kind
/// that live, goes by in whatever case (NT-28). `kind` is in words, for the error.
pub(super) fn check_name<'a>(
    kind: &str,
    name: &str,
    longest: usize,
    mut others: impl Iterator<Item = &'a str>,
) -> Result<(), Error> {
    check_visible("name", name, longest)?;
    let folded = name.to_lowercase();
    if others.any(|other| other.to_lowercase() == folded) {
        return Err(Error::conflict(format!(
            "{kind} with name={name} already exists"
        )));
    }
    Ok(())
}

/// A text that must be there, and can be told from any other by looking at it.
pub(super) fn check_visible(field: &'static str, text: &str, longest: usize) -> Result<(), Error> {
    if text.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    if text.trim() != text {
        return Err(Error::invalid(
            field,
            "must not begin or end with white space",
        ));
    }
    check_text(field, text, longest)
}

/// Checks that all these users exist. One who is deleted still does: he can come back, and is then where he was.
pub(super) fn check_users<'a>(
    world: &World,
    field: &'static str,
    users: impl IntoIterator<Item = &'a UserId>,
) -> Result<(), Error> {
    all_known(field, "user", users, |id| world.principal(*id).is_some())
}

/// Checks that all these roles exist.
pub(super) fn check_roles<'a>(
    world: &World,
    field: &'static str,
    roles: impl IntoIterator<Item = &'a RoleNumber>,
) -> Result<(), Error> {
    all_known(field, "role", roles, |number| {
        world.role_of_number(*number).is_some()
    })
}

/// Checks that all these user groups live.
pub(super) fn check_user_groups<'a>(
    world: &World,
    field: &'static str,
    groups: impl IntoIterator<Item = &'a UserGroupId>,
) -> Result<(), Error> {
    all_known(field, "user group", groups, |id| {
        world.user_groups().get(id).is_some_and(|one| !one.deleted)
    })
}

/// Checks that this computer group lives.
pub(super) fn check_computer_group(
    world: &World,
    field: &'static str,
    group: ComputerGroupId,
) -> Result<(), Error> {
    all_known(field, "computer group", [&group], |id| {
        let found = world.computer_groups().get(id);
        found.is_some_and(|one| !one.deleted)
    })
}

/// Checks that this content set lives.
pub(super) fn check_content_set(
    world: &World,
    field: &'static str,
    set: ContentSetId,
) -> Result<(), Error> {
    all_known(field, "content set", [&set], |id| {
        world.content_sets().get(id).is_some_and(|one| !one.deleted)
    })
}

fn all_known<'a, T: 'a>(
    field: &'static str,
    kind: &str,
    ids: impl IntoIterator<Item = &'a T>,
    exists: impl Fn(&T) -> bool,
) -> Result<(), Error> {
    if ids.into_iter().all(exists) {
        return Ok(());
    }
    Err(Error::invalid(
        field,
        format!("names a {kind} that does not exist"),
    ))
}

/// Ids in words, for the audit log.
pub(super) fn listed<T: std::fmt::Display>(ids: impl IntoIterator<Item = T>) -> String {
    let ids: Vec<_> = ids.into_iter().map(|id| id.to_string()).collect();
    if ids.is_empty() {
        return "none".to_owned();
    }
    ids.join(", ")
}
