//! Tokens that are edited, and requests that are remembered.

use tokenry_core::port::{Editable, Remembered};

use super::*;

fn editable(name: &str, audience: &str, list: Option<&str>) -> Editable {
    Editable {
        name: name.to_owned(),
        notes: format!("notes of {name}"),
        audience: Audience::parse(audience).unwrap(),
        origins: list.map_or(Origins::Anywhere, |list| {
            Origins::Trusted(Networks::parse("", list).unwrap())
        }),
    }
}

fn with(editable: &Editable, token: Token) -> Token {
    let editable = editable.clone();
    Token {
        name: editable.name,
        notes: editable.notes,
        audience: editable.audience,
        origins: editable.origins,
        ..token
    }
}

pub(super) async fn a_token_is_edited_only_if_it_is_as_it_was(kit: &Kit) {
    let [first, second] = [
        editable("a", "x", Some("192.0.2.1")),
        editable("b", "y", None),
    ];
    let stored = with(&first, token(1, 1));
    kit.write([
        insert_user(1),
        insert_user(2),
        Write::InsertToken(stored.clone()),
    ])
    .await;
    let edit = |owner: i64, was: &Editable| Write::EditToken {
        id: token_id(1),
        owner: user_id(owner),
        was: was.clone(),
        becomes: second.clone(),
    };
    let others = [
        editable("A", "x", Some("192.0.2.1")),
        editable("a", "X", Some("192.0.2.1")),
        editable("a", "x", Some("192.0.2.2")),
        editable("a", "x", None),
        Editable {
            notes: String::new(),
            ..first.clone()
        },
    ];
    let refused = others
        .iter()
        .map(|was| edit(1, was))
        .chain([edit(2, &first)]);
    for write in refused {
        assert!(is_conflict(&kit.apply([write.clone()]).await), "{write:?}");
    }
    let found = kit.store.token(token_id(1)).await.unwrap();
    assert_eq!(found, Some(numbered(1, stored.clone())));
    kit.write([edit(1, &first)]).await;
    let found = kit.store.token(token_id(1)).await.unwrap();
    assert_eq!(found, Some(numbered(1, with(&second, stored))));
    assert!(is_conflict(&kit.apply([edit(1, &first)]).await), "again");
}

pub(super) async fn a_key_is_remembered_once_and_for_a_while(kit: &Kit) {
    let what = |number: u8, second: i64| Remembered {
        request: digest(number),
        token: token_id(number),
        at: at(second),
    };
    assert_eq!(kit.store.remembered(digest(9)).await.unwrap(), None);
    kit.write([insert_user(1), Write::Remember(digest(9), what(1, 5))])
        .await;
    let again = [
        Write::InsertToken(token(1, 1)),
        Write::Remember(digest(9), what(2, 6)),
    ];
    assert!(is_conflict(&kit.apply(again.clone()).await));
    assert_eq!(kit.totals(&[]).await, [0]);
    assert_eq!(
        kit.store.remembered(digest(9)).await.unwrap(),
        Some(what(1, 5))
    );
    kit.write([Write::ForgetBefore(at(5))]).await;
    assert!(is_conflict(&kit.apply(again.clone()).await), "not yet");
    let [insert, remember] = again;
    kit.write([Write::ForgetBefore(at(6)), insert, remember])
        .await;
    assert_eq!(
        kit.store.remembered(digest(9)).await.unwrap(),
        Some(what(2, 6))
    );
}

pub(super) async fn of_many_requests_with_one_key_exactly_one_wins(kit: &Kit) {
    kit.write([insert_user(1)]).await;
    let attempts = (1..=20).map(|number| {
        let store = kit.store.clone();
        let what = Remembered {
            request: digest(1),
            token: token_id(number),
            at: at(0),
        };
        let batch = Batch {
            writes: vec![
                Write::InsertToken(token(number, 1)),
                Write::Remember(digest(1), what),
            ],
            ..Batch::default()
        };
        tokio::spawn(async move { store.apply(batch).await })
    });
    let attempts: Vec<_> = attempts.collect();
    let mut won = Vec::new();
    for (attempt, number) in attempts.into_iter().zip(1..=20) {
        let result = attempt.await.unwrap();
        assert!(result.is_ok() || is_conflict(&result), "{result:?}");
        won.extend(result.is_ok().then_some(number));
    }
    assert_eq!(won.len(), 1);
    let kept = kit.store.remembered(digest(1)).await.unwrap();
    assert_eq!(kept.map(|kept| kept.token), Some(token_id(won[0])));
    assert_eq!(kit.totals(&[]).await, [1]);
}
