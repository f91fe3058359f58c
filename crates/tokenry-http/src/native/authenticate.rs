//! How a client of this API says who it is: one token or session key after `Bearer`, or the console's cookie with a
//! session key; never both. What is presented is proven and judged elsewhere.

use axum::http::{HeaderMap, Method};
use tokenry_core::{
    app::{Caller, Origin},
    verify::{Reason, Via},
};

use super::{Face, cookie, problem::Problem, same_origin::is_from_our_page};
use crate::gate::bearer::{Bearer, presented};

/// Finds out who calls. A refusal is told to the log with its reason, to the caller without.
pub(super) async fn authenticate(
    face: &Face,
    method: &Method,
    headers: &HeaderMap,
    origin: &Origin,
) -> Result<Caller, Problem> {
    let refused = |reason| face.door.refused_by_name(origin, reason, None);
    let mut keys = cookie::keys(headers);
    match (presented(headers), keys.next(), keys.next()) {
        (Bearer::Token(token), None, None) => {
            let verified = face.door.verify(token, origin).await?;
            verified.map_err(|_| Problem::invalid_token())
        }
        (Bearer::Missing, Some(key), None) => {
            // Before it is looked at: another site learns nothing from what becomes of it.
            if !method.is_safe() && !is_from_our_page(headers) {
                return Err(Problem::cross_origin());
            }
            let verified = face.door.verify(key, origin).await?;
            let caller = verified.map_err(|_| Problem::invalid_token())?;
            // A token in the cookie opens no console (NT-65).
            if !matches!(caller.grant.via, Via::Session(_)) {
                refused(Reason::NotASession);
                return Err(Problem::invalid_token());
            }
            Ok(caller)
        }
        (Bearer::Missing, None, None) => {
            refused(Reason::Missing);
            Err(Problem::missing_token())
        }
        (Bearer::OtherScheme, None, None) => {
            refused(Reason::UnknownScheme);
            Err(Problem::missing_token())
        }
        // Whoever took the first and whoever took the last would see two different callers (NT-55).
        (Bearer::Malformed(why), ..) => {
            refused(Reason::Malformed);
            Err(Problem::ambiguous_token(why))
        }
        (_, Some(_), _) | (_, None, Some(_)) => {
            refused(Reason::Ambiguous);
            Err(Problem::ambiguous_token("a cookie is there beside it"))
        }
    }
}
