//! `/api/v1/users`. Who is deleted, but can be brought back by a face that knows of this, is not there for this one.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tokenry_api::{
    Nothing, Secret, operations as op,
    types::users::{Named, NewUser, User, UserEdit as Wanted, UserPage, UserQuery},
};
use tokenry_core::{
    Error,
    app::{self, Caller, ProfileEdit, UserEdit, Whom},
    id::{Capability, ComputerGroupId, RoleName, UserId, UserName},
    permit::Wish,
    principal::{self, Power, Principal, World},
    secret::Plaintext,
};

use super::{
    Face, answer::Answer, call::Call, limit, names::by_name, problem::Problem,
    sessions::persona_name, tag,
};

/// The longest text to search for, in characters.
const MAX_SEARCH: usize = 250;

pub(super) async fn list(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::UserList>,
) -> Result<Answer<UserPage>, Problem> {
    let all = face.door.app.list_users(&caller)?;
    let filter = Filter::of(&call.query)?;
    let limit = limit(call.query.limit, 100, 1000)?;
    let after = call.query.cursor.as_deref().map(read_cursor).transpose()?;
    let world = face.door.app.world();
    let mut total: u64 = 0;
    let mut items = Vec::new();
    let mut next = None;
    for one in all.iter().filter(|one| filter.fits(&one.user)) {
        total += 1;
        let name = one.user.name.as_str();
        if after.as_ref().is_some_and(|after| name <= after.as_str()) {
            continue;
        }
        if items.len() < limit {
            items.push(described(&face, &caller, &world, one));
        } else if next.is_none() {
            next = items.last().map(|last| cursor(&last.name));
        }
    }
    Ok(UserPage { items, next, total }.into())
}

pub(super) async fn create(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::UserCreate>,
) -> Result<Answer<User>, Problem> {
    caller.may(Wish::EditUsers)?;
    let new = &call.body;
    may_set_password(&caller, new.password.as_ref())?;
    let made = face.door.app.create_user(&caller, to_make(new)?).await?;
    answer(&face, &caller, &made)
}

pub(super) async fn show(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::UserShow>,
) -> Result<Answer<User>, Problem> {
    let found = seen(&face, &caller, UserId::from_number(call.number()?))?;
    answer(&face, &caller, &found)
}

pub(super) async fn edit(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::UserChange>,
) -> Result<Answer<User>, Problem> {
    let (app, id) = (&face.door.app, UserId::from_number(call.number()?));
    let wanted = &call.body;
    may_set_password(&caller, wanted.password.as_ref())?;
    // Who may not see him learns nothing of his tag.
    seen(&face, &caller, id)?;
    let expected = call.if_match()?;
    let tag = |world: &World| tag_of(&living(world, id)?.user);
    let edited = tag::change(&face, caller.clone(), expected, tag, |caller| async move {
        let edit = to_change(wanted)?;
        app.edit_account(&caller, &Whom::Id(id), edit).await
    });
    answer(&face, &caller, &*edited.await?)
}

pub(super) async fn delete(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::UserDelete>,
) -> Result<Answer<Nothing>, Problem> {
    let (app, id) = (&face.door.app, UserId::from_number(call.number()?));
    caller.may(Wish::EditUsers)?;
    let name = &living(&app.world(), id)?.user.name.clone();
    // Whatever he is like, as long as he is still the one of this id: the rules ask for a name.
    let tag = |world: &World| tag_of(&living(world, id)?.user);
    let deleted = tag::change(&face, caller, Some("*"), tag, |caller| async move {
        app.delete_user(&caller, name.as_str()).await
    });
    deleted.await?;
    Ok(Nothing {}.into())
}

/// Which users to list.
struct Filter {
    search: String,
    role: Option<RoleName>,
}

impl Filter {
    fn of(query: &UserQuery) -> Result<Self, Problem> {
        let search = query.search.as_deref().unwrap_or_default();
        if search.chars().count() > MAX_SEARCH {
            let why = format!("must be at most {MAX_SEARCH} characters long");
            return Err(Problem::invalid("search", &why));
        }
        let role = query.role.as_deref();
        let role = role.map(|role| RoleName::parse_as("role", role));
        Ok(Self {
            search: search.to_lowercase(),
            role: role.transpose()?,
        })
    }

    fn fits(&self, user: &principal::User) -> bool {
        let profile = &user.profile;
        let holds = (self.role.as_ref()).is_none_or(|role| user.roles.contains(role));
        let texts = [user.name.as_str(), &profile.real_name, &profile.email];
        let mut texts = texts.into_iter();
        holds && texts.any(|text| text.to_lowercase().contains(&self.search))
    }
}

/// The place after a name.
fn cursor(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(name)
}

fn read_cursor(cursor: &str) -> Result<String, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let name = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    name.ok_or_else(|| Problem::invalid("cursor", "must be next of the page before"))
}

/// A token makes no password: with one it could open a session (NT-65).
fn may_set_password(caller: &Caller, password: Option<&Secret>) -> Result<(), Problem> {
    if password.is_some() && !caller.is_signed_in() {
        return Err(Problem::needs_sign_in());
    }
    Ok(())
}

fn to_make(new: &NewUser) -> Result<app::NewUser, Error> {
    Ok(app::NewUser {
        name: UserName::parse(&new.name)?,
        password: new.password.as_ref().map(plaintext),
        roles: roles(&new.roles)?,
        create_role: false,
        profile: ProfileEdit {
            real_name: new.real_name.clone(),
            email: new.email.clone(),
            time_zone: new.time_zone.clone(),
            computer_group: new.computer_group.map(ComputerGroupId::from_number),
            ..ProfileEdit::default()
        },
    })
}

fn to_change(wanted: &Wanted) -> Result<UserEdit, Error> {
    Ok(UserEdit {
        roles: wanted.roles.as_deref().map(roles).transpose()?,
        password: wanted.password.as_ref().map(plaintext),
        old_password: wanted.old_password.as_ref().map(plaintext),
        locked: wanted.locked,
        deleted: None,
        profile: ProfileEdit {
            real_name: wanted.real_name.clone(),
            email: wanted.email.clone(),
            time_zone: wanted.time_zone.clone(),
            computer_group: wanted.computer_group.map(ComputerGroupId::from_number),
            ..ProfileEdit::default()
        },
    })
}

fn plaintext(secret: &Secret) -> Plaintext {
    Plaintext::from(secret.expose().to_owned())
}

fn roles(names: &[String]) -> Result<Vec<RoleName>, Error> {
    let parsed = names.iter().map(|name| RoleName::parse_as("roles", name));
    parsed.collect()
}

/// A user whom the caller may see, and who is not deleted.
fn seen(face: &Face, caller: &Caller, id: UserId) -> Result<Arc<Principal>, Problem> {
    let found = face.door.app.user_or_deleted(caller, &Whom::Id(id))?;
    if found.user.deleted {
        return Err(Error::not_found("user", id.to_string()).into());
    }
    Ok(found)
}

fn living(world: &World, id: UserId) -> Result<&Arc<Principal>, Problem> {
    let found = world.principal(id).filter(|one| !one.user.deleted);
    found.ok_or_else(|| Error::not_found("user", id.to_string()).into())
}

fn answer(face: &Face, caller: &Caller, one: &Principal) -> Result<Answer<User>, Problem> {
    let described = described(face, caller, &face.door.app.world(), one);
    Ok(Answer::from(described).tagged(tag_of(&one.user)?))
}

fn described(face: &Face, caller: &Caller, world: &World, one: &Principal) -> User {
    let Principal { user, rights, .. } = one;
    let groups = world.groups_of(user.id);
    let personas = world.personas_of(user.id);
    let powers = Power::all().filter(|power| rights.has(*power));
    User {
        id: user.id.number(),
        name: user.name.to_string(),
        real_name: user.profile.real_name.clone(),
        email: user.profile.email.clone(),
        roles: user.roles.iter().map(ToString::to_string).collect(),
        user_groups: by_name(groups.map(|group| Named {
            id: group.id.number(),
            name: group.name.clone(),
        })),
        personas: by_name(personas.map(|persona| Named {
            id: persona.id.number(),
            name: persona_name(world, persona.id).unwrap_or_default(),
        })),
        computer_group: user.profile.computer_group.map(ComputerGroupId::number),
        time_zone: user.profile.time_zone.clone(),
        locked: user.locked,
        locked_out: (face.door.app).is_locked_out(user.id, caller.origin.at),
        created: user.created.to_string(),
        powers: powers.map(|power| power.name().to_owned()).collect(),
        capabilities: (rights.capabilities()).map(Capability::to_string).collect(),
    }
}

/// The tag of what can be changed of him here.
fn tag_of(user: &principal::User) -> Result<String, Problem> {
    let profile = &user.profile;
    let roles: Vec<_> = user.roles.iter().map(RoleName::as_str).collect();
    let texts = [&profile.real_name, &profile.email, &profile.time_zone];
    let id = user.id;
    tag::tag_of(&(id, roles, texts, user.locked, profile.computer_group))
}
