//! `auth/login`: a password for a session key (spec/splunk.md 4.2).

use axum::http::{StatusCode, header};
use tokenry_core::{Error, secret::Plaintext, verify::Reason};

use super::{call::Call, face::Face, failure::Failure, format::message::Message, reply::Reply};

const ARGUMENTS: &[&str] = &["username", "password", "cookie", "passcode"];

pub(super) async fn create(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(ARGUMENTS)?;
    let Some(password) = call.secret("password")? else {
        return Err(Failure::Said(
            StatusCode::BAD_REQUEST,
            Message::warn("Login failed"),
        ));
    };
    let name = call.arguments.one("username")?.unwrap_or_default();
    let wants_cookie = call.arguments.boolean("cookie")?.unwrap_or(false);
    match face.door.app.login(name, password, &call.origin).await {
        Err(Error::Unauthenticated(reason)) => Err(refused(face, &call, name, reason)),
        Err(error) => Err(error.into()),
        Ok(key) if wants_cookie => {
            let cookie = cookie(&face.cookie_name(), &key);
            Ok(Reply::session(key).with_header(header::SET_COOKIE, &cookie))
        }
        Ok(key) => Ok(Reply::session(key)),
    }
}

/// The cookie that carries a session key. Not for scripts, not over plain HTTP, not from other sites.
pub(super) fn cookie(name: &str, key: &Plaintext) -> String {
    format!(
        "{name}={}; Path=/; Secure; HttpOnly; SameSite=Strict",
        key.expose()
    )
}

/// Whatever the reason, the stranger hears the same (NT-54).
fn refused(face: &Face, call: &Call, name: &str, reason: Reason) -> Failure {
    face.door.refused_by_name(&call.origin, reason, Some(name));
    let message = Message::warn("Login failed").with_code("incorrect_username_or_password");
    Failure::Said(StatusCode::UNAUTHORIZED, message)
}
