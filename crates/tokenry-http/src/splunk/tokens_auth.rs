//! `admin/token-auth/tokens_auth`: token authentication on and off, and the default lifetimes (spec/splunk.md 3.1).

use tokenry_core::{app::TokensAuthEdit, settings::TokensAuth};

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    format::{feed::Fields, value::Dict},
    reply::Reply,
};

const ARGUMENTS: &[&str] = &["disabled", "expiration", "ephemeralExpiration"];

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    check_handler(&call)?;
    call.supports(&[])?;
    let settings = face.door.app.tokens_auth(call.caller()?)?;
    Ok(reply(face, &call, &settings))
}

pub(super) async fn edit(face: &Face, call: Call) -> Result<Reply, Failure> {
    check_handler(&call)?;
    let caller = call.caller()?;
    face.door.app.tokens_auth(caller)?;
    call.supports(ARGUMENTS)?;
    let edit = TokensAuthEdit {
        disabled: call.arguments.boolean("disabled")?,
        expiration: call.arguments.text("expiration")?,
        ephemeral_expiration: call.arguments.text("ephemeralExpiration")?,
    };
    let settings = face.door.app.edit_tokens_auth(caller, edit).await?;
    Ok(reply(face, &call, &settings))
}

/// Clients write `token-auth` and `Token-auth` (trap 6); nothing else stands under `admin`.
fn check_handler(call: &Call) -> Result<(), Failure> {
    let handler = call.param("handler");
    if handler.eq_ignore_ascii_case("token-auth") {
        Ok(())
    } else {
        Err(Failure::not_found(handler))
    }
}

fn reply(face: &Face, call: &Call, settings: &TokensAuth) -> Reply {
    let content = Dict::new()
        .with("disabled", settings.disabled)
        .with(
            "ephemeralExpiration",
            settings.ephemeral_expiration.to_string(),
        )
        .with("expiration", settings.expiration.to_string());
    let path = format!("admin/{}", call.param("handler"));
    let mut entry = call.entry(
        &path,
        "tokens_auth",
        &["alternate", "list", "edit"],
        content,
    );
    entry.fields = Some(Fields {
        optional: ARGUMENTS.to_vec(),
        ..Fields::default()
    });
    Reply::ok(call.feed_of(face, &path, entry))
}
