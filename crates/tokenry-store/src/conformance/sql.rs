//! What only the real stores have: each statement is understood by both databases, takes and gives only texts and
//! integers, and finds a page along an index.

use rusqlite::Connection;
use tokio_postgres::{NoTls, types::Type};

use super::*;
use crate::tables;

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_is_understood_by_both_databases() {
    let statements = tables::statements()
        .map(str::to_owned)
        .chain(lists())
        .collect::<Vec<_>>();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    drop(
        Store::sqlite(&path, Arc::new(Heard::default()))
            .await
            .unwrap(),
    );
    let sqlite = Connection::open(&path).unwrap();
    let url = postgres::database();
    drop(
        Store::postgres(&url, Arc::new(Heard::default()))
            .await
            .unwrap(),
    );
    let (postgres, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);

    for sql in statements {
        let here = sqlite
            .prepare(&sql.replace('$', "?"))
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        let there = postgres
            .prepare(&sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        assert_eq!(here.parameter_count(), there.params().len(), "{sql}");
        assert_eq!(here.column_count(), there.columns().len(), "{sql}");
        let types = there
            .params()
            .iter()
            .chain(there.columns().iter().map(tokio_postgres::Column::type_));
        assert!(
            types
                .clone()
                .all(|kind| matches!(*kind, Type::INT8 | Type::TEXT)),
            "{sql}: {:?}",
            types.collect::<Vec<_>>()
        );
    }
}

/// What verifiers in other processes will read.
#[tokio::test]
async fn the_feed_has_each_change_at_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let store = Store::sqlite(&path, Arc::new(Heard::default()))
        .await
        .unwrap();
    let changes = vec![
        Change::TokenChanged(token_id(1)),
        Change::UserDeleted(user_id(2)),
    ];
    let events = vec![event(Action::DeleteUser, "x")];
    for events in [events, vec![]] {
        let changes = changes.clone();
        let batch = Batch {
            events,
            changes,
            ..Batch::default()
        };
        store.apply(batch).await.unwrap();
    }
    let sqlite = Connection::open(&path).unwrap();
    let feed = "SELECT sequence || ' ' || kind || ' ' || substr(key, 1, 4) || ' ' || at FROM feed ORDER BY sequence";
    let mut feed = sqlite.prepare(feed).unwrap();
    let feed = feed.query_map((), |row| row.get(0)).unwrap();
    assert_eq!(
        feed.collect::<Result<Vec<String>, _>>().unwrap(),
        [
            "1 token 0101 1700000000000000",
            "2 user 2 1700000000000000",
            "3 token 0101 0",
            "4 user 2 0"
        ]
    );

    sqlite
        .execute("UPDATE head SET sequence = sequence + 99998", ())
        .unwrap();
    let batch = Batch {
        changes: changes[..1].to_vec(),
        ..Batch::default()
    };
    store.apply(batch).await.unwrap();
    let kept = "SELECT min(sequence) || '-' || max(sequence) FROM feed";
    let kept = sqlite.query_row(kept, (), |row| row.get::<_, String>(0));
    assert_eq!(kept.unwrap(), "4-100003", "the newest hundred thousand");
}

/// A stored list that cannot be read in part, or at all, never lets a token in from more places than it names.
#[tokio::test]
async fn an_unreadable_list_of_networks_allows_less_and_never_more() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let store = Store::sqlite(&path, Arc::new(Heard::default()))
        .await
        .unwrap();
    let batch = Batch {
        writes: vec![insert_user(1), Write::InsertToken(token(1, 1))],
        ..Batch::default()
    };
    store.apply(batch).await.unwrap();
    let sqlite = Connection::open(&path).unwrap();
    for (stored, expected) in [
        ("192.0.2.1,everywhere,192.0.2.2", "192.0.2.1,192.0.2.2"),
        ("192.0.2.1,*", "192.0.2.1"),
        ("everywhere", ""),
        (" *", ""),
        ("", ""),
    ] {
        sqlite
            .execute("UPDATE tokens SET origins = ?1", [stored])
            .unwrap();
        let token = store.token(token_id(1)).await.unwrap().unwrap();
        let expected = Networks::parse("", expected).unwrap();
        assert_eq!(token.origins, Origins::Trusted(expected), "{stored:?}");
    }
}

/// A page is found along an index, and no total is counted but of the few tokens that are disabled.
#[tokio::test]
async fn a_page_costs_the_same_however_many_tokens_there_are() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    drop(
        Store::sqlite(&path, Arc::new(Heard::default()))
            .await
            .unwrap(),
    );
    let sqlite = Connection::open(&path).unwrap();
    for query in cheap_lists() {
        for statement in [tables::tokens::page(&query), tables::tokens::total(&query)] {
            let plan = format!("EXPLAIN QUERY PLAN {}", statement.sql.replace('$', "?"));
            let mut plan = sqlite.prepare(&plan).unwrap();
            let params = rusqlite::params_from_iter(statement.params);
            let steps = plan.query_map(params, |row| row.get("detail"));
            let steps = steps.unwrap().collect::<Result<Vec<String>, _>>().unwrap();
            let sorts = steps.iter().filter(|step| step.contains("TEMP B-TREE"));
            assert!(
                sorts.count() <= 1,
                "only the page itself is sorted: {query:?}: {steps:#?}"
            );
            let looks_at_all =
                |step: &&String| step.starts_with("SCAN tokens") && !step.contains("INDEX");
            assert_eq!(steps.iter().find(looks_at_all), None, "{query:?}");
        }
    }
}

fn cheap_lists() -> Vec<TokenQuery> {
    let cheap = [
        Column::Audience,
        Column::Expires,
        Column::Id,
        Column::IssuedAt,
        Column::LastUsed,
        Column::NotBefore,
        Column::Number,
        Column::Subject,
    ];
    let mut lists = Vec::new();
    for column in cheap {
        for descending in [false, true] {
            let ignore_case = true;
            let sort = Sort {
                column,
                descending,
                ignore_case,
            };
            let query = TokenQuery {
                sort,
                ..TokenQuery::default()
            };
            let status = Some(Status::Enabled);
            lists.extend([
                TokenQuery {
                    status,
                    ..query.clone()
                },
                query,
            ]);
        }
    }
    let owner = Some(user_id(1));
    let of_one_owner = |query: &TokenQuery| TokenQuery {
        owner,
        ..query.clone()
    };
    let by_key = |query: &&TokenQuery| matches!(query.sort.column, Column::Expires | Column::Id);
    let of_the_owner = lists
        .iter()
        .filter(by_key)
        .map(of_one_owner)
        .collect::<Vec<_>>();
    lists.extend(of_the_owner);
    lists
}

/// The lists that a face can ask for without a search.
fn lists() -> impl Iterator<Item = String> {
    let sorts = Column::ALL.iter().flat_map(|column| {
        [false, true].map(|ignore_case| Sort {
            column: *column,
            descending: true,
            ignore_case,
        })
    });
    let term = |column| Term {
        column,
        pattern: Pattern::Contains("x".to_owned()),
    };
    let sorted = sorts.flat_map(move |sort| {
        let terms = vec![term(None), term(Some(sort.column))];
        [
            TokenQuery {
                sort,
                ..TokenQuery::default()
            },
            TokenQuery {
                sort,
                terms,
                owner: Some(user_id(1)),
                id: Some(token_id(1)),
                number: Some(TokenNumber::from_number(1)),
                alive_at: Some(at(0)),
                status: Some(Status::Enabled),
                ..TokenQuery::default()
            },
        ]
    });
    let owners = [None, Some(user_id(1))];
    let statuses = [None, Some(Status::Enabled), Some(Status::Disabled)];
    let filtered = owners.into_iter().flat_map(move |owner| {
        statuses.map(|status| TokenQuery {
            owner,
            status,
            ..TokenQuery::default()
        })
    });
    let tokens = sorted
        .chain(filtered)
        .flat_map(|query| [tables::tokens::page(&query), tables::tokens::total(&query)]);
    let audit = AuditQuery {
        before: Some(1),
        after: Some(1),
        actor: Some(String::new()),
        token: Some(token_id(1)),
        actions: vec![Action::Login, Action::Logout],
        object: Some(1),
        since: Some(at(0)),
        until: Some(at(1)),
        limit: 1,
    };
    tokens
        .chain([tables::audit::find(&audit)])
        .map(|statement| statement.sql.into_owned())
}
