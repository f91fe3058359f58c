//! `tokenry audit` and `tokenry refusals`.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use rustix::process::{Pid, Signal, kill_process};
use tokenry_api::types::{
    audit::{AuditLine, AuditPage},
    authentication::{AuthenticationLine, AuthenticationPage},
};
use tokenry_testkit::server::Server;

use super::kit::{Person, end};
use crate::kit::BINARY;

#[test]
fn the_audit_log_is_read_by_what_is_asked() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    admin.run(&["token", "create", "--name", "one"]).expect(0);
    admin.run(&["token", "create", "--name", "two"]).expect(0);
    let all: AuditPage = admin.json(&["audit", "--all"]);
    let made: AuditPage = admin.json(&["audit", "--action", "create_token", "--actor", "admin"]);
    assert!(made.items.len() == 2 && all.items.len() > 2, "{all:?}");
    let about: AuditPage = admin.json(&["audit", "--about", "1"]);
    assert_eq!(about.items.len(), 1);
    let one: AuditPage = admin.json(&["audit", "--limit", "1"]);
    assert_eq!((one.items.len(), one.next.is_some()), (1, true));
    let none: AuditPage = admin.json(&["audit", "--until", "2001-01-01T00:00:00Z"]);
    assert!(none.items.is_empty());
    let table = admin.run(&["audit", "--output", "table"]).expect(0).stdout;
    assert!(
        table.contains("ACTOR") && table.contains("create_token"),
        "{table}"
    );
}

#[test]
fn refusals_are_read_by_what_is_asked() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let mut wrong = admin.command(&["whoami"]);
    wrong.env("TOKENRY_TOKEN", "tky_pat_wrong");
    end(wrong).expect(1);
    let page: AuthenticationPage = admin.json(&["refusals"]);
    let reason = page.items[0].reason.clone();
    let same: AuthenticationPage =
        admin.json(&["refusals", "--reason", &reason, "--address", "127.0.0.1"]);
    assert_eq!(same.items.len(), 1);
    let none: AuthenticationPage = admin.json(&["refusals", "--user", "nobody"]);
    assert!(none.items.is_empty());
    assert!(admin.run(&["refusals"]).expect(0).stdout.contains(&reason));
}

/// Prints what is added while it runs, and ends well when it is interrupted.
#[test]
fn a_log_is_followed_until_it_is_interrupted() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let start = |word: &str| {
        let arguments = [word, "--follow", "--limit", "1", "--output", "json"];
        let mut process = admin
            .command(&arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        (process, lines.map(Result::unwrap))
    };
    let stop = |mut process: std::process::Child| {
        kill_process(Pid::from_child(&process), Signal::INT).unwrap();
        assert_eq!(process.wait().unwrap().code(), Some(0));
    };
    let (process, mut lines) = start("audit");
    let first: AuditLine = serde_json::from_str(&lines.next().unwrap()).unwrap();
    admin.run(&["token", "create"]).expect(0);
    let next: AuditLine = serde_json::from_str(&lines.next().unwrap()).unwrap();
    assert!(next.sequence > first.sequence);
    stop(process);

    let wrong = || {
        let mut wrong = admin.command(&["whoami"]);
        wrong.env("TOKENRY_TOKEN", "tky_pat_wrong");
        end(wrong).expect(1);
    };
    wrong();
    let (process, mut lines) = start("refusals");
    let first: AuthenticationLine = serde_json::from_str(&lines.next().unwrap()).unwrap();
    wrong();
    let next: AuthenticationLine = serde_json::from_str(&lines.next().unwrap()).unwrap();
    assert!((next.sequence, next.times) > (first.sequence, first.times));
    stop(process);
}
