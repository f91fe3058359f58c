//! What a proxy is told: 200 without a body, or a problem (RFC 9457) with the challenge of RFC 6750. Never a redirect,
//! and no status that a proxy would take for something else (spec/data-plane.md 1.1–1.3).

use std::{net::IpAddr, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};

use super::{
    Gate,
    callers::{self, Caller},
    decision::{Decision, Denial, Pass, Question},
    identity,
    meters::{DoorName, Outcome},
};
use crate::listener::{Peer, in_time};

/// The protection space (RFC 9110 11.5).
const REALM: &str = "tokenry";

/// How long a decision may take: less than the listener allows an answer, which has its own words for being late.
pub(super) const LONGEST_DECISION: Duration = Duration::from_millis(900);

/// After how many seconds to ask again when nothing can be decided.
const PATIENCE: u64 = 1;

impl Gate {
    /// Decides, and says so: for proxies that ask over HTTP as it is, for others to be put into their own words.
    async fn answer(&self, question: Question<'_>) -> Response<Body> {
        match self.decide(question).await {
            Decision::Allowed(pass) => self.allowed(&pass, question.caller),
            Decision::Public => self.public(question.caller),
            Decision::Denied(denial) => denied(&denial),
        }
    }

    /// The same; after so long it says that nothing can be decided.
    pub(super) async fn answer_within(
        &self,
        patience: Duration,
        question: Question<'_>,
    ) -> Response<Body> {
        let door = question.door;
        let answer = in_time(self.answer(question), patience).await;
        answer.unwrap_or_else(|_| {
            self.meters.count(door, Outcome::Undecided, patience);
            denied(&Denial::Undecided)
        })
    }

    /// The answer to one whom the gate does not know.
    pub(super) fn unknown(&self, door: DoorName, peer: Peer) -> Response<Body> {
        self.meters
            .count(door, Outcome::UnknownCaller, Duration::ZERO);
        unknown_caller(callers::address(peer))
    }

    /// The answer to what cannot be read.
    pub(super) fn unreadable(&self, door: DoorName, why: &str) -> Response<Body> {
        self.meters.count(door, Outcome::BadRequest, Duration::ZERO);
        denied(&Denial::BadRequest(why.to_owned()))
    }

    /// The answer for one who may pass.
    fn allowed(&self, pass: &Pass, caller: &Caller) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = self.identify(pass, caller);
        response
    }

    /// The answer for one who may pass without a token: every header of identity is there, saying nobody, so that none
    /// of the client's own comes through.
    fn public(&self, caller: &Caller) -> Response<Body> {
        let mut response = empty();
        identity::nobody(
            caller.assertion && self.assertions.are_signed(),
            response.headers_mut(),
        );
        response
    }
}

fn empty() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    no_store(response.headers_mut());
    response
}

fn no_store(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// The status, what is wrong, and what to do about it.
struct Said<'a> {
    status: StatusCode,
    title: &'static str,
    code: &'static str,
    detail: &'a str,
}

/// The status, challenge and body of a denial, for every front end.
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(header::HeaderName, String)>,
    pub(super) body: String,
}

/// What a denial comes to.
pub(super) fn refused(denial: &Denial) -> Refused {
    let said = said(denial);
    let mut headers = vec![
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_TYPE, "application/problem+json".to_owned()),
    ];
    if let Some(challenge) = challenge(denial) {
        headers.push((header::WWW_AUTHENTICATE, challenge));
    }
    let wait = match denial {
        Denial::TooMany(seconds) => Some(*seconds),
        Denial::Undecided => Some(PATIENCE),
        _ => None,
    };
    if let Some(seconds) = wait {
        headers.push((header::RETRY_AFTER, seconds.to_string()));
    }
    Refused {
        status: said.status,
        headers,
        body: problem(&said),
    }
}

/// The answer to a denial.
fn denied(denial: &Denial) -> Response<Body> {
    let refused = refused(denial);
    let mut response = Response::new(Body::from(refused.body));
    *response.status_mut() = refused.status;
    for (name, value) in refused.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The answer to one whom the gate does not know: a mistake in a configuration, so it says which.
fn unknown_caller(address: IpAddr) -> Response<Body> {
    let detail = format!(
        "This gate does not know who asks from {address}. Name the caller in [gate] callers, with his secret if he has one."
    );
    let said = Said {
        status: StatusCode::FORBIDDEN,
        title: "Forbidden",
        code: "unknown_caller",
        detail: &detail,
    };
    let mut response = Response::new(Body::from(problem(&said)));
    *response.status_mut() = said.status;
    let json = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    no_store(response.headers_mut());
    response
}

fn said(denial: &Denial) -> Said<'_> {
    let (status, title, code, detail) = match denial {
        Denial::BadRequest(why) => (
            StatusCode::BAD_REQUEST,
            "Bad Request",
            "invalid_request",
            why.as_str(),
        ),
        Denial::Missing => (
            StatusCode::UNAUTHORIZED,
            "Unauthorized",
            "missing_token",
            "Send a token as \"Authorization: Bearer …\".",
        ),
        Denial::InvalidToken => (
            StatusCode::UNAUTHORIZED,
            "Unauthorized",
            "invalid_token",
            "The token is not valid here and now. Its owner or an administrator can find out why.",
        ),
        Denial::InsufficientScope(_) => (
            StatusCode::FORBIDDEN,
            "Forbidden",
            "insufficient_scope",
            "The token is valid, but may not do this.",
        ),
        Denial::NoRule => (
            StatusCode::FORBIDDEN,
            "Forbidden",
            "no_rule",
            "No rule allows this request.",
        ),
        Denial::TooMany(_) => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too Many Requests",
            "too_many_requests",
            "Too many requests. Wait as long as Retry-After says.",
        ),
        Denial::Undecided => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Service Unavailable",
            "undecided",
            "Tokens cannot be checked right now. The token may be good: keep it, and try again.",
        ),
    };
    Said {
        status,
        title,
        code,
        detail,
    }
}

/// RFC 6750 3; nothing about the error where no credential was shown (3.1).
fn challenge(denial: &Denial) -> Option<String> {
    let error = match denial {
        Denial::Missing => return Some(format!("Bearer realm=\"{REALM}\"")),
        Denial::BadRequest(_) => "invalid_request".to_owned(),
        Denial::InvalidToken => "invalid_token".to_owned(),
        Denial::InsufficientScope(names) => format!("insufficient_scope\", scope=\"{names}"),
        Denial::NoRule => "insufficient_scope".to_owned(),
        Denial::TooMany(_) | Denial::Undecided => return None,
    };
    Some(format!("Bearer realm=\"{REALM}\", error=\"{error}\""))
}

fn problem(said: &Said<'_>) -> String {
    serde_json::json!({
        "type": "about:blank",
        "title": said.title,
        "status": said.status.as_u16(),
        "code": said.code,
        "detail": said.detail,
    })
    .to_string()
}
