//! `users` (spec/tanium.md 6.1): everybody may see himself, administrators all. Deleting is for now; `deleted_flag` 0
//! brings a user back.

use serde_json::{Map, Value, json};
use tokenry_core::{
    Error,
    app::{NewUser, ProfileEdit, UserEdit, Whom},
    id::{Capability, ComputerGroupId, RoleName, RoleNumber, UserId, UserName},
    permit::Wish,
    principal::{Principal, User, World},
    secret::Plaintext,
};

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    json::Body,
    metadata,
    objects::{new_name, not_in_body, number, text},
    personas, privileges,
    reply::Reply,
    roles, time,
};

/// The ones that are not deleted; with `include_hidden_flag`, all.
pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let summary = call.options.is_on("summary");
    let caller = call.caller()?;
    let users = if call.options.is_on("include_hidden_flag") {
        app.list_users_and_deleted(caller)?
    } else {
        app.list_users(caller)?
    };
    let world = app.world();
    if world.settings().api_tokens.summary_only && !summary {
        return Err(Failure::bad_request(
            "UsersNonSummaryViewDisallowed",
            "Users can be listed with the option summary only",
        ));
    }
    let compact = call.options.is_on(privileges::COMPACT);
    let all = users.iter().map(|one| {
        Value::Object(if summary {
            short(&one.user)
        } else {
            fields(&world, one, compact)
        })
    });
    Ok(Reply::data(Value::Array(all.collect())))
}

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    answer(face, &call, &whom_by_id(&call)?).await
}

pub(super) async fn view_by_name(face: &Face, call: Call) -> Result<Reply, Failure> {
    answer(face, &call, &whom_by_name(&call)).await
}

pub(super) async fn create(face: &Face, call: Call) -> Result<Reply, Failure> {
    let caller = call.caller()?;
    caller.may(Wish::EditUsers)?;
    let app = &face.door.app;
    let new = NewUser {
        name: account_name(&new_name(&call.body, "UserNameRequired")?)?,
        password: secret(&call.body, "password")?,
        roles: roles_of(&app.world(), &call)?.unwrap_or_default(),
        create_role: false,
        profile: profile(&call.body)?,
    };
    let made = app.create_user(caller, new).await.map_err(in_words)?;
    let user = whole(&app.world(), &made, false);
    Ok(Reply::data(Value::Object(user)))
}

pub(super) async fn edit(face: &Face, call: Call) -> Result<Reply, Failure> {
    not_in_body(&call.body, "id")?;
    let whom = whom_by_id(&call)?;
    stays_named(face, &call, &whom)?;
    edit_found(face, &call, &whom).await
}

pub(super) async fn edit_by_name(face: &Face, call: Call) -> Result<Reply, Failure> {
    not_in_body(&call.body, "name")?;
    edit_found(face, &call, &whom_by_name(&call)).await
}

/// Deletes a user until somebody brings him back, and answers with him.
pub(super) async fn delete(face: &Face, call: Call) -> Result<Reply, Failure> {
    let edit = UserEdit {
        deleted: Some(true),
        ..UserEdit::default()
    };
    change(face, &call, &whom_by_id(&call)?, edit).await
}

/// A user with everything, and his personas.
pub(super) fn whole(world: &World, principal: &Principal, compact: bool) -> Map<String, Value> {
    let mut fields = fields(world, principal, compact);
    let personas = world.personas_of(principal.user.id);
    let personas: Vec<_> = personas.map(|persona| personas::short(persona)).collect();
    fields.insert("personas".to_owned(), personas.into());
    fields
}

/// Who is meant by the id in the path.
pub(super) fn whom_by_id(call: &Call) -> Result<Whom, Failure> {
    let id = number(call, "user")?;
    Ok(Whom::Id(UserId::from_number(id)))
}

/// Changes a user, and answers with him.
pub(super) async fn change(
    face: &Face,
    call: &Call,
    whom: &Whom,
    edit: UserEdit,
) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let edited = app.edit_account(call.caller()?, whom, edit).await;
    let user = whole(&app.world(), &*edited.map_err(in_words)?, false);
    Ok(Reply::data(Value::Object(user)))
}

fn whom_by_name(call: &Call) -> Whom {
    Whom::Name(call.param("name").to_owned())
}

/// A user who may be deleted, for he can be brought back.
async fn answer(face: &Face, call: &Call, whom: &Whom) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let caller = call.caller()?;
    let found = app.user_or_deleted(caller, whom)?;
    if call.options.is_on("summary") {
        return Ok(Reply::data(Value::Object(short(&found.user))));
    }
    let compact = call.options.is_on(privileges::COMPACT);
    let mut user = whole(&app.world(), &found, compact);
    if call.options.is_on("include_user_details") {
        let sessions = app.list_sessions(caller).await?;
        let his = sessions.iter().filter(|one| one.user == found.user.id);
        user.insert("active_session_count".to_owned(), his.count().into());
    }
    Ok(Reply::data(Value::Object(user)))
}

async fn edit_found(face: &Face, call: &Call, whom: &Whom) -> Result<Reply, Failure> {
    let body = &call.body;
    let edit = UserEdit {
        roles: roles_of(&face.door.app.world(), call)?,
        password: secret(body, "password")?,
        old_password: secret(body, "old_password")?,
        locked: None,
        deleted: body.flag("deleted_flag")?,
        profile: profile(body)?,
    };
    change(face, call, whom, edit).await
}

fn short(user: &User) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("id", user.id.number().into());
    put("name", user.name.as_str().into());
    put("domain", user.profile.domain.as_str().into());
    put("display_name", user.profile.real_name.as_str().into());
    put("deleted_flag", user.deleted.into());
    fields
}

/// In the vendor's order. What is not kept here is as in a user whom nobody changed and who never signed in.
fn fields(world: &World, principal: &Principal, compact: bool) -> Map<String, Value> {
    let Principal { user, rights, .. } = principal;
    let own_group = user.profile.computer_group;
    let group = own_group.or_else(|| rights.computer_groups().next());
    let group_number = |group: Option<ComputerGroupId>| group.map_or(0, ComputerGroupId::number);
    let held = user.roles.iter();
    let held: Vec<_> = held.filter_map(|name| world.roles().get(name)).collect();
    let reserved = held.iter().filter(|role| roles::is_reserved(role));
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("id", user.id.number().into());
    put("external_flag", false.into());
    put("name", user.name.as_str().into());
    put("domain", user.profile.domain.as_str().into());
    put("display_name", user.profile.real_name.as_str().into());
    put("group_id", group_number(own_group).into());
    put("effective_group_id", group_number(group).into());
    put("deleted_flag", user.deleted.into());
    put("locked_out", lock_number(user).into());
    put("creation_time", time::print(user.created).into());
    put("modification_time", time::print(user.created).into());
    put("last_login", time::print_or_never(None).into());
    put("previous_login", time::print_or_never(None).into());
    put("permissions", json!([]));
    put(
        "effective_content_set_privileges",
        privileges::held(world, rights, compact),
    );
    put("local_admin_flag", is_administrator(principal).into());
    put("metadata", metadata::entries(user));
    put(
        "content_set_roles",
        held.iter().map(|role| roles::short(role)).collect(),
    );
    put("roles", reserved.map(|role| roles::short(role)).collect());
    fields
}

/// One who was locked before there were reasons is locked by hand.
fn lock_number(user: &User) -> u8 {
    if user.locked {
        user.profile.lock_number.max(1)
    } else {
        0
    }
}

fn is_administrator(principal: &Principal) -> bool {
    let capability = Capability::parse("administrator");
    capability.is_ok_and(|capability| principal.rights.holds(&capability))
}

/// A name that paths, domains and lists of the vendor's clients can carry (spec/tanium.md 6.1).
fn account_name(text: &str) -> Result<UserName, Failure> {
    const FORBIDDEN: &[char] = &[
        '/', '\\', '[', ']', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>',
    ];
    if text.contains(FORBIDDEN) {
        let why = r"name must not contain any of / \ [ ] : ; | = , + * ? < >";
        return Err(invalid_name(why));
    }
    UserName::parse(text).map_err(in_words)
}

/// A user is never renamed: what names him elsewhere would name somebody else.
fn stays_named(face: &Face, call: &Call, whom: &Whom) -> Result<(), Failure> {
    let Some(name) = call.body.text("name")? else {
        return Ok(());
    };
    let caller = call.caller()?;
    caller.may(Wish::EditUsers)?;
    let found = face.door.app.user_or_deleted(caller, whom)?;
    if found.user.name.as_str() == name.to_lowercase() {
        return Ok(());
    }
    Err(invalid_name("A user cannot be renamed"))
}

fn invalid_name(why: &str) -> Failure {
    Failure::bad_request("InvalidUserName", why)
}

/// The rules name fields as Splunk does where it has them.
fn in_words(error: Error) -> Failure {
    match error {
        Error::Invalid { field, why } => match field {
            "name" => invalid_name(&format!("name {why}")),
            "realname" => Failure::invalid("display_name", &why),
            "roles" => Failure::invalid(ROLES, "names a role that does not exist"),
            "oldpassword" => Failure::invalid("old_password", &why),
            field => Failure::invalid(field, &why),
        },
        other => other.into(),
    }
}

const ROLES: &str = "content_set_roles";

/// The roles that a body names by number. Who may not hand out any learns nothing of which there are.
fn roles_of(world: &World, call: &Call) -> Result<Option<Vec<RoleName>>, Failure> {
    if !call.body.has(ROLES) {
        return Ok(None);
    }
    call.caller()?.may(Wish::EditUsers)?;
    let unknown = || Failure::invalid(ROLES, "names a role that does not exist");
    let Some(numbers) = call.body.ids(ROLES)? else {
        return Ok(None);
    };
    let names = numbers.into_iter().map(|number| {
        let role = world.role_of_number(RoleNumber::from_number(number));
        role.map(|role| role.name.clone()).ok_or_else(unknown)
    });
    names.collect::<Result<_, _>>().map(Some)
}

fn secret(body: &Body, key: &'static str) -> Result<Option<Plaintext>, Failure> {
    Ok(text(body, key)?.map(Plaintext::from))
}

fn profile(body: &Body) -> Result<ProfileEdit, Failure> {
    let lock_number = body.integer("locked_out")?;
    let lock_number = lock_number.map(|number| u8::try_from(number).unwrap_or(u8::MAX));
    Ok(ProfileEdit {
        real_name: text(body, "display_name")?,
        domain: text(body, "domain")?,
        computer_group: body.integer("group_id")?.map(ComputerGroupId::from_number),
        lock_number,
        metadata: metadata::read(body)?,
        ..ProfileEdit::default()
    })
}

#[cfg(test)]
mod tests;
