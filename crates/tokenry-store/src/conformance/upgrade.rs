//! NT-06: what an older version has stored is found again by this one, on both databases.

use std::path::PathBuf;

use rusqlite::Connection;
use tempfile::TempDir;
use tokenry_core::{
    id::Capability,
    principal::{Power, RoleDetails},
};
use tokio_postgres::NoTls;

use super::*;
use crate::engine::past;

/// What version 1 wrote, in its own words. Two tokens were made in the same second.
const FROM_V1: &str = r#"
UPDATE head SET sequence = 7, audit = 2, world = 5, tokens = 3;
INSERT INTO settings (name, value) VALUES ('tokens_auth.disabled', '1'), ('tokens_auth.expiration', '+30d'),
    ('tokens_auth.ephemeral_expiration', '+15m');
INSERT INTO users (id, name, roles, locked, token_epoch, created, profile, tokens) VALUES
    (1, 'user1', '["admin"]', 0, 0, 1700000001000000, '{"real_name":"Administrator","email":"","default_app":"",
        "time_zone":"Europe/Berlin","language":"","must_change_password":false,"restart_background_jobs":true}', 2),
    (2, 'user2', '["ops","user"]', 1, 4, 1700000002000000, '{}', 1);
INSERT INTO passwords (owner, hash) VALUES (1, '$argon2id$v=19$m=19456,t=2,p=1$one'),
    (2, '$argon2id$v=19$m=19456,t=2,p=1$two');
INSERT INTO roles (name, capabilities, imports, attributes) VALUES
    ('admin', '["admin_all_objects","audit.read","edit_roles","edit_server","edit_tokens_all","edit_tokens_own","edit_tokens_settings","edit_user","list_all_roles","list_all_users","list_settings","list_tokens_all","restart_splunkd"]',
        '["power","user"]', '{}'),
    ('can_delete', '["delete_by_keyword"]', '[]', '{}'),
    ('ops', '["edit_user"]', '["user"]', '{"srchIndexesAllowed":["*"]}'),
    ('power', '["rtsearch","schedule_search"]', '["user"]', '{}'),
    ('splunk-system-role', '[]', '["admin"]', '{}'),
    ('user', '["change_own_password","get_metadata","get_typeahead","list_tokens_own","rest_apps_view","rest_properties_get","rest_properties_set","search"]',
        '[]', '{}');
INSERT INTO tokens (id, owner, subject, audience, issuer, identity_provider, key_id, version, issued_at, not_before,
    expires, status, last_used, last_used_address) VALUES
    ('0303030303030303030303030303030303030303030303030303030303030303', 1, 'user1', 'Audience 3', 'admin from host',
        'Splunk', 'splunk.secret', 'v2', 1700000000, 1700000001, 0, 'enabled', 0, ''),
    ('0202020202020202020202020202020202020202020202020202020202020202', 1, 'user1', 'Audience 2', 'admin from host',
        'Splunk', 'splunk.secret', 'v2', 1700000000, 1700000001, 1800000000, 'disabled', 1700000009, '192.0.2.1'),
    ('0101010101010101010101010101010101010101010101010101010101010101', 2, 'user2', 'Audience 1', 'admin from host',
        'Splunk', 'splunk.secret', 'v1', 1700000005, 1700000006, 0, 'enabled', 0, '');
INSERT INTO sessions (digest, owner, created, last_used, address) VALUES
    ('0101010101010101010101010101010101010101010101010101010101010101', 1, 1700000000000000, 1700000003000000,
        '2001:db8::1');
INSERT INTO audit (sequence, at, actor, address, request, action, token, target, reason) VALUES
    (1, 1700000000000000, 'system', NULL, 'r-1', 'initialise', NULL, 'user1', 'data directory set up'),
    (2, 1700000000123456, 'user1', '192.0.2.1', 'r-2', 'create_token',
        '0303030303030303030303030303030303030303030303030303030303030303', 'user1', '');
INSERT INTO feed (sequence, kind, key, at) VALUES (7, 'user', '2', 1700000000000000);
"#;

#[tokio::test(flavor = "multi_thread")]
async fn nt06_sqlite_finds_again_what_version_1_has_stored() {
    let old = Old::on_sqlite(FROM_V1);
    finds_everything_again(&old.open().await).await;
    // Opened once more there is nothing left to do.
    let world = old.open().await.store.world().await.unwrap();
    assert_eq!(world.roles().len(), 9);
    let new = Old::on_sqlite("");
    is_empty(&new.open().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nt06_postgres_finds_again_what_version_1_has_stored() {
    let old = Old::on_postgres(FROM_V1).await;
    finds_everything_again(&old.open().await).await;
    let world = old.open().await.store.world().await.unwrap();
    assert_eq!(world.roles().len(), 9);
    let new = Old::on_postgres("").await;
    is_empty(&new.open().await).await;
}

/// Roles that somebody had changed keep what they were given.
#[tokio::test(flavor = "multi_thread")]
async fn nt06_edited_roles_stay_as_they_are() {
    for (before, after) in [
        ("[]", vec!["administrator"]),
        ("[\"administrator\"]", vec!["administrator"]),
        (
            "[\"audit.read\",\"search\"]",
            vec!["administrator", "audit.read", "search"],
        ),
    ] {
        let contents = format!(
            "INSERT INTO users (id, name, roles, locked, token_epoch, created, profile, tokens) \
                VALUES (1, 'user1', '[\"admin\"]', 0, 0, 0, '{{}}', 0); \
            INSERT INTO roles (name, capabilities, imports, attributes) VALUES ('admin', '{before}', '[]', '{{}}'), \
                ('api-gateway-user', '[\"search\"]', '[\"admin\"]', '{{}}')"
        );
        for old in [Old::on_sqlite(&contents), Old::on_postgres(&contents).await] {
            let world = old.open().await.store.world().await.unwrap();
            let role = |name: &str| world.roles()[&RoleName::parse(name).unwrap()].clone();
            let (admin, theirs) = (role("admin"), role("api-gateway-user"));
            let held: Vec<_> = admin.capabilities.iter().map(Capability::as_str).collect();
            assert_eq!((held, admin.number.number()), (after.clone(), 1));
            let held: Vec<_> = theirs.capabilities.iter().map(Capability::as_str).collect();
            assert_eq!((held, theirs.number.number()), (vec!["search"], 20));
            assert_eq!((theirs.imports.len(), world.roles().len()), (1, 4));
        }
    }
}

/// A database of version 1.
enum Old {
    Postgres(String),
    Sqlite(
        PathBuf,
        #[expect(dead_code, reason = "keeps the file")] TempDir,
    ),
}

impl Old {
    fn on_sqlite(contents: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        let mut connection = Connection::open(&path).unwrap();
        past::sqlite(&mut connection, 1);
        connection.execute_batch(contents).unwrap();
        Self::Sqlite(path, directory)
    }

    async fn on_postgres(contents: &str) -> Self {
        let url = postgres::database();
        let (mut client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        past::postgres(&mut client, 1).await;
        client.batch_execute(contents).await.unwrap();
        Self::Postgres(url)
    }

    /// Opens it with this version.
    async fn open(&self) -> Kit {
        let heard = Arc::new(Heard::default());
        let store = match self {
            Self::Postgres(url) => Store::postgres(url, heard.clone()).await,
            Self::Sqlite(path, _) => Store::sqlite(path, heard.clone()).await,
        };
        let store = Arc::new(store.unwrap());
        Kit { store, heard }
    }
}

async fn finds_everything_again(kit: &Kit) {
    the_world_is_as_a_new_one_would_be(kit).await;
    tokens_have_numbers(kit).await;
    the_rest_is_as_it_was(kit).await;
    work_goes_on(kit).await;
}

async fn the_world_is_as_a_new_one_would_be(kit: &Kit) {
    let world = kit.store.world().await.unwrap();
    let first = User {
        roles: vec![RoleName::parse("admin").unwrap()],
        profile: Profile {
            real_name: "Administrator".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            restart_background_jobs: true,
            ..Profile::default()
        },
        ..user(1)
    };
    let second = User {
        roles: ["ops", "user"]
            .map(|name| RoleName::parse(name).unwrap())
            .into(),
        locked: true,
        token_epoch: 4,
        ..user(2)
    };
    let ops = Role {
        capabilities: [Capability::parse("edit_user").unwrap()].into(),
        imports: vec![RoleName::parse("user").unwrap()],
        attributes: [("srchIndexesAllowed".to_owned(), vec!["*".to_owned()])].into(),
        details: RoleDetails::default(),
        ..role("ops", 1_000_000_003)
    };
    let mut roles = Role::built_in().unwrap();
    roles.push(ops);
    let pairs = [
        ("tokens_auth.disabled", "1"),
        ("tokens_auth.expiration", "+30d"),
        ("tokens_auth.ephemeral_expiration", "+15m"),
    ];
    let settings = Settings::from_pairs(pairs).unwrap();
    let expected = World::new(Generation(5), vec![first, second], roles, settings)
        .with_objects(Object::built_in());
    assert_eq!(contents(&world), contents(&expected));

    let rights = world.rights_of(&[RoleName::parse("admin").unwrap()]);
    let missing: Vec<_> = Power::all().filter(|power| !rights.has(*power)).collect();
    assert_eq!(missing, []);
}

async fn tokens_have_numbers(kit: &Kit) {
    let second = Token {
        expires: Some(Timestamp::from_second(1_800_000_000).unwrap()),
        status: Status::Disabled,
        last_used: Some(Use {
            at: at(9),
            address: address("192.0.2.1"),
        }),
        ..token(2, 1)
    };
    let first = Token {
        version: Version::V1,
        issued_at: at(5),
        not_before: at(6),
        ..token(1, 2)
    };
    let expected = [second, token(3, 1), first];
    let expected = (1..).zip(expected).map(|(n, token)| numbered(n, token));
    let by_number = TokenQuery {
        sort: Sort {
            column: Column::Number,
            ..Sort::default()
        },
        ..TokenQuery::default()
    };
    let page = kit.store.tokens(by_number).await.unwrap();
    assert_eq!(page.items, expected.collect::<Vec<_>>());
    assert_eq!(kit.totals(&[1, 2]).await, [3, 2, 1]);
}

async fn the_rest_is_as_it_was(kit: &Kit) {
    for (number, expected) in [(1, "one"), (2, "two")] {
        let stored = kit.store.password(user_id(number)).await.unwrap();
        assert_eq!(stored, Some(hash(expected)));
    }
    let expected = Session {
        number: 0,
        last_used: at(3),
        address: address("2001:db8::1"),
        ..session(1, 1)
    };
    assert_eq!(kit.store.sessions(None, 9).await.unwrap(), [expected]);

    let all = AuditQuery {
        limit: 9,
        ..AuditQuery::default()
    };
    let lines = kit.store.audit(all).await.unwrap();
    let initialised = Event {
        target: Some("user1".to_owned()),
        reason: "data directory set up".to_owned(),
        ..event(Action::Initialise, "system")
    };
    let made = Event {
        at: Timestamp::from_microsecond(1_700_000_000_123_456).unwrap(),
        address: Some(address("192.0.2.1")),
        request: "r-2".to_owned(),
        token: Some(token_id(3)),
        target: Some("user1".to_owned()),
        ..event(Action::CreateToken, "user1")
    };
    let events: Vec<_> = lines.into_iter().map(|line| line.event).collect();
    assert_eq!(events, [made, initialised]);
}

async fn work_goes_on(kit: &Kit) {
    let batch = Batch {
        world: Some(Generation(5)),
        writes: vec![
            Write::RequirePassword(user_id(1), hash("one")),
            Write::RequireSession(digest(1)),
            Write::DeleteToken(token_id(1), user_id(2), revoked()),
            Write::InsertToken(token(4, 2)),
        ],
        events: vec![event(Action::CreateToken, "user1")],
        changes: vec![Change::TokenChanged(token_id(1))],
    };
    let applied = Applied {
        sequence: 8,
        token_number: TokenNumber::from_number(4),
    };
    assert_eq!(kit.store.apply(batch).await.unwrap(), applied);
    assert_eq!(kit.lines().await, [3, 2, 1]);
    let stone = kit.store.tombstone(token_id(1)).await.unwrap().unwrap();
    assert_eq!(stone.number, TokenNumber::from_number(3));
    assert_eq!(kit.totals(&[1, 2]).await, [3, 2, 1]);
}

/// Whoever sets up a new database puts in what belongs there.
async fn is_empty(kit: &Kit) {
    let world = kit.store.world().await.unwrap();
    assert_eq!(contents(&world), contents(&World::default()));
    let applied = Applied {
        sequence: 0,
        token_number: TokenNumber::from_number(0),
    };
    assert_eq!(kit.apply([]).await.unwrap(), applied);
}
