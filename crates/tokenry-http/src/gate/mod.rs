//! The gate: whether a request to somebody else's API may pass. It only ever verifies.
//!
//! One decision, and front ends that only read the question and write the answer, each in the way of its kind of proxy
//! (spec/data-plane.md 1):
//!
//! * [`forward`]: `/v1/verify`, for nginx, Caddy, Traefik and HAProxy, and `/v1/ext-authz/…`, for Envoy.
//! * [`grpc`]: the same for Envoy over gRPC.
//! * [`fastcgi`]: for Apache, on a socket of its own.
//! * [`callers`]: which proxy asks, from where, and what he may say about the request.
//! * [`bearer`]: the grammar of the one `Authorization` line.
//! * [`rules`] and [`path`]: what a route demands, and which paths can be read in two ways.
//! * [`decision`]: all of it together, in order.
//! * [`answer`] and [`identity`]: what the proxy is told, and the API behind it.
//! * [`assertion`]: the same for the API in one signed header.
//! * [`introspection`]: the same decision for APIs that ask about a token themselves.
//!
//! Not here: what makes a token good (`tokenry-core`), and the routes of RFC 7662 and its kin ([`crate::oauth`]).

mod answer;
mod assertion;
pub(crate) mod bearer;
mod callers;
mod decision;
pub mod fastcgi;
mod forward;
mod forwarded;
mod grpc;
mod identity;
mod introspection;
mod meters;
mod path;
mod rules;
mod traces;

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, http::Request, http::Response};
use tokenry_core::{
    id::Capability,
    token::{Rate, form::key_ring::KeyRing},
};
use tokenry_engine::Limiter;

use self::{assertion::Assertions, identity::Identities};
pub(crate) use self::{
    callers::SECRET,
    decision::{Decision, Denial, Pass},
    introspection::Asked,
};
pub use self::{
    callers::{Caller, ClientIp},
    identity::PREFIX,
    meters::{BOUNDS, DoorName, Meters, Outcome},
    path::{Ambiguous, plain_path},
    rules::{HostPattern, Matched, PathPattern, Route, Rule, Rules},
    traces::{Decided, Traces},
};
use crate::{
    Door,
    listener::{Handler, Peer, RequestId},
};

/// What the configuration decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who may ask. Empty is nobody (NT-35).
    pub callers: Vec<Caller>,
    /// What routes demand. Empty demands a good token and nothing else.
    pub rules: Rules,
    /// Capabilities that the APIs behind the gate know, beside those that rules name: they are told of these.
    pub capabilities: Vec<Capability>,
    /// How long a signed assertion lives; zero signs none.
    pub assertion_life: Duration,
    /// How often one source may present what is no token of ours, before it is told to wait.
    pub failures: Option<Rate>,
    /// The issuer of assertions and of the metadata of RFC 8414: a URL without a slash at its end.
    pub issuer: String,
}

/// The gate.
pub struct Gate {
    door: Arc<Door>,
    settings: Settings,
    identities: Identities,
    assertions: Assertions,
    failures: Limiter<IpAddr>,
    meters: Arc<Meters>,
    traces: Option<Arc<dyn Traces>>,
    /// Everything that is not asked a hundred thousand times a second.
    others: Router,
}

impl Gate {
    /// A gate that verifies through this door. `others` answers all paths but the gate's own.
    #[must_use]
    pub fn new(
        door: Arc<Door>,
        keys: &KeyRing,
        settings: Settings,
        meters: Arc<Meters>,
        others: Router,
    ) -> Self {
        Self {
            identities: Identities::new(&settings.rules, &settings.capabilities),
            assertions: Assertions::new(keys, &settings.issuer, settings.assertion_life),
            failures: Limiter::default(),
            door,
            settings,
            meters,
            traces: None,
            others,
        }
    }
}

/// The gate's own listener.
pub struct GateListener(pub Arc<Gate>);

impl Handler for GateListener {
    const IS_LOGGED: bool = false;

    async fn answer(&self, request: Request<Body>, peer: Peer, id: RequestId) -> Response<Body> {
        // What is rare is boxed, so that what is not does not carry its room along.
        let path = request.uri().path();
        if path.starts_with(grpc::SERVICE) {
            return Box::pin(grpc::answer(&self.0, request, peer, id)).await;
        }
        match forward::FrontEnd::of(path) {
            Some(front_end) => {
                let (parts, _body) = request.into_parts();
                front_end.answer(&self.0, &parts, peer, id).await
            }
            None => Box::pin(self.0.others.answer(request, peer, id)).await,
        }
    }
}
