//! User groups, personas, content sets and computer groups: what they give, and two administrators at once.

use serde_json::json;
use tokenry_testkit::{client::Method, server::Server};

use super::{
    admin, refused,
    users::{USERS, at, made},
};
use crate::kit::BINARY;

const GROUPS: &str = "/api/v1/user-groups";
const PASSWORD: &str = "correct horse 1";

#[tokio::test]
async fn who_comes_into_a_group_has_what_it_gives_until_it_is_gone() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let new = json!({ "name": "kim", "password": PASSWORD });
    let kim = made(&admin, USERS, &new).await;
    let kims = server.bearer(&server.session_key("kim", PASSWORD).await);
    let role = json!({ "name": "lister", "capabilities": ["users.list"] });
    let role = made(&admin, "/api/v1/roles", &role).await;
    let group = json!({ "name": "Listers", "roles": [role["id"]] });
    let group = made(&admin, GROUPS, &group).await;
    let here = at(GROUPS, &group);
    assert_eq!(kims.get(USERS).await.status, 403);
    for (members, status) in [
        (vec![&kim["id"]], 200),
        (vec![], 403),
        (vec![&kim["id"]], 200),
    ] {
        let body = json!({ "members": members });
        let answer = admin.send_json(Method::PATCH, &here, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(kims.get(USERS).await.status, status);
    }
    let shown = admin.get(&at(USERS, &kim)).await.json();
    assert_eq!(
        shown["user_groups"],
        json!([{ "id": group["id"], "name": "Listers" }])
    );
    assert_eq!(shown["powers"], json!(["users.list"]));
    assert_eq!(admin.send(Method::DELETE, &here, &[], "").await.status, 204);
    assert_eq!(kims.get(USERS).await.status, 403);
}

#[tokio::test]
async fn who_may_act_as_a_persona_finds_it() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let new = json!({ "name": "kim", "password": PASSWORD });
    let kim = made(&admin, USERS, &new).await;
    let kims = server.bearer(&server.session_key("kim", PASSWORD).await);
    let set = made(&admin, "/api/v1/content-sets", &json!({ "name": "Theirs" })).await;
    let computers = json!({ "name": "Theirs", "content_set": set["id"] });
    let computers = made(&admin, "/api/v1/computer-groups", &computers).await;
    assert_eq!(computers["kind"], "management");
    let persona = json!({ "name": "Nights", "computer_group": computers["id"], "roles": [10],
        "users": [kim["id"]] });
    let persona = made(&admin, "/api/v1/personas", &persona).await;
    let here = at("/api/v1/personas", &persona);
    let seen = kims.get("/api/v1/personas").await.expect_status(200).json();
    assert_eq!(seen, json!({ "items": [persona] }));
    let change = json!({ "users": [] });
    let answer = kims.send_json(Method::PATCH, &here, &change).await;
    refused(&answer, 403, "forbidden", None);

    // A set that is in use stays; groups of computers go, and then nobody manages them.
    let set = at("/api/v1/content-sets", &set);
    let computers = at("/api/v1/computer-groups", &computers);
    let answer = admin.send(Method::DELETE, &set, &[], "").await;
    refused(&answer, 409, "conflict", None);
    assert_eq!(
        admin.send(Method::DELETE, &computers, &[], "").await.status,
        204
    );
    assert_eq!(admin.send(Method::DELETE, &set, &[], "").await.status, 204);
    let shown = admin.get(&here).await.json();
    assert_eq!(
        shown["computer_group"],
        json!({ "id": 2, "name": "No Computers" })
    );
    for path in ["/api/v1/content-sets/1", "/api/v1/computer-groups/1"] {
        let answer = admin.send(Method::DELETE, path, &[], "").await;
        refused(&answer, 409, "conflict", None);
    }
}

#[tokio::test]
async fn of_two_administrators_the_later_one_hears_that_it_has_changed() {
    let server = Server::start(BINARY);
    let one = admin(&server).await;
    let other = admin(&server).await;
    let group = made(&one, GROUPS, &json!({ "name": "Crew" })).await;
    let here = at(GROUPS, &group);
    let tag = |answer: &tokenry_testkit::client::Answer| answer.header("etag").unwrap().to_owned();
    let (mine, yours) = (tag(&one.get(&here).await), tag(&other.get(&here).await));
    assert_eq!(mine, yours);
    let with = |client: &tokenry_testkit::client::Client, tag: &str| {
        client.clone().header("if-match", tag)
    };
    let body = json!({ "members": [1] });
    let first = with(&one, &mine)
        .send_json(Method::PATCH, &here, &body)
        .await;
    let new = tag(&first.expect_status(200));
    let body = json!({ "name": "Team" });
    let late = with(&other, &yours)
        .send_json(Method::PATCH, &here, &body)
        .await;
    refused(&late, 412, "changed_meanwhile", None);
    let again = with(&other, &new)
        .send_json(Method::PATCH, &here, &body)
        .await;
    let again = again.expect_status(200).json();
    assert_eq!(
        (&again["name"], &again["members"][0]["id"]),
        (&json!("Team"), &json!(1))
    );
}

/// Of many who read the same only one changes it, however close together they are, and however much else changes.
#[tokio::test]
async fn of_many_at_once_exactly_one_changes_what_all_have_read() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let role = made(&admin, "/api/v1/roles", &json!({ "name": "prize" })).await;
    let here = at("/api/v1/roles", &role);
    let read = admin.get(&here).await;
    let racer = admin
        .clone()
        .header("if-match", read.header("etag").unwrap());
    let running = (0..8).map(|number| {
        let (racer, admin, here) = (racer.clone(), admin.clone(), here.clone());
        tokio::spawn(async move {
            let other = json!({ "name": format!("Noise {number}") });
            let noise = admin.send_json(Method::POST, "/api/v1/content-sets", &other);
            let body = json!({ "description": format!("won by {number}") });
            let race = racer.send_json(Method::PATCH, &here, &body);
            let (noise, race) = tokio::join!(noise, race);
            assert_eq!(noise.status, 201, "{}", noise.text);
            race.status
        })
    });
    let mut statuses = Vec::new();
    for race in running.collect::<Vec<_>>() {
        statuses.push(race.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
}
