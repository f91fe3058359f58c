//! POST: makes a token for the caller and shows its string (spec/tanium.md 4.3).

use tokenry_core::{app::NewApiToken, id::PersonaId, token::address::Networks};

use super::object;
use crate::tanium::{call::Call, face::Face, failure::Failure, json::Body, reply::Reply};

pub(in crate::tanium) async fn create(face: &Face, call: Call) -> Result<Reply, Failure> {
    let wanted = wanted(&call.body)?;
    let created = face
        .door
        .app
        .create_api_token(call.caller()?, wanted)
        .await?;
    Ok(Reply::data(object::with_string(
        face,
        &created.token,
        &created.string,
    )))
}

fn wanted(body: &Body) -> Result<NewApiToken, Failure> {
    const TRUSTED: &str = "trusted_ip_addresses";
    let text = |name| Ok::<_, Failure>(body.text(name)?.unwrap_or_default().to_owned());
    Ok(NewApiToken {
        persona: body.integer("as_persona")?.map(PersonaId::from_number),
        days: body.integer("expire_in_days")?,
        name: text("name")?,
        notes: text("notes")?,
        trusted: Networks::parse(TRUSTED, body.text(TRUSTED)?.unwrap_or_default())?,
    })
}
