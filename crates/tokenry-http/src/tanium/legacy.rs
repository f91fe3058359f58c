//! `POST /auth`: how old clients sign in, ask and sign out, all in headers; answered in plain text (spec/tanium.md 3.7).

use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokenry_core::{Error, secret::Plaintext, verify::Reason};

use super::{
    authenticate::{presented, verify},
    call::Call,
    face::Face,
    failure::Failure,
    reply::Reply,
    sessions::{end, sign_in},
};

pub(super) async fn auth(face: &Face, call: Call) -> Result<Reply, Failure> {
    let header = |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(presented) = presented(face, &call.headers, &call.origin)? {
        return match header("logout") {
            None => {
                let checked = verify(face, &presented, &call.origin).await;
                checked.map(|_| Reply::text(presented.expose()))
            }
            Some(which) => {
                end(face, &call, &presented, which.trim() == "1").await?;
                Ok(Reply::text(""))
            }
        };
    }
    let Some((name, password)) = credentials(&call.headers) else {
        face.door
            .refused_by_name(&call.origin, Reason::Missing, None);
        return Err(Error::Unauthenticated(Reason::WrongPassword).into());
    };
    let domain = header("domain").unwrap_or_default();
    let key = sign_in(face, &call, &name, domain, password).await?;
    Ok(Reply::text(key.expose()))
}

/// Name and password, each in base64 in a header of its own, or together as in HTTP Basic.
fn credentials(headers: &HeaderMap) -> Option<(String, Plaintext)> {
    let decoded = |text: &str| String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok();
    let header = |name: &str| headers.get(name)?.to_str().ok();
    if let (Some(name), Some(password)) = (header("username"), header("password")) {
        return Some((decoded(name)?, Plaintext::from(decoded(password)?)));
    }
    let (scheme, value) = header(header::AUTHORIZATION.as_str())?.split_once(' ')?;
    let pair = decoded(value).filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (name, password) = pair.split_once(':')?;
    Some((name.to_owned(), Plaintext::from(password.to_owned())))
}
