//! A small office to call the routes of the directory in: the real router over the fakes, with the administrator
//! `admin` and the plain user `anna`, each with a session.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode},
};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::Value;
use tokenry_core::{
    app::{App, Lockout, Origin, Policy, Ports, initialise},
    fake::{ManualClock, MemoryStore, QuickPasswords, SeededEntropy},
    id::{UserId, UserName},
    port::{RefusalListener, RefusedCredential},
    secret::Plaintext,
    settings::Settings,
    token::{
        address::Networks,
        form::{
            key_ring::{KeyId, KeyRing, RootSecret},
            splunk_jwt::Version,
        },
    },
};
use tokenry_engine::{Engine, Memory};
use tower::ServiceExt as _;

use crate::{
    door::Door,
    listener::Peer,
    tanium::{Face, Product, router},
};

/// When the office opens: 2026-03-02T09:00:00Z.
const NOW: i64 = 1_772_442_000;

/// Where all requests come from.
const PEER: &str = "192.0.2.7:50000";

/// The office.
pub(super) struct Office {
    pub(super) app: Arc<App>,
    router: Router,
    admin: String,
    anna: String,
}

struct Deaf;

impl RefusalListener for Deaf {
    fn refused(&self, _: &RefusedCredential) {}
}

impl Office {
    pub(super) async fn open() -> Self {
        let memory = Arc::new(Memory::default());
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
        let hash = QuickPasswords::hash_of(&password("admin"));
        let admin = UserName::parse("admin").unwrap();
        let (origin, id) = (Origin::operator(now), UserId::from_number(1));
        let made = initialise(&*store, &origin, id, &admin, hash, Settings::default());
        assert_eq!(made.await, Ok(true));
        let face = Face {
            door: Arc::new(Door {
                app: Arc::clone(&app),
                engine: Arc::new(Engine::new(memory, store, keys)),
                refusals: Arc::new(Deaf),
            }),
            product: Product {
                version: "7.6.2.1218".to_owned(),
                server_name: "sh01".to_owned(),
                started: now,
            },
            max_body_bytes: 1 << 20,
        };
        let mut office = Self {
            app,
            router: router(Arc::new(face)),
            admin: String::new(),
            anna: String::new(),
        };
        office.admin = office.sign_in("admin").await;
        let anna = format!(r#"{{"name":"Anna","password":"{}"}}"#, password("anna"));
        let _ = office.does("POST", "users", &anna).await;
        office.anna = office.sign_in("anna").await;
        office
    }

    /// A call of the administrator, which succeeds: what is in the envelope.
    pub(super) async fn does(&self, method: &str, path: &str, body: &str) -> Value {
        let (status, text) = self.call(&self.admin, method, path, body, "").await;
        assert_eq!(status, StatusCode::OK, "{method} {path}: {text}");
        data(&text)
    }

    /// The same with options.
    pub(super) async fn does_with(&self, path: &str, options: &str) -> Value {
        let (status, text) = self.call(&self.admin, "GET", path, "", options).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        data(&text)
    }

    /// A call of the administrator, whole.
    pub(super) async fn tries(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let (status, text) = self.call(&self.admin, method, path, body, "").await;
        (status.as_u16(), text)
    }

    /// A call of the plain user, whole.
    pub(super) async fn anna_tries(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let (status, text) = self.call(&self.anna, method, path, body, "").await;
        (status.as_u16(), text)
    }

    async fn call(
        &self,
        session: &str,
        method: &str,
        path: &str,
        body: &str,
        options: &str,
    ) -> (StatusCode, String) {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(format!("/api/v2/{path}"))
            .extension(Peer::Tcp(PEER.parse().unwrap()))
            .header("session", session);
        if !options.is_empty() {
            request = request.header("tanium-options", options);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn sign_in(&self, name: &str) -> String {
        let (now, none) = (self.app.now(), Networks::default());
        let peer: SocketAddr = PEER.parse().unwrap();
        let origin = Origin::from_peer(now, String::new(), "", peer.ip(), [], &none);
        let secret = Plaintext::from(password(name));
        let key = self.app.login_in_domain(name, "", secret, &origin).await;
        key.unwrap().expose().to_owned()
    }
}

/// What is in the envelope, which has nothing else in it.
fn data(text: &str) -> Value {
    let answer: Value = serde_json::from_str(text).unwrap();
    let envelope = answer.as_object().unwrap();
    assert_eq!(envelope.keys().collect::<Vec<_>>(), ["data"], "{text}");
    envelope["data"].clone()
}

fn password(name: &str) -> String {
    format!("pa55w0rd of {name}")
}

fn policy() -> Policy {
    Policy {
        server_name: "sh01".to_owned(),
        jwt_version: Version::V2,
        identity_provider: "Splunk",
        time_zone: TimeZone::UTC,
        session_idle_timeout: SignedDuration::from_mins(60),
        password_min_chars: 8,
        lockout: Lockout {
            attempts: 3,
            window: SignedDuration::from_mins(5),
            duration: SignedDuration::from_mins(30),
        },
        numbered_session_idle_timeout: SignedDuration::from_mins(5),
        trusted_proxies: Networks::default(),
    }
}
