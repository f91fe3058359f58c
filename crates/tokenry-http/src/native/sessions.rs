//! `/api/v1/sessions` and `/api/v1/session`: signing in and out, who one is, and as which persona.

use std::sync::Arc;

use axum::http::header;
use tokenry_api::{
    Nothing, Secret, operations as op,
    types::sessions::{
        OpenedSession, PersonaName, Session, SessionList, SessionRecord, Transport, Via as Kind,
    },
};
use tokenry_core::{
    Error,
    app::{Caller, Origin, SessionStyle},
    id::{PersonaId, UserId},
    principal::{Power, World},
    secret::{Digest, Plaintext},
    token::address::ClientAddress,
    verify::{Reason, Via},
};

use super::{
    Face, answer::Answer, call::Call, cookie, problem::Problem, same_origin::is_from_our_page,
    times,
};

pub(super) async fn open(
    face: Arc<Face>,
    call: Call<op::SessionOpen>,
) -> Result<Answer<OpenedSession>, Problem> {
    let wanted = &call.body;
    // Another site must not sign somebody in as somebody else either (NT-60).
    if wanted.transport == Transport::Cookie && !is_from_our_page(&call.headers) {
        return Err(Problem::cross_origin());
    }
    face.sign_ins.may_try(&call.origin)?;
    let app = &face.door.app;
    let password = Plaintext::from(wanted.password.expose().to_owned());
    let opened = app.login(&wanted.user, password, &call.origin).await;
    let opened = face.door.told(&call.origin, Some(&wanted.user), opened);
    if let Err(Error::Unauthenticated(_)) = &opened {
        face.sign_ins.failed(&call.origin);
    }
    let key = opened.map_err(|error| match error {
        // Said only to who knows the password.
        Error::Unauthenticated(Reason::OwnerLocked) => Problem::account_locked(),
        Error::Unauthenticated(_) => Problem::wrong_password(),
        other => other.into(),
    })?;
    answer(&face, &key, &call.origin, wanted.transport).await
}

/// The answer to whoever got a new key.
async fn answer(
    face: &Face,
    key: &Plaintext,
    origin: &Origin,
    transport: Transport,
) -> Result<Answer<OpenedSession>, Problem> {
    let verified = face.door.verify(key.expose(), origin).await?;
    let caller = verified.map_err(|_| Problem::invalid_token())?;
    let session = described(face, &caller);
    Ok(match transport {
        Transport::Bearer => Answer::from(OpenedSession {
            key: Some(Secret::from(key.expose())),
            session,
        }),
        Transport::Cookie => Answer::from(OpenedSession { key: None, session })
            .with_header(header::SET_COOKIE, cookie::set(key.expose())),
    })
}

pub(super) async fn show(
    face: Arc<Face>,
    caller: Caller,
    _: Call<op::SessionShow>,
) -> Result<Answer<Session>, Problem> {
    Ok(described(&face, &caller).into())
}

pub(super) async fn switch_persona(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::SessionPersona>,
) -> Result<Answer<OpenedSession>, Problem> {
    let persona = PersonaId::from_number(call.body.persona);
    let key = (face.door.app)
        .switch_persona(&caller, persona, SessionStyle::Plain)
        .await?;
    let by_cookie = cookie::keys(&call.headers).next().is_some();
    let transport = if by_cookie {
        Transport::Cookie
    } else {
        Transport::Bearer
    };
    answer(&face, &key, &call.origin, transport).await
}

pub(super) async fn close(
    face: Arc<Face>,
    caller: Caller,
    _: Call<op::SessionClose>,
) -> Result<Answer<Nothing>, Problem> {
    let Via::Session(digest) = caller.grant.via else {
        return Err(Problem::needs_sign_in());
    };
    face.door.app.logout(&caller, digest).await?;
    let gone = Answer::from(Nothing {});
    Ok(gone.with_header(header::SET_COOKIE, cookie::clear()))
}

pub(super) async fn list(
    face: Arc<Face>,
    caller: Caller,
    _: Call<op::SessionsList>,
) -> Result<Answer<SessionList>, Problem> {
    let sessions = face.door.app.list_sessions(&caller).await?;
    let world = face.door.app.world();
    let record = |session: &tokenry_core::session::Session| SessionRecord {
        id: session.digest.to_hex(),
        user: (world.principal(session.user))
            .map(|owner| owner.user.name.to_string())
            .unwrap_or_default(),
        persona: session.persona.number(),
        created: session.created.to_string(),
        last_used: session.last_used.to_string(),
        address: session.address.to_string(),
        is_current: caller.grant.via == Via::Session(session.digest),
    };
    let items = sessions.iter().map(record).collect();
    Ok(SessionList { items }.into())
}

pub(super) async fn end(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::SessionEnd>,
) -> Result<Answer<Nothing>, Problem> {
    let digest = Digest::from_hex(call.id()).ok_or_else(Problem::not_found)?;
    face.door.app.logout(&caller, digest).await?;
    Ok(Nothing {}.into())
}

/// What there is to know of who calls.
fn described(face: &Face, caller: &Caller) -> Session {
    let (app, own) = (&face.door.app, caller.principal());
    let world = app.world();
    let settings = world.settings();
    let name = |id: PersonaId| PersonaName {
        id: id.number(),
        name: persona_name(&world, id).unwrap_or_default(),
    };
    let powers = Power::all().filter(|power| own.rights.has(*power));
    let (via, idle_timeout_seconds) = match caller.grant.via {
        Via::Session(_) => {
            let timeout = app.policy().session_idle_timeout;
            (Kind::Session, Some(timeout.as_secs()))
        }
        _ => (Kind::Token, None),
    };
    Session {
        user: own.user.name.to_string(),
        user_id: own.user.id.number(),
        real_name: own.user.profile.real_name.clone(),
        persona: name(own.persona),
        personas: personas_of(&world, own.user.id).map(name).collect(),
        powers: powers.map(|power| power.name().to_owned()).collect(),
        address: match caller.origin.client {
            ClientAddress::Known(address) => Some(address.to_string()),
            ClientAddress::Unknown => None,
        },
        via,
        idle_timeout_seconds,
        visibility_timeout_seconds: i64::from(settings.api_tokens.visibility_timeout_in_minutes)
            * 60,
        token_authentication: !settings.tokens_auth.disabled,
        time_zone: times::name(&times::zone(face, caller)),
        now: caller.origin.at.to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// The personas that a user may act as, the default one first.
pub(super) fn personas_of(world: &World, user: UserId) -> impl Iterator<Item = PersonaId> {
    let others = world.personas_of(user).map(|persona| persona.id);
    [PersonaId::DEFAULT].into_iter().chain(others)
}

/// What a persona is shown as.
pub(super) fn persona_name(world: &World, id: PersonaId) -> Option<String> {
    if id == PersonaId::DEFAULT {
        return Some("Default".to_owned());
    }
    let persona = world.personas().get(&id).filter(|one| !one.deleted)?;
    let shown = match persona.display_name.as_str() {
        "" => &persona.name,
        shown => shown,
    };
    Some(shown.to_owned())
}
