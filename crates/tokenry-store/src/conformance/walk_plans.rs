//! How the statements of a walk are carried out: along one index, from a place to a stop, without a sort; or over few
//! tokens. And that both databases understand them all.

use rusqlite::Connection;
use tokenry_core::port::{Bound, Filter, NumberOf, OrderBy, Place, TextOf, Walk, WalkOrder};
use tokio_postgres::NoTls;

use super::*;
use crate::{
    engine::Statement,
    tables::walk::{along, count, expirations, few, known, stop, stretches},
};

/// Each order, from its begin and from a place, alone and with everything that another index knows.
fn walks() -> Vec<Walk> {
    let mut walks = Vec::new();
    for by in OrderBy::ALL {
        for descending in [false, true] {
            for after in [None, Some(Place::of(&token(1, 1), *by))] {
                for filters in [vec![], tempting(*by)] {
                    walks.push(Walk {
                        owner: (!filters.is_empty()).then(|| user_id(1)),
                        filters,
                        order: WalkOrder {
                            by: *by,
                            descending,
                        },
                        after: after.clone(),
                        limit: 50,
                        reach: 5_000,
                    });
                }
            }
        }
    }
    walks
}

/// Filters that fit an index each, and one of each other kind.
fn tempting(by: OrderBy) -> Vec<Filter> {
    let is = |of: TextOf| Filter::Text(of, Pattern::Is("x".to_owned()));
    let texts = TextOf::ALL.map(is);
    let begins = Filter::Text(TextOf::Id, Pattern::StartsWith("ab".to_owned()));
    let numbers = [
        NumberOf::Created,
        NumberOf::Expires,
        NumberOf::LastUsed,
        NumberOf::NotBefore,
        NumberOf::Number,
    ];
    let numbers = numbers.into_iter().flat_map(|of| {
        [Bound::Above(5), Bound::Below(1_800_000_000)].map(|bound| Filter::Number(of, bound))
    });
    let is_never = Filter::Number(NumberOf::LastUsed, Bound::Is(0));
    let others = [
        begins,
        Filter::Anywhere("x".to_owned()),
        Filter::Persona(vec![PersonaId::DEFAULT]),
        Filter::Status(Status::Disabled),
        Filter::Not(Box::new(Filter::Status(Status::Enabled))),
    ];
    let others = others
        .into_iter()
        .chain((by != OrderBy::LastUsed).then_some(is_never));
    texts.into_iter().chain(numbers).chain(others).collect()
}

fn index_of(by: OrderBy) -> &'static str {
    match by {
        OrderBy::Audience => "tokens_by_audience",
        OrderBy::Created => "tokens_by_issue",
        OrderBy::Expires => "tokens_by_expiry",
        OrderBy::LastUsed => "tokens_by_use",
        OrderBy::NotBefore => "tokens_by_begin",
        OrderBy::Number => "tokens_by_number",
        OrderBy::User => "tokens_by_subject",
    }
}

async fn sqlite() -> (Connection, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let heard = Arc::new(Heard::default());
    drop(Store::sqlite(&path, heard).await.unwrap());
    (Connection::open(&path).unwrap(), directory)
}

fn plan(sqlite: &Connection, statement: &Statement) -> Vec<String> {
    let plan = format!("EXPLAIN QUERY PLAN {}", statement.sql.replace('$', "?"));
    let mut plan = sqlite.prepare(&plan).unwrap();
    let params = rusqlite::params_from_iter(statement.params.clone());
    let steps = plan.query_map(params, |row| row.get("detail")).unwrap();
    steps.collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn a_walk_follows_the_index_of_its_order_and_sorts_nothing() {
    let (sqlite, _directory) = sqlite().await;
    for walk in walks() {
        let index = index_of(walk.order.by);
        let place = Place::of(&token(2, 1), walk.order.by);
        for stretch in stretches(&walk) {
            let along = [None, Some(&place)].map(|stop| along(&walk, stretch, stop, 50));
            let statements = along.into_iter().flatten();
            for statement in statements.chain([stop(&walk, stretch)]) {
                let steps = plan(&sqlite, &statement);
                let [step] = &*steps else {
                    panic!("more than one step: {}: {steps:#?}", statement.sql);
                };
                assert!(step.contains(index), "{}: {step}", statement.sql);
                let is_narrowed = walk.after.is_some() || statement.sql.contains("<= ");
                let is_searched = step.starts_with("SEARCH");
                assert!(is_searched || !is_narrowed, "{}: {step}", statement.sql);
                has_one_end_each(&statement.sql, walk.order.by);
            }
        }
    }
}

/// Fails unless a range of numbers has one begin and one end: of two, the database may take the farther one, and read
/// all that lies between them.
#[track_caller]
fn has_one_end_each(sql: &str, by: OrderBy) {
    let column = match by {
        OrderBy::Audience | OrderBy::User => return,
        OrderBy::Created => "issued_at",
        OrderBy::Expires => "expires",
        OrderBy::LastUsed => "last_used",
        OrderBy::NotBefore => "not_before",
        OrderBy::Number => "number",
    };
    let condition = sql.split(" ORDER BY ").next().unwrap_or_default();
    for sign in ['<', '>'] {
        let alone = format!(" {column} {sign}");
        let with_id = format!("({column}, id) {sign}");
        let ends = condition.matches(&alone).count() + condition.matches(&with_id).count();
        assert!(ends <= 1, "{sql}");
    }
}

#[tokio::test]
async fn few_tokens_are_found_and_counted_along_the_index_of_their_condition() {
    let (sqlite, _directory) = sqlite().await;
    let mut indexes = std::collections::BTreeSet::new();
    for walk in walks() {
        for known in known(&walk) {
            let counted = plan(&sqlite, &count(&walk, &known));
            let few = plan(&sqlite, &few(&walk, &known));
            let reads = |step: &&String| step.contains("tokens");
            let by_key = "SEARCH tokens USING INDEX sqlite_autoindex_tokens_1 (id=?)";
            let [first, second] = few.iter().filter(reads).collect::<Vec<_>>()[..] else {
                panic!("{known:?}: {few:#?}");
            };
            assert_eq!(second, by_key, "{known:?}: {few:#?}");
            let counted = counted.iter().find(reads).unwrap();
            for step in [first, counted] {
                let index = step.split_once("INDEX ").map(|(_, index)| index.to_owned());
                let index = index.unwrap_or_else(|| panic!("{known:?}: {step}"));
                let is_partial = index == "tokens_disabled";
                assert!(
                    step.starts_with("SEARCH") || is_partial,
                    "{known:?}: {step}"
                );
                indexes.insert(index.split(' ').next().unwrap().to_owned());
            }
        }
    }
    let expected = [
        "sqlite_autoindex_tokens_1",
        "tokens_by_audience",
        "tokens_by_begin",
        "tokens_by_expiry",
        "tokens_by_issue",
        "tokens_by_number",
        "tokens_by_owner_and_expiry",
        "tokens_by_subject",
        "tokens_by_use",
        "tokens_disabled",
    ];
    assert!(indexes.iter().eq(&expected), "{indexes:?}");
}

#[tokio::test]
async fn ends_are_counted_along_an_index() {
    let (sqlite, _directory) = sqlite().await;
    for (owner, index) in [
        (None, "tokens_by_expiry"),
        (Some(user_id(1)), "tokens_by_owner_and_expiry"),
    ] {
        let statement = expirations(owner, &[at(0), at(10), at(20)]);
        let steps = plan(&sqlite, &statement);
        let read = steps.iter().filter(|step| step.contains("tokens"));
        let read = read.collect::<Vec<_>>();
        let expected = format!("SEARCH tokens USING COVERING INDEX {index} (");
        assert!(
            read.len() == 1 && read[0].starts_with(&expected),
            "{steps:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_understand_every_walk() {
    let (sqlite, _directory) = sqlite().await;
    let url = postgres::database();
    let heard = Arc::new(Heard::default());
    drop(Store::postgres(&url, heard).await.unwrap());
    let (postgres, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    for walk in walks() {
        let place = Place::of(&token(2, 1), walk.order.by);
        let known = known(&walk);
        let few = known
            .iter()
            .flat_map(|one| [count(&walk, one), few(&walk, one)]);
        let stretches = stretches(&walk).into_iter();
        let along = stretches.flat_map(|one| {
            let mut all = along(&walk, one, Some(&place), 9);
            all.push(stop(&walk, one));
            all
        });
        for statement in few.chain(along) {
            let sql = &*statement.sql;
            let here = sqlite.prepare(&sql.replace('$', "?")).unwrap();
            let there = postgres.prepare(sql).await;
            let there = there.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            assert_eq!(here.parameter_count(), there.params().len(), "{sql}");
            assert_eq!(statement.params.len(), there.params().len(), "{sql}");
            for (kind, value) in there.params().iter().zip(&statement.params) {
                let fits = match value {
                    crate::engine::Value::Int(_) => *kind == tokio_postgres::types::Type::INT8,
                    _ => *kind == tokio_postgres::types::Type::TEXT,
                };
                assert!(fits, "{sql}: {kind} for {value:?}");
            }
        }
    }
}
