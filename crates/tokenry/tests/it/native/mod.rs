//! Tokenry's own API: tokens in every form, which the other faces know as their own, and what it refuses.

mod audit;
mod directory;
mod lives;
mod roles;
mod sessions;
mod settings;
mod users;

use serde_json::{Value, json};
use tokenry_api::{Access, operations::TABLE};
use tokenry_testkit::{
    client::{Answer, Client, Method},
    server::{ADMIN_PASSWORD, Server},
};

use super::{
    kit::{self, BINARY, CONTEXT, names, tokens_of},
    tanium::kit as tanium,
};

const TOKENS: &str = "/api/v1/tokens";

async fn post(client: &Client, body: &Value) -> Answer {
    client.send_json(Method::POST, TOKENS, body).await
}

async fn create(client: &Client, body: &Value) -> Value {
    let answer = post(client, body).await.expect_status(201);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

async fn admin(server: &Server) -> Client {
    server.bearer(&server.session_key("admin", ADMIN_PASSWORD).await)
}

fn text<'a>(made: &'a Value, name: &str) -> &'a str {
    made[name].as_str().unwrap()
}

/// Fails unless this is a problem with this status, code and field.
#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str, field: Option<&str>) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let problem = answer.json();
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], "about:blank");
    assert!(problem["title"].is_string() && problem["detail"].is_string());
    let found = (&problem["code"], problem["field"].as_str());
    assert_eq!(found, (&json!(code), field), "{problem}");
}

/// Each is used at both other faces, found in their lists, disabled by the one and deleted by the other.
#[tokio::test]
async fn a_token_of_any_form_is_known_to_all_faces() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let splunk = server.admin_session().await;
    for (form, starts) in [
        (json!({}), "tky_pat_"),
        (json!({ "kind": "svc" }), "tky_svc_"),
        (json!({ "form": "hex" }), "token-"),
        (json!({ "form": "splunk_jwt" }), "ey"),
    ] {
        let made = create(&admin, &form).await;
        let (id, string) = (text(&made, "id"), text(&made, "token"));
        assert!(string.starts_with(starts), "{starts}");
        assert_eq!(
            (text(&made, "user"), text(&made, "audience")),
            ("admin", "api")
        );
        let bearer = server.bearer(string);
        let session = tanium::with(&server, string);
        let everywhere = async |status| {
            assert_eq!(bearer.get(CONTEXT).await.status, status, "{starts}");
            let current = session.get("/api/v2/session/current").await;
            assert_eq!(current.status, status, "{starts}");
            let made = post(&bearer, &json!({ "scope": ["search"] })).await;
            assert_eq!(made.status, if status == 200 { 201 } else { status });
        };
        everywhere(200).await;
        let listed = splunk.get(&tokens_of("admin")).await.json();
        assert!(names(&listed).contains(&id.to_owned()), "{listed}");
        let number = made["number"].as_i64().unwrap();
        let seen = session.get(&tanium::token_at(number)).await;
        assert_eq!(seen.expect_status(200).json()["data"]["id"], number);
        for (state, status) in [("disabled", 401), ("enabled", 200)] {
            let form = [("id", id), ("status", state)];
            let changed = splunk.post(&tokens_of("admin"), &form).await;
            assert_eq!(changed.status, 200, "{}", changed.text);
            everywhere(status).await;
        }
        let deleted = session.delete(&tanium::token_at(number), &[]).await;
        assert_eq!(deleted.status, 200, "{}", deleted.text);
        everywhere(401).await;
        let listed = splunk.get(&tokens_of("admin")).await.json();
        assert!(!names(&listed).contains(&id.to_owned()));
    }
}

#[tokio::test]
async fn what_is_wished_is_what_is_answered_and_its_string_is_nowhere_else() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let body = json!({
        "form": "opaque",
        "kind": "svc",
        "user": "admin",
        "persona": 0,
        "audience": "orders",
        "name": "Nightly",
        "notes": "for the\nnight",
        "expires": "2098-12-31T00:00:00Z",
        "not_before": "2098-01-01T00:00:00Z",
        "addresses": ["192.0.2.0/24", "2001:db8::/32"],
        "scope": ["orders.write", "orders.read"],
        "rate": { "per_minute": 60, "burst": 5 },
    });
    let mut made = create(&admin, &body).await;
    let string = text(&made, "token").to_owned();
    let issued = text(&made, "issued_at").to_owned();
    assert!(issued.ends_with('Z'), "{issued}");
    let fields = made.as_object_mut().unwrap();
    for field in [
        "token",
        "id",
        "number",
        "issued_at",
        "issuer",
        "visible_until",
    ] {
        assert!(fields.remove(field).is_some(), "{field}");
    }
    let mut expected = body;
    expected["status"] = json!("enabled");
    expected["scope"] = json!(["orders.read", "orders.write"]);
    expected.as_object_mut().unwrap().remove("kind");
    let beside = json!({
        "state": "not_yet_valid",
        "user_id": 1,
        "persona_name": "Default",
        "last_used": null,
        "last_used_address": null,
        "replaced_by": null,
        "may": ["edit", "set_status", "revoke", "rotate"],
    });
    (expected.as_object_mut().unwrap()).extend(beside.as_object().unwrap().clone());
    assert_eq!(made, expected);
    drop(admin);
    let log = server.log();
    assert!(!log.contains(&string), "{log}");
}

#[tokio::test]
async fn nt21_a_token_narrowed_to_a_scope_makes_no_wider_one() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let reader = create(&admin, &json!({ "scope": ["list_tokens_own"] })).await;
    let reader = server.bearer(text(&reader, "token"));
    assert_eq!(reader.get(&tokens_of("admin")).await.status, 200);
    refused(&post(&reader, &json!({})).await, 403, "forbidden", None);
    assert_eq!(reader.get(kit::USERS).await.status, 403);

    let body = json!({ "scope": ["edit_tokens_all", "orders.read"] });
    let mut maker = server.bearer(text(&create(&admin, &body).await, "token"));
    for _ in 0..3 {
        let made = create(&maker, &json!({ "form": "hex" })).await;
        assert_eq!(made["scope"], body["scope"], "as narrow as its maker");
        let wider = json!({ "scope": ["edit_tokens_all", "edit_user"] });
        refused(&post(&maker, &wider).await, 403, "forbidden", None);
        maker = server.bearer(text(&made, "token"));
    }
    let made = create(&maker, &json!({ "scope": ["orders.read"] })).await;
    let last = server.bearer(text(&made, "token"));
    refused(&post(&last, &json!({})).await, 403, "forbidden", None);
}

#[tokio::test]
async fn a_token_that_is_used_too_often_is_told_to_wait() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let body = json!({ "rate": { "per_minute": 1, "burst": 1 } });
    let bearer = server.bearer(text(&create(&admin, &body).await, "token"));
    assert_eq!(bearer.get(CONTEXT).await.status, 200);
    let answer = post(&bearer, &json!({})).await;
    refused(&answer, 429, "too_many_requests", None);
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn nt24_every_operation_needs_exactly_one_good_token() {
    let server = Server::start(BINARY);
    let nobody = server.anonymous();
    let good = server.session_key("admin", ADMIN_PASSWORD).await;
    let forged = format!("tky_pat_{}", "0".repeat(64));
    let stranger = "Bearer realm=\"tokenry\"";
    let invalid = "Bearer realm=\"tokenry\", error=\"invalid_token\"";
    let ambiguous = "Bearer realm=\"tokenry\", error=\"invalid_request\"";
    let bearer = |string: &str| server.bearer(string);
    let rows = [
        (nobody.clone(), 401, "missing_token", stranger),
        (
            nobody.clone().basic("admin", ADMIN_PASSWORD),
            401,
            "missing_token",
            stranger,
        ),
        (
            nobody.clone().header("session", &good),
            401,
            "missing_token",
            stranger,
        ),
        (server.cookie(&good), 401, "missing_token", stranger),
        (bearer(&forged), 401, "invalid_token", invalid),
        (bearer("x"), 401, "invalid_token", invalid),
        (bearer(""), 400, "invalid_request", ambiguous),
        (
            bearer(&format!("{good} {good}")),
            400,
            "invalid_request",
            ambiguous,
        ),
        (
            bearer(&format!("{good},Bearer {good}")),
            400,
            "invalid_request",
            ambiguous,
        ),
        (
            bearer(&good).authorization(&format!("Bearer {good}")),
            400,
            "invalid_request",
            ambiguous,
        ),
    ];
    for operation in TABLE.iter().map(|entry| entry.info) {
        if operation.access == Access::Open {
            continue;
        }
        let method: Method = operation.method.as_str().parse().unwrap();
        // Also of what is wrong in the body nobody hears who may not call.
        for body in [json!({}), json!({ "ghost": 1 })] {
            for (client, status, code, challenge) in &rows {
                let answer = client
                    .send_json(method.clone(), operation.path, &body)
                    .await;
                refused(&answer, *status, code, None);
                assert_eq!(answer.header("www-authenticate"), Some(*challenge));
            }
        }
    }
    assert_eq!(post(&bearer(&good), &json!({})).await.status, 201);
}

#[tokio::test]
async fn nt65_an_opaque_token_in_the_cookie_is_refused() {
    let server = Server::start(BINARY);
    let made = create(&admin(&server).await, &json!({})).await;
    let string = text(&made, "token");
    assert_eq!(server.bearer(string).get(CONTEXT).await.status, 200);
    assert_eq!(server.cookie(string).get(CONTEXT).await.status, 401);
}

#[tokio::test]
async fn what_is_wrong_in_a_request_is_named() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let long = "x".repeat(300);
    let many: Vec<String> = (0..101).map(|n| format!("n{n}")).collect();
    let rows = [
        ("form", json!({ "form": "pat" })),
        ("form", json!({ "form": 1 })),
        ("kind", json!({ "kind": "tmp" })),
        ("kind", json!({ "kind": "PAT" })),
        ("kind", json!({ "form": "hex", "kind": "pat" })),
        ("user", json!({ "user": "ghost" })),
        ("user", json!({ "user": "" })),
        ("user", json!({ "user": ["admin"] })),
        ("persona", json!({ "persona": 99 })),
        ("persona", json!({ "persona": "0" })),
        ("persona", json!({ "persona": 1.5 })),
        ("audience", json!({ "audience": "" })),
        ("audience", json!({ "audience": "a\u{0}" })),
        ("name", json!({ "name": long })),
        ("notes", json!({ "notes": "\u{1b}" })),
        ("expires", json!({ "expires": "soon" })),
        ("expires", json!({ "expires": "never" })),
        ("expires", json!({ "expires": 1_900_000_000 })),
        ("expires", json!({ "expires": "2001-01-01T00:00:00Z" })),
        ("expires", json!({ "expires": "+19y" })),
        ("expires", json!({ "expires": "+2y", "form": "hex" })),
        (
            "not_before",
            json!({ "not_before": "2001-01-01T00:00:00Z" }),
        ),
        (
            "not_before",
            json!({ "not_before": "+2d", "expires": "+1d" }),
        ),
        ("addresses", json!({ "addresses": "192.0.2.1" })),
        ("addresses", json!({ "addresses": ["192.0.2"] })),
        ("addresses", json!({ "addresses": ["192.0.2.1,192.0.2.2"] })),
        ("addresses", json!({ "addresses": [1] })),
        ("scope", json!({ "scope": [] })),
        ("scope", json!({ "scope": "search" })),
        ("scope", json!({ "scope": ["use token"] })),
        ("scope", json!({ "scope": [1] })),
        ("scope", json!({ "scope": many })),
        ("rate", json!({ "rate": 5 })),
        ("rate", json!({ "rate": {} })),
        ("rate", json!({ "rate": { "per_minute": 5 } })),
        ("rate", json!({ "rate": { "per_minute": 0, "burst": 1 } })),
        ("rate", json!({ "rate": { "per_minute": -1, "burst": 1 } })),
        (
            "rate",
            json!({ "rate": { "per_minute": 4_294_967_297_i64, "burst": 1 } }),
        ),
    ];
    for (field, body) in rows {
        let answer = post(&admin, &body).await;
        refused(&answer, 400, "invalid_value", Some(field));
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(!detail.contains("expires_on"), "{detail}");
    }
    let unknown = [
        ("scopes", json!({ "scopes": ["search"] })),
        ("expires_on", json!({ "expires_on": "+1d" })),
        ("per_hour", json!({ "rate": { "per_hour": 1 } })),
    ];
    for (field, body) in unknown {
        refused(
            &post(&admin, &body).await,
            400,
            "unknown_field",
            Some(field),
        );
    }
    let secret = json!({ "tky_pat_0DReiR3s": 1 });
    let answer = post(&admin, &secret).await;
    refused(&answer, 400, "unknown_field", None);
    assert!(!answer.text.contains("0DReiR3s"), "it may be a secret");
    let listed = server.admin_session().await.get(&tokens_of("admin")).await;
    assert!(names(&listed.json()).is_empty(), "none was made");
}

#[tokio::test]
async fn nt70_what_is_no_json_is_refused_and_not_repeated() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let deep = format!("{{\"scope\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let json = [("content-type", "application/json")];
    for body in [
        "[]",
        "null",
        "1",
        "{",
        "{}{}",
        "{\"name\":\"a\",\"name\":\"a\"}",
        "{\"rate\":{\"burst\":1,\"burst\":1}}",
        "canary=1",
        &deep,
    ] {
        let answer = admin
            .send(Method::POST, TOKENS, &json, body.to_owned())
            .await;
        refused(&answer, 400, "invalid_json", None);
        assert!(!answer.text.contains("canary"));
    }
    for label in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "",
    ] {
        let label = [("content-type", label)];
        let answer = admin.send(Method::POST, TOKENS, &label, "{}").await;
        refused(&answer, 415, "unsupported_media_type", None);
    }
    let charset = [("content-type", "Application/JSON; charset=utf-8")];
    let answer = admin.send(Method::POST, TOKENS, &charset, "{}").await;
    assert_eq!(answer.status, 201);
    let nothing = admin.send(Method::POST, TOKENS, &[], "").await;
    assert_eq!(nothing.status, 201, "no body is no field");

    let queried = format!("{TOKENS}?token=canary");
    let answer = admin.send(Method::POST, &queried, &json, "{}").await;
    refused(&answer, 400, "unexpected_query", None);
    let long = json_of(2 * 1024 * 1024);
    let answer = admin.send(Method::POST, TOKENS, &json, long).await;
    refused(&answer, 413, "body_too_large", None);
}

fn json_of(length: usize) -> String {
    format!("{{\"notes\":\"{}\"}}", "x".repeat(length))
}

#[tokio::test]
async fn there_is_nothing_else_below_it() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    for path in ["/api/v1", "/api/v1/", "/api/v1/tokens/", "/api/v1/ghost"] {
        let answer = admin.get(path).await;
        refused(&answer, 404, "not_found", None);
    }
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let answer = admin.send(method, TOKENS, &[], "").await;
        refused(&answer, 405, "method_not_allowed", None);
    }
}
