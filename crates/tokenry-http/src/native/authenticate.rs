//! How a client of this API says who it is: one token or session key after `Bearer`, and nowhere else. What is
//! presented is proven and judged elsewhere.

use axum::http::HeaderMap;
use tokenry_core::{
    app::{Caller, Origin},
    verify::Reason,
};

use super::{Face, problem::Problem};
use crate::gate::bearer::{Bearer, presented};

/// Finds out who calls. A refusal is told to the log with its reason, to the caller without.
pub(super) async fn authenticate(
    face: &Face,
    headers: &HeaderMap,
    origin: &Origin,
) -> Result<Caller, Problem> {
    let refused = |reason| face.door.refused_by_name(origin, reason, None);
    match presented(headers) {
        Bearer::Token(token) => {
            let verified = face.door.verify(token, origin).await?;
            verified.map_err(|_| Problem::invalid_token())
        }
        Bearer::Missing => {
            refused(Reason::Missing);
            Err(Problem::missing_token())
        }
        Bearer::OtherScheme => {
            refused(Reason::UnknownScheme);
            Err(Problem::missing_token())
        }
        // Whoever took the first and whoever took the last would see two different callers (NT-55).
        Bearer::Malformed(why) => {
            refused(Reason::Malformed);
            Err(Problem::ambiguous_token(why))
        }
    }
}
