//! The doors of this face: every manner in which it takes a token or a session key. All of them agree with one
//! another, and with the doors of the other face, on who is let in (NT-22, NT-23); and whoever is not hears the same
//! at each door, byte for byte, whatever the reason.

use std::collections::BTreeMap;

use serde_json::json;
use tokenry_http::tanium::{Access, operations};
use tokenry_testkit::{
    client::{Answer, Client, Method},
    gate::Asking,
    server::Server,
};

use super::kit::{GATEWAY, REFUSED_SESSION, REFUSED_TOKEN, VALIDATE};

/// What all doors are to say to a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    /// It lets this user in.
    As(&'a str),
    /// It lets nobody in.
    Nobody,
    /// Its user may not use tokens.
    MayNotUse,
}

const MAY_NOT_USE: &str = "REST Authorization Exception: RBACInsufficientPrivilege: Forbidden, requires privilege 'use token'";
const NO_CREDENTIAL: &str = "REST Processing Exception: InvalidSession: Invalid session";

/// The doors of a server, and the refusal that was heard first at each.
pub(crate) struct Doors<'a> {
    server: &'a Server,
    first: BTreeMap<(&'static str, String), String>,
}

impl<'a> Doors<'a> {
    pub(crate) fn of(server: &'a Server) -> Self {
        Self {
            server,
            first: BTreeMap::new(),
        }
    }

    /// Shows it at every door.
    pub(crate) async fn judge(&mut self, what: &str, string: &str, verdict: Verdict<'_>) {
        let client = self.server.anonymous().header("session", string);
        self.rest(what, &client, string, verdict).await;
        let auth = client.send(Method::POST, "/auth", &[], "").await;
        match verdict {
            Verdict::As(_) => {
                assert_eq!((auth.status, auth.text.as_str()), (200, string), "{what}");
            }
            _ => self.refused("/auth", what, &auth, refusal(string, verdict)),
        }
        let now = json!({ "query": "{ now }" });
        let now = client.send_json(Method::POST, GATEWAY, &now).await;
        match verdict {
            Verdict::As(_) => assert!(
                now.text.starts_with(r#"{"data":{"now":"2"#),
                "{what}: {now:?}"
            ),
            Verdict::Nobody => {
                self.refused_with("gateway", what, &now, 401, r#"{"message":"Unauthorized"}"#);
            }
            Verdict::MayNotUse => {
                let body = json!({ "message": MAY_NOT_USE }).to_string();
                self.refused_with("gateway", what, &now, 403, &body);
            }
        }
        self.in_the_body(what, string, verdict).await;
        self.gate(what, string, verdict).await;
    }

    /// The gate, asked by a proxy for a client of this machine: in the manner of nginx, and in that of Envoy. It takes
    /// tokens, and no session keys.
    async fn gate(&mut self, what: &str, string: &str, verdict: Verdict<'_>) {
        let asking = Asking(self.server.gate());
        let bearer = format!("Bearer {string}");
        let headers = [
            ("Authorization", bearer.as_str()),
            ("X-Forwarded-For", "127.0.0.1"),
        ];
        for path in ["/v1/verify", "/v1/ext-authz/orders/7"] {
            let told = asking.send("GET", path, &headers, "").await;
            match verdict {
                Verdict::As(whom) if !is_session(string) => {
                    assert_eq!(
                        (told.status, told.subject()),
                        (200, Some(whom)),
                        "{what} at {path}"
                    );
                }
                _ if !is_b64token(string) => {
                    assert_eq!(told.status, 400, "{what} at {path}: {told:?}");
                }
                _ => {
                    assert_eq!(told.status, 401, "{what} at {path}: {told:?}");
                    let said = format!("{:?}", (&told.headers, &told.body));
                    let first = self.first.entry(("gate", String::new()));
                    assert_eq!(
                        *first.or_insert_with(|| said.clone()),
                        said,
                        "{what} at {path}"
                    );
                }
            }
        }
    }

    /// The header, on whatever answers to everybody who has signed in.
    async fn rest(&mut self, what: &str, client: &Client, string: &str, verdict: Verdict<'_>) {
        const ASKED: [&str; 2] = ["/api/v2/session/current", "/info.json"];
        for path in ASKED {
            let answer = client.get(path).await;
            let Verdict::As(whom) = verdict else {
                self.refused("rest", what, &answer, refusal(string, verdict));
                continue;
            };
            assert_eq!(answer.status, 200, "{what} at {path}: {}", answer.text);
            if path.ends_with("current") {
                assert_eq!(answer.json()["data"]["user"]["name"], whom, "{what}");
            }
        }
    }

    /// The body of `session/validate`, bare and wrapped.
    async fn in_the_body(&mut self, what: &str, string: &str, verdict: Verdict<'_>) {
        let bare = json!({ "session": string });
        for body in [json!({ "data": bare }), bare] {
            let answer = self
                .server
                .anonymous()
                .send_json(Method::POST, VALIDATE, &body)
                .await;
            match verdict {
                Verdict::As(_) => {
                    let echo = json!({ "data": { "session": string } }).to_string();
                    assert_eq!((answer.status, answer.text), (200, echo), "{what}");
                }
                _ if !is_credential(string) => {
                    self.refused(
                        "validate, no credential",
                        what,
                        &answer,
                        (400, NO_CREDENTIAL),
                    );
                }
                _ => self.refused("validate", what, &answer, refusal(string, verdict)),
            }
        }
    }

    /// Where no credential is looked for: whatever it is, there is none.
    pub(crate) async fn elsewhere(&mut self, what: &str, string: &str) {
        let port = self.server.port();
        for (name, value) in [
            ("authorization", format!("Bearer {string}")),
            ("authorization", format!("Splunk {string}")),
            ("cookie", format!("session={string}")),
            ("cookie", format!("splunkd_{port}={string}")),
            ("x-session", string.to_owned()),
        ] {
            let client = self.server.anonymous().header(name, &value);
            let answer = client.get("/api/v2/server_info").await;
            self.refused("elsewhere", what, &answer, (403, REFUSED_SESSION));
        }
    }

    /// No operation takes what another refuses. Each state is shown to some of them, and each of them some states;
    /// that all of them refuse a dead token the table of who may call what shows.
    pub(crate) async fn operations(&mut self, what: &str, string: &str, verdict: Verdict<'_>) {
        let client = self.server.anonymous().header("session", string);
        for operation in operations().into_iter().skip(what.len() % 8).step_by(8) {
            if operation.access == Access::Open || operation.id == "gateway" {
                continue;
            }
            let path = filled(operation.path);
            let answer = client.send(operation.method, &path, &[], "").await;
            let what = format!("{what} at {}", operation.id);
            self.refused("rest", &what, &answer, refusal(string, verdict));
        }
    }

    fn refused(&mut self, door: &'static str, what: &str, answer: &Answer, expected: (u16, &str)) {
        let (status, text) = expected;
        let body = json!({ "text": text }).to_string();
        self.refused_with(door, what, answer, status, &body);
    }

    /// This status and body, and the same headers as the first such refusal had.
    fn refused_with(
        &mut self,
        door: &'static str,
        what: &str,
        answer: &Answer,
        status: u16,
        body: &str,
    ) {
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (status, body),
            "{what} by {door}"
        );
        let mut headers: Vec<_> = answer
            .headers
            .iter()
            .filter(|(name, _)| *name != "date" && *name != "x-request-id")
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        headers.sort_unstable();
        let headers = headers.join("\n");
        let first = self.first.entry((door, body.to_owned()));
        let first = first.or_insert_with(|| headers.clone());
        assert_eq!(*first, headers, "{what} by {door}");
    }
}

/// The path with something in the place of every parameter that names nothing.
pub(crate) fn filled(path: &str) -> String {
    path.replace("{id}", "999999999")
        .replace("{name}", "ghost")
        .replace("{type}", "api_tokens")
}

fn refusal(string: &str, verdict: Verdict<'_>) -> (u16, &'static str) {
    match verdict {
        Verdict::MayNotUse => (403, MAY_NOT_USE),
        _ if is_session(string) => (403, REFUSED_SESSION),
        _ => (401, REFUSED_TOKEN),
    }
}

/// Whether it has the form of a session key, of either spelling.
fn is_session(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let parts: Vec<_> = text.splitn(3, '-').collect();
    let numbered = matches!(parts[..], [user, session, digits]
        if is_number(user) && is_number(session) && digits.len() == 64 && digits.chars().all(is_hex));
    numbered || text.len() == 64 && text.chars().all(is_plain) && !text.starts_with("token-")
}

/// RFC 6750 2.1, and not longer than the gate looks at.
fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    !body.is_empty() && body.chars().all(plain) && text.len() <= 4096
}

/// Whether somebody could have meant it as a credential.
fn is_credential(text: &str) -> bool {
    let segments: Vec<_> = text.split('.').collect();
    let is_jwt = segments.len() == 3 && segments.iter().all(|segment| !segment.is_empty());
    is_jwt || text.starts_with("token-") || is_session(text)
}
