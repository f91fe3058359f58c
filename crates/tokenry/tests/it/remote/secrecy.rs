//! Where a secret must not be: arguments, output that is not asked for it, logs. And what each command says of itself.

use clap::CommandFactory as _;
use tokenry::cli::Cli;
use tokenry_testkit::server::{ADMIN_PASSWORD, Server};

use super::kit::{Person, end};
use crate::kit::BINARY;

/// The commands of this folder, down to those that do something.
fn leaves(command: &clap::Command, path: &[String], found: &mut Vec<Vec<String>>) {
    let subcommands: Vec<_> = command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
        .collect();
    if subcommands.is_empty() {
        found.push(path.to_vec());
    }
    for sub in subcommands {
        leaves(sub, &[path, &[sub.get_name().to_owned()]].concat(), found);
    }
}

#[test]
fn every_command_shows_examples_and_takes_a_server() {
    let place = tempfile::tempdir().unwrap();
    let remote = [
        "audit", "group", "login", "logout", "persona", "refusals", "role", "settings", "token",
        "user", "whoami",
    ];
    let mut found = Vec::new();
    leaves(&Cli::command(), &[], &mut found);
    found.retain(|path| remote.contains(&path[0].as_str()));
    assert!(found.len() >= 38, "{}", found.len());
    for path in found {
        let mut help = std::process::Command::new(BINARY);
        let help = help
            .args(&path)
            .arg("--help")
            .env("HOME", place.path())
            .output()
            .unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        assert!(
            help.contains("Examples:") && help.contains("--server"),
            "{path:?}: {help}"
        );
    }
}

/// With all that is logged at both ends.
#[tokio::test]
async fn nt43_secrets_are_in_no_log_and_no_argument() {
    let server = Server::builder(BINARY).log_level("trace").start();
    let person = Person::stranger(&server);
    let run = |arguments: &[&str]| {
        let mut command = person.command(arguments);
        command
            .env("TOKENRY_PASSWORD", ADMIN_PASSWORD)
            .env("TOKENRY_LOG__LEVEL", "trace")
            .env("RUST_LOG", "trace");
        end(command).expect(0)
    };
    let mut told = run(&["login"]).stderr;
    let key = person.key();
    let made = run(&["token", "create"]);
    told += &made.stderr;
    let new_password = "canary of a password";
    let file = person.file("password", new_password);
    told += &run(&["user", "create", "maria", "--password-file", &file]).stderr;
    for quiet in [
        &["token", "list"][..],
        &["token", "show", "1"],
        &["whoami"],
        &["audit"],
        &["user", "list"],
        &["logout"],
    ] {
        let ended = run(quiet);
        told += &ended.stdout;
        told += &ended.stderr;
    }
    told += &server.log();
    for secret in [
        key.as_str(),
        made.stdout.trim(),
        new_password,
        ADMIN_PASSWORD,
    ] {
        assert!(!told.contains(secret), "{secret}");
    }
}

/// A string that somebody gives where an id belongs is not sent, and not repeated.
#[test]
fn nt44_the_string_of_a_token_is_no_id() {
    let server = Server::builder(BINARY).log_level("trace").start();
    let admin = Person::admin(&server);
    let string = admin.run(&["token", "create"]).expect(0).stdout;
    let string = string.trim();
    for word in ["show", "revoke", "explain"] {
        let refused = admin.run(&["token", word, string]).expect(1);
        refused.says(&["no id of a token"]);
        assert!(!refused.stderr.contains(string));
    }
    assert!(!server.log().contains(string));
}
