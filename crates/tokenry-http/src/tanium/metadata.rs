//! What clients keep with a user: `users/{id}/metadata` (spec/tanium.md 6.1).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokenry_core::{
    Error,
    app::{ProfileEdit, UserEdit},
    permit::Wish,
    principal::User,
};

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    json::Body,
    objects::not_in_body,
    reply::Reply,
    users::{change, whom_by_id},
};

pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let user = app.user_or_deleted(call.caller()?, &whom_by_id(&call)?)?;
    Ok(Reply::data(entries(&user.user)))
}

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    let (name, value) = existing(face, &call)?;
    Ok(Reply::data(entry(&name, &value)))
}

pub(super) async fn create(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditUsers)?;
    let name = call.body.text("name")?.unwrap_or_default();
    put(face, &call, name).await
}

pub(super) async fn edit(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditUsers)?;
    not_in_body(&call.body, "name")?;
    let (name, _) = existing(face, &call)?;
    put(face, &call, &name).await
}

/// Answers with what is gone.
pub(super) async fn delete(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditUsers)?;
    let (name, value) = existing(face, &call)?;
    let gone = entry(&name, &value);
    set(face, &call, name, None).await?;
    Ok(Reply::data(gone))
}

/// All that is kept with a user, by name.
pub(super) fn entries(user: &User) -> Value {
    let entries = user.profile.metadata.iter();
    entries.map(|(name, value)| entry(name, value)).collect()
}

/// The entries that the body of a user gives. Those that it does not give stay.
pub(super) fn read(body: &Body) -> Result<BTreeMap<String, Option<String>>, Failure> {
    const KEY: &str = "metadata";
    let refuse = || Failure::invalid(KEY, "must be a list of objects with a name and a value");
    let Some(list) = body.value(KEY) else {
        return Ok(BTreeMap::new());
    };
    let list = list.as_array().ok_or_else(refuse)?;
    let entries = list.iter().map(|item| {
        let text = |key| item.get(key).and_then(Value::as_str).ok_or_else(refuse);
        Ok((text("name")?.to_owned(), Some(text("value")?.to_owned())))
    });
    entries.collect()
}

fn entry(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

/// The entry that the path names.
fn existing(face: &Face, call: &Call) -> Result<(String, String), Failure> {
    let app = &face.door.app;
    let user = app.user_or_deleted(call.caller()?, &whom_by_id(call)?)?;
    let metadata = &user.user.profile.metadata;
    let found = metadata.get_key_value(call.param("name"));
    found
        .map(|(name, value)| (name.clone(), value.clone()))
        .ok_or_else(|| Error::not_found("metadata", "").into())
}

async fn put(face: &Face, call: &Call, name: &str) -> Result<Reply, Failure> {
    let value = call.body.text("value")?.unwrap_or_default();
    set(face, call, name.to_owned(), Some(value.to_owned())).await?;
    Ok(Reply::data(entry(name, value)))
}

async fn set(
    face: &Face,
    call: &Call,
    name: String,
    value: Option<String>,
) -> Result<Reply, Failure> {
    let edit = UserEdit {
        profile: ProfileEdit {
            metadata: [(name, value)].into(),
            ..ProfileEdit::default()
        },
        ..UserEdit::default()
    };
    change(face, call, &whom_by_id(call)?, edit).await
}
