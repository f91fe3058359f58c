//! Users: who may make, see and change whom, and what becomes of what is theirs.

use serde_json::{Value, json};
use tokenry_testkit::{
    client::{Client, Method},
    server::Server,
};

use super::{TOKENS, admin, refused};
use crate::kit::BINARY;

pub(super) const USERS: &str = "/api/v1/users";
const PASSWORD: &str = "correct horse 1";

/// Makes something, and gives back what is answered.
pub(super) async fn made(client: &Client, path: &str, body: &Value) -> Value {
    let answer = client.send_json(Method::POST, path, body).await;
    answer.expect_status(201).json()
}

/// Where something is that was made.
pub(super) fn at(path: &str, made: &Value) -> String {
    format!("{path}/{}", made["id"])
}

#[tokio::test]
async fn a_user_is_made_signs_in_changes_what_is_his_and_is_gone_with_all_he_had() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let new = json!({ "name": "Berta", "password": PASSWORD, "roles": ["user"] });
    let berta = made(&admin, USERS, &new).await;
    assert_eq!(berta["name"], "berta");
    let here = at(USERS, &berta);
    let by_berta = server.bearer(&server.session_key("berta", PASSWORD).await);
    let seen = by_berta.get(&here).await.expect_status(200);
    assert_eq!(seen.json(), berta);

    let mail = json!({ "email": "berta@example.com", "real_name": "Bertå 🦀" });
    let changed = by_berta.send_json(Method::PATCH, &here, &mail).await;
    assert_eq!(changed.expect_status(200).json()["real_name"], "Bertå 🦀");
    let roles = json!({ "roles": ["admin"] });
    let answer = by_berta.send_json(Method::PATCH, &here, &roles).await;
    refused(&answer, 403, "forbidden", None);

    let token = made(&admin, TOKENS, &json!({ "user": "berta" })).await;
    let token = server.bearer(token["token"].as_str().unwrap());
    assert_eq!(token.get(&here).await.status, 200);
    let password = json!({ "password": "correct horse 2", "old_password": PASSWORD });
    let answer = token.send_json(Method::PATCH, &here, &password).await;
    refused(&answer, 403, "sign_in_required", None);
    let wrong = json!({ "password": "correct horse 2", "old_password": "correct horse 3" });
    let answer = by_berta.send_json(Method::PATCH, &here, &wrong).await;
    refused(&answer, 400, "invalid_value", Some("old_password"));
    let answer = by_berta.send_json(Method::PATCH, &here, &password).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        by_berta.get(&here).await.status,
        401,
        "her sessions have ended"
    );
    let by_berta = server.bearer(&server.session_key("berta", "correct horse 2").await);

    let lock = |locked: bool| json!({ "locked": locked });
    for (locked, status) in [(true, 401), (false, 200)] {
        let answer = admin
            .send_json(Method::PATCH, &here, &lock(locked))
            .await
            .expect_status(200);
        assert_eq!(answer.json()["locked"], locked);
        assert_eq!(token.get(&here).await.status, status);
    }
    let answer = admin.send(Method::DELETE, &here, &[], "").await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(by_berta.get(&here).await.status, 401);
    assert_eq!(token.get(&here).await.status, 401);
    refused(&admin.get(&here).await, 404, "not_found", None);
    let log = server.log();
    assert!(!log.contains("correct horse"), "{log}");
}

/// What the server says of something is not what a request can say.
#[tokio::test]
async fn nt25_nothing_that_the_server_says_itself_can_be_set() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let named = json!({ "name": "Mass", "computer_group": 2 });
    for (path, one) in [
        (USERS, "1"),
        ("/api/v1/user-groups", "1"),
        ("/api/v1/roles", "12"),
        ("/api/v1/personas", "1"),
        ("/api/v1/content-sets", "2"),
        ("/api/v1/computer-groups", "3"),
    ] {
        let one = format!("{path}/{one}");
        for field in [
            "id",
            "created",
            "changed",
            "built_in",
            "powers",
            "effective",
            "token_epoch",
            "deleted",
        ] {
            let mut body = named.clone();
            if !path.ends_with("personas") && !path.ends_with("users") {
                body.as_object_mut().unwrap().remove("computer_group");
            }
            body[field] = json!(1);
            let answer = admin.send_json(Method::POST, path, &body).await;
            refused(&answer, 400, "unknown_field", Some(field));
            let body = json!({ field: 1 });
            let answer = admin.send_json(Method::PATCH, &one, &body).await;
            refused(&answer, 400, "unknown_field", Some(field));
        }
        let listed = admin.get(path).await.expect_status(200);
        assert!(
            !listed.text.to_lowercase().contains("mass"),
            "none was made"
        );
    }
    let answer = admin
        .send_json(Method::PATCH, "/api/v1/users/1", &json!({ "name": "root" }))
        .await;
    refused(&answer, 400, "unknown_field", Some("name"));
}

/// Neither to himself nor to others, neither by a role nor by what gives roles.
#[tokio::test]
async fn nt18_nobody_hands_out_powers_that_he_lacks() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let staff =
        json!({ "name": "staff", "capabilities": ["users.edit", "roles.edit", "personas.edit"] });
    let staff = made(&admin, "/api/v1/roles", &staff).await;
    let new = json!({ "name": "sam", "password": PASSWORD, "roles": ["staff"] });
    let sam = made(&admin, USERS, &new).await;
    let group = json!({ "name": "Mighty", "roles": [1] });
    let group = made(&admin, "/api/v1/user-groups", &group).await;
    let persona = json!({ "name": "Mighty", "computer_group": 1, "roles": [1] });
    let persona = made(&admin, "/api/v1/personas", &persona).await;
    let sams = server.bearer(&server.session_key("sam", PASSWORD).await);
    let sam_id = &sam["id"];
    let (post, patch, delete) = (Method::POST, Method::PATCH, Method::DELETE);
    let (here, staff) = (at(USERS, &sam), at("/api/v1/roles", &staff));
    let group = at("/api/v1/user-groups", &group);
    let persona = at("/api/v1/personas", &persona);
    let before = admin.get("/api/v1/audit?limit=1").await.text;
    for (method, path, body) in [
        (&post, USERS, json!({ "name": "x", "roles": ["admin"] })),
        (
            &post,
            USERS,
            json!({ "name": "x", "roles": ["user", "splunk-system-role"] }),
        ),
        (&patch, &here, json!({ "roles": ["staff", "admin"] })),
        (
            &patch,
            "/api/v1/users/1",
            json!({ "password": "correct horse 9" }),
        ),
        (&patch, "/api/v1/users/1", json!({ "locked": true })),
        (&delete, "/api/v1/users/1", json!({})),
        (
            &post,
            "/api/v1/roles",
            json!({ "name": "x", "capabilities": ["audit.read"] }),
        ),
        (
            &post,
            "/api/v1/roles",
            json!({ "name": "x", "capabilities": ["edit_tokens_all"] }),
        ),
        (
            &post,
            "/api/v1/roles",
            json!({ "name": "x", "imports": ["admin"] }),
        ),
        (
            &post,
            "/api/v1/roles",
            json!({ "name": "x", "grants": [{ "content_set": 2, "capability": "administrator" }] }),
        ),
        (
            &post,
            "/api/v1/roles",
            json!({ "name": "x", "capabilities": ["audit.read"], "deny": true }),
        ),
        (
            &patch,
            &staff,
            json!({ "capabilities": ["users.edit", "roles.edit", "audit.read"] }),
        ),
        (&patch, "/api/v1/roles/1", json!({ "description": "x" })),
        (
            &post,
            "/api/v1/user-groups",
            json!({ "name": "x", "roles": [1], "members": [sam_id] }),
        ),
        (&patch, &group, json!({ "members": [sam_id] })),
        (&delete, &group, json!({})),
        (
            &post,
            "/api/v1/personas",
            json!({ "name": "x", "computer_group": 1, "roles": [1], "users": [sam_id] }),
        ),
        (&patch, &persona, json!({ "users": [sam_id] })),
        (&delete, &persona, json!({})),
        (
            &patch,
            "/api/v1/settings",
            json!({ "token_authentication": false }),
        ),
    ] {
        let answer = sams.send_json(method.clone(), path, &body).await;
        refused(&answer, 403, "forbidden", None);
    }
    let after = admin.get("/api/v1/audit?limit=1").await.text;
    assert_eq!(before, after, "nothing was changed");
    let fair = json!({ "name": "fair", "roles": ["staff"] });
    drop(made(&sams, USERS, &fair).await);
}

#[tokio::test]
async fn nt19_what_one_may_not_see_looks_like_what_there_is_not() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let new = json!({ "name": "kim", "password": PASSWORD, "roles": ["user"] });
    drop(made(&admin, USERS, &new).await);
    let persona = json!({ "name": "Not his", "computer_group": 2 });
    let persona = made(&admin, "/api/v1/personas", &persona).await;
    let kims = server.bearer(&server.session_key("kim", PASSWORD).await);
    let kims = kims.header("if-match", "\"0\"");
    for there in [
        "/api/v1/users/1",
        "/api/v1/roles/1",
        "/api/v1/content-sets/1",
        "/api/v1/computer-groups/1",
        &at("/api/v1/personas", &persona),
    ] {
        let (path, _) = there.rsplit_once('/').unwrap();
        let unknown = format!("{path}/987654");
        for method in [Method::GET, Method::PATCH, Method::DELETE] {
            let nothing = json!({});
            let foreign = kims.send_json(method.clone(), there, &nothing).await;
            let other = kims.send_json(method.clone(), &unknown, &nothing).await;
            refused(&foreign, 403, "forbidden", None);
            assert_eq!(
                (other.status, other.text),
                (403, foreign.text),
                "{method} {there}"
            );
        }
    }
}

/// NT-63: kept as it is or refused by the name of its field, and never the server's fault.
#[tokio::test]
async fn nt63_strange_and_long_texts_are_kept_or_refused_by_field() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let texts = [
        "<script>alert(1)</script>".to_owned(),
        "\"'><img src=x onerror=alert(1)>".to_owned(),
        "\u{202e}gnp.exe".to_owned(),
        "e\u{301}\u{1f980}\u{10ffff}".to_owned(),
        "x".repeat(10_000),
        "🦀".repeat(10_000),
        "a\u{0}b".to_owned(),
        "{{7*7}}${7*7}".to_owned(),
        String::new(),
        " ".to_owned(),
    ];
    let fields = [
        (USERS, "name", json!({})),
        (USERS, "real_name", json!({})),
        (USERS, "email", json!({})),
        (USERS, "time_zone", json!({})),
        ("/api/v1/user-groups", "name", json!({})),
        ("/api/v1/roles", "name", json!({})),
        ("/api/v1/roles", "label", json!({})),
        ("/api/v1/roles", "description", json!({})),
        ("/api/v1/personas", "name", json!({ "computer_group": 2 })),
        (
            "/api/v1/personas",
            "display_name",
            json!({ "computer_group": 2 }),
        ),
        ("/api/v1/content-sets", "name", json!({})),
        ("/api/v1/content-sets", "description", json!({})),
        ("/api/v1/computer-groups", "name", json!({})),
        ("/api/v1/computer-groups", "text", json!({})),
    ];
    let (mut kept, mut number) = (0, 0);
    for (path, field, body) in fields {
        for text in &texts {
            number += 1;
            let mut body = body.clone();
            body["name"] = json!(format!("n{number}"));
            body[field] = json!(text);
            let answer = admin.send_json(Method::POST, path, &body).await;
            if answer.status == 201 {
                kept += 1;
                let made = answer.json();
                let shown = admin.get(&at(path, &made)).await.expect_status(200);
                assert_eq!(shown.json(), made);
                assert_eq!(made[field].as_str().unwrap(), text, "{path} {field}");
                assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            } else {
                refused(&answer, 400, "invalid_value", Some(field));
            }
        }
    }
    assert!(kept > 30, "{kept} of {number}");
    for text in texts {
        // As much of it as a path may be long.
        let text: String = text.chars().take(1000).collect();
        let query = tokenry_testkit::client::encode(&[("search", &text)]);
        let answer = admin.get(&format!("{USERS}?{query}")).await;
        assert!([200, 400].contains(&answer.status), "{}", answer.text);
    }
}
