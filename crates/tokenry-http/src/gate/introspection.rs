//! The gate for APIs that ask about a token by themselves (RFC 7662). The decision is the same one; what differs is who
//! says what about the request.
//!
//! Not here: how they ask and what they are told ([`crate::oauth`]).

use std::{net::IpAddr, time::Instant};

use axum::http::HeaderMap;
use serde_json::Value;
use tokenry_core::{Error, id::Capability, token::address::ClientAddress, verify::Reason};

use super::{
    Gate, assertion,
    bearer::Bearer,
    callers::{self, Caller},
    decision::{Decision, Denial, Pass, Question, source},
    meters::{DoorName, Outcome},
    rules::Route,
};
use crate::listener::{Peer, RequestId};

/// A question about a token.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Who asks.
    pub(crate) caller: &'a Caller,
    /// From where he asks.
    pub(crate) peer: Peer,
    /// Whom the token came from, where he says so.
    pub(crate) client: ClientAddress,
    /// The token.
    pub(crate) token: &'a str,
    /// What was asked for with it, where he says so; without, no rule of a route is looked at.
    pub(crate) route: Option<Route<'a>>,
    /// What else the token must be good for.
    pub(crate) required: &'a [Capability],
    /// The headers of his own request, for the trace it belongs to.
    pub(crate) headers: &'a HeaderMap,
    /// The id of the request.
    pub(crate) id: RequestId,
}

impl Gate {
    /// Decides about a token.
    pub(crate) async fn introspect(&self, asked: Asked<'_>) -> Decision {
        let began = Instant::now();
        let question = Question {
            door: DoorName::Introspect,
            caller: asked.caller,
            peer: callers::address(asked.peer),
            client: asked.client,
            bearer: Bearer::Token(asked.token),
            route: asked.route,
            id: asked.id,
            traceparent: self.traceparent(asked.headers),
        };
        let decided = match self.weigh(&question).await {
            (Decision::Allowed(pass), outcome) => match missing(asked.required, &pass) {
                None => (Decision::Allowed(pass), outcome),
                Some(names) => {
                    let denial = Denial::InsufficientScope(names);
                    let reason = Reason::ScopeInsufficient;
                    self.refuse_known(&question, reason, denial, pass.known())
                }
            },
            other => other,
        };
        self.decided(&question, began, decided)
    }

    /// Counts somebody who asks and may not.
    pub(crate) fn unknown_introspector(&self) {
        let none = std::time::Duration::ZERO;
        self.meters
            .count(DoorName::Introspect, Outcome::UnknownCaller, none);
    }

    /// Lets a source try something that could be a guess, unless it tried too often; else after how many seconds it may
    /// go on.
    pub(crate) fn admit_guess(&self, client: ClientAddress, peer: IpAddr) -> Result<(), u64> {
        let Some(rate) = self.settings.failures else {
            return Ok(());
        };
        match self.failures.admit(&source(client, peer), rate) {
            Err(Error::TooMany { seconds }) => Err(seconds),
            _ => Ok(()),
        }
    }

    /// Who may ask.
    pub(crate) fn callers(&self) -> &[Caller] {
        &self.settings.callers
    }

    /// What the token of one who passes is good for, names with a space between; may be empty.
    pub(crate) fn scope_of(&self, pass: &Pass) -> String {
        self.identities.scope(pass)
    }

    /// These claims, signed.
    pub(crate) fn signed(&self, kind: &str, claims: &Value) -> String {
        assertion::signed(self.assertions.key(), kind, claims)
    }
}

/// The names that are required and not held.
fn missing(required: &[Capability], pass: &Pass) -> Option<String> {
    let rights = &pass.grant.principal.rights;
    let missing = required.iter().filter(|name| !rights.holds(name));
    let names: Vec<&str> = missing.map(Capability::as_str).collect();
    (!names.is_empty()).then(|| names.join(" "))
}
