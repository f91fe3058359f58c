//! A small town to try the use cases in: over the fakes, with users named after what they may do. It checks by itself
//! what holds for every use case: one that succeeds leaves its audit lines and a view in step with the store, one that
//! is refused leaves nothing, and none leaves a secret anywhere (NT-42, NT-45).

mod api_tokens;

use std::{
    collections::VecDeque,
    future::Future,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{
    app::{App, Caller, CreateToken, CreatedToken, Lockout, Origin, Policy, Ports, initialise},
    audit::{Action, Event},
    change::Change,
    error::{Error, Refusal},
    fake::{ManualClock, MemoryStore, MemoryView, QuickPasswords, SeededEntropy},
    id::{Capability, PersonaId, RoleName, RoleNumber, TokenId, UserId, UserName},
    port::{
        Applied, AuditQuery, Batch, BoxFuture, Clock, Commit, CommitListener, Page, Recorded,
        Remembered, Store, TokenQuery, View, Walk, Walked, Write,
    },
    principal::{
        ComputerGroup, ContentSet, Generation, Object, Persona, Principal, Profile, Role, User,
        UserGroup, World, password::PasswordHash,
    },
    secret::{Digest, Plaintext},
    session::Session,
    settings::Settings,
    token::{
        Brief, Status, Token, Tombstone,
        address::{ClientAddress, Networks},
        form::{
            key_ring::{KeyId, KeyRing, RootSecret},
            splunk_jwt::{self, Claims, Kind, Version},
        },
        lifetime::Wanted,
    },
    verify::{Credential, Grant, Reason, Verdict, Via, decide},
};

pub(super) use crate::fake::block_on;

/// The time when a town is made.
pub(super) const NOW: i64 = 1_700_000_000;

/// Where all requests come from.
pub(super) const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// Stands in every password, so that one that gets out is recognised.
const MARK: &str = "pa55w0rd";

/// The users besides `admin`, and the roles of their own that `admin` does not import: name, role, its capabilities
/// (`None` for a built-in role).
const USERS: &[(&str, Option<&[&str]>)] = &[
    ("power", None),
    ("user", None),
    ("own_maker", Some(&["edit_tokens_own"])),
    ("own_lister", Some(&["list_tokens_own"])),
    ("all_maker", Some(&["edit_tokens_all"])),
    ("all_lister", Some(&["list_tokens_all"])),
    ("user_editor", Some(&["edit_user"])),
    ("role_editor", Some(&["edit_roles"])),
    ("nobody", Some(&[])),
];

pub(super) struct Town {
    pub(super) app: App,
    pub(super) ports: Ports,
    pub(super) clock: Arc<ManualClock>,
    ear: Arc<Ear>,
    secrets: Mutex<Vec<String>>,
}

/// Everything a store holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dump {
    pub(super) world: Census,
    hashes: Vec<(UserId, String)>,
    pub(super) tokens: Vec<Token>,
    pub(super) sessions: Vec<Session>,
    audit: Vec<Recorded>,
}

/// Everything a world holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Census {
    generation: Generation,
    users: Vec<Principal>,
    roles: Vec<Role>,
    settings: Settings,
    objects: Vec<Object>,
}

/// What came of a use case that succeeded.
#[must_use]
pub(super) struct Done<T> {
    pub(super) value: T,
    pub(super) events: Vec<Event>,
    pub(super) changes: Vec<Change>,
}

/// Hears all commits, and keeps the view.
#[derive(Default)]
struct Ear {
    view: MemoryView,
    commits: Mutex<Vec<Commit>>,
}

impl CommitListener for Ear {
    fn committed(&self, commit: &Commit) {
        self.view.committed(commit);
        self.commits.lock().unwrap().push(commit.clone());
    }
}

impl View for Ear {
    fn world(&self) -> Arc<World> {
        self.view.world()
    }
}

/// A store in which, just before each of the first batches is committed, something else happens.
pub(super) struct Interleaved {
    store: Arc<dyn Store>,
    before: Mutex<VecDeque<Interruption>>,
}

/// What happens before a batch.
pub(super) type Interruption = Box<dyn FnOnce() + Send>;

impl Interleaved {
    pub(super) fn new(store: Arc<dyn Store>, before: Vec<Interruption>) -> Self {
        let before = Mutex::new(before.into());
        Self { store, before }
    }

    /// How much has not happened yet.
    pub(super) fn left(&self) -> usize {
        self.before.lock().unwrap().len()
    }
}

impl Store for Interleaved {
    fn apply(&self, batch: Batch) -> BoxFuture<'_, Result<Applied, Error>> {
        let interruption = self.before.lock().unwrap().pop_front();
        if let Some(happens) = interruption {
            happens();
        }
        self.store.apply(batch)
    }

    fn world(&self) -> BoxFuture<'_, Result<World, Error>> {
        self.store.world()
    }

    fn token(&self, id: TokenId) -> BoxFuture<'_, Result<Option<Token>, Error>> {
        self.store.token(id)
    }

    fn tombstone(&self, id: TokenId) -> BoxFuture<'_, Result<Option<Tombstone>, Error>> {
        self.store.tombstone(id)
    }

    fn tokens(&self, query: TokenQuery) -> BoxFuture<'_, Result<Page<Token>, Error>> {
        self.store.tokens(query)
    }

    fn walk(&self, walk: Walk) -> BoxFuture<'_, Result<Walked, Error>> {
        self.store.walk(walk)
    }

    fn expirations(
        &self,
        owner: Option<UserId>,
        instants: Vec<Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<u64>, Error>> {
        self.store.expirations(owner, instants)
    }

    fn remembered(&self, key: Digest) -> BoxFuture<'_, Result<Option<Remembered>, Error>> {
        self.store.remembered(key)
    }

    fn password(&self, user: UserId) -> BoxFuture<'_, Result<Option<PasswordHash>, Error>> {
        self.store.password(user)
    }

    fn session(&self, digest: Digest) -> BoxFuture<'_, Result<Option<Session>, Error>> {
        self.store.session(digest)
    }

    fn sessions(
        &self,
        of: Option<UserId>,
        limit: u64,
    ) -> BoxFuture<'_, Result<Vec<Session>, Error>> {
        self.store.sessions(of, limit)
    }

    fn clock_mark(&self) -> BoxFuture<'_, Result<Option<Timestamp>, Error>> {
        self.store.clock_mark()
    }

    fn audit(&self, query: AuditQuery) -> BoxFuture<'_, Result<Vec<Recorded>, Error>> {
        self.store.audit(query)
    }
}

impl Town {
    pub(super) fn new() -> Self {
        let ear = Arc::new(Ear::default());
        let clock = Arc::new(ManualClock::at(second(NOW)));
        let ring = vec![(KeyId::first(), RootSecret::from_bytes([7; 32]))];
        let ports = Ports {
            store: Arc::new(MemoryStore::new(ear.clone())),
            view: ear.clone(),
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(1)),
            passwords: Arc::new(QuickPasswords),
            keys: Arc::new(KeyRing::new(ring).unwrap()),
        };
        let town = Self {
            app: App::new(ports.clone(), policy()),
            ports,
            clock,
            ear,
            secrets: Mutex::new(vec![MARK.to_owned()]),
        };
        town.settle();
        town
    }

    /// The same town, whose use cases go through another port.
    pub(super) fn app_over(&self, change: impl FnOnce(&mut Ports)) -> App {
        let mut ports = self.ports.clone();
        change(&mut ports);
        App::new(ports, policy())
    }

    fn settle(&self) {
        let operator = Origin {
            address: None,
            ..self.origin()
        };
        let id = UserId::from_number(1);
        let hash = QuickPasswords::hash_of(password_of("admin").expose());
        let (admin, settings) = (user_name("admin"), Settings::default());
        let made = initialise(&*self.ports.store, &operator, id, &admin, hash, settings);
        assert_eq!(block_on(made), Ok(true));
        let roles = USERS.iter().zip(100..).filter_map(|((name, own), number)| {
            let capabilities = own.as_ref()?;
            let mut role = Role::new(role_name(name), RoleNumber::from_number(number));
            role.capabilities = capabilities.iter().map(|c| capability(c)).collect();
            Some(role)
        });
        let roles: Vec<Role> = roles.collect();
        let users = USERS.iter().zip(2..).map(|((name, _), number)| User {
            id: UserId::from_number(number),
            name: user_name(name),
            roles: vec![role_name(name)],
            locked: false,
            deleted: false,
            token_epoch: 0,
            created: second(NOW),
            profile: Profile::default(),
        });
        let users: Vec<User> = users.collect();
        let hash = |user: &User| QuickPasswords::hash_of(password_of(user.name.as_str()).expose());
        self.commit(Batch {
            world: Some(self.app.world().generation),
            writes: (roles.iter().cloned().map(Write::PutRole))
                .chain(users.iter().map(|u| Write::InsertUser(u.clone(), hash(u))))
                .collect(),
            events: Vec::new(),
            changes: (roles.into_iter().map(Change::RolePut))
                .chain(users.into_iter().map(Change::UserPut))
                .collect(),
        });
    }

    /// Commits a batch past all use cases.
    pub(super) fn commit(&self, batch: Batch) {
        block_on(self.ports.store.apply(batch)).unwrap();
    }

    pub(super) fn origin(&self) -> Origin {
        let trusted = Networks::default();
        let request = "request-1".to_owned();
        Origin::from_peer(self.clock.now(), request, "", ADDRESS, [], &trusted)
    }

    /// The user of this name, calling now.
    pub(super) fn caller(&self, name: &str) -> Caller {
        let grant = Grant {
            principal: self.principal(name),
            via: Via::Password,
        };
        Caller::new(grant, self.origin())
    }

    pub(super) fn principal(&self, name: &str) -> Arc<Principal> {
        let world = self.app.world();
        world.named(&user_name(name)).unwrap().clone()
    }

    /// The same, acting as this persona.
    pub(super) fn caller_as(&self, name: &str, persona: PersonaId) -> Caller {
        let world = self.app.world();
        let acting = world.acting(self.id(name), persona).unwrap();
        let grant = Grant {
            principal: acting.clone(),
            via: Via::Password,
        };
        Caller::new(grant, self.origin())
    }

    /// Adds a user with a role of this name and these capabilities, past all use cases.
    pub(super) fn settle_user(&self, name: &str, capabilities: &[&str]) -> UserId {
        let number = self.app.world().free_number();
        let mut role = Role::new(role_name(name), RoleNumber::from_number(number));
        role.capabilities = capabilities.iter().map(|c| capability(c)).collect();
        let user = User {
            id: UserId::from_number(number),
            name: user_name(name),
            roles: vec![role_name(name)],
            locked: false,
            deleted: false,
            token_epoch: 0,
            created: second(NOW),
            profile: Profile::default(),
        };
        let hash = QuickPasswords::hash_of(password_of(name).expose());
        self.commit(Batch {
            world: Some(self.app.world().generation),
            writes: vec![
                Write::PutRole(role.clone()),
                Write::InsertUser(user.clone(), hash),
            ],
            events: Vec::new(),
            changes: vec![Change::RolePut(role), Change::UserPut(user.clone())],
        });
        user.id
    }

    /// The number of the role of this name.
    pub(super) fn role_number(&self, name: &str) -> RoleNumber {
        self.app.world().roles()[&role_name(name)].number
    }

    pub(super) fn id(&self, name: &str) -> UserId {
        self.principal(name).user.id
    }

    pub(super) fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Remembers a secret that must turn up nowhere, nor its digest.
    pub(super) fn keep_secret(&self, secret: &Plaintext) {
        let text = secret.expose();
        let signature = text.rsplit('.').next().unwrap_or(text);
        let forms = [text, signature, &Digest::of(text).to_hex()].map(str::to_owned);
        self.secrets.lock().unwrap().extend(forms);
    }

    pub(super) fn dump(&self) -> Dump {
        let store = &self.ports.store;
        let world = block_on(store.world()).unwrap();
        let hash = |id| block_on(store.password(id)).unwrap().unwrap();
        let ids = world.users_and_deleted().map(|one| one.user.id);
        let mut audit = block_on(store.audit(AuditQuery {
            limit: u64::MAX,
            ..AuditQuery::default()
        }))
        .unwrap();
        audit.reverse();
        Dump {
            hashes: ids
                .map(|id| (id, hash(id).as_stored().to_owned()))
                .collect(),
            world: Census::of(&world),
            tokens: block_on(store.tokens(TokenQuery::default())).unwrap().items,
            sessions: block_on(store.sessions(None, u64::MAX)).unwrap(),
            audit,
        }
    }

    /// Does what must succeed: in one batch, whose events are in the audit log and whose changes bring the view to where
    /// the store is.
    pub(super) fn does<T>(&self, what: impl Future<Output = Result<T, Error>>) -> Done<T> {
        let before = self.dump();
        let heard = self.ear.commits.lock().unwrap().len();
        let value = match block_on(what) {
            Ok(value) => value,
            Err(error) => panic!("refused: {error:?}"),
        };
        let after = self.dump();
        let commits = &self.ear.commits.lock().unwrap()[heard..];
        assert_eq!(commits.len(), 1, "not one batch: {commits:?}");
        assert_eq!(
            after.audit,
            [before.audit, commits[0].events.clone()].concat()
        );
        assert_eq!(after.world, Census::of(&self.app.world()));
        let events = commits[0].events.iter().map(|line| line.event.clone());
        let events: Vec<_> = events.collect();
        assert!(events.iter().all(|event| event.at == self.clock.now()));
        Done {
            value,
            events,
            changes: commits[0].changes.clone(),
        }
    }

    /// Does what must succeed without a trace.
    pub(super) fn ignores<T>(&self, what: impl Future<Output = Result<T, Error>>) -> T {
        let before = self.dump();
        let value = match block_on(what) {
            Ok(value) => value,
            Err(error) => panic!("refused: {error:?}"),
        };
        self.assert_unchanged(&before);
        value
    }

    /// Tries what must be refused, and leave no trace.
    pub(super) fn refuses<T>(&self, what: impl Future<Output = Result<T, Error>>) -> Error {
        let before = self.dump();
        let Err(error) = block_on(what) else {
            panic!("not refused");
        };
        self.assert_unchanged(&before);
        error
    }

    fn assert_unchanged(&self, before: &Dump) {
        assert_eq!(self.dump(), *before);
        assert_eq!(Census::of(&self.app.world()), before.world);
    }

    /// Makes a token, as somebody who may, for a user.
    pub(super) fn make_token(&self, maker: &str, kind: Kind, name: &str) -> CreatedToken {
        let wanted = CreateToken {
            kind,
            name: Some(name),
            audience: Some("tests"),
            life: Wanted::default(),
            status: Status::Enabled,
        };
        let made = self.does(self.app.create_token(&self.caller(maker), wanted));
        self.keep_secret(&made.value.string);
        made.value
    }

    /// The claims of a token, which must be genuine.
    pub(super) fn claims(&self, token: &CreatedToken) -> Claims {
        let verified = splunk_jwt::verify(&self.ports.keys, token.string.expose());
        verified.unwrap().claims
    }

    pub(super) fn record(&self, id: TokenId) -> Option<Token> {
        block_on(self.ports.store.token(id)).unwrap()
    }

    /// What a verifier says of a token's string now.
    pub(super) fn verdict(&self, token: &CreatedToken) -> Verdict {
        let claims = self.claims(token);
        let record = self.record(token.id).as_ref().map(Brief::from);
        let credential = match (&record, claims.owner) {
            (Some(record), None) => Credential::Token(record),
            (None, None) => return Verdict::Denied(Reason::Unknown),
            (_, Some(_)) => Credential::Ephemeral(&claims),
        };
        decide(
            credential,
            &self.app.world(),
            self.clock.now(),
            ClientAddress::Known(ADDRESS),
        )
    }

    /// Signs somebody in with his password.
    pub(super) fn sign_in(&self, name: &str) -> Digest {
        let signed_in = self.does(self.app.login(name, password_of(name), &self.origin()));
        self.keep_secret(&signed_in.value);
        Digest::of(signed_in.value.expose())
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let dump = self.dump();
        let Dump {
            world,
            tokens,
            sessions,
            audit,
            ..
        } = &dump;
        let commits = self.ear.commits.lock().unwrap();
        let text = format!("{world:?} {tokens:?} {sessions:?} {audit:?} {commits:?}");
        for secret in self.secrets.lock().unwrap().iter() {
            assert!(!text.contains(secret), "a secret got out: {secret}");
        }
    }
}

impl Census {
    fn of(world: &World) -> Self {
        Self {
            generation: world.generation,
            users: world
                .users_and_deleted()
                .map(|one| Principal::clone(one))
                .collect(),
            roles: world.roles().values().cloned().collect(),
            settings: world.settings().clone(),
            objects: objects_of(world),
        }
    }
}

fn objects_of(world: &World) -> Vec<Object> {
    let personas = world.personas().values();
    let personas = personas.map(|one| Object::Persona(Persona::clone(one)));
    let user_groups = world.user_groups().values();
    let user_groups = user_groups.map(|one| Object::UserGroup(UserGroup::clone(one)));
    let sets = world.content_sets().values();
    let sets = sets.map(|one| Object::ContentSet(ContentSet::clone(one)));
    let groups = world.computer_groups().values();
    let groups = groups.map(|one| Object::ComputerGroup(ComputerGroup::clone(one)));
    (personas.chain(user_groups).chain(sets).chain(groups)).collect()
}

impl<T> Done<T> {
    /// Asserts that exactly this was recorded.
    #[track_caller]
    pub(super) fn recorded(
        &self,
        actor: &str,
        action: Action,
        target: &str,
        token: Option<TokenId>,
    ) -> &Self {
        let events = &self.events;
        assert_eq!(events.len(), 1, "{events:?}");
        let event = &events[0];
        let is = (
            &*event.actor,
            event.action,
            event.target.as_deref(),
            event.token,
        );
        assert_eq!(is, (actor, action, Some(target), token));
        assert_eq!(
            (event.address, &*event.request),
            (Some(ADDRESS), "request-1")
        );
        self
    }

    /// Asserts that verifiers learnt exactly this.
    #[track_caller]
    pub(super) fn told(&self, changes: &[Change]) -> &Self {
        assert_eq!(self.changes, changes);
        self
    }
}

pub(super) fn policy() -> Policy {
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

/// The password that a user has from the start.
pub(super) fn password_of(name: &str) -> Plaintext {
    password(&format!("of {name}"))
}

/// A password that is recognised if it gets out.
pub(super) fn password(text: &str) -> Plaintext {
    Plaintext::from(format!("{MARK} {text}"))
}

pub(super) fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(super) fn user_name(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

pub(super) fn role_name(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

pub(super) fn capability(name: &str) -> Capability {
    Capability::parse(name).unwrap()
}

/// The refusal of a user who may not delete another's tokens.
pub(super) fn refusal_to_delete(user: &str) -> Error {
    Error::Refused(Refusal {
        user: user_name(user),
        requires: "edit_tokens_all",
        privilege: "revoke token",
    })
}

/// The refusal of a user who lacks what is required.
pub(super) fn refusal(user: &str, requires: &'static str) -> Error {
    let user = user_name(user);
    let privilege = match requires {
        "audit.read" => "read audit",
        "edit_tokens_all or list_tokens_all" => "view token",
        "edit_user" => "write user",
        "edit_user or list_all_users" | "personas.edit or edit_user or list_all_users" => {
            "read user"
        }
        "personas.edit" => "write persona",
        own if own.contains("_tokens_own") => "use token",
        _ => "administrator",
    };
    Error::Refused(Refusal {
        user,
        requires,
        privilege,
    })
}
