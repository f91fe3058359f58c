//! The real binary, started as its users start it: on a free port, with a directory of its own, until it is dropped.
//!
//! ```no_run
//! # async fn example() {
//! use tokenry_testkit::server::Server;
//!
//! let server = Server::start("target/debug/tokenry");
//! let made = server.admin().post("/services/authorization/tokens", &[("name", "admin"), ("audience", "x")]).await;
//! assert_eq!(made.status, 201);
//! # }
//! ```
//!
//! Readiness is what the server prints; nothing here sleeps. A server whose log says that a thread panicked fails the
//! test that dropped it.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{
    client::{Client, Target},
    fail,
};

/// The administrator's password, unless the builder is given another: the one of the vendor's own examples.
pub const ADMIN_PASSWORD: &str = "Ch#ng3d!";

const PASSWORD_FILE: &str = "admin-password";
/// So that servers that run at once do not want the same port.
const GATE_LISTEN: &str = "TOKENRY_GATE__LISTEN";
const METRICS_LISTEN: &str = "TOKENRY_METRICS__LISTEN";
const CONFIG_FILE: &str = "tokenry.toml";

/// The longest that starting or stopping may take, on the slowest machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a server is to be started.
#[derive(Debug, Clone)]
pub struct Builder {
    binary: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    admin_password: Option<String>,
    config: Option<String>,
}

impl Builder {
    /// Adds an argument behind `serve` and the ones that are always there.
    #[must_use]
    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Sets a variable of its environment, such as `TOKENRY_SESSION__IDLE_TIMEOUT`.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), value.as_ref().into()));
        self
    }

    /// Gives it a configuration file with this text.
    #[must_use]
    pub fn config(mut self, text: &str) -> Self {
        self.config = Some(text.to_owned());
        self
    }

    /// Sets what is logged; `info` unless told otherwise.
    #[must_use]
    pub fn log_level(self, level: &str) -> Self {
        self.env("TOKENRY_LOG__LEVEL", level)
    }

    /// Sets the administrator's password.
    #[must_use]
    pub fn admin_password(mut self, password: &str) -> Self {
        self.admin_password = Some(password.to_owned());
        self
    }

    /// Gives no password: the server makes one and prints it.
    #[must_use]
    pub fn without_admin_password(mut self) -> Self {
        self.admin_password = None;
        self
    }

    /// Starts it, and waits until it is ready.
    #[must_use]
    pub fn start(self) -> Server {
        let made = tempfile::Builder::new().prefix("tokenry-").tempdir();
        let place = made.unwrap_or_else(|error| fail(&format!("no directory: {error}")));
        if let Some(password) = &self.admin_password {
            let written = fs::write(place.path().join(PASSWORD_FILE), password);
            written.unwrap_or_else(|error| fail(&error.to_string()));
        }
        if let Some(config) = &self.config {
            let written = fs::write(place.path().join(CONFIG_FILE), config);
            written.unwrap_or_else(|error| fail(&error.to_string()));
        }
        let Running {
            process,
            address,
            said,
        } = self
            .launch(place.path(), "127.0.0.1:0")
            .unwrap_or_else(|why| fail(&why));
        let target = Arc::new(Target::new(address, &certificate_in(place.path())));
        Server {
            builder: self,
            place,
            process: Some(process),
            said,
            target,
        }
    }

    fn launch(&self, place: &Path, listen: &str) -> Result<Running, String> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(place.join("stderr.log"))
            .map_err(|error| error.to_string())?;
        let mut command = clean_command(&self.binary);
        command
            .arg("serve")
            .arg("--data")
            .arg(place.join("data"))
            .args(["--listen", listen])
            .args(&self.arguments)
            .env(GATE_LISTEN, "127.0.0.1:0")
            .env(METRICS_LISTEN, "127.0.0.1:0")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        if self.admin_password.is_some() {
            command
                .arg("--admin-password-file")
                .arg(place.join(PASSWORD_FILE));
        }
        if self.config.is_some() {
            command.arg("--config").arg(place.join(CONFIG_FILE));
        }
        let started = command.spawn();
        let mut process =
            started.map_err(|error| format!("cannot start {}: {error}", self.binary.display()))?;
        read_start_lines(&mut process)
            .map(|(said, address)| Running {
                process,
                address,
                said,
            })
            .map_err(|why| {
                let log = fs::read_to_string(place.join("stderr.log")).unwrap_or_default();
                format!("the server did not start: {why}\n{log}")
            })
    }
}

struct Running {
    process: Child,
    address: SocketAddr,
    said: Vec<String>,
}

/// A running server, or one that was stopped and can be started again on the same data. Dropping it kills it and
/// removes its data.
#[derive(Debug)]
pub struct Server {
    builder: Builder,
    place: TempDir,
    process: Option<Child>,
    said: Vec<String>,
    target: Arc<Target>,
}

impl Server {
    /// Starts `binary` with nothing special; in the tests of the package `tokenry` that is
    /// `env!("CARGO_BIN_EXE_tokenry")`.
    #[must_use]
    pub fn start(binary: impl AsRef<Path>) -> Self {
        Self::builder(binary).start()
    }

    /// Starts `binary` in a manner of one's own.
    #[must_use]
    pub fn builder(binary: impl AsRef<Path>) -> Builder {
        Builder {
            binary: binary.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            admin_password: Some(ADMIN_PASSWORD.to_owned()),
            config: None,
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.target.address()
    }

    /// Sets a variable of its environment for its next start.
    pub fn set_env(&mut self, name: &str, value: &str) {
        self.builder.environment.push((name.into(), value.into()));
    }

    /// Where its gate listens.
    #[must_use]
    pub fn gate(&self) -> SocketAddr {
        self.said_address("gate")
    }

    /// Where its metrics are.
    #[must_use]
    pub fn metrics(&self) -> SocketAddr {
        self.said_address("metrics")
    }

    fn said_address(&self, what: &str) -> SocketAddr {
        let mut lines = self.said.iter().map(|line| line.split_whitespace());
        let url =
            lines.find_map(|mut words| words.next().filter(|word| *word == what).and(words.next()));
        let address = url.and_then(|url| url.strip_prefix("http://")?.parse().ok());
        address.unwrap_or_else(|| fail(&format!("the server did not say where its {what} is")))
    }

    /// Its port, which is also part of its cookie's name.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address().port()
    }

    /// Its data directory.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// A directory beside its data, for what a test needs; removed with it.
    #[must_use]
    pub fn place(&self) -> &Path {
        self.place.path()
    }

    /// Its certificate, in PEM.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        certificate_in(self.place.path())
    }

    /// What it printed on stdout when it was ready, by line.
    #[must_use]
    pub fn said(&self) -> &[String] {
        &self.said
    }

    /// What it has written to stderr so far, over all its starts.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = fs::read(self.place.path().join("stderr.log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The id of its process. Fails when it is stopped.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        let running = self.process.as_ref();
        running.map_or_else(|| fail("the server is not running"), Child::id)
    }

    /// Another command of the same binary on the same data, in an environment without variables of ours.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = clean_command(&self.builder.binary);
        command
            .args(arguments)
            .env("TOKENRY_DATA", self.data())
            .stdin(Stdio::null());
        if arguments.first() == Some(&"serve") {
            command
                .env(GATE_LISTEN, "127.0.0.1:0")
                .env(METRICS_LISTEN, "127.0.0.1:0");
        }
        command
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let Some(running) = &self.process else {
            fail("the server is not running")
        };
        let sent = kill_process(Pid::from_child(running), signal);
        sent.unwrap_or_else(|error| fail(&format!("cannot send a signal: {error}")));
    }

    /// Asks it to stop, as a service manager does, and waits until it has; fails unless it ends well.
    pub fn stop(&mut self) {
        self.signal(Signal::TERM);
        let status = self.wait();
        if !status.success() {
            fail(&format!("the server ended with {status}:\n{}", self.log()));
        }
    }

    /// Kills it, as a crash does: it can finish nothing.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.wait();
    }

    /// Waits until it has ended by itself or by a signal.
    pub fn wait(&mut self) -> ExitStatus {
        let Some(mut process) = self.process.take() else {
            fail("the server is not running")
        };
        self.target.forget_connections();
        let (ended, end) = mpsc::channel();
        let id = Pid::from_child(&process);
        thread::spawn(move || ended.send(process.wait()));
        match end.recv_timeout(PATIENCE) {
            Ok(Ok(status)) => status,
            Ok(Err(error)) => fail(&format!("cannot wait for the server: {error}")),
            Err(_) => {
                // Nobody waits for the outcome any more.
                let _ = kill_process(id, Signal::KILL);
                fail(&format!("the server did not end:\n{}", self.log()))
            }
        }
    }

    /// Starts it again after [`Server::stop`] or [`Server::kill`], on the same data and, unless it is taken, the same
    /// port. Clients made before go on working.
    pub fn start_again(&mut self) {
        if self.process.is_some() {
            fail("the server is running");
        }
        let same = self.address().to_string();
        let place = self.place.path();
        let started = self
            .builder
            .launch(place, &same)
            .or_else(|_| self.builder.launch(place, "127.0.0.1:0"));
        let running = started.unwrap_or_else(|why| fail(&why));
        self.target.move_to(running.address);
        self.process = Some(running.process);
        self.said = running.said;
    }

    /// [`Server::stop`] and [`Server::start_again`].
    pub fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    /// A client without credentials.
    #[must_use]
    pub fn anonymous(&self) -> Client {
        Client::new(Arc::clone(&self.target))
    }

    /// The administrator, with his password in every request. It is checked every time, which costs CPU: for many
    /// requests take [`Server::admin_session`].
    #[must_use]
    pub fn admin(&self) -> Client {
        self.basic("admin", self.admin_password())
    }

    /// The administrator, signed in.
    pub async fn admin_session(&self) -> Client {
        self.session("admin", self.admin_password()).await
    }

    fn admin_password(&self) -> &str {
        let given = self.builder.admin_password.as_deref();
        given.unwrap_or_else(|| fail("the server was given no password"))
    }

    /// A client with a user name and a password in every request.
    #[must_use]
    pub fn basic(&self, user: &str, password: &str) -> Client {
        self.anonymous().basic(user, password)
    }

    /// A client with a session key that was got by signing in.
    pub async fn session(&self, user: &str, password: &str) -> Client {
        let key = self.session_key(user, password).await;
        self.splunk(&key)
    }

    /// Signs in and gives back the session key; fails when that is refused.
    pub async fn session_key(&self, user: &str, password: &str) -> String {
        let form = [
            ("username", user),
            ("password", password),
            ("output_mode", "json"),
        ];
        let answer = self
            .anonymous()
            .post("/services/auth/login", &form)
            .await
            .expect_status(200);
        let json = answer.json();
        let key = json
            .get("sessionKey")
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned);
        key.unwrap_or_else(|| fail(&format!("no session key: {}", answer.text)))
    }

    /// A client with `Authorization: Bearer …`.
    #[must_use]
    pub fn bearer(&self, token: &str) -> Client {
        self.anonymous().authorization(&format!("Bearer {token}"))
    }

    /// A client with `Authorization: Splunk …`.
    #[must_use]
    pub fn splunk(&self, key: &str) -> Client {
        self.anonymous().authorization(&format!("Splunk {key}"))
    }

    /// A client with the server's own cookie and this value.
    #[must_use]
    pub fn cookie(&self, value: &str) -> Client {
        let cookie = format!("splunkd_{}={value}", self.port());
        self.anonymous().header("cookie", &cookie)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself, which is fine here.
            let _ = process.kill();
            let _ = process.wait();
        }
        if !thread::panicking() && self.log().contains("a thread panicked") {
            fail(&format!("the server panicked:\n{}", self.log()));
        }
    }
}

fn certificate_in(place: &Path) -> PathBuf {
    place.join("data/tls/certificate.pem")
}

/// The binary, in an environment that holds nothing of ours.
fn clean_command(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TOKENRY_") {
            command.env_remove(name);
        }
    }
    command
}

/// Reads stdout up to the last line about the start, and goes on reading so that nothing is ever held up there.
/// Kills the process where that line does not come.
fn read_start_lines(process: &mut Child) -> Result<(Vec<String>, SocketAddr), String> {
    let stdout = process.stdout.take().ok_or("no pipe")?;
    let (told, lines) = mpsc::channel();
    thread::spawn(move || {
        let all = BufReader::new(stdout).lines().map_while(Result::ok);
        // Whoever listened may be gone; the pipe is emptied all the same.
        all.for_each(|line| drop(told.send(line)));
    });
    let end = Instant::now() + PATIENCE;
    let mut said = Vec::new();
    let mut address = None;
    let problem = loop {
        let left = end.saturating_duration_since(Instant::now());
        match lines.recv_timeout(left) {
            Err(mpsc::RecvTimeoutError::Timeout) => break "it was not ready in time",
            Err(mpsc::RecvTimeoutError::Disconnected) => break "it ended",
            Ok(line) => {
                let mut words = line.split_whitespace();
                let first = words.next();
                if first == Some("address") {
                    let url = words.next().unwrap_or_default();
                    address = url
                        .split_once("://")
                        .and_then(|(_, address)| address.parse().ok());
                }
                said.push(line.clone());
                // The last line: of the administrator, unless a password was made for him.
                let is_last =
                    first == Some("password") || first == Some("admin") && line.contains('(');
                if let (true, Some(address)) = (is_last, address) {
                    return Ok((said, address));
                }
            }
        }
    };
    let _ = process.kill();
    let status = process.wait();
    Err(format!("{problem} ({status:?}), having said {said:?}"))
}
