//! The table of errors of this API: what each meaning becomes in status, code and words (RFC 9457), with the challenge
//! of RFC 6750 where it is about the credential.
//!
//! `code` is for programs and never changes; `detail` is for people. No text repeats what the client sent, but for
//! names that the rules have found to be plain.

use axum::http::{StatusCode, header};
use serde_json::{Map, Value};
use tokenry_core::{Error, error::Refusal};

use super::reply::Reply;
use crate::listener::BodyError;

/// Why a call is not answered as it wished.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    field: Option<String>,
    challenge: Option<&'static str>,
    wait: Option<u64>,
}

impl Problem {
    /// 401 where no credential is shown: the challenge says nothing about an error (RFC 6750 3.1).
    pub(super) fn missing_token() -> Self {
        let detail = "Send a token or a session key as \"Authorization: Bearer …\".";
        Self {
            challenge: Some("Bearer realm=\"tokenry\""),
            ..Self::new(StatusCode::UNAUTHORIZED, "missing_token", detail)
        }
    }

    /// 401 with the same words whatever the reason.
    pub(super) fn invalid_token() -> Self {
        let detail =
            "The token is not valid here and now. Its owner or an administrator can find out why.";
        Self {
            challenge: Some("Bearer realm=\"tokenry\", error=\"invalid_token\""),
            ..Self::new(StatusCode::UNAUTHORIZED, "invalid_token", detail)
        }
    }

    /// 400 for a credential that can be read in two ways.
    pub(super) fn ambiguous_token(why: &str) -> Self {
        let detail = format!("Send exactly one token: {why}.");
        Self {
            challenge: Some("Bearer realm=\"tokenry\", error=\"invalid_request\""),
            ..Self::new(StatusCode::BAD_REQUEST, "invalid_request", detail)
        }
    }

    /// 400 for a body that is not one JSON object. It is not repeated: it may hold a secret (NT-43).
    pub(super) fn invalid_json() -> Self {
        let detail = "The request body must be one JSON object, each key in it once.";
        Self::new(StatusCode::BAD_REQUEST, "invalid_json", detail)
    }

    /// 400 for a field that there is not. It is named only if it is a plain word.
    pub(super) fn unknown_field(name: &str, known: &[&'static str]) -> Self {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b == b'_';
        let shown = name.len() <= 32 && name.bytes().all(is_plain);
        let detail = format!("There is no such field. There are: {}.", known.join(", "));
        Self {
            field: shown.then(|| name.to_owned()),
            ..Self::new(StatusCode::BAD_REQUEST, "unknown_field", detail)
        }
    }

    /// 400 for a field with a value that it may not have.
    pub(super) fn invalid(field: &'static str, why: &str) -> Self {
        Error::invalid(field, why).into()
    }

    /// 400 for a query, which no operation takes. Secrets in a URL end up in logs and histories (NT-44).
    pub(super) fn unexpected_query() -> Self {
        let detail = "This operation takes nothing in the query; send JSON in the body.";
        Self::new(StatusCode::BAD_REQUEST, "unexpected_query", detail)
    }

    /// 415 for a body that does not say that it is JSON.
    pub(super) fn not_labelled_json() -> Self {
        let detail = "Send JSON, with \"Content-Type: application/json\".";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, "unsupported_media_type", detail)
    }

    /// 404 for a path of this API that there is not.
    pub(super) fn no_such_path() -> Self {
        let detail = "There is nothing at this path.";
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 405.
    pub(super) fn wrong_method() -> Self {
        let detail = "This path does not take this method.";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(status, "method_not_allowed", detail)
    }

    /// The answer.
    pub(super) fn reply(self) -> Reply {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("type", "about:blank".into());
        put(
            "title",
            self.status.canonical_reason().unwrap_or_default().into(),
        );
        put("status", self.status.as_u16().into());
        put("code", self.code.into());
        put("detail", self.detail.into());
        if let Some(field) = self.field {
            put("field", field.into());
        }
        let reply = Reply::problem(self.status, Value::Object(fields));
        let reply = match self.challenge {
            Some(challenge) => reply.with_header(header::WWW_AUTHENTICATE, challenge),
            None => reply,
        };
        match self.wait {
            Some(seconds) => reply.with_header(header::RETRY_AFTER, &seconds.to_string()),
            None => reply,
        }
    }

    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            field: None,
            challenge: None,
            wait: None,
        }
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Broken => {
                let detail = "The request body could not be read.";
                Self::new(StatusCode::BAD_REQUEST, "broken_body", detail)
            }
            BodyError::TooLarge => {
                let detail = "The request body is longer than this server takes.";
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
            }
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Conflict { why } => Self::new(StatusCode::CONFLICT, "conflict", why),
            Error::Internal { cause } => {
                tracing::error!(cause, "internal error");
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Self::new(status, "internal_error", "The server's log says more.")
            }
            Error::Invalid { field, why } => {
                let field = ours(field);
                // Where a text names another field.
                let why = why.replace("expires_on", "expires");
                Self {
                    field: Some(field.to_owned()),
                    ..Self::new(
                        StatusCode::BAD_REQUEST,
                        "invalid_value",
                        format!("{field} {why}"),
                    )
                }
            }
            Error::NotFound { what, .. } => {
                let detail = format!("There is no such {what}.");
                Self::new(StatusCode::NOT_FOUND, "not_found", detail)
            }
            Error::Refused(Refusal { requires, .. }) => {
                let detail = format!("You may not do this: it needs {requires}.");
                Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
            }
            Error::TooMany { seconds } => {
                let detail = "Too many requests. Wait as long as Retry-After says.";
                Self {
                    wait: Some(seconds),
                    ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail)
                }
            }
            Error::Unauthenticated(_) => Self::invalid_token(),
            Error::Unavailable { cause } => {
                tracing::error!(cause, "unavailable");
                let detail =
                    "The store cannot be used right now and nothing was changed; try again.";
                Self {
                    wait: Some(5),
                    ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
                }
            }
        }
    }
}

/// The rules name fields as the vendors do.
fn ours(field: &'static str) -> &'static str {
    match field {
        "as_persona" => "persona",
        "expires_on" => "expires",
        field => field,
    }
}
