//! The table of errors of this face: what each meaning becomes in status and words (spec/tanium.md 2).
//!
//! No text repeats what the client sent, nor holds the digits of a status: there are clients that look for those.

use axum::http::{StatusCode, header};
use tokenry_core::{Error, error::Refusal, verify::Reason};

use super::reply::Reply;

/// Why a call is not answered as it wished.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The rules say no.
    Rules(Error),
    /// A case that only this face knows: status, class and name of the exception, sentence.
    Said(StatusCode, &'static str, &'static str, String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Rules(error)
    }
}

/// The classes of exceptions.
mod class {
    pub(super) const AUTHORIZATION: &str = "Authorization";
    pub(super) const EXISTS: &str = "Object Already Exists";
    pub(super) const INTERNAL: &str = "Internal";
    pub(super) const NOT_FOUND: &str = "Object Not Found";
    pub(super) const PROCESSING: &str = "Processing";
}

impl Failure {
    /// 400 for a property that has a value it may not have.
    pub(crate) fn invalid(field: &'static str, why: &str) -> Self {
        Self::Rules(Error::invalid(field, why))
    }

    /// 400 for a body that is not JSON.
    pub(crate) fn invalid_json() -> Self {
        let text = "The request body must be one JSON object, each key in it once";
        Self::bad_request("InvalidJSONBody", text)
    }

    /// 400 with this name and sentence.
    pub(crate) fn bad_request(name: &'static str, text: impl Into<String>) -> Self {
        Self::Said(
            StatusCode::BAD_REQUEST,
            class::PROCESSING,
            name,
            text.into(),
        )
    }

    /// 404 with this name and sentence.
    pub(crate) fn not_found(name: &'static str, text: impl Into<String>) -> Self {
        Self::Said(StatusCode::NOT_FOUND, class::NOT_FOUND, name, text.into())
    }

    /// 403 for a session that does not stand.
    pub(crate) fn invalid_session() -> Self {
        Self::Said(
            StatusCode::FORBIDDEN,
            class::AUTHORIZATION,
            "InvalidSession",
            "Invalid session".to_owned(),
        )
    }

    /// A handler that needs a caller stands on a route without one: our defect.
    pub(super) fn no_caller() -> Self {
        Self::Rules(Error::internal(
            "a handler that needs a caller was routed without one",
        ))
    }

    /// Status and text, for whoever wraps them otherwise.
    pub(crate) fn spoken(self) -> (StatusCode, String) {
        let (status, class, name, text) = self.words();
        let text = without_status_digits(&text);
        (status, format!("REST {class} Exception: {name}: {text}"))
    }

    /// The answer.
    pub(crate) fn reply(self) -> Reply {
        let wait = match &self {
            Self::Rules(Error::TooMany { seconds }) => Some(*seconds),
            Self::Rules(Error::Unavailable { .. }) => Some(5),
            Self::Rules(_) | Self::Said(..) => None,
        };
        let (status, text) = self.spoken();
        let reply = Reply::error(status, &text);
        match wait {
            Some(seconds) => reply.with_header(header::RETRY_AFTER, &seconds.to_string()),
            None => reply,
        }
    }

    fn words(self) -> (StatusCode, &'static str, &'static str, String) {
        match self {
            Self::Said(status, class, name, text) => (status, class, name, text),
            Self::Rules(error) => rules(error),
        }
    }
}

fn rules(error: Error) -> (StatusCode, &'static str, &'static str, String) {
    match error {
        Error::Conflict { why } => conflict(why),
        Error::Internal { cause } => {
            tracing::error!(cause, "internal error");
            let text = "The server's log says more".to_owned();
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            (status, class::INTERNAL, "InternalError", text)
        }
        Error::Invalid { field, why } => (
            StatusCode::BAD_REQUEST,
            class::PROCESSING,
            name_of_field(field),
            format!("{field} {why}"),
        ),
        Error::NotFound { what, .. } => not_found(what),
        Error::Refused(Refusal { privilege, .. }) => (
            StatusCode::FORBIDDEN,
            class::AUTHORIZATION,
            "RBACInsufficientPrivilege",
            format!("Forbidden, requires privilege '{privilege}'"),
        ),
        Error::TooMany { seconds } => {
            let text = format!("Too many requests; try again in {seconds} seconds");
            let status = StatusCode::TOO_MANY_REQUESTS;
            (status, class::PROCESSING, "TooManyRequests", text)
        }
        Error::Unauthenticated(reason) => unauthenticated(reason),
        Error::Unavailable { cause } => {
            tracing::error!(cause, "unavailable");
            let text = "The store cannot be used right now and nothing was changed; try again";
            let status = StatusCode::SERVICE_UNAVAILABLE;
            (status, class::INTERNAL, "Unavailable", text.to_owned())
        }
    }
}

/// A token that does not stand is refused with the same words whatever the reason; so is a session.
fn unauthenticated(reason: Reason) -> (StatusCode, &'static str, &'static str, String) {
    let said = |status, name, text: &str| (status, class::AUTHORIZATION, name, text.to_owned());
    match reason {
        Reason::Missing | Reason::NotASession | Reason::SessionIdle | Reason::SessionUnknown => {
            Failure::invalid_session().words()
        }
        Reason::PrivilegeMissing => said(
            StatusCode::FORBIDDEN,
            "RBACInsufficientPrivilege",
            "Forbidden, requires privilege 'use token'",
        ),
        Reason::WrongPassword | Reason::LockedOut => said(
            StatusCode::UNAUTHORIZED,
            "Unauthorized",
            "Invalid user name or password",
        ),
        Reason::Ambiguous => (
            StatusCode::BAD_REQUEST,
            class::PROCESSING,
            "AmbiguousSession",
            "The request carries more than one session header; send exactly one".to_owned(),
        ),
        Reason::AddressNotTrusted
        | Reason::AddressUnknown
        | Reason::BadSignature
        | Reason::Disabled
        | Reason::Expired
        | Reason::ForeignToken
        | Reason::Malformed
        | Reason::NoRule
        | Reason::NotAToken
        | Reason::NotYetValid
        | Reason::OwnerGone
        | Reason::OwnerLocked
        | Reason::PersonaGone
        | Reason::PersonaUnassigned
        | Reason::RateLimited
        | Reason::Revoked
        | Reason::Rotated
        | Reason::ScopeInsufficient
        | Reason::Superseded
        | Reason::TokensDisabled
        | Reason::Unknown
        | Reason::UnknownKey
        | Reason::UnknownScheme
        | Reason::WrongAudience => said(
            StatusCode::UNAUTHORIZED,
            "Unauthorized",
            "Invalid API token, or client not trusted",
        ),
    }
}

fn not_found(what: &str) -> (StatusCode, &'static str, &'static str, String) {
    let (name, text) = match what {
        "computer group" => ("ComputerGroupNotFound", "No group has this ID or name"),
        "content set" => ("ContentSetNotFound", "No content set has this ID or name"),
        "persona" => ("PersonaNotFound", "No persona has this ID"),
        "role" => ("ContentSetRoleNotFound", "No role has this ID"),
        "session" => return Failure::invalid_session().words(),
        "token" => ("APITokenNotFound", "No active API token has this ID"),
        "user" => ("UserNotFound", "No user has this ID or name"),
        "user group" => ("UserGroupNotFound", "No user group has this ID or name"),
        _ => ("ObjectNotFound", "There is no such object"),
    };
    (
        StatusCode::NOT_FOUND,
        class::NOT_FOUND,
        name,
        text.to_owned(),
    )
}

/// Names that are taken begin with what they name; the name itself is not repeated.
fn conflict(why: String) -> (StatusCode, &'static str, &'static str, String) {
    let taken = [
        ("Computer group", "ComputerGroupAlreadyExists"),
        ("Content set", "ContentSetAlreadyExists"),
        ("Persona", "PersonaAlreadyExists"),
        ("Role", "ContentSetRoleAlreadyExists"),
        ("User group", "UserGroupAlreadyExists"),
        ("User", "UserAlreadyExists"),
    ];
    let found = taken
        .iter()
        .find(|(what, _)| why.starts_with(&format!("{what} with name=")));
    match found {
        Some((what, name)) => {
            let text = format!("{what} with this name already exists");
            (StatusCode::BAD_REQUEST, class::EXISTS, name, text)
        }
        None => (StatusCode::BAD_REQUEST, class::PROCESSING, "Conflict", why),
    }
}

fn name_of_field(field: &str) -> &'static str {
    match field {
        "as_persona" => "InvalidPersonaForUser",
        "persona" => "InvalidPersona",
        "expire_in_days" => "InvalidExpireInDaysField",
        "trusted_ip_addresses" | "trustedIPAddresses" => "InvalidTrustedIPAddresses",
        "value" => "SystemSettingValueInvalid",
        _ => "InvalidField",
    }
}

/// Words with such digits in them, as an address can have, are left out.
fn without_status_digits(text: &str) -> String {
    let is_status = |word: &str| {
        ["401", "403", "404"]
            .iter()
            .any(|digits| word.contains(digits))
    };
    let words = text
        .split(' ')
        .map(|word| if is_status(word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_those_of_the_specification() {
        let cases = [
            (
                Failure::from(Error::Unauthenticated(Reason::Expired)),
                401,
                "REST Authorization Exception: Unauthorized: Invalid API token, or client not trusted",
            ),
            (
                Failure::invalid_session(),
                403,
                "REST Authorization Exception: InvalidSession: Invalid session",
            ),
            (
                Failure::from(Error::not_found("token", "4031")),
                404,
                "REST Object Not Found Exception: APITokenNotFound: No active API token has this ID",
            ),
            (
                Failure::invalid("expire_in_days", "must be between 1 and 365"),
                400,
                "REST Processing Exception: InvalidExpireInDaysField: expire_in_days must be between 1 and 365",
            ),
        ];
        for (failure, status, text) in cases {
            assert_eq!(
                failure.spoken(),
                (StatusCode::from_u16(status).unwrap(), text.to_owned())
            );
        }
    }

    /// spec/tanium.md 2, rule 2.
    #[test]
    fn no_text_holds_the_digits_of_a_status() {
        let failure = Failure::invalid(
            "trusted_ip_addresses",
            "item 3 is '192.0.2.404', no address",
        );
        let (_, text) = failure.spoken();
        assert!(!text.contains("404"), "{text}");
    }
}
