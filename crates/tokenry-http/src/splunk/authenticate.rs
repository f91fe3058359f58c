//! How a client of this face says who it is: a session key or a token under `Splunk` or `Bearer`, a password under
//! `Basic`, or a session key in a cookie (spec/splunk.md 4.1). What is presented is proven and judged elsewhere.

use axum::http::{HeaderMap, HeaderValue, Method, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokenry_core::{
    Error,
    app::{Caller, Origin},
    secret::Plaintext,
    token::form::looks_like_token,
    verify::Reason,
};

use super::{face::Face, failure::Failure};

/// A caller, and whether he came by cookie: then the cookie is set anew (spec/splunk.md 4.2).
pub(crate) struct Authenticated {
    pub(crate) caller: Caller,
    pub(crate) cookie: Option<Plaintext>,
}

/// What a request presents.
enum Presented {
    /// Name and password.
    Basic(String, Plaintext),
    /// The value of our cookie.
    Cookie(Plaintext),
    /// A token or a session key from the header.
    Header(Plaintext),
}

/// Finds out who calls. A refusal is told to the log with its reason, to the caller without.
pub(crate) async fn authenticate(
    face: &Face,
    method: &Method,
    headers: &HeaderMap,
    origin: &Origin,
) -> Result<Authenticated, Failure> {
    let refused = |reason| Failure::Rules(Error::Unauthenticated(reason));
    let presented = presented(face, headers).map_err(|reason| {
        face.door.refused_by_name(origin, reason, None);
        refused(reason)
    })?;
    let (secret, is_cookie) = match presented {
        Presented::Basic(name, password) => {
            return by_password(face, &name, password, origin).await;
        }
        Presented::Cookie(secret) => {
            refuse_cross_origin(method, headers)?;
            (secret, true)
        }
        Presented::Header(secret) => (secret, false),
    };
    let verified = face.door.verify(secret.expose(), origin).await?;
    Ok(Authenticated {
        caller: verified.map_err(refused)?,
        cookie: is_cookie.then_some(secret),
    })
}

/// The right password of a locked user looks like a wrong one: nobody can try it out (NT-54).
async fn by_password(
    face: &Face,
    name: &str,
    password: Plaintext,
    origin: &Origin,
) -> Result<Authenticated, Failure> {
    match face.door.app.check_password(name, password, origin).await {
        Ok(grant) => Ok(Authenticated {
            caller: Caller::new(grant, origin.clone()),
            cookie: None,
        }),
        Err(Error::Unauthenticated(reason)) => {
            face.door.refused_by_name(origin, reason, Some(name));
            Err(Error::Unauthenticated(Reason::WrongPassword).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The header wins over the cookie, since clients send both (the npm SDK does). Two headers, or our cookie twice,
/// are refused: whoever took the first and whoever took the last would see two different callers (NT-55).
fn presented(face: &Face, headers: &HeaderMap) -> Result<Presented, Reason> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    match (lines.next(), lines.next()) {
        (Some(_), Some(_)) => Err(Reason::Ambiguous),
        (Some(line), None) => from_header(line),
        (None, _) => from_cookies(headers, &face.cookie_name()),
    }
}

fn from_header(line: &HeaderValue) -> Result<Presented, Reason> {
    let line = line.to_str().map_err(|_| Reason::Malformed)?;
    let (scheme, value) = line.split_once(' ').unwrap_or((line, ""));
    let value = value.trim_matches(' ');
    match scheme.to_ascii_lowercase().as_str() {
        "basic" => basic(value),
        "bearer" | "splunk" if value.is_empty() || value.contains([' ', ',', '\t']) => {
            Err(Reason::Malformed)
        }
        "bearer" | "splunk" => Ok(Presented::Header(Plaintext::from(value.to_owned()))),
        _ => Err(Reason::UnknownScheme),
    }
}

fn basic(value: &str) -> Result<Presented, Reason> {
    let decoded = STANDARD
        .decode(value)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let (name, password) = decoded
        .as_deref()
        .and_then(|pair| pair.split_once(':'))
        .ok_or(Reason::WrongPassword)?;
    Ok(Presented::Basic(
        name.to_owned(),
        Plaintext::from(password.to_owned()),
    ))
}

/// Only a session key: a token must not become a browser's session (NT-65).
fn from_cookies(headers: &HeaderMap, name: &str) -> Result<Presented, Reason> {
    let mut ours = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| value);
    match (ours.next(), ours.next()) {
        (None, _) => Err(Reason::Missing),
        (Some(_), Some(_)) => Err(Reason::Ambiguous),
        (Some(value), None) if looks_like_token(value) => Err(Reason::Malformed),
        (Some(value), None) => Ok(Presented::Cookie(Plaintext::from(value.to_owned()))),
    }
}

/// A browser that sends our cookie along says from which site; another site may not change anything with it (NT-60).
fn refuse_cross_origin(method: &Method, headers: &HeaderMap) -> Result<(), Failure> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    // The cookie is `Secure`: a page that may use it came over HTTPS.
    let site = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.strip_prefix("https://"));
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    if method.is_safe() || site.is_some() && site == host {
        return Ok(());
    }
    let message = super::format::message::Message::error(
        "A page of another site may not do this with your session.",
    );
    Err(Failure::Said(axum::http::StatusCode::FORBIDDEN, message))
}
