//! The front ends for proxies that ask over HTTP: forward-auth, and Envoy's own manner.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, Response, header, request::Parts},
};

use super::{
    Gate,
    answer::LONGEST_DECISION,
    bearer,
    callers::{self, Caller},
    decision::Question,
    meters::DoorName,
    rules::Route,
};
use crate::listener::{Peer, RequestId};

const METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The path of forward-auth.
const VERIFY: &str = "/v1/verify";

/// What stands before the original path in Envoy's manner.
const EXT_AUTHZ: &str = "/v1/ext-authz";

/// A front end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrontEnd {
    /// The request is described by `X-Forwarded-*`.
    Forward,
    /// The request is this one, behind a prefix.
    ExtAuthz,
}

impl FrontEnd {
    /// The one that a path belongs to.
    pub(super) fn of(path: &str) -> Option<Self> {
        if path == VERIFY {
            return Some(Self::Forward);
        }
        let rest = path.strip_prefix(EXT_AUTHZ)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(Self::ExtAuthz)
    }

    /// Answers a request. Its method, query and body do not matter, except where they are the question.
    pub(super) async fn answer(
        self,
        gate: &Gate,
        request: &Parts,
        peer: Peer,
        id: RequestId,
    ) -> Response<Body> {
        let headers = &request.headers;
        let door = self.door();
        let Some(caller) = Caller::find(&gate.settings.callers, peer, headers) else {
            return gate.unknown(door, peer);
        };
        let mut route = None;
        // Without rules nobody asks for it.
        if !gate.settings.rules.0.is_empty() {
            match self.route(request) {
                Ok(asked) => route = asked,
                Err(why) => return gate.unreadable(door, why),
            }
        }
        let question = Question {
            door,
            caller,
            peer: callers::address(peer),
            client: caller.client(peer, headers),
            bearer: bearer::presented(headers),
            route,
            id,
            traceparent: gate.traceparent(headers),
        };
        gate.answer_within(LONGEST_DECISION, question).await
    }

    fn door(self) -> DoorName {
        match self {
            Self::Forward => DoorName::Verify,
            Self::ExtAuthz => DoorName::ExtAuthz,
        }
    }

    /// What is asked for, read from the one place where this kind of caller says it (spec/data-plane.md 1.9).
    fn route(self, request: &Parts) -> Result<Option<Route<'_>>, &'static str> {
        let headers = &request.headers;
        let (method, host, target) = match self {
            Self::Forward => (
                one(headers, &METHOD)?,
                one(headers, &HOST)?,
                one(headers, &URI)?,
            ),
            Self::ExtAuthz => {
                let target = request
                    .uri
                    .path_and_query()
                    .map_or("/", |target| target.as_str());
                let target = target.strip_prefix(EXT_AUTHZ).unwrap_or(target);
                let authority = request
                    .uri
                    .authority()
                    .map(axum::http::uri::Authority::as_str);
                let host = match authority {
                    Some(authority) => Some(authority),
                    None => one(headers, &header::HOST)?,
                };
                let target = if target.is_empty() { "/" } else { target };
                (Some(request.method.as_str()), host, Some(target))
            }
        };
        let (Some(method), Some(target)) = (method, target) else {
            return Ok(None);
        };
        Ok(Some(Route {
            method,
            host: host.unwrap_or_default(),
            target,
        }))
    }
}

/// The value of a header that may stand there once. A second line may be the client's own.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, &'static str> {
    let mut lines = headers.get_all(name).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Ok(None),
        (Some(line), None) => line
            .to_str()
            .map(Some)
            .map_err(|_| "a header that describes the request holds more than visible ASCII"),
        (Some(_), Some(_)) => Err("a header that describes the request is there twice"),
    }
}
