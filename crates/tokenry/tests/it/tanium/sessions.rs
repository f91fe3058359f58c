//! Sessions of this face: signing in by every manner that clients know, how long one goes on, and how it ends
//! (spec/tanium.md 3).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokenry_testkit::{
    client::{Answer, Method},
    server::Server,
};

use super::kit::{
    self, GATEWAY_USER, LOGIN, LOGOUT, REFUSED_SESSION, VALIDATE, patch, post, refused, validate,
    with,
};
use crate::{
    forge,
    kit::BINARY,
    verdicts::{plant_session_used, store_of},
};

const PASSWORD: &str = "a password";
const WRONG: &str = "REST Authorization Exception: Unauthorized: Invalid user name or password";

#[tokio::test]
async fn signing_in_answers_as_clients_expect() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    let id = kit::user(&admin, "jdoe", PASSWORD, &[GATEWAY_USER]).await;
    patch(
        &admin,
        &format!("/api/v2/users/{id}"),
        json!({ "domain": "lab" }),
    )
    .await;
    let stranger = server.anonymous();

    let by_body = async |body: Value| stranger.send_json(Method::POST, LOGIN, &body).await;
    for body in [
        json!({ "username": "jdoe", "password": PASSWORD }),
        json!({ "username": "jdoe", "password": PASSWORD, "domain": "lab" }),
        json!({ "username": "jdoe", "password": PASSWORD, "domain": "" }),
        json!({ "username": "lab\\jdoe", "password": PASSWORD }),
        json!({ "username": "LAB\\JDoe", "password": PASSWORD, "domain": "", "secondary": "" }),
        json!({ "data": { "username": "jdoe", "password": PASSWORD } }),
        json!({ "username": "jdoe", "password": PASSWORD, "as_exclusive_user_group": 0, "more": [] }),
    ] {
        let answer = by_body(body.clone()).await.expect_status(200);
        let key = answer.json()["data"]["session"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(
            answer.text,
            format!(r#"{{"data":{{"session":"{key}"}}}}"#),
            "{body}"
        );
        is_numbered(&key, id);
        drop(validate(&server, &key).await.expect_status(200));
    }
    // Whatever the body is said to be.
    let text = json!({ "username": "jdoe", "password": PASSWORD }).to_string();
    for headers in [
        &[][..],
        &[("content-type", "application/x-www-form-urlencoded")],
        &[("content-type", "text/plain; charset=utf-8")],
    ] {
        let answer = stranger
            .send(Method::POST, LOGIN, headers, text.clone())
            .await;
        assert_eq!(answer.status, 200, "{headers:?}: {}", answer.text);
    }
    let [name, password] = ["jdoe", PASSWORD].map(|text| STANDARD.encode(text));
    let headers = [("username", name.as_str()), ("password", password.as_str())];
    let answer = stranger.send(Method::POST, "/auth", &headers, "").await;
    let plain = text_of(&answer);
    is_numbered(&plain, id);
    let basic = server.basic("jdoe", PASSWORD);
    is_numbered(
        &text_of(&basic.send(Method::POST, "/auth", &[], "").await),
        id,
    );
    let domain = [headers[0], headers[1], ("domain", "lab")];
    is_numbered(
        &text_of(&stranger.send(Method::POST, "/auth", &domain, "").await),
        id,
    );
    let wrong = [headers[0], headers[1], ("domain", "other")];
    assert_eq!(
        stranger
            .send(Method::POST, "/auth", &wrong, "")
            .await
            .status,
        401
    );
}

#[track_caller]
fn is_numbered(key: &str, user: i64) {
    let parts: Vec<_> = key.split('-').collect();
    let [owner, number, digits] = parts[..] else {
        panic!("{key}")
    };
    assert_eq!(owner, user.to_string());
    assert!(number.parse::<u64>().is_ok(), "{key}");
    assert!(
        digits.len() == 64
            && digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    );
}

#[track_caller]
fn text_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("text/plain"));
    answer.text.clone()
}

/// NT-54: whoever guesses learns nothing, not even that there is such a user.
#[tokio::test]
async fn nt54_refused_sign_ins_look_alike() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    for (name, body) in [
        ("jdoe", json!({})),
        ("locked", json!({ "locked_out": 1 })),
        ("resting", json!({ "deleted_flag": 1 })),
        ("lab", json!({ "domain": "lab" })),
    ] {
        let id = kit::user(&admin, name, PASSWORD, &[GATEWAY_USER]).await;
        patch(&admin, &format!("/api/v2/users/{id}"), body).await;
    }
    let made = kit::create(&admin, json!({})).await.string;
    let long = "x".repeat(100_000);
    let mut headers = None;
    for (name, password, domain) in [
        ("jdoe", "wrong", ""),
        ("jdoe", "", ""),
        ("jdoe", &long, ""),
        ("ghost", PASSWORD, ""),
        ("", "", ""),
        (&long, PASSWORD, ""),
        ("locked", PASSWORD, ""),
        ("resting", PASSWORD, ""),
        ("lab", PASSWORD, "other"),
        ("other\\lab", PASSWORD, ""),
        ("other\\lab", PASSWORD, "other"),
        ("lab\\jdoe", PASSWORD, ""),
        ("jdoe\0", PASSWORD, ""),
        ("admin", &made, ""),
        (&made, "", ""),
    ] {
        let body = json!({ "username": name, "password": password, "domain": domain });
        let answer = server
            .anonymous()
            .send_json(Method::POST, LOGIN, &body)
            .await;
        refused(&answer, 401, WRONG);
        let mut all: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        all.sort_unstable();
        assert_eq!(*headers.get_or_insert_with(|| all.clone()), all);
        if name.len() > 1000 || password.len() > 1000 || name.contains('\0') {
            continue;
        }
        let [name, password] = [name, password].map(|text| STANDARD.encode(text));
        let headers = [
            ("username", name.as_str()),
            ("password", &password),
            ("domain", domain),
        ];
        let answer = server
            .anonymous()
            .send(Method::POST, "/auth", &headers, "")
            .await;
        refused(&answer, 401, WRONG);
    }
    for headers in [
        &[("username", "jdoe"), ("password", "***")][..],
        &[("username", "amRvZQ==")],
        &[("authorization", "Basic")],
        &[("authorization", "Basic ***")],
        &[("authorization", "Bearer a.b.c")],
        &[],
    ] {
        let answer = server
            .anonymous()
            .send(Method::POST, "/auth", headers, "")
            .await;
        refused(&answer, 401, WRONG);
    }
}

/// The five minutes of spec/tanium.md 3.1, as far as they can be had without waiting: sessions that lay idle almost as
/// long, and as long, are planted.
#[tokio::test]
async fn a_session_goes_on_with_every_use_and_ends_when_it_lies_idle() {
    let mut server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    let id = kit::user(&admin, "jdoe", PASSWORD, &[GATEWAY_USER]).await;
    let key = kit::key(&server, "jdoe", PASSWORD).await;
    server.stop();
    let stored = store_of(&server).await;
    let own = {
        use tokenry_core::port::Store as _;
        let all = stored.sessions(None, 10).await.unwrap();
        all.into_iter().find(|one| one.user.number() == id).unwrap()
    };
    assert_eq!(own.idle_timeout.as_secs(), 300);
    assert!(key.starts_with(&format!("{id}-{}-", own.number)));
    drop(stored);
    let data = server.data();
    let [nearly, over, last] = [1, 2, 3].map(|number| forge::numbered_key(&data, id, number));
    let mut planted = Vec::new();
    for (number, key, seconds) in [(1, &nearly, 285), (2, &over, 300), (3, &last, 285)] {
        planted.push((number, key.as_str(), seconds));
    }
    plant_session_used(&server, "jdoe", &planted).await;
    server.start_again();
    refused(&validate(&server, &over).await, 403, REFUSED_SESSION);
    for string in [&key, &nearly, &last] {
        drop(validate(&server, string).await.expect_status(200));
    }
    // Its use is written down by the time the server has stopped, so that it goes on from then.
    server.restart();
    let store = store_of_running(&mut server).await;
    let begun = crate::kit::now() - 60;
    for session in store {
        let is_old = session.last_used.as_second() < begun;
        assert_eq!(is_old, session.number == 2, "{session:?}");
    }
    drop(validate(&server, &nearly).await.expect_status(200));
    refused(&validate(&server, &over).await, 403, REFUSED_SESSION);
}

/// The sessions of `jdoe`, as a stopped server has left them.
async fn store_of_running(server: &mut Server) -> Vec<tokenry_core::session::Session> {
    use tokenry_core::port::Store as _;
    server.stop();
    let store = store_of(server).await;
    let all = store.sessions(None, 10).await.unwrap();
    drop(store);
    server.start_again();
    all.into_iter()
        .filter(|one| (1..=3).contains(&one.number))
        .collect()
}

#[tokio::test]
async fn sessions_end_one_by_one_or_all_at_once() {
    let mut server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    kit::trust_loopback(&admin).await;
    let id = kit::user(&admin, "jdoe", PASSWORD, &[GATEWAY_USER]).await;
    let persona = kit::persona(&admin, "Reports", &[GATEWAY_USER], &[id]).await;
    let key = async || kit::key(&server, "jdoe", PASSWORD).await;
    let [by_body, by_header, wrapped, by_auth, one, other] = [
        key().await,
        key().await,
        key().await,
        key().await,
        key().await,
        key().await,
    ];
    let plain = server.session_key("jdoe", PASSWORD).await;
    let acting = kit::as_persona(&with(&server, &one), persona).await;
    let token = kit::create(&with(&server, &one), json!({})).await.string;

    let echo = |key: &str| json!({ "data": { "session": key } });
    let ended = post(&server.anonymous(), LOGOUT, json!({ "session": by_body })).await;
    assert_eq!(ended["session"], by_body.as_str());
    let body = json!({ "data": { "session": wrapped } });
    assert_eq!(
        post(&server.anonymous(), LOGOUT, body).await["session"],
        wrapped.as_str()
    );
    let answer = with(&server, &by_header)
        .send(Method::POST, LOGOUT, &[], "")
        .await;
    assert_eq!(answer.expect_status(200).json(), echo(&by_header));
    let answer = with(&server, &by_auth)
        .send(Method::POST, "/auth", &[("logout", "0")], "")
        .await;
    assert_eq!(text_of(&answer), "");
    for ended in [&by_body, &by_header, &wrapped, &by_auth] {
        refused(&validate(&server, ended).await, 403, REFUSED_SESSION);
        let again = json!({ "session": ended });
        let again = server
            .anonymous()
            .send_json(Method::POST, LOGOUT, &again)
            .await;
        refused(&again, 403, REFUSED_SESSION);
        let again = with(&server, ended)
            .send(Method::POST, "/auth", &[("logout", "1")], "")
            .await;
        refused(&again, 403, REFUSED_SESSION);
    }
    for alive in [&one, &other, &plain, &acting, &token] {
        drop(validate(&server, alive).await.expect_status(200));
    }
    let answer = with(&server, &one)
        .send(Method::POST, "/auth", &[("logout", "1")], "")
        .await;
    assert_eq!(text_of(&answer), "");
    let all_ended = async |server: &Server| {
        for ended in [&one, &other, &plain, &acting] {
            refused(&validate(server, ended).await, 403, REFUSED_SESSION);
        }
        drop(validate(server, &token).await.expect_status(200));
    };
    all_ended(&server).await;
    drop(admin.get("/api/v2/server_info").await.expect_status(200));
    let persisting = admin.clone();
    server.restart();
    drop(
        persisting
            .get("/api/v2/server_info")
            .await
            .expect_status(200),
    );
    all_ended_after(&server, &[&one, &other, &plain, &acting]).await;
}

async fn all_ended_after(server: &Server, keys: &[&String]) {
    for ended in keys {
        refused(&validate(server, ended).await, 403, REFUSED_SESSION);
    }
}

/// A session as a persona is another session: the one it came from stays, and each ends by itself.
#[tokio::test]
async fn a_session_as_a_persona_stands_beside_the_one_it_came_from() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    let id = kit::user(&admin, "jdoe", PASSWORD, &[1]).await;
    let persona = kit::persona(&admin, "Reports", &[GATEWAY_USER], &[id]).await;
    let foreign = kit::persona(&admin, "Not His", &[GATEWAY_USER], &[]).await;
    let deleted = kit::persona(&admin, "Gone", &[GATEWAY_USER], &[id]).await;
    let path = format!("/api/v2/personas/{deleted}");
    drop(admin.delete(&path, &[]).await.expect_status(200));
    let key = kit::key(&server, "jdoe", PASSWORD).await;
    let session = with(&server, &key);
    let acting = kit::as_persona(&session, persona).await;
    is_numbered(&acting, id);
    assert_ne!(key, acting);
    let by_acting = with(&server, &acting);
    let info = |client| async move {
        let client: &tokenry_testkit::client::Client = client;
        client
            .get("/api/v2/session/info")
            .await
            .expect_status(200)
            .json()["data"]
            .take()
    };
    assert_eq!(info(&session).await["personaId"], 0);
    assert_eq!(info(&by_acting).await["personaId"], persona);
    assert_eq!(
        by_acting.get("/api/v2/system_settings").await.status,
        403,
        "only what it has"
    );
    assert_eq!(session.get("/api/v2/system_settings").await.status, 200);
    // Back to oneself, which is the persona 0.
    let back = kit::as_persona(&by_acting, 0).await;
    assert_eq!(info(&with(&server, &back)).await["personaId"], 0);
    let text =
        "REST Processing Exception: InvalidPersona: persona must be a persona that you may act as";
    for id in [
        foreign.to_string(),
        deleted.to_string(),
        "999999999".to_owned(),
        "99999999999999999999".to_owned(),
        "x".to_owned(),
        "-1".to_owned(),
        "4031".to_owned(),
        "%20".to_owned(),
    ] {
        let path = format!("/api/v2/session/as_persona/{id}");
        let answer = session.send(Method::POST, &path, &[], "").await;
        refused(&answer, 400, text);
    }
    let ended = json!({ "session": acting });
    drop(
        server
            .anonymous()
            .send_json(Method::POST, LOGOUT, &ended)
            .await
            .expect_status(200),
    );
    refused(&validate(&server, &acting).await, 403, REFUSED_SESSION);
    for alive in [&key, &back] {
        drop(validate(&server, alive).await.expect_status(200));
    }
}

/// What is no credential is told apart from one that does not stand (spec/tanium.md 2).
#[tokio::test]
async fn what_was_never_a_session_is_a_bad_request_to_validate() {
    let server = Server::start(BINARY);
    let text = "REST Processing Exception: InvalidSession: Invalid session";
    for body in [
        json!({ "session": "bad-token" }),
        json!({ "session": "" }),
        json!({ "session": null }),
        json!({}),
        json!({ "data": {} }),
        json!({ "session": "x".repeat(100_000) }),
        json!({ "session": "…" }),
    ] {
        for path in [VALIDATE, LOGOUT] {
            let answer = server
                .anonymous()
                .send_json(Method::POST, path, &body)
                .await;
            if path == LOGOUT && answer.status == 403 {
                refused(&answer, 403, REFUSED_SESSION);
                continue;
            }
            refused(&answer, 400, text);
        }
    }
    for wrong in [
        json!(7),
        json!(["x"]),
        json!({ "session": "x" }),
        json!(true),
    ] {
        let body = json!({ "session": wrong });
        let answer = server
            .anonymous()
            .send_json(Method::POST, VALIDATE, &body)
            .await;
        assert_eq!(answer.status, 400, "{body}");
    }
}
