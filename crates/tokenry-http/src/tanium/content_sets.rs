//! `content_sets` (spec/tanium.md 6.3).

use std::sync::Arc;

use serde_json::{Value, json};
use tokenry_core::{
    app::ContentSetEdit,
    id::ContentSetId,
    permit::Wish,
    principal::{ContentSet, FIRST_FREE_NUMBER},
};

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    objects::{self, bit, new_name, not_in_body, number, text},
    reply::Reply,
};

pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    let sets = face.door.app.list_content_sets(call.caller()?)?;
    Ok(objects::list(&sets, object))
}

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    let set = face.door.app.content_set(call.caller()?, id(&call)?)?;
    Ok(Reply::data(object(&set)))
}

pub(super) async fn view_by_name(face: &Face, call: Call) -> Result<Reply, Failure> {
    Ok(Reply::data(object(&*named(face, &call)?)))
}

pub(super) async fn create(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditRoles)?;
    let edit = ContentSetEdit {
        name: Some(new_name(&call.body, "ContentSetNameRequired")?),
        ..edit_of(&call)?
    };
    let app = &face.door.app;
    let set = app.create_content_set(call.caller()?, edit).await?;
    Ok(Reply::data(object(&set)))
}

pub(super) async fn edit(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditRoles)?;
    not_in_body(&call.body, "id")?;
    edit_found(face, &call, id(&call)?).await
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
    let id = id(&call)?;
    app.delete_content_set(call.caller()?, id).await?;
    let world = app.world();
    let deleted = world.content_sets().get(&id).map(|set| object(set));
    Ok(Reply::data(deleted.unwrap_or_default()))
}

async fn edit_found(face: &Face, call: &Call, id: ContentSetId) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let set = app
        .edit_content_set(call.caller()?, id, edit_of(call)?)
        .await?;
    Ok(Reply::data(object(&set)))
}

fn object(set: &ContentSet) -> Value {
    let is_built_in = set.id.number() < FIRST_FREE_NUMBER;
    json!({
        "id": set.id.number(),
        "name": set.name,
        "description": set.description,
        "reserved_name": if is_built_in { set.name.as_str() } else { "" },
        "deleted_flag": bit(set.deleted),
    })
}

fn edit_of(call: &Call) -> Result<ContentSetEdit, Failure> {
    Ok(ContentSetEdit {
        name: text(&call.body, "name")?,
        description: text(&call.body, "description")?,
    })
}

fn id(call: &Call) -> Result<ContentSetId, Failure> {
    number(call, "content set").map(ContentSetId::from_number)
}

fn named(face: &Face, call: &Call) -> Result<Arc<ContentSet>, Failure> {
    let all = face.door.app.list_content_sets(call.caller()?)?;
    objects::named(call, "content set", all, |one| &one.name)
}
