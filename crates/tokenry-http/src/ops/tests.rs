//! The three paths, over a server in memory whose lease on freshness the tests decide.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body, http::Request};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::Value;
use tokenry_core::{
    app::{App, Lockout, Origin, Policy, Ports, initialise},
    fake::{ManualClock, MemoryStore, QuickPasswords, SeededEntropy},
    id::{UserId, UserName},
    port::{Known, RefusalListener, RefusedCredential},
    settings::Settings,
    token::{
        address::Networks,
        form::{
            key_ring::{KeyId, KeyRing, RootSecret},
            splunk_jwt::Version,
        },
    },
    verify::Reason,
};
use tokenry_engine::{Engine, Lease, Memory};
use tower::ServiceExt as _;

use super::{Flushes, Ops, Refusals, health, router};
use crate::gate::{DoorName, Meters, Outcome};

/// 2026-03-02T09:00:00Z.
const NOW: i64 = 1_772_442_000;

struct Deaf;

impl RefusalListener for Deaf {
    fn refused(&self, _: &RefusedCredential) {}
}

struct Scene {
    ops: Arc<Ops>,
    meters: Arc<Meters>,
    refusals: Arc<Refusals>,
    flushes: Arc<Flushes>,
}

impl Scene {
    async fn with_lease(lease: Lease) -> Self {
        let memory = Arc::new(Memory::with_capacity(1000).leased(lease));
        let store = Arc::new(MemoryStore::new(Arc::<Memory>::clone(&memory)));
        let ring = vec![(KeyId::first(), RootSecret::from_bytes([7; 32]))];
        let keys = Arc::new(KeyRing::new(ring).unwrap());
        let now = Timestamp::from_second(NOW).unwrap();
        let ports = Ports {
            store: Arc::<MemoryStore>::clone(&store),
            view: Arc::<Memory>::clone(&memory),
            clock: Arc::new(ManualClock::at(now)),
            entropy: Arc::new(SeededEntropy::new(1)),
            passwords: Arc::new(QuickPasswords),
            keys: Arc::clone(&keys),
        };
        let app = Arc::new(App::new(ports, policy()));
        let hash = QuickPasswords::hash_of("admin's password");
        let admin = UserName::parse("admin").unwrap();
        let (origin, id) = (Origin::operator(now), UserId::from_number(1));
        let made = initialise(&*store, &origin, id, &admin, hash, Settings::default());
        assert_eq!(made.await, Ok(true));
        let engine = Arc::new(Engine::new(memory, store, keys));
        let meters = Arc::<Meters>::default();
        let refusals = Arc::new(Refusals::before(Arc::new(Deaf)));
        let flushes = Arc::<Flushes>::default();
        let ops = Ops::new(
            app,
            engine,
            Arc::clone(&meters),
            Arc::clone(&refusals),
            Arc::clone(&flushes),
        );
        Self {
            ops: Arc::new(ops),
            meters,
            refusals,
            flushes,
        }
    }

    async fn ask(&self, path: &str) -> Said {
        self.ask_with(path, "accept", "*/*").await
    }

    async fn ask_with(&self, path: &str, header: &str, value: &str) -> Said {
        ask(router(Arc::clone(&self.ops)), path, header, value).await
    }
}

struct Said {
    status: u16,
    media_type: String,
    text: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

async fn ask(router: Router, path: &str, header: &str, value: &str) -> Said {
    let request = Request::get(path).header(header, value);
    let answer = router.oneshot(request.body(Body::empty()).unwrap());
    let answer = answer.await.unwrap();
    let header = |name: &str| {
        let value = answer.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap()).to_owned()
    };
    let status = answer.status().as_u16();
    if status != 404 {
        assert_eq!(header("cache-control"), "no-store", "{path}");
    }
    let media_type = header("content-type");
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    Said {
        status,
        media_type,
        text: String::from_utf8(body.into()).unwrap(),
    }
}

fn policy() -> Policy {
    Policy {
        server_name: "test".to_owned(),
        jwt_version: Version::V1,
        identity_provider: "splunk",
        time_zone: TimeZone::UTC,
        session_idle_timeout: SignedDuration::from_hours(1),
        password_min_chars: 8,
        lockout: Lockout {
            attempts: 5,
            window: SignedDuration::from_mins(5),
            duration: SignedDuration::from_mins(30),
        },
        numbered_session_idle_timeout: SignedDuration::from_mins(5),
        trusted_proxies: Networks::default(),
    }
}

/// A lease that has ended a while ago: it was renewed last by a proof from its beginning, and was short.
fn ended() -> Lease {
    let lease = Lease::of(Duration::ZERO);
    assert!(!lease.is_held());
    lease
}

#[tokio::test]
async fn a_server_that_commits_is_ready() {
    let scene = Scene::with_lease(Lease::of(Duration::from_secs(30))).await;
    let at = Timestamp::from_second(NOW).unwrap();
    scene.flushes.succeeded(at, Duration::from_millis(3), 2);
    let said = scene.ask("/readyz").await;
    assert_eq!(
        (said.status, said.media_type.as_str()),
        (200, "application/json")
    );
    let json = said.json();
    assert_eq!(json["ready"], true);
    assert_eq!(json["store"]["last_commit"], "2026-03-02T09:00:00Z");
    assert!(
        json["store"]["seconds_left"].as_u64().unwrap() >= 28,
        "{json}"
    );
    let health = scene.ask("/healthz").await;
    assert_eq!((health.status, health.text.as_str()), (200, "ok\n"));
}

#[tokio::test]
async fn nt75_a_server_whose_store_has_not_committed_for_too_long_is_not_ready_but_alive() {
    let scene = Scene::with_lease(ended()).await;
    let at = Timestamp::from_second(NOW - 40).unwrap();
    scene.flushes.failed(at);
    scene
        .flushes
        .failed(Timestamp::from_second(NOW - 10).unwrap());
    let said = scene.ask("/readyz").await;
    assert_eq!(said.status, 503);
    let json = said.json();
    assert_eq!(json["ready"], false);
    assert_eq!(json["store"]["ready"], false);
    let since: Timestamp = json["store"]["since"].as_str().unwrap().parse().unwrap();
    assert!(since <= Timestamp::from_second(NOW).unwrap(), "{since}");
    assert_eq!(
        json["store"]["failing_since"], "2026-03-02T08:59:20Z",
        "the first"
    );
    assert_eq!(json["store"]["seconds_left"], 0);
    assert_eq!(json["world"]["ready"], true);
    assert_eq!(scene.ask("/healthz").await.status, 200);
    let page = scene.ask("/metrics").await.text;
    for line in [
        "tokenry_freshness_seconds_left 0",
        "tokenry_ready 0",
        "tokenry_flush_failures_total 2",
    ] {
        assert!(page.lines().any(|one| one == line), "{line}\n{page}");
    }
    // The store commits again.
    scene
        .ops
        .engine
        .memory()
        .lease()
        .renew(Instant::now() + Duration::from_secs(9));
    scene.flushes.succeeded(at, Duration::ZERO, 0);
    let json = scene.ask("/readyz").await.json();
    assert_eq!(
        (&json["ready"], &json["store"]["failing_since"]),
        (&Value::Bool(true), &Value::Null)
    );
}

#[tokio::test]
async fn a_server_that_stops_is_not_ready() {
    let scene = Scene::with_lease(Lease::default()).await;
    assert_eq!(scene.ask("/readyz").await.status, 200);
    scene.ops.stop();
    let said = scene.ask("/readyz").await;
    assert_eq!(said.status, 503);
    assert_eq!(said.json()["serving"]["since"], "2026-03-02T09:00:00Z");
    assert_eq!(said.json()["store"]["ready"], true);
}

#[tokio::test]
async fn everything_that_is_counted_is_on_the_page() {
    let scene = Scene::with_lease(Lease::of(Duration::from_secs(30))).await;
    let took = Duration::from_micros(5);
    scene.meters.count(DoorName::Verify, Outcome::Allowed, took);
    scene
        .meters
        .count(DoorName::Grpc, Outcome::Denied(Reason::Revoked), took);
    scene
        .meters
        .count(DoorName::ExtAuthz, Outcome::UnknownCaller, Duration::ZERO);
    scene.flushes.succeeded(
        Timestamp::from_second(NOW).unwrap(),
        Duration::from_millis(7),
        12,
    );
    scene.refusals.refused(&RefusedCredential {
        origin: Origin::operator(Timestamp::from_second(NOW).unwrap()),
        reason: Reason::WrongPassword,
        known: Known::default(),
    });
    let page = scene.ask("/metrics").await;
    assert_eq!(page.media_type, "text/plain; version=0.0.4; charset=utf-8");
    for line in [
        r#"tokenry_gate_decisions_total{door="verify",outcome="allowed",reason="none"} 1"#,
        r#"tokenry_gate_decisions_total{door="grpc",outcome="denied",reason="revoked"} 1"#,
        r#"tokenry_gate_decisions_total{door="ext_authz",outcome="unknown_caller",reason="none"} 1"#,
        r#"tokenry_gate_decisions_total{door="verify",outcome="denied",reason="revoked"} 0"#,
        r#"tokenry_gate_decision_seconds_bucket{door="verify",le="4e-6"} 0"#,
        r#"tokenry_gate_decision_seconds_bucket{door="verify",le="8e-6"} 1"#,
        r#"tokenry_gate_decision_seconds_count{door="ext_authz"} 0"#,
        r#"tokenry_refusals_total{reason="wrong_password"} 1"#,
        r#"tokenry_flush_seconds_bucket{le="0.005"} 0"#,
        r#"tokenry_flush_seconds_bucket{le="0.01"} 1"#,
        "tokenry_flush_rows_total 12",
        "tokenry_flush_last_success_timestamp_seconds 1772442000",
        "tokenry_users 1",
        "tokenry_ready 1",
        "process_start_time_seconds 1772442000",
    ] {
        assert!(
            page.text.lines().any(|one| one == line),
            "{line}\n{}",
            page.text
        );
    }
    let asked = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
    let page = scene.ask_with("/metrics", "accept", asked).await;
    assert!(page.media_type.starts_with("application/openmetrics-text"));
    assert!(page.text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn each_metric_is_described_once_and_no_series_is_there_twice() {
    let scene = Scene::with_lease(Lease::default()).await;
    let page = scene.ask("/metrics").await.text;
    let mut described: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next())
        .collect();
    let mut series: Vec<&str> = page
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit_once(' ').map(|(series, _)| series))
        .collect();
    for list in [&mut described, &mut series] {
        let all = list.len();
        list.sort_unstable();
        list.dedup();
        assert_eq!(list.len(), all);
    }
    for series in series {
        let name = series.split('{').next().unwrap();
        let known = described.iter().any(|known| name.starts_with(known));
        assert!(known, "{series} is not described");
    }
}

#[tokio::test]
async fn nt37_the_gates_own_listener_has_no_page_of_metrics() {
    let scene = Scene::with_lease(Lease::default()).await;
    let health = || health(Arc::clone(&scene.ops));
    let agent = ("user-agent", "GoogleHC/1.0");
    assert_eq!(
        ask(health(), "/healthz", agent.0, agent.1).await.status,
        200
    );
    assert_eq!(ask(health(), "/readyz", agent.0, agent.1).await.status, 200);
    assert_eq!(
        ask(health(), "/metrics", agent.0, agent.1).await.status,
        404
    );
}

/// The words in a text that name metrics.
fn named(text: &str) -> BTreeSet<&str> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !word(c))
        .filter(|name| name.starts_with("tokenry_") || name.starts_with("process_"))
        .collect()
}

#[tokio::test]
async fn dashboard_alerts_and_documentation_name_metrics_that_exist_and_the_documentation_all() {
    let scene = Scene::with_lease(Lease::default()).await;
    let page = scene.ask("/metrics").await.text;
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    let there: BTreeSet<&str> = samples
        .filter_map(|line| line.split(['{', ' ']).next())
        .collect();
    let described: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next())
        .collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap();
    let dashboard = read("packaging/grafana/tokenry.json");
    let parsed: Value = serde_json::from_str(&dashboard).unwrap();
    assert!(!parsed["panels"].as_array().unwrap().is_empty());
    for (file, text) in [
        ("the dashboard", dashboard),
        ("the alerts", read("examples/prometheus/alerts.yml")),
    ] {
        let unknown: Vec<_> = named(&text).difference(&there).copied().collect();
        assert!(
            !named(&text).is_empty() && unknown.is_empty(),
            "{file}: {unknown:?}"
        );
    }
    let documented = read("docs/observability.md");
    let missing: Vec<_> = described.difference(&named(&documented)).copied().collect();
    assert!(missing.is_empty(), "not documented: {missing:?}");
    let known: BTreeSet<&str> = there.union(&described).copied().collect();
    let unknown: Vec<_> = named(&documented).difference(&known).copied().collect();
    assert!(unknown.is_empty(), "documented, but not there: {unknown:?}");
}
