//! A real, private PostgreSQL for tests: one server per test process, an empty database per test.
//!
//! The server lives in a temporary directory, listens on a unix socket only, and never survives the test process: a
//! small shell script started beside it reads from a pipe that only this process holds open, and tears everything
//! down when that pipe closes, however the process ended.
//!
//! Without PostgreSQL the tests that need it fail and say how to install it; they are never skipped.
//!
//! Not here: a client. Tests bring their own.

use std::{
    io::{BufRead, BufReader},
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// What to do where there is no PostgreSQL.
const HOW_TO_INSTALL: &str = "PostgreSQL 15 or later is needed for this test and neither PATH nor \
    /usr/lib/postgresql/*/bin has it. Install it with `apt-get install postgresql` (Debian, Ubuntu) or `dnf install \
    postgresql-server` (Fedora); no service needs to run";

/// Makes an empty database on the server that all tests of this process share, and returns its URL.
#[must_use]
pub fn database() -> String {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(Server::start).database()
}

/// A PostgreSQL server of one's own, for tests that stop it or change its configuration.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    directory: PathBuf,
    user: Option<Account>,
    /// Holds the pipe whose end ends the server.
    _guard: Child,
}

impl Server {
    /// Starts a server with an empty cluster. Takes about a second.
    #[must_use]
    pub fn start() -> Self {
        let programs = find_programs().unwrap_or_else(|| fail(HOW_TO_INSTALL));
        let directory = temporary_directory();
        let user = Account::for_server(&directory);
        if let Some(account) = &user {
            chown(&directory, Some(account.user), Some(account.group))
                .unwrap_or_else(|error| fail(&error.to_string()));
        }
        let guard = start_guarded(&programs, &directory, user.as_ref());
        Self {
            programs,
            directory,
            user,
            _guard: guard,
        }
    }

    /// Makes an empty database and returns its URL.
    #[must_use]
    pub fn database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.sql(&format!("CREATE DATABASE {name}"));
        let host = self.directory.to_string_lossy().replace('/', "%2F");
        format!("postgresql://postgres@{host}/{name}")
    }

    /// Runs SQL as the superuser, outside the tested product, and returns what it prints, unaligned.
    #[expect(clippy::must_use_candidate, reason = "it is often run for its effect")]
    pub fn sql(&self, text: &str) -> String {
        self.sql_in("postgres", text)
    }

    /// The same in the database of this name, or of this URL.
    #[expect(clippy::must_use_candidate, reason = "it is often run for its effect")]
    pub fn sql_in(&self, database: &str, text: &str) -> String {
        let name = database.rsplit('/').next().unwrap_or(database);
        let mut psql = self.command("psql");
        psql.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "postgres",
            "-d",
            name,
            "-c",
            text,
            "-h",
        ]);
        run(psql.arg(&self.directory))
    }

    /// Stops the server at once, as a crash would: open connections break, nothing is written any more.
    pub fn crash(&self) {
        run(self
            .command("pg_ctl")
            .args(["stop", "-m", "immediate", "-D"])
            .arg(self.directory.join("data")));
    }

    /// Starts the server again after [`Server::crash`].
    pub fn revive(&self) {
        run(self
            .command("pg_ctl")
            .args(start_arguments(&self.directory)));
    }

    fn command(&self, program: &str) -> Command {
        as_user(self.user.as_ref(), &self.programs.join(program))
    }
}

/// Initialises the cluster, starts it, and leaves a shell behind that ends it with the pipe to its standard input.
fn start_guarded(programs: &Path, directory: &Path, user: Option<&Account>) -> Child {
    const SCRIPT: &str = r#"
        trap "" HUP INT TERM # whoever ends the test ends the pipe, and only that counts
        programs=$1; directory=$2; shift 2
        exec 2>"$directory/setup.log"
        "$programs/initdb" --no-sync -A trust -U postgres -E UTF8 --locale=C.UTF-8 -D "$directory/data" >&2 &&
            "$programs/pg_ctl" "$@" >&2 && echo ready || { cat "$directory/setup.log"; echo failed; }
        cat >/dev/null
        "$programs/pg_ctl" stop -m immediate -D "$directory/data" >&2
        rm -rf "$directory"
    "#;
    let mut child = as_user(user, Path::new("/bin/sh"))
        .args(["-c", SCRIPT, "guard"])
        .args([programs, directory])
        .args(start_arguments(directory))
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| fail(&format!("cannot start PostgreSQL: {error}")));
    wait_until_ready(&mut child);
    child
}

fn wait_until_ready(child: &mut Child) {
    let mut said = String::new();
    for line in BufReader::new(child.stdout.take().unwrap_or_else(|| fail("no pipe"))).lines() {
        match line
            .unwrap_or_else(|error| fail(&error.to_string()))
            .as_str()
        {
            "ready" => return,
            "failed" => break,
            line => said = format!("{said}\n{line}"),
        }
    }
    fail(&format!("PostgreSQL did not start:{said}"))
}

fn start_arguments(directory: &Path) -> Vec<String> {
    let directory = directory.display();
    // Durability is not what these tests are about; `sql` can turn fsync on where it is.
    let options = format!(
        "-c listen_addresses= -c unix_socket_directories={directory} -c fsync=off -c max_connections=200"
    );
    let words = [
        "start",
        "-w",
        "-D",
        &format!("{directory}/data"),
        "-l",
        &format!("{directory}/server.log"),
        "-o",
        &options,
    ];
    words.map(str::to_owned).into()
}

/// The directory of `initdb`, `pg_ctl` and `psql`: the newest installed one.
fn find_programs() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&on_path).collect::<Vec<_>>();
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut debian = versions
        .map(|version| version.path().join("bin"))
        .collect::<Vec<_>>();
    debian.sort_by_key(|bin| std::cmp::Reverse(version_of(bin)));
    let complete = |bin: &PathBuf| {
        ["initdb", "pg_ctl", "psql"]
            .iter()
            .all(|program| bin.join(program).exists())
    };
    on_path.into_iter().chain(debian).find(complete)
}

fn version_of(bin: &Path) -> Option<u32> {
    bin.parent()?.file_name()?.to_str()?.parse().ok()
}

/// A directory with a short name (a socket's path has at most 107 bytes) that the guard removes in the end.
fn temporary_directory() -> PathBuf {
    let made = tempfile::Builder::new()
        .prefix("tokenry-pg-")
        .tempdir_in("/tmp");
    made.unwrap_or_else(|error| fail(&error.to_string())).keep()
}

/// Somebody else to run the server as: PostgreSQL refuses to run as root.
#[derive(Debug)]
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// `postgres` where we are root, nobody else where we are not. The directory just made tells who we are.
    fn for_server(directory: &Path) -> Option<Self> {
        let ours = std::fs::metadata(directory)
            .unwrap_or_else(|error| fail(&error.to_string()))
            .uid();
        (ours == 0).then(|| Self {
            user: id_of("-u"),
            group: id_of("-g"),
        })
    }
}

fn id_of(which: &str) -> u32 {
    let printed = run(Command::new("id").args([which, "postgres"]));
    printed
        .trim()
        .parse()
        .unwrap_or_else(|_| fail("there is no account `postgres` to run the server as"))
}

fn as_user(user: Option<&Account>, program: &Path) -> Command {
    let Some(account) = user else {
        return Command::new(program);
    };
    let mut command = Command::new("setpriv");
    command.args([
        format!("--reuid={}", account.user),
        format!("--regid={}", account.group),
    ]);
    command
        .args(["--clear-groups", "--"])
        .arg(program)
        .current_dir("/");
    command
}

fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| fail(&format!("cannot run {command:?}: {error}")));
    if !output.status.success() {
        fail(&format!(
            "{command:?} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[expect(clippy::panic, reason = "a test kit fails the test by panicking")]
fn fail(why: &str) -> ! {
    panic!("{why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_survives_a_crash_and_is_gone_with_its_guard() {
        let server = Server::start();
        let database = server.database();
        assert_eq!(server.sql_in(&database, "SELECT 1 + 1"), "2\n");
        server.crash();
        server.revive();
        assert_eq!(server.sql_in(&database, "SELECT 1 + 1"), "2\n");

        let Server {
            directory,
            _guard: mut guard,
            ..
        } = server;
        drop(guard.stdin.take());
        guard.wait().unwrap();
        assert!(!directory.exists());
    }
}
