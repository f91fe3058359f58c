//! A batch is committed as a whole or not at all.

use super::*;

pub(super) async fn a_failed_guard_refuses_all_of_its_batch(kit: &Kit) {
    kit.apply([
        insert_user(1),
        insert_user(2),
        Write::InsertToken(token(1, 1)),
        Write::InsertSession(session(1, 1)),
    ])
    .await
    .unwrap();
    kit.heard();
    for write in refused_writes() {
        let batch = Batch {
            writes: vec![
                Write::SetTokenStatusOf(user_id(1), Status::Disabled),
                Write::InsertToken(token(5, 2)),
                write.clone(),
                Write::DeleteTokensOf(user_id(1), revoked()),
            ],
            events: vec![event(Action::DeleteToken, "x")],
            changes: vec![Change::TokensChanged(user_id(1))],
            world: None,
        };
        assert!(is_conflict(&kit.store.apply(batch).await), "{write:?}");
    }
    let session = session(1, 1);
    assert_eq!(
        kit.store.token(token_id(1)).await.unwrap(),
        Some(numbered(1, token(1, 1)))
    );
    assert_eq!(kit.totals(&[1, 2]).await, [1, 1, 0]);
    assert_eq!(kit.store.sessions(None, 10).await.unwrap(), [session]);
    let password = kit.store.password(user_id(1)).await.unwrap();
    assert_eq!(password, Some(hash("x")));
    assert_eq!(kit.lines().await, [0; 0]);
    assert_eq!(kit.heard(), []);
    assert_eq!(kit.store.tombstone(token_id(1)).await.unwrap(), None);
    let applied = Applied {
        sequence: 0,
        token_number: TokenNumber::from_number(1),
    };
    assert_eq!(kit.apply([]).await.unwrap(), applied);
}

/// Of what is not there, or is already.
fn refused_writes() -> Vec<Write> {
    let nobody = user_id(9);
    vec![
        Write::DeleteRole(RoleName::parse("nothing").unwrap()),
        Write::DeleteSession(digest(9)),
        Write::DeleteToken(token_id(9), user_id(1), revoked()),
        Write::DeleteToken(token_id(1), user_id(2), revoked()),
        Write::DeleteUser(nobody, revoked()),
        Write::InsertSession(session(2, 9)),
        Write::InsertSession(session(1, 1)),
        Write::InsertToken(token(2, 9)),
        Write::InsertToken(token(1, 1)),
        Write::InsertUser(
            User {
                id: nobody,
                ..user(1)
            },
            hash("y"),
        ),
        Write::InsertUser(
            User {
                id: user_id(1),
                ..user(9)
            },
            hash("y"),
        ),
        Write::RequirePassword(nobody, hash("x")),
        Write::RequirePassword(user_id(1), hash("y")),
        Write::RequireSession(digest(9)),
        replace(9, 1, 5),
        replace(1, 2, 5),
        Write::SetPassword(nobody, hash("y")),
        Write::SetTokenStatus(token_id(9), user_id(1), Status::Disabled),
        Write::SetTokenStatus(token_id(1), user_id(2), Status::Disabled),
        Write::UpdateUser(user(9)),
    ]
}

pub(super) async fn a_batch_computed_from_another_world_is_refused(kit: &Kit) {
    let put = |world, role: &str| Batch {
        world: Some(Generation(world)),
        writes: vec![Write::PutRole(super::role(role, 1))],
        ..Batch::default()
    };
    kit.store.apply(put(0, "a")).await.unwrap();
    for stale in [0, 2, -1] {
        assert!(
            is_conflict(&kit.store.apply(put(stale, "b")).await),
            "{stale}"
        );
    }
    kit.store.apply(put(1, "c")).await.unwrap();
    let world = kit.store.world().await.unwrap();
    assert_eq!(world.generation, Generation(2));
    assert_eq!(
        world
            .roles()
            .keys()
            .map(RoleName::as_str)
            .collect::<Vec<_>>(),
        ["a", "c"]
    );
}

pub(super) async fn of_many_at_once_exactly_one_wins(kit: &Kit) {
    kit.apply([insert_user(1)]).await.unwrap();
    let race = |number: u8| {
        let store = kit.store.clone();
        let writes = vec![
            Write::InsertToken(token(number, 1)),
            Write::InsertUser(user(2), hash("x")),
        ];
        let events = vec![event(Action::CreateToken, "x")];
        tokio::spawn(async move {
            store
                .apply(Batch {
                    writes,
                    events,
                    ..Batch::default()
                })
                .await
        })
    };
    let racers = (0..100).map(race).collect::<Vec<_>>();
    let mut won = 0;
    for racer in racers {
        let outcome = racer.await.unwrap();
        assert!(outcome.is_ok() || is_conflict(&outcome), "{outcome:?}");
        won += u64::from(outcome.is_ok());
    }
    assert_eq!((won, kit.totals(&[1]).await), (1, vec![1, 1]));
    assert_eq!(kit.lines().await, [1]);
}

pub(super) async fn a_token_is_replaced_exactly_once(kit: &Kit) {
    let writes = [
        insert_user(1),
        Write::InsertToken(token(1, 1)),
        Write::InsertSession(session(1, 1)),
    ];
    kit.write(writes).await;
    kit.write([Write::RequireSession(digest(1))]).await;
    let race = |number: u8| {
        let store = kit.store.clone();
        let writes = vec![
            Write::RequireSession(digest(1)),
            replace(1, 1, number),
            Write::InsertToken(token(number, 1)),
        ];
        let batch = Batch {
            writes,
            ..Batch::default()
        };
        tokio::spawn(async move { (number, store.apply(batch).await) })
    };
    let mut winner = None;
    for racer in (10..60).map(race).collect::<Vec<_>>() {
        let (number, outcome) = racer.await.unwrap();
        assert!(outcome.is_ok() || is_conflict(&outcome), "{outcome:?}");
        if outcome.is_ok() {
            assert_eq!(winner.replace(number), None, "a second one won");
        }
    }
    let winner = winner.unwrap();
    let expected = Token {
        expires: Some(at(1000 + i64::from(winner))),
        replaced_by: Some(token_id(winner)),
        ..numbered(1, token(1, 1))
    };
    let stored = kit.store.token(token_id(1)).await.unwrap();
    assert_eq!(stored, Some(expected.clone()));
    assert_eq!(kit.totals(&[1]).await, [2, 2]);

    assert!(is_conflict(&kit.apply([replace(1, 1, 77)]).await));
    assert_eq!(kit.store.token(token_id(1)).await.unwrap(), Some(expected));
    // What came of it can be replaced in turn, while it is enabled.
    let set = |status| Write::SetTokenStatus(token_id(winner), user_id(1), status);
    kit.write([set(Status::Disabled)]).await;
    assert!(is_conflict(&kit.apply([replace(winner, 1, 78)]).await));
    kit.write([set(Status::Enabled)]).await;
    kit.write([replace(winner, 1, 78)]).await;
}

fn replace(number: u8, owner: i64, by: u8) -> Write {
    Write::ReplaceToken {
        id: token_id(number),
        owner: user_id(owner),
        expires: at(1000 + i64::from(by)),
        by: token_id(by),
    }
}
