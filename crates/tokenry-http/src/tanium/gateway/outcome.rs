//! What the rules refuse, told within the answer: an error with a sentence, and no token (spec/tanium.md 5.3).

use tokenry_core::Error;

use super::objects::SystemError;
use crate::tanium::failure::Failure;

impl SystemError {
    /// The sentence of REST, with the properties named as GraphQL has them.
    pub(super) fn of(failure: Failure) -> Self {
        let retryable = matches!(failure, Failure::Rules(Error::Unavailable { .. }));
        let (_, text) = failure.spoken();
        let text = text
            .replace("expire_in_days", "expiresInDays")
            .replace("as_persona", "personaName");
        Self {
            retryable: Some(retryable),
            ..Self::saying(&text)
        }
    }

    /// A token that cannot be rotated. Never why: whoever presents it may have found it.
    pub(super) fn invalid_token() -> Self {
        Self::saying("Invalid API token")
    }

    fn saying(text: &str) -> Self {
        Self {
            message: Some(text.to_owned()),
            retryable: Some(false),
            timed_out: Some(false),
        }
    }
}
