//! What a person is told when it does not work: what is wrong, by the name of the flag, and what to do next.

use tokenry_testkit::server::Server;

use super::kit::{Person, end};
use crate::kit::BINARY;

const UNKNOWN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn a_refusal_names_the_flag_and_the_way_on() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    for (arguments, code, told) in [
        (
            &["token", "create", "--expires", "whenever"][..],
            1,
            &["(--expires)", "hint: --help"][..],
        ),
        (
            &["token", "create", "--address", "nowhere"],
            1,
            &["(--address)"],
        ),
        (&["token", "create", "--user", "ghost"], 1, &["error: "]),
        (
            &["token", "list", "--filter", "nothing"],
            1,
            &["(--filter)"],
        ),
        (&["token", "list", "--sort", "colour"], 1, &["(--sort)"]),
        (&["token", "show", UNKNOWN], 1, &["error: ", "hint: "]),
        (&["token", "show", "4711"], 1, &["there is no token 4711"]),
        (&["token", "edit", "7"], 2, &["--from-anywhere"]),
        (
            &["token", "rotate", "7", "--overlap", "soon"],
            2,
            &["such as 1h"],
        ),
        (&["user", "show", "ghost"], 1, &["there is no user ghost"]),
        (
            &["user", "edit", "admin", "--role", "ghost"],
            1,
            &["error: "],
        ),
        (&["role", "edit", "admin"], 2, &["--add-capability"]),
        (&["role", "delete", "user"], 1, &["--yes"]),
        (
            &["settings", "set", "token_authentification=false"],
            1,
            &["the nearest is token_authentication"],
        ),
        (
            &["settings", "set", "token_authentication=perhaps"],
            1,
            &["must be true or false"],
        ),
        (
            &["settings", "set", "token_authentication"],
            2,
            &["KEY=VALUE"],
        ),
        (&["audit", "--since", "yesterday"], 1, &["(--since)"]),
        (&["refusals", "--reason", "bad-luck"], 1, &["(--reason)"]),
        (&["token", "list", "--all", "--limit", "3"], 2, &["--limit"]),
        (&["token", "create", "--password", "x"], 2, &["--password"]),
    ] {
        let ended = admin.run(arguments).expect(code);
        ended.says(told);
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_wrong_password_signs_nobody_in() {
    let server = Server::start(BINARY);
    let person = Person::stranger(&server);
    let mut login = person.command(&["login", "--user", "admin"]);
    login.env("TOKENRY_PASSWORD", "canary-password");
    let refused = end(login).expect(1);
    refused.says(&["the password is wrong", "hint: "]);
    assert!(!refused.stderr.contains("canary"));
    assert!(!person.session().exists());
    person
        .run(&["login"])
        .expect(1)
        .says(&["no terminal", "--password-file"]);
    let mut whoami = person.command(&["whoami"]);
    whoami.env("TOKENRY_TOKEN", "tky_pat_canary");
    let refused = end(whoami).expect(1);
    refused.says(&["not valid"]);
    assert!(!refused.stderr.contains("canary"));
}

#[test]
fn who_may_not_is_told_what_it_needs() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let password = admin.file("password", "long enough");
    admin
        .run(&[
            "user",
            "create",
            "maria",
            "--role",
            "user",
            "--password-file",
            &password,
        ])
        .expect(0);
    let maria = Person::stranger(&server);
    maria.sign_in("maria", "long enough");
    maria
        .run(&["settings", "list"])
        .expect(1)
        .says(&["it needs", "hint: `tokenry whoami`"]);
    // Of himself everybody may know.
    assert!(
        maria
            .run(&["user", "show", "maria"])
            .expect(0)
            .stdout
            .contains("name\tmaria")
    );
}

#[test]
fn a_server_that_is_not_there_or_not_trusted_is_said_to_be_so() {
    let mut server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let address = format!("https://{}", server.address());
    let home = Person::stranger(&server);
    let mut other = home.bare(&["whoami", "--server", &address]);
    other.env("TOKENRY_TOKEN", "tky_pat_canary");
    end(other).expect(1).says(&["is not trusted", "--ca FILE"]);
    let mut insecure = home.bare(&["whoami", "--server", &address, "--insecure"]);
    insecure.env("TOKENRY_TOKEN", "tky_pat_canary");
    end(insecure)
        .expect(1)
        .says(&["warning: --insecure", "not valid"]);
    let no_file = home.run(&["whoami", "--ca", "/nowhere"]);
    no_file.expect(1).says(&["/nowhere"]);
    let plain = home.run(&["whoami", "--server", "http://tokenry.example.com"]);
    plain.expect(1).says(&["https://"]);

    server.stop();
    admin
        .run(&["whoami"])
        .expect(1)
        .says(&["no answer from", "is it running?"]);
    // The session is forgotten here all the same.
    admin.run(&["logout"]).expect(1).says(&["forgotten here"]);
    assert!(!admin.session().exists());
}
