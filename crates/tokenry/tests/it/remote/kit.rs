//! A person at a terminal that is none: a home, and the binary.

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tokenry_testkit::server::{ADMIN_PASSWORD, Server};

use crate::kit::BINARY;

/// What a finished command left behind.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(super) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        self
    }

    /// The document on stdout, which must be one.
    #[track_caller]
    pub(super) fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails unless each of these is said on stderr.
    #[track_caller]
    pub(super) fn says(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.stderr.contains(word), "{word}: {self:?}");
        }
        self
    }
}

/// Somebody with a home of his own and a server to ask.
pub(super) struct Person {
    home: TempDir,
    server: String,
    certificate: PathBuf,
}

impl Person {
    /// Somebody who is not signed in.
    pub(super) fn stranger(server: &Server) -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            server: format!("https://{}", server.address()),
            certificate: server.certificate(),
        }
    }

    /// The administrator, signed in.
    pub(super) fn admin(server: &Server) -> Self {
        let person = Self::stranger(server);
        person.sign_in("admin", ADMIN_PASSWORD);
        person
    }

    /// Signs in.
    pub(super) fn sign_in(&self, user: &str, password: &str) {
        let mut login = self.command(&["login", "--user", user]);
        login.env("TOKENRY_PASSWORD", password);
        Ended::of(login.output().unwrap()).expect(0);
    }

    /// A command in an environment that holds nothing else of ours.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command
            .env("TOKENRY_SERVER", &self.server)
            .env("TOKENRY_CA", &self.certificate);
        command
    }

    /// The same without the address of the server and its certificate.
    pub(super) fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TOKENRY_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .env("HOME", self.home.path())
            .env_remove("XDG_STATE_HOME")
            .env("TOKENRY_DATA", self.home.path().join("nothing"))
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }

    /// Runs it, and reads its JSON.
    #[track_caller]
    pub(super) fn json<T: DeserializeOwned>(&self, arguments: &[&str]) -> T {
        let arguments = [arguments, &["--output", "json"]].concat();
        self.run(&arguments).expect(0).json()
    }

    /// A path in the home.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file into the home.
    pub(super) fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Where the session is kept.
    pub(super) fn session(&self) -> PathBuf {
        self.path(".local/state/tokenry/session.toml")
    }

    /// The key of the session, to look for it where it must not be.
    pub(super) fn key(&self) -> String {
        let text = fs::read_to_string(self.session()).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("key = \""));
        line.unwrap().trim_end_matches('"').to_owned()
    }
}

/// Runs a command to its end.
pub(super) fn end(mut command: Command) -> Ended {
    Ended::of(command.output().unwrap())
}

/// Runs a command that reads something.
pub(super) fn end_with_input(mut command: Command, input: &str) -> Ended {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // A command that does not want it may have ended already.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    Ended::of(process.wait_with_output().unwrap())
}
