//! The binary as its operators meet it: what each command prints where, its exit codes, and what it does to a server's
//! data.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use rustix::process::Signal;
use serde_json::Value;
use tokenry_testkit::server::Server;

use crate::kit::{self, BINARY, CONTEXT, user_at};

const LOGIN: &str = "/services/auth/login?output_mode=json";

/// What a finished command left behind.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
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
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        self
    }
}

/// A command on a data directory, in an environment that holds nothing of ours.
fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TOKENRY_") {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .env("TOKENRY_DATA", data)
        .stdin(Stdio::null());
    if arguments.first() == Some(&"serve") {
        command
            .env("TOKENRY_GATE__LISTEN", "127.0.0.1:0")
            .env("TOKENRY_METRICS__LISTEN", "127.0.0.1:0");
    }
    command
}

fn run(data: &Path, arguments: &[&str]) -> Ended {
    Ended::of(command(data, arguments).output().unwrap())
}

fn run_with_input(mut command: Command, input: &str) -> Ended {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // A command that does not want it may have ended already.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    Ended::of(process.wait_with_output().unwrap())
}

#[test]
fn the_configuration_is_checked_and_shown() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path();
    let valid = run(data, &["config", "check"]).expect(0);
    assert_eq!(valid.stdout, "The configuration is valid.\n");
    assert_eq!(valid.stderr, "");

    let file = data.join("tokenry.toml");
    fs::write(&file, "[server]\nlisten = 'nowhere'\nmax_header = 1\n").unwrap();
    let wrong = run(data, &["config", "check"]).expect(3);
    assert_eq!(wrong.stdout, "");
    for part in ["server.listen", "server.max_header", "tokenry.toml"] {
        assert!(wrong.stderr.contains(part), "{part}: {}", wrong.stderr);
    }
    let wrong = run(data, &["config", "check", "--output", "json"]).expect(3);
    let report: Value = serde_json::from_str(&wrong.stdout).unwrap();
    assert_eq!(report["valid"], false);
    assert_eq!(report["problems"].as_array().unwrap().len(), 2);
    for other in [
        &["serve"][..],
        &["config", "show"],
        &["admin", "reset-password"],
    ] {
        assert_eq!(run(data, other).expect(3).stdout, "", "{other:?}");
    }
    assert!(
        !data.join("keys.toml").exists(),
        "nothing is made on wrong ground"
    );

    fs::write(&file, "[server]\nmax_headers = 64\n").unwrap();
    let mut show = command(data, &["config", "show", "--origin"]);
    show.env("TOKENRY_LOG__FORMAT", "json");
    let shown = Ended::of(show.output().unwrap()).expect(0).stdout;
    assert!(shown.contains("max_headers = 64  # file "), "{shown}");
    assert!(
        shown.contains("format = \"json\"  # TOKENRY_LOG__FORMAT"),
        "{shown}"
    );
    let json = run(data, &["config", "show", "--output", "json"]).expect(0);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(json.to_string().contains("\"max_headers\""), "{json}");

    let mut misspelt = command(data, &["config", "check"]);
    misspelt.env("TOKENRY_LOG__LEVLE", "debug");
    let misspelt = Ended::of(misspelt.output().unwrap()).expect(3).stderr;
    assert!(misspelt.contains("TOKENRY_LOG__LEVEL"), "{misspelt}");
}

#[test]
fn the_default_file_is_a_valid_configuration() {
    let place = tempfile::tempdir().unwrap();
    let default = run(place.path(), &["config", "default"]).expect(0);
    let file = place.path().join("own.toml");
    fs::write(&file, &default.stdout).unwrap();
    let arguments = ["config", "check", "--config", file.to_str().unwrap()];
    let checked = run(place.path(), &arguments).expect(0);
    assert_eq!(checked.stderr, "");
    let gone = ["config", "check", "--config", "/nowhere/tokenry.toml"];
    let gone = run(place.path(), &gone).expect(3).stderr;
    assert!(gone.contains("/nowhere/tokenry.toml"), "{gone}");
}

const RESET: &[&str] = &["admin", "reset-password"];

#[tokio::test]
async fn a_password_is_reset_while_the_server_is_stopped() {
    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    kit::user(&admin, "maria", "a password", &["admin"]).await;
    let session = server.session("maria", "a password").await;
    let token = kit::token(&admin, "maria", &[]).await;
    let ephemeral = kit::token(&admin, "maria", &[("type", "ephemeral")]).await;

    let mut running = server.command(RESET);
    running.env("TOKENRY_PASSWORD", "changed while it runs");
    let refused = Ended::of(running.output().unwrap()).expect(1).stderr;
    assert!(refused.contains("another tokenry is using"), "{refused}");
    assert_eq!(admin.get(CONTEXT).await.status, 200);

    server.stop();
    let of_maria = [RESET, &["--user", "maria"]].concat();
    let file = server.place().join("new-password");
    fs::write(&file, "from a file\n").unwrap();
    let from_file = [&of_maria[..], &["--password-file", file.to_str().unwrap()]].concat();
    let done = Ended::of(server.command(&from_file).output().unwrap()).expect(0);
    assert_eq!(done.stdout, "", "a password that was given is not repeated");
    assert_eq!(done.stderr, "The password of maria is set.\n");
    server.start_again();
    let client = server.anonymous();
    let login = async |password: &str| {
        let form = [("username", "maria"), ("password", password)];
        client.post(LOGIN, &form).await.status
    };
    assert_eq!(login("from a file").await, 200);
    assert_eq!(login("a password").await, 401);
    assert_eq!(
        session.get(CONTEXT).await.status,
        401,
        "sessions end with the password"
    );
    assert_eq!(server.bearer(&token.string).get(CONTEXT).await.status, 200);

    server.stop();
    let from_stdin = [&of_maria[..], &["--password-stdin"]].concat();
    run_with_input(server.command(&from_stdin), "from standard input").expect(0);
    server.start_again();
    assert_eq!(login("from standard input").await, 200);

    server.stop();
    let mut from_environment = server.command(&[&of_maria[..], &["--revoke-tokens"]].concat());
    from_environment.env("TOKENRY_PASSWORD", "from the environment");
    Ended::of(from_environment.output().unwrap()).expect(0);
    let made = Ended::of(server.command(RESET).output().unwrap()).expect(0);
    let made = made.stdout.trim_end().to_owned();
    assert_eq!(made.len(), 27, "one line with a password that was made");
    server.start_again();
    assert_eq!(login("from the environment").await, 200);
    for gone in [&token, &ephemeral] {
        assert_eq!(server.bearer(&gone.string).get(CONTEXT).await.status, 401);
    }
    drop(server.session_key("admin", &made).await);
}

#[test]
fn a_password_that_can_not_be_is_not_set() {
    let mut server = Server::start(BINARY);
    server.stop();
    for (what, arguments, input, code, told) in [
        (
            "nobody",
            &["--user", "ghost", "--password-stdin"][..],
            "long enough",
            1,
            "ghost",
        ),
        (
            "no name",
            &["--user", "a b", "--password-stdin"],
            "long enough",
            1,
            "name",
        ),
        (
            "short",
            &["--password-stdin"],
            "1234567",
            1,
            "at least 8 characters",
        ),
        ("empty", &["--password-stdin"], "", 1, "it is empty"),
        (
            "two lines",
            &["--password-stdin"],
            "long enough\nor not",
            1,
            "more than one line",
        ),
        (
            "no file",
            &["--password-file", "/nowhere"],
            "",
            1,
            "/nowhere",
        ),
        (
            "two ways",
            &["--password-file", "x", "--password-stdin"],
            "",
            2,
            "--password-stdin",
        ),
        (
            "on the command line",
            &["--password", "long enough"],
            "",
            2,
            "--password",
        ),
        ("a bare word", &["long enough"], "", 2, "long enough"),
    ] {
        let command = server.command(&[RESET, arguments].concat());
        let refused = run_with_input(command, input).expect(code);
        assert!(refused.stderr.contains(told), "{what}: {}", refused.stderr);
        assert_eq!(refused.stdout, "", "{what}");
    }
    let nothing = tempfile::tempdir().unwrap();
    let reset = run_with_input(
        command(
            &nothing.path().join("new"),
            &["admin", "reset-password", "--password-stdin"],
        ),
        "long enough",
    );
    reset.expect(1);
}

#[tokio::test]
async fn nt56_a_rotated_key_signs_and_the_old_one_goes_on_verifying() {
    const ROTATE: &[&str] = &["admin", "rotate-key"];
    let place = tempfile::tempdir().unwrap();
    run(place.path(), ROTATE).expect(1);

    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    let old = kit::token(&admin, "admin", &[]).await;
    let ephemeral = kit::token(&admin, "admin", &[("type", "ephemeral")]).await;
    let rotated = Ended::of(server.command(ROTATE).output().unwrap()).expect(0);
    assert_eq!(rotated.stdout, "splunk.secret.2\n");
    assert!(
        rotated.stderr.contains("hint: restart"),
        "{}",
        rotated.stderr
    );
    let before = kit::token(&admin, "admin", &[]).await;
    assert!(
        before.decoded()[0].contains(r#""kid":"splunk.secret","#),
        "not before the restart"
    );

    server.restart();
    let new = kit::token(&admin, "admin", &[]).await;
    assert!(new.decoded()[0].contains(r#""kid":"splunk.secret.2","#));
    let listed = admin
        .get(&format!("{}&id={}", kit::TOKENS, new.id))
        .await
        .json();
    assert_eq!(
        listed["entry"][0]["content"]["headers"]["kid"],
        "splunk.secret.2"
    );
    for token in [&old, &ephemeral, &before, &new] {
        assert_eq!(server.bearer(&token.string).get(CONTEXT).await.status, 200);
    }
    let again = Ended::of(server.command(ROTATE).output().unwrap()).expect(0);
    assert_eq!(again.stdout, "splunk.secret.3\n");
    server.kill();
    server.start_again();
    for token in [&old, &new] {
        assert_eq!(server.bearer(&token.string).get(CONTEXT).await.status, 200);
    }
}

#[test]
fn it_explains_itself() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path();
    for command in [
        &[][..],
        &["serve"],
        &["config"],
        &["config", "check"],
        &["config", "show"],
        &["config", "default"],
        &["admin"],
        &["admin", "reset-password"],
        &["admin", "rotate-key"],
        &["completions"],
        &["manual"],
        &["version"],
    ] {
        let help = run(data, &[command, &["--help"]].concat()).expect(0);
        assert!(help.stdout.contains("Usage: tokenry"), "{command:?}");
        assert_eq!(help.stderr, "");
        let has_arguments = matches!(
            command,
            [] | ["serve" | "completions"] | ["config", "check"] | ["admin", "reset-password"]
        );
        assert_eq!(
            help.stdout.contains("Examples:"),
            has_arguments,
            "{command:?}"
        );
    }
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(data, &["completions", shell]).expect(0).stdout;
        assert!(script.contains("reset-password"), "{shell}");
    }
    let version = run(data, &["version"]).expect(0).stdout;
    assert_eq!(version, format!("tokenry {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(run(data, &["--version"]).expect(0).stdout, version);
    assert!(
        run(data, &["manual"])
            .expect(0)
            .stdout
            .contains(".TH tokenry")
    );
    let pages = data.join("man");
    run(data, &["manual", "--out", pages.to_str().unwrap()]).expect(0);
    assert!(pages.join("tokenry-admin-reset-password.1").exists());
    for wrong in [
        &[][..],
        &["serev"],
        &["serve", "--password", "x"],
        &["completions", "tcsh"],
        &["config", "check", "--output", "xml"],
        &["admin"],
    ] {
        assert_eq!(run(data, wrong).expect(2).stdout, "", "{wrong:?}");
    }
}

#[test]
fn starting_makes_what_is_missing_and_refuses_to_share_or_replace_it() {
    let mut server = Server::start(BINARY);
    let said = server.said().join("\n");
    for part in [
        "Tokenry",
        "is ready",
        "https://127.0.0.1:",
        "(self-signed)",
        "admin",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let second = server
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .output();
    let second = Ended::of(second.unwrap()).expect(1).stderr;
    assert!(second.contains("another tokenry is using"), "{second}");
    for (made, mode) in [
        ("", 0o700),
        ("keys.toml", 0o600),
        ("tokenry.db", 0o600),
        ("tls/key.pem", 0o600),
        ("tls/certificate.pem", 0o644),
        ("log/audit.jsonl", 0o600),
    ] {
        use std::os::unix::fs::PermissionsExt as _;
        let found = fs::metadata(server.data().join(made))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(
            found & 0o777 & !mode,
            0,
            "{made} is open to others: {found:o}"
        );
    }
    server.stop();
    fs::remove_file(server.data().join("keys.toml")).unwrap();
    let without = server
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .output();
    let without = Ended::of(without.unwrap()).expect(1).stderr;
    assert!(
        without.contains("hint: restore it from a backup"),
        "{without}"
    );

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let place = tempfile::tempdir().unwrap();
    let refused = run(place.path(), &["serve", "--listen", &address])
        .expect(1)
        .stderr;
    assert!(refused.contains("hint: choose another port"), "{refused}");
}

/// Without a file the first start makes a password and shows it once.
#[tokio::test]
async fn the_first_password_is_made_shown_once_and_works() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("weak");
    fs::write(&file, "weak").unwrap();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--admin-password-file"];
    let arguments = [&arguments[..], &[file.to_str().unwrap()]].concat();
    let refused = run(&place.path().join("data"), &arguments).expect(1).stderr;
    assert!(refused.contains("at least 8 characters"), "{refused}");

    let mut server = Server::builder(BINARY).without_admin_password().start();
    let line = |server: &Server| {
        let mut said = server.said().iter();
        said.find_map(|line| line.trim().strip_prefix("password").map(str::to_owned))
    };
    let password = line(&server).unwrap();
    let password = password.trim().strip_suffix(" (shown this once)").unwrap();
    drop(server.session_key("admin", password).await);
    assert!(!server.log().contains(password));
    server.restart();
    assert_eq!(line(&server), None);
    drop(server.session_key("admin", password).await);
}

/// Behind a proxy on the same machine, and only there unless it is insisted on.
#[test]
fn plain_http_is_spoken_on_loopback_alone() {
    let place = tempfile::tempdir().unwrap();
    let serve = |listen: &str| {
        let mut serve = command(place.path(), &["serve", "--listen", listen]);
        serve.env("TOKENRY_SERVER__PLAINTEXT", "true");
        serve
    };
    let refused = Ended::of(serve("0.0.0.0:0").output().unwrap())
        .expect(3)
        .stderr;
    assert!(refused.contains("loopback"), "{refused}");

    let mut process = serve("127.0.0.1:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut urls = lines.filter_map(|line| Some(line.unwrap().split_once("http://")?.1.to_owned()));
    let mut stream = TcpStream::connect(urls.next().unwrap()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let request = b"GET /services/server/info HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

/// One line for each request, with nothing of the request's secrets in it; and an end when it is asked to end.
#[tokio::test]
async fn requests_are_logged_and_signals_obeyed() {
    let mut server = Server::builder(BINARY)
        .env("TOKENRY_LOG__FORMAT", "json")
        .start();
    let form = [("password", "canary")];
    let answer = server
        .bearer("canary")
        .post("/nowhere?token=canary", &form)
        .await;
    let id = answer.header("x-request-id").unwrap().to_owned();
    server.signal(Signal::HUP);
    server.stop();
    let log = server.log();
    let line = log.lines().find(|line| line.contains(&id)).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["message"], "answered");
    assert_eq!(line["status"], 404);
    assert_eq!(line["span"]["path"], "/nowhere");
    assert_eq!(line["span"]["method"], "POST");
    assert!(!log.contains("canary"), "{log}");
    assert!(log.contains("stopped"), "{log}");

    server.start_again();
    server.signal(Signal::INT);
    assert!(server.wait().success());
    // What was changed before a stop is there after it.
    server.start_again();
    let admin = server.admin_session().await;
    assert_eq!(admin.get(&user_at("admin")).await.status, 200);
}
