//! The composition root: where rules, store, engine and faces are put together. The only module that knows them all.

use std::{
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Context as _;
use axum::Router;
use jiff::{SignedDuration, tz::TimeZone};
use tempfile::NamedTempFile;
use tokenry_core::{
    app::{self, App, Lockout, Origin, Policy, Ports},
    id::{UserId, UserName},
    port::{
        AuditQuery, Clock as _, Commit, CommitListener, Entropy as _, PasswordWork as _, Store as _,
    },
    principal::password::check_new,
    secret::{Digest, Plaintext},
    settings,
    token::form::{key_ring::KeyRing, splunk_jwt::Version},
};
use tokenry_engine::{Engine, Lease, Memory};
use tokenry_http::{
    Door, console,
    gate::{self, Gate, Meters, Traces},
    native, oauth,
    ops::{self, Ops, Refusals},
    recent::Recent,
    splunk, tanium,
};
use tokenry_store::Store;
use zeroize::Zeroizing;

use crate::{
    compat::Profile,
    config::{self, Settings},
    ground::Ground,
    journal::{self, Journal, JournalSettings},
    output::Hinted,
    password,
    password_work::Argon2Work,
    start_lines::Admin,
    system::SteadyClock,
    upkeep::Upkeep,
};

/// The account that is made at the first start.
const ADMIN: &str = "admin";

/// Its id.
const FIRST_USER: UserId = UserId::from_number(1);

/// The version of Tanium that the Tanium-compatible API answers like: the first whose tokens it has, as far as clients
/// can tell.
const TANIUM_VERSION: &str = "7.4.314.1000";

/// What is composed, ready to serve.
pub struct Composed {
    /// All faces.
    pub router: Router,
    /// The gate.
    pub gate: Arc<Gate>,
    /// Metrics and health.
    pub ops: Arc<Ops>,
    /// What goes on beside.
    pub upkeep: Upkeep,
    /// What to say about the administrator's account.
    pub admin: Admin,
}

/// Puts the server together: opens the store, makes the first administrator, builds the router.
///
/// `given` is for the first administrator and used only if there is no user yet; without it a password is made.
/// `port` is where the server listens.
pub async fn compose(
    ground: &mut Ground,
    given: Option<Zeroizing<String>>,
    port: u16,
    traces: Option<Arc<dyn Traces>>,
) -> anyhow::Result<Composed> {
    let settings = ground.settings.clone();
    let compat = Profile::from(settings.splunk.compat);
    let keys = Arc::new(KeyRing::new(std::mem::take(&mut ground.keys))?);
    let memory = Memory::with_capacity(settings.gate.cached_tokens);
    let memory = Arc::new(memory.leased(Lease::of(settings.gate.freshness)));
    let journal = Arc::new(open_journal(&settings)?);
    let listeners = Listeners(vec![
        Arc::<Memory>::clone(&memory),
        Arc::<Journal>::clone(&journal),
    ]);
    let store = Arc::new(open_store(&settings.store.path, Arc::new(listeners)).await?);
    catch_up(&store, &journal, &settings.log.directory).await?;
    let admin = first_administrator(ground, &store, &compat, given).await?;
    let world = store.world().await?;
    check_proxies(world.settings(), &settings)?;
    memory.load(world);
    let clock = Arc::new(SteadyClock::from(store.clock_mark().await?));
    warn_of_clock(&clock);
    let policy = policy(&settings, &compat);
    let engine = Engine::new(
        Arc::clone(&memory),
        Arc::<Store>::clone(&store),
        Arc::clone(&keys),
    );
    let engine = engine.with_rate(settings.gate.token_rate);
    let ports = Ports {
        store,
        view: memory,
        clock,
        entropy: Arc::new(ground.entropy),
        passwords: Arc::new(Argon2Work::default()),
        keys: Arc::clone(&keys),
    };
    let refusals = Arc::new(Refusals::before(journal));
    let meters = Arc::<Meters>::default();
    let granted = Arc::<AtomicU64>::default();
    let recent = Arc::new(Recent::before(Arc::<Refusals>::clone(&refusals), {
        let (granted, meters) = (Arc::clone(&granted), Arc::clone(&meters));
        move || granted.load(Ordering::Relaxed) + meters.allowed()
    }));
    let upkeep = Upkeep {
        app: Arc::new(App::new(ports, policy)),
        engine: Arc::new(engine),
        flushes: Arc::default(),
        recent: Arc::clone(&recent),
    };
    let ops = Arc::new(Ops::new(
        Arc::clone(&upkeep.app),
        Arc::clone(&upkeep.engine),
        Arc::clone(&meters),
        Arc::clone(&refusals),
        Arc::clone(&upkeep.flushes),
    ));
    let door = Arc::new(Door {
        app: Arc::clone(&upkeep.app),
        engine: Arc::clone(&upkeep.engine),
        refusals: Arc::<Recent>::clone(&recent),
        granted,
    });
    let splunk = splunk::Face {
        door: Arc::clone(&door),
        product: product(ground, &compat, port)?,
        max_body_bytes: settings.server.max_body_bytes,
    };
    let gate_settings = gate_settings(&settings, port)?;
    let mut oauth = Router::new();
    let gate = Arc::new_cyclic(|gate| {
        let face = oauth::Face {
            door: Arc::clone(&door),
            gate: Weak::clone(gate),
            keys: Arc::clone(&keys),
            issuer: gate_settings.issuer.clone(),
        };
        oauth = oauth::router(Arc::new(face));
        let others = oauth.clone().merge(ops::health(Arc::clone(&ops)));
        Gate::new(Arc::clone(&door), &keys, gate_settings, meters, others).traced(traces)
    });
    let native = native::Face::new(Arc::clone(&door), recent, settings.server.max_body_bytes);
    let tanium = tanium::Face {
        door,
        product: tanium::Product {
            version: TANIUM_VERSION.to_owned(),
            server_name: settings.server.name.clone(),
            started: ground.clock.now(),
        },
        max_body_bytes: settings.server.max_body_bytes,
    };
    Ok(Composed {
        router: splunk::router(Arc::new(splunk))
            .merge(tanium::router(Arc::new(tanium)))
            .merge(native::router(Arc::new(native)))
            .merge(console::router())
            .merge(oauth),
        gate,
        ops,
        upkeep,
        admin,
    })
}

/// Says so where the machine's clock is behind the time at which this server is known to have run.
fn warn_of_clock(clock: &SteadyClock) {
    let behind = clock.behind();
    if behind > SignedDuration::from_secs(10) {
        tracing::error!(
            "the clock of this machine is {behind:#} behind the time at which the server ran last; until it has caught \
            up, that time counts, so that nothing that has expired comes back. If the clock was wrong then and is right \
            now: stop the server and run `tokenry admin reset-clock`"
        );
    }
}

/// What the gate needs of the configuration. The secrets of its callers are read from their files here.
fn gate_settings(settings: &Settings, port: u16) -> anyhow::Result<gate::Settings> {
    let given = &settings.gate;
    let caller = |given: &config::Caller| {
        let secret = given.secret_file.as_deref().map(password::from_file);
        let secret = secret.transpose()?.map(|secret| Digest::of(&secret));
        anyhow::Ok(gate::Caller {
            secret,
            ..given.caller.clone()
        })
    };
    let listen = settings.server.listen;
    let scheme = if settings.server.plaintext {
        "http"
    } else {
        "https"
    };
    let own = format!(
        "{scheme}://{}",
        std::net::SocketAddr::new(listen.ip(), port)
    );
    Ok(gate::Settings {
        callers: given.callers.iter().map(caller).collect::<Result<_, _>>()?,
        rules: given.rules.clone(),
        capabilities: given.capabilities.clone(),
        assertion_life: given.assertion,
        failures: given.failure_rate,
        issuer: given.issuer.clone().unwrap_or(own),
    })
}

/// Sets the password of a user, for `tokenry admin reset-password`.
pub async fn set_password(
    ground: &mut Ground,
    user: &str,
    password: &Zeroizing<String>,
    revoke_tokens: bool,
) -> anyhow::Result<()> {
    let settings = &ground.settings;
    let password = Plaintext::from(password.to_string());
    check_new("password", &password, settings.login.password_min_length)?;
    let journal = Arc::new(open_journal(settings)?);
    let store = open_store(&settings.store.path, Arc::<Journal>::clone(&journal)).await?;
    let mut salt = [0; 16];
    ground.entropy.fill(&mut salt);
    let hash = Argon2Work::default().hash(password, salt).await?;
    let name = UserName::parse(user)?;
    app::reset_password(
        &store,
        &Origin::operator(ground.clock.now()),
        &name,
        hash,
        revoke_tokens,
    )
    .await?;
    Ok(())
}

/// Forgets how late the server thought it was, for `tokenry admin reset-clock`.
pub async fn reset_clock(ground: &Ground) -> anyhow::Result<()> {
    let settings = &ground.settings;
    let journal = Arc::new(open_journal(settings)?);
    let store = open_store(&settings.store.path, Arc::<Journal>::clone(&journal)).await?;
    app::reset_clock(&store, &Origin::operator(ground.clock.now())).await?;
    Ok(())
}

async fn open_store(path: &Path, listener: Arc<dyn CommitListener>) -> anyhow::Result<Store> {
    Store::sqlite(path, listener)
        .await
        .with_context(|| format!("cannot open the database {}", path.display()))
}

fn open_journal(settings: &Settings) -> anyhow::Result<Journal> {
    let directory = &settings.log.directory;
    crate::data_dir::create_private(directory)?;
    let settings = JournalSettings {
        directory: directory.clone(),
        max_file_bytes: settings.audit.max_file_bytes,
        keep_files: settings.audit.keep_files,
        authentication: settings.log.authentication,
    };
    Journal::open(&settings)
        .with_context(|| format!("cannot write the log files in {}", directory.display()))
}

/// Adds to the audit file what an earlier run committed but, having been killed, did not write there. A file without
/// any event, as after a kill before the first one, gets all.
async fn catch_up(store: &Store, journal: &Journal, directory: &Path) -> anyhow::Result<()> {
    const PAGE: u64 = 1000;
    let mut last = journal::last_sequence(directory)?.unwrap_or(0);
    loop {
        // The newest of these are read first, and there are no gaps.
        let next = AuditQuery {
            after: Some(last),
            before: Some(last.saturating_add_unsigned(PAGE + 1)),
            limit: PAGE,
            ..AuditQuery::default()
        };
        let page = store.audit(next).await?;
        let Some(newest) = page.first() else {
            return Ok(());
        };
        last = newest.sequence;
        journal.catch_up(page.into_iter().rev());
    }
}

/// Sets an empty store up, with an administrator whose password is given or made.
async fn first_administrator(
    ground: &Ground,
    store: &Store,
    compat: &Profile,
    given: Option<Zeroizing<String>>,
) -> anyhow::Result<Admin> {
    let name = UserName::parse(ADMIN)?;
    let existing = Admin::Existing {
        name: name.to_string(),
    };
    if store.world().await?.users().next().is_some() {
        return Ok(existing);
    }
    let made = given.is_none();
    let password = given.unwrap_or_else(|| password::generate(&ground.entropy));
    let plaintext = Plaintext::from(password.to_string());
    check_new(
        "password",
        &plaintext,
        ground.settings.login.password_min_length,
    )
    .context("the administrator's password is not good enough")?;
    let mut salt = [0; 16];
    ground.entropy.fill(&mut salt);
    let hash = Argon2Work::default().hash(plaintext, salt).await?;
    let origin = Origin::operator(ground.clock.now());
    let made_now =
        app::initialise(store, &origin, FIRST_USER, &name, hash, compat.settings()).await?;
    Ok(match (made_now, made) {
        (false, _) => existing,
        (true, false) => Admin::Created {
            name: name.to_string(),
        },
        (true, true) => Admin::CreatedWithPassword {
            name: name.to_string(),
            password,
        },
    })
}

/// The header of a proxy must not be believed where nobody says which proxies there are: anyone could write his own
/// address (spec/data-plane.md 5).
fn check_proxies(stored: &settings::Settings, settings: &Settings) -> anyhow::Result<()> {
    let is_believed = stored.api_tokens.use_x_forwarded_for;
    if !is_believed || !settings.server.trusted_proxies.is_empty() {
        return Ok(());
    }
    let message =
        "the setting authenticate_api_token_with_x_forwarded_for_ip is 1, but no proxy is trusted";
    let hint =
        "name your proxies in [server] trusted_proxies, or with TOKENRY_SERVER__TRUSTED_PROXIES";
    Err(Hinted::new(message, hint).into())
}

fn policy(settings: &Settings, compat: &Profile) -> Policy {
    let signed = |duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    Policy {
        server_name: settings.server.name.clone(),
        jwt_version: if compat.second_layout {
            Version::V2
        } else {
            Version::V1
        },
        identity_provider: if compat.second_layout {
            "Splunk"
        } else {
            "splunk"
        },
        time_zone: TimeZone::system(),
        session_idle_timeout: signed(settings.session.idle_timeout),
        password_min_chars: settings.login.password_min_length,
        lockout: Lockout {
            attempts: settings.login.lockout_attempts,
            window: signed(settings.login.lockout_window),
            duration: signed(settings.login.lockout_duration),
        },
        numbered_session_idle_timeout: signed(settings.tanium.session_idle_timeout),
        trusted_proxies: settings.server.trusted_proxies.clone(),
    }
}

fn product(ground: &Ground, compat: &Profile, port: u16) -> anyhow::Result<splunk::Product> {
    Ok(splunk::Product {
        version: compat.version.to_owned(),
        build: compat.build.to_owned(),
        guid: installation_id(ground)?,
        server_name: ground.settings.server.name.clone(),
        port,
        started: ground.clock.now(),
    })
}

/// A random id made at the first start and kept in the data directory, in the form of a GUID.
fn installation_id(ground: &Ground) -> anyhow::Result<String> {
    let path: PathBuf = ground.data.path().join("installation-id");
    let known = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        read => read?.trim().to_owned(),
    };
    // It is empty where the first start was cut short.
    if !known.is_empty() {
        return Ok(known);
    }
    let mut bytes = [0; 16];
    ground.entropy.fill(&mut bytes);
    let digits = tokenry_core::id::hex(&bytes).to_uppercase();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32]
        .map(|part| digits.get(part).unwrap_or_default().to_owned());
    let guid = parts.join("-");
    let mut written = NamedTempFile::new_in(ground.data.path())?;
    writeln!(written, "{guid}")?;
    written.persist(&path)?;
    Ok(guid)
}

/// Several who hear of commits, one after the other.
struct Listeners(Vec<Arc<dyn CommitListener>>);

impl CommitListener for Listeners {
    fn committed(&self, commit: &Commit) {
        self.0
            .iter()
            .for_each(|listener| listener.committed(commit));
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::config::{self, Inputs};

    fn settings(proxies: &str) -> Settings {
        let inputs = Inputs {
            // So that no file of the machine the tests run on is read.
            config: Some("/dev/null".into()),
            environment: vec![(
                OsString::from("TOKENRY_SERVER__TRUSTED_PROXIES"),
                OsString::from(proxies),
            )],
            ..Inputs::default()
        };
        config::load(&inputs).unwrap().settings
    }

    #[test]
    fn nt35_the_header_of_nobody_in_particular_is_not_believed() {
        let mut stored = settings::Settings::default();
        assert!(check_proxies(&stored, &settings("")).is_ok());
        assert!(check_proxies(&stored, &settings("10.0.0.8")).is_ok());
        stored.api_tokens.use_x_forwarded_for = true;
        assert!(check_proxies(&stored, &settings("10.0.0.8")).is_ok());
        let refused = check_proxies(&stored, &settings("")).unwrap_err();
        assert!(refused.is::<Hinted>(), "it says what to do");
        assert_eq!(
            refused.to_string(),
            "the setting authenticate_api_token_with_x_forwarded_for_ip is 1, but no proxy is trusted"
        );
    }
}
