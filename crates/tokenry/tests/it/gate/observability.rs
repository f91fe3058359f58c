//! Metrics, health and traces of the real server: they tell what happened, and never a secret.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value as Any},
};
use prost::Message as _;
use serde_json::{Value, json};
use tokenry_testkit::{
    gate::{Asking, Told},
    server::{ADMIN_PASSWORD, Server},
};

use super::kit::{CLIENT, admin, server_with, string};
use crate::{
    kit::{BINARY, CONTEXT, TOKENS},
    secrets::Secrets,
};

/// The longest that something may take, on the slowest machine.
const PATIENCE: Duration = Duration::from_mins(1);

async fn visit(address: SocketAddr, path: &str) -> Told {
    Asking(address).send("GET", path, &[], "").await
}

/// The value of one series.
async fn metric(server: &Server, series: &str) -> f64 {
    let page = visit(server.metrics(), "/metrics").await;
    assert_eq!(page.status, 200);
    let mut lines = page.body.lines().filter_map(|line| line.rsplit_once(' '));
    let found = lines.find(|(name, _)| *name == series);
    let (_, value) = found.unwrap_or_else(|| panic!("no {series} in:\n{}", page.body));
    value.parse().unwrap()
}

#[tokio::test]
async fn what_was_asked_is_counted_by_door_and_reason() {
    let (server, gate, token) = server_with("").await;
    let forged = "eyJraWQiOiJzcGx1bmsuc2VjcmV0IiwiYWxnIjoiSFM1MTIifQ.e30.AAAA";
    for (presented, status) in [(token.as_str(), 200), (&token, 200), (forged, 401)] {
        assert_eq!(gate.about(presented, CLIENT).await.status, status);
    }
    assert_eq!(
        gate.verify(&[("X-Forwarded-For", CLIENT)]).await.status,
        401
    );
    for (series, expected) in [
        (
            r#"tokenry_gate_decisions_total{door="verify",outcome="allowed",reason="none"}"#,
            2.0_f64,
        ),
        (
            r#"tokenry_gate_decisions_total{door="verify",outcome="denied",reason="missing"}"#,
            1.0,
        ),
        (r#"tokenry_gate_decision_seconds_count{door="verify"}"#, 4.0),
        (r#"tokenry_refusals_total{reason="missing"}"#, 1.0),
        (
            r#"tokenry_lookups_total{record="token",place="store"}"#,
            1.0,
        ),
        (
            r#"tokenry_lookups_total{record="token",place="memory"}"#,
            1.0,
        ),
        (r#"tokenry_records{record="token"}"#, 1.0),
        ("tokenry_users", 1.0),
        ("tokenry_ready", 1.0),
    ] {
        assert_eq!(
            metric(&server, series).await.to_bits(),
            expected.to_bits(),
            "{series}"
        );
    }
    assert!(metric(&server, "tokenry_freshness_seconds_left").await > 10.0);
    let asked = [("Accept", "application/openmetrics-text; version=1.0.0")];
    let page = Asking(server.metrics())
        .send("GET", "/metrics", &asked, "")
        .await;
    assert!(page.body.ends_with("# EOF\n"), "{}", page.body);
}

/// oauth2-proxy let pass whoever called himself a health check (GHSA-5hvv-m4w4-gf6v).
#[tokio::test]
async fn nt37_nothing_about_health_switches_authentication_off() {
    let (server, gate, _) = server_with("").await;
    for (header, value) in [
        ("User-Agent", "GoogleHC/1.0"),
        ("User-Agent", "kube-probe/1.30"),
        ("User-Agent", "ELB-HealthChecker/2.0"),
        ("X-Health-Check", "1"),
        ("X-Forwarded-Uri", "/healthz"),
        ("X-Original-URI", "/readyz"),
        ("X-Forwarded-Path", "/metrics"),
        (
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
    ] {
        let told = gate
            .verify(&[(header, value), ("X-Forwarded-For", CLIENT)])
            .await;
        assert_eq!(told.status, 401, "{header}: {value}");
    }
    for path in [
        "/v1/ext-authz/healthz",
        "/v1/ext-authz/readyz",
        "/v1/ext-authz/metrics",
    ] {
        assert_eq!(visit(server.gate(), path).await.status, 401, "{path}");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(visit(server.gate(), path).await.status, 200, "{path}");
        assert_eq!(visit(server.metrics(), path).await.status, 200, "{path}");
    }
    assert_eq!(visit(server.gate(), "/metrics").await.status, 404);
    for path in [
        "/v1/verify",
        "/services/authorization/tokens",
        "/api/v1/tokens",
    ] {
        assert_eq!(visit(server.metrics(), path).await.status, 404, "{path}");
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        let status = server.anonymous().get(path).await.status;
        assert!(matches!(status, 401 | 404), "{path}: {status}");
    }
}

/// Goes on asking until the server answers so.
async fn until_ready_is(server: &Server, status: u16) -> Value {
    let asking = async {
        loop {
            let told = visit(server.metrics(), "/readyz").await;
            if told.status == status {
                return serde_json::from_str(&told.body).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, asking).await;
    waited.unwrap_or_else(|_| panic!("/readyz was never {status}:\n{}", server.log()))
}

#[tokio::test]
async fn nt04_nt75_without_a_store_the_gate_goes_on_for_a_while_then_says_503_and_both_are_seen() {
    let (server, gate, token) = server_with("[gate]\nfreshness = \"10s\"\n").await;
    assert_eq!(gate.about(&token, CLIENT).await.status, 200);
    until_ready_is(&server, 200).await;
    let database = server.data().join("tokenry.db");
    let elsewhere = server.place().join("elsewhere.db");
    fs::rename(&database, &elsewhere).unwrap();
    assert_eq!(
        gate.about(&token, CLIENT).await.status,
        200,
        "is remembered"
    );
    let ready = until_ready_is(&server, 503).await;
    assert_eq!(ready["store"]["ready"], false, "{ready}");
    for time in ["since", "failing_since", "last_commit"] {
        assert!(ready["store"][time].is_string(), "{time}: {ready}");
    }
    assert_eq!(ready["world"]["ready"], true, "{ready}");
    assert_eq!(gate.about(&token, CLIENT).await.status, 503);
    let undecided =
        r#"tokenry_gate_decisions_total{door="verify",outcome="undecided",reason="none"}"#;
    assert!(metric(&server, undecided).await >= 1.0);
    assert!(metric(&server, "tokenry_flush_failures_total").await >= 1.0);
    for series in ["tokenry_ready", "tokenry_freshness_seconds_left"] {
        assert!(metric(&server, series).await <= 0.0, "{series}");
    }
    assert_eq!(
        visit(server.metrics(), "/healthz").await.status,
        200,
        "it lives"
    );
    fs::rename(&elsewhere, &database).unwrap();
    let ready = until_ready_is(&server, 200).await;
    assert_eq!(ready["store"]["failing_since"], Value::Null, "{ready}");
    assert_eq!(gate.about(&token, CLIENT).await.status, 200);
}

/// A collector of traces that takes everything.
struct Collector {
    address: SocketAddr,
    batches: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let batches = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let taken = Arc::clone(&batches);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let body = take(stream.unwrap());
                taken.lock().unwrap().push(body);
            }
        });
        Self { address, batches }
    }

    fn batches(&self) -> Vec<Vec<u8>> {
        self.batches.lock().unwrap().clone()
    }
}

/// Takes one request, and gives back its body.
fn take(mut stream: TcpStream) -> Vec<u8> {
    let mut got = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let length = stream.read(&mut piece).unwrap();
        assert!(length > 0, "it ended early");
        got.extend_from_slice(&piece[..length]);
        let Some(end) = got.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8(got[..end].to_vec()).unwrap();
        assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
        assert!(
            head.contains("content-type: application/x-protobuf"),
            "{head}"
        );
        let length = head.split("content-length: ").nth(1).unwrap();
        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
        if got.len() == end + 4 + length {
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer.as_bytes()).unwrap();
            return got[end + 4..].to_vec();
        }
    }
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|one| one.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Any::StringValue(text) => Some(text.clone()),
        Any::IntValue(number) => Some(number.to_string()),
        _ => None,
    }
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A server that tells this collector of everything.
fn traced(collector: &Collector) -> Server {
    Server::builder(BINARY)
        .env(
            "TOKENRY_TELEMETRY__OTLP_ENDPOINT",
            format!("http://{}", collector.address),
        )
        .env("TOKENRY_TELEMETRY__SAMPLE_RATIO", "1.0")
        .env("TOKENRY_TELEMETRY__SERVICE_NAME", "edge-7")
        .start()
}

#[tokio::test]
async fn nt41_traces_reach_the_collector_and_neither_they_nor_metrics_nor_health_tell_a_secret() {
    let collector = Collector::open();
    let mut server = traced(&collector);
    let mut secrets = Secrets::default();
    secrets.add("the administrator's password", ADMIN_PASSWORD.as_bytes());
    let key = server.session_key("admin", ADMIN_PASSWORD).await;
    secrets.add("a session key", key.as_bytes());
    let maker = admin(&server).await;
    let token = string(&maker, &json!({})).await;
    secrets.add("a token", token.rsplit('_').next().unwrap().as_bytes());
    let gate = Asking(server.gate());
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let bearer = format!("Bearer {token}");
    let with_trace = [
        ("Authorization", bearer.as_str()),
        ("traceparent", parent.as_str()),
    ];
    assert_eq!(gate.verify(&with_trace).await.status, 200);
    let uri = format!("/orders/{token}?token={token}&key={key}");
    for misplaced in [
        &[
            ("X-Forwarded-Uri", uri.as_str()),
            ("Authorization", "Bearer nonsense"),
        ][..],
        &[
            ("User-Agent", token.as_str()),
            ("X-Request-Id", key.as_str()),
        ],
        &[
            ("traceparent", token.as_str()),
            ("Authorization", bearer.as_str()),
        ],
        &[
            ("tracestate", key.as_str()),
            ("traceparent", parent.as_str()),
        ],
    ] {
        gate.verify(misplaced).await;
    }
    let stranger = server.anonymous();
    for path in [
        format!("/services/authorization/tokens/{token}?token={token}"),
        format!("{TOKENS}&id={key}"),
    ] {
        drop(stranger.get(&path).await);
        drop(server.bearer(&token).get(&path).await);
    }
    assert_eq!(server.bearer(&token).get(CONTEXT).await.status, 200);
    for path in ["/metrics", "/readyz", "/healthz"] {
        let page = visit(server.metrics(), path).await;
        let found = secrets.search_bytes(Path::new(path), page.body.as_bytes());
        assert!(found.is_empty(), "{found:?}");
    }
    server.stop();
    let batches = collector.batches();
    let mut decisions = Vec::new();
    let mut requests = 0;
    for batch in &batches {
        let found = secrets.search_bytes(Path::new("a batch of traces"), batch);
        assert!(found.is_empty(), "{found:?}");
        let batch = ExportTraceServiceRequest::decode(batch.as_slice()).unwrap();
        for group in batch.resource_spans {
            let resource = group.resource.unwrap();
            let name = text(&resource.attributes, "service.name");
            assert_eq!(name.as_deref(), Some("edge-7"));
            for span in group.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                match span.name.as_str() {
                    "gate.decide" => decisions.push(span),
                    "request" => {
                        assert!(text(&span.attributes, "path").is_some());
                        requests += 1;
                    }
                    other => panic!("a span of the name {other}"),
                }
            }
        }
    }
    assert!(requests >= 6, "{requests} requests were traced");
    let hex = |bytes: &[u8]| tokenry_core::id::hex(bytes);
    let mine: Vec<_> = decisions
        .iter()
        .filter(|span| hex(&span.trace_id) == TRACE)
        .collect();
    assert_eq!(mine.len(), 2, "of the caller's trace");
    let granted = mine
        .iter()
        .find(|span| text(&span.attributes, "tokenry.outcome").as_deref() == Some("allowed"));
    let granted = granted.unwrap();
    assert_eq!(hex(&granted.parent_span_id), "00f067aa0ba902b7");
    for (key, value) in [
        ("tokenry.door", "verify"),
        ("tokenry.caller", "local"),
        ("tokenry.user_id", "1"),
    ] {
        assert_eq!(text(&granted.attributes, key).as_deref(), Some(value));
    }
    assert!(text(&granted.attributes, "tokenry.token").is_some());
    assert_eq!(decisions.len(), 5);
}

#[tokio::test]
async fn a_collector_that_is_not_there_holds_nothing_up() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut server = Server::builder(BINARY)
        .env(
            "TOKENRY_TELEMETRY__OTLP_ENDPOINT",
            format!("http://{closed}"),
        )
        .env("TOKENRY_TELEMETRY__SAMPLE_RATIO", "1.0")
        .start();
    let token = string(&admin(&server).await, &json!({})).await;
    assert_eq!(
        Asking(server.gate()).about(&token, CLIENT).await.status,
        200
    );
    server.stop();
    assert!(
        server.log().contains("the collector does not take traces"),
        "{}",
        server.log()
    );
}
