//! What operators and their programs ask: how much, whether it lives, whether it is ready.
//!
//! * [`mod@metrics`] and [`exposition`]: `/metrics`, for Prometheus.
//! * [`mod@health`]: `/healthz` and `/readyz`, for whoever restarts servers and sends them requests.
//! * [`counts`]: what is counted here, beside the gate's own counts.
//!
//! None of it asks for credentials and none of it shows any, nor any name of a user or a token: a listener of its own
//! keeps it apart. These paths switch nothing off elsewhere (NT-37). Not here: traces, which the product sends.

mod counts;
mod exposition;
mod health;
mod metrics;
#[cfg(test)]
mod tests;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use jiff::Timestamp;
use tokenry_core::app::App;
use tokenry_engine::Engine;

pub use self::counts::{Flushes, Refusals};
use self::{exposition::Format, health::Readiness};
use crate::{
    gate::Meters,
    listener::{Handler, Peer, RequestId},
};

/// What is looked at.
pub struct Ops {
    app: Arc<App>,
    engine: Arc<Engine>,
    meters: Arc<Meters>,
    refusals: Arc<Refusals>,
    flushes: Arc<Flushes>,
    started: Timestamp,
    /// In microseconds of the epoch; 0 is not.
    stopping: AtomicI64,
}

impl Ops {
    /// Looks at these, from now on.
    #[must_use]
    pub fn new(
        app: Arc<App>,
        engine: Arc<Engine>,
        meters: Arc<Meters>,
        refusals: Arc<Refusals>,
        flushes: Arc<Flushes>,
    ) -> Self {
        Self {
            started: app.now(),
            app,
            engine,
            meters,
            refusals,
            flushes,
            stopping: AtomicI64::new(0),
        }
    }

    /// The server is about to stop: from now on it is not ready.
    pub fn stop(&self) {
        let now = self.app.now().as_microsecond();
        self.stopping.store(now, Ordering::Relaxed);
    }

    fn stopping_since(&self) -> Option<Timestamp> {
        counts::time(&self.stopping)
    }
}

/// `/metrics`, `/healthz` and `/readyz`.
pub fn router(ops: Arc<Ops>) -> Router {
    let metrics = Router::new().route("/metrics", get(metrics));
    metrics.with_state(Arc::clone(&ops)).merge(health(ops))
}

/// A listener for [`router`] alone. Who watches asks every few seconds, which is no news for the log.
pub struct OpsListener(pub Router);

impl Handler for OpsListener {
    const IS_LOGGED: bool = false;

    async fn answer(&self, request: Request<Body>, peer: Peer, id: RequestId) -> Response {
        self.0.answer(request, peer, id).await
    }
}

/// `/healthz` and `/readyz`.
pub fn health(ops: Arc<Ops>) -> Router {
    Router::new()
        .route("/healthz", get(async || uncached("ok\n")))
        .route("/readyz", get(readiness))
        .with_state(ops)
}

async fn metrics(State(ops): State<Arc<Ops>>, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok());
    let format = Format::accepted(accept.unwrap_or_default());
    let page = metrics::page(&ops, format);
    uncached(([(header::CONTENT_TYPE, format.content_type())], page))
}

async fn readiness(State(ops): State<Arc<Ops>>) -> Response {
    let readiness = Readiness::of(&ops);
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let text = serde_json::to_string_pretty(&readiness).unwrap_or_default();
    let json = [(header::CONTENT_TYPE, "application/json")];
    uncached((status, json, text + "\n"))
}

fn uncached(answer: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], answer).into_response()
}
