//! The rules over the fakes, behind a door, as the tests of the faces need them: with the administrator `admin`, at a
//! time that stands still.

use std::{net::SocketAddr, sync::Arc};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
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

use crate::door::Door;

/// The time: 2026-03-02T09:00:00Z.
const NOW: i64 = 1_772_442_000;

/// Where all requests come from.
pub(crate) const PEER: &str = "192.0.2.7:50000";

/// Hears nothing.
pub(crate) struct Deaf;

impl RefusalListener for Deaf {
    fn refused(&self, _: &RefusedCredential) {}
}

/// The door to a new store that only `admin` is in.
pub(crate) async fn door() -> Arc<Door> {
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
    let hash = QuickPasswords::hash_of(&password("admin"));
    let admin = UserName::parse("admin").unwrap();
    let (origin, id) = (Origin::operator(now), UserId::from_number(1));
    let made = initialise(&*store, &origin, id, &admin, hash, Settings::default());
    assert_eq!(made.await, Ok(true));
    Arc::new(Door {
        app: Arc::new(App::new(ports, policy())),
        engine: Arc::new(Engine::new(memory, store, keys)),
        refusals: Arc::new(Deaf),
        granted: Arc::default(),
    })
}

/// Where a request of these tests comes from, for who calls the rules himself.
pub(crate) fn origin(app: &App) -> Origin {
    let peer: SocketAddr = PEER.parse().unwrap();
    let none = Networks::default();
    Origin::from_peer(app.now(), String::new(), "", peer.ip(), [], &none)
}

/// Everybody's password.
pub(crate) fn password(name: &str) -> String {
    format!("pa55w0rd of {name}")
}

/// The same for the rules.
pub(crate) fn secret(name: &str) -> Plaintext {
    Plaintext::from(password(name))
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
