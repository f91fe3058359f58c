//! `tokenry token …`

use std::{
    fs, io,
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    thread,
};

use tokenry_api::types::{
    audit::AuditPage,
    tokens::{
        Expirations, Explanation, Form, IssuedToken, ManyDone, State, Status, Token, TokenPage,
    },
};
use tokenry_testkit::{client::Method, server::Server};

use super::kit::{Person, end, end_with_input};
use crate::kit::{BINARY, CONTEXT};

fn create(person: &Person, more: &[&str]) -> IssuedToken {
    person.json(&[&["token", "create"], more].concat())
}

fn ids(page: &TokenPage) -> Vec<&str> {
    page.items.iter().map(|token| token.id.as_str()).collect()
}

/// The string alone is on stdout, so that `> file` keeps it; the record is beside it.
#[tokio::test]
async fn a_new_string_is_alone_on_standard_output() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let made = admin.run(&["token", "create", "--name", "Nightly import"]);
    let made = made.expect(0);
    let string = made.stdout.strip_suffix('\n').unwrap();
    assert!(string.starts_with("tky_pat_") && !string.contains(char::is_whitespace));
    made.says(&["Nightly import", "active"]);
    assert!(!made.stderr.contains(string));
    assert_eq!(server.bearer(string).get(CONTEXT).await.status, 200);

    let file = admin.path("string");
    let name = file.to_str().unwrap();
    let to_file = ["token", "create", "--form", "hex", "--string-file", name];
    let made = admin
        .run(&[&to_file[..], &["--output", "json"]].concat())
        .expect(0);
    let record: Token = made.json();
    assert_eq!(record.form, Form::Hex);
    let string = fs::read_to_string(&file).unwrap();
    assert!(string.starts_with("token-"));
    assert!(!made.stdout.contains(string.trim()) && !made.stderr.contains(string.trim()));
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );

    let before: TokenPage = admin.json(&["token", "list"]);
    admin
        .run(&to_file)
        .expect(1)
        .says(&["is there already", "hint: choose another name"]);
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        string,
        "it is not written over"
    );
    let refused = admin.path("refused");
    let wrong = ["token", "create", "--expires", "whenever", "--string-file"];
    admin
        .run(&[&wrong[..], &[refused.to_str().unwrap()]].concat())
        .expect(1);
    assert!(
        !refused.exists(),
        "nothing is left of a token that was not made"
    );
    let after: TokenPage = admin.json(&["token", "list"]);
    assert_eq!(ids(&before), ids(&after));
}

#[test]
fn a_token_is_made_as_the_flags_say() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let made = create(
        &admin,
        &[
            "--audience",
            "orders",
            "--name",
            "n",
            "--notes",
            "words",
            "--expires",
            "+30d",
            "--not-before",
            "+1d",
            "--address",
            "192.0.2.0/24,198.51.100.7",
            "--address",
            "2001:db8::/32",
            "--scope",
            "search",
            "--kind",
            "svc",
            "--per-minute",
            "600",
            "--burst",
            "20",
            "--user",
            "admin",
        ],
    );
    assert!(made.token.expose().starts_with("tky_svc_"));
    let record = made.record;
    assert_eq!(
        (
            record.audience.as_str(),
            record.name.as_str(),
            record.notes.as_str()
        ),
        ("orders", "n", "words")
    );
    assert_eq!(record.state, State::NotYetValid);
    assert_eq!(record.addresses.unwrap().len(), 3);
    assert_eq!(record.scope.unwrap(), ["search"]);
    assert_eq!(record.rate.unwrap().per_minute, 600);
    assert!(record.expires.is_some());
    let shown: Token = admin.json(&["token", "show", &record.id]);
    assert_eq!(shown.id, record.id);
}

#[test]
fn tokens_are_listed_by_what_they_are() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let soon = create(&admin, &["--expires", "+5d", "--audience", "orders"])
        .record
        .id;
    let late = create(&admin, &["--expires", "+90d"]).record.id;
    let hex = create(
        &admin,
        &[
            "--form",
            "hex",
            "--expires",
            "+60d",
            "--name",
            "found by this",
        ],
    )
    .record
    .id;
    admin.run(&["token", "disable", &late]).expect(0);
    for (arguments, found) in [
        (&["--sort", "number"][..], &[&soon, &late, &hex][..]),
        (&["--expiring", "14d"], &[&soon]),
        (&["--audience", "orders"], &[&soon]),
        (&["--status", "disabled"], &[&late]),
        (&["--filter", "form:equals:hex"], &[&hex]),
        (&["--search", "found by"], &[&hex]),
        (
            &["--unused", "--user", "admin", "--sort", "-number"],
            &[&hex, &late, &soon],
        ),
        (&["--user", "nobody"], &[]),
        (&["--all", "--sort", "expires"], &[&soon, &hex, &late]),
    ] {
        let page: TokenPage = admin.json(&[&["token", "list"], arguments].concat());
        assert_eq!(ids(&page), found, "{arguments:?}");
    }
    let first: TokenPage = admin.json(&["token", "list", "--limit", "1"]);
    assert_eq!((first.items.len(), first.next.is_some()), (1, true));
    let table = admin
        .run(&["token", "list", "--output", "table"])
        .expect(0)
        .stdout;
    assert!(
        table.contains("LAST USED") && table.contains("found by this"),
        "{table}"
    );
    let lines = admin
        .run(&["token", "list", "--sort", "number"])
        .expect(0)
        .stdout;
    let lines: Vec<Vec<_>> = lines
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(lines.len(), 3, "no head, and a line each");
    assert!(lines.iter().all(|line| line.len() == 9), "{lines:?}");
    assert!(soon.starts_with(lines[0][1]));
    let days: Expirations = admin.json(&["token", "expirations", "--days", "7"]);
    assert_eq!(days.days.iter().map(|day| day.tokens).sum::<u64>(), 1);
}

/// More than a page holds.
#[test]
fn all_pages_become_one_document() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let string = create(&admin, &[]).token;
    let client = server.bearer(string.expose());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let nothing = serde_json::json!({});
        for _ in 0..210 {
            let made = client
                .send_json(Method::POST, "/api/v1/tokens", &nothing)
                .await;
            drop(made.expect_status(201));
        }
    });
    let all: TokenPage = admin.json(&["token", "list", "--all"]);
    assert_eq!((all.items.len(), all.next), (211, None));
    let some: TokenPage = admin.json(&["token", "list", "--limit", "205"]);
    assert_eq!((some.items.len(), some.next.is_some()), (205, true));
    admin
        .run(&["token", "list", "--limit", "205"])
        .expect(0)
        .says(&["--all shows all"]);
}

/// The first connection breaks before there is an answer; the second is like any other.
#[test]
fn a_broken_connection_is_tried_once_more() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let string = create(&admin, &[]).token;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let between = format!("https://{}", listener.local_addr().unwrap());
    let behind = server.address();
    let accepting = thread::spawn(move || {
        drop(listener.accept().unwrap());
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(behind).unwrap();
        let (mut up, mut down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let upwards = thread::spawn(move || {
            let copied = io::copy(&mut up, &mut down);
            // The server ends too when the client has.
            let _ = down.shutdown(Shutdown::Both);
            copied
        });
        let (mut down, mut up) = (server, client);
        let _ = io::copy(&mut down, &mut up);
        let _ = up.shutdown(Shutdown::Both);
        let _ = upwards.join().unwrap();
    });
    let mut command = admin.command(&["token", "create", "--name", "once", "--server", &between]);
    command.env("TOKENRY_TOKEN", string.expose());
    let made = end(command).expect(0);
    made.says(&["The connection broke"]);
    assert!(made.stdout.starts_with("tky_pat_"));
    accepting.join().unwrap();
    let page: TokenPage = admin.json(&["token", "list", "--search", "once"]);
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn a_token_is_changed_rotated_and_revoked() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let made = create(&admin, &[]);
    let (id, number) = (made.record.id.as_str(), made.record.number.to_string());
    let edited: Token = admin.json(&[
        "token",
        "edit",
        &number,
        "--name",
        "new",
        "--address",
        "192.0.2.7",
    ]);
    assert_eq!((edited.id.as_str(), edited.name.as_str()), (id, "new"));
    assert_eq!(edited.addresses.unwrap(), ["192.0.2.7"]);
    let beginning = &id[..12];
    let edited: Token = admin.json(&["token", "edit", beginning, "--from-anywhere"]);
    assert_eq!(edited.addresses, None);

    let disabled: ManyDone = admin.json(&["token", "disable", id]);
    assert_eq!(disabled.done, [id]);
    let shown: Token = admin.json(&["token", "show", id]);
    assert_eq!(shown.status, Status::Disabled);
    assert_eq!(
        server.bearer(made.token.expose()).get(CONTEXT).await.status,
        401
    );
    admin
        .run(&["token", "enable", id])
        .expect(0)
        .says(&["1 enabled."]);
    assert_eq!(
        server.bearer(made.token.expose()).get(CONTEXT).await.status,
        200
    );

    let rotated = admin
        .run(&["token", "rotate", id, "--overlap", "1h"])
        .expect(0);
    let string = rotated.stdout.trim();
    for good in [string, made.token.expose()] {
        assert_eq!(server.bearer(good).get(CONTEXT).await.status, 200);
    }
    let history: AuditPage = admin.json(&["token", "history", id]);
    assert!(history.items.len() >= 4, "{history:?}");
    assert!(
        history
            .items
            .iter()
            .all(|line| line.token.as_deref() == Some(id) || line.action.contains("rotate"))
    );

    let unsure = admin.run(&["token", "revoke", id]).expect(1);
    unsure.says(&["hint: say so with --yes"]);
    assert_eq!(
        server.bearer(made.token.expose()).get(CONTEXT).await.status,
        200
    );
    let revoke = admin.command(&["token", "revoke", "-", "--yes"]);
    let others = create(&admin, &[]).record.id;
    let input = format!("{id}\n\n{others}\tand more\n");
    let revoked = end_with_input(revoke, &input).expect(0);
    revoked.says(&["2 revoked."]);
    assert_eq!(
        server.bearer(made.token.expose()).get(CONTEXT).await.status,
        401
    );
    assert_eq!(
        server.bearer(string).get(CONTEXT).await.status,
        200,
        "the other is another"
    );
    let gone = admin.run(&["token", "revoke", id, "--yes"]).expect(1);
    gone.says(&[id]);
}

#[test]
fn it_is_explained_why_a_token_would_be_refused() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let id = create(&admin, &["--address", "192.0.2.0/24", "--expires", "+2d"])
        .record
        .id;
    let explain =
        |more: &[&str]| admin.run(&[&["token", "explain", &id, "--output", "json"], more].concat());
    let good: Explanation = explain(&["--from", "192.0.2.9"]).expect(0).json();
    assert!(good.granted);
    let elsewhere: Explanation = explain(&["--from", "203.0.113.9"]).expect(1).json();
    assert!(!elsewhere.granted && elsewhere.reason.is_some());
    let later: Explanation = explain(&["--from", "192.0.2.9", "--at", "+3d"])
        .expect(1)
        .json();
    assert!(!later.granted);
    let told = admin
        .run(&["token", "explain", &id, "--from", "203.0.113.9"])
        .expect(1);
    assert!(told.stdout.contains("FAILS\t"), "{told:?}");
    told.says(&["error: "]);
}
