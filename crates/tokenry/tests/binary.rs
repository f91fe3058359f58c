//! The binary as its users meet it: started, asked, stopped; its exit codes, and what it writes where.

#![expect(clippy::unwrap_used, reason = "a failed assumption fails the test")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The binary, in an environment that holds nothing of ours.
fn tokenry(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenry"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TOKENRY_") {
            command.env_remove(name);
        }
    }
    command
        .args(args)
        .env("TOKENRY_DATA", data)
        .stdin(Stdio::null());
    command
}

fn run(data: &Path, args: &[&str]) -> Output {
    tokenry(data, args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A server that is ready, in plain HTTP on a free port.
struct Server {
    process: Child,
    address: String,
    _data: TempDir,
}

impl Server {
    fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut process = tokenry(data.path(), &["serve", "--listen", "127.0.0.1:0"])
            .env("TOKENRY_SERVER__PLAINTEXT", "true")
            .env("TOKENRY_LOG__LEVEL", "trace")
            .env("TOKENRY_LOG__FORMAT", "json")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.as_mut().unwrap()).lines();
        let address = lines
            .map(Result::unwrap)
            .find_map(|line| Some(line.split_once("http://")?.1.to_owned()))
            .unwrap();
        Self {
            process,
            address,
            _data: data,
        }
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Stops it and gives back its log.
    fn stop(mut self) -> String {
        let id = Pid::from_child(&self.process);
        kill_process(id, Signal::TERM).unwrap();
        let mut log = String::new();
        let stderr = self.process.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut log).unwrap();
        assert!(self.process.wait().unwrap().success());
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After a failed assertion; otherwise it has ended, and this does nothing.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn serves_logs_a_line_without_secrets_and_stops_on_sigterm() {
    let server = Server::start();
    let answer = server.ask(
        "POST /nowhere?token=canary1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer canary2\r\n\
         connection: close\r\ncontent-length: 7\r\n\r\ncanary3",
    );
    let id = answer
        .split("x-request-id: ")
        .nth(1)
        .unwrap()
        .get(..16)
        .unwrap();
    let log = server.stop();
    let line = log.lines().find(|line| line.contains("answered")).unwrap();
    for part in [
        r#""method":"POST""#,
        r#""path":"/nowhere""#,
        r#""status":"#,
        id,
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(!log.contains("canary"), "{log}");
    assert!(log.contains("stopped"), "{log}");
}

#[test]
fn makes_what_it_needs_and_refuses_to_share_or_replace_it() {
    let data = tempfile::tempdir().unwrap();
    let mut first = tokenry(data.path(), &["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(first.stdout.as_mut().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("https://127.0.0.1:")));
    let second = run(data.path(), &["serve", "--listen", "127.0.0.1:0"]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(
        stderr(&second).contains("another tokenry is using"),
        "{}",
        stderr(&second)
    );
    for made in ["keys.toml", "tls/key.pem", "tls/certificate.pem"] {
        assert!(data.path().join(made).exists(), "{made}");
    }

    std::fs::write(data.path().join("tokenry.db"), "").unwrap();
    std::fs::remove_file(data.path().join("keys.toml")).unwrap();
    let without_keys = run(data.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(without_keys.status.code(), Some(1));
    assert!(stderr(&without_keys).contains("hint: restore it from a backup"));
}

#[test]
fn a_taken_port_is_named() {
    let data = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(data.path(), &["serve", "--listen", &address]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("hint: choose another port"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn checks_and_shows_its_configuration() {
    let data = tempfile::tempdir().unwrap();
    let valid = run(data.path(), &["config", "check"]);
    assert_eq!(valid.status.code(), Some(0), "{}", stderr(&valid));

    let file = data.path().join("tokenry.toml");
    std::fs::write(&file, "[server]\nlisten = 'nowhere'\nmax_header = 1\n").unwrap();
    let wrong = run(data.path(), &["config", "check", "--output", "json"]);
    assert_eq!(wrong.status.code(), Some(3));
    let report: serde_json::Value = serde_json::from_slice(&wrong.stdout).unwrap();
    assert_eq!(report["valid"], false);
    assert_eq!(report["problems"].as_array().unwrap().len(), 2);
    assert_eq!(run(data.path(), &["serve"]).status.code(), Some(3));

    std::fs::write(&file, "[server]\nmax_headers = 64\n").unwrap();
    let shown = run(data.path(), &["config", "show", "--origin"]);
    assert!(
        stdout(&shown).contains("max_headers = 64  # file "),
        "{}",
        stdout(&shown)
    );
}

#[test]
fn the_default_file_is_a_valid_configuration() {
    let data = tempfile::tempdir().unwrap();
    let default = run(data.path(), &["config", "default"]);
    let file = data.path().join("own.toml");
    std::fs::write(&file, &default.stdout).unwrap();
    let args = ["config", "check", "--config", file.to_str().unwrap()];
    let checked = run(data.path(), &args);
    assert_eq!(checked.status.code(), Some(0), "{}", stderr(&checked));
}

#[test]
fn rotates_the_key() {
    let data = tempfile::tempdir().unwrap();
    let none = run(data.path(), &["admin", "rotate-key"]);
    assert_eq!(none.status.code(), Some(1));
    let mut started = tokenry(data.path(), &["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    BufReader::new(started.stdout.as_mut().unwrap())
        .read_line(&mut String::new())
        .unwrap();
    let rotated = run(data.path(), &["admin", "rotate-key"]);
    started.kill().unwrap();
    started.wait().unwrap();
    assert_eq!(stdout(&rotated), "splunk.secret.2\n");
}

#[test]
fn explains_itself() {
    let data = tempfile::tempdir().unwrap();
    let help = run(data.path(), &["--help"]);
    assert!(stdout(&help).contains("Examples:"));
    assert!(stdout(&run(data.path(), &["completions", "bash"])).contains("reset-password"));
    assert!(stdout(&run(data.path(), &["version"])).starts_with("tokenry "));
    let pages = data.path().join("man");
    let written = run(data.path(), &["manual", "--out", pages.to_str().unwrap()]);
    assert!(written.status.success(), "{}", stderr(&written));
    assert!(pages.join("tokenry-admin-reset-password.1").exists());
    assert_eq!(
        run(data.path(), &["serve", "--password", "x"])
            .status
            .code(),
        Some(2)
    );
}
