//! `/api/v1/user-groups`.

use std::sync::Arc;

use tokenry_api::{
    Nothing, operations as op,
    types::directory::{UserGroup, UserGroupList},
};
use tokenry_core::{
    Error,
    app::{Caller, UserGroupEdit},
    id::{ComputerGroupId, RoleNumber, UserGroupId, UserId},
    principal::{self, World},
};

use super::{
    Face,
    answer::Answer,
    call::Call,
    names::{self, changed, ids, renamed, sorted},
    problem::Problem,
    tag,
};

pub(super) async fn list(
    face: Arc<Face>,
    caller: Caller,
    _: Call<op::UserGroupsList>,
) -> Result<Answer<UserGroupList>, Problem> {
    let all = face.door.app.list_user_groups(&caller)?;
    let world = face.door.app.world();
    let all = all.iter().map(|group| described(&world, group));
    let items = sorted(all, |group| (&group.name, group.id));
    Ok(UserGroupList { items }.into())
}

pub(super) async fn create(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::UserGroupCreate>,
) -> Result<Answer<UserGroup>, Problem> {
    let new = &call.body;
    let edit = UserGroupEdit {
        name: Some(new.name.clone()),
        members: Some(ids(&new.members, UserId::from_number)),
        roles: Some(ids(&new.roles, RoleNumber::from_number)),
        computer_group: new.computer_group.map(ComputerGroupId::from_number),
    };
    let made = face.door.app.create_user_group(&caller, edit).await;
    answer(&face, &*made.map_err(in_our_words)?)
}

pub(super) async fn show(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::UserGroupShow>,
) -> Result<Answer<UserGroup>, Problem> {
    let found = face.door.app.user_group(&caller, id(call.number()?))?;
    answer(&face, &found)
}

pub(super) async fn edit(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::UserGroupChange>,
) -> Result<Answer<UserGroup>, Problem> {
    let (app, id) = (&face.door.app, id(call.number()?));
    // Who may not see it learns nothing of its tag.
    app.user_group(&caller, id)?;
    let wanted = &call.body;
    let tag = |world: &World| tag_in(world, id);
    let edited = tag::change(&face, caller, call.if_match()?, tag, |caller| async move {
        let members = wanted.members.as_deref();
        let roles = wanted.roles.as_deref();
        let edit = UserGroupEdit {
            name: wanted.name.clone(),
            members: members.map(|members| ids(members, UserId::from_number)),
            roles: roles.map(|roles| ids(roles, RoleNumber::from_number)),
            computer_group: wanted.computer_group.map(ComputerGroupId::from_number),
        };
        let edited = app.edit_user_group(&caller, id, edit).await;
        edited.map_err(in_our_words)
    });
    answer(&face, &*edited.await?)
}

pub(super) async fn delete(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::UserGroupDelete>,
) -> Result<Answer<Nothing>, Problem> {
    let id = id(call.number()?);
    face.door.app.delete_user_group(&caller, id).await?;
    Ok(Nothing {}.into())
}

fn id(number: i64) -> UserGroupId {
    UserGroupId::from_number(number)
}

fn in_our_words(error: Error) -> Error {
    renamed(error, &[("user_list", "members")])
}

fn answer(face: &Face, group: &principal::UserGroup) -> Result<Answer<UserGroup>, Problem> {
    let described = described(&face.door.app.world(), group);
    Ok(Answer::from(described).tagged(tag::tag_of(group)?))
}

fn described(world: &World, group: &principal::UserGroup) -> UserGroup {
    UserGroup {
        id: group.id.number(),
        name: group.name.clone(),
        members: names::users(world, &group.members),
        roles: names::roles(world, &group.roles),
        computer_group: group.computer_group.map(ComputerGroupId::number),
        changed: changed(world, group.modified),
    }
}

fn tag_in(world: &World, id: UserGroupId) -> Result<String, Problem> {
    let found = world.user_groups().get(&id).filter(|one| !one.deleted);
    tag::tag_of(&**found.ok_or_else(Problem::not_found)?)
}
