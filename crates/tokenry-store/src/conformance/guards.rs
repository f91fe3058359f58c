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
                Write::DeleteTokensOf(user_id(1)),
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
        Some(token(1, 1))
    );
    assert_eq!(kit.totals(&[1, 2]).await, [1, 1, 0]);
    assert_eq!(kit.store.sessions(None, 10).await.unwrap(), [session]);
    let password = kit.store.password(user_id(1)).await.unwrap();
    assert_eq!(password, Some(hash("x")));
    assert_eq!(kit.lines().await, [0; 0]);
    assert_eq!(kit.heard(), []);
    assert_eq!(kit.apply([]).await.unwrap(), Applied { sequence: 0 });
}

/// Of what is not there, or is already.
fn refused_writes() -> Vec<Write> {
    let nobody = user_id(9);
    vec![
        Write::DeleteRole(RoleName::parse("nothing").unwrap()),
        Write::DeleteSession(digest(9)),
        Write::DeleteToken(token_id(9), user_id(1)),
        Write::DeleteToken(token_id(1), user_id(2)),
        Write::DeleteUser(nobody),
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
        Write::SetPassword(nobody, hash("y")),
        Write::SetTokenStatus(token_id(9), user_id(1), Status::Disabled),
        Write::SetTokenStatus(token_id(1), user_id(2), Status::Disabled),
        Write::UpdateUser(user(9)),
    ]
}

pub(super) async fn a_batch_computed_from_another_world_is_refused(kit: &Kit) {
    let put = |world, role: &str| Batch {
        world: Some(Generation(world)),
        writes: vec![Write::PutRole(Role::new(RoleName::parse(role).unwrap()))],
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
