//! What every store promises the rules, as one suite that is mounted on each of them: the one in memory, SQLite and
//! PostgreSQL. Also what only the real ones have: statements that both databases must understand, and pages whose
//! cost must not grow.

mod edits;
mod guards;
mod lists;
mod lives;
mod model;
mod records;
mod sql;
mod upgrade;
mod walk_plans;
mod walks;

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use tokenry_core::{Error, port::AuditQuery, port::Column};
use tokenry_core::{
    audit::{Action, Event},
    change::Change,
    fake::{MemoryStore, SeededEntropy},
    id::{PersonaId, RoleName, RoleNumber, TokenId, TokenNumber, UserId, UserName},
    port::{
        Applied, Batch, Commit, CommitListener, Entropy, Page, Pattern, Recorded, Sort,
        Store as Port, Term, TokenQuery, Write,
    },
    principal::{Generation, Object, Profile, Role, User, World, password::PasswordHash},
    secret::Digest,
    session::Session,
    settings::Settings,
    token::{
        Audience, End, EndReason, Form, Origins, Status, Token, Tombstone, Use, address::Networks,
        form::splunk_jwt::Version,
    },
};
use tokenry_testkit::postgres;

use crate::Store;

type Fresh<'a> = &'a dyn Fn(Arc<Heard>) -> tokenry_core::port::BoxFuture<'static, Arc<dyn Port>>;

#[tokio::test]
async fn the_store_in_memory_conforms() {
    conforms(&|heard| Box::pin(async move { Arc::new(MemoryStore::new(heard)) as Arc<dyn Port> }))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_conforms() {
    let directory = tempfile::tempdir().unwrap();
    let number = AtomicU32::new(0);
    conforms(&|heard| {
        let number = number.fetch_add(1, Ordering::Relaxed);
        let path = directory.path().join(format!("{number}.db"));
        Box::pin(
            async move { Arc::new(Store::sqlite(&path, heard).await.unwrap()) as Arc<dyn Port> },
        )
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_conforms() {
    conforms(&|heard| {
        Box::pin(async move {
            Arc::new(Store::postgres(&postgres::database(), heard).await.unwrap()) as Arc<dyn Port>
        })
    })
    .await;
}

/// The suite. Each part gets a fresh store.
async fn conforms(fresh: Fresh<'_>) {
    records::come_back_as_they_went_in(&Kit::new(fresh).await).await;
    records::a_deleted_user_leaves_nothing(&Kit::new(fresh).await).await;
    records::totals_are_right_whatever_is_deleted(&Kit::new(fresh).await).await;
    records::uses_only_move_forward(&Kit::new(fresh).await).await;
    records::commits_are_heard_in_order(&Kit::new(fresh).await).await;
    records::the_audit_log_has_no_gaps(&Kit::new(fresh).await).await;
    guards::a_failed_guard_refuses_all_of_its_batch(&Kit::new(fresh).await).await;
    guards::a_batch_computed_from_another_world_is_refused(&Kit::new(fresh).await).await;
    guards::of_many_at_once_exactly_one_wins(&Kit::new(fresh).await).await;
    guards::a_token_is_replaced_exactly_once(&Kit::new(fresh).await).await;
    lives::numbers_grow_and_are_never_reused(&Kit::new(fresh).await).await;
    lives::a_tombstone_is_kept_of_every_token_that_is_ended(&Kit::new(fresh).await).await;
    lives::a_user_can_be_brought_back(&Kit::new(fresh).await).await;
    lives::objects_come_back_and_make_the_same_world(&Kit::new(fresh).await).await;
    lives::what_has_expired_is_left_out(&Kit::new(fresh).await).await;
    lists::every_list_is_as_the_model_has_it(&Kit::new(fresh).await).await;
    lists::what_clients_write_is_never_read_as_sql(&Kit::new(fresh).await).await;
    walks::the_parts_of_any_list_join_to_what_the_model_has(&Kit::new(fresh).await).await;
    walks::a_walk_stops_after_so_many_records(&Kit::new(fresh).await).await;
    walks::totals_are_told_where_they_are_known(&Kit::new(fresh).await).await;
    walks::ends_are_counted_between_instants(&Kit::new(fresh).await).await;
    edits::a_token_is_edited_only_if_it_is_as_it_was(&Kit::new(fresh).await).await;
    edits::a_key_is_remembered_once_and_for_a_while(&Kit::new(fresh).await).await;
    edits::of_many_requests_with_one_key_exactly_one_wins(&Kit::new(fresh).await).await;
    model::any_course_of_events_ends_as_in_memory(&Kit::new(fresh).await).await;
}

/// A fresh store, and what was heard of its commits.
struct Kit {
    store: Arc<dyn Port>,
    heard: Arc<Heard>,
}

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Commit>>);

impl CommitListener for Heard {
    fn committed(&self, commit: &Commit) {
        self.0.lock().unwrap().push(commit.clone());
    }
}

impl Kit {
    async fn new(fresh: Fresh<'_>) -> Self {
        let heard = Arc::new(Heard::default());
        Self {
            store: fresh(heard.clone()).await,
            heard,
        }
    }

    /// Commits these writes, which must succeed.
    async fn write(&self, writes: impl Into<Vec<Write>>) {
        self.apply(writes).await.unwrap();
    }

    async fn apply(&self, writes: impl Into<Vec<Write>>) -> Result<Applied, Error> {
        self.store
            .apply(Batch {
                writes: writes.into(),
                ..Batch::default()
            })
            .await
    }

    /// How many tokens there are in all, and of each of these owners.
    async fn totals(&self, owners: &[i64]) -> Vec<u64> {
        let owners = owners.iter().map(|number| Some(user_id(*number)));
        let mut totals = Vec::new();
        for owner in [None].into_iter().chain(owners) {
            let query = TokenQuery {
                owner,
                ..TokenQuery::default()
            };
            totals.push(self.store.tokens(query).await.unwrap().total);
        }
        totals
    }

    /// The numbers of the newest lines of the audit log.
    async fn lines(&self) -> Vec<i64> {
        let query = AuditQuery {
            limit: 9,
            ..AuditQuery::default()
        };
        let lines = self.store.audit(query).await.unwrap();
        lines.iter().map(|line| line.sequence).collect()
    }

    fn heard(&self) -> Vec<Commit> {
        std::mem::take(&mut self.heard.0.lock().unwrap())
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn user_id(number: i64) -> UserId {
    UserId::from_number(number)
}

fn token_id(number: u8) -> TokenId {
    TokenId::from_bytes([number; 32])
}

fn digest(number: u8) -> Digest {
    Digest::from_bytes([number; 32])
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash::from_stored(format!("$argon2id$v=19$m=19456,t=2,p=1${text}"))
}

fn user(number: i64) -> User {
    User {
        id: user_id(number),
        name: UserName::parse(&format!("user{number}")).unwrap(),
        roles: vec![RoleName::parse("user").unwrap()],
        locked: false,
        deleted: false,
        token_epoch: 0,
        created: at(number % 1000),
        profile: Profile::default(),
    }
}

fn insert_user(number: i64) -> Write {
    Write::InsertUser(user(number), hash("x"))
}

fn token(number: u8, owner: i64) -> Token {
    Token {
        id: token_id(number),
        number: TokenNumber::from_number(0),
        form: Form::SplunkJwt,
        owner: user_id(owner),
        persona: PersonaId::DEFAULT,
        subject: user(owner).name,
        audience: Audience::parse(&format!("Audience {number}")).unwrap(),
        issuer: "admin from host".to_owned(),
        identity_provider: "Splunk".to_owned(),
        key_id: "splunk.secret".to_owned(),
        version: Version::V2,
        issued_at: at(0),
        not_before: at(1),
        expires: None,
        status: Status::Enabled,
        last_used: None,
        name: String::new(),
        notes: String::new(),
        origins: Origins::Anywhere,
        days: None,
        scope: None,
        rate: None,
        replaced_by: None,
    }
}

/// The token as it is once it is stored as the one of this number.
fn numbered(number: i64, token: Token) -> Token {
    let number = TokenNumber::from_number(number);
    Token { number, ..token }
}

fn role(name: &str, number: i64) -> Role {
    let number = RoleNumber::from_number(number);
    Role::new(RoleName::parse(name).unwrap(), number)
}

fn end(second: i64, reason: EndReason) -> End {
    let at = at(second);
    End { at, reason }
}

fn revoked() -> End {
    end(100, EndReason::Revoked)
}

/// All that a world holds, for a comparison.
fn contents(world: &World) -> impl PartialEq + std::fmt::Debug + use<> {
    let principals: Vec<_> = world.users_and_deleted().cloned().collect();
    let acting = principals.iter().map(|one| {
        let personas = world.personas_of(one.user.id);
        let acting = personas.map(|persona| world.acting(one.user.id, persona.id).cloned());
        acting.collect::<Vec<_>>()
    });
    let acting: Vec<_> = acting.collect();
    let directory = (
        world.personas().clone(),
        world.user_groups().clone(),
        world.content_sets().clone(),
        world.computer_groups().clone(),
    );
    let (roles, settings) = (world.roles().clone(), world.settings().clone());
    (
        world.generation,
        principals,
        acting,
        roles,
        settings,
        directory,
    )
}

fn session(number: u8, owner: i64) -> Session {
    Session {
        digest: digest(number),
        number: i64::from(number),
        user: user_id(owner),
        persona: PersonaId::DEFAULT,
        created: at(0),
        last_used: at(0),
        address: address("192.0.2.1"),
        idle_timeout: SignedDuration::from_mins(60),
    }
}

fn event(action: Action, actor: &str) -> Event {
    Event {
        at: at(0),
        actor: actor.to_owned(),
        persona: PersonaId::DEFAULT,
        address: None,
        request: "r-1".to_owned(),
        action,
        token: None,
        target: None,
        object: None,
        reason: String::new(),
    }
}

fn is_conflict<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Conflict { .. }))
}
