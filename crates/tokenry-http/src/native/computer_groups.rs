//! `/api/v1/computer-groups`.

use std::sync::Arc;

use tokenry_api::{
    Nothing, operations as op,
    types::directory::{ComputerGroup, ComputerGroupKind, ComputerGroupList},
};
use tokenry_core::{
    app::{Caller, ComputerGroupEdit},
    id::{ComputerGroupId, ContentSetId},
    principal::{self, GroupKind, World},
};

use super::{
    Face,
    answer::Answer,
    call::Call,
    names::{changed, sorted},
    problem::Problem,
    tag,
};

pub(super) async fn list(
    face: Arc<Face>,
    caller: Caller,
    _: Call<op::ComputerGroupsList>,
) -> Result<Answer<ComputerGroupList>, Problem> {
    let all = face.door.app.list_computer_groups(&caller)?;
    let world = face.door.app.world();
    let all = all.iter().map(|group| described(&world, group));
    let items = sorted(all, |group| (&group.name, group.id));
    Ok(ComputerGroupList { items }.into())
}

pub(super) async fn create(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::ComputerGroupCreate>,
) -> Result<Answer<ComputerGroup>, Problem> {
    let app = &face.door.app;
    let kind = match call.body.kind {
        Some(ComputerGroupKind::Filter) => GroupKind::Filter,
        None | Some(ComputerGroupKind::Management) => GroupKind::Management,
        Some(ComputerGroupKind::Manual) => GroupKind::Manual,
    };
    let edit = ComputerGroupEdit {
        name: Some(call.body.name),
        text: call.body.text,
        content_set: call.body.content_set.map(ContentSetId::from_number),
    };
    answer(
        &face,
        &*app.create_computer_group(&caller, kind, edit).await?,
    )
}

pub(super) async fn show(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::ComputerGroupShow>,
) -> Result<Answer<ComputerGroup>, Problem> {
    let found = face.door.app.computer_group(&caller, id(call.number()?))?;
    answer(&face, &found)
}

pub(super) async fn edit(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::ComputerGroupChange>,
) -> Result<Answer<ComputerGroup>, Problem> {
    let (app, id) = (&face.door.app, id(call.number()?));
    // Who may not see it learns nothing of its tag.
    app.computer_group(&caller, id)?;
    let wanted = &call.body;
    let tag = |world: &World| tag_in(world, id);
    let edited = tag::change(&face, caller, call.if_match()?, tag, |caller| async move {
        let edit = ComputerGroupEdit {
            name: wanted.name.clone(),
            text: wanted.text.clone(),
            content_set: wanted.content_set.map(ContentSetId::from_number),
        };
        app.edit_computer_group(&caller, id, edit).await
    });
    answer(&face, &*edited.await?)
}

pub(super) async fn delete(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::ComputerGroupDelete>,
) -> Result<Answer<Nothing>, Problem> {
    let id = id(call.number()?);
    face.door.app.delete_computer_group(&caller, id).await?;
    Ok(Nothing {}.into())
}

fn id(number: i64) -> ComputerGroupId {
    ComputerGroupId::from_number(number)
}

fn answer(face: &Face, group: &principal::ComputerGroup) -> Result<Answer<ComputerGroup>, Problem> {
    let described = described(&face.door.app.world(), group);
    Ok(Answer::from(described).tagged(tag::tag_of(group)?))
}

fn described(world: &World, group: &principal::ComputerGroup) -> ComputerGroup {
    ComputerGroup {
        id: group.id.number(),
        name: group.name.clone(),
        text: group.text.clone(),
        kind: match group.kind {
            GroupKind::Filter => ComputerGroupKind::Filter,
            GroupKind::Management => ComputerGroupKind::Management,
            GroupKind::Manual => ComputerGroupKind::Manual,
        },
        content_set: group.content_set.number(),
        changed: changed(world, group.modified),
    }
}

fn tag_in(world: &World, id: ComputerGroupId) -> Result<String, Problem> {
    let found = world.computer_groups().get(&id).filter(|one| !one.deleted);
    tag::tag_of(&**found.ok_or_else(Problem::not_found)?)
}
