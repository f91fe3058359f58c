//! What both databases promise, shown on both; then what can go wrong with each, done to a real one.

mod faults_of_postgres;
mod faults_of_sqlite;
mod promises;

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use tokenry_testkit::postgres;

use super::{After, Engine, Lane, Row, Statement, Step, StoreError, Value, batch::Outcome};

async fn on_sqlite(directory: &Path) -> Engine {
    Engine::sqlite(&directory.join("test.db")).await.unwrap()
}

async fn on_postgres(url: &str) -> Engine {
    Engine::postgres(url.parse().unwrap()).await.unwrap()
}

/// Makes the tables that these tests use, beside the product's own.
async fn with_tables(engine: Engine) -> Engine {
    let item = "CREATE TABLE item (id TEXT PRIMARY KEY, number BIGINT NOT NULL, note TEXT)";
    let part =
        "CREATE TABLE part (id BIGINT PRIMARY KEY, item TEXT REFERENCES item (id) DEFERRABLE)";
    engine
        .transact(vec![sql(item, []).any(), sql(part, []).any()], quietly())
        .await
        .unwrap();
    engine
}

fn sql(text: &'static str, params: impl Into<Vec<Value>>) -> Statement {
    Statement::built(text, params)
}

fn insert(id: &str, number: i64) -> Step {
    let text = "INSERT INTO item (id, number) VALUES ($1, $2)";
    sql(text, [id.into(), number.into()]).once("an item of this name exists")
}

fn advance(id: &str, from: i64) -> Step {
    let text = "UPDATE item SET number = number + 1 WHERE id = $1 AND number = $2";
    sql(text, [id.into(), from.into()]).once("the item has changed meanwhile")
}

fn quietly() -> After {
    Box::new(|_| {})
}

/// A list of hooks that were called, and hooks that write themselves into it.
#[derive(Clone, Default)]
struct Called(Arc<Mutex<Vec<String>>>);

impl Called {
    fn hook(&self, name: impl Into<String>) -> After {
        let (list, name) = (self.0.clone(), name.into());
        Box::new(move |_| list.lock().unwrap().push(name))
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

async fn commit(engine: &Engine, steps: impl Into<Vec<Step>>) -> Outcome {
    engine.transact(steps.into(), quietly()).await
}

async fn all(engine: &Engine, text: &'static str) -> Vec<Row> {
    engine.query(Lane::List, sql(text, [])).await.unwrap()
}

async fn count(engine: &Engine) -> i64 {
    let row = all(engine, "SELECT count(*) FROM item").await.remove(0);
    row.of("item").int("count").unwrap()
}

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable { .. }))
}

/// Waits until `attempt` succeeds, as it soon must.
async fn eventually<T>(attempt: impl AsyncFn() -> Result<T, StoreError>) -> T {
    for _ in 0..200 {
        if let Ok(done) = attempt().await {
            return done;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!(
        "it did not recover within ten seconds: {:?}",
        attempt().await.err()
    );
}
