//! `/api/v1/content-sets`.

use std::sync::Arc;

use tokenry_api::{
    Nothing, operations as op,
    types::directory::{ContentSet, ContentSetEdit as Wanted, ContentSetList},
};
use tokenry_core::{
    app::{Caller, ContentSetEdit},
    id::ContentSetId,
    principal::{self, World},
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
    _: Call<op::ContentSetsList>,
) -> Result<Answer<ContentSetList>, Problem> {
    let all = face.door.app.list_content_sets(&caller)?;
    let world = face.door.app.world();
    let all = all.iter().map(|set| described(&world, set));
    let items = sorted(all, |set| (&set.name, set.id));
    Ok(ContentSetList { items }.into())
}

pub(super) async fn create(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::ContentSetCreate>,
) -> Result<Answer<ContentSet>, Problem> {
    let edit = ContentSetEdit {
        name: Some(call.body.name),
        description: call.body.description,
    };
    let made = face.door.app.create_content_set(&caller, edit).await?;
    answer(&face, &made)
}

pub(super) async fn show(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::ContentSetShow>,
) -> Result<Answer<ContentSet>, Problem> {
    let found = face.door.app.content_set(&caller, id(call.number()?))?;
    answer(&face, &found)
}

pub(super) async fn edit(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::ContentSetChange>,
) -> Result<Answer<ContentSet>, Problem> {
    let (app, id) = (&face.door.app, id(call.number()?));
    // Who may not see it learns nothing of its tag.
    app.content_set(&caller, id)?;
    let wanted = &call.body;
    let tag = |world: &World| tag_in(world, id);
    let edited = tag::change(&face, caller, call.if_match()?, tag, |caller| async move {
        let Wanted { name, description } = wanted.clone();
        let edit = ContentSetEdit { name, description };
        app.edit_content_set(&caller, id, edit).await
    });
    answer(&face, &*edited.await?)
}

pub(super) async fn delete(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::ContentSetDelete>,
) -> Result<Answer<Nothing>, Problem> {
    let id = id(call.number()?);
    face.door.app.delete_content_set(&caller, id).await?;
    Ok(Nothing {}.into())
}

fn id(number: i64) -> ContentSetId {
    ContentSetId::from_number(number)
}

fn answer(face: &Face, set: &principal::ContentSet) -> Result<Answer<ContentSet>, Problem> {
    let described = described(&face.door.app.world(), set);
    Ok(Answer::from(described).tagged(tag::tag_of(set)?))
}

fn described(world: &World, set: &principal::ContentSet) -> ContentSet {
    ContentSet {
        id: set.id.number(),
        name: set.name.clone(),
        description: set.description.clone(),
        changed: changed(world, set.modified),
    }
}

fn tag_in(world: &World, id: ContentSetId) -> Result<String, Problem> {
    let found = world.content_sets().get(&id).filter(|set| !set.deleted);
    tag::tag_of(&**found.ok_or_else(Problem::not_found)?)
}
