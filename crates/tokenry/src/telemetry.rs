//! Traces, sent to a collector by OTLP over HTTP. Off unless the configuration names a collector.
//!
//! Two kinds of spans go out, and nothing else: one for each request of the main listener, which is the one that the
//! log has, and one for each decision of the gate. Neither holds a header, a query, a body or a token (NT-41).
//!
//! Which are sent is decided before they begin. They are gathered and sent by a thread of their own; where the
//! collector does not take them they are dropped, and requests never wait for it.

mod collector;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use opentelemetry::{
    Context, KeyValue, TraceId,
    propagation::{Extractor, TextMapPropagator as _},
    trace::{Link, Span as _, SpanKind, TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{
        Sampler, SamplingDecision, SamplingResult, SdkTracer, SdkTracerProvider, ShouldSample,
    },
};
use tokenry_core::port::Clock as _;
use tokenry_http::gate::{Decided, Traces};
use tracing::{Level, Subscriber};
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

use self::collector::Collector;
use crate::{config, system::SystemClock};

/// The spans of requests, as the listener makes them for the log.
const REQUESTS: &str = "tokenry::access";

/// The span of a decision of the gate.
const DECISION: &str = "gate.decide";

/// The longest that stopping waits for the collector.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Sends traces.
#[derive(Debug, Clone)]
pub struct Telemetry {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Telemetry {
    /// Begins to send traces, where the configuration says where to.
    pub fn start(settings: &config::Telemetry) -> anyhow::Result<Option<Self>> {
        let Some(endpoint) = &settings.otlp_endpoint else {
            return Ok(None);
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::default())
            .with_endpoint(format!("{endpoint}v1/traces"))
            .build()
            .context("cannot send traces")?;
        let resource = Resource::builder_empty()
            .with_service_name(settings.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .with_sampler(Head(Sampler::TraceIdRatioBased(settings.sample_ratio)))
            .build();
        let tracer = provider.tracer("tokenry");
        Ok(Some(Self { provider, tracer }))
    }

    /// What hears of the requests of the main listener, beside the log.
    #[must_use]
    pub fn layer<S>(&self) -> impl Layer<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.tracer.clone())
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(Targets::new().with_target(REQUESTS, Level::INFO))
    }

    /// What hears of the decisions of the gate.
    #[must_use]
    pub fn of_gate(&self) -> Arc<dyn Traces> {
        Arc::new(Decisions {
            tracer: self.tracer.clone(),
            propagator: TraceContextPropagator::new(),
        })
    }

    /// Sends what is left.
    pub fn stop(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LAST_WORDS) {
            tracing::warn!(%error, "the last traces are lost");
        }
    }
}

/// Decides which traces are sent: of those that somebody else began and samples, and of our own, the same part.
#[derive(Debug, Clone)]
struct Head(Sampler);

impl ShouldSample for Head {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let above = parent.map(|parent| parent.span().span_context().clone());
        let above = above.filter(opentelemetry::trace::SpanContext::is_valid);
        let part = (self.0).should_sample(parent, trace_id, name, kind, attributes, links);
        if above.is_none_or(|above| above.is_sampled()) {
            return part;
        }
        SamplingResult {
            decision: SamplingDecision::Drop,
            ..part
        }
    }
}

/// The decisions of the gate.
struct Decisions {
    tracer: SdkTracer,
    propagator: TraceContextPropagator,
}

impl Traces for Decisions {
    fn decided(&self, decided: &Decided<'_>) {
        let end = SystemTime::from(SystemClock.now());
        let above = decided.traceparent.map(Above);
        let nothing = Context::new();
        let above = above.map(|above| self.propagator.extract_with_context(&nothing, &above));
        let span = (self.tracer.span_builder(DECISION))
            .with_kind(SpanKind::Server)
            .with_start_time(end.checked_sub(decided.took).unwrap_or(end));
        let mut span = span.start_with_context(&self.tracer, above.as_ref().unwrap_or(&nothing));
        if !span.is_recording() {
            return;
        }
        span.set_attribute(KeyValue::new("tokenry.door", decided.door.as_str()));
        span.set_attribute(KeyValue::new("tokenry.caller", decided.caller.to_owned()));
        span.set_attribute(KeyValue::new("tokenry.outcome", decided.outcome.as_str()));
        if let Some(reason) = decided.outcome.reason() {
            span.set_attribute(KeyValue::new("tokenry.reason", reason.as_str()));
        }
        if let Some(user) = decided.user {
            span.set_attribute(KeyValue::new("tokenry.user_id", user));
        }
        if let Some(token) = decided.token {
            span.set_attribute(KeyValue::new("tokenry.token", token));
        }
        span.end_with_timestamp(end);
    }
}

/// The one header that is read.
struct Above<'a>(&'a str);

impl Extractor for Above<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

#[cfg(test)]
mod tests;
