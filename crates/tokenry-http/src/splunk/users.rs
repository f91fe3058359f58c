//! `authentication/users` (spec/splunk.md 5.2).

use axum::http::StatusCode;
use jiff::Timestamp;
use tokenry_core::{
    Error,
    app::{NewUser, ProfileEdit, UserEdit},
    id::{Capability, RoleName, UserName},
    permit::Wish,
    principal::Principal,
};

use super::{
    call::Call,
    face::Face,
    failure::{Failure, shown},
    format::{
        feed::{Entry, Feed, Fields, Link},
        message::Message,
        value::{Dict, Value},
    },
    reply::Reply,
    select,
};

const PATH: &str = "authentication/users";

/// Where a user's name stands in a path, these stand for something else.
const RESERVED: &[&str] = &["_new", "create"];

/// What a user can be changed with. `name` and `createrole` only when he is made.
const OPTIONAL: &[&str] = &[
    "defaultApp",
    "email",
    "force-change-pass",
    "lang",
    "locked-out",
    "oldpassword",
    "password",
    "realname",
    "restart_background_jobs",
    "roles",
    "tz",
];

pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let users = face.door.app.list_users(call.caller()?)?;
    let entries = users
        .iter()
        .map(|user| entry(face, &call, user))
        .collect::<Result<_, _>>()?;
    let mut feed = feed(face, &call);
    select::fill(&mut feed, entries, &call.listing()?);
    Ok(Reply::ok(feed))
}

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let user = face.door.app.user(call.caller()?, call.param("name"))?;
    single(face, &call, &user).map(Reply::ok)
}

/// GET `_new`: what a user can be made with.
pub(super) async fn template(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    call.caller()?.may(Wish::EditUsers)?;
    let mut entry = call.entry(PATH, "_new", &["alternate", "list", "edit"], Dict::new());
    entry.fields = Some(Fields {
        required: vec!["name", "password"],
        ..fields()
    });
    Ok(Reply::ok(call.feed_of(face, PATH, entry)))
}

pub(super) async fn create(face: &Face, call: Call) -> Result<Reply, Failure> {
    let caller = call.caller()?;
    caller.may(Wish::EditUsers)?;
    let allowed: Vec<&str> = OPTIONAL
        .iter()
        .copied()
        .chain(["name", "createrole"])
        .collect();
    call.supports(&allowed)?;
    let name = call
        .arguments
        .text("name")?
        .ok_or_else(|| Failure::no_target("POST"))?;
    let name = UserName::parse(name)?;
    if RESERVED.contains(&name.as_str()) {
        return Err(Error::invalid("name", "is reserved; a path could not name this user").into());
    }
    let new = NewUser {
        name,
        password: Some(
            call.secret("password")?
                .ok_or_else(|| Failure::missing(&["password"]))?,
        ),
        roles: roles(&call)?.unwrap_or_default(),
        create_role: call.arguments.boolean("createrole")?.unwrap_or(false),
        profile: profile(&call)?,
    };
    if new.roles.is_empty() && !new.create_role {
        return Err(no_role());
    }
    let user = face.door.app.create_user(caller, new).await?;
    single(face, &call, &user).map(Reply::created)
}

pub(super) async fn edit(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(OPTIONAL)?;
    let edit = UserEdit {
        roles: roles(&call)?,
        password: call
            .secret("password")?
            .filter(|password| !password.expose().is_empty()),
        old_password: call.secret("oldpassword")?,
        locked: call.arguments.boolean("locked-out")?,
        profile: profile(&call)?,
        ..UserEdit::default()
    };
    if edit.roles.as_ref().is_some_and(Vec::is_empty) {
        may_edit(face, &call)?;
        return Err(no_role());
    }
    let user = face
        .door
        .app
        .edit_user(call.caller()?, call.param("name"), edit)
        .await?;
    single(face, &call, &user).map(Reply::ok)
}

/// The vendor's users hold at least one role; others may hold none.
fn no_role() -> Failure {
    Error::invalid("roles", "a user needs at least one role").into()
}

/// Whether the caller may change this user's roles at all; one who may not hears of nothing else.
fn may_edit(face: &Face, call: &Call) -> Result<(), Failure> {
    let caller = call.caller()?;
    caller.may(Wish::EditUsers)?;
    let user = face.door.app.user(caller, call.param("name"))?;
    caller.may(Wish::EditUser(&user))?;
    Ok(())
}

/// Answers with those that remain. An unknown user is a 400 here, not a 404: the vendor's tests demand it.
pub(super) async fn delete(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let name = call.param("name");
    match face.door.app.delete_user(call.caller()?, name).await {
        Err(Error::NotFound { .. }) => {
            let message = Message::error(format!("Could not find object id={}", shown(name)));
            Err(Failure::Said(StatusCode::BAD_REQUEST, message))
        }
        Err(error) => Err(error.into()),
        Ok(()) => list(face, call).await,
    }
}

/// DELETE on the collection itself.
pub(super) async fn delete_without_target(_face: &Face, _call: Call) -> Result<Reply, Failure> {
    Err(Failure::no_target("DELETE"))
}

/// What is shown of a user, here and in the current context.
pub(super) fn content(face: &Face, principal: &Principal, now: Timestamp) -> Dict {
    let user = &principal.user;
    let profile = &user.profile;
    let capabilities = principal
        .rights
        .capabilities()
        .map(Capability::as_str)
        .map(Value::from)
        .collect();
    let roles = user
        .roles
        .iter()
        .map(|role| Value::from(role.as_str()))
        .collect();
    Dict::new()
        .with("capabilities", Value::List(capabilities))
        .with("defaultApp", or_launcher(&profile.default_app))
        .with("defaultAppIsUserOverride", !profile.default_app.is_empty())
        .with(
            "defaultAppSourceRole",
            if profile.default_app.is_empty() {
                "system"
            } else {
                ""
            },
        )
        .with("email", or_null(&profile.email))
        .with("force-change-pass", profile.must_change_password)
        .with("lang", or_null(&profile.language))
        .with(
            "locked-out",
            user.locked || face.door.app.is_locked_out(user.id, now),
        )
        .with("password", "********")
        .with("realname", or_null(&profile.real_name))
        .with("restart_background_jobs", profile.restart_background_jobs)
        .with("roles", Value::List(roles))
        .with("type", "Splunk")
        .with("tz", or_null(&profile.time_zone))
}

fn feed(face: &Face, call: &Call) -> Feed {
    let mut feed = call.feed(face, PATH);
    feed.links = vec![Link::new("create", call.path(&format!("{PATH}/_new")))];
    feed
}

fn single(face: &Face, call: &Call, user: &Principal) -> Result<Feed, Failure> {
    let mut entry = entry(face, call, user)?;
    entry.fields = Some(fields());
    let mut feed = feed(face, call);
    feed.entries.push(entry);
    feed.paging.total = 1;
    Ok(feed)
}

/// Nobody is offered to remove himself.
fn entry(face: &Face, call: &Call, user: &Principal) -> Result<Entry, Failure> {
    let name = user.user.name.as_str();
    let oneself = user.user.id == call.caller()?.principal().user.id;
    let rels: &[&str] = if oneself {
        &["alternate", "list", "edit"]
    } else {
        &["alternate", "list", "edit", "remove"]
    };
    let mut entry = call.entry(PATH, name, rels, content(face, user, call.now()));
    entry.acl.removable = !oneself;
    Ok(entry)
}

fn fields() -> Fields {
    Fields {
        optional: OPTIONAL.to_vec(),
        ..Fields::default()
    }
}

/// The roles named, in order; `None` if the argument is not there at all.
fn roles(call: &Call) -> Result<Option<Vec<RoleName>>, Failure> {
    let given = call.arguments.many("roles");
    if given.is_empty() {
        return Ok(None);
    }
    let names = given.into_iter().filter(|name| !name.is_empty());
    let roles: Result<_, Error> = names
        .map(|name| RoleName::parse_as("roles", name))
        .collect();
    Ok(Some(roles?))
}

/// An empty text empties the field.
fn profile(call: &Call) -> Result<ProfileEdit, Failure> {
    let text = |name| call.arguments.one(name).map(|text| text.map(str::to_owned));
    Ok(ProfileEdit {
        real_name: text("realname")?,
        email: text("email")?,
        default_app: text("defaultApp")?,
        time_zone: text("tz")?,
        language: text("lang")?,
        must_change_password: call.arguments.boolean("force-change-pass")?,
        restart_background_jobs: call.arguments.boolean("restart_background_jobs")?,
        ..ProfileEdit::default()
    })
}

fn or_null(text: &str) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        text.into()
    }
}

fn or_launcher(app: &str) -> &str {
    if app.is_empty() { "launcher" } else { app }
}
