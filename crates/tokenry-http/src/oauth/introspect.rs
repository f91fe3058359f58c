//! `POST /oauth2/introspect`: is this token good, and whose is it (RFC 7662)?
//!
//! A token that is not good for whoever asks is not active, and not a word more: unknown, forged, expired, revoked, for
//! another audience, or bound to addresses where nobody says what address it came from. If nothing can be decided the
//! answer is an error, never that a token is not active.

use std::{net::IpAddr, sync::Arc};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode, header, request::Parts},
};
use serde_json::{Map, Value, json};
use tokenry_core::{
    id::{Capability, PersonaId},
    token::{address::ClientAddress, form::splunk_jwt},
    verify::Via,
};

use super::{
    Face,
    answer::{Failure, json_answer, typed},
    client::Client,
    form::Form,
};
use crate::{
    gate::{Asked, Decision, Denial, Gate, Pass, Route},
    listener::{Peer, RequestId},
};

/// The media type of a signed answer, and with another prefix its `typ` (RFC 9701 5).
const SIGNED: &str = "application/token-introspection+jwt";

/// The longest token that is looked at (RFC 8725 3.11; our own are much shorter).
const LONGEST: usize = 4096;

/// What a program that knows the request may say about it, beyond RFC 7662.
const CONVEYED: [&str; 5] = ["client_ip", "method", "uri", "host", "required_scope"];

/// Answers a request.
pub(super) async fn answer(State(face): State<Arc<Face>>, request: Request) -> Response<Body> {
    let answered = answered(&face, request).await;
    answered.unwrap_or_else(Failure::answer)
}

async fn answered(face: &Face, request: Request) -> Result<Response<Body>, Failure> {
    let gate = face.gate.upgrade().ok_or(Failure::Internal)?;
    let (parts, body) = request.into_parts();
    let peer = *parts.extensions.get::<Peer>().ok_or(Failure::Internal)?;
    let id = *parts
        .extensions
        .get::<RequestId>()
        .ok_or(Failure::Internal)?;
    let form = Form::read(&parts, body).await?;
    let client = match Client::of(face, &gate, &parts, &form, peer).await {
        Ok(client) => client,
        Err(failure) => return Err(refused(face, &gate, &parts, failure)),
    };
    let token = form.token()?;
    let required = required(&form)?;
    if !client.conveys && CONVEYED.iter().any(|name| form.get(name).is_some()) {
        return Err(Failure::Request(
            "Only callers with a secret may say what a token came with.",
        ));
    }
    let decision = if token.len() > LONGEST {
        Decision::Denied(Denial::InvalidToken)
    } else {
        gate.introspect(Asked {
            caller: &client.caller,
            peer,
            client: conveyed_client(&form)?,
            token,
            route: conveyed_route(&form)?,
            required: &required,
            headers: &parts.headers,
            id,
        })
        .await
    };
    let told = match decision {
        Decision::Allowed(pass) => active(face, &gate, &pass, token),
        Decision::Public
        | Decision::Denied(
            Denial::InvalidToken | Denial::Missing | Denial::InsufficientScope(_) | Denial::NoRule,
        ) => json!({ "active": false }),
        Decision::Denied(Denial::BadRequest(why)) => return Err(Failure::Ambiguous(why)),
        Decision::Denied(Denial::TooMany(seconds)) => return Err(Failure::TooMany(seconds)),
        Decision::Denied(Denial::Undecided) => return Err(Failure::Unavailable),
    };
    if !wants_signed(&parts.headers) {
        return Ok(json_answer(StatusCode::OK, &told));
    }
    let claims = json!({
        "iss": face.issuer,
        "aud": client.caller.name,
        "iat": face.door.app.now().as_second(),
        "token_introspection": told,
    });
    let kind = SIGNED.trim_start_matches("application/");
    Ok(typed(SIGNED, gate.signed(kind, &claims)))
}

/// Notes that somebody who may not ask did; and tells him to wait if he goes on.
fn refused(face: &Face, gate: &Gate, parts: &Parts, failure: Failure) -> Failure {
    gate.unknown_introspector();
    let origin = face.door.origin(parts, super::INTROSPECT);
    let (Failure::Client, Some(address)) = (&failure, origin.address) else {
        return failure;
    };
    match gate.admit_guess(origin.client, address) {
        Ok(()) => failure,
        Err(seconds) => Failure::TooMany(seconds),
    }
}

fn conveyed_client(form: &Form) -> Result<ClientAddress, Failure> {
    let Some(text) = form.get("client_ip") else {
        return Ok(ClientAddress::Unknown);
    };
    let address: Result<IpAddr, _> = text.parse();
    address
        .map(|address| ClientAddress::Known(address.to_canonical()))
        .map_err(|_| Failure::Request("client_ip must be an IP address."))
}

fn conveyed_route(form: &Form) -> Result<Option<Route<'_>>, Failure> {
    let (method, host) = (form.get("method"), form.get("host"));
    match (form.get("uri"), method) {
        (Some(target), Some(method)) => Ok(Some(Route {
            method,
            host: host.unwrap_or_default(),
            target,
        })),
        (None, None) if host.is_none() => Ok(None),
        _ => Err(Failure::Request(
            "Send uri and method together, and host with both or not at all.",
        )),
    }
}

fn required(form: &Form) -> Result<Vec<Capability>, Failure> {
    let names = form.get("required_scope").unwrap_or_default();
    let names = names.split(' ').filter(|name| !name.is_empty());
    let names = names.map(Capability::parse).collect::<Result<_, _>>();
    names.map_err(|_| Failure::Request("required_scope must be names with spaces between."))
}

/// Whether a signed answer is asked for, and no plain one.
fn wants_signed(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT).iter();
    let kinds = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| {
            line.split(',').map(|kind| {
                let kind = kind.split(';').next().unwrap_or_default();
                kind.trim().to_ascii_lowercase()
            })
        });
    let kinds: Vec<String> = kinds.collect();
    let has = |wanted: &str| kinds.iter().any(|kind| kind == wanted);
    has(SIGNED) && !has("application/json")
}

/// All about a good token (RFC 7662 2.2). What there is nothing to say about is left out.
fn active(face: &Face, gate: &Gate, pass: &Pass, token: &str) -> Value {
    let principal = &pass.grant.principal;
    let name = principal.user.name.as_str();
    let mut told = Map::new();
    let mut put = |name: &str, value: Value| told.insert(name.to_owned(), value);
    put("active", true.into());
    put("token_type", "Bearer".into());
    put("iss", face.issuer.as_str().into());
    put("sub", name.into());
    put("username", name.into());
    put("user_id", principal.user.id.number().into());
    let world = face.door.app.world();
    let persona = world.personas().get(&principal.persona);
    if let (Some(persona), true) = (persona, principal.persona != PersonaId::DEFAULT) {
        put("persona", persona.name.as_str().into());
    }
    put("persona_id", principal.persona.number().into());
    let scope = gate.scope_of(pass);
    if !scope.is_empty() {
        put("scope", scope.into());
    }
    if let Via::Token(id) | Via::Ephemeral(id) = pass.grant.via {
        put("jti", id.to_hex().into());
        put("token_id", id.to_hex().into());
    }
    if let Some(life) = Life::of(face, pass, token) {
        put("aud", life.audience.into());
        put("iat", life.issued_at.into());
        put("nbf", life.not_before.into());
        if let Some(expires) = life.expires {
            put("exp", expires.into());
        }
    }
    Value::Object(told)
}

/// What a token is for, and when.
struct Life {
    audience: String,
    issued_at: i64,
    not_before: i64,
    expires: Option<i64>,
}

impl Life {
    /// Of the record, or of the claims of a token that has none.
    fn of(face: &Face, pass: &Pass, token: &str) -> Option<Self> {
        if let Some(brief) = &pass.token {
            return Some(Self {
                audience: brief.audience.to_string(),
                issued_at: brief.issued_at(),
                not_before: brief.not_before,
                expires: brief.expires(),
            });
        }
        let claims = splunk_jwt::verify(&face.keys, token).ok()?.claims;
        Some(Self {
            audience: claims.audience,
            issued_at: claims.issued_at,
            not_before: claims.not_before,
            expires: (claims.expires != 0).then_some(claims.expires),
        })
    }
}
