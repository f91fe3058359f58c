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
        action: Some(Action::Login),
        limit: 1,
    };
    tokens
        .chain([tables::audit::find(&audit)])
        .map(|statement| statement.sql.into_owned())
}
