//! The body of a request: one form, each parameter once (RFC 6749 3.2), and nothing in the query, where a token would
//! end up in logs and histories (NT-44).

use axum::{
    body::Body,
    http::{HeaderMap, header, request::Parts},
};
use tokenry_core::secret::Plaintext;

use super::{MAX_BODY, answer::Failure};
use crate::listener::{BodyError, read_body};

/// The parameters. What a client sent without a value, it did not send (RFC 6749 3.1).
pub(super) struct Form(Vec<(String, Plaintext)>);

impl Form {
    /// Reads the form of a request.
    pub(super) async fn read(parts: &Parts, body: Body) -> Result<Self, Failure> {
        if parts.uri.query().is_some() {
            tracing::warn!(
                path = parts.uri.path(),
                "a request of the OAuth face has a query: if a token stands in it, revoke that"
            );
            return Err(Failure::Request(
                "Send all parameters in the body: what stands in a URL ends up in logs.",
            ));
        }
        if !is_form(&parts.headers) {
            return Err(Failure::Request(
                "Send a form, with \"Content-Type: application/x-www-form-urlencoded\".",
            ));
        }
        let body = read_body(body, MAX_BODY)
            .await
            .map_err(|error| match error {
                BodyError::TooLarge => Failure::TooLarge,
                BodyError::Broken => Failure::Request("The body could not be read."),
            })?;
        Self::of(&body)
    }

    /// Reads a form.
    pub(super) fn of(body: &[u8]) -> Result<Self, Failure> {
        let mut given: Vec<(String, Plaintext)> = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if given.iter().any(|(other, _)| *other == *name) {
                return Err(Failure::Request("A parameter is there more than once."));
            }
            given.push((name.into_owned(), Plaintext::from(value.into_owned())));
        }
        Ok(Self(given))
    }

    /// A parameter's value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(given, _)| given == name);
        let value = value.map(|(_, value)| value.expose());
        value.filter(|value| !value.is_empty())
    }

    /// The token that the request is about.
    pub(super) fn token(&self) -> Result<&str, Failure> {
        self.get("token")
            .ok_or(Failure::Request("The parameter token is missing."))
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return false;
    };
    let kind = line.to_str().unwrap_or_default().split(';').next();
    let kind = kind.unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_without_a_value_is_not_there() {
        let form = Form::of(b"token=&client_ip=192.0.2.7&odd=a%2Cb+c").unwrap();
        assert!(form.token().is_err());
        assert_eq!(form.get("client_ip"), Some("192.0.2.7"));
        assert_eq!(form.get("odd"), Some("a,b c"));
        assert_eq!(form.get("Token"), None);
    }

    #[test]
    fn nt55_a_parameter_that_is_there_twice_is_refused_whichever_it_is() {
        for body in [
            "token=a&token=b",
            "token=a&token=a",
            "token=a&token=",
            "token=a&%74oken=b",
            "token=a&x=1&x=1",
        ] {
            assert!(Form::of(body.as_bytes()).is_err(), "{body}");
        }
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[test]
    fn only_a_form_is_a_form() {
        let is = |kinds: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for kind in kinds {
                headers.append(
                    header::CONTENT_TYPE,
                    axum::http::HeaderValue::from_static(kind),
                );
            }
            is_form(&headers)
        };
        assert!(is(&[FORM]));
        assert!(is(&["Application/X-WWW-Form-Urlencoded; charset=UTF-8"]));
        assert!(!is(&[]));
        assert!(!is(&["application/json"]));
        assert!(!is(&["application/x-www-form-urlencoded2"]));
        assert!(!is(&[FORM, FORM]));
    }
}
