//! POST on the collection: creates a token and shows it once (spec/splunk.md 2.4).

use tokenry_core::{
    app::CreateToken,
    token::{Status, form::splunk_jwt::Kind, lifetime::Wanted},
};

use super::{PATH, entry};
use crate::splunk::{
    call::Call,
    face::Face,
    failure::Failure,
    format::{
        feed::Fields,
        value::{Dict, Value},
    },
    reply::Reply,
};

const ARGUMENTS: &[&str] = &[
    "name",
    "audience",
    "expires_on",
    "not_before",
    "type",
    "status",
];

pub(in crate::splunk) async fn create(face: &Face, call: Call) -> Result<Reply, Failure> {
    let caller = call.caller()?;
    let arguments = &call.arguments;
    let name = arguments.text("name")?;
    face.door.app.may_create_token(caller, name)?;
    call.supports(ARGUMENTS)?;
    let wanted = CreateToken {
        kind: kind(arguments.text("type")?)?,
        name,
        audience: arguments.text("audience")?,
        life: Wanted {
            expires_on: arguments.text("expires_on")?,
            not_before: arguments.text("not_before")?,
        },
        status: arguments
            .text("status")?
            .map_or(Ok(Status::Enabled), str::parse)?,
    };
    if wanted.kind != Kind::Interactive {
        require(&wanted)?;
    }
    let created = face.door.app.create_token(caller, wanted).await?;
    let content = Dict::new()
        .with("id", created.id.to_hex())
        .with("token", Value::Cdata(created.string.expose().to_owned()));
    let mut feed = call.feed_of(face, PATH, entry::of(face, &call, "tokens", content));
    feed.links = entry::feed_links(&call);
    Ok(Reply::created(feed))
}

/// GET `_new`: what a token can be created with.
pub(in crate::splunk) async fn template(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    face.door.app.may_create_token(call.caller()?, None)?;
    let content = ARGUMENTS
        .iter()
        .map(|argument| (*argument, Value::Null))
        .collect();
    let mut entry = entry::of(face, &call, "_new", content);
    entry.fields = Some(Fields {
        required: vec!["name", "audience"],
        optional: vec!["expires_on", "not_before", "type", "status"],
        wildcard: Vec::new(),
    });
    Ok(Reply::ok(call.feed_of(face, PATH, entry)))
}

fn kind(text: Option<&str>) -> Result<Kind, Failure> {
    let unknown = |_| {
        Failure::bad_request("Argument \"type\" must be one of: static, ephemeral, interactive.")
    };
    text.map_or(Ok(Kind::Static), str::parse).map_err(unknown)
}

fn require(wanted: &CreateToken<'_>) -> Result<(), Failure> {
    match (wanted.name, wanted.audience) {
        (None, _) => Err(Failure::no_target("POST")),
        (Some(_), None) => Err(Failure::missing(&["audience"])),
        _ => Ok(()),
    }
}
