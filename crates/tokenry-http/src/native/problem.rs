//! The table of errors of this API: what each meaning becomes in status, code and words (RFC 9457), with the challenge
//! of RFC 6750 where it is about the credential.
//!
//! `code` is for programs and never changes; `detail` is for people. No text repeats what the client sent, but for
//! names that the rules have found to be plain.

use axum::http::{StatusCode, header};
use tokenry_core::{Error, error::Refusal};

use super::answer::Reply;
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

    /// 403 for a request that a cookie would let in, but that another site may have made (NT-60).
    pub(super) fn cross_origin() -> Self {
        let detail = "This was not sent by the console's own page. Programs send a token or a session key as \
            \"Authorization: Bearer …\", and no cookie.";
        Self::new(StatusCode::FORBIDDEN, "cross_origin", detail)
    }

    /// 403 for what a token cannot do (NT-65).
    pub(super) fn needs_sign_in() -> Self {
        let detail = "A token cannot do this: sign in with a name and a password.";
        Self::new(StatusCode::FORBIDDEN, "sign_in_required", detail)
    }

    /// 401 where a name and a password do not fit, whichever it is.
    pub(super) fn wrong_password() -> Self {
        let detail = "The name or the password is wrong, or there were too many wrong passwords lately. Then the account \
            stays closed for a while.";
        Self::new(StatusCode::UNAUTHORIZED, "wrong_password", detail)
    }

    /// 403 for one who knows his password, but whose account is locked.
    pub(super) fn account_locked() -> Self {
        let detail = "This account is locked. An administrator can open it again.";
        Self::new(StatusCode::FORBIDDEN, "account_locked", detail)
    }

    /// 412 where somebody else was faster.
    pub(super) fn changed_meanwhile() -> Self {
        let detail = "Somebody else has changed this since you read it. Nothing was changed now: read it again, and \
            compare.";
        let status = StatusCode::PRECONDITION_FAILED;
        Self::new(status, "changed_meanwhile", detail)
    }

    /// 410 for the string of a token that cannot be seen again (NT-47).
    pub(super) fn no_longer_visible() -> Self {
        let detail = "The string of this token cannot be seen again: only its maker can, in the session he made it in, \
            until the visibility timeout. If it is lost, rotate the token.";
        Self::new(StatusCode::GONE, "no_longer_visible", detail)
    }

    /// 404 for what there is not, or what the caller may not know of.
    pub(super) fn not_found() -> Self {
        let detail = "There is no such thing, or you may not see it.";
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 400 for a field that there is not. It is named only if it is a plain word.
    pub(super) fn unknown_field(name: &str, known: &[&str]) -> Self {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b == b'_';
        let shown = name.len() <= 32 && name.bytes().all(is_plain);
        let detail = match known {
            [] => "There is no such field: there are none.".to_owned(),
            known => format!("There is no such field. There are: {}.", known.join(", ")),
        };
        Self {
            field: shown.then(|| name.to_owned()),
            ..Self::new(StatusCode::BAD_REQUEST, "unknown_field", detail)
        }
    }

    /// 400 for a field with a value that it may not have.
    pub(super) fn invalid(field: &'static str, why: &str) -> Self {
        Error::invalid(field, why).into()
    }

    /// 400 for a field with a value that it may not have, in whole words.
    pub(super) fn about(field: &str, detail: &str) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..Self::new(StatusCode::BAD_REQUEST, "invalid_value", detail)
        }
    }

    /// 400 for a query, which this operation does not take. Secrets in a URL end up in logs and histories (NT-44).
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
        let problem = tokenry_api::Problem {
            kind: "about:blank".to_owned(),
            title: (self.status.canonical_reason())
                .unwrap_or_default()
                .to_owned(),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            detail: self.detail,
            field: self.field,
        };
        let mut reply = Reply::refusing(self.status, &problem);
        if let Some(challenge) = self.challenge {
            reply = reply.with_header(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.wait {
            reply = reply.with_header(header::RETRY_AFTER, seconds.to_string());
        }
        reply
    }

    #[cfg(test)]
    pub(super) fn words(self) -> (String, String) {
        (self.field.unwrap_or_default(), self.detail)
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
        "content_set_role_list" => "roles",
        "ephemeralExpiration" => "ephemeral_expiration",
        "expiration" => "default_expiration",
        "expires_on" => "expires",
        "group" | "group_id" => "computer_group",
        "imported_roles" => "imports",
        "oldpassword" => "old_password",
        "realname" => "real_name",
        "tz" => "time_zone",
        "user_group_list" => "user_groups",
        field => field,
    }
}
