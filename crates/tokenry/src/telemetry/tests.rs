//! What is sampled, and what a span tells.

use opentelemetry::{
    SpanId,
    trace::{SpanContext, TraceFlags, TraceState},
};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData};
use tokenry_core::verify::Reason;
use tokenry_http::gate::{DoorName, Outcome};

use super::*;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The spans that come of these decisions, with this part of traces sampled.
fn spans_of(ratio: f64, decisions: &[Decided<'_>]) -> Vec<SpanData> {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .with_sampler(Head(Sampler::TraceIdRatioBased(ratio)))
        .build();
    let telemetry = Telemetry {
        tracer: provider.tracer("tokenry"),
        provider,
    };
    let traces = telemetry.of_gate();
    for one in decisions {
        traces.decided(one);
    }
    exporter.get_finished_spans().unwrap()
}

fn decided(traceparent: Option<&str>) -> Decided<'_> {
    Decided {
        door: DoorName::Verify,
        caller: "edge",
        outcome: Outcome::Denied(Reason::Revoked),
        user: None,
        token: Some(7),
        took: Duration::from_micros(30),
        traceparent,
    }
}

#[test]
fn a_decision_becomes_a_span_with_what_may_be_told() {
    let spans = spans_of(1.0, &[decided(None)]);
    let [span] = spans.as_slice() else {
        panic!("{spans:?}");
    };
    assert_eq!(span.name, "gate.decide");
    let told: Vec<_> = span
        .attributes
        .iter()
        .map(|one| (one.key.as_str(), one.value.to_string()))
        .collect();
    let expected = [
        ("tokenry.door", "verify"),
        ("tokenry.caller", "edge"),
        ("tokenry.outcome", "denied"),
        ("tokenry.reason", "revoked"),
        ("tokenry.token", "7"),
    ]
    .map(|(key, value)| (key, value.to_owned()));
    assert_eq!(told, expected);
    let took = span.end_time.duration_since(span.start_time).unwrap();
    assert_eq!(took, Duration::from_micros(30));
}

#[test]
fn a_callers_trace_goes_on_where_he_samples_it_and_is_dropped_where_not() {
    let sampled = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let not = format!("00-{TRACE}-00f067aa0ba902b7-00");
    let spans = spans_of(1.0, &[decided(Some(&sampled)), decided(Some(&not))]);
    let [span] = spans.as_slice() else {
        panic!("{spans:?}");
    };
    assert_eq!(span.span_context.trace_id().to_string(), TRACE);
    assert_eq!(span.parent_span_id.to_string(), "00f067aa0ba902b7");
}

#[test]
fn what_is_no_traceparent_begins_a_trace_of_its_own() {
    for wrong in [
        "",
        "rubbish",
        "00-0-0-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ] {
        let spans = spans_of(1.0, &[decided(Some(wrong))]);
        assert_eq!(spans.len(), 1, "{wrong}");
        assert_eq!(spans[0].parent_span_id, SpanId::INVALID, "{wrong}");
        assert_ne!(spans[0].span_context.trace_id().to_string(), TRACE);
    }
}

#[test]
fn nobody_can_ask_for_more_than_the_part_that_is_sampled() {
    let sampled = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let asked = [decided(None), decided(Some(&sampled))];
    assert!(spans_of(0.0, &asked).is_empty());
    let head = Head(Sampler::TraceIdRatioBased(0.5));
    let kept = |trace_id: &str| {
        let trace_id = TraceId::from_hex(trace_id).unwrap();
        let above = SpanContext::new(
            trace_id,
            SpanId::from_hex("00f067aa0ba902b7").unwrap(),
            TraceFlags::SAMPLED,
            true,
            TraceState::default(),
        );
        let above = Context::new().with_remote_span_context(above);
        let result = head.should_sample(
            Some(&above),
            trace_id,
            DECISION,
            &SpanKind::Server,
            &[],
            &[],
        );
        result.decision == SamplingDecision::RecordAndSample
    };
    assert!(kept("00000000000000000000000000000001"));
    assert!(!kept("ffffffffffffffffffffffffffffffff"));
}
