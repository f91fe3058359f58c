//! The audit log: everything that is done is in it, with the object it was done to, and no secret.

use serde_json::json;
use tokenry_testkit::{client::Method, server::Server};

use super::{
    admin,
    users::{USERS, at, made},
};
use crate::kit::BINARY;

#[tokio::test]
async fn everything_that_is_done_has_its_line_in_order() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let mut expected = Vec::new();
    for (path, kind, new, change) in [
        (
            USERS,
            "user",
            json!({ "name": "berta", "password": "canary horse 1" }),
            json!({ "password": "canary horse 2" }),
        ),
        (
            "/api/v1/user-groups",
            "user_group",
            json!({ "name": "Crew" }),
            json!({ "name": "Team" }),
        ),
        (
            "/api/v1/roles",
            "role",
            json!({ "name": "crew" }),
            json!({ "description": "x" }),
        ),
        (
            "/api/v1/personas",
            "persona",
            json!({ "name": "Crew", "computer_group": 2 }),
            json!({ "name": "Team" }),
        ),
        (
            "/api/v1/content-sets",
            "content_set",
            json!({ "name": "Crew" }),
            json!({ "name": "Team" }),
        ),
        (
            "/api/v1/computer-groups",
            "computer_group",
            json!({ "name": "Crew" }),
            json!({ "name": "Team" }),
        ),
    ] {
        let made = made(&admin, path, &new).await;
        let here = at(path, &made);
        let changed = admin.send_json(Method::PATCH, &here, &change).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        assert_eq!(admin.send(Method::DELETE, &here, &[], "").await.status, 204);
        for verb in ["create", "edit", "delete"] {
            expected.push((format!("{verb}_{kind}"), made["id"].clone()));
        }
    }
    let wanted = format!("/api/v1/audit?limit={}", expected.len());
    let page = admin.get(&wanted).await.expect_status(200);
    assert!(!page.text.contains("canary"), "{}", page.text);
    let page = page.json();
    let lines = page["items"].as_array().unwrap();
    let found = lines.iter().rev().map(|line| {
        assert_eq!(
            (&line["actor"], &line["address"]),
            (&json!("admin"), &json!("127.0.0.1"))
        );
        (
            line["action"].as_str().unwrap().to_owned(),
            line["object"].clone(),
        )
    });
    assert_eq!(found.collect::<Vec<_>>(), expected);
    let oldest = lines.last().unwrap()["sequence"].as_i64().unwrap();
    assert_eq!(page["next"], oldest, "what went before is on the next page");
    let next = admin
        .get(&format!("/api/v1/audit?before={oldest}&limit=1000"))
        .await
        .json();
    assert_eq!(next["items"][0]["sequence"], oldest - 1);
    assert_eq!(next["next"], json!(null));
    let newest = lines[0]["sequence"].as_i64().unwrap();
    let follow = format!("/api/v1/audit?after={newest}");
    assert_eq!(admin.get(&follow).await.json()["items"], json!([]));
}
