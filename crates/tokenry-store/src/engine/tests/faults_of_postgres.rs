//! What can go wrong with a server, done to a real one: while it lasts everything is `Unavailable`; when it is over,
//! so is the trouble; and a hook is called if and only if its batch was committed (NT-75).

use super::*;
use crate::OpenError;

struct Setup {
    engine: Engine,
    called: Called,
    server: postgres::Server,
    url: String,
}

impl Setup {
    async fn new() -> Self {
        let server = postgres::Server::start();
        let url = server.database();
        let engine = with_tables(on_postgres(&url).await).await;
        commit(&engine, [insert("before", 0)]).await.unwrap();
        Self {
            engine,
            called: Called::default(),
            server,
            url,
        }
    }

    async fn try_to(&self, step: Step) -> Outcome {
        self.engine
            .transact(vec![step], self.called.hook("called"))
            .await
    }

    fn sql(&self, text: &str) -> String {
        self.server.sql_in(&self.url, text)
    }

    fn names(&self) -> String {
        self.sql("SELECT string_agg(id, ' ' ORDER BY id) FROM item")
            .trim()
            .to_owned()
    }

    fn end_the_writers_connection(&self) {
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tokenry' \
            AND query LIKE '%COMMIT%'");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nt75_it_survives_what_befalls_its_server() {
    let setup = Setup::new().await;
    a_crashed_server_is_missed_until_it_is_back(&setup).await;
    a_server_that_only_reads_refuses_writes(&setup).await;
    a_lost_answer_to_a_commit_that_took_place(&setup).await;
    a_lost_answer_to_a_commit_that_did_not(&setup).await;
}

async fn a_crashed_server_is_missed_until_it_is_back(setup: &Setup) {
    setup.server.crash();
    assert!(is_unavailable(&setup.try_to(insert("a", 1)).await));
    let refused = setup.engine.query(Lane::Lookup, sql("SELECT 1", [])).await;
    assert!(is_unavailable(&refused), "{refused:?}");
    assert!(setup.called.take().is_empty());

    setup.server.revive();
    eventually(async || setup.try_to(insert("a", 1)).await).await;
    eventually(async || setup.engine.query(Lane::Lookup, sql("SELECT 1", [])).await).await;
    assert_eq!(setup.called.take(), ["called"]);
    assert_eq!(setup.names(), "a before");
}

async fn a_server_that_only_reads_refuses_writes(setup: &Setup) {
    setup.sql("ALTER SYSTEM SET default_transaction_read_only = on");
    setup.sql("SELECT pg_reload_conf()");
    eventually(async || match setup.try_to(insert("b", 1)).await {
        Err(StoreError::Unavailable { .. }) => Ok(()),
        _ => setup
            .try_to(sql("DELETE FROM item WHERE id = 'b'", []).any())
            .await
            .map(|_| ())
            .and(Err(StoreError::internal(""))),
    })
    .await;
    setup.sql("ALTER SYSTEM RESET default_transaction_read_only");
    setup.sql("SELECT pg_reload_conf()");
    eventually(async || setup.try_to(advance("a", 1)).await).await;
    setup.called.take();
    assert_eq!(setup.names(), "a before");
}

/// The commit is done, but waits for a standby that does not exist; then the connection is lost.
async fn a_lost_answer_to_a_commit_that_took_place(setup: &Setup) {
    setup.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    setup.sql("SELECT pg_reload_conf()");
    // A commit waits only once the checkpointer has read this too, which nothing tells.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let breaking = async {
        eventually(async || match setup.names().as_str() {
            // Visible to nobody before the standby has answered, and then the wait is over.
            _ if setup
                .sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                .is_empty() =>
            {
                Err(StoreError::internal("not yet"))
            }
            _ => Ok(()),
        })
        .await;
        setup
            .server
            .sql("ALTER SYSTEM RESET synchronous_standby_names");
        setup.end_the_writers_connection();
        setup.server.sql("SELECT pg_reload_conf()");
    };
    let (outcome, ()) = tokio::join!(setup.try_to(insert("c", 1)), breaking);
    assert!(is_unavailable(&outcome), "{outcome:?}");
    eventually(async || {
        setup
            .called
            .take()
            .first()
            .map(|_| ())
            .ok_or(StoreError::internal("not yet"))
    })
    .await;
    assert_eq!(setup.names(), "a before c");
}

/// The commit is still working when the connection is lost.
async fn a_lost_answer_to_a_commit_that_did_not(setup: &Setup) {
    setup.sql("CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(30); RETURN NULL; END'");
    setup.sql("CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION linger()");
    let breaking = async {
        eventually(async || {
            match setup
                .sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
                .as_str()
            {
                "" => Err(StoreError::internal("not yet")),
                _ => Ok(()),
            }
        })
        .await;
        setup.end_the_writers_connection();
    };
    let (outcome, ()) = tokio::join!(setup.try_to(insert("d", 1)), breaking);
    assert!(is_unavailable(&outcome), "{outcome:?}");
    setup.sql("DROP TRIGGER linger ON item");
    eventually(async || setup.try_to(advance("a", 2)).await).await;
    assert_eq!(setup.called.take(), ["called"], "of the batch after it");
    assert_eq!(setup.names(), "a before c");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_may_share_a_database() {
    let url = postgres::database();
    let (one, two) = tokio::join!(on_postgres(&url), on_postgres(&url));
    let one = with_tables(one).await;
    commit(&one, [insert("a", 0), insert("b", 0)])
        .await
        .unwrap();
    // In opposite order: without the writers' lock they would wait for each other.
    let bump = |id: &'static str| {
        sql(
            "UPDATE item SET number = number + 1 WHERE id = $1",
            [id.into()],
        )
        .once("")
    };
    let run = async |engine: &Engine, first, second| {
        for _ in 0..100 {
            commit(engine, [bump(first), bump(second)]).await.unwrap();
        }
    };
    tokio::join!(run(&one, "a", "b"), run(&two, "b", "a"));
    assert_eq!(
        all(&two, "SELECT number FROM item").await,
        [Row(vec![200.into()]), Row(vec![200.into()])]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_our_text_sorts_by_bytes_and_a_newer_schema_is_refused() {
    let server = postgres::Server::start();
    let url = server.database();
    drop(on_postgres(&url).await);
    let others = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' \
        AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'";
    assert_eq!(server.sql_in(&url, others), "");
    server.sql_in(
        &url,
        "INSERT INTO refinery_schema_history VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')",
    );
    let refused = Engine::postgres(url.parse().unwrap()).await.unwrap_err();
    assert!(
        matches!(refused, OpenError::NewerSchema { found: 99, .. }),
        "{refused}"
    );
}
