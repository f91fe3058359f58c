//! `authorization/roles` (spec/splunk.md 5.3). Attributes about searches and indexes have no meaning here; they are
//! kept and given back.

use std::collections::BTreeMap;

use tokenry_core::{
    Error,
    app::RoleEdit,
    id::{Capability, RoleName},
    permit::Wish,
    principal::Role,
};

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    format::{
        feed::{Entry, Feed, Fields, Link},
        value::{Dict, Value},
    },
    reply::Reply,
    select,
};

const PATH: &str = "authorization/roles";

/// The kind of value an attribute holds.
#[derive(Clone, Copy)]
enum Kind {
    List,
    /// A whole number, and what it is unless set.
    Number(i64),
    Text,
}

/// The vendor's attributes of a role: name, kind, whether importing roles show it as `imported_…`.
const ATTRIBUTES: &[(&str, Kind, bool)] = &[
    ("cumulativeRTSrchJobsQuota", Kind::Number(0), false),
    ("cumulativeSrchJobsQuota", Kind::Number(0), false),
    ("defaultApp", Kind::Text, false),
    ("deleteIndexesAllowed", Kind::List, false),
    ("federatedProviders", Kind::List, false),
    ("fieldFilterLimit", Kind::Text, false),
    ("grantable_roles", Kind::List, false),
    ("rtSrchJobsQuota", Kind::Number(6), true),
    ("srchDiskQuota", Kind::Number(100), true),
    ("srchFilter", Kind::Text, true),
    ("srchIndexesAllowed", Kind::List, true),
    ("srchIndexesDefault", Kind::List, true),
    ("srchIndexesDisallowed", Kind::List, true),
    ("srchJobsQuota", Kind::Number(3), true),
    ("srchTimeEarliest", Kind::Number(-1), true),
    ("srchTimeWin", Kind::Number(-1), true),
];

pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let roles = face.door.app.list_roles(call.caller()?)?;
    let entries = roles.iter().map(|role| entry(face, &call, role)).collect();
    let mut feed = feed(face, &call);
    select::fill(&mut feed, entries, &call.listing()?);
    Ok(Reply::ok(feed))
}

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let role = face.door.app.role(call.caller()?, call.param("name"))?;
    Ok(Reply::ok(single(face, &call, &role)))
}

/// GET `_new`: what a role can be made with.
pub(super) async fn template(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    call.caller()?.may(Wish::EditRoles)?;
    let mut entry = call.entry(PATH, "_new", &["alternate", "list", "edit"], Dict::new());
    entry.fields = Some(Fields {
        required: vec!["name"],
        ..fields()
    });
    Ok(Reply::ok(call.feed_of(face, PATH, entry)))
}

pub(super) async fn create(face: &Face, call: Call) -> Result<Reply, Failure> {
    let caller = call.caller()?;
    caller.may(Wish::EditRoles)?;
    call.supports(&with_name())?;
    let name = call
        .arguments
        .text("name")?
        .ok_or_else(|| Failure::no_target("POST"))?;
    let name = RoleName::parse(name)?;
    if name.as_str() == "_new" {
        return Err(Error::invalid("name", "is reserved; a path could not name this role").into());
    }
    let role = face
        .door
        .app
        .create_role(caller, name, edits(&call)?)
        .await?;
    Ok(Reply::created(single(face, &call, &role)))
}

pub(super) async fn edit(face: &Face, call: Call) -> Result<Reply, Failure> {
    let caller = call.caller()?;
    caller.may(Wish::EditRoles)?;
    call.supports(&fields().optional)?;
    let role = face
        .door
        .app
        .edit_role(caller, call.param("name"), edits(&call)?)
        .await?;
    Ok(Reply::ok(single(face, &call, &role)))
}

/// Answers with those that remain.
pub(super) async fn delete(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    face.door
        .app
        .delete_role(call.caller()?, call.param("name"))
        .await?;
    list(face, call).await
}

/// DELETE on the collection itself.
pub(super) async fn delete_without_target(_face: &Face, _call: Call) -> Result<Reply, Failure> {
    Err(Failure::no_target("DELETE"))
}

fn feed(face: &Face, call: &Call) -> Feed {
    let mut feed = call.feed(face, PATH);
    feed.links = vec![Link::new("create", call.path(&format!("{PATH}/_new")))];
    feed
}

fn single(face: &Face, call: &Call, role: &Role) -> Feed {
    let mut entry = entry(face, call, role);
    entry.fields = Some(fields());
    let mut feed = feed(face, call);
    feed.entries.push(entry);
    feed.paging.total = 1;
    feed
}

fn entry(face: &Face, call: &Call, role: &Role) -> Entry {
    let mut entry = call.entry(
        PATH,
        role.name.as_str(),
        &["alternate", "list", "edit", "remove"],
        content(face, role),
    );
    entry.acl.removable = true;
    entry
}

fn content(face: &Face, role: &Role) -> Dict {
    let world = face.door.app.world();
    let imported = world.imported_by(role);
    let names = |names: Vec<&str>| Value::List(names.into_iter().map(Value::from).collect());
    let mut inherited: Vec<&str> = imported
        .iter()
        .flat_map(|role| &role.capabilities)
        .map(Capability::as_str)
        .collect();
    inherited.sort_unstable();
    inherited.dedup();
    let mut content = Dict::new()
        .with(
            "capabilities",
            names(role.capabilities.iter().map(Capability::as_str).collect()),
        )
        .with("imported_capabilities", names(inherited))
        .with(
            "imported_roles",
            names(role.imports.iter().map(RoleName::as_str).collect()),
        );
    for (name, kind, shown_by_importers) in ATTRIBUTES {
        content.insert(*name, own(role, name, *kind));
        if *shown_by_importers {
            content.insert(format!("imported_{name}"), merged(&imported, name, *kind));
        }
    }
    content
}

fn own(role: &Role, name: &str, kind: Kind) -> Value {
    let texts = role
        .attributes
        .get(name)
        .map(Vec::as_slice)
        .unwrap_or_default();
    match kind {
        Kind::List => Value::List(texts.iter().map(|text| text.as_str().into()).collect()),
        Kind::Number(default) => Value::Int(number(texts).unwrap_or(default)),
        Kind::Text => texts.first().map_or("", String::as_str).into(),
    }
}

/// What a role gets from those it imports: the union of lists, the greatest number, the filters joined.
fn merged(imported: &[&Role], name: &str, kind: Kind) -> Value {
    let texts = || imported.iter().filter_map(|role| role.attributes.get(name));
    match kind {
        Kind::List => {
            let mut all: Vec<&str> = texts().flatten().map(String::as_str).collect();
            all.sort_unstable();
            all.dedup();
            Value::List(all.into_iter().map(Value::from).collect())
        }
        Kind::Number(default) => {
            let none = if default < 0 { default } else { 0 };
            let greatest = imported
                .iter()
                .map(|role| number_of(role, name).unwrap_or(default))
                .max();
            Value::Int(greatest.unwrap_or(none))
        }
        Kind::Text => texts()
            .flatten()
            .filter(|text| !text.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(" OR ")
            .into(),
    }
}

fn number_of(role: &Role, name: &str) -> Option<i64> {
    number(role.attributes.get(name)?)
}

fn number(texts: &[String]) -> Option<i64> {
    texts.first()?.parse().ok()
}

fn fields() -> Fields {
    let attributes = ATTRIBUTES.iter().map(|(name, _, _)| *name);
    let mut optional: Vec<&str> = attributes
        .chain(["capabilities", "imported_roles"])
        .collect();
    optional.sort_unstable();
    Fields {
        optional,
        ..Fields::default()
    }
}

fn with_name() -> Vec<&'static str> {
    fields().optional.into_iter().chain(["name"]).collect()
}

/// A list that is given at all replaces the old one; an empty text in it stands for nothing.
fn edits(call: &Call) -> Result<RoleEdit, Failure> {
    let given = |name| Some(call.arguments.many(name)).filter(|texts| !texts.is_empty());
    let named = |texts: Vec<&'_ str>| -> Vec<String> {
        texts
            .into_iter()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let capabilities = given("capabilities")
        .map(named)
        .map(|names| names.iter().map(|name| Capability::parse(name)).collect());
    let imports = given("imported_roles").map(named).map(|names| {
        names
            .iter()
            .map(|name| RoleName::parse_as("imported_roles", name))
            .collect()
    });
    let mut attributes = BTreeMap::new();
    for (name, kind, _) in ATTRIBUTES {
        if let Some(texts) = given(name) {
            attributes.insert((*name).to_owned(), checked(name, *kind, named(texts))?);
        }
    }
    Ok(RoleEdit {
        capabilities: capabilities.transpose()?,
        imports: imports.transpose()?,
        attributes,
        ..RoleEdit::default()
    })
}

fn checked(name: &str, kind: Kind, texts: Vec<String>) -> Result<Vec<String>, Failure> {
    let is_number = |text: &String| text.parse::<i64>().is_ok();
    match kind {
        Kind::Number(_) if !texts.iter().all(is_number) => Err(Failure::bad_request(format!(
            "Argument \"{name}\" must be a whole number."
        ))),
        Kind::Number(_) | Kind::Text if texts.len() > 1 => Err(Failure::bad_request(format!(
            "Argument \"{name}\" is given more than once."
        ))),
        _ => Ok(texts),
    }
}
