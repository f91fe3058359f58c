//! What is written can be read, what is deleted is gone, and who must hear of it does.

use tokenry_core::{
    id::{Capability, ComputerGroupId, ContentSetId},
    principal::RoleDetails,
};

use super::*;

pub(super) async fn come_back_as_they_went_in(kit: &Kit) {
    let world = kit.store.world().await.unwrap();
    assert_eq!(
        (world.generation, world.users().count(), world.roles().len()),
        (Generation(0), 0, 0)
    );
    assert_eq!(*world.settings(), Settings::default());

    let (users, roles, settings) = (
        interesting_users(),
        interesting_roles(),
        interesting_settings(),
    );
    let writes = (users
        .iter()
        .map(|user| Write::InsertUser(user.clone(), hash(user.name.as_str()))))
    .chain(roles.iter().cloned().map(Write::PutRole))
    .chain([
        Write::PutSettings(Settings::default()),
        Write::PutSettings(settings.clone()),
    ]);
    kit.apply(writes.collect::<Vec<_>>()).await.unwrap();

    let world = kit.store.world().await.unwrap();
    let mut stored = world
        .users_and_deleted()
        .map(|principal| principal.user.clone())
        .collect::<Vec<_>>();
    stored.sort_by_key(|user| user.id);
    assert_eq!(stored, users);
    assert_eq!(world.roles().values().cloned().collect::<Vec<_>>(), roles);
    assert_eq!(*world.settings(), settings);
    assert_eq!(
        kit.store.password(users[0].id).await.unwrap(),
        Some(hash(users[0].name.as_str()))
    );
    assert_eq!(kit.store.password(user_id(99)).await.unwrap(), None);

    tokens_and_sessions_do_too(kit).await;
    updates_replace_all_but_the_name(kit, &users[1]).await;
}

async fn tokens_and_sessions_do_too(kit: &Kit) {
    for (number, token) in (1..).zip(interesting_tokens()) {
        kit.apply([Write::InsertToken(token.clone())])
            .await
            .unwrap();
        assert_eq!(
            kit.store.token(token.id).await.unwrap(),
            Some(numbered(number, token))
        );
    }
    assert_eq!(kit.store.token(token_id(99)).await.unwrap(), None);

    let older = session(1, 1);
    let newer = Session {
        created: Timestamp::from_microsecond(1_700_000_000_123_456).unwrap(),
        last_used: Timestamp::from_microsecond(1_700_000_001_000_001).unwrap(),
        address: address("2001:db8::1"),
        number: i64::MAX,
        persona: PersonaId::from_number(7),
        idle_timeout: SignedDuration::from_secs(61),
        ..session(2, 2)
    };
    kit.apply([
        Write::InsertSession(older.clone()),
        Write::InsertSession(newer.clone()),
    ])
    .await
    .unwrap();
    assert_eq!(
        kit.store.session(newer.digest).await.unwrap(),
        Some(newer.clone())
    );
    assert_eq!(kit.store.session(digest(9)).await.unwrap(), None);
    assert_eq!(
        kit.store.sessions(None, 10).await.unwrap(),
        [newer.clone(), older]
    );
    let of_the_second = kit.store.sessions(Some(user_id(2)), 10).await.unwrap();
    assert_eq!(of_the_second, std::slice::from_ref(&newer));
    assert_eq!(kit.store.sessions(None, 1).await.unwrap(), [newer]);
}

async fn updates_replace_all_but_the_name(kit: &Kit, old: &User) {
    let new = User {
        roles: vec![],
        locked: !old.locked,
        deleted: !old.deleted,
        token_epoch: old.token_epoch + 1,
        profile: Profile {
            email: "new@example.com".to_owned(),
            ..Profile::default()
        },
        ..old.clone()
    };
    let role = role("every.thing", 1001);
    let writes = [
        Write::UpdateUser(new.clone()),
        Write::SetPassword(new.id, hash("new")),
        Write::PutRole(role.clone()),
    ];
    kit.apply(writes).await.unwrap();
    let world = kit.store.world().await.unwrap();
    assert_eq!(world.principal(new.id).unwrap().user, new);
    assert_eq!(world.roles()[&role.name], role);
    assert_eq!(kit.store.password(new.id).await.unwrap(), Some(hash("new")));
    kit.apply([Write::DeleteRole(role.name.clone())])
        .await
        .unwrap();
    assert!(
        !kit.store
            .world()
            .await
            .unwrap()
            .roles()
            .contains_key(&role.name)
    );
}

pub(super) async fn a_deleted_user_leaves_nothing(kit: &Kit) {
    two_users_with_tokens_and_sessions(kit).await;
    kit.write([Write::DeleteUser(user_id(1), revoked())]).await;
    assert_eq!(kit.totals(&[1, 2]).await, [2, 0, 2]);
    assert_eq!(kit.store.token(token_id(1)).await.unwrap(), None);
    assert_eq!(kit.store.password(user_id(1)).await.unwrap(), None);
    assert_eq!(kit.store.sessions(None, 10).await.unwrap(), [session(2, 2)]);
    let world = kit.store.world().await.unwrap();
    assert!(world.principal(user_id(1)).is_none());

    // NT-14: the name may return; nothing of the old one does.
    let again = User {
        name: user(1).name,
        ..user(7)
    };
    kit.write([Write::InsertUser(again, hash("y"))]).await;
    assert_eq!(kit.totals(&[7]).await, [2, 0]);
}

pub(super) async fn totals_are_right_whatever_is_deleted(kit: &Kit) {
    two_users_with_tokens_and_sessions(kit).await;
    kit.write([Write::DeleteToken(token_id(4), user_id(2), revoked())])
        .await;
    assert_eq!(kit.totals(&[1, 2]).await, [4, 3, 1]);
    let one_more = Write::InsertToken(token(6, 2));
    kit.write([one_more, Write::DeleteTokensOf(user_id(2), revoked())])
        .await;
    assert_eq!(kit.totals(&[1, 2]).await, [3, 3, 0]);
    let nothing = Write::DeleteTokensOf(user_id(2), revoked());
    kit.write([Write::DeleteSessionsOf(user_id(2)), nothing])
        .await;
    assert_eq!(kit.totals(&[1, 2]).await, [3, 3, 0]);
    assert_eq!(kit.store.sessions(None, 10).await.unwrap(), [session(1, 1)]);
}

async fn two_users_with_tokens_and_sessions(kit: &Kit) {
    let first = (1..=3).map(|number| token(number, 1));
    let second = (4..=5).map(|number| token(number, 2));
    let sessions = [session(1, 1), session(2, 2)];
    kit.write([insert_user(1), insert_user(2)]).await;
    let tokens = first.chain(second).map(Write::InsertToken);
    kit.write(tokens.collect::<Vec<_>>()).await;
    kit.write(sessions.map(Write::InsertSession)).await;
    assert_eq!(kit.totals(&[1, 2]).await, [5, 3, 2]);
}

pub(super) async fn uses_only_move_forward(kit: &Kit) {
    let (token, session) = (token(1, 1), session(1, 1));
    let session_and_token = [Write::InsertToken(token), Write::InsertSession(session)];
    kit.write([insert_user(1)]).await;
    kit.write(session_and_token).await;
    let at_and_from = |second, from: &str| Use {
        at: at(second),
        address: address(from),
    };
    let uses = vec![
        (token_id(1), at_and_from(10, "192.0.2.1")),
        (token_id(9), at_and_from(10, "192.0.2.9")),
        (token_id(1), at_and_from(20, "192.0.2.2")),
        (token_id(1), at_and_from(15, "192.0.2.3")),
    ];
    let touches = [(1, 30), (9, 30), (1, 25)].map(|(number, second)| (digest(number), at(second)));
    let touches = Write::RecordSessionUses(touches.to_vec());
    kit.write([Write::RecordTokenUses(uses), touches]).await;
    let token = kit.store.token(token_id(1)).await.unwrap().unwrap();
    assert_eq!(token.last_used, Some(at_and_from(20, "192.0.2.2")));
    let session = kit.store.session(digest(1)).await.unwrap().unwrap();
    assert_eq!(session.last_used, at(30));

    for (second, left) in [(30, 1), (31, 0)] {
        kit.write([Write::DeleteSessionsUnusedSince(at(second))])
            .await;
        assert_eq!(kit.store.sessions(None, 10).await.unwrap().len(), left);
    }
    assert_eq!(kit.lines().await, [0; 0]);
}

pub(super) async fn commits_are_heard_in_order(kit: &Kit) {
    let user = user(1);
    let first = Batch {
        world: Some(Generation(0)),
        writes: vec![Write::InsertUser(user.clone(), hash("x"))],
        events: vec![
            event(Action::Initialise, "system"),
            event(Action::CreateUser, "system"),
        ],
        changes: vec![
            Change::UserPut(user.clone()),
            Change::SettingsPut(Settings::default()),
        ],
    };
    let second = Batch {
        writes: vec![Write::InsertToken(token(1, 1))],
        events: vec![event(Action::CreateToken, "user1")],
        ..Batch::default()
    };
    let third = Batch {
        writes: vec![Write::SetTokenStatus(
            token_id(1),
            user.id,
            Status::Disabled,
        )],
        changes: vec![Change::TokenChanged(token_id(1))],
        ..Batch::default()
    };
    let mut expected = Vec::new();
    for (batch, sequence, line, token) in [(first, 2, 1, 0), (second, 2, 3, 1), (third, 3, 4, 1)] {
        let token_number = TokenNumber::from_number(token);
        assert_eq!(
            kit.store.apply(batch.clone()).await.unwrap(),
            Applied {
                sequence,
                token_number
            }
        );
        expected.push(Commit {
            sequence,
            world: batch.world.map(|Generation(number)| Generation(number + 1)),
            events: (line..)
                .zip(batch.events)
                .map(|(sequence, event)| Recorded { sequence, event })
                .collect(),
            changes: batch.changes,
        });
        assert_eq!(
            kit.heard.0.lock().unwrap().len(),
            expected.len(),
            "heard before the answer"
        );
    }
    assert_eq!(kit.heard(), expected);
    assert_eq!(kit.store.world().await.unwrap().generation, Generation(1));
}

pub(super) async fn the_audit_log_has_no_gaps(kit: &Kit) {
    kit.apply([insert_user(1)]).await.unwrap();
    let full = Event {
        at: full_at(),
        address: Some(address("2001:db8::1")),
        persona: PersonaId::from_number(3),
        object: Some(-5),
        token: Some(token_id(1)),
        target: Some("someone".to_owned()),
        reason: "because 'quoted' \"text\"\n".to_owned(),
        ..event(Action::UpdateToken, "alice")
    };
    let events = vec![
        event(Action::Login, "alice"),
        full.clone(),
        event(Action::Login, "bob"),
    ];
    for _ in 0..4 {
        kit.store
            .apply(Batch {
                events: events.clone(),
                ..Batch::default()
            })
            .await
            .unwrap();
        let refused = Batch {
            writes: vec![insert_user(1)],
            events: events.clone(),
            ..Batch::default()
        };
        assert!(is_conflict(&kit.store.apply(refused).await));
    }
    let all = AuditQuery {
        limit: 100,
        ..AuditQuery::default()
    };
    let lines = kit.store.audit(all).await.unwrap();
    assert_eq!(
        lines.iter().map(|line| line.sequence).collect::<Vec<_>>(),
        (1..=12).rev().collect::<Vec<_>>()
    );
    assert_eq!(lines[1].event, full);

    audit_lines_are_found(kit).await;
}

/// A change to a query, and the lines it then finds.
type Search = (fn(&mut AuditQuery), &'static [i64]);

/// When the one line was written that has everything.
fn full_at() -> Timestamp {
    Timestamp::from_microsecond(1_700_000_000_123_456).unwrap()
}

async fn audit_lines_are_found(kit: &Kit) {
    let cases: [Search; 16] = [
        (|query| query.limit = 2, &[12, 11]),
        (|query| query.limit = 0, &[]),
        (|query| query.before = Some(4), &[3, 2, 1]),
        (|query| query.after = Some(10), &[12, 11]),
        (
            |query| (query.after, query.before) = (Some(6), Some(9)),
            &[8, 7],
        ),
        (|query| query.actor = Some("bob".to_owned()), &[12, 9, 6, 3]),
        (|query| query.actor = Some("BOB".to_owned()), &[]),
        (|query| query.actor = Some("b\0b".to_owned()), &[]),
        (|query| query.token = Some(token_id(1)), &[11, 8, 5, 2]),
        (
            |query| {
                (query.actions, query.actor) = (vec![Action::Login], Some("alice".to_owned()));
            },
            &[10, 7, 4, 1],
        ),
        (
            |query| {
                query.actions = vec![Action::UpdateToken, Action::Logout];
            },
            &[11, 8, 5, 2],
        ),
        (
            |query| {
                (query.actions, query.limit) = (vec![Action::Login, Action::UpdateToken], 2);
            },
            &[12, 11],
        ),
        (|query| query.object = Some(-5), &[11, 8, 5, 2]),
        (|query| query.object = Some(0), &[]),
        (
            |query| (query.since, query.before) = (Some(full_at()), Some(9)),
            &[8, 5, 2],
        ),
        (
            |query| (query.since, query.until) = (Some(at(0)), Some(at(0))),
            &[12, 10, 9, 7, 6, 4, 3, 1],
        ),
    ];
    for (change, expected) in cases {
        let mut query = AuditQuery {
            limit: 100,
            ..AuditQuery::default()
        };
        change(&mut query);
        let lines = kit.store.audit(query.clone()).await.unwrap();
        let numbers = lines.iter().map(|line| line.sequence).collect::<Vec<_>>();
        assert_eq!(numbers, expected, "{query:?}");
    }
}

fn interesting_users() -> Vec<User> {
    let role = |name: &str| RoleName::parse(name).unwrap();
    let all = Profile {
        real_name: "Ann \"O'Neill\" Ünger 🦀".to_owned(),
        email: "ann@example.com".to_owned(),
        default_app: "search".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        language: "de-DE".to_owned(),
        must_change_password: true,
        restart_background_jobs: true,
        domain: "corp".to_owned(),
        computer_group: Some(ComputerGroupId::from_number(3)),
        lock_number: 2,
        metadata: [("colour".to_owned(), "\"grün\"".to_owned())].into(),
    };
    let ann = User {
        name: UserName::parse("ann@example.com").unwrap(),
        roles: vec![role("user"), role("admin"), role("every.thing")],
        locked: true,
        deleted: true,
        token_epoch: 7,
        created: Timestamp::from_microsecond(1_700_000_000_654_321).unwrap(),
        profile: all,
        ..user((1 << 53) - 1)
    };
    vec![user(1), user(2), ann]
}

fn interesting_roles() -> Vec<Role> {
    let mut roles = Role::built_in().unwrap();
    let mut role = role("every.thing", 1000);
    role.imports = vec![
        RoleName::parse("user").unwrap(),
        RoleName::parse("admin").unwrap(),
    ];
    role.attributes.insert(
        "srchIndexesAllowed".to_owned(),
        vec!["*".to_owned(), "_*".to_owned()],
    );
    role.attributes.insert("defaultApp".to_owned(), vec![]);
    let granted = Capability::parse("read sensor").unwrap();
    role.details = RoleDetails {
        label: "Every 'Thing'".to_owned(),
        description: "Alles, und \"mehr\"".to_owned(),
        grants: [(ContentSetId::from_number(2), granted)].into(),
        deny: true,
        all_content_sets: true,
    };
    roles.push(role);
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    roles
}

fn interesting_settings() -> Settings {
    let pairs = [
        ("tokens_auth.disabled", "1"),
        ("tokens_auth.expiration", "+30d@d"),
        ("tokens_auth.ephemeral_expiration", "+15m"),
    ];
    Settings::from_pairs(pairs).unwrap()
}

fn interesting_tokens() -> Vec<Token> {
    let full = Token {
        subject: user(2).name,
        audience: Audience::parse("Büro 🦀 'a' \"b\" %_\\").unwrap(),
        issuer: "ann@example.com from so1".to_owned(),
        identity_provider: "LDAP://corp".to_owned(),
        key_id: "2026-11".to_owned(),
        version: Version::V1,
        issued_at: at(11),
        not_before: at(12),
        expires: Some(at(13)),
        status: Status::Disabled,
        last_used: Some(Use {
            at: at(14),
            address: address("2001:db8::ff"),
        }),
        form: Form::Hex,
        persona: PersonaId::from_number(1_001),
        name: "nightly 'backup'".to_owned(),
        notes: "für\nAnn 🦀".to_owned(),
        origins: trusted("192.0.2.7,192.0.2.0/24,2001:db8::/32"),
        days: Some(u32::MAX),
        replaced_by: Some(token_id(2)),
        ..token(1, 2)
    };
    let nowhere = Token {
        origins: trusted(""),
        days: Some(0),
        ..token(2, 1)
    };
    let long = (0..2_000).map(|n| format!("10.0.{}.{}", n / 250, n % 250));
    let long = Token {
        origins: trusted(&long.collect::<Vec<_>>().join(",")),
        notes: "n".repeat(Token::MAX_NOTES),
        ..token(3, (1 << 53) - 1)
    };
    vec![full, nowhere, long]
}

fn trusted(list: &str) -> Origins {
    Origins::Trusted(Networks::parse("", list).unwrap())
}
