//! How fast it is. Ignored, because it takes minutes and its figures are for people:
//! `cargo test --release -p tokenry-store scale -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokenry_core::port::BoxFuture;

use super::*;

/// How many tokens to fill the store with.
fn tokens() -> u32 {
    std::env::var("SCALE_TOKENS").map_or(1_000_000, |number| number.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn scale_of_sqlite() {
    let directory = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    let path = directory.path().join("test.db");
    measure(Arc::new(
        Store::sqlite(&path, Arc::new(Heard::default()))
            .await
            .unwrap(),
    ))
    .await;
    println!("{} MB", std::fs::metadata(&path).unwrap().len() / 1_000_000);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn scale_of_postgres() {
    let server = postgres::Server::start();
    server.sql("ALTER SYSTEM SET fsync = on");
    server.sql("SELECT pg_reload_conf()");
    let url = server.database();
    measure(Arc::new(
        Store::postgres(&url, Arc::new(Heard::default()))
            .await
            .unwrap(),
    ))
    .await;
}

async fn measure(store: Arc<dyn Port>) {
    let users = (1..=200).map(insert_user).collect();
    store
        .apply(Batch {
            writes: users,
            ..Batch::default()
        })
        .await
        .unwrap();
    for tasks in [1, 16, 64] {
        create_at_once(&store, tasks).await;
    }
    if tokens() == 0 {
        return;
    }
    fill(&store, 1_000).await;
    read(&store).await;
    fill(&store, tokens()).await;
    read(&store).await;
    create_at_once(&store, 16).await;
}

async fn create_at_once(store: &Arc<dyn Port>, tasks: u32) {
    let (begin, busy) = (Instant::now(), cpu_milliseconds());
    let run = async |task: u32| {
        let mut created = 0_u32;
        while begin.elapsed() < Duration::from_secs(3) {
            let token = numbered(u64::from(task + 1000) << 40 | u64::from(created));
            let batch = Batch {
                writes: vec![Write::InsertToken(token)],
                events: vec![event(Action::CreateToken, "user1")],
                ..Batch::default()
            };
            store.apply(batch).await.unwrap();
            created += 1;
        }
        created
    };
    let created = join_all((0..tasks).map(run)).await.into_iter().sum::<u32>();
    let each = (cpu_milliseconds() - busy) * 1e3 / f64::from(created);
    let rate = f64::from(created) / begin.elapsed().as_secs_f64();
    println!(
        "{tasks:3} tasks create {rate:.0} tokens/s at {each:.0} µs of this process's CPU each"
    );
}

/// User and system time of this process, from `/proc`, where a tick is ten milliseconds.
fn cpu_milliseconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .skip(11)
        .take(2);
    fields
        .map(|ticks| ticks.parse::<f64>().unwrap() * 10.0)
        .sum()
}

async fn fill(store: &Arc<dyn Port>, tokens: u32) {
    let begin = Instant::now();
    for first in (0..tokens).step_by(1000) {
        let writes = (first..first + 1000).map(|number| {
            Write::InsertToken(numbered(u64::from(number) << 8 | u64::from(tokens) << 32))
        });
        store
            .apply(Batch {
                writes: writes.collect(),
                ..Batch::default()
            })
            .await
            .unwrap();
    }
    println!("{tokens} tokens in {:.1} s", begin.elapsed().as_secs_f64());
}

fn numbered(number: u64) -> Token {
    let mut id = [0; 32];
    SeededEntropy::new(number).fill(&mut id);
    let spread = i64::from(u32::from_le_bytes(id[..4].try_into().unwrap()));
    Token {
        id: TokenId::from_bytes(id),
        issued_at: at(spread % 1_000_000),
        expires: Some(at(spread % 10_000_000)),
        last_used: Some(Use {
            at: at(spread % 100_000),
            address: address("192.0.2.1"),
        }),
        status: if id[9] == 0 {
            Status::Disabled
        } else {
            Status::Enabled
        },
        ..token(id[8], 1 + spread % 200)
    }
}

async fn read(store: &Arc<dyn Port>) {
    let by = |column, descending| Sort {
        column,
        descending,
        ignore_case: true,
    };
    let first = || TokenQuery {
        limit: Some(30),
        ..TokenQuery::default()
    };
    let sorted = |column| TokenQuery {
        sort: by(column, true),
        ..first()
    };
    let term = |column, text: &str| Term {
        column,
        pattern: Pattern::Contains(text.to_owned()),
    };
    let id = store.tokens(first()).await.unwrap().items[9].id;
    time("one", || {
        Box::pin(async move { store.token(id).await.unwrap().map_or(0, |_| 1) })
    })
    .await;
    let lists = [
        ("first page", first()),
        (
            "an owner's",
            TokenQuery {
                owner: Some(user_id(7)),
                ..first()
            },
        ),
        (
            "an owner's by expiry",
            TokenQuery {
                owner: Some(user_id(7)),
                ..sorted(Column::Expires)
            },
        ),
        ("by expiry", sorted(Column::Expires)),
        (
            "by expiry, page in the middle",
            TokenQuery {
                offset: u64::from(tokens()) / 2,
                ..sorted(Column::Expires)
            },
        ),
        (
            "by expiry, last page",
            TokenQuery {
                offset: u64::from(tokens()) - 30,
                ..sorted(Column::Expires)
            },
        ),
        ("by issue", sorted(Column::IssuedAt)),
        ("by last use", sorted(Column::LastUsed)),
        ("by audience", sorted(Column::Audience)),
        ("by subject", sorted(Column::Subject)),
        ("by issuer", sorted(Column::Issuer)),
        ("by status", sorted(Column::Status)),
        (
            "disabled",
            TokenQuery {
                status: Some(Status::Disabled),
                ..first()
            },
        ),
        (
            "enabled by expiry",
            TokenQuery {
                status: Some(Status::Enabled),
                ..sorted(Column::Expires)
            },
        ),
        (
            "search in audience",
            TokenQuery {
                terms: vec![term(Some(Column::Audience), "ence 77")],
                ..first()
            },
        ),
        (
            "search everywhere",
            TokenQuery {
                terms: vec![term(None, "ence 77")],
                ..first()
            },
        ),
    ];
    for (name, query) in lists {
        time(name, || {
            Box::pin(async { store.tokens(query.clone()).await.unwrap().total })
        })
        .await;
    }
}

async fn time<'a>(name: &str, run: impl Fn() -> BoxFuture<'a, u64>) {
    let mut times = Vec::new();
    let begin = Instant::now();
    let mut total = 0;
    while times.len() < 50 && begin.elapsed() < Duration::from_secs(3) || times.len() < 3 {
        let begin = Instant::now();
        total = run().await;
        times.push(begin.elapsed());
    }
    times.sort();
    println!(
        "{name:32} median {:9.3} ms  worst {:9.3} ms  of {total}",
        times[times.len() / 2].as_secs_f64() * 1e3,
        times[times.len() - 1].as_secs_f64() * 1e3
    );
}
