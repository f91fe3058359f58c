//! `personas` (spec/tanium.md 6.2). The default persona is none of these: it is id 0, which nothing here has.

use serde_json::{Value, json};
use tokenry_core::{
    app::PersonaEdit,
    id::{ComputerGroupId, PersonaId, RoleNumber, UserGroupId, UserId},
    permit::Wish,
    principal::{Persona, Stamp, World},
};

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    objects::{bit, ids, new_name, not_in_body, number, reference, references, text},
    reply::Reply,
    time,
};

/// All of them, or one's own where one may not see others'.
pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let caller = call.caller()?;
    let personas = if call.options.is_on("include_hidden_flag") {
        app.list_personas_and_deleted(caller)?
    } else {
        app.list_personas(caller)
    };
    let world = app.world();
    let all = personas.iter().map(|persona| object(&world, persona));
    Ok(Reply::data(Value::Array(all.collect())))
}

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let persona = app.persona(call.caller()?, id(&call)?)?;
    Ok(Reply::data(object(&app.world(), &persona)))
}

pub(super) async fn create(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditPersonas)?;
    let app = &face.door.app;
    let edit = PersonaEdit {
        name: Some(new_name(&call.body, "PersonaNameRequired")?),
        ..edit_of(&call)?
    };
    let persona = app.create_persona(call.caller()?, edit).await?;
    Ok(Reply::data(object(&app.world(), &persona)))
}

pub(super) async fn edit(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditPersonas)?;
    not_in_body(&call.body, "id")?;
    let app = &face.door.app;
    let persona = app
        .edit_persona(call.caller()?, id(&call)?, edit_of(&call)?)
        .await?;
    Ok(Reply::data(object(&app.world(), &persona)))
}

/// Answers with what is gone.
pub(super) async fn delete(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditPersonas)?;
    let app = &face.door.app;
    let id = id(&call)?;
    app.delete_persona(call.caller()?, id).await?;
    let world = app.world();
    let deleted = world.personas().get(&id);
    let deleted = deleted.map(|persona| object(&world, persona));
    Ok(Reply::data(deleted.unwrap_or_default()))
}

/// What is shown of a persona beside a user.
pub(super) fn short(persona: &Persona) -> Value {
    json!({
        "id": persona.id.number(),
        "name": persona.name,
        "display_name": persona.display_name,
        "json_metadata": persona.metadata,
        "require_reauthentication_flag": persona.require_reauthentication,
    })
}

fn object(world: &World, persona: &Persona) -> Value {
    json!({
        "id": persona.id.number(),
        "name": persona.name,
        "display_name": persona.display_name,
        "group": { "id": persona.computer_group.number() },
        "content_set_role_list": references(persona.roles.iter().map(|role| role.number())),
        "user_list": references(persona.users.iter().map(|user| user.number())),
        "user_group_list": references(persona.user_groups.iter().map(|group| group.number())),
        "require_reauthentication_flag": persona.require_reauthentication,
        "json_metadata": persona.metadata,
        "track_computer_id_flag": persona.track_computer_id,
        "track_computer_id_interval_seconds": persona.track_computer_id_interval,
        "created_time": time::print(persona.created.at()),
        "created_user": user(world, persona.created),
        "created_persona": { "id": persona.created.persona.number() },
        "modified_time": time::print(persona.modified.at()),
        "modified_user": user(world, persona.modified),
        "modified_persona": { "id": persona.modified.persona.number() },
        "deleted_flag": bit(persona.deleted),
    })
}

fn user(world: &World, stamp: Stamp) -> Value {
    let found = world.principal(stamp.user);
    let name = found.map_or("", |one| one.user.name.as_str());
    reference(stamp.user.number(), name)
}

fn edit_of(call: &Call) -> Result<PersonaEdit, Failure> {
    let body = &call.body;
    Ok(PersonaEdit {
        name: text(body, "name")?,
        display_name: text(body, "display_name")?,
        computer_group: body.id("group")?.map(ComputerGroupId::from_number),
        roles: ids(body, "content_set_role_list", RoleNumber::from_number)?,
        users: ids(body, "user_list", UserId::from_number)?,
        user_groups: ids(body, "user_group_list", UserGroupId::from_number)?,
        require_reauthentication: body.flag("require_reauthentication_flag")?,
        metadata: text(body, "json_metadata")?,
        track_computer_id: body.flag("track_computer_id_flag")?,
        track_computer_id_interval: body.integer("track_computer_id_interval_seconds")?,
    })
}

fn id(call: &Call) -> Result<PersonaId, Failure> {
    number(call, "persona").map(PersonaId::from_number)
}

#[cfg(test)]
mod tests;
