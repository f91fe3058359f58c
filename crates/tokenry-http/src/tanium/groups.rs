//! `groups`, and the same by kind: `computer_groups`, `filter_groups`, `management_rights_groups` (spec/tanium.md 6.5).
//! One set of handlers; the route says which kinds it is about.

use std::sync::Arc;

use serde_json::{Value, json};
use tokenry_core::{
    Error,
    app::ComputerGroupEdit,
    id::{ComputerGroupId, ContentSetId},
    permit::Wish,
    principal::{ComputerGroup, GroupKind},
};

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    objects::{self, new_name, not_in_body, number, text},
    reply::Reply,
};

pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    Ok(objects::list(&of_route(face, &call)?, object))
}

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    Ok(Reply::data(object(&*numbered(face, &call)?)))
}

pub(super) async fn view_by_name(face: &Face, call: Call) -> Result<Reply, Failure> {
    Ok(Reply::data(object(&*named(face, &call)?)))
}

/// Answers with the id alone.
pub(super) async fn create(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditRoles)?;
    let edit = ComputerGroupEdit {
        name: Some(new_name(&call.body, "ComputerGroupNameRequired")?),
        ..edit_of(&call)?
    };
    let kind = kind_to_make(&call)?;
    let app = &face.door.app;
    let made = app.create_computer_group(call.caller()?, kind, edit).await;
    let made = made.map_err(in_words)?;
    Ok(Reply::data(json!({ "id": made.id.number() })))
}

pub(super) async fn edit(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditRoles)?;
    not_in_body(&call.body, "id")?;
    let id = numbered(face, &call)?.id;
    edit_found(face, &call, id).await
}

pub(super) async fn edit_by_name(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditRoles)?;
    not_in_body(&call.body, "name")?;
    let id = named(face, &call)?.id;
    edit_found(face, &call, id).await
}

/// Answers with what is gone.
pub(super) async fn delete(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditRoles)?;
    let app = &face.door.app;
    let id = numbered(face, &call)?.id;
    app.delete_computer_group(call.caller()?, id).await?;
    let world = app.world();
    let deleted = world.computer_groups().get(&id).map(|group| object(group));
    Ok(Reply::data(deleted.unwrap_or_default()))
}

async fn edit_found(face: &Face, call: &Call, id: ComputerGroupId) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let edited = app
        .edit_computer_group(call.caller()?, id, edit_of(call)?)
        .await;
    Ok(Reply::data(object(&*edited.map_err(in_words)?)))
}

/// The kind that a route is about; `None` is all of them.
fn kind_of_route(route: &str) -> Option<GroupKind> {
    match route.split('/').nth(3) {
        Some("computer_groups") => Some(GroupKind::Manual),
        Some("filter_groups") => Some(GroupKind::Filter),
        Some("management_rights_groups") => Some(GroupKind::Management),
        _ => None,
    }
}

/// The route's own kind, else what the flags say.
fn kind_to_make(call: &Call) -> Result<GroupKind, Failure> {
    if let Some(kind) = kind_of_route(call.origin.route) {
        return Ok(kind);
    }
    if call.body.flag("management_rights_flag")? == Some(true) {
        return Ok(GroupKind::Management);
    }
    if call.body.flag("filter_flag")? == Some(true) {
        return Ok(GroupKind::Filter);
    }
    Ok(GroupKind::Manual)
}

fn of_route(face: &Face, call: &Call) -> Result<Vec<Arc<ComputerGroup>>, Failure> {
    let kind = kind_of_route(call.origin.route);
    let mut groups = face.door.app.list_computer_groups(call.caller()?)?;
    groups.retain(|group| kind.is_none_or(|kind| group.kind == kind));
    Ok(groups)
}

fn numbered(face: &Face, call: &Call) -> Result<Arc<ComputerGroup>, Failure> {
    let groups = of_route(face, call)?;
    let id = ComputerGroupId::from_number(number(call, WHAT)?);
    let found = groups.into_iter().find(|one| one.id == id);
    found.ok_or_else(|| Error::not_found(WHAT, "").into())
}

fn named(face: &Face, call: &Call) -> Result<Arc<ComputerGroup>, Failure> {
    objects::named(call, WHAT, of_route(face, call)?, |one| &one.name)
}

/// What the rules call it.
const WHAT: &str = "computer group";

/// The vendor has an error of its own for a text it cannot read.
fn in_words(error: Error) -> Failure {
    match error {
        Error::Invalid { field: "text", why } => {
            Failure::bad_request("InvalidGroupQueryText", format!("text {why}"))
        }
        other => other.into(),
    }
}

fn object(group: &ComputerGroup) -> Value {
    let is = |kind| group.kind == kind;
    json!({
        "id": group.id.number(),
        "name": group.name,
        "text": group.text,
        "type": u8::from(is(GroupKind::Manual)),
        "filter_flag": is(GroupKind::Filter),
        "management_rights_flag": is(GroupKind::Management),
        "deleted_flag": group.deleted,
        "filters": [],
        "sub_groups": [],
        "content_set": { "id": group.content_set.number() },
    })
}

fn edit_of(call: &Call) -> Result<ComputerGroupEdit, Failure> {
    let body = &call.body;
    Ok(ComputerGroupEdit {
        name: text(body, "name")?,
        text: text(body, "text")?,
        content_set: body.id("content_set")?.map(ContentSetId::from_number),
    })
}

#[cfg(test)]
mod tests;
