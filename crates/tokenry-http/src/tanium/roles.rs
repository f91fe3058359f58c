//! `content_set_roles`, and what roles come to in the end (spec/tanium.md 6.3).

use serde_json::{Value, json};
use tokenry_core::{
    app::{RoleDetailsEdit, Whom},
    id::{PersonaId, RoleNumber, UserId},
    permit::Wish,
    principal::{Rights, Role, World},
};

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    objects::{bit, bit_text, new_name, not_in_body, number, reference, text},
    privileges,
    reply::Reply,
};

pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    let mut roles = face.door.app.list_roles(call.caller()?)?;
    roles.sort_by_key(|role| role.number);
    let world = face.door.app.world();
    let all = roles.iter().map(|role| object(&world, role));
    Ok(Reply::data(Value::Array(all.collect())))
}

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let role = app.role_of_number(call.caller()?, role_number(&call)?)?;
    Ok(Reply::data(object(&app.world(), &role)))
}

pub(super) async fn create(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditRoles)?;
    let app = &face.door.app;
    let edit = RoleDetailsEdit {
        label: Some(new_name(&call.body, "ContentSetRoleNameRequired")?),
        ..edit_of(&call)?
    };
    let role = app.create_labelled_role(call.caller()?, edit).await?;
    Ok(Reply::data(object(&app.world(), &role)))
}

pub(super) async fn edit(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditRoles)?;
    not_in_body(&call.body, "id")?;
    let app = &face.door.app;
    let role = app
        .edit_role_details(call.caller()?, role_number(&call)?, edit_of(&call)?)
        .await?;
    Ok(Reply::data(object(&app.world(), &role)))
}

/// Answers with what is gone.
pub(super) async fn delete(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditRoles)?;
    let app = &face.door.app;
    let world = app.world();
    let role = app.role_of_number(call.caller()?, role_number(&call)?)?;
    app.delete_role_of_number(call.caller()?, role.number)
        .await?;
    Ok(Reply::data(object(&world, &role)))
}

/// The roles that a user's default persona is the sum of.
pub(super) async fn effective_of_user(face: &Face, call: Call) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let whom = Whom::Id(UserId::from_number(number(&call, "user")?));
    let user = app.user_or_deleted(call.caller()?, &whom)?;
    Ok(Reply::data(effective(&app.world(), &user.rights)))
}

/// The roles that a persona is the sum of.
pub(super) async fn effective_of_persona(face: &Face, call: Call) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let id = PersonaId::from_number(number(&call, "persona")?);
    let persona = app.persona(call.caller()?, id)?;
    let world = app.world();
    let rights = world.rights_of_persona(&persona);
    Ok(Reply::data(effective(&world, &rights)))
}

/// The roles, imported ones included, that these rights are the sum of.
pub(super) fn effective(world: &World, rights: &Rights) -> Value {
    let roles = rights.roles().iter();
    let roles = roles.filter_map(|number| world.role_of_number(*number));
    json!({ "effective_roles": roles.map(short).collect::<Vec<_>>() })
}

/// A role by its number and label.
pub(super) fn short(role: &Role) -> Value {
    reference(role.number.number(), role.label())
}

/// Whether it is one of the vendor's reserved roles.
pub(super) fn is_reserved(role: &Role) -> bool {
    RESERVED.contains(&role.number.number())
}

/// Administrator, Content Administrator, Content Set Administrator.
const RESERVED: &[i64] = &[1, 2, 3];

fn object(world: &World, role: &Role) -> Value {
    let reserved_name = if is_reserved(role) { role.label() } else { "" };
    json!({
        "id": role.number.number(),
        "name": role.label(),
        "description": role.details.description,
        "category": category(role),
        "all_content_sets_flag": bit_text(role.is_for_all_content_sets()),
        "deny_flag": bit_text(role.details.deny),
        "content_set_role_privileges": privileges::granted(world, role),
        "reserved_name": reserved_name,
        "deleted_flag": bit(false),
    })
}

fn category(role: &Role) -> &'static str {
    if is_reserved(role) {
        return "reserved";
    }
    if role.is_built_in() {
        return "module";
    }
    "advanced"
}

fn edit_of(call: &Call) -> Result<RoleDetailsEdit, Failure> {
    let body = &call.body;
    Ok(RoleDetailsEdit {
        label: text(body, "name")?,
        description: text(body, "description")?,
        deny: body.flag("deny_flag")?,
        all_content_sets: body.flag("all_content_sets_flag")?,
    })
}

fn role_number(call: &Call) -> Result<RoleNumber, Failure> {
    number(call, "role").map(RoleNumber::from_number)
}

#[cfg(test)]
mod tests;
