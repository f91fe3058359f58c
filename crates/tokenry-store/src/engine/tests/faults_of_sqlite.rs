//! What can go wrong with a file, done to a real one: while it lasts everything is `Unavailable`, no hook is called
//! and nothing is lost; when it is over, so is the trouble (NT-74, NT-75).

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::PathBuf,
    time::Duration,
};

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::OpenError;

struct Setup {
    engine: Engine,
    called: Called,
    directory: TempDir,
}

impl Setup {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let engine = with_tables(on_sqlite(directory.path()).await).await;
        commit(&engine, [insert("before", 0)]).await.unwrap();
        Self {
            engine,
            called: Called::default(),
            directory,
        }
    }

    fn path(&self, suffix: &str) -> PathBuf {
        self.directory.path().join(format!("test.db{suffix}"))
    }

    async fn try_to(&self, steps: impl Into<Vec<Step>>) -> Outcome {
        self.engine
            .transact(steps.into(), self.called.hook("called"))
            .await
    }

    async fn pragma(&self, text: &'static str) {
        commit(&self.engine, [sql(text, []).any()]).await.unwrap();
    }

    /// What the file holds, seen by a stranger.
    fn names(&self) -> Vec<String> {
        let connection = Connection::open(self.path("")).unwrap();
        let mut statement = connection
            .prepare("SELECT id FROM item ORDER BY id")
            .unwrap();
        statement
            .query_map((), |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }
}

#[tokio::test]
async fn nt74_nt75_a_full_disk_refuses_writes_until_there_is_room() {
    let setup = Setup::new().await;
    setup.pragma("PRAGMA max_page_count = 1").await; // clamps to the present size
    let large = "INSERT INTO item (id, number, note) VALUES ('large', 1, $1)";
    let large = || sql(large, ["x".repeat(1_000_000).into()]).once("");
    let refused = setup.try_to([insert("small", 1), large()]).await;
    assert!(is_unavailable(&refused), "{refused:?}");
    assert_eq!(count(&setup.engine).await, 1, "reads go on");
    assert!(setup.called.take().is_empty());

    // The limit went with the connection, as a full disk would with the files that filled it.
    setup.try_to([insert("small", 1), large()]).await.unwrap();
    assert_eq!(setup.called.take(), ["called"]);
    assert_eq!(setup.names(), ["before", "large", "small"]);
}

#[tokio::test]
async fn nt75_if_the_commit_fails_nothing_of_the_group_is_applied() {
    let setup = Setup::new().await;
    // The reference is only looked at when the transaction ends, with what else is in the group.
    let orphan = || sql("INSERT INTO part (id, item) VALUES (1, 'nobody')", []).any();
    let deferred = || sql("PRAGMA defer_foreign_keys = ON", []).any();
    let one = setup.try_to([insert("a", 1)]);
    let two = setup.try_to([deferred(), orphan()]);
    let three = setup.try_to([insert("b", 1)]);
    let (_, two, _) = tokio::join!(one, two, three);
    assert!(two.is_err());
    let applied = setup.names().len() - 1;
    assert_eq!(
        setup.called.take().len(),
        applied,
        "a hook for each batch that is applied, and for no other"
    );
    setup.try_to([insert("c", 1)]).await.unwrap();
}

#[tokio::test]
async fn nt75_a_file_that_somebody_locks_refuses_writes_until_he_lets_go() {
    let setup = Setup::new().await;
    setup.pragma("PRAGMA busy_timeout = 20").await;
    let stranger = Connection::open(setup.path("")).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = setup.try_to([insert("a", 1)]).await;
    assert!(is_unavailable(&refused), "{refused:?}");
    assert_eq!(count(&setup.engine).await, 1, "reads go on");
    assert!(setup.called.take().is_empty());

    stranger.execute_batch("ROLLBACK").unwrap();
    setup.try_to([insert("a", 1)]).await.unwrap();
    assert_eq!(setup.names(), ["a", "before"]);
}

#[tokio::test]
async fn nt75_a_file_that_is_moved_away_is_missed_until_it_is_back() {
    let setup = Setup::new().await;
    let elsewhere = setup.directory.path().join("elsewhere");
    fs::rename(setup.path(""), &elsewhere).unwrap();
    for _ in 0..4 {
        let refused = setup.try_to([insert("a", 1)]).await;
        assert!(is_unavailable(&refused), "{refused:?}");
        let refused = setup.engine.query(Lane::Lookup, sql("SELECT 1", [])).await;
        assert!(is_unavailable(&refused), "{refused:?}");
    }
    assert!(
        !setup.path("").exists(),
        "no empty database takes its place"
    );
    fs::write(setup.path(""), "an impostor").unwrap();
    assert!(is_unavailable(&setup.try_to([insert("a", 1)]).await));

    fs::rename(&elsewhere, setup.path("")).unwrap();
    setup.try_to([insert("a", 1)]).await.unwrap();
    assert_eq!(setup.called.take(), ["called"]);
    assert_eq!(setup.names(), ["a", "before"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nt75_a_file_that_goes_while_it_is_written_to_is_no_success_but_is_heard_of() {
    let setup = Setup::new().await;
    let elsewhere = setup.directory.path().join("elsewhere");
    let slowly = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) \
        SELECT count(*) FROM n";
    let moving = async {
        let stranger = Connection::open(setup.path("")).unwrap();
        stranger.execute_batch("PRAGMA busy_timeout = 0").unwrap();
        while stranger.execute_batch("BEGIN IMMEDIATE").is_ok() {
            stranger.execute_batch("ROLLBACK").unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        fs::rename(setup.path(""), &elsewhere).unwrap();
    };
    let steps = [insert("a", 1), sql(slowly, []).any()];
    let (refused, ()) = tokio::join!(setup.try_to(steps), moving);
    assert!(is_unavailable(&refused), "{refused:?}");
    assert_eq!(setup.called.take(), ["called"], "{refused:?}");

    fs::rename(&elsewhere, setup.path("")).unwrap();
    setup.try_to([advance("a", 1)]).await.unwrap();
    assert_eq!(setup.names(), ["a", "before"]);
}

#[tokio::test]
async fn nt75_a_removed_log_costs_nothing_that_was_answered() {
    let setup = Setup::new().await;
    fs::remove_file(setup.path("-wal")).unwrap();
    let refused = setup.try_to([insert("a", 1)]).await;
    assert!(is_unavailable(&refused), "{refused:?}");
    // Each reader notices when it is next used or looks for itself, and the last one to leave saves what is in the log.
    eventually(async || setup.try_to([insert("a", 1)]).await).await;
    assert_eq!(setup.called.take(), ["called"]);
    assert_eq!(setup.names(), ["a", "before"]);
}

#[tokio::test]
async fn nt75_a_damaged_file_is_never_read_as_an_empty_one() {
    let setup = Setup::new().await;
    let path = setup.path("");
    drop(setup.engine);
    fs::write(&path, "x".repeat(10_000)).unwrap();
    let refused = Engine::sqlite(&path).await;
    assert!(
        matches!(refused, Err(OpenError::Unavailable(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn nt75_a_file_that_was_emptied_is_not_taken_for_a_new_one() {
    let setup = Setup::new().await;
    let [path, lock, log] = ["", "-lock", "-wal"].map(|suffix| setup.path(suffix));
    drop(setup.engine);
    let contents = fs::read(&path).unwrap();
    fs::write(&path, "").unwrap();
    for file_beside in ["-lock", "-wal"] {
        let refused = Engine::sqlite(&path).await;
        assert!(
            matches!(refused, Err(OpenError::Emptied(_))),
            "{file_beside}: {refused:?}"
        );
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
        fs::remove_file(&lock).unwrap();
        fs::write(&log, "what is left").unwrap();
    }
    // Put back, or removed by somebody who knows what he does, it is opened.
    fs::remove_file(&log).unwrap();
    fs::write(&path, contents).unwrap();
    drop(Engine::sqlite(&path).await.unwrap());
    fs::remove_file(&path).unwrap();
    drop(Engine::sqlite(&path).await.unwrap());
}

#[tokio::test]
async fn nt45_only_the_owner_may_read_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let _engine = Engine::sqlite(&path).await.unwrap();
    for suffix in ["", "-wal", "-shm", "-lock"] {
        let path = directory.path().join(format!("test.db{suffix}"));
        let mode = fs::metadata(path).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600, "test.db{suffix}");
    }
}

#[tokio::test]
async fn a_file_has_one_server_at_a_time_and_keeps_what_it_was_given() {
    let setup = Setup::new().await;
    let path = setup.path("");
    assert!(matches!(
        Engine::sqlite(&path).await,
        Err(OpenError::InUse(_))
    ));
    drop(setup.engine);
    let again = Engine::sqlite(&path).await.unwrap();
    assert_eq!(count(&again).await, 1);
}

#[tokio::test]
async fn what_is_waiting_when_the_engine_is_dropped_is_committed() {
    let setup = Setup::new().await;
    let path = setup.path("");
    let calls = (0..100).map(|number| Box::pin(setup.try_to([insert(&format!("{number}"), 0)])));
    let mut calls = calls.collect::<Vec<_>>();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for call in &mut calls {
        let _pending = call.as_mut().poll(&mut context);
    }
    drop(calls);
    drop(setup.engine);
    let again = Engine::sqlite(&path).await.unwrap();
    assert_eq!(count(&again).await, 101);
    assert_eq!(setup.called.take().len(), 100);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_an_edited_one_too() {
    let setup = Setup::new().await;
    let path = setup.path("");
    drop(setup.engine);
    let history = |change: &str| {
        Connection::open(&path)
            .unwrap()
            .execute_batch(change)
            .unwrap();
    };
    let newer =
        "INSERT INTO refinery_schema_history VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')";
    history(newer);
    let refused = Engine::sqlite(&path).await.unwrap_err();
    assert!(
        matches!(refused, OpenError::NewerSchema { found: 99, .. }),
        "{refused}"
    );
    history(
        "DELETE FROM refinery_schema_history WHERE version = 99; UPDATE refinery_schema_history SET checksum = 1",
    );
    let refused = Engine::sqlite(&path).await.unwrap_err();
    assert!(matches!(refused, OpenError::ForeignSchema(_)), "{refused}");
}

#[tokio::test]
async fn all_our_tables_are_strict_and_all_writes_durable() {
    let setup = Setup::new().await;
    let lax = all(
        &setup.engine,
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 \
        AND name NOT LIKE 'sqlite_%' AND name NOT IN ('refinery_schema_history', 'item', 'part')",
    );
    assert!(lax.await.is_empty());
    let done = commit(
        &setup.engine,
        [
            sql("PRAGMA synchronous", []).any(),
            sql("PRAGMA foreign_keys", []).any(),
        ],
    )
    .await;
    assert_eq!(
        done.unwrap()
            .into_iter()
            .flat_map(|done| done.rows)
            .collect::<Vec<_>>(),
        [Row(vec![2.into()]), Row(vec![1.into()])]
    );
    assert_eq!(
        all(&setup.engine, "PRAGMA journal_mode").await,
        [Row(vec!["wal".into()])]
    );
}
