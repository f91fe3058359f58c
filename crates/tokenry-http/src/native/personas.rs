//! `/api/v1/personas`. Not here: a user's default persona, which is what he is by himself.

use std::sync::Arc;

use tokenry_api::{
    Nothing, operations as op,
    types::directory::{Persona, PersonaList},
};
use tokenry_core::{
    Error,
    app::{Caller, PersonaEdit},
    id::{ComputerGroupId, PersonaId, RoleNumber, UserGroupId, UserId},
    permit::Wish,
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
    _: Call<op::PersonasList>,
) -> Result<Answer<PersonaList>, Problem> {
    let all = face.door.app.list_personas(&caller);
    let world = face.door.app.world();
    let all = all.iter().map(|one| described(&caller, &world, one));
    let items = sorted(all, |one| (&one.name, one.id));
    Ok(PersonaList { items }.into())
}

pub(super) async fn create(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::PersonaCreate>,
) -> Result<Answer<Persona>, Problem> {
    let new = &call.body;
    let edit = PersonaEdit {
        name: Some(new.name.clone()),
        display_name: new.display_name.clone(),
        computer_group: Some(ComputerGroupId::from_number(new.computer_group)),
        roles: Some(ids(&new.roles, RoleNumber::from_number)),
        users: Some(ids(&new.users, UserId::from_number)),
        user_groups: Some(ids(&new.user_groups, UserGroupId::from_number)),
        ..PersonaEdit::default()
    };
    let made = face.door.app.create_persona(&caller, edit).await;
    answer(&face, &caller, &*made.map_err(in_our_words)?)
}

pub(super) async fn show(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::PersonaShow>,
) -> Result<Answer<Persona>, Problem> {
    let found = face.door.app.persona(&caller, id(call.number()?))?;
    answer(&face, &caller, &found)
}

pub(super) async fn edit(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::PersonaChange>,
) -> Result<Answer<Persona>, Problem> {
    let (app, id) = (&face.door.app, id(call.number()?));
    // Who may not see it learns nothing of its tag.
    app.persona(&caller, id)?;
    let expected = call.if_match()?;
    let wanted = &call.body;
    let tag = |world: &World| tag_in(world, id);
    let edited = tag::change(&face, caller.clone(), expected, tag, |caller| async move {
        let roles = wanted.roles.as_deref();
        let users = wanted.users.as_deref();
        let user_groups = wanted.user_groups.as_deref();
        let edit = PersonaEdit {
            name: wanted.name.clone(),
            display_name: wanted.display_name.clone(),
            computer_group: wanted.computer_group.map(ComputerGroupId::from_number),
            roles: roles.map(|roles| ids(roles, RoleNumber::from_number)),
            users: users.map(|users| ids(users, UserId::from_number)),
            user_groups: user_groups.map(|groups| ids(groups, UserGroupId::from_number)),
            ..PersonaEdit::default()
        };
        let edited = app.edit_persona(&caller, id, edit).await;
        edited.map_err(in_our_words)
    });
    answer(&face, &caller, &*edited.await?)
}

pub(super) async fn delete(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::PersonaDelete>,
) -> Result<Answer<Nothing>, Problem> {
    let id = id(call.number()?);
    face.door.app.delete_persona(&caller, id).await?;
    Ok(Nothing {}.into())
}

fn id(number: i64) -> PersonaId {
    PersonaId::from_number(number)
}

fn in_our_words(error: Error) -> Error {
    renamed(error, &[("user_list", "users")])
}

fn answer(
    face: &Face,
    caller: &Caller,
    persona: &principal::Persona,
) -> Result<Answer<Persona>, Problem> {
    let described = described(caller, &face.door.app.world(), persona);
    Ok(Answer::from(described).tagged(tag::tag_of(persona)?))
}

/// A persona as this caller may see it: who else may act as it is only for those who may see
/// all personas.
fn described(caller: &Caller, world: &World, persona: &principal::Persona) -> Persona {
    let own = caller.principal().user.id;
    let sees_all = caller.may(Wish::ListPersonas).is_ok();
    let users = persona.users.iter().filter(|id| sees_all || **id == own);
    let groups = persona.user_groups.iter();
    let groups = groups.filter(|id| sees_all || world.groups_of(own).any(|one| one.id == **id));
    Persona {
        id: persona.id.number(),
        name: persona.name.clone(),
        display_name: persona.display_name.clone(),
        computer_group: names::computer_group(world, persona.computer_group),
        roles: names::roles(world, &persona.roles),
        users: names::users(world, users),
        user_groups: names::user_groups(world, groups),
        changed: changed(world, persona.modified),
    }
}

fn tag_in(world: &World, id: PersonaId) -> Result<String, Problem> {
    let found = world.personas().get(&id).filter(|one| !one.deleted);
    tag::tag_of(&**found.ok_or_else(Problem::not_found)?)
}
