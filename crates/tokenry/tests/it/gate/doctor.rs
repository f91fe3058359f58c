//! `tokenry doctor`, with no proxy at all: then everything that a proxy must do is missing, and the doctor must see it.
//! With real proxies it is run by `tests/proxies/run`.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tokenry_testkit::server::Server;

use crate::kit::{BINARY, CONTEXT, TOKENS, Token};

/// It has the form of a token; the echo does not look.
const TOKEN: &str = "token-00000000000000000000000000000000000000000000000000";

struct Echo {
    child: Child,
    url: String,
}

impl Echo {
    fn start() -> Self {
        let mut child = Command::new(BINARY)
            .args(["doctor", "echo", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("echo ").unwrap().to_owned();
        Self { child, url }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn doctor(url: &str, folder: &Path) -> (Option<i32>, Value, String) {
    let file = folder.join("token");
    fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let output = Command::new(BINARY)
        .args(["doctor", "proxy", "--output", "json", "--url", url])
        .arg("--token-file")
        .arg(file)
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let report = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stdout}{stderr}"));
    (output.status.code(), report, stdout + &stderr)
}

fn verdicts(report: &Value) -> BTreeMap<String, String> {
    let probes = report["probes"].as_array().unwrap().iter();
    let text = |probe: &Value, name: &str| probe[name].as_str().unwrap().to_owned();
    probes
        .map(|probe| (text(probe, "probe"), text(probe, "verdict")))
        .collect()
}

#[test]
fn nt34_an_api_that_nobody_guards_fails_the_doctor() {
    let echo = Echo::start();
    let folder = tempfile::tempdir().unwrap();
    let (code, report, text) = doctor(&format!("{}/orders?page=2", echo.url), folder.path());
    assert_eq!(code, Some(1), "{text}");
    assert!(!text.contains(TOKEN), "the report holds the token");
    assert!(!text.contains("page=2"), "the report holds the query");
    let verdicts = verdicts(&report);
    let all_with = |verdict: &str| -> Vec<&str> {
        let these = verdicts.iter().filter(|(_, found)| *found == verdict);
        these.map(|(probe, _)| probe.as_str()).collect()
    };
    assert_eq!(
        all_with("fail"),
        [
            "absolute-form",
            "address-at-api",
            "altered-token",
            "bad-token",
            "challenge",
            "comma",
            "connection",
            "empty",
            "expect",
            "forged",
            "forged-twins",
            "head",
            "identity",
            "long-token",
            "methods",
            "no-token",
            "options",
            "other-host",
            "other-scheme",
            "tab",
            "token-elsewhere",
            "two-lines",
            "upgrade",
            "user-agent",
        ]
    );
    // What is given up by hand only, or asks for one more option.
    assert_eq!(
        all_with("warning"),
        [
            "assertion",
            "forged-unknown",
            "proxy-headers-at-api",
            "token-hidden"
        ]
    );
    assert_eq!(
        all_with("not_tried"),
        [
            "address",
            "denied",
            "denied-disguised",
            "denied-tricks",
            "forged-public",
            "other-token"
        ]
    );
    assert_eq!(
        all_with("ok"),
        ["answer-clean", "body", "good-token", "no-store"]
    );
}

#[test]
fn nothing_that_listens_is_a_failure_and_not_a_refusal() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/orders", closed.local_addr().unwrap());
    drop(closed);
    let folder = tempfile::tempdir().unwrap();
    let (code, report, text) = doctor(&url, folder.path());
    assert_eq!(code, Some(1), "{text}");
    let verdicts = verdicts(&report);
    let fine = verdicts.iter().find(|(_, verdict)| *verdict == "ok");
    assert_eq!(fine, None);
}

#[test]
fn the_echo_keeps_to_this_machine_unless_it_is_told_otherwise() {
    let output = Command::new(BINARY)
        .args(["doctor", "echo", "--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("--allow-beyond-loopback"), "{stderr}");
}

/// A real API of ours, with its own check and over TLS, stands for one that is not the echo.
#[tokio::test]
async fn what_cannot_be_seen_is_not_called_fine_and_certificates_are_checked() {
    let server = Server::start(BINARY);
    let new = [("name", "admin"), ("audience", "orders")];
    let token = Token::from_json(&server.admin().post(TOKENS, &new).await.json());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, token.string).unwrap();
    let url = format!("https://{}{CONTEXT}", server.address());
    let verdicts_with = |arguments: &[&OsStr]| {
        let output = Command::new(BINARY)
            .args(["doctor", "proxy", "--output", "json", "--url", &url])
            .arg("--token-file")
            .arg(&file)
            .args(arguments)
            .output()
            .unwrap();
        verdicts(&serde_json::from_slice(&output.stdout).unwrap())
    };
    let certificate = server.certificate();
    for trusting in [
        vec!["--insecure".as_ref()],
        vec!["--cacert".as_ref(), certificate.as_os_str()],
    ] {
        let found = verdicts_with(&trusting);
        for probe in [
            "good-token",
            "identity",
            "forged",
            "assertion",
            "token-hidden",
        ] {
            assert_eq!(found[probe], "not_visible", "{probe}");
        }
        assert_eq!(found["no-token"], "ok");
    }
    let other = folder.path().join("other.pem");
    let names = vec!["127.0.0.1".to_owned()];
    let of_another = rcgen::generate_simple_self_signed(names).unwrap();
    fs::write(&other, of_another.cert.pem()).unwrap();
    let found = verdicts_with(&["--cacert".as_ref(), other.as_os_str()]);
    assert_eq!(
        found["no-token"], "fail",
        "a certificate of nobody's was believed"
    );
}
