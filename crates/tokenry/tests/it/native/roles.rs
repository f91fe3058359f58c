//! Roles: what they may be called, and what a change of one does at once.

use serde_json::json;
use tokenry_testkit::{client::Method, server::Server};

use super::{
    admin, refused,
    users::{USERS, at, made},
};
use crate::kit::BINARY;

const ROLES: &str = "/api/v1/roles";
const PASSWORD: &str = "correct horse 1";

#[tokio::test]
async fn what_a_role_grants_its_holders_have_at_once() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let role = made(&admin, ROLES, &json!({ "name": "clerk" })).await;
    let new = json!({ "name": "kim", "password": PASSWORD, "roles": ["clerk"] });
    let kim = made(&admin, USERS, &new).await;
    let kims = server.bearer(&server.session_key("kim", PASSWORD).await);
    let (here, kim) = (at(ROLES, &role), at(USERS, &kim));
    for (body, status) in [
        (json!({ "capabilities": ["users.list"] }), 200),
        (json!({ "capabilities": ["users.list"], "deny": true }), 403),
        (
            json!({ "capabilities": ["administrator"], "deny": false }),
            200,
        ),
        (json!({ "capabilities": [], "imports": ["power"] }), 403),
        (
            json!({ "imports": [], "grants": [{ "content_set": 2, "capability": "read user" }] }),
            200,
        ),
        (json!({ "grants": [] }), 403),
    ] {
        let changed = admin.send_json(Method::PATCH, &here, &body).await;
        let changed = changed.expect_status(200).json();
        for (field, value) in body.as_object().unwrap() {
            assert_eq!(&changed[field], value);
        }
        assert_eq!(kims.get(USERS).await.status, status, "{body}");
    }
    let answer = admin.send(Method::DELETE, &here, &[], "").await;
    assert_eq!(answer.status, 204);
    assert_eq!(admin.get(&kim).await.json()["roles"], json!([]));
    refused(&admin.get(&here).await, 404, "not_found", None);
}

#[tokio::test]
async fn nt28_no_role_looks_like_one_that_is_there_from_the_start() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    for name in ["admin", "Admin", "ADMIN", "administrator"] {
        let answer = admin
            .send_json(Method::POST, ROLES, &json!({ "name": name }))
            .await;
        refused(&answer, 409, "conflict", None);
    }
    for name in [
        "аdmin",
        "admin ",
        " admin",
        "admin\u{200b}",
        "ad min",
        "ADMİN",
        "admin/",
    ] {
        let answer = admin
            .send_json(Method::POST, ROLES, &json!({ "name": name }))
            .await;
        refused(&answer, 400, "invalid_value", Some("name"));
    }
    for label in [
        "Administrator",
        "administrator",
        "ADMIN",
        "Content Administrator",
    ] {
        let body = json!({ "name": "x", "label": label });
        let answer = admin.send_json(Method::POST, ROLES, &body).await;
        refused(&answer, 409, "conflict", None);
    }
    for capability in [
        "Edit_User",
        "edit_user ",
        "edit_user\u{200d}",
        "еdit_user",
        "",
    ] {
        let body = json!({ "name": "x", "capabilities": [capability] });
        let answer = admin.send_json(Method::POST, ROLES, &body).await;
        refused(&answer, 400, "invalid_value", Some("capabilities"));
    }
    for (id, body) in [
        (1, json!({ "label": "Boss" })),
        (10, json!({ "deny": true })),
    ] {
        let path = format!("{ROLES}/{id}");
        let answer = admin.send_json(Method::PATCH, &path, &body).await;
        refused(&answer, 409, "conflict", None);
        let answer = admin.send(Method::DELETE, &path, &[], "").await;
        refused(&answer, 409, "conflict", None);
    }
}

#[tokio::test]
async fn a_role_imports_no_circle_and_the_last_administrator_stays() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let mut last = None;
    let mut first = String::new();
    for name in ["a", "b", "c"] {
        let body = json!({ "name": name, "imports": last.iter().collect::<Vec<_>>() });
        let made = made(&admin, ROLES, &body).await;
        if first.is_empty() {
            first = at(ROLES, &made);
        }
        last = Some(name);
    }
    for import in ["a", "b", "c"] {
        let body = json!({ "imports": [import] });
        let answer = admin.send_json(Method::PATCH, &first, &body).await;
        refused(&answer, 400, "invalid_value", Some("imports"));
    }
    for body in [json!({ "roles": [] }), json!({ "locked": true })] {
        let answer = admin
            .send_json(Method::PATCH, "/api/v1/users/1", &body)
            .await;
        refused(&answer, 409, "conflict", None);
    }
    let answer = admin.send(Method::DELETE, "/api/v1/users/1", &[], "").await;
    refused(&answer, 409, "conflict", None);
}
