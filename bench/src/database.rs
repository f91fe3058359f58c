//! SQL beside the server's back: a database filled at once, and the bare program that commits what the server commits.
//!
//! Only ever on a database that no server has open.

mod revocation;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use rusqlite::{Connection, Params, Statement, Transaction, types::Value};
use tempfile::TempDir;
use tokenry_core::id::UserId;

pub(crate) use self::revocation::{Traces, revoke_bare, traces};

/// How [`fill`] deals the tokens out to its ten owners.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Share {
    /// Each gets as many.
    Alike,
    /// The first gets half of them.
    HalfToTheFirst,
}

impl Share {
    /// The place of the owner of the token at the place `n`.
    fn place(self) -> &'static str {
        match self {
            Self::Alike => "n % 10",
            Self::HalfToTheFirst => "CASE WHEN n % 2 = 0 THEN 0 ELSE 1 + n / 2 % 9 END",
        }
    }
}

/// The name of the first of them.
pub(crate) const FIRST_OWNER: &str = "owner0";

/// The number of the first of them; the others follow. Far beyond those that a server has given out.
const FIRST: i64 = 900_000;

/// Their places, and their names.
const OWNER: &str = "SELECT column1, 'owner' || column1 FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";

/// How the server opens its database for writing.
const AS_THE_SERVER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
    PRAGMA wal_autocheckpoint = 8192; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;";

/// The id of the first of them.
pub(crate) fn first_owner() -> UserId {
    UserId::from_number(FIRST)
}

/// A folder for a database, removed when it is dropped.
pub(crate) fn place() -> anyhow::Result<TempDir> {
    Ok(tempfile::Builder::new()
        .prefix("tokenry-bench-")
        .tempdir()?)
}

/// Adds the owners, and tokens until there are so many in all. Indexes are made anew behind, which is many times
/// quicker than to keep them up to date.
pub(crate) fn fill(path: &Path, tokens: u32, share: Share) -> anyhow::Result<Duration> {
    let begin = Instant::now();
    let mut connection = Connection::open(path)?;
    // It need not survive a crash.
    connection.execute_batch(
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA temp_store = MEMORY;",
    )?;
    let all = connection.transaction()?;
    let missing =
        tokens.saturating_sub(all.query_row("SELECT count(*) FROM tokens", (), |row| row.get(0))?);
    let indexes = drop_indexes(&all)?;
    all.execute_batch(&format!(
        "INSERT INTO users (id, name, roles, locked, token_epoch, created, profile, tokens) \
         WITH owners(place, subject) AS ({OWNER}) SELECT {FIRST} + place, subject, '[\"user\"]', 0, 0, 0, '{{}}', 0 FROM owners"
    ))?;
    all.execute(&insert_tokens(share), [missing])?;
    finish(all, &indexes)?;
    connection.pragma_update(None, "wal_checkpoint", "TRUNCATE")?;
    Ok(begin.elapsed())
}

/// Gives every token a name and a note of its own, and disables one in a hundred thousand.
pub(crate) fn describe(path: &Path) -> anyhow::Result<()> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA synchronous = OFF; \
         UPDATE tokens SET name = 'job ' || number, \
         notes = 'deploy of service ' || (number * 7919 % 10007) || '-' || (number % 1000) || '-, team ' || owner; \
         UPDATE tokens SET status = 'disabled' WHERE number % 100000 = 77;",
    )?;
    connection.pragma_update(None, "wal_checkpoint", "TRUNCATE")?;
    Ok(())
}

/// The statements that make the indexes of tokens, which are dropped: to make them anew behind is many times quicker than
/// to keep them up to date.
pub(crate) fn drop_indexes(all: &Transaction<'_>) -> anyhow::Result<Vec<String>> {
    let indexes: Vec<(String, String)> = all
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'tokens' AND sql <> ''")?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (name, _) in &indexes {
        all.execute(&format!("DROP INDEX {name}"), ())?;
    }
    Ok(indexes.into_iter().map(|(_, sql)| sql).collect())
}

/// Makes the indexes anew, counts the tokens, and commits.
pub(crate) fn finish(all: Transaction<'_>, indexes: &[String]) -> anyhow::Result<()> {
    for sql in indexes {
        all.execute(sql, ())?;
    }
    all.execute_batch(
        "UPDATE users SET tokens = (SELECT count(*) FROM tokens WHERE owner = users.id); \
         UPDATE head SET tokens = (SELECT count(*) FROM tokens), token_number = (SELECT max(number) FROM tokens);",
    )?;
    Ok(all.commit()?)
}

/// Sorted by id, so that the table grows at one end. A third never expires, the others within a year. Numbers go on
/// behind the last one.
fn insert_tokens(share: Share) -> String {
    let place = share.place();
    format!(
        "INSERT INTO tokens (id, owner, subject, audience, issuer, identity_provider, key_id, version, issued_at, \
         not_before, expires, status, last_used, last_used_address, number) \
         WITH RECURSIVE counted(n) AS (SELECT 0 WHERE ?1 > 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < ?1), \
         owners(place, subject) AS ({OWNER}) \
         SELECT lower(hex(randomblob(32))), {FIRST} + place, subject, 'service-' || n, 'admin from tokenry.example.org', \
         'splunk', 'splunk.secret', 'v1', 1780000000 + n, 1780000000 + n, \
         CASE WHEN n % 3 = 0 THEN 0 ELSE 1790000000 + abs(random()) % 31536000 END, 'enabled', 0, '', \
         token_number + 1 + n FROM counted JOIN owners ON place = {place} JOIN head ORDER BY 1"
    )
}

/// So many tokens, created in such a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Created {
    pub(crate) count: u32,
    pub(crate) took: Duration,
}

impl Created {
    /// How many in a second.
    pub(crate) fn rate(self) -> f64 {
        f64::from(self.count) / self.took.as_secs_f64()
    }
}

/// A bare program that commits what the server commits for a new token, with the same durability, and does nothing
/// else: no HTTP, no checks, no signature.
pub(crate) struct Bare {
    connection: Connection,
    token: Record,
    event: Record,
}

/// A row to be written again and again.
struct Record {
    insert: String,
    columns: Vec<String>,
    values: Vec<Value>,
}

impl Bare {
    /// Opens a database in which a server has created a token, as a model.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(AS_THE_SERVER)?;
        let token = Record::last_of(&connection, "tokens", "issued_at")?;
        let event = Record::last_of(&connection, "audit", "sequence")?;
        Ok(Self {
            connection,
            token,
            event,
        })
    }

    /// Commits creations for so long, so many at a time.
    pub(crate) fn commit_for(&mut self, long: Duration, group: u32) -> anyhow::Result<Created> {
        let Self {
            connection,
            token,
            event,
        } = self;
        let mut writing = Writing::prepare(connection, token, event)?;
        let mut count = 0;
        let begin = Instant::now();
        while begin.elapsed() < long {
            writing.commit(group)?;
            count += group;
        }
        Ok(Created {
            count,
            took: begin.elapsed(),
        })
    }
}

struct Writing<'a> {
    begin: Statement<'a>,
    commit: Statement<'a>,
    id: Statement<'a>,
    head: Statement<'a>,
    owner: Statement<'a>,
    insert_token: Statement<'a>,
    insert_event: Statement<'a>,
    token: &'a mut Record,
    event: &'a mut Record,
}

impl<'a> Writing<'a> {
    fn prepare(
        connection: &'a Connection,
        token: &'a mut Record,
        event: &'a mut Record,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            id: connection.prepare("SELECT lower(hex(randomblob(32)))")?,
            head: connection.prepare(
                "UPDATE head SET audit = audit + 1, tokens = tokens + 1, token_number = token_number + 1 \
                RETURNING audit, token_number",
            )?,
            owner: connection.prepare("UPDATE users SET tokens = tokens + 1 WHERE id = ?1")?,
            insert_token: connection.prepare(&token.insert)?,
            insert_event: connection.prepare(&event.insert)?,
            token,
            event,
        })
    }

    fn commit(&mut self, group: u32) -> anyhow::Result<()> {
        run(&mut self.begin, ())?;
        for _ in 0..group {
            self.create()?;
        }
        run(&mut self.commit, ())
    }

    fn create(&mut self) -> anyhow::Result<()> {
        let id: Value = self.id.query_row((), |row| row.get(0))?;
        let (sequence, number): (Value, Value) = self
            .head
            .query_row((), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let owner = self.token.value("owner")?.clone();
        *self.token.value("id")? = id.clone();
        *self.token.value("number")? = number;
        *self.event.value("token")? = id;
        *self.event.value("sequence")? = sequence;
        run(&mut self.owner, [owner])?;
        run(
            &mut self.insert_token,
            rusqlite::params_from_iter(&self.token.values),
        )?;
        run(
            &mut self.insert_event,
            rusqlite::params_from_iter(&self.event.values),
        )
    }
}

fn run(statement: &mut Statement<'_>, params: impl Params) -> anyhow::Result<()> {
    statement.execute(params)?;
    Ok(())
}

impl Record {
    /// The newest row of a table.
    fn last_of(connection: &Connection, table: &str, order: &str) -> anyhow::Result<Self> {
        let mut select = connection.prepare(&format!(
            "SELECT * FROM {table} ORDER BY {order} DESC LIMIT 1"
        ))?;
        let columns: Vec<String> = select.column_names().map(str::to_owned).collect();
        let values = select.query_row((), |row| {
            (0..columns.len()).map(|column| row.get(column)).collect()
        })?;
        let places = vec!["?"; columns.len()].join(", ");
        let insert = format!(
            "INSERT INTO {table} ({}) VALUES ({places})",
            columns.join(", ")
        );
        Ok(Self {
            insert,
            columns,
            values,
        })
    }

    fn value(&mut self, column: &str) -> anyhow::Result<&mut Value> {
        let at = self.columns.iter().position(|name| name == column);
        let value = at.and_then(|at| self.values.get_mut(at));
        value.with_context(|| format!("no column {column}"))
    }
}
