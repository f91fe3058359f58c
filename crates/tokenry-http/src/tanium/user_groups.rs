//! `user_groups`: the groups that personas' `user_group_list` and the memberships name (spec/tanium.md 6.2, 6.3).

use std::sync::Arc;

use serde_json::{Value, json};
use tokenry_core::{
    app::UserGroupEdit,
    id::{ComputerGroupId, RoleNumber, UserGroupId, UserId},
    permit::Wish,
    principal::UserGroup,
};

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    objects::{self, bit, ids, new_name, not_in_body, number, references, text},
    reply::Reply,
    time,
};

pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    let groups = face.door.app.list_user_groups(call.caller()?)?;
    Ok(objects::list(&groups, object))
}

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    let group = face.door.app.user_group(call.caller()?, id(&call)?)?;
    Ok(Reply::data(object(&group)))
}

pub(super) async fn view_by_name(face: &Face, call: Call) -> Result<Reply, Failure> {
    Ok(Reply::data(object(&*named(face, &call)?)))
}

pub(super) async fn create(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditUsers)?;
    let edit = UserGroupEdit {
        name: Some(new_name(&call.body, "UserGroupNameRequired")?),
        ..edit_of(&call)?
    };
    let app = &face.door.app;
    let group = app.create_user_group(call.caller()?, edit).await?;
    Ok(Reply::data(object(&group)))
}

pub(super) async fn edit(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditUsers)?;
    not_in_body(&call.body, "id")?;
    edit_found(face, &call, id(&call)?).await
}

pub(super) async fn edit_by_name(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditUsers)?;
    not_in_body(&call.body, "name")?;
    let id = named(face, &call)?.id;
    edit_found(face, &call, id).await
}

/// Answers with what is gone.
pub(super) async fn delete(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditUsers)?;
    let app = &face.door.app;
    let id = id(&call)?;
    app.delete_user_group(call.caller()?, id).await?;
    let world = app.world();
    let deleted = world.user_groups().get(&id).map(|group| object(group));
    Ok(Reply::data(deleted.unwrap_or_default()))
}

async fn edit_found(face: &Face, call: &Call, id: UserGroupId) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let group = app
        .edit_user_group(call.caller()?, id, edit_of(call)?)
        .await?;
    Ok(Reply::data(object(&group)))
}

fn object(group: &UserGroup) -> Value {
    let computers = group.computer_group.map_or(0, ComputerGroupId::number);
    json!({
        "id": group.id.number(),
        "name": group.name,
        "deleted_flag": bit(group.deleted),
        "group": { "id": computers },
        "user_list": references(group.members.iter().map(|user| user.number())),
        "content_set_role_list": references(group.roles.iter().map(|role| role.number())),
        "modified_time": time::print(group.modified.at()),
    })
}

fn edit_of(call: &Call) -> Result<UserGroupEdit, Failure> {
    let body = &call.body;
    Ok(UserGroupEdit {
        name: text(body, "name")?,
        members: ids(body, "user_list", UserId::from_number)?,
        roles: ids(body, "content_set_role_list", RoleNumber::from_number)?,
        computer_group: body.id("group")?.map(ComputerGroupId::from_number),
    })
}

fn id(call: &Call) -> Result<UserGroupId, Failure> {
    number(call, "user group").map(UserGroupId::from_number)
}

fn named(face: &Face, call: &Call) -> Result<Arc<UserGroup>, Failure> {
    let all = face.door.app.list_user_groups(call.caller()?)?;
    objects::named(call, "user group", all, |one| &one.name)
}
