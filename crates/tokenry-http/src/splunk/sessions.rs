//! `authentication/httpauth-tokens`: lists sessions, and ends them (spec/splunk.md 5.7). Session keys are masked: what
//! is shown and may stand in a path is the digest; the key itself also ends its session, as in Splunk.

use axum::http::StatusCode;
use tokenry_core::{Error, secret::Digest, session::Session};

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    format::{message::Message, value::Dict},
    reply::Reply,
    select,
};

const PATH: &str = "authentication/httpauth-tokens";

pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let sessions = face.door.app.list_sessions(call.caller()?).await?;
    let world = face.door.app.world();
    let entries = sessions.iter().map(|session| {
        let user = world
            .principal(session.user)
            .map(|owner| owner.user.name.to_string());
        let content = content(session, user.unwrap_or_default());
        call.entry(
            PATH,
            &session.digest.to_hex(),
            &["alternate", "list", "remove"],
            content,
        )
    });
    let mut feed = call.feed(face, PATH);
    select::fill(&mut feed, entries.collect(), &call.listing()?);
    Ok(Reply::ok(feed))
}

pub(super) async fn delete(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let named = call.param("name");
    let digest = Digest::from_hex(named).unwrap_or_else(|| Digest::of(named));
    match face.door.app.logout(call.caller()?, digest).await {
        Err(Error::NotFound { .. }) => {
            // Not repeated: what stands in the path may be the key of a session that lives elsewhere (NT-43).
            let message = Message::error("Not a valid session.");
            Err(Failure::Said(StatusCode::NOT_FOUND, message))
        }
        ended => {
            ended?;
            Ok(Reply::ok(call.feed(face, PATH)))
        }
    }
}

fn content(session: &Session, user: String) -> Dict {
    Dict::new()
        .with("authString", "****")
        .with("searchId", "")
        .with(
            "timeAccessed",
            session
                .last_used
                .strftime("%a %b %e %H:%M:%S %Y")
                .to_string(),
        )
        .with("userName", user)
}
