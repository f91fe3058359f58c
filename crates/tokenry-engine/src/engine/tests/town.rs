//! A small town to try the engine in: use cases and engine over the same fake store, through a wrapper that counts,
//! fails or holds what is read, and a listener that can be made hard of hearing.

use std::{
    net::{IpAddr, Ipv4Addr},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tokenry_core::{
    Error,
    app::{
        ApiTokensEdit, App, Caller, CreateToken, CreatedApiToken, CreatedToken, Lockout,
        NewApiToken, NewUser, Origin, PersonaEdit, Policy, Ports, ProfileEdit, RoleEdit, UserEdit,
        initialise,
    },
    fake::{ManualClock, MemoryStore, QuickPasswords, SeededEntropy},
    id::{Capability, PersonaId, RoleName, TokenId, UserId, UserName},
    port::{
        Applied, AuditQuery, Batch, BoxFuture, Clock as _, Commit, CommitListener, Page, Recorded,
        Remembered, Store, TokenQuery, View as _, Walk, Walked,
    },
    principal::{World, password::PasswordHash},
    secret::{Digest, Plaintext},
    session::Session,
    settings::Settings,
    token::{
        Status, Token, Tombstone,
        address::Networks,
        form::{
            key_ring::{KeyId, KeyRing, RootSecret},
            splunk_jwt::{Kind, Version},
        },
        lifetime::Wanted,
    },
    verify::{Grant, Reason, Verdict, Via},
};
use tokio::sync::oneshot;

use crate::{Engine, Memory, Verification};

/// When a town is founded.
pub(super) const NOW: i64 = 1_700_000_000;

/// Where all requests come from.
pub(super) const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// How long a session may lie idle, in seconds.
pub(super) const IDLE: i64 = 3600;

pub(super) struct Town {
    pub(super) app: App,
    pub(super) engine: Engine,
    pub(super) memory: Arc<Memory>,
    pub(super) store: Arc<Watched>,
    pub(super) keys: Arc<KeyRing>,
    pub(super) hearing: Arc<Hearing>,
    clock: Arc<ManualClock>,
}

impl Town {
    /// A town with the administrator `admin`, and `anna` and `bert`, who are plain users that may use API tokens: they
    /// hold the roles `user` and `bearer`.
    pub(super) fn new() -> Self {
        let memory = Arc::new(Memory::default());
        let hearing = Arc::new(Hearing::of(Arc::clone(&memory)));
        let store = Arc::new(Watched::new(MemoryStore::new(Arc::<Hearing>::clone(
            &hearing,
        ))));
        let clock = Arc::new(ManualClock::at(second(NOW)));
        let ring = vec![(KeyId::first(), RootSecret::from_bytes([7; 32]))];
        let keys = Arc::new(KeyRing::new(ring).unwrap());
        let engine = Engine::new(
            Arc::clone(&memory),
            Arc::<Watched>::clone(&store),
            Arc::clone(&keys),
        );
        let ports = Ports {
            store: Arc::<Watched>::clone(&store),
            view: Arc::<Memory>::clone(&memory),
            clock: Arc::<ManualClock>::clone(&clock),
            entropy: Arc::new(SeededEntropy::new(1)),
            passwords: Arc::new(QuickPasswords),
            keys: Arc::clone(&keys),
        };
        let town = Self {
            app: App::new(ports, policy()),
            engine,
            memory,
            store,
            keys,
            hearing,
            clock,
        };
        town.settle();
        town
    }

    fn settle(&self) {
        let (origin, admin) = (self.origin(), UserName::parse("admin").unwrap());
        let made = initialise(
            &*self.store,
            &origin,
            UserId::from_number(1),
            &admin,
            hash("admin"),
            Settings::default(),
        );
        assert_eq!(block_on(made), Ok(true));
        let edit = bearer(&["use token"]);
        block_on(self.app.create_role(&self.admin(), role("bearer"), edit)).unwrap();
        for name in ["anna", "bert"] {
            self.make_user(name).unwrap();
        }
    }

    pub(super) fn make_user(&self, name: &str) -> Result<(), Error> {
        let new = NewUser {
            name: UserName::parse(name).unwrap(),
            password: Some(password(name)),
            roles: vec![role("user"), role("bearer")],
            create_role: false,
            profile: ProfileEdit::default(),
        };
        block_on(self.app.create_user(&self.admin(), new)).map(|_| ())
    }

    pub(super) fn edit_user(&self, name: &str, edit: UserEdit) {
        block_on(self.app.edit_user(&self.admin(), name, edit)).unwrap();
    }

    pub(super) fn lock(&self, name: &str, locked: bool) {
        let locked = Some(locked);
        self.edit_user(
            name,
            UserEdit {
                locked,
                ..UserEdit::default()
            },
        );
    }

    /// A token for a user, made by the administrator.
    pub(super) fn make_token(&self, name: &str, kind: Kind) -> CreatedToken {
        let wanted = CreateToken {
            kind,
            name: Some(name),
            audience: Some("tests"),
            life: Wanted::default(),
            status: Status::Enabled,
        };
        block_on(self.app.create_token(&self.admin(), wanted)).unwrap()
    }

    /// An API token that a user makes for himself and this persona, for use from [`ADDRESS`].
    pub(super) fn make_api_token(
        &self,
        name: &str,
        persona: Option<PersonaId>,
    ) -> Result<CreatedApiToken, Error> {
        let wanted = NewApiToken {
            persona,
            trusted: networks("192.0.2.7"),
            ..NewApiToken::default()
        };
        block_on(self.app.create_api_token(&self.signed_in(name), wanted))
    }

    /// An API token that a user makes for himself, for use from [`ADDRESS`].
    pub(super) fn api_token(&self, name: &str) -> CreatedApiToken {
        self.make_api_token(name, None).unwrap()
    }

    /// A persona with the role `bearer`, of these users.
    pub(super) fn make_persona(&self, name: &str, users: &[&str]) -> PersonaId {
        let world = self.memory.world();
        let number = world.roles()[&role("bearer")].number;
        let edit = PersonaEdit {
            name: Some(name.to_owned()),
            roles: Some([number].into()),
            users: Some(users.iter().map(|name| self.id(name)).collect()),
            ..PersonaEdit::default()
        };
        let made = block_on(self.app.create_persona(&self.admin(), edit));
        made.unwrap().id
    }

    /// Lets these users, and no others, act as a persona.
    pub(super) fn assign(&self, persona: PersonaId, users: &[&str]) -> Result<(), Error> {
        let edit = PersonaEdit {
            users: Some(users.iter().filter_map(|name| self.find(name)).collect()),
            ..PersonaEdit::default()
        };
        block_on(self.app.edit_persona(&self.admin(), persona, edit)).map(|_| ())
    }

    /// Lets the role `bearer` grant these capabilities, and no others.
    pub(super) fn edit_bearer(&self, capabilities: &[&str]) -> Result<(), Error> {
        let (admin, edit) = (self.admin(), bearer(capabilities));
        block_on(self.app.edit_role(&admin, "bearer", edit)).map(|_| ())
    }

    pub(super) fn edit_settings(&self, edit: ApiTokensEdit) -> Result<(), Error> {
        block_on(self.app.edit_api_tokens_settings(&self.admin(), edit)).map(|_| ())
    }

    pub(super) fn rotate(
        &self,
        name: &str,
        string: &str,
        overlap_in_minutes: i64,
    ) -> Result<CreatedApiToken, Error> {
        let overlap = SignedDuration::from_mins(overlap_in_minutes);
        let string = Plaintext::from(string.to_owned());
        block_on(
            self.app
                .rotate_token(&self.signed_in(name), &string, overlap),
        )
    }

    /// A session key.
    pub(super) fn sign_in(&self, name: &str) -> Plaintext {
        block_on(self.app.login(name, password(name), &self.origin())).unwrap()
    }

    pub(super) fn delete(&self, name: &str, token: Option<TokenId>) -> Result<(), Error> {
        let id = token.map(TokenId::to_hex);
        block_on(self.app.delete_tokens(&self.admin(), name, id.as_deref()))
    }

    pub(super) fn set_status(
        &self,
        name: &str,
        token: Option<TokenId>,
        status: Status,
    ) -> Result<(), Error> {
        let id = token.map(TokenId::to_hex);
        block_on(
            self.app
                .set_token_status(&self.admin(), name, id.as_deref(), status),
        )
    }

    /// The administrator, calling now.
    pub(super) fn admin(&self) -> Caller {
        self.caller("admin", Via::Password)
    }

    /// The user of this name, calling now from a session.
    pub(super) fn signed_in(&self, name: &str) -> Caller {
        self.caller(name, Via::Session(Digest::of("the key of his session")))
    }

    fn caller(&self, name: &str, via: Via) -> Caller {
        let world = self.memory.world();
        let name = UserName::parse(name).unwrap();
        let grant = Grant {
            principal: Arc::clone(world.named(&name).unwrap()),
            via,
        };
        Caller::new(grant, self.origin())
    }

    /// The user of this name, if there is one.
    pub(super) fn find(&self, name: &str) -> Option<UserId> {
        let world = self.memory.world();
        let name = UserName::parse(name).unwrap();
        let found = world.named(&name);
        found.map(|principal| principal.user.id)
    }

    pub(super) fn id(&self, name: &str) -> UserId {
        self.find(name).unwrap()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// A request that comes now, from [`ADDRESS`].
    pub(super) fn origin(&self) -> Origin {
        origin_at(self.now(), ADDRESS)
    }

    pub(super) fn try_to_verify(&self, presented: &str) -> Result<Verification, Error> {
        block_on(self.engine.verify(presented, &self.origin()))
    }

    /// `None` where it is granted.
    pub(super) fn refusal(&self, presented: &str) -> Option<Reason> {
        match self.try_to_verify(presented).unwrap().verdict {
            Verdict::Granted(_) => None,
            Verdict::Denied(reason) => Some(reason),
        }
    }

    pub(super) fn is_granted(&self, presented: &str) -> bool {
        self.refusal(presented).is_none()
    }

    /// Why a token that is no more was ended.
    pub(super) fn ended(&self, id: TokenId) -> Option<Reason> {
        let stone = block_on(self.store.inner.tombstone(id)).unwrap();
        stone.map(|stone| stone.end.reason.into())
    }

    /// What the store says of a token.
    pub(super) fn stored(&self, id: TokenId) -> Option<Token> {
        block_on(self.store.inner.token(id)).unwrap()
    }

    /// What the store says of a session.
    pub(super) fn stored_session(&self, key: &Plaintext) -> Option<Session> {
        block_on(self.store.inner.session(Digest::of(key.expose()))).unwrap()
    }

    pub(super) fn stored_world(&self) -> World {
        block_on(self.store.inner.world()).unwrap()
    }

    /// Drops all records from the memory, as happens to those that are not used for long.
    pub(super) fn evict(&self) {
        self.memory.tokens.forget_all(|_| true);
        self.memory.tombstones.forget_all(|_| true);
        self.memory.sessions.forget_all(|_| true);
    }

    /// What the server does now and then.
    pub(super) fn flush(&self) -> Result<(), Error> {
        let gathered = self.engine.uses().take();
        let kept = gathered.clone();
        let written = block_on(self.app.record_uses(gathered.tokens, gathered.sessions));
        if written.is_err() {
            self.engine.uses().put_back(kept);
        }
        written
    }
}

/// A store that is watched: it counts what is read by key, and can be down or slow.
pub(super) struct Watched {
    inner: MemoryStore,
    lookups: AtomicUsize,
    pub(super) is_down: AtomicBool,
    hold: Mutex<Option<Hold>>,
}

struct Hold {
    arrived: oneshot::Sender<()>,
    release: oneshot::Receiver<()>,
}

impl Watched {
    fn new(inner: MemoryStore) -> Self {
        Self {
            inner,
            lookups: AtomicUsize::new(0),
            is_down: AtomicBool::new(false),
            hold: Mutex::default(),
        }
    }

    /// How often a token or a session was looked up.
    pub(super) fn lookups(&self) -> usize {
        self.lookups.load(SeqCst)
    }

    /// Holds the next lookup, after it has read but before it answers: the first is told when it got there, the
    /// second lets it go.
    pub(super) fn hold_next_lookup(&self) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let (arrived, arrival) = oneshot::channel();
        let (release, released) = oneshot::channel();
        let hold = Hold {
            arrived,
            release: released,
        };
        *self.hold.lock().unwrap() = Some(hold);
        (arrival, release)
    }

    fn reachable(&self) -> Result<(), Error> {
        if self.is_down.load(SeqCst) {
            return Err(Error::unavailable("the store is down"));
        }
        Ok(())
    }

    async fn look_up<T>(&self, read: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.lookups.fetch_add(1, SeqCst);
        self.reachable()?;
        let found = read.await;
        let hold = self.hold.lock().unwrap().take();
        if let Some(Hold { arrived, release }) = hold {
            arrived.send(()).unwrap();
            release.await.unwrap();
        }
        found
    }
}

/// A request that comes then, from there.
pub(super) fn origin_at(at: Timestamp, address: IpAddr) -> Origin {
    Origin::from_peer(
        at,
        "request-1".to_owned(),
        "",
        address,
        [],
        &Networks::default(),
    )
}

impl Store for Watched {
    fn apply(&self, batch: Batch) -> BoxFuture<'_, Result<Applied, Error>> {
        match self.reachable() {
            Ok(()) => self.inner.apply(batch),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn world(&self) -> BoxFuture<'_, Result<World, Error>> {
        self.inner.world()
    }

    fn token(&self, id: TokenId) -> BoxFuture<'_, Result<Option<Token>, Error>> {
        Box::pin(self.look_up(self.inner.token(id)))
    }

    fn tombstone(&self, id: TokenId) -> BoxFuture<'_, Result<Option<Tombstone>, Error>> {
        Box::pin(self.look_up(self.inner.tombstone(id)))
    }

    fn tokens(&self, query: TokenQuery) -> BoxFuture<'_, Result<Page<Token>, Error>> {
        self.inner.tokens(query)
    }

    fn walk(&self, walk: Walk) -> BoxFuture<'_, Result<Walked, Error>> {
        self.inner.walk(walk)
    }

    fn expirations(
        &self,
        owner: Option<UserId>,
        instants: Vec<Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<u64>, Error>> {
        self.inner.expirations(owner, instants)
    }

    fn remembered(&self, key: Digest) -> BoxFuture<'_, Result<Option<Remembered>, Error>> {
        self.inner.remembered(key)
    }

    fn password(&self, user: UserId) -> BoxFuture<'_, Result<Option<PasswordHash>, Error>> {
        self.inner.password(user)
    }

    fn session(&self, digest: Digest) -> BoxFuture<'_, Result<Option<Session>, Error>> {
        Box::pin(self.look_up(self.inner.session(digest)))
    }

    fn sessions(
        &self,
        of: Option<UserId>,
        limit: u64,
    ) -> BoxFuture<'_, Result<Vec<Session>, Error>> {
        self.inner.sessions(of, limit)
    }

    fn clock_mark(&self) -> BoxFuture<'_, Result<Option<Timestamp>, Error>> {
        self.inner.clock_mark()
    }

    fn audit(&self, query: AuditQuery) -> BoxFuture<'_, Result<Vec<Recorded>, Error>> {
        self.inner.audit(query)
    }
}

/// How the memory is told of commits: at once, or, to see whether anybody notices, wrongly.
pub(super) struct Hearing {
    memory: Arc<Memory>,
    manner: Mutex<Manner>,
}

pub(super) enum Manner {
    /// As it must be.
    AtOnce,
    /// Each commit only when the next one comes, which is after its own was answered.
    Late(Option<Commit>),
    /// Never.
    Never,
}

impl Hearing {
    fn of(memory: Arc<Memory>) -> Self {
        Self {
            memory,
            manner: Mutex::new(Manner::AtOnce),
        }
    }

    pub(super) fn become_(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }
}

impl CommitListener for Hearing {
    fn committed(&self, commit: &Commit) {
        match &mut *self.manner.lock().unwrap() {
            Manner::AtOnce => self.memory.committed(commit),
            Manner::Late(last) => {
                if let Some(last) = last.replace(commit.clone()) {
                    self.memory.committed(&last);
                }
            }
            Manner::Never => {}
        }
    }
}

/// Runs a future that never has to wait, as is true of all over the fakes.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the fakes are always ready"),
    }
}

pub(super) fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(super) fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

pub(super) fn networks(list: &str) -> Networks {
    Networks::parse("", list).unwrap()
}

fn bearer(capabilities: &[&str]) -> RoleEdit {
    let parsed = capabilities.iter().map(|name| Capability::parse(name));
    RoleEdit {
        capabilities: Some(parsed.collect::<Result<_, _>>().unwrap()),
        ..RoleEdit::default()
    }
}

/// The password that a user has from the start.
pub(super) fn password(name: &str) -> Plaintext {
    Plaintext::from(format!("password of {name}"))
}

fn hash(name: &str) -> PasswordHash {
    QuickPasswords::hash_of(password(name).expose())
}

fn policy() -> Policy {
    Policy {
        server_name: "sh01".to_owned(),
        jwt_version: Version::V2,
        identity_provider: "Splunk",
        time_zone: TimeZone::UTC,
        session_idle_timeout: SignedDuration::from_secs(IDLE),
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
