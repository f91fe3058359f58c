//! What can go wrong, by meaning. Each face maps these to its own status, headers and body in one place.
//!
//! Not here: texts of a face. What an error says to a client is in its fields; what only the log may know is in
//! [`Error::Unavailable`] and [`Error::Internal`].

use crate::id::UserName;

/// What [`Error::outdated`] says.
const OUTDATED: &str = "It has changed meanwhile: read it again, and then change it";

/// The eight meanings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The request does not fit what already is: a name that is taken, a feature that is off, a lost race.
    #[error("{why}")]
    Conflict {
        /// What stands in the way, for the client.
        why: String,
    },
    /// A defect of ours. The cause is for the log, never for the client.
    #[error("internal error: {cause}")]
    Internal {
        /// What broke.
        cause: String,
    },
    /// A field has a value that is not allowed.
    #[error("{field}: {why}")]
    Invalid {
        /// The field's name as the vendor spells it.
        field: &'static str,
        /// What is allowed, for the client.
        why: String,
    },
    /// There is no such thing, or the actor may not know that there is.
    #[error("{what} '{id}' does not exist")]
    NotFound {
        /// The kind of thing, in words.
        what: &'static str,
        /// The name it was asked for by.
        id: String,
    },
    /// The actor is known, but may not do this.
    #[error("{0}")]
    Refused(Refusal),
    /// Good, but too often: the same request may succeed after a while.
    #[error("too many requests")]
    TooMany {
        /// After how many seconds; at least 1.
        seconds: u64,
    },
    /// The credential presented does not stand. Why is for the log only.
    #[error("not authenticated")]
    Unauthenticated(crate::verify::Reason),
    /// We cannot decide or commit right now; the same request may succeed later. The cause is for the log.
    #[error("temporarily unavailable: {cause}")]
    Unavailable {
        /// What is down.
        cause: String,
    },
}

/// Who was refused, and the capabilities, as a boolean expression, that would have allowed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{user} needs {requires}")]
pub struct Refusal {
    /// The refused actor.
    pub user: UserName,
    /// In Splunk's words, for example `edit_tokens_all or list_tokens_all`.
    pub requires: &'static str,
    /// The privilege in Tanium's words, for example `view token`.
    pub privilege: &'static str,
}

impl Error {
    /// A field with a value that is not allowed.
    pub fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            why: why.into(),
        }
    }

    /// Something that does not exist.
    pub fn not_found(what: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound {
            what,
            id: id.into(),
        }
    }

    /// A request that does not fit what already is.
    pub fn conflict(why: impl Into<String>) -> Self {
        Self::Conflict { why: why.into() }
    }

    /// The conflict of one who changes what he has read, when it may have changed since.
    #[must_use]
    pub fn outdated() -> Self {
        Self::conflict(OUTDATED)
    }

    /// Whether it is [`Error::outdated`], as opposed to any other conflict: who looks again may find that nothing of
    /// his has changed.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        matches!(self, Self::Conflict { why } if why == OUTDATED)
    }

    /// A defect of ours.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal {
            cause: cause.to_string(),
        }
    }

    /// Something we need is down.
    pub fn unavailable(cause: impl std::fmt::Display) -> Self {
        Self::Unavailable {
            cause: cause.to_string(),
        }
    }
}
