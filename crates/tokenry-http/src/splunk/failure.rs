//! The table of errors of this face: what each meaning becomes in status, headers and words (spec/splunk.md 4.4).

use axum::http::{StatusCode, header};
use tokenry_core::{Error, error::Refusal, verify::Reason};

use super::{
    format::{arguments::ArgumentError, message::Message},
    reply::Reply,
};

/// Why a call is not answered as it wished.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An argument cannot be read.
    Argument(ArgumentError),
    /// The rules say no.
    Rules(Error),
    /// A case that only this face knows.
    Said(StatusCode, Message),
}

impl From<ArgumentError> for Failure {
    fn from(error: ArgumentError) -> Self {
        Self::Argument(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Rules(error)
    }
}

impl Failure {
    /// 400 with this text.
    pub(crate) fn bad_request(text: impl Into<String>) -> Self {
        Self::Said(StatusCode::BAD_REQUEST, Message::error(text))
    }

    /// 400 for an action on a collection that needs the name of an entity (spec/splunk.md 2.7).
    pub(crate) fn no_target(action: &str) -> Self {
        Self::bad_request(format!(
            "Cannot perform action \"{action}\" without a target name to act on."
        ))
    }

    /// 400 for arguments that must be there.
    pub(crate) fn missing(names: &[&str]) -> Self {
        Self::bad_request(format!(
            "The following required arguments are missing: {}.",
            names.join(", ")
        ))
    }

    /// 404 for an entity.
    pub(crate) fn not_found(id: &str) -> Self {
        Self::Rules(Error::not_found("object", id))
    }

    /// A handler that needs a caller stands on a route without one: our defect.
    pub(super) fn no_caller() -> Self {
        Self::Rules(Error::internal(
            "a handler that needs a caller was routed without one",
        ))
    }

    /// The answer.
    pub(crate) fn reply(self) -> Reply {
        match self {
            Self::Argument(error) => say(StatusCode::BAD_REQUEST, Message::from(error)),
            Self::Rules(error) => rules(error),
            Self::Said(status, message) => say(status, message),
        }
    }
}

fn rules(error: Error) -> Reply {
    match error {
        Error::Conflict { why } => say(StatusCode::BAD_REQUEST, Message::error(sentence(&why))),
        Error::Internal { cause } => {
            tracing::error!(cause, "internal error");
            say(
                StatusCode::INTERNAL_SERVER_ERROR,
                Message::error("Internal error; the server's log says more."),
            )
        }
        Error::Invalid { field, why } => {
            let text = format!("Invalid value of argument \"{field}\": {}", sentence(&why));
            say(StatusCode::BAD_REQUEST, Message::error(text))
        }
        Error::NotFound { id, .. } => say(
            StatusCode::NOT_FOUND,
            Message::error(format!("Could not find object id={}", shown(&id))),
        ),
        Error::Refused(Refusal { user, requires, .. }) => say(
            StatusCode::FORBIDDEN,
            Message::error(format!(
                "You (user={user}) do not have permission to perform this operation (requires capability: {requires})."
            )),
        ),
        Error::TooMany { seconds } => {
            let text = format!("Too many requests; try again in {seconds} seconds.");
            say(StatusCode::TOO_MANY_REQUESTS, Message::error(text))
                .with_header(header::RETRY_AFTER, &seconds.to_string())
        }
        Error::Unauthenticated(reason) => unauthenticated(reason),
        Error::Unavailable { cause } => {
            tracing::error!(cause, "unavailable");
            unavailable()
        }
    }
}

/// Missing credentials and wrong passwords are challenged; a token or session key that does not stand is not, and
/// all its reasons look alike.
fn unauthenticated(reason: Reason) -> Reply {
    match reason {
        Reason::Ambiguous => say(
            StatusCode::BAD_REQUEST,
            Message::error("The request carries more than one credential; send exactly one."),
        ),
        Reason::Missing | Reason::UnknownScheme | Reason::WrongPassword | Reason::LockedOut => {
            say(StatusCode::UNAUTHORIZED, Message::error("Unauthorized"))
                .with_header(header::WWW_AUTHENTICATE, "Basic realm=\"/splunk\"")
        }
        Reason::AddressNotTrusted
        | Reason::AddressUnknown
        | Reason::BadSignature
        | Reason::Disabled
        | Reason::Expired
        | Reason::ForeignToken
        | Reason::Malformed
        | Reason::NoRule
        | Reason::NotASession
        | Reason::NotAToken
        | Reason::NotYetValid
        | Reason::OwnerGone
        | Reason::OwnerLocked
        | Reason::PersonaGone
        | Reason::PersonaUnassigned
        | Reason::PrivilegeMissing
        | Reason::RateLimited
        | Reason::Revoked
        | Reason::Rotated
        | Reason::ScopeInsufficient
        | Reason::SessionIdle
        | Reason::SessionUnknown
        | Reason::Superseded
        | Reason::TokensDisabled
        | Reason::Unknown
        | Reason::UnknownKey
        | Reason::WrongAudience => say(
            StatusCode::UNAUTHORIZED,
            Message::warn("call not properly authenticated"),
        ),
    }
}

/// The vendor's words first, since clients know them (spec/splunk.md 2.7).
fn unavailable() -> Reply {
    let messages = vec![
        Message::error("KVStore is not ready. Token auth system will not work."),
        Message::info("The store cannot be used right now and nothing was changed; try again."),
    ];
    Reply::messages(StatusCode::SERVICE_UNAVAILABLE, messages).with_header(header::RETRY_AFTER, "5")
}

fn say(status: StatusCode, message: Message) -> Reply {
    Reply::messages(status, vec![message])
}

/// Ends with a full stop, as the vendor's texts do, but for his own that do not.
fn sentence(text: &str) -> String {
    let ended = text.ends_with(['.', '!', '?']) || text == "Token authentication is disabled";
    if ended {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// As much of a name as an error repeats (NT-63).
pub(super) fn shown(id: &str) -> String {
    id.chars().filter(|c| !c.is_control()).take(128).collect()
}
