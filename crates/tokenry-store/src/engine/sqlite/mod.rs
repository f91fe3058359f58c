//! SQLite: one thread that writes, a few that read, each the owner of its connection.
//!
//! Writing is group commit (`batch.rs`) with `BEGIN IMMEDIATE` and `synchronous=FULL`: what is answered survives a
//! loss of power. Reading has two lanes, so that a search through a million tokens never stands in the way of a
//! verifier that looks one up.
//!
//! Not here: how a connection is opened, and whether its files are still the ones it opened (`session.rs`).

mod session;

use std::{
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use rusqlite::{Connection, params_from_iter, types::ValueRef};
use tokio::sync::oneshot;

use self::session::{Files, Lock, Mode, Session, failure};
use super::{
    After, Done, Lane, OpenError, Row, Statement, Step, StoreError, Value,
    batch::{GROUP, Outcome, Pace, Submission, announce, refuse, steps_of, submit},
};

/// The first release without the WAL-reset defect, which silently loses committed writes.
const OLDEST_SAFE: i32 = 3_051_003;

/// Threads that look up single records.
const LOOKUP_THREADS: usize = 2;

/// Threads that search and list.
const LIST_THREADS: usize = 1;

/// How often an idle reader looks whether its files are still there.
const IDLE_CHECK: Duration = Duration::from_secs(2);

/// An open database file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    // Fields are dropped in this order: the channels end, the threads with them, and then the lock.
    writer: Sender<Submission>,
    lookups: Sender<Read>,
    lists: Sender<Read>,
    _threads: Threads,
    _lock: Lock,
}

impl Sqlite {
    /// Opens the file, makes it where there is none, and brings its schema up to date. Blocks.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        if rusqlite::version_number() < OLDEST_SAFE {
            return Err(OpenError::OldSqlite(rusqlite::version()));
        }
        let lock = Lock::take(path)?;
        lock.check_contents(path)?;
        let files = Files::create(path)?;
        let mut writing =
            Session::open(files.clone(), Mode::Write).map_err(OpenError::unavailable)?;
        writing.migrate()?;

        let mut threads = Threads::default();
        let lookups = threads.read(&files, "lookup", LOOKUP_THREADS)?;
        let lists = threads.read(&files, "list", LIST_THREADS)?;
        let (writer, submitted) = unbounded();
        threads.start("tokenry-write", move || write_all(writing, &submitted))?;
        Ok(Self {
            writer,
            lookups,
            lists,
            _threads: threads,
            _lock: lock,
        })
    }

    /// Runs statements that only read, all on one snapshot.
    pub(crate) async fn read(
        &self,
        lane: Lane,
        statements: Vec<Statement>,
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        let gone = || StoreError::unavailable("the readers have ended");
        let (answer, result) = oneshot::channel();
        let lane = match lane {
            Lane::Lookup => &self.lookups,
            Lane::List => &self.lists,
        };
        lane.send(Read { statements, answer }).map_err(|_| gone())?;
        result.await.map_err(|_| gone())?
    }

    /// Commits a batch.
    pub(crate) async fn transact(&self, steps: Vec<Step>, after: After) -> Outcome {
        submit(steps, after, |batch| self.writer.send(batch).is_ok()).await
    }
}

/// Something to read.
struct Read {
    statements: Vec<Statement>,
    answer: oneshot::Sender<Result<Vec<Vec<Row>>, StoreError>>,
}

/// Threads that are waited for when the database is closed, so that its lock is free afterwards.
#[derive(Debug, Default)]
struct Threads(Vec<thread::JoinHandle<()>>);

impl Threads {
    fn start(&mut self, name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(body);
        self.0.push(thread.map_err(OpenError::unavailable)?);
        Ok(())
    }

    /// Starts readers that share one queue.
    fn read(
        &mut self,
        files: &Arc<Files>,
        lane: &str,
        count: usize,
    ) -> Result<Sender<Read>, OpenError> {
        let (sender, receiver) = unbounded();
        for number in 1..=count {
            let session =
                Session::open(files.clone(), Mode::Read).map_err(OpenError::unavailable)?;
            let receiver = receiver.clone();
            self.start(&format!("tokenry-{lane}{number}"), move || {
                read_all(session, &receiver);
            })?;
        }
        Ok(sender)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        for thread in self.0.drain(..) {
            // The last owner may be a hook that runs on the writer itself.
            if thread.thread().id() != thread::current().id() {
                let _panicked = thread.join();
            }
        }
    }
}

fn read_all(mut session: Session, waiting: &Receiver<Read>) {
    loop {
        match waiting.recv_timeout(IDLE_CHECK) {
            Ok(read) if read.answer.is_closed() => {}
            Ok(read) => {
                let _nobody_waits = read
                    .answer
                    .send(session.with(|connection| read_one(connection, &read.statements)));
            }
            Err(RecvTimeoutError::Timeout) => {
                let _told_to_the_next_reader = session.check_files();
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn read_one(
    connection: &Connection,
    statements: &[Statement],
) -> Result<Vec<Vec<Row>>, StoreError> {
    if let [statement] = statements {
        return Ok(vec![run(connection, statement)?.rows]);
    }
    let snapshot = connection.unchecked_transaction().map_err(failure)?;
    statements
        .iter()
        .map(|statement| Ok(run(&snapshot, statement)?.rows))
        .collect()
}

fn write_all(mut session: Session, waiting: &Receiver<Submission>) {
    let mut pace = Pace::default();
    while let Some(group) = gather(waiting, &pace) {
        let (begin, company) = (Instant::now(), group.len());
        write_group(&mut session, group);
        pace.learn(company, begin.elapsed());
    }
}

/// Waits for a batch, and takes all that come with it. Nothing once the engine is dropped and all is done.
fn gather(waiting: &Receiver<Submission>, pace: &Pace) -> Option<Vec<Submission>> {
    let mut group = vec![waiting.recv().ok()?];
    group.extend(waiting.try_iter().take(GROUP - 1));
    let deadline = pace.deadline(group.len());
    while pace.deadline(group.len()).is_some()
        && let Some(Ok(batch)) = deadline.map(|deadline| waiting.recv_deadline(deadline))
    {
        group.push(batch);
    }
    Some(group)
}

fn write_group(session: &mut Session, group: Vec<Submission>) {
    let committed = session.with(|connection| commit_group(connection, &steps_of(&group)));
    let still_there = session.check_files();
    match (committed, still_there) {
        (Ok(outcomes), Ok(())) => announce(group, outcomes, None),
        // Committed to a file that has gone. If it comes back the batches are in it, and verifiers must know of
        // them; if it does not, nothing is served any more. Either way the callers cannot be told that all is well.
        (Ok(outcomes), Err(error)) => {
            tracing::error!(%error, "the database has gone with what was just written");
            announce(group, outcomes, Some(&error));
        }
        (Err(error), _) => {
            tracing::error!(%error, batches = group.len(), "cannot write to the database");
            refuse(group, &error);
        }
    }
}

/// Commits all batches that succeed, at once. An error means that none is committed.
fn commit_group(connection: &Connection, batches: &[&[Step]]) -> Result<Vec<Outcome>, StoreError> {
    command(connection, "BEGIN IMMEDIATE")?;
    let outcomes = batches
        .iter()
        .map(|steps| run_batch(connection, steps))
        .collect::<Result<Vec<_>, _>>();
    let committed = outcomes.and_then(|outcomes| command(connection, "COMMIT").map(|()| outcomes));
    if committed.is_err() && !connection.is_autocommit() {
        command(connection, "ROLLBACK")?;
    }
    committed
}

/// Runs one batch; if it is refused, nothing of it remains. The outer error means that the transaction is lost.
fn run_batch(connection: &Connection, steps: &[Step]) -> Result<Outcome, StoreError> {
    command(connection, "SAVEPOINT batch")?;
    let outcome = steps
        .iter()
        .map(|step| step.judge(run(connection, &step.statement)))
        .collect::<Outcome>();
    match outcome {
        Err(error @ StoreError::Unavailable { .. }) => return Err(error),
        Err(_) => command(connection, "ROLLBACK TO batch")?,
        Ok(_) => {}
    }
    command(connection, "RELEASE batch")?;
    Ok(outcome)
}

fn command(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute(()))
        .map(|_| ())
        .map_err(failure)
}

fn run(connection: &Connection, statement: &Statement) -> Result<Done, StoreError> {
    // SQLite numbers `$1` by appearance and `?1` by its number.
    let mut prepared = connection
        .prepare_cached(&statement.sql.replace('$', "?"))
        .map_err(failure)?;
    let params = params_from_iter(&statement.params);
    if prepared.column_count() == 0 {
        let affected = prepared.execute(params).map_err(failure)?;
        return Ok(Done {
            affected: affected as u64,
            rows: Vec::new(),
        });
    }
    let columns = prepared.column_count();
    let mut found = prepared.query(params).map_err(failure)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(failure)? {
        let cell = |column| row.get_ref(column).map_err(failure).and_then(cell);
        rows.push(Row((0..columns).map(cell).collect::<Result<_, _>>()?));
    }
    Ok(Done {
        affected: rows.len() as u64,
        rows,
    })
}

fn cell(value: ValueRef<'_>) -> Result<Value, StoreError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text)
                .map_err(|_| StoreError::internal("a stored text is not UTF-8"))?;
            Ok(Value::from(text))
        }
        ValueRef::Real(_) | ValueRef::Blob(_) => Err(StoreError::internal(
            "a cell holds neither text nor an integer",
        )),
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(rusqlite::types::ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}
