//! A connection to the database file that mends itself, and the files it stands on.
//!
//! A connection goes on writing to a file that somebody has deleted, and nobody would ever read it again. So before
//! each use, and after each commit, the session looks whether the path still leads to the file it opened; while it does not,
//! nothing is answered but `Unavailable`.
//!
//! Not here: what is read or written.

use std::{
    fs::{self, File, OpenOptions, Permissions, TryLockError},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::super::{OpenError, StoreError, migrate};

/// Prepared statements kept for each connection; more than there are.
const STATEMENTS: usize = 512;

/// What every connection is set to. Another process, such as a backup, may hold a lock for a while.
const EVERY: &str = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; \
    PRAGMA trusted_schema = OFF;";
const READER: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -16384;";
/// A large log lets pages that many commits touch be written back once.
const WRITER: &str = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8192; \
    PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -65536;";

/// The mode of every file here.
const OWNER_ONLY: u32 = 0o600;

/// Keeps other processes from opening the same database: they would change it behind our verifiers' backs.
#[derive(Debug)]
pub(super) struct Lock {
    _held: File,
    /// Nobody had opened the database before: its lock was not there.
    is_new: bool,
}

impl Lock {
    pub(super) fn take(database: &Path) -> Result<Self, OpenError> {
        let path = beside(database, "-lock");
        let is_new = !path.exists();
        let file = private()
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(OpenError::unavailable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self {
                _held: file,
                is_new,
            }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(database.display().to_string())),
            Err(TryLockError::Error(error)) => Err(OpenError::unavailable(error)),
        }
    }

    /// Refuses a file that was in use once and holds nothing now (NT-75). SQLite would take it for a new database,
    /// and remove what is left in its log.
    pub(super) fn check_contents(&self, database: &Path) -> Result<(), OpenError> {
        let was_used = !self.is_new || beside(database, "-wal").exists();
        let is_empty = fs::metadata(database).is_ok_and(|found| found.len() == 0);
        if was_used && is_empty {
            return Err(OpenError::Emptied(database.display().to_string()));
        }
        Ok(())
    }
}

/// The database file and its write-ahead log, as they were when opened.
#[derive(Debug)]
pub(super) struct Files {
    path: PathBuf,
    identity: Identity,
    wal: Mutex<Wal>,
}

/// Device and inode.
type Identity = (u64, u64);

/// The write-ahead log lives as long as any session is open; the first one to open sees which file it is.
#[derive(Debug, Default)]
struct Wal {
    sessions: usize,
    identity: Option<Identity>,
}

impl Files {
    /// Makes the file unless it exists, and lets nobody but its owner read it. SQLite gives its companions the same
    /// mode.
    pub(super) fn create(path: &Path) -> Result<Arc<Self>, OpenError> {
        // An existing file must not be opened by anybody but SQLite: closing it would end SQLite's locks on it.
        if let Err(error) = private().create_new(true).open(path)
            && error.kind() != io::ErrorKind::AlreadyExists
        {
            return Err(OpenError::unavailable(format_args!(
                "{}: {error}",
                path.display()
            )));
        }
        fs::set_permissions(path, Permissions::from_mode(OWNER_ONLY))
            .map_err(OpenError::unavailable)?;
        let identity = identity(path).map_err(OpenError::unavailable)?;
        Ok(Arc::new(Self {
            path: path.to_owned(),
            identity,
            wal: Mutex::default(),
        }))
    }

    fn wal_identity(&self) -> Result<Identity, StoreError> {
        identity(&beside(&self.path, "-wal"))
    }

    /// Whether the path still leads to the file that was opened.
    fn check_database(&self) -> Result<(), StoreError> {
        if identity(&self.path)? == self.identity {
            return Ok(());
        }
        Err(StoreError::unavailable(
            "the database file has been replaced; put it back or restart",
        ))
    }

    fn check_wal(&self) -> Result<(), StoreError> {
        let known = self
            .wal
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .identity;
        if known == Some(self.wal_identity()?) {
            return Ok(());
        }
        Err(StoreError::unavailable(
            "the write-ahead log has been replaced",
        ))
    }

    /// Opens a connection for a session. As long as others use a log, it must be the same one.
    fn connect(&self, mode: Mode) -> Result<Connection, StoreError> {
        self.check_database()?;
        let mut wal = self.wal.lock().unwrap_or_else(PoisonError::into_inner);
        if wal.sessions > 0 && wal.identity != Some(self.wal_identity()?) {
            return Err(StoreError::unavailable(
                "a write-ahead log that has been replaced is still in use",
            ));
        }
        let connection = connect(&self.path, mode).map_err(failure)?;
        *wal = Wal {
            sessions: wal.sessions + 1,
            identity: Some(self.wal_identity()?),
        };
        Ok(connection)
    }

    /// Closes a connection. The last one saves what is in the log, even if somebody has removed the log.
    fn disconnect(&self, connection: Connection) {
        let mut wal = self.wal.lock().unwrap_or_else(PoisonError::into_inner);
        drop(connection);
        wal.sessions -= 1;
    }
}

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    Write,
}

/// A connection that is opened again when it has to be.
#[derive(Debug)]
pub(super) struct Session {
    files: Arc<Files>,
    mode: Mode,
    connection: Option<Connection>,
}

impl Session {
    pub(super) fn open(files: Arc<Files>, mode: Mode) -> Result<Self, StoreError> {
        let mut session = Self {
            files,
            mode,
            connection: None,
        };
        session.reopen()?;
        Ok(session)
    }

    /// Brings the schema up to date.
    pub(super) fn migrate(&mut self) -> Result<(), OpenError> {
        match &mut self.connection {
            Some(connection) => migrate::sqlite(connection),
            None => Err(OpenError::unavailable("the database is closed")),
        }
    }

    /// Uses the connection. After trouble that may pass it is closed, and opened again the next time.
    pub(super) fn with<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.check_files()?;
        if self.connection.is_none() {
            self.reopen()?;
        }
        let Some(connection) = &self.connection else {
            return Err(StoreError::unavailable("the database is closed"));
        };
        let result = work(connection);
        if !connection.is_autocommit() || matches!(result, Err(StoreError::Unavailable { .. })) {
            self.close();
        }
        result
    }

    /// Without its log a connection is useless, and must go before anybody can open a new log. Without its database
    /// it is kept: the file may come back, and if it does not, its contents are gone with the last connection.
    pub(super) fn check_files(&mut self) -> Result<(), StoreError> {
        self.files.check_database()?;
        if self.connection.is_some()
            && let Err(error) = self.files.check_wal()
        {
            self.close();
            return Err(error);
        }
        Ok(())
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        self.connection = Some(self.files.connect(self.mode)?);
        Ok(())
    }

    fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.files.disconnect(connection);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close();
    }
}

fn connect(path: &Path, mode: Mode) -> rusqlite::Result<Connection> {
    // Readers, too, are opened for writing: only such a connection can save the log when it is the last to close.
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.execute_batch(EVERY)?;
    match mode {
        Mode::Read => connection.execute_batch(READER)?,
        Mode::Write => {
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| {
                row.get::<_, String>(0)
            })?;
            connection.execute_batch(WRITER)?;
            save_log(&connection);
        }
    }
    // The log is opened by the first read.
    connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| {
        row.get::<_, i64>(0)
    })?;
    Ok(connection)
}

/// Brings what is in the log into the database, so that the log begins anew. On a full disk that may make the room
/// that is missing; if it does not, nothing is lost.
fn save_log(connection: &Connection) {
    let saved = connection.query_row("PRAGMA wal_checkpoint", (), |row| row.get::<_, i64>(0));
    if let Err(error) = saved {
        tracing::warn!(%error, "the write-ahead log cannot be brought into the database now");
    }
}

/// What an error of SQLite means to us.
pub(super) fn failure(error: rusqlite::Error) -> StoreError {
    let Some(failure) = error.sqlite_error() else {
        return StoreError::internal(error);
    };
    match failure.code {
        ErrorCode::ConstraintViolation => match failure.extended_code {
            ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_FOREIGNKEY => StoreError::Conflict {
                why: "it conflicts with another record",
            },
            _ => StoreError::internal(error),
        },
        code if may_pass(code) => StoreError::unavailable(error),
        _ if is_cut_off(&error) => StoreError::unavailable(error),
        _ => StoreError::internal(error),
    }
}

/// Whether a table is missing. The tests prepare every statement on the schema, so the file is not whole: somebody has
/// cut it off, or is putting it back just now.
fn is_cut_off(error: &rusqlite::Error) -> bool {
    error.to_string().contains("no such table")
}

/// Whether the trouble lies outside: with the disk, the file, or another process.
fn may_pass(code: ErrorCode) -> bool {
    use ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull,
        FileLockingProtocolFailed, NotADatabase, OperationInterrupted, OutOfMemory,
        PermissionDenied, ReadOnly, SystemIoFailure,
    };
    matches!(
        code,
        CannotOpen
            | DatabaseBusy
            | DatabaseCorrupt
            | DatabaseLocked
            | DiskFull
            | FileLockingProtocolFailed
            | NotADatabase
            | OperationInterrupted
            | OutOfMemory
            | PermissionDenied
            | ReadOnly
            | SystemIoFailure
    )
}

/// Options to make a file that only its owner may read.
fn private() -> OpenOptions {
    let mut options = File::options();
    options.write(true).mode(OWNER_ONLY);
    options
}

fn identity(path: &Path) -> Result<Identity, StoreError> {
    let found = fs::metadata(path);
    let found = found
        .map_err(|error| StoreError::unavailable(format_args!("{}: {error}", path.display())))?;
    Ok((found.dev(), found.ino()))
}

/// The companion of the database file with this suffix.
fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nt75_a_file_without_its_tables_is_missed_and_no_defect_of_ours() {
        let empty = Connection::open_in_memory().unwrap();
        let missing = failure(empty.prepare("SELECT 1 FROM tokens").unwrap_err());
        assert!(
            matches!(missing, StoreError::Unavailable { .. }),
            "{missing:?}"
        );
        let wrong = failure(empty.prepare("SELEKT 1").unwrap_err());
        assert!(matches!(wrong, StoreError::Internal { .. }), "{wrong:?}");
    }
}
