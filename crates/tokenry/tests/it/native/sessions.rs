//! Signing in and out: as a program and as a browser, and what nobody else can do with either.

use serde_json::{Value, json};
use tokenry_testkit::{
    client::{Answer, Client, Method},
    server::{ADMIN_PASSWORD, Server},
};

use super::{BINARY, admin, create, post, refused, text};

const SESSIONS: &str = "/api/v1/sessions";
const SESSION: &str = "/api/v1/session";
const PASSWORD: &str = "another good password";

fn credentials(user: &str, password: &str, transport: &str) -> Value {
    json!({ "user": user, "password": password, "transport": transport })
}

/// A client that sends what the console's own page sends.
fn page(server: &Server) -> Client {
    let marked = server.anonymous().header("tokenry-console", "1");
    marked.header("sec-fetch-site", "same-origin")
}

async fn sign_in(client: &Client, user: &str, password: &str, transport: &str) -> Answer {
    let body = credentials(user, password, transport);
    client.send_json(Method::POST, SESSIONS, &body).await
}

/// The cookie of an answer, as a browser would send it back.
fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie").unwrap();
    set.split(';').next().unwrap().to_owned()
}

async fn send(client: &Client, method: Method, path: &str) -> Answer {
    client.send(method, path, &[], Vec::new()).await
}

async fn make_user(admin: &Client, name: &str, roles: &[&str]) {
    let body = json!({ "name": name, "password": PASSWORD, "roles": roles });
    let made = admin.send_json(Method::POST, "/api/v1/users", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
}

#[tokio::test]
async fn a_program_signs_in_with_a_key_and_a_browser_with_a_cookie_that_no_script_sees() {
    let server = Server::start(BINARY);
    let opened = sign_in(&server.anonymous(), "admin", ADMIN_PASSWORD, "bearer").await;
    let opened = opened.expect_status(201);
    assert!(opened.header("set-cookie").is_none());
    let key = text(&opened.json(), "key").to_owned();
    let shown = server.bearer(&key).get(SESSION).await.expect_status(200);
    assert_eq!(shown.json()["user"], "admin");

    let opened = sign_in(&page(&server), "admin", ADMIN_PASSWORD, "cookie").await;
    let opened = opened.expect_status(201);
    assert_eq!(opened.json()["key"], Value::Null);
    let set = opened.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-tokenry="), "{set}");
    for flag in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(set.contains(&format!("; {flag}")), "{set}");
    }
    assert!(!set.contains("Domain"), "{set}");
    let browser = page(&server).header("cookie", &cookie(&opened));
    let shown = browser.get(SESSION).await.expect_status(200);
    assert_eq!(shown.json()["via"], "session");

    let closed = send(&browser, Method::DELETE, SESSION).await;
    let closed = closed.expect_status(204);
    assert!(closed.header("set-cookie").unwrap().contains("Max-Age=0"));
    refused(&browser.get(SESSION).await, 401, "invalid_token", None);
    let log = server.log();
    assert!(
        !log.contains(&key) && !log.contains(ADMIN_PASSWORD),
        "{log}"
    );
}

#[tokio::test]
async fn nt60_what_another_site_sends_with_the_cookie_is_refused_and_changes_nothing() {
    let server = Server::start(BINARY);
    let opened = sign_in(&page(&server), "admin", ADMIN_PASSWORD, "cookie").await;
    let cookie = cookie(&opened.expect_status(201));
    let with = |headers: &[(&str, &str)]| {
        let client = server.anonymous().header("cookie", &cookie);
        headers
            .iter()
            .fold(client, |client, (name, value)| client.header(name, value))
    };
    let own = format!("https://{}", server.address());
    let rows: [&[(&str, &str)]; 8] = [
        &[],
        &[("tokenry-console", "1")],
        &[("sec-fetch-site", "same-origin")],
        &[("tokenry-console", "1"), ("sec-fetch-site", "cross-site")],
        &[("tokenry-console", "1"), ("sec-fetch-site", "same-site")],
        &[("tokenry-console", "1"), ("sec-fetch-site", "none")],
        &[("tokenry-console", "1"), ("origin", "null")],
        &[("tokenry-console", "1"), ("origin", "https://evil.example")],
    ];
    for headers in rows {
        let client = with(headers);
        refused(&post(&client, &json!({})).await, 403, "cross_origin", None);
        // As a form or a script of another site would write it.
        for kind in ["text/plain", "application/x-www-form-urlencoded"] {
            let headers = [("content-type", kind)];
            let sent = client
                .send(Method::POST, super::TOKENS, &headers, b"{}".to_vec())
                .await;
            refused(&sent, 403, "cross_origin", None);
        }
        let closed = send(&client, Method::DELETE, SESSION).await;
        refused(&closed, 403, "cross_origin", None);
    }
    let body = credentials("admin", ADMIN_PASSWORD, "cookie");
    let foreign = server.anonymous().header("sec-fetch-site", "cross-site");
    let opened = foreign.send_json(Method::POST, SESSIONS, &body).await;
    refused(&opened, 403, "cross_origin", None);
    let ours = with(&[("tokenry-console", "1"), ("origin", &own)]);
    let listed = ours.get(super::TOKENS).await.expect_status(200).json();
    assert_eq!(listed["items"], json!([]), "nothing was made");
    assert_eq!(post(&ours, &json!({})).await.status, 201);
    let answer = ours.get(SESSION).await;
    assert!(answer.header("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn nt65_a_token_opens_no_console_and_no_session_and_changes_no_password() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let made = create(&admin, &json!({})).await;
    let token = text(&made, "token");
    let in_cookie = page(&server).header("cookie", &format!("__Host-tokenry={token}"));
    refused(&in_cookie.get(SESSION).await, 401, "invalid_token", None);
    let bearer = server.bearer(token);
    let shown = bearer.get(SESSION).await.expect_status(200);
    assert_eq!(shown.json()["via"], "token");
    let switched = bearer
        .send_json(
            Method::POST,
            "/api/v1/session/persona",
            &json!({ "persona": 0 }),
        )
        .await;
    refused(&switched, 403, "sign_in_required", None);
    let closed = send(&bearer, Method::DELETE, SESSION).await;
    refused(&closed, 403, "sign_in_required", None);
    let body = json!({ "password": PASSWORD, "old_password": ADMIN_PASSWORD });
    let changed = bearer
        .send_json(Method::PATCH, "/api/v1/users/1", &body)
        .await;
    refused(&changed, 403, "sign_in_required", None);
    assert_eq!(
        sign_in(&server.anonymous(), "admin", ADMIN_PASSWORD, "bearer")
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn nt55_two_credentials_are_none() {
    let server = Server::start(BINARY);
    let key = server.session_key("admin", ADMIN_PASSWORD).await;
    let both = server
        .bearer(&key)
        .header("cookie", &format!("__Host-tokenry={key}"));
    refused(&both.get(SESSION).await, 400, "invalid_request", None);
    let twice = page(&server).header(
        "cookie",
        &format!("__Host-tokenry={key}; __Host-tokenry={key}"),
    );
    refused(&twice.get(SESSION).await, 400, "invalid_request", None);
}

#[tokio::test]
async fn one_goes_on_as_another_persona_and_the_session_before_ends() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let group = json!({ "name": "Lab", "kind": "management" });
    let group = admin
        .send_json(Method::POST, "/api/v1/computer-groups", &group)
        .await
        .expect_status(201)
        .json();
    let persona = json!({ "name": "Night shift", "computer_group": group["id"], "users": [1] });
    let persona = admin
        .send_json(Method::POST, "/api/v1/personas", &persona)
        .await
        .expect_status(201)
        .json();
    let opened = sign_in(&page(&server), "admin", ADMIN_PASSWORD, "cookie").await;
    let opened = opened.expect_status(201);
    let personas = &opened.json()["session"]["personas"];
    assert_eq!(personas.as_array().unwrap().len(), 2, "{personas}");
    let browser = page(&server).header("cookie", &cookie(&opened));
    let body = json!({ "persona": persona["id"] });
    let switched = browser
        .send_json(Method::POST, "/api/v1/session/persona", &body)
        .await
        .expect_status(201);
    assert_eq!(switched.json()["session"]["persona"]["name"], "Night shift");
    refused(&browser.get(SESSION).await, 401, "invalid_token", None);
    let browser = page(&server).header("cookie", &cookie(&switched));
    assert_eq!(browser.get(SESSION).await.status, 200);
    let unknown = browser
        .send_json(
            Method::POST,
            "/api/v1/session/persona",
            &json!({ "persona": 99 }),
        )
        .await;
    refused(&unknown, 400, "invalid_value", Some("persona"));
    assert_eq!(browser.get(SESSION).await.status, 200, "it goes on");
}

#[tokio::test]
async fn nt54_who_does_not_know_the_password_learns_nothing_of_the_account() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    make_user(&admin, "maria", &["user"]).await;
    let users = admin.get("/api/v1/users?search=maria").await.json();
    let id = users["items"][0]["id"].as_i64().unwrap();
    let place = format!("/api/v1/users/{id}");
    let locked = json!({ "locked": true });
    let locked = admin.send_json(Method::PATCH, &place, &locked).await;
    assert_eq!(locked.status, 200, "{}", locked.text);
    let nobody = server.anonymous();
    let right = sign_in(&nobody, "maria", PASSWORD, "bearer").await;
    refused(&right, 403, "account_locked", None);
    let wrong = sign_in(&nobody, "maria", "wrong", "bearer").await;
    refused(&wrong, 401, "wrong_password", None);
    let unknown = sign_in(&nobody, "ghost", "wrong", "bearer").await;
    assert_eq!((wrong.status, wrong.text), (unknown.status, unknown.text));
}

#[tokio::test]
async fn who_fails_too_often_from_one_address_has_to_wait() {
    let server = Server::start(BINARY);
    let nobody = server.anonymous();
    for n in 0..20 {
        let failed = sign_in(&nobody, &format!("ghost{n}"), "wrong", "bearer").await;
        refused(&failed, 401, "wrong_password", None);
    }
    let waiting = sign_in(&nobody, "admin", ADMIN_PASSWORD, "bearer").await;
    refused(&waiting, 429, "too_many_requests", None);
    let wait: u64 = waiting.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=301).contains(&wait), "{wait}");
}

#[tokio::test]
async fn ones_own_sessions_are_seen_and_ended_and_nobody_elses() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    make_user(&admin, "maria", &["user"]).await;
    let maria = sign_in(&server.anonymous(), "maria", PASSWORD, "bearer").await;
    let maria = server.bearer(text(&maria.expect_status(201).json(), "key"));
    let listed = maria.get(SESSIONS).await.expect_status(200).json();
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{listed}");
    assert_eq!(items[0]["is_current"], true);
    let all = admin.get(SESSIONS).await.expect_status(200).json();
    let of_admin = (all["items"].as_array().unwrap().iter())
        .find(|one| one["user"] == "admin")
        .unwrap();
    let foreign = format!("{SESSIONS}/{}", text(of_admin, "id"));
    let unknown = format!("{SESSIONS}/{}", "0".repeat(64));
    let [foreign, unknown] = [
        send(&maria, Method::DELETE, &foreign).await,
        send(&maria, Method::DELETE, &unknown).await,
    ];
    refused(&foreign, 404, "not_found", None);
    assert_eq!(foreign.text, unknown.text, "NT-19");
    let own = format!("{SESSIONS}/{}", text(&items[0], "id"));
    assert_eq!(send(&admin, Method::DELETE, &own).await.status, 204);
    refused(&maria.get(SESSION).await, 401, "invalid_token", None);
}
