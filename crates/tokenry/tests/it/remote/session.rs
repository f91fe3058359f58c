//! `tokenry login`, `tokenry logout` and `tokenry whoami`, and the other ways to say who one is.

use std::{fs, os::unix::fs::PermissionsExt as _};

use tokenry_api::types::sessions::{Session, Via};
use tokenry_testkit::server::{ADMIN_PASSWORD, Server};

use super::kit::{Person, end, end_with_input};
use crate::kit::{BINARY, CONTEXT};

#[tokio::test]
async fn a_session_is_kept_for_its_owner_alone_and_ended_at_the_server() {
    let server = Server::start(BINARY);
    let person = Person::stranger(&server);
    let password = person.file("password", &format!("{ADMIN_PASSWORD}\n"));
    let signed_in = person
        .run(&["login", "--password-file", &password])
        .expect(0);
    signed_in.says(&["as admin"]);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&person.session()), 0o600);
    assert_eq!(mode(person.session().parent().unwrap()), 0o700);
    let key = person.key();
    assert!(!signed_in.stdout.contains(&key) && !signed_in.stderr.contains(&key));
    assert_eq!(server.bearer(&key).get(CONTEXT).await.status, 200);

    let session: Session = person.json(&["whoami"]);
    assert_eq!(
        (session.user.as_str(), session.via),
        ("admin", Via::Session)
    );
    // Server and authorities were kept with it.
    assert!(
        end(person.bare(&["whoami"]))
            .expect(0)
            .stdout
            .contains("user\tadmin")
    );

    let login = person.command(&["login", "--password-stdin"]);
    end_with_input(login, ADMIN_PASSWORD).expect(0);
    assert_eq!(
        server.bearer(&key).get(CONTEXT).await.status,
        401,
        "the old session is ended"
    );
    let key = person.key();
    person.run(&["logout"]).expect(0).says(&["Signed out"]);
    assert!(!person.session().exists());
    assert_eq!(server.bearer(&key).get(CONTEXT).await.status, 401);
    person
        .run(&["logout"])
        .expect(0)
        .says(&["Nobody was signed in."]);
    person
        .run(&["whoami"])
        .expect(1)
        .says(&["not signed in", "hint: sign in with `tokenry login`"]);
}

#[test]
fn a_token_says_who_one_is_too() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let string = admin.run(&["token", "create"]).expect(0).stdout;
    let person = Person::stranger(&server);
    let file = person.file("token", &string);
    let by_file: Session = person.json(&["whoami", "--token-file", &file]);
    let input = person.command(&["whoami", "--token-stdin", "--output", "json"]);
    let by_input: Session = end_with_input(input, &string).expect(0).json();
    let mut variable = person.command(&["whoami", "--output", "json"]);
    variable.env("TOKENRY_TOKEN", string.trim());
    let by_variable: Session = end(variable).expect(0).json();
    for session in [by_file, by_input, by_variable] {
        assert_eq!((session.user.as_str(), session.via), ("admin", Via::Token));
    }
}

/// The key goes to the server that gave it, and to no other.
#[test]
fn a_kept_session_is_not_shown_to_another_server() {
    let server = Server::start(BINARY);
    let other = Server::start(BINARY);
    let admin = Person::admin(&server);
    let elsewhere = format!("https://{}", other.address());
    let asked = admin.run(&["whoami", "--server", &elsewhere]).expect(1);
    asked.says(&["not signed in to", &elsewhere]);
}

#[test]
fn a_session_that_others_can_read_is_not_used() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(admin.session(), open).unwrap();
    admin
        .run(&["whoami"])
        .expect(1)
        .says(&["others can read", "hint: sign in again"]);
    let key = admin.key();
    fs::set_permissions(admin.session(), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(admin.session(), format!("key = \"{key}\"\nserver = 7\n")).unwrap();
    let broken = admin.run(&["whoami"]).expect(1);
    assert!(!broken.stderr.contains(&key), "{broken:?}");
}

/// Nothing has to be said on the server's own machine.
#[test]
fn the_certificate_of_a_server_on_this_machine_is_trusted() {
    let server = Server::start(BINARY);
    let person = Person::stranger(&server);
    let address = format!("https://{}", server.address());
    let mut login = person.bare(&["login", "--server", &address]);
    login.env("TOKENRY_PASSWORD", ADMIN_PASSWORD);
    let data = server.data();
    login.env("TOKENRY_DATA", data);
    end(login).expect(0);
}
