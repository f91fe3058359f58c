//! PostgreSQL: one task that writes, two pools that read.
//!
//! Writing is group commit (`batch.rs`). Several servers may share a database, so each group begins by taking a lock
//! that all writers know, which makes them one after another what SQLite's writer is by nature. The statements of a
//! batch are pipelined: a batch costs one round trip.
//!
//! A commit whose answer is lost is in doubt. The callers are told that it failed, and before anything else is
//! written the server is asked what became of it; if it was committed, its hooks are called then.
//!
//! Not here: hearing of what other servers commit.

use std::time::{Duration, Instant};

use bytes::BytesMut;
use deadpool_postgres::{
    GenericClient, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts,
};
use futures_util::future::{join, join_all};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{timeout, timeout_at},
};
use tokio_postgres::{
    Config, IsolationLevel, NoTls, SimpleQueryMessage, Statement as Prepared,
    config::TargetSessionAttrs,
    error::SqlState,
    types::{IsNull, ToSql, Type, WrongType, to_sql_checked},
};

use super::{
    After, Done, Lane, OpenError, Row, Statement, Step, StoreError, Value,
    batch::{GROUP, Hook, Outcome, Pace, Submission, announce, refuse, steps_of, submit, suspend},
    migrate,
};

/// Connections that look up single records, and that search and list.
const LOOKUP_CONNECTIONS: usize = 8;
const LIST_CONNECTIONS: usize = 4;

/// How long to wait for a connection, for a read, and for a group of batches.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const READ_TIMEOUT: Duration = Duration::from_secs(15);
const GROUP_TIMEOUT: Duration = Duration::from_mins(1);

/// How often to ask about a commit in doubt while nothing else is to be written.
const DOUBT_INTERVAL: Duration = Duration::from_millis(500);

/// The advisory locks: "tokn" in ASCII, and a number.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_lock(1953459054, 1)";
const MIGRATION_UNLOCK: &str = "SELECT pg_advisory_unlock(1953459054, 1)";
const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '15s'; \
    SELECT pg_advisory_xact_lock(1953459054, 2); SELECT txid_current()";

/// The most statements on their way at once. `join_all` polls, and thus sends, up to 30 in the order given.
const PIPELINE: usize = 16;

/// A connected database.
#[derive(Debug)]
pub(crate) struct Postgres {
    lookups: Pool,
    lists: Pool,
    writer: UnboundedSender<Submission>,
}

impl Postgres {
    /// Connects, and brings the schema up to date.
    pub(crate) async fn open(config: Config) -> Result<Self, OpenError> {
        let config = with_defaults(config);
        let writing = pool(&config, 1)?;
        update_schema(&writing).await?;
        let (lookups, lists) = (
            pool(&config, LOOKUP_CONNECTIONS)?,
            pool(&config, LIST_CONNECTIONS)?,
        );
        let (writer, submitted) = unbounded_channel();
        let readers = [lookups.clone(), lists.clone()];
        tokio::spawn(write_all(
            Writer {
                pool: writing,
                client: None,
                doubt: None,
                readers,
            },
            submitted,
        ));
        Ok(Self {
            lookups,
            lists,
            writer,
        })
    }

    /// Runs statements that only read, all on one snapshot.
    pub(crate) async fn read(
        &self,
        lane: Lane,
        statements: Vec<Statement>,
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        let pool = match lane {
            Lane::Lookup => &self.lookups,
            Lane::List => &self.lists,
        };
        let mut client = pool.get().await.map_err(StoreError::unavailable)?;
        let result = within(READ_TIMEOUT, read_all(&mut client, &statements)).await;
        if result.is_err() {
            // Whatever went wrong may be the connection's fault: a failed-over server, a plan that no longer fits.
            drop(Object::take(client));
        }
        result
    }

    /// Commits a batch.
    pub(crate) async fn transact(&self, steps: Vec<Step>, after: After) -> Outcome {
        submit(steps, after, |batch| self.writer.send(batch).is_ok()).await
    }
}

/// What the address leaves open: give up early rather than late, and never talk to a standby.
fn with_defaults(mut config: Config) -> Config {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(READ_TIMEOUT);
    }
    if config.get_application_name().is_none() {
        config.application_name("tokenry");
    }
    config
        .keepalives_idle(READ_TIMEOUT)
        .target_session_attrs(TargetSessionAttrs::ReadWrite);
    config
}

fn pool(config: &Config, size: usize) -> Result<Pool, OpenError> {
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let wait = Some(CONNECT_TIMEOUT);
    Pool::builder(Manager::from_config(config.clone(), NoTls, recycling))
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .timeouts(Timeouts {
            wait,
            create: wait,
            recycle: wait,
        })
        .build()
        .map_err(OpenError::unavailable)
}

/// Servers that start together update the schema one after another; the later ones find nothing to do.
async fn update_schema(pool: &Pool) -> Result<(), OpenError> {
    let mut client = pool.get().await.map_err(OpenError::unavailable)?;
    client
        .batch_execute(MIGRATION_LOCK)
        .await
        .map_err(OpenError::unavailable)?;
    let updated = migrate::postgres(&mut client).await;
    client
        .batch_execute(MIGRATION_UNLOCK)
        .await
        .map_err(OpenError::unavailable)?;
    updated
}

async fn read_all(
    client: &mut Object,
    statements: &[Statement],
) -> Result<Vec<Vec<Row>>, StoreError> {
    if let [statement] = statements {
        return Ok(vec![find(&*client, statement).await?]);
    }
    let snapshot = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true);
    let snapshot = snapshot.start().await.map_err(failure)?;
    let mut found = Vec::with_capacity(statements.len());
    for statement in statements {
        found.push(find(&snapshot, statement).await?);
    }
    snapshot.commit().await.map_err(failure)?;
    Ok(found)
}

async fn find(client: &impl GenericClient, statement: &Statement) -> Result<Vec<Row>, StoreError> {
    let prepared = if statement.is_kept {
        client.prepare_cached(&statement.sql).await
    } else {
        client.prepare(&statement.sql).await
    };
    let prepared = prepared.map_err(failure)?;
    check_parameters(&prepared, statement)?;
    let rows = client
        .query(&prepared, &parameters(statement))
        .await
        .map_err(failure)?;
    rows.iter().map(row).collect()
}

/// The one who writes.
struct Writer {
    pool: Pool,
    client: Option<Object>,
    doubt: Option<Doubt>,
    /// Their connections are dropped whenever the writer's had to be: they may lead to a server that has been
    /// replaced by another and does not know it.
    readers: [Pool; 2],
}

/// A commit of which nobody knows whether it took place.
struct Doubt {
    transaction: i64,
    hooks: Vec<Hook>,
}

/// What became of a group.
enum Fate {
    Committed(Vec<Outcome>),
    Lost(StoreError),
    Unknown {
        transaction: i64,
        outcomes: Vec<Outcome>,
        error: StoreError,
    },
}

async fn write_all(mut writer: Writer, mut waiting: UnboundedReceiver<Submission>) {
    let mut pace = Pace::default();
    loop {
        let mut group = Vec::new();
        let first = waiting.recv_many(&mut group, GROUP);
        let has_ended = match &writer.doubt {
            None => first.await == 0,
            Some(_) => timeout(DOUBT_INTERVAL, first).await == Ok(0),
        };
        if has_ended {
            return;
        }
        wait_for_company(&mut waiting, &mut group, &pace).await;
        let (begin, company) = (Instant::now(), group.len());
        writer.write(group).await;
        pace.learn(company, begin.elapsed());
    }
}

async fn wait_for_company(
    waiting: &mut UnboundedReceiver<Submission>,
    group: &mut Vec<Submission>,
    pace: &Pace,
) {
    let Some(deadline) = pace.deadline(group.len()) else {
        return;
    };
    while pace.deadline(group.len()).is_some() {
        match timeout_at(deadline.into(), waiting.recv_many(group, GROUP)).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

impl Writer {
    async fn write(&mut self, group: Vec<Submission>) {
        let fate = match self.connect().await {
            Ok(client) => commit_group(client, &steps_of(&group)).await,
            Err(error) => Fate::Lost(error),
        };
        if let Fate::Lost(error) | Fate::Unknown { error, .. } = &fate {
            tracing::error!(%error, batches = group.len(), "cannot write to the database");
            self.disconnect();
        }
        match fate {
            Fate::Committed(outcomes) => announce(group, outcomes, None),
            Fate::Lost(error) => refuse(group, &error),
            Fate::Unknown {
                transaction,
                outcomes,
                error,
            } => {
                self.doubt = Some(Doubt {
                    transaction,
                    hooks: suspend(group, outcomes, &error),
                });
            }
        }
    }

    /// A connection, with no doubt about what was written before.
    async fn connect(&mut self) -> Result<&Object, StoreError> {
        let client = match self.client.take() {
            Some(client) => client,
            None => self.pool.get().await.map_err(StoreError::unavailable)?,
        };
        if let Some(doubt) = self.doubt.take() {
            match is_committed(&client, doubt.transaction).await {
                Ok(true) => doubt
                    .hooks
                    .into_iter()
                    .for_each(|(after, done)| after(&done)),
                Ok(false) => {}
                Err(error) => {
                    self.doubt = Some(doubt);
                    return Err(error);
                }
            }
        }
        Ok(self.client.insert(client))
    }

    fn disconnect(&mut self) {
        drop(self.client.take().map(Object::take));
        for pool in &self.readers {
            pool.retain(|_, _| false);
        }
    }
}

/// What became of a transaction, if it can be known yet.
async fn is_committed(client: &Object, transaction: i64) -> Result<bool, StoreError> {
    let found = within(READ_TIMEOUT, async {
        client
            .query_one("SELECT txid_status($1)", &[&transaction])
            .await
            .map_err(failure)
    });
    match found.await {
        Ok(row) => match row.get::<_, Option<&str>>(0) {
            Some("in progress") => Err(StoreError::unavailable(
                "an earlier commit has not ended yet",
            )),
            status => Ok(status == Some("committed")),
        },
        Err(error @ StoreError::Unavailable { .. }) => Err(error),
        // The server has never heard of it: another one, or restored from a backup.
        Err(_) => Ok(false),
    }
}

async fn commit_group(client: &Object, group: &[&[Step]]) -> Fate {
    if group.is_empty() {
        return Fate::Committed(Vec::new());
    }
    let Ran {
        transaction,
        outcomes,
        commit,
    } = match within(GROUP_TIMEOUT, run_group(client, group)).await {
        Ok(ran) => ran,
        Err(error) => return Fate::Lost(error),
    };
    match within(GROUP_TIMEOUT, command(client, commit)).await {
        Ok(()) => Fate::Committed(outcomes),
        Err(error) => {
            let error = StoreError::unavailable(format_args!(
                "the outcome of a commit is not known: {error}"
            ));
            Fate::Unknown {
                transaction,
                outcomes,
                error,
            }
        }
    }
}

/// A transaction that is ready to be committed.
struct Ran {
    transaction: i64,
    outcomes: Vec<Outcome>,
    commit: &'static str,
}

/// Runs all batches in one transaction and leaves it open. An error means that the transaction is lost.
async fn run_group(client: &Object, group: &[&[Step]]) -> Result<Ran, StoreError> {
    // Before the transaction begins: a statement that cannot be prepared would abort it.
    let mut batches = Vec::with_capacity(group.len());
    for steps in group {
        batches.push(prepare(client, steps).await);
    }
    let transaction = begin(client).await?;
    let mut outcomes = Vec::with_capacity(batches.len());
    let (mut boundary, mut commit) = ("SAVEPOINT batch", "COMMIT");
    for batch in batches {
        let batch = match batch {
            Ok(batch) => batch,
            Err(error @ StoreError::Unavailable { .. }) => return Err(error),
            Err(error) => {
                outcomes.push(Err(error));
                continue;
            }
        };
        let outcome = run_batch(client, boundary, &batch).await?;
        (boundary, commit) = match &outcome {
            Ok(_) => ("RELEASE SAVEPOINT batch; SAVEPOINT batch", "COMMIT"),
            Err(_) => (
                "ROLLBACK TO SAVEPOINT batch",
                "ROLLBACK TO SAVEPOINT batch; COMMIT",
            ),
        };
        outcomes.push(outcome);
    }
    Ok(Ran {
        transaction,
        outcomes,
        commit,
    })
}

/// Begins a transaction that has the writers' lock, and returns its number.
async fn begin(client: &Object) -> Result<i64, StoreError> {
    let answers = client.simple_query(BEGIN).await.map_err(failure)?;
    let number = answers.iter().rev().find_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    number.ok_or_else(|| StoreError::internal("a transaction has no number"))
}

async fn command(client: &Object, sql: &str) -> Result<(), StoreError> {
    client.batch_execute(sql).await.map_err(failure)
}

type PreparedStep<'a> = (Prepared, &'a Step);

async fn prepare<'a>(
    client: &Object,
    steps: &'a [Step],
) -> Result<Vec<PreparedStep<'a>>, StoreError> {
    let mut prepared = Vec::with_capacity(steps.len());
    for step in steps {
        let statement = client
            .prepare_cached(&step.statement.sql)
            .await
            .map_err(failure)?;
        check_parameters(&statement, &step.statement)?;
        prepared.push((statement, step));
    }
    Ok(prepared)
}

/// Runs one batch behind `boundary`, which ends the one before it. The outer error means that the transaction is lost.
async fn run_batch(
    client: &Object,
    boundary: &str,
    steps: &[PreparedStep<'_>],
) -> Result<Outcome, StoreError> {
    let (first, rest) = steps.split_at(steps.len().min(PIPELINE));
    let (bounded, mut outcome) = join(command(client, boundary), run_steps(client, first)).await;
    bounded?;
    for steps in rest.chunks(PIPELINE) {
        let Ok(done) = &mut outcome else { break };
        match run_steps(client, steps).await {
            Ok(more) => done.extend(more),
            Err(error) => outcome = Err(error),
        }
    }
    match outcome {
        Err(error @ StoreError::Unavailable { .. }) => Err(error),
        outcome => Ok(outcome),
    }
}

/// Sends some steps at once. The first error is the cause of those behind it.
async fn run_steps(client: &Object, steps: &[PreparedStep<'_>]) -> Outcome {
    let sent = steps.iter().map(|(prepared, step)| async move {
        step.judge(run(client, prepared, &step.statement).await)
    });
    join_all(sent).await.into_iter().collect()
}

async fn run(
    client: &Object,
    prepared: &Prepared,
    statement: &Statement,
) -> Result<Done, StoreError> {
    let parameters = parameters(statement);
    if prepared.columns().is_empty() {
        let affected = client
            .execute(prepared, &parameters)
            .await
            .map_err(failure)?;
        return Ok(Done {
            affected,
            rows: Vec::new(),
        });
    }
    let found = client.query(prepared, &parameters).await.map_err(failure)?;
    let rows = found.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    Ok(Done {
        affected: rows.len() as u64,
        rows,
    })
}

fn parameters(statement: &Statement) -> Vec<&(dyn ToSql + Sync)> {
    statement
        .params
        .iter()
        .map(|value| value as &(dyn ToSql + Sync))
        .collect()
}

fn check_parameters(prepared: &Prepared, statement: &Statement) -> Result<(), StoreError> {
    if prepared.params().len() == statement.params.len() {
        return Ok(());
    }
    Err(StoreError::internal(format_args!(
        "wrong number of parameters for {}",
        statement.sql
    )))
}

fn row(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let cells = row
        .columns()
        .iter()
        .enumerate()
        .map(|(index, column)| match *column.type_() {
            Type::INT8 => row
                .try_get::<_, Option<i64>>(index)
                .map(Value::from)
                .map_err(failure),
            Type::INT4 => row
                .try_get::<_, Option<i32>>(index)
                .map(|n| Value::from(n.map(i64::from)))
                .map_err(failure),
            Type::TEXT => row
                .try_get::<_, Option<String>>(index)
                .map(Value::from)
                .map_err(failure),
            ref other => Err(StoreError::internal(format_args!("a cell holds a {other}"))),
        });
    Ok(Row(cells.collect::<Result<_, _>>()?))
}

impl ToSql for Value {
    fn to_sql(
        &self,
        wanted: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql_checked(wanted, out),
            Self::Text(text) => text.to_sql_checked(wanted, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout(limit, work)
        .await
        .unwrap_or_else(|_| Err(StoreError::unavailable("the database does not answer")))
}

/// What an error of PostgreSQL means to us.
#[expect(
    clippy::needless_pass_by_value,
    reason = "used as a function of `map_err`"
)]
fn failure(error: tokio_postgres::Error) -> StoreError {
    use std::error::Error;

    let shown = error
        .as_db_error()
        .map_or_else(|| error.to_string(), ToString::to_string);
    match error.code() {
        Some(code)
            if *code == SqlState::UNIQUE_VIOLATION || *code == SqlState::FOREIGN_KEY_VIOLATION =>
        {
            StoreError::Conflict {
                why: "it conflicts with another record",
            }
        }
        Some(code) if !may_pass(code) => StoreError::Internal { cause: shown },
        None if error.source().is_some_and(<dyn Error>::is::<WrongType>) => {
            StoreError::Internal { cause: shown }
        }
        _ => StoreError::Unavailable { cause: shown },
    }
}

/// Whether the trouble lies outside: connections (08), accounts (28), resources (53), operators (57), the system
/// (58), a server that only reads, a lock that somebody else holds.
fn may_pass(code: &SqlState) -> bool {
    let class = code.code().get(..2).unwrap_or_default();
    matches!(class, "08" | "28" | "53" | "57" | "58")
        || [
            SqlState::INVALID_CATALOG_NAME,
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
        ]
        .contains(code)
}
