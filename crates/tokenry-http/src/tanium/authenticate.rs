//! How a client of this face says who it is: a session key or a token in the header `session`, and nowhere else
//! (spec/tanium.md 13). What is presented is proven and judged elsewhere.

use axum::http::{HeaderMap, HeaderName};
use tokenry_core::{
    Error,
    app::{Caller, Origin},
    secret::Plaintext,
    token::form::{looks_like_token, session_key},
    verify::Reason,
};

use super::{face::Face, failure::Failure};

/// The header.
pub(super) const SESSION: HeaderName = HeaderName::from_static("session");

/// Finds out who calls. A refusal is told to the log with its reason, to the caller without.
pub(super) async fn authenticate(
    face: &Face,
    headers: &HeaderMap,
    origin: &Origin,
) -> Result<Caller, Failure> {
    match presented(face, headers, origin)? {
        Some(presented) => verify(face, &presented, origin).await,
        None => Err(refuse(face, origin, Reason::Missing)),
    }
}

/// Tells the log why, and makes what the stranger hears.
pub(super) fn refuse(face: &Face, origin: &Origin, reason: Reason) -> Failure {
    face.door.refused_by_name(origin, reason, None);
    Error::Unauthenticated(reason).into()
}

/// Verifies what was presented, wherever it stood. Whatever the reason, a session that does not stand is 403, and a
/// token, or what is neither, is 401.
pub(super) async fn verify(
    face: &Face,
    presented: &Plaintext,
    origin: &Origin,
) -> Result<Caller, Failure> {
    let verified = face.door.verify(presented.expose(), origin).await?;
    verified.map_err(|reason| match reason {
        _ if session_key::looks_like(presented.expose()) => Failure::invalid_session(),
        reason => Error::Unauthenticated(reason).into(),
    })
}

/// Whether the text is meant to be a token or a session key at all.
pub(super) fn is_credential(text: &str) -> bool {
    looks_like_token(text) || session_key::looks_like(text)
}

/// What stands in the header, if anything does. Two such headers are refused: whoever took the first and whoever took
/// the last would see two different callers (NT-55).
pub(super) fn presented(
    face: &Face,
    headers: &HeaderMap,
    origin: &Origin,
) -> Result<Option<Plaintext>, Failure> {
    let mut lines = headers.get_all(SESSION).iter();
    let line = match (lines.next(), lines.next()) {
        (Some(_), Some(_)) => return Err(refuse(face, origin, Reason::Ambiguous)),
        (Some(line), None) => line,
        (None, _) => return Ok(None),
    };
    let text = line
        .to_str()
        .map_err(|_| refuse(face, origin, Reason::Malformed))?;
    Ok((!text.is_empty()).then(|| Plaintext::from(text.to_owned())))
}
