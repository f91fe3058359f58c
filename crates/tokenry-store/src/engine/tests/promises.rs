//! One suite, two databases. Each promise gets a fresh database.

use std::{
    future::Future,
    pin::pin,
    sync::atomic::{AtomicU32, Ordering},
    task::Context,
};

use futures_util::future::join_all;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_its_promises() {
    let directory = tempfile::tempdir().unwrap();
    let number = AtomicU32::new(0);
    keeps_its_promises(async || {
        let number = number.fetch_add(1, Ordering::Relaxed);
        let directory = directory.path().join(number.to_string());
        std::fs::create_dir(&directory).unwrap();
        with_tables(on_sqlite(&directory).await).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_keeps_its_promises() {
    keeps_its_promises(async || with_tables(on_postgres(&postgres::database()).await).await).await;
}

async fn keeps_its_promises(fresh: impl AsyncFn() -> Engine) {
    one_text_serves_both(&fresh().await).await;
    text_sorts_by_bytes(&fresh().await).await;
    values_come_back_as_they_went_in(&fresh().await).await;
    a_refused_batch_leaves_nothing_and_its_neighbours_stand(&fresh().await).await;
    steps_run_in_order_however_many(&fresh().await).await;
    hooks_are_called_in_order_of_commit_before_the_answer(&fresh().await).await;
    a_batch_outlives_its_caller(&fresh().await).await;
    a_read_is_one_snapshot(&fresh().await).await;
    a_thousand_batches_at_once_all_commit(&fresh().await).await;
    what_does_not_fit_is_told_apart(&fresh().await).await;
}

/// The five kinds of statement that everything is made of (ADR 1).
async fn one_text_serves_both(engine: &Engine) {
    let text = "INSERT INTO item (id, number) VALUES ($1, (SELECT count(*) FROM item) + $2) RETURNING number";
    let done = commit(engine, [sql(text, ["a".into(), 7.into()]).once("")])
        .await
        .unwrap();
    assert_eq!(done[0].rows, [Row(vec![7.into()])]);

    assert_eq!(
        commit(engine, [advance("a", 7)]).await.unwrap()[0].affected,
        1
    );
    let lost = commit(engine, [advance("a", 7)]).await.unwrap_err();
    assert_eq!(
        lost,
        StoreError::Conflict {
            why: "the item has changed meanwhile"
        }
    );

    let upsert = "INSERT INTO item (id, number) VALUES ($1, $2) \
        ON CONFLICT (id) DO UPDATE SET number = item.number + excluded.number";
    for id in ["a", "b", "c", "d"] {
        commit(engine, [sql(upsert, [id.into(), 2.into()]).once("")])
            .await
            .unwrap();
    }

    let page = "SELECT id, number FROM item WHERE number >= $3 ORDER BY number DESC, id DESC LIMIT $1 OFFSET $2";
    let page = engine
        .query(Lane::List, sql(page, [2.into(), 1.into(), 0.into()]))
        .await
        .unwrap();
    assert_eq!(
        page,
        [
            Row(vec!["d".into(), 2.into()]),
            Row(vec!["c".into(), 2.into()])
        ]
    );
    assert_eq!(count(engine).await, 4);
}

async fn text_sorts_by_bytes(engine: &Engine) {
    let names = [
        "", "A", "B", "Z", "_", "a", "a b", "ab", "b", "é", "ﬁ", "🦀",
    ];
    for (number, name) in (0..).zip(names.iter().rev()) {
        commit(engine, [insert(name, number)]).await.unwrap();
    }
    let sorted = all(engine, "SELECT id FROM item ORDER BY id").await;
    // The table of the test has its database's collation; those of the product have their own.
    let by_bytes = "INSERT INTO settings (name, value) SELECT id, '' FROM item";
    commit(engine, [sql(by_bytes, []).any()]).await.unwrap();
    assert_eq!(
        all(engine, "SELECT name FROM settings ORDER BY name").await,
        names.map(|name| Row(vec![name.into()]))
    );
    assert_eq!(sorted.len(), names.len());
    let folded = all(
        engine,
        "SELECT lower(name) FROM settings WHERE lower(name) LIKE '%é%' ORDER BY name",
    )
    .await;
    assert_eq!(folded, [Row(vec!["é".into()])]);
}

async fn values_come_back_as_they_went_in(engine: &Engine) {
    let cells = [
        ["".into(), i64::MIN.into(), Value::Null],
        ["'; DROP TABLE item --".into(), i64::MAX.into(), "".into()],
        [
            "\u{1}\n\u{7f}$1 ?1 é🦀".into(),
            0.into(),
            "x".repeat(100_000).into(),
        ],
    ];
    for row in &cells {
        let text = "INSERT INTO item (id, number, note) VALUES ($1, $2, $3)";
        commit(engine, [sql(text, row.to_vec()).once("")])
            .await
            .unwrap();
    }
    let mut rows = all(engine, "SELECT id, number, note FROM item ORDER BY number").await;
    rows.swap(1, 2);
    assert_eq!(rows, cells.map(|row| Row(row.to_vec())));
}

async fn a_refused_batch_leaves_nothing_and_its_neighbours_stand(engine: &Engine) {
    let called = Called::default();
    let batches = [
        ("stands", vec![insert("a", 1), insert("b", 1)]),
        ("name taken", vec![insert("c", 1), insert("a", 1)]),
        (
            "guard fails",
            vec![insert("d", 1), advance("a", 9), insert("e", 1)],
        ),
        (
            "no such table",
            vec![insert("f", 1), sql("DELETE FROM nothing", []).any()],
        ),
        ("stands too", vec![advance("a", 1), insert("g", 1)]),
        ("empty", vec![]),
        (
            "wrong type",
            vec![
                insert("h", 1),
                sql("UPDATE head SET tokens = $1", [Value::Null]).any(),
            ],
        ),
    ];
    let submitted = batches.map(|(name, steps)| engine.transact(steps, called.hook(name)));
    let outcomes = join_all(submitted).await;
    assert_eq!(outcomes[0].as_ref().unwrap().len(), 2);
    assert_eq!(
        outcomes[1],
        Err(StoreError::Conflict {
            why: "an item of this name exists"
        })
    );
    assert_eq!(
        outcomes[2],
        Err(StoreError::Conflict {
            why: "the item has changed meanwhile"
        })
    );
    assert!(
        matches!(outcomes[3], Err(StoreError::Internal { .. })),
        "{:?}",
        outcomes[3]
    );
    assert!(outcomes[4].is_ok() && outcomes[5].is_ok());
    assert!(
        matches!(outcomes[6], Err(StoreError::Internal { .. })),
        "{:?}",
        outcomes[6]
    );
    assert_eq!(called.take(), ["stands", "stands too", "empty"]);
    let rows = all(engine, "SELECT id, number FROM item ORDER BY id").await;
    assert_eq!(
        rows,
        [("a", 2), ("b", 1), ("g", 1)].map(|(id, n)| Row(vec![id.into(), n.into()]))
    );
}

async fn steps_run_in_order_however_many(engine: &Engine) {
    let mut steps = vec![insert("a", 0)];
    steps.extend((0..100).map(|number| advance("a", number)));
    assert_eq!(commit(engine, steps).await.unwrap().len(), 101);

    let mut steps = vec![insert("b", 0)];
    steps.extend((0..100).map(|number| advance("b", if number == 60 { 0 } else { number })));
    assert!(matches!(
        commit(engine, steps).await,
        Err(StoreError::Conflict { .. })
    ));
    assert_eq!(
        all(engine, "SELECT id, number FROM item").await,
        [Row(vec!["a".into(), 100.into()])]
    );
}

async fn hooks_are_called_in_order_of_commit_before_the_answer(engine: &Engine) {
    let called = Called::default();
    commit(engine, [insert("a", 0)]).await.unwrap();
    let bump = || sql("UPDATE item SET number = number + 1 RETURNING number", []).once("");
    let one = async || {
        let list = called.0.clone();
        let after: After = Box::new(move |done| {
            list.lock()
                .unwrap()
                .push(format!("{:?}", done[0].rows[0].0[0]));
        });
        let done = engine.transact(vec![bump()], after).await.unwrap();
        assert!(
            called
                .0
                .lock()
                .unwrap()
                .contains(&format!("{:?}", done[0].rows[0].0[0]))
        );
    };
    join_all((0..50).map(|_| one())).await;
    assert_eq!(
        called.take(),
        (1..=50).map(|n| format!("Int({n})")).collect::<Vec<_>>()
    );
}

async fn a_batch_outlives_its_caller(engine: &Engine) {
    let (sender, heard) = tokio::sync::oneshot::channel();
    let after: After = Box::new(move |done| sender.send(done.len()).unwrap());
    {
        let mut caller = pin!(engine.transact(vec![insert("a", 1)], after));
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(caller.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(heard.await.unwrap(), 1);
    assert_eq!(count(engine).await, 1);
}

async fn a_read_is_one_snapshot(engine: &Engine) {
    let writing = async {
        for number in 0..200 {
            commit(engine, [insert(&format!("{number}"), number)])
                .await
                .unwrap();
        }
    };
    let reading = async {
        for _ in 0..200 {
            let counting = || sql("SELECT count(*) FROM item", []);
            let found = engine
                .read(Lane::Lookup, vec![counting(), counting(), counting()])
                .await
                .unwrap();
            assert!(found[0] == found[1] && found[1] == found[2], "{found:?}");
        }
    };
    tokio::join!(writing, reading);
}

async fn a_thousand_batches_at_once_all_commit(engine: &Engine) {
    let outcomes =
        join_all((0..1000).map(|number| commit(engine, [insert(&format!("{number}"), number)])))
            .await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(count(engine).await, 1000);
}

async fn what_does_not_fit_is_told_apart(engine: &Engine) {
    let orphan = "INSERT INTO passwords (owner, hash) VALUES ($1, '')";
    let orphan = commit(engine, [sql(orphan, [1.into()]).any()]).await;
    assert!(
        matches!(orphan, Err(StoreError::Conflict { .. })),
        "{orphan:?}"
    );
    let cases = [
        sql("UPDATE head SET epoch = NULL", []),
        sql("UPDATE head SET world = $1", ["one".into()]),
        sql("UPDATE head SET world = $1", []),
        sql("UPDATE head SET epoch = $1", ["a\0b".into()]),
        sql("UPDATE head SET nothing = 1", []),
    ];
    for case in cases {
        let refused = commit(engine, [case.clone().any()]).await;
        assert!(
            matches!(refused, Err(StoreError::Internal { .. })),
            "{case:?}: {refused:?}"
        );
    }
    let refused = engine.query(Lane::Lookup, sql("SELECT nothing", [])).await;
    assert!(
        matches!(refused, Err(StoreError::Internal { .. })),
        "{refused:?}"
    );
    assert_eq!(count(engine).await, 0);
}
