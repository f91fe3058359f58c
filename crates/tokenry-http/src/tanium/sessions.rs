//! Signing in and out, and what a session is (spec/tanium.md 3).

use serde_json::json;
use tokenry_core::{
    Error,
    app::SessionStyle,
    id::PersonaId,
    secret::Plaintext,
    verify::{Reason, Via},
};

use super::{
    authenticate::{is_credential, presented, refuse, verify},
    call::Call,
    face::Face,
    failure::Failure,
    privileges,
    reply::Reply,
    roles, users,
};

/// A name and a password for a session.
pub(super) async fn login(face: &Face, call: Call) -> Result<Reply, Failure> {
    let text = |name| Ok::<_, Failure>(call.body.text(name)?.unwrap_or_default());
    let password = Plaintext::from(text("password")?.to_owned());
    let key = sign_in(face, &call, text("username")?, text("domain")?, password).await?;
    Ok(session(&key))
}

/// Signs in, and tells the log if that is refused.
pub(super) async fn sign_in(
    face: &Face,
    call: &Call,
    name: &str,
    domain: &str,
    password: Plaintext,
) -> Result<Plaintext, Failure> {
    let app = &face.door.app;
    let signed_in = app
        .login_in_domain(name, domain, password, &call.origin)
        .await;
    let name = name.rsplit('\\').next();
    match face.door.told(&call.origin, name, signed_in) {
        // To the stranger a locked account looks like a wrong password (NT-54).
        Err(Error::Unauthenticated(_)) => Err(Error::Unauthenticated(Reason::WrongPassword).into()),
        signed_in => Ok(signed_in?),
    }
}

/// Whether a session or a token stands. Counts as a use: a session goes on for another while.
pub(super) async fn validate(face: &Face, call: Call) -> Result<Reply, Failure> {
    let presented = in_question(face, &call)?;
    if !is_credential(presented.expose()) {
        face.door
            .refused_by_name(&call.origin, Reason::Malformed, None);
        return Err(Failure::bad_request("InvalidSession", "Invalid session"));
    }
    verify(face, &presented, &call.origin).await?;
    Ok(session(&presented))
}

/// Ends a session. A token is no session, and is left alone.
pub(super) async fn logout(face: &Face, call: Call) -> Result<Reply, Failure> {
    let presented = in_question(face, &call)?;
    end(face, &call, &presented, false).await?;
    Ok(session(&presented))
}

/// Ends the session of this key, or all of its user.
pub(super) async fn end(
    face: &Face,
    call: &Call,
    presented: &Plaintext,
    all: bool,
) -> Result<(), Failure> {
    let caller = verify(face, presented, &call.origin).await;
    let caller = caller.map_err(|_| Failure::invalid_session())?;
    let Via::Session(digest) = caller.grant.via else {
        return Err(refuse(face, &call.origin, Reason::NotASession));
    };
    let app = &face.door.app;
    if all {
        app.logout_everywhere(&caller).await?;
    } else {
        app.logout(&caller, digest).await?;
    }
    Ok(())
}

/// Another session, as one of the caller's personas.
pub(super) async fn as_persona(face: &Face, call: Call) -> Result<Reply, Failure> {
    let unknown = || Failure::invalid("persona", "must be a persona that you may act as");
    let persona = call.id().map(PersonaId::from_number).ok_or_else(unknown)?;
    let caller = call.caller()?;
    let app = &face.door.app;
    let opened = app.login_as_persona(caller, persona, SessionStyle::Numbered);
    let opened = opened.await;
    let name = caller.principal().user.name.as_str();
    Ok(session(&face.door.told(
        &call.origin,
        Some(name),
        opened,
    )?))
}

/// GET `current`: who calls, and what he may do so (spec/tanium.md 3.5). Clients try their token on it.
pub(super) async fn current(face: &Face, call: Call) -> Result<Reply, Failure> {
    let caller = call.caller()?;
    let app = &face.door.app;
    let own = caller.principal().user.id;
    let sessions = app.list_sessions(caller).await?;
    let count = sessions.iter().filter(|one| one.user == own).count();
    let compact = call.options.is_on(privileges::COMPACT);
    let mut user = users::whole(&app.world(), caller.principal(), compact);
    user.insert("active_session_count".to_owned(), count.into());
    Ok(Reply::data(json!({ "user": user })))
}

/// GET `current/effective-roles`.
pub(super) async fn effective_roles(face: &Face, call: Call) -> Result<Reply, Failure> {
    let rights = &call.caller()?.principal().rights;
    Ok(Reply::data(roles::effective(
        &face.door.app.world(),
        rights,
    )))
}

/// GET `management_rights`: the computer groups that the caller manages.
pub(super) async fn management_rights(face: &Face, call: Call) -> Result<Reply, Failure> {
    let world = face.door.app.world();
    let groups = call.caller()?.principal().rights.computer_groups();
    let groups = groups.filter_map(|id| world.computer_groups().get(&id));
    let groups = groups.filter(|group| !group.deleted);
    let groups = groups.map(|group| json!({ "id": group.id.number(), "name": group.name }));
    Ok(Reply::data(groups.collect()))
}

/// GET `info`: not documented by the vendor, but asked for by clients.
pub(super) async fn info(_: &Face, call: Call) -> Result<Reply, Failure> {
    let acting = call.caller()?.principal();
    Ok(Reply::data(json!({
        "userId": acting.user.id.number(),
        "userName": acting.user.name.as_str(),
        "personaId": acting.persona.number(),
    })))
}

/// What is asked about: in the body, or else in the header.
fn in_question(face: &Face, call: &Call) -> Result<Plaintext, Failure> {
    let in_header = presented(face, &call.headers, &call.origin)?;
    let in_body = call.body.text("session")?.filter(|text| !text.is_empty());
    let found = in_body.map(|text| Plaintext::from(text.to_owned()));
    found
        .or(in_header)
        .ok_or_else(|| Failure::bad_request("InvalidSession", "Invalid session"))
}

fn session(key: &Plaintext) -> Reply {
    Reply::data(json!({ "session": key.expose() }))
}
