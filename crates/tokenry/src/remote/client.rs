//! The client of our own API: an operation's types go in, its answer comes out. It knows HTTP and nothing of commands.
//!
//! It follows no redirection and asks no proxy of the environment: the credential goes to the server that was named.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokenry_api::{Method, Operation, Problem};
use ureq::Agent;
use ureq::http::{Request, Response, header};
use zeroize::Zeroizing;

use super::failure::{Failure, Refused};
use super::trust::Trust;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// How long an answer may take. Passwords and long lists take the server a while.
const ANSWER: Duration = Duration::from_mins(1);

/// The most that is read of an answer.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What is written otherwise in a segment of a path: all but the unreserved signs (RFC 3986 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Talks to one server, as somebody.
pub(super) struct Client {
    agent: Agent,
    server: String,
    credential: Option<Zeroizing<String>>,
}

/// An answer with its tag, for `If-Match`.
pub(super) struct Tagged<T> {
    /// What was answered.
    pub(super) value: T,
    /// Its tag; empty if the server gave none.
    pub(super) tag: String,
}

impl Client {
    /// A client of this server. Without a credential it can only sign in.
    pub(super) fn new(server: &str, trust: &Trust, credential: Option<Zeroizing<String>>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("tokenry/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT))
            .timeout_per_call(Some(ANSWER))
            .tls_config(trust.tls())
            .build();
        Self {
            agent: config.into(),
            server: server.to_owned(),
            credential,
        }
    }

    /// Calls an operation. `path` has what stands in the braces of its path, in order.
    pub(super) fn call<O: Operation>(
        &self,
        path: &[&str],
        query: &O::Query,
        body: &O::Body,
    ) -> Result<O::Answer, Failure> {
        Ok(self.send::<O>(path, query, body, None)?.value)
    }

    /// The same, with the tag of the answer, and with a header more.
    pub(super) fn send<O: Operation>(
        &self,
        path: &[&str],
        query: &O::Query,
        body: &O::Body,
        more: Option<(&'static str, &str)>,
    ) -> Result<Tagged<O::Answer>, Failure> {
        let url = self.url::<O>(path, query)?;
        let mut request = Request::builder()
            .method(O::INFO.method.as_str())
            .uri(url)
            .header(header::ACCEPT, "application/json");
        if let Some((name, value)) = more {
            request = request.header(name, value);
        }
        if let Some(credential) = &self.credential {
            let line = Zeroizing::new(format!("Bearer {}", credential.as_str()));
            let mut value = header::HeaderValue::from_str(&line).map_err(Failure::ours)?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let answered = match O::INFO.method {
            Method::Get | Method::Delete => {
                self.agent.run(request.body(()).map_err(Failure::ours)?)
            }
            Method::Patch | Method::Post => {
                // It may hold a password.
                let json = Zeroizing::new(serde_json::to_vec(body).map_err(Failure::ours)?);
                let request = request.header(header::CONTENT_TYPE, "application/json");
                let request = request.body(json.as_slice()).map_err(Failure::ours)?;
                self.agent.run(request)
            }
        };
        let answer = answered.map_err(|error| Failure::without_answer(&self.server, &error))?;
        read::<O>(&self.server, answer)
    }

    /// Where it talks to.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    fn url<O: Operation>(&self, path: &[&str], query: &O::Query) -> Result<String, Failure> {
        let mut values = path.iter();
        let mut url = self.server.clone();
        for part in O::INFO.path.split('/').skip(1) {
            url.push('/');
            if part.starts_with('{') {
                let value = values.next().copied().unwrap_or_default();
                url.extend(utf8_percent_encode(value, SEGMENT));
            } else {
                url.push_str(part);
            }
        }
        let pairs = serde_html_form::to_string(query).map_err(Failure::ours)?;
        if !pairs.is_empty() {
            url.push('?');
            url.push_str(&pairs);
        }
        Ok(url)
    }
}

fn read<O: Operation>(
    server: &str,
    mut answer: Response<ureq::Body>,
) -> Result<Tagged<O::Answer>, Failure> {
    let status = answer.status().as_u16();
    let text = |name: &str| {
        let value = answer.headers().get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    let (tag, request, wait) = (text("etag"), text("x-request-id"), text("retry-after"));
    let body = answer.body_mut().with_config().limit(LONGEST).read_to_vec();
    // It may hold the string of a token.
    let body = Zeroizing::new(body.map_err(|error| Failure::without_answer(server, &error))?);
    if status != O::INFO.status {
        let problem = serde_json::from_slice::<Problem>(&body);
        return Err(match problem {
            Ok(problem) => Failure::Refused(Box::new(Refused {
                problem,
                request,
                wait,
            })),
            Err(_) => Failure::NotOurs {
                server: server.to_owned(),
                status,
            },
        });
    }
    let body = if body.is_empty() {
        &b"{}"[..]
    } else {
        body.as_slice()
    };
    let value = serde_json::from_slice(body).map_err(|_| Failure::NotOurs {
        server: server.to_owned(),
        status,
    })?;
    Ok(Tagged {
        value,
        tag: tag.unwrap_or_default(),
    })
}
