//! Signing in and out: session keys, the cookie, and what happens after too many wrong passwords.

use serde_json::{Value, json};
use tokenry_testkit::{
    client::{Answer, Method},
    server::Server,
};

use crate::kit::{self, BINARY, CONTEXT, TOKENS, USERS, names, user_at};

const LOGIN: &str = "/services/auth/login?output_mode=json";
const SESSIONS: &str = "/services/authentication/httpauth-tokens?output_mode=json";
const PASSWORD: &str = "a password";

const FAILED: &str = r#"{"messages":[{"type":"WARN","code":"incorrect_username_or_password","text":"Login failed"}]}"#;
const FAILED_XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<response><messages><msg type="WARN" code="incorrect_username_or_password">Login failed</msg></messages></response>"#;

#[tokio::test]
async fn signing_in_answers_as_clients_expect() {
    let server = Server::start(BINARY);
    let admin = server.admin_session().await;
    kit::user(&admin, "jdoe", PASSWORD, &["user"]).await;
    let stranger = server.anonymous();

    let form = [("username", "jdoe"), ("password", PASSWORD)];
    let xml = stranger
        .post("/services/auth/login", &form)
        .await
        .expect_status(200);
    let (start, rest) = xml.text.split_once("<sessionKey>").unwrap();
    let (key, end) = rest.split_once("</sessionKey>").unwrap();
    assert_eq!(start, "<response>\n  ");
    assert_eq!(
        end,
        "\n  <messages><msg code=\"\"></msg></messages>\n</response>"
    );
    assert_eq!(xml.header("content-type"), Some("text/xml; charset=UTF-8"));
    assert_eq!(xml.header("cache-control"), Some("no-store"));
    assert_eq!(xml.header("set-cookie"), None);
    assert_eq!(server.splunk(key).get(CONTEXT).await.status, 200);

    let json = stranger.post(LOGIN, &form).await.expect_status(200);
    let other = json.json()["sessionKey"].as_str().unwrap().to_owned();
    assert_eq!(
        json.text,
        format!(r#"{{"sessionKey":"{other}","message":"","code":""}}"#)
    );
    assert_ne!(key, other);

    // As the SDKs, Terraform, and people who like capitals do it.
    for (path, form) in [
        (
            "/services/auth/login?count=-1&output_mode=json",
            "username=jdoe&password=a+password",
        ),
        (
            "/servicesNS/-/-/auth/login/?output_mode=json",
            "username=JDoe&password=a%20password",
        ),
        (
            "/services/auth/login?username=jdoe&password=a+password&output_mode=json",
            "",
        ),
        (
            LOGIN,
            "username=jdoe&password=a+password&passcode=&cookie=0",
        ),
    ] {
        let answer = stranger.send(Method::POST, path, &[], form).await;
        assert_eq!(answer.status, 200, "{path} {form}: {}", answer.text);
    }
    assert_eq!(stranger.get(LOGIN).await.status, 405);
}

#[tokio::test]
async fn refused_sign_ins_look_alike() {
    let server = Server::start(BINARY);
    let admin = server.admin_session().await;
    for name in ["jdoe", "locked"] {
        kit::user(&admin, name, PASSWORD, &["user"]).await;
    }
    let token = kit::token(&admin, "jdoe", &[]).await.string;
    let lock = [("locked-out", "1")];
    drop(
        admin
            .post(&user_at("locked"), &lock)
            .await
            .expect_status(200),
    );
    let long = "x".repeat(100_000);
    let stranger = server.anonymous();
    for (what, user, password) in [
        ("a wrong password", "jdoe", "wrong password"),
        ("an unknown user", "ghost", PASSWORD),
        ("nothing, as the Python SDK sends it", "", ""),
        ("an empty password", "jdoe", ""),
        ("an endless password", "jdoe", &long),
        ("an endless name", &long, PASSWORD),
        ("a locked user", "locked", PASSWORD),
        ("a token for a password (NT-65)", "jdoe", &token),
        ("a token for a name (NT-65)", &token, ""),
        ("the password with a line end", "jdoe", "a password\n"),
        ("the password in other case", "jdoe", "A password"),
    ] {
        let form = [("username", user), ("password", password), ("cookie", "1")];
        for (path, body) in [(LOGIN, FAILED), ("/services/auth/login", FAILED_XML)] {
            let answer = stranger.post(path, &form).await;
            assert_eq!((answer.status, answer.text.as_str()), (401, body), "{what}");
            assert_eq!(answer.header("set-cookie"), None, "{what}");
            assert_eq!(answer.header("www-authenticate"), None, "{what}");
        }
        // A lock must not decide the next case.
        let unlock = [("locked-out", "0")];
        drop(
            admin
                .post(&user_at("jdoe"), &unlock)
                .await
                .expect_status(200),
        );
    }
    for form in [&[("username", "jdoe")][..], &[]] {
        let answer = stranger.post(LOGIN, form).await;
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.text,
            r#"{"messages":[{"type":"WARN","text":"Login failed"}]}"#
        );
    }
    let answer = stranger.post(LOGIN, &[("password", PASSWORD)]).await;
    assert_eq!((answer.status, answer.text.as_str()), (401, FAILED));
}

#[tokio::test]
async fn a_cookie_carries_the_session_and_is_set_anew() {
    let server = Server::start(BINARY);
    let form = [
        ("username", "admin"),
        ("password", "Ch#ng3d!"),
        ("cookie", "1"),
    ];
    let answer = server
        .anonymous()
        .post(LOGIN, &form)
        .await
        .expect_status(200);
    let key = answer.json()["sessionKey"].as_str().unwrap().to_owned();
    let cookie = format!(
        "splunkd_{}={key}; Path=/; Secure; HttpOnly; SameSite=Strict",
        server.port()
    );
    assert_eq!(answer.header("set-cookie"), Some(cookie.as_str()));

    let browser = server.cookie(&key);
    for path in [
        CONTEXT,
        "/services/apps/local",
        "/services/apps/local/nowhere",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.header("set-cookie"), Some(cookie.as_str()), "{path}");
    }
    let with_header = server.splunk(&key).get(CONTEXT).await;
    assert_eq!(with_header.header("set-cookie"), None);
    let ended = browser.delete(&session_at(&key), &[]).await;
    assert_eq!(ended.status, 200);
    let answer = browser.get(CONTEXT).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (401, None));
    let quoted = format!("splunkd_{}=\"{key}\"", server.port());
    let answer = server
        .anonymous()
        .header("cookie", &quoted)
        .get(CONTEXT)
        .await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn sessions_are_listed_without_their_keys_and_end_when_they_should() {
    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    kit::user(&admin, "jdoe", PASSWORD, &["user"]).await;
    let keys = [
        server.session_key("jdoe", PASSWORD).await,
        server.session_key("jdoe", PASSWORD).await,
        server.session_key("jdoe", PASSWORD).await,
    ];
    let clients = [0, 1, 2].map(|index| server.splunk(&keys[index]));

    let own = clients[0].get(SESSIONS).await.expect_status(200);
    assert!(keys.iter().all(|key| !own.text.contains(&key[..9])));
    let listed = own.json();
    assert_eq!(listed["paging"]["total"], 3);
    let content =
        |entry: &Value| json!([entry["content"]["userName"], entry["content"]["authString"]]);
    let entries = listed["entry"].as_array().unwrap();
    assert!(
        entries
            .iter()
            .all(|entry| content(entry) == json!(["jdoe", "****"]))
    );
    let all = admin.get(SESSIONS).await.expect_status(200).json();
    assert_eq!(all["paging"]["total"], 4);

    let foreign = names(&all)
        .into_iter()
        .find(|name| !names(&listed).contains(name));
    let refused = clients[0].delete(&session_at(&foreign.unwrap()), &[]).await;
    assert_eq!(
        refused.status, 404,
        "another's session does not exist for him"
    );
    assert_eq!(refused.message(), "Not a valid session.");

    let ended = clients[0].delete(&session_at(&keys[1]), &[]).await;
    assert_eq!(ended.status, 200);
    let status = async || {
        let mut all = Vec::new();
        for client in &clients {
            all.push(client.get(CONTEXT).await.status);
        }
        all
    };
    assert_eq!(status().await, [200, 401, 200]);
    let again = clients[0].delete(&session_at(&keys[1]), &[]).await;
    assert_eq!(again.status, 404);

    server.restart();
    assert_eq!(
        status().await,
        [200, 401, 200],
        "a restart signs nobody out"
    );
    server.kill();
    server.start_again();
    assert_eq!(status().await, [200, 401, 200], "nor does a crash");

    let token = kit::token(&admin, "jdoe", &[]).await;
    let change = [("password", "another password"), ("oldpassword", PASSWORD)];
    let changed = clients[0].post(&user_at("jdoe"), &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(status().await, [401, 401, 401], "NT-13");
    assert_eq!(server.bearer(&token.string).get(CONTEXT).await.status, 200);
    let form = [("username", "jdoe"), ("password", PASSWORD)];
    assert_eq!(server.anonymous().post(LOGIN, &form).await.status, 401);
    drop(server.session_key("jdoe", "another password").await);
}

#[tokio::test]
async fn five_wrong_passwords_lock_one_user_and_nobody_else() {
    let server = Server::start(BINARY);
    let admin = server.admin_session().await;
    for name in ["jdoe", "other"] {
        kit::user(&admin, name, PASSWORD, &["user"]).await;
    }
    let token = kit::token(&admin, "jdoe", &[]).await.string;
    let session = server.session_key("jdoe", PASSWORD).await;
    let login = async |user: &str, password: &str| -> Answer {
        let form = [("username", user), ("password", password)];
        server.anonymous().post(LOGIN, &form).await
    };
    let shown = async || {
        let jdoe = admin.get(&user_at("jdoe")).await.json();
        jdoe["entry"][0]["content"]["locked-out"].clone()
    };
    for _ in 0..4 {
        assert_eq!(login("jdoe", "wrong").await.status, 401);
    }
    assert_eq!(
        login("jdoe", PASSWORD).await.status,
        200,
        "which begins a new count"
    );
    // By both ways of presenting a password, in any spelling of the name.
    for number in 0..5 {
        assert_eq!(shown().await, false, "{number}");
        if number % 2 == 0 {
            assert_eq!(login("JDOE", "wrong").await.status, 401);
        } else {
            assert_eq!(server.basic("jdoe", "wrong").get(CONTEXT).await.status, 401);
        }
    }
    let locked = login("jdoe", PASSWORD).await;
    assert_eq!((locked.status, locked.text.as_str()), (401, FAILED));
    assert_eq!(
        server.basic("jdoe", PASSWORD).get(CONTEXT).await.status,
        401
    );
    assert_eq!(shown().await, true);
    // What was proven before goes on: a stranger can not lock anybody out of that.
    for string in [&token, &session] {
        assert_eq!(server.bearer(string).get(CONTEXT).await.status, 200);
    }
    assert_eq!(login("other", PASSWORD).await.status, 200);
    let unlock = [("locked-out", "0")];
    drop(
        admin
            .post(&user_at("jdoe"), &unlock)
            .await
            .expect_status(200),
    );
    assert_eq!(shown().await, false);
    assert_eq!(login("jdoe", PASSWORD).await.status, 200);
    for _ in 0..7 {
        assert_eq!(login("ghost", "wrong").await.status, 401);
    }
    assert_eq!(admin.get(USERS).await.json()["paging"]["total"], 3);
    assert_eq!(admin.get(TOKENS).await.json()["paging"]["total"], 1);
}

fn session_at(name: &str) -> String {
    format!("/services/authentication/httpauth-tokens/{name}?output_mode=json")
}
