//! A small town to call the gateway in: the real router over the fake store, users with and without privileges, and an
//! ear for refusals.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use tokenry_core::{
    app::{
        ApiTokensEdit, App, Caller, CreatedApiToken, Lockout, NewApiToken, NewUser, Origin,
        PersonaEdit, Policy, Ports, ProfileEdit, RoleEdit, initialise,
    },
    fake::{ManualClock, MemoryStore, QuickPasswords, SeededEntropy},
    id::{Capability, RoleName, UserId, UserName},
    port::{Clock as _, RefusalListener, RefusedCredential, View as _},
    principal::password::PasswordHash,
    secret::Plaintext,
    settings::Settings,
    token::{
        address::Networks,
        form::{
            key_ring::{KeyId, KeyRing, RootSecret},
            splunk_jwt::Version,
        },
    },
    verify::{Grant, Reason, Via},
};
use tokenry_engine::{Engine, Memory};
use tower::ServiceExt as _;

use crate::{
    door::Door,
    listener::Peer,
    tanium::{Face, Product, router},
};

/// When the town is founded: 2026-03-02T09:00:00Z.
const NOW: i64 = 1_772_442_000;

/// Where all requests come from.
const PEER: &str = "192.0.2.7:50000";

/// The path.
pub(super) const PATH: &str = "/plugin/products/gateway/graphql";

/// Users, and the capabilities of the role that each has; none is the built-in role for the gateway.
const USERS: &[(&str, Option<&[&str]>)] = &[
    ("anna", None),
    ("bert", None),
    ("viewer", Some(&["gateway use api", "view token"])),
    ("guest", Some(&["gateway use api"])),
    ("outsider", Some(&["use token"])),
    ("rotator", Some(&["gateway use api", "rotate token"])),
];

/// The town.
pub(super) struct Town {
    pub(super) door: Arc<Door>,
    router: Router,
    clock: Arc<ManualClock>,
    memory: Arc<Memory>,
    ear: Arc<Ear>,
}

/// Hears refusals.
#[derive(Default)]
struct Ear(Mutex<Vec<Reason>>);

impl RefusalListener for Ear {
    fn refused(&self, refusal: &RefusedCredential) {
        self.0.lock().unwrap().push(refusal.reason);
    }
}

impl Town {
    /// A town with the administrator `admin`, the [`USERS`], and the persona `Reporting` that `anna` may act as.
    pub(super) async fn new() -> Self {
        let memory = Arc::new(Memory::default());
        let store = Arc::new(MemoryStore::new(Arc::<Memory>::clone(&memory)));
        let clock = Arc::new(ManualClock::at(Timestamp::from_second(NOW).unwrap()));
        let ring = vec![(KeyId::first(), RootSecret::from_bytes([7; 32]))];
        let keys = Arc::new(KeyRing::new(ring).unwrap());
        let ear = Arc::new(Ear::default());
        let ports = Ports {
            store: Arc::<MemoryStore>::clone(&store),
            view: Arc::<Memory>::clone(&memory),
            clock: Arc::<ManualClock>::clone(&clock),
            entropy: Arc::new(SeededEntropy::new(1)),
            passwords: Arc::new(QuickPasswords),
            keys: Arc::clone(&keys),
        };
        let engine = Engine::new(Arc::clone(&memory), Arc::<MemoryStore>::clone(&store), keys);
        let door = Arc::new(Door {
            app: Arc::new(App::new(ports, policy())),
            engine: Arc::new(engine),
            refusals: Arc::<Ear>::clone(&ear),
            granted: Arc::default(),
        });
        let face = Face {
            door: Arc::clone(&door),
            product: Product {
                version: "7.6.2.1218".to_owned(),
                server_name: "sh01".to_owned(),
                started: clock.now(),
            },
            max_body_bytes: 1 << 20,
        };
        let town = Self {
            door,
            router: router(Arc::new(face)),
            clock,
            memory,
            ear,
        };
        town.settle(&store).await;
        town
    }

    async fn settle(&self, store: &MemoryStore) {
        let (number, admin) = (UserId::from_number(1), name("admin"));
        let (hash, settings) = (hash("admin"), Settings::default());
        let made = initialise(store, &self.origin(), number, &admin, hash, settings).await;
        assert_eq!(made, Ok(true));
        let admin = self.caller("admin");
        for (user, capabilities) in USERS {
            let role = self.role_for(&admin, user, *capabilities).await;
            let new = NewUser {
                name: name(user),
                password: Some(password(user)),
                roles: vec![role],
                create_role: false,
                profile: ProfileEdit::default(),
            };
            self.door.app.create_user(&admin, new).await.unwrap();
        }
        let roles = [self.memory.world().roles()[&gateway_role()].number];
        let anna = self.caller("anna").principal().user.id;
        let edit = PersonaEdit {
            name: Some("Reporting".to_owned()),
            roles: Some(roles.into()),
            users: Some([anna].into()),
            ..PersonaEdit::default()
        };
        self.door.app.create_persona(&admin, edit).await.unwrap();
        let trusted = Networks::parse("", "192.0.2.0/24").unwrap();
        let edit = ApiTokensEdit {
            trusted_addresses: Some(trusted),
            ..ApiTokensEdit::default()
        };
        let app = &self.door.app;
        app.edit_api_tokens_settings(&admin, edit).await.unwrap();
    }

    async fn role_for(&self, admin: &Caller, user: &str, own: Option<&[&str]>) -> RoleName {
        let Some(capabilities) = own else {
            return gateway_role();
        };
        let capabilities = capabilities
            .iter()
            .map(|one| Capability::parse(one).unwrap());
        let edit = RoleEdit {
            capabilities: Some(capabilities.collect()),
            ..RoleEdit::default()
        };
        let role = RoleName::parse(&format!("role-of-{user}")).unwrap();
        let made = self.door.app.create_role(admin, role, edit).await;
        made.unwrap().name
    }

    /// A user, calling now.
    pub(super) fn caller(&self, user: &str) -> Caller {
        let world = self.memory.world();
        let grant = Grant {
            principal: Arc::clone(world.named(&name(user)).unwrap()),
            via: Via::Password,
        };
        Caller::new(grant, self.origin())
    }

    /// A session key.
    pub(super) async fn sign_in(&self, user: &str) -> String {
        let app = &self.door.app;
        let key = app
            .login_in_domain(user, "", password(user), &self.origin())
            .await;
        key.unwrap().expose().to_owned()
    }

    /// A token, made without the gateway.
    pub(super) async fn make_token(&self, user: &str) -> CreatedApiToken {
        let wanted = NewApiToken::default();
        let app = &self.door.app;
        app.create_api_token(&self.caller(user), wanted)
            .await
            .unwrap()
    }

    /// How many tokens a user has.
    pub(super) async fn count(&self, user: &str) -> usize {
        let app = &self.door.app;
        app.list_own_api_tokens(&self.caller(user))
            .await
            .unwrap()
            .len()
    }

    /// What has been refused so far.
    pub(super) fn refusals(&self) -> Vec<Reason> {
        self.ear.0.lock().unwrap().clone()
    }

    pub(super) fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    fn origin(&self) -> Origin {
        let peer: std::net::SocketAddr = PEER.parse().unwrap();
        let none = Networks::default();
        Origin::from_peer(self.clock.now(), String::new(), "", peer.ip(), [], &none)
    }

    /// The router.
    pub(super) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Sends a body as it is, and answers the response as it is.
    pub(super) async fn send(
        &self,
        session: Option<&str>,
        body: impl Into<Body>,
    ) -> Response<Body> {
        self.send_from(PEER, session, body).await
    }

    /// The same from somewhere else.
    pub(super) async fn send_from(
        &self,
        peer: &str,
        session: Option<&str>,
        body: impl Into<Body>,
    ) -> Response<Body> {
        let mut request = Request::post(PATH)
            .extension(Peer::Tcp(peer.parse().unwrap()))
            .header(
                "accept",
                "application/graphql-response+json, application/json",
            );
        if let Some(session) = session {
            request = request.header("session", session);
        }
        let request = request.body(body.into()).unwrap();
        self.router().oneshot(request).await.unwrap()
    }

    /// Sends a body and writes down the whole answer.
    pub(super) async fn transcript(&self, session: Option<&str>, body: &str) -> String {
        transcript(self.send(session, body.to_owned()).await).await
    }

    /// Runs a query on behalf of a user who has signed in. The answer, which must have status 200.
    pub(super) async fn ask(&self, user: &str, query: &str, variables: Value) -> Value {
        let session = self.sign_in(user).await;
        let body = json!({ "query": query, "variables": variables });
        let response = self.send(Some(&session), body.to_string()).await;
        assert_eq!(response.status(), 200);
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    /// The codes of the errors that a query gets, in place of data.
    pub(super) async fn codes(&self, query: &str, variables: Value) -> String {
        let answer = self.ask("anna", query, variables).await;
        let errors = answer["errors"].as_array();
        let errors = errors.unwrap_or_else(|| panic!("no errors: {answer:.300}"));
        assert_eq!(answer["data"], Value::Null);
        let code = |error: &Value| {
            let arguments = &error["extensions"]["argumentErrors"];
            arguments[0]["code"].as_str().unwrap().to_owned()
        };
        errors.iter().map(code).collect::<Vec<_>>().join(" ")
    }
}

/// Status, headers and body.
pub(super) async fn transcript(response: Response<Body>) -> String {
    let mut lines = vec![response.status().to_string()];
    let headers = response.headers().iter();
    lines.extend(headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())));
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    lines.push(String::new());
    lines.push(String::from_utf8(bytes.to_vec()).unwrap());
    lines.join("\n")
}

fn gateway_role() -> RoleName {
    RoleName::parse("api-gateway-user").unwrap()
}

fn name(user: &str) -> UserName {
    UserName::parse(user).unwrap()
}

fn password(user: &str) -> Plaintext {
    Plaintext::from(format!("password of {user}"))
}

fn hash(user: &str) -> PasswordHash {
    QuickPasswords::hash_of(password(user).expose())
}

fn policy() -> Policy {
    Policy {
        server_name: "sh01".to_owned(),
        jwt_version: Version::V2,
        identity_provider: "Tokenry",
        time_zone: TimeZone::UTC,
        session_idle_timeout: SignedDuration::from_hours(1),
        password_min_chars: 8,
        lockout: Lockout {
            attempts: 0,
            window: SignedDuration::from_mins(5),
            duration: SignedDuration::from_mins(30),
        },
        numbered_session_idle_timeout: SignedDuration::from_mins(5),
        trusted_proxies: Networks::default(),
    }
}
