//! Telling of decisions to whoever collects traces. Off unless the product asks for it, and then it costs one look at
//! an `Option`.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};

use super::{
    Gate,
    decision::{Decision, Question},
    meters::{DoorName, Outcome},
};

/// The header that names the trace a request belongs to (W3C Trace Context).
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Hears of every decision, and keeps the ones it samples.
pub trait Traces: Send + Sync {
    /// Something was decided just now.
    fn decided(&self, decided: &Decided<'_>);
}

/// What may be told of a decision: nothing that a client wrote, but the trace it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided<'a> {
    /// By which door it was asked for.
    pub door: DoorName,
    /// The name of the caller.
    pub caller: &'a str,
    /// What came out.
    pub outcome: Outcome,
    /// The id of the user, where it was granted.
    pub user: Option<i64>,
    /// The number of the token, where it was granted and has one.
    pub token: Option<i64>,
    /// How long it took.
    pub took: Duration,
    /// The trace it belongs to, as the caller says.
    pub traceparent: Option<&'a str>,
}

impl Gate {
    /// The same gate, telling of its decisions.
    #[must_use]
    pub fn traced(mut self, traces: Option<std::sync::Arc<dyn Traces>>) -> Self {
        self.traces = traces;
        self
    }

    /// The trace that a caller's request belongs to, where anybody wants to know.
    pub(super) fn traceparent<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        self.traces.as_ref()?;
        headers.get(TRACEPARENT)?.to_str().ok()
    }

    pub(super) fn trace(
        &self,
        question: &Question<'_>,
        decision: &Decision,
        outcome: Outcome,
        took: Duration,
    ) {
        let Some(traces) = &self.traces else {
            return;
        };
        let pass = match decision {
            Decision::Allowed(pass) => Some(pass),
            Decision::Public | Decision::Denied(_) => None,
        };
        traces.decided(&Decided {
            door: question.door,
            caller: &question.caller.name,
            outcome,
            user: pass.map(|pass| pass.grant.principal.user.id.number()),
            token: pass.and_then(|pass| Some(pass.token.as_ref()?.number.number())),
            took,
            traceparent: question.traceparent,
        });
    }
}
