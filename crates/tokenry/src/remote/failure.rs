//! What can go wrong between the command line and the server, and what a person is told of it: what is wrong, by the
//! name of the flag, and what to do next.

use std::fmt::Display;

use tokenry_api::Problem;

use crate::output::Hinted;

/// Why a call was not answered as it wished.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server said no, and why.
    Refused(Box<Refused>),
    /// The answer is none of this API.
    NotOurs {
        /// The server that was asked.
        server: String,
        /// The status that came.
        status: u16,
    },
    /// There was no connection that both sides trust.
    Untrusted {
        /// The server that was asked.
        server: String,
        /// What TLS says.
        why: String,
    },
    /// There was no connection, or it broke: nobody knows whether the server did it.
    Broken {
        /// The server that was asked.
        server: String,
        /// What the system says.
        why: String,
    },
    /// What was to be sent cannot be.
    Unsendable(String),
}

/// What the server said.
#[derive(Debug)]
pub(super) struct Refused {
    /// Its problem.
    pub(super) problem: Problem,
    /// The id of the request, under which its log says more.
    pub(super) request: Option<String>,
    /// After how many seconds to try again.
    pub(super) wait: Option<String>,
}

impl Failure {
    /// Something of ours could not be written as a request.
    pub(super) fn ours(error: impl Display) -> Self {
        Self::Unsendable(error.to_string())
    }

    /// No answer came.
    pub(super) fn without_answer(server: &str, error: &ureq::Error) -> Self {
        let server = server.to_owned();
        let why = error.to_string();
        match error {
            ureq::Error::Rustls(_) | ureq::Error::Tls(_) => Self::Untrusted { server, why },
            // rustls says so through the socket when the handshake fails late.
            ureq::Error::Io(error)
                if error
                    .get_ref()
                    .is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>) =>
            {
                Self::Untrusted { server, why }
            }
            ureq::Error::Http(_) | ureq::Error::BadUri(_) => Self::Unsendable(why),
            _ => Self::Broken { server, why },
        }
    }

    /// Whether the connection broke, so that trying again may help.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self, Self::Broken { .. })
    }

    /// Whether the server refused with this code.
    pub(super) fn is(&self, code: &str) -> bool {
        matches!(self, Self::Refused(refused) if refused.problem.code == code)
    }
}

impl From<Failure> for anyhow::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refused) => (*refused).into(),
            Failure::NotOurs { server, status } => Hinted::new(
                format!("what {server} answered (status {status}) is none of Tokenry's answers"),
                "check the address given by --server, TOKENRY_SERVER or `tokenry login`, and that both are of one version",
            )
            .into(),
            Failure::Untrusted { server, why } => Hinted::new(
                format!("the certificate of {server} is not trusted: {why}"),
                "name its authority with --ca FILE; the one a server made for itself is tls/certificate.pem in its data \
                 directory",
            )
            .into(),
            Failure::Broken { server, why } => Hinted::new(
                format!("no answer from {server}: {why}"),
                "is it running? `tokenry serve` runs one here; --server or TOKENRY_SERVER names another",
            )
            .into(),
            Failure::Unsendable(why) => Self::msg(format!("this cannot be sent: {why}")),
        }
    }
}

impl From<Refused> for anyhow::Error {
    fn from(refused: Refused) -> Self {
        let hint = refused.hint();
        let Problem { detail, field, .. } = refused.problem;
        let detail = detail.trim_end_matches('.');
        let message = match field.as_deref().map(place_of) {
            Some(place) => format!("{detail} ({place})"),
            None => detail.to_owned(),
        };
        match hint {
            Some(hint) => Hinted::new(message, hint).into(),
            None => Self::msg(message),
        }
    }
}

impl Refused {
    fn hint(&self) -> Option<String> {
        let request = self.request.as_deref().unwrap_or("unknown");
        Some(match self.problem.code.as_str() {
            "missing_token" | "sign_in_required" => {
                "sign in with `tokenry login`; a token can be given by TOKENRY_TOKEN or --token-file".to_owned()
            }
            "invalid_token" => {
                "if you signed in, the session has ended: `tokenry login`. If this is a token, `tokenry token explain` tells \
                 its owner why it is refused"
                    .to_owned()
            }
            "wrong_password" => {
                "on the server's own machine `tokenry admin reset-password` sets a new one".to_owned()
            }
            "forbidden" => "`tokenry whoami` shows what you may do".to_owned(),
            "changed_meanwhile" => {
                "look at it again, then say once more what to change".to_owned()
            }
            "not_found" => "the `list` command beside this one shows what there is".to_owned(),
            "too_many_requests" | "unavailable" => {
                format!("try again in {} seconds", self.wait.as_deref().unwrap_or("some"))
            }
            "internal_error" => format!("look for the request {request} in the server's log"),
            "invalid_value" | "unknown_field" => "--help says what can be given".to_owned(),
            _ => return None,
        })
    }
}

/// Where a person said what the server calls `field`.
fn place_of(field: &str) -> String {
    let flag = match field {
        "addresses" => "address",
        "capabilities" => "capability",
        "imports" => "import",
        "members" => "member",
        "old_password" => "old-password-file",
        "overlap_seconds" => "overlap",
        "password" => "password-file",
        "per_minute" | "rate" => "per-minute",
        "roles" => "role",
        "token" => "about",
        "user_groups" => "group",
        "users" => "user",
        "id" | "ids" => return "ID".to_owned(),
        other => return format!("--{}", other.replace('_', "-")),
    };
    format!("--{flag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str, field: Option<&str>) -> Refused {
        Refused {
            problem: Problem {
                kind: "about:blank".to_owned(),
                title: "Bad Request".to_owned(),
                status: 400,
                code: code.to_owned(),
                detail: "That is wrong.".to_owned(),
                field: field.map(str::to_owned),
            },
            request: Some("r1".to_owned()),
            wait: Some("7".to_owned()),
        }
    }

    #[test]
    fn a_field_is_called_by_its_flag() {
        for (field, flag) in [
            ("expires", "--expires"),
            ("not_before", "--not-before"),
            ("addresses", "--address"),
            ("overlap_seconds", "--overlap"),
            ("password", "--password-file"),
            ("ids", "ID"),
        ] {
            let told = anyhow::Error::from(refused("invalid_value", Some(field)));
            assert_eq!(told.to_string(), format!("That is wrong ({flag})"));
        }
    }

    #[test]
    fn what_to_do_next_is_said_where_there_is_something() {
        let hint = |code| refused(code, None).hint();
        for (code, told) in [
            ("invalid_token", "tokenry login"),
            ("internal_error", "r1"),
            ("too_many_requests", "7 seconds"),
        ] {
            assert!(hint(code).unwrap().contains(told), "{code}");
        }
        assert_eq!(hint("conflict"), None);
    }
}
