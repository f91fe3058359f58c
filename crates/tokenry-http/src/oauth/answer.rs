//! What the answers of this face have in common: JSON that nobody keeps, and errors as RFC 6749 5.2 has them.
//!
//! An error says what is wrong with the request in our own words. It repeats nothing of it (NT-43).

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use serde_json::{Value, json};

/// The protection space (RFC 9110 11.5).
const REALM: &str = "tokenry";

/// After how many seconds to come again when something cannot be done now.
const PATIENCE: u64 = 1;

/// Why a request is not answered as it wished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// 400 `invalid_request`, and what is wrong with it.
    Request(&'static str),
    /// 400 `invalid_request`: the path of the request that is asked about can be read in two ways.
    Ambiguous(String),
    /// 401 `invalid_client`: nobody who may ask.
    Client,
    /// 401: a bearer token that is not good (RFC 6750 3.1).
    Bearer,
    /// 403: a good one, of somebody who may not ask.
    MayNotAsk,
    /// 400 `unsupported_token_type` (RFC 7009 2.2.1).
    TokenType,
    /// 404: metadata of another issuer.
    NoSuchIssuer,
    /// 413.
    TooLarge,
    /// 429; and after how many seconds to come again.
    TooMany(u64),
    /// 503: nothing can be decided or committed now.
    Unavailable,
    /// 500: a defect of ours.
    Internal,
}

impl Failure {
    /// The answer.
    pub(super) fn answer(self) -> Response<Body> {
        let (status, error, why) = self.said();
        let mut body = json!({ "error": error });
        if let Some(body) = body.as_object_mut() {
            body.insert("error_description".to_owned(), why.into());
        }
        let mut response = json_answer(status, &body);
        let headers = response.headers_mut();
        let challenge = match self {
            Self::Client => Some(format!("Basic realm=\"{REALM}\"")),
            Self::Bearer => Some(format!("Bearer realm=\"{REALM}\", error=\"invalid_token\"")),
            Self::MayNotAsk => Some(format!(
                "Bearer realm=\"{REALM}\", error=\"insufficient_scope\""
            )),
            _ => None,
        };
        if let Some(challenge) = challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        let wait = match self {
            Self::TooMany(seconds) => Some(seconds),
            Self::Unavailable => Some(PATIENCE),
            _ => None,
        };
        if let Some(seconds) = wait {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    fn said(&self) -> (StatusCode, &'static str, String) {
        let (status, error, why) = match self {
            Self::Request(why) => (StatusCode::BAD_REQUEST, "invalid_request", *why),
            Self::Ambiguous(why) => {
                return (StatusCode::BAD_REQUEST, "invalid_request", why.clone());
            }
            Self::Client => (
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "Nobody who may ask is called so, has this secret and asks from there.",
            ),
            Self::Bearer => (
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "The bearer token is not valid here and now.",
            ),
            Self::MayNotAsk => (
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                "Only who may see all tokens may ask about them.",
            ),
            Self::TokenType => (
                StatusCode::BAD_REQUEST,
                "unsupported_token_type",
                "A token of this type has no record and cannot be revoked alone. It ends soon by itself.",
            ),
            Self::NoSuchIssuer => (
                StatusCode::NOT_FOUND,
                "invalid_request",
                "There is no such issuer here.",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "invalid_request",
                "The body is longer than allowed.",
            ),
            Self::TooMany(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "Too many requests. Wait as long as Retry-After says.",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "That cannot be done right now. Try again.",
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                "Something went wrong here.",
            ),
        };
        (status, error, why.to_owned())
    }
}

impl From<tokenry_core::Error> for Failure {
    fn from(error: tokenry_core::Error) -> Self {
        match error {
            tokenry_core::Error::TooMany { seconds } => Self::TooMany(seconds),
            tokenry_core::Error::Unavailable { .. } => {
                tracing::error!(%error, "nothing can be decided or committed");
                Self::Unavailable
            }
            _ => {
                tracing::error!(%error, "a request of the OAuth face failed");
                Self::Internal
            }
        }
    }
}

/// JSON that nobody keeps.
pub(super) fn json_answer(status: StatusCode, json: &Value) -> Response<Body> {
    let mut response = typed("application/json", json.to_string());
    *response.status_mut() = status;
    response
}

/// A text of this media type that nobody keeps.
pub(super) fn typed(kind: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // What looks like a script to a browser that guesses is not one.
    let no_guess = HeaderName::from_static("x-content-type-options");
    headers.insert(no_guess, HeaderValue::from_static("nosniff"));
    response
}

/// Answers all methods but these: 405.
pub(super) fn only(
    allowed: &'static str,
) -> impl Fn() -> std::future::Ready<Response<Body>> + Clone + Send + Sync + 'static {
    move || {
        let json = json!({
            "error": "invalid_request",
            "error_description": format!("This path takes {allowed} only."),
        });
        let mut response = json_answer(StatusCode::METHOD_NOT_ALLOWED, &json);
        let allowed = HeaderValue::from_static(allowed);
        response.headers_mut().insert(header::ALLOW, allowed);
        std::future::ready(response)
    }
}
