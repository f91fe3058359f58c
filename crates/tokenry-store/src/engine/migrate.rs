//! The schema: one text for both databases, and the few words in it that each spells differently.
//!
//! | in the text   | SQLite                        | PostgreSQL                          | why |
//! |---------------|-------------------------------|-------------------------------------|-----|
//! | `TEXT`        | `TEXT`                        | `TEXT COLLATE "C"`                  | sorts by bytes on both, whatever the cluster's locale |
//! | `BIGINT`      | `INTEGER`                     | `BIGINT`                            | `STRICT` tables know no other name |
//! | `)` + `;` at the end of a table | `) STRICT;` | `);`                                | SQLite, too, refuses a value of the wrong type |
//! | `NEW_EPOCH`   | `lower(hex(randomblob(16)))`  | `replace(gen_random_uuid()::text, '-', '')` | names this database; no secret |
//!
//! Not here: down-migrations (restore a backup), and repairs of schemas that others have edited.

use refinery::{Migration, Runner, error::Kind};
use rusqlite::Connection;
use tokio_postgres::Client;

use super::OpenError;

/// Every released step of the schema, oldest first. A released one is never edited.
const MIGRATIONS: &[(&str, &str)] = &[
    ("V1__init", include_str!("../../migrations/V1__init.sql")),
    (
        "V2__personas",
        include_str!("../../migrations/V2__personas.sql"),
    ),
    ("V3__gate", include_str!("../../migrations/V3__gate.sql")),
    (
        "V4__console",
        include_str!("../../migrations/V4__console.sql"),
    ),
];

/// Brings an SQLite file up to date.
pub(crate) fn sqlite(connection: &mut Connection) -> Result<(), OpenError> {
    runner(for_sqlite)?
        .run(connection)
        .map(|_| ())
        .map_err(explain)
}

/// Brings a PostgreSQL database up to date. The caller sees to it that nobody else does so at the same time.
pub(crate) async fn postgres(client: &mut Client) -> Result<(), OpenError> {
    runner(for_postgres)?
        .run_async(client)
        .await
        .map(|_| ())
        .map_err(explain)
}

/// All steps in one transaction, each with its line in the history: a crash leaves the old schema or the new one.
fn runner(spell: impl Fn(&str) -> String) -> Result<Runner, OpenError> {
    let spelled = MIGRATIONS
        .iter()
        .map(|(name, sql)| Migration::unapplied(name, &spell(sql)));
    let migrations = spelled.collect::<Result<Vec<_>, _>>().map_err(explain)?;
    Ok(Runner::new(&migrations).set_grouped(true))
}

fn for_sqlite(sql: &str) -> String {
    sql.replace(" BIGINT", " INTEGER")
        .replace("\n);", "\n) STRICT;")
        .replace("NEW_EPOCH", "lower(hex(randomblob(16)))")
}

fn for_postgres(sql: &str) -> String {
    sql.replace(" TEXT", " TEXT COLLATE \"C\"")
        .replace("NEW_EPOCH", "replace(gen_random_uuid()::text, '-', '')")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "used as a function of `map_err`"
)]
fn explain(error: refinery::Error) -> OpenError {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    match error.kind() {
        Kind::MissingVersion(found) if i64::from(found.version()) > known => {
            OpenError::NewerSchema {
                found: found.version().into(),
                known,
            }
        }
        Kind::DivergentVersion(..) | Kind::MissingVersion(_) => {
            OpenError::ForeignSchema(error.to_string())
        }
        _ => OpenError::unavailable(&error),
    }
}

/// Schemas of old, for tests of what becomes of the data in them.
#[cfg(test)]
pub(crate) mod past {
    use refinery::Target;

    use super::{Client, Connection, for_postgres, for_sqlite, runner};

    /// Brings an SQLite file up to this version only.
    pub(crate) fn sqlite(connection: &mut Connection, version: i32) {
        let runner = runner(for_sqlite).unwrap();
        let target = Target::Version(version);
        runner.set_target(target).run(connection).unwrap();
    }

    /// Brings a PostgreSQL database up to this version only.
    pub(crate) async fn postgres(client: &mut Client, version: i32) {
        let runner = runner(for_postgres).unwrap();
        let target = Target::Version(version);
        runner.set_target(target).run_async(client).await.unwrap();
    }
}
