//! Privileges, those that roles grant, and those that a user holds in the end (spec/tanium.md 6.3). Privileges and what
//! roles grant have no numbers of their own: ids are derived from what they are.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokenry_core::{
    Error,
    id::{Capability, ContentSetId, RoleNumber},
    permit::Wish,
    principal::{
        Rights, Role, World,
        capability::{Dialect, known},
    },
};

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    objects::{bit, derived_id, needed_id, number, reference},
    reply::Reply,
};

/// All privileges that are known by name.
pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    face.door.app.list_roles(call.caller()?)?;
    let names = names(&face.door.app.world());
    let all = names.iter().map(|name| object(name));
    Ok(Reply::data(Value::Array(all.collect())))
}

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    face.door.app.list_roles(call.caller()?)?;
    let id = number(&call, WHAT)?;
    let names = names(&face.door.app.world());
    let found = names.iter().find(|name| privilege_id(name) == id);
    let found = found.ok_or_else(|| Error::not_found(WHAT, ""))?;
    Ok(Reply::data(object(found)))
}

/// Everything that any role grants or denies, entry by entry.
pub(super) async fn list_granted(face: &Face, call: Call) -> Result<Reply, Failure> {
    let roles = face.door.app.list_roles(call.caller()?)?;
    let world = face.door.app.world();
    let all = roles.iter().flat_map(|role| granted(&world, role));
    Ok(Reply::data(Value::Array(all.collect())))
}

pub(super) async fn view_granted(face: &Face, call: Call) -> Result<Reply, Failure> {
    let (role, entry) = find(face, &call)?;
    Ok(Reply::data(entry.object(&face.door.app.world(), &role)))
}

/// Gives a role a privilege: named by its own name, or by its id.
pub(super) async fn grant(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditRoles)?;
    let app = &face.door.app;
    app.list_roles(call.caller()?)?;
    let role = RoleNumber::from_number(needed_id(&call.body, "content_set_role")?);
    let set = call.body.id("content_set")?.map(ContentSetId::from_number);
    let privilege = named(&app.world(), &call)?;
    let role = app
        .grant_privilege(call.caller()?, role, &privilege, set)
        .await?;
    let entry = Entry {
        set: set.filter(|_| !role.is_for_all_content_sets()),
        privilege,
    };
    Ok(Reply::data(entry.object(&app.world(), &role)))
}

pub(super) async fn withdraw(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditRoles)?;
    let (role, entry) = find(face, &call)?;
    let app = &face.door.app;
    app.withdraw_privilege(call.caller()?, role.number, &entry.privilege, entry.set)
        .await?;
    Ok(Reply::data(entry.object(&app.world(), &role)))
}

/// What the caller holds, by content set.
pub(super) async fn effective(face: &Face, call: Call) -> Result<Reply, Failure> {
    let compact = call.options.is_on(COMPACT);
    let rights = &call.caller()?.principal().rights;
    Ok(Reply::data(held(&face.door.app.world(), rights, compact)))
}

/// The option for the short form of what somebody holds.
pub(super) const COMPACT: &str = "serialize_authorization_flag";

/// What somebody holds, by content set. In the short form a privilege is its name and a content set its id.
pub(super) fn held(world: &World, rights: &Rights, compact: bool) -> Value {
    let living = world.content_sets().values().filter(|set| !set.deleted);
    let held = rights.by_content_set(living.map(|set| set.id));
    let all = held.into_iter().map(|(set, privileges)| {
        let names = privileges.into_iter().map(Capability::as_str);
        if compact {
            return json!({
                "content_set": set.number(),
                "content_set_privilege_list": names.collect::<Vec<_>>(),
            });
        }
        json!({
            "content_set": { "id": set.number() },
            "content_set_privilege_list":
                names.map(|name| json!({ "name": name })).collect::<Vec<_>>(),
        })
    });
    Value::Array(all.collect())
}

/// What a role grants or denies, entry by entry.
pub(super) fn granted(world: &World, role: &Role) -> Vec<Value> {
    let entries = entries(role);
    let objects = entries.iter().map(|entry| entry.object(world, role));
    objects.collect()
}

/// What the rules are told when there is no such privilege.
const WHAT: &str = "privilege";

/// A privilege of a role: on one content set, or on all of them.
#[derive(Debug, Clone)]
struct Entry {
    set: Option<ContentSetId>,
    privilege: Capability,
}

impl Entry {
    fn id(&self, role: &Role) -> i64 {
        let role = role.number.to_string();
        let set = self.set.map(|set| set.to_string()).unwrap_or_default();
        derived_id("role privilege", [&role, &set, self.privilege.as_str()])
    }

    fn object(&self, world: &World, role: &Role) -> Value {
        let set = self.set.and_then(|set| world.content_sets().get(&set));
        let set = set.map_or_else(
            || reference(0, ""),
            |set| reference(set.id.number(), &set.name),
        );
        let name = self.privilege.as_str();
        json!({
            "content_set": set,
            "content_set_privilege": reference(privilege_id(name), name),
            "content_set_role": reference(role.number.number(), role.label()),
            "deleted_flag": bit(false),
            "id": self.id(role),
        })
    }
}

fn entries(role: &Role) -> Vec<Entry> {
    let everywhere = role.capabilities.iter().map(|privilege| (None, privilege));
    let grants = role.details.grants.iter();
    let grants = grants.map(|(set, privilege)| (Some(*set), privilege));
    let all = everywhere.chain(grants).map(|(set, privilege)| Entry {
        set,
        privilege: privilege.clone(),
    });
    all.collect()
}

/// The entry of the id in the path, and whose it is.
fn find(face: &Face, call: &Call) -> Result<(Role, Entry), Failure> {
    let roles = face.door.app.list_roles(call.caller()?)?;
    let id = number(call, WHAT)?;
    for role in roles {
        let found = entries(&role).into_iter().find(|one| one.id(&role) == id);
        if let Some(entry) = found {
            return Ok((role, entry));
        }
    }
    Err(Error::not_found(WHAT, "").into())
}

/// The privilege that a body names.
fn named(world: &World, call: &Call) -> Result<Capability, Failure> {
    const KEY: &str = "content_set_privilege";
    let unknown = || Failure::invalid(KEY, "must have the name of a privilege, or the id of one");
    let value = call.body.value(KEY).ok_or_else(unknown)?;
    if let Some(name) = value.get("name").and_then(Value::as_str) {
        return Capability::parse(name).map_err(|_| unknown());
    }
    let id = call.body.id(KEY)?;
    let names = names(world);
    let found = names.iter().find(|name| Some(privilege_id(name)) == id);
    let found = found.ok_or_else(unknown)?;
    Ok(Capability::parse(found)?)
}

/// The names of Tanium's that mean something here, and all that roles hold.
fn names(world: &World) -> BTreeSet<String> {
    let roles = world.roles().values();
    let held = roles.flat_map(|role| {
        let grants = role.details.grants.iter().map(|(_, one)| one);
        role.capabilities.iter().chain(grants)
    });
    let held = held.map(|one| one.as_str().to_owned());
    let known = known(&[Dialect::Tanium]).map(str::to_owned);
    known.chain(held).collect()
}

fn privilege_id(name: &str) -> i64 {
    derived_id("privilege", [name, "", ""])
}

/// What it does is the first word of its name, where it has several.
fn object(name: &str) -> Value {
    let kind = name.split_once(' ').map_or("", |(first, _)| first);
    json!({
        "id": privilege_id(name),
        "name": name,
        "reserved_name": name,
        "privilege_type": kind,
        "privilege_module": "",
        "explicit_only_flag": bit(false),
        "deleted_flag": bit(false),
    })
}
