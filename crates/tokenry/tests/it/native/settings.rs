//! Settings: changed all at once, from the next request on.

use serde_json::{Value, json};
use tokenry_testkit::{
    client::{Client, Method},
    server::Server,
};

use super::{TOKENS, admin, refused, users::made};
use crate::kit::BINARY;

const SETTINGS: &str = "/api/v1/settings";

async fn value(client: &Client, key: &str) -> Value {
    let list = client.get(SETTINGS).await.expect_status(200).json();
    let mut items = list["items"].as_array().unwrap().iter();
    items.find(|one| one["key"] == key).unwrap().clone()
}

#[tokio::test]
async fn turning_token_authentication_off_stops_all_tokens_and_no_session() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let token = made(&admin, TOKENS, &json!({})).await;
    let token = server.bearer(token["token"].as_str().unwrap());
    for (on, status) in [(false, 401), (true, 200)] {
        let body = json!({ "token_authentication": on });
        let answer = admin.send_json(Method::PATCH, SETTINGS, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(token.get("/api/v1/session").await.status, status);
        let now = value(&admin, "token_authentication").await;
        assert_eq!(
            (&now["value"], &now["changed"]["by"]),
            (&json!(on), &json!("admin"))
        );
    }
}

#[tokio::test]
async fn all_that_is_said_is_changed_or_nothing() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let before = admin.get(SETTINGS).await;
    let body = json!({ "default_expiration": "+30d", "api_token_string_length": 63 });
    let answer = admin.send_json(Method::PATCH, SETTINGS, &body).await;
    refused(
        &answer,
        400,
        "invalid_value",
        Some("api_token_string_length"),
    );
    assert_eq!(admin.get(SETTINGS).await.text, before.text);
    let body = json!({
        "default_expiration": "+30d",
        "ephemeral_expiration": "+2h",
        "api_token_expiration_in_days": 8,
        "api_token_max_expiration_in_days": 90,
        "api_token_trusted_ip_address_list": ["192.0.2.0/24", "2001:db8::/32"],
        "api_token_string_length": 128,
        "api_token_visibility_timeout_in_minutes": 0,
        "users_summary_only": true,
        "module_servers": ["198.51.100.7"],
    });
    let tagged = admin
        .clone()
        .header("if-match", before.header("etag").unwrap());
    let changed = tagged.send_json(Method::PATCH, SETTINGS, &body).await;
    let changed = changed.expect_status(200).json();
    for one in changed["items"].as_array().unwrap() {
        let key = one["key"].as_str().unwrap();
        if let Some(wanted) = body.get(key) {
            assert_eq!(
                (&one["value"], &one["changed"]["by"]),
                (wanted, &json!("admin"))
            );
        } else {
            assert_eq!(
                (&one["value"], &one["changed"]),
                (&one["default"], &Value::Null)
            );
        }
    }
    let late = tagged.send_json(Method::PATCH, SETTINGS, &body).await;
    refused(&late, 412, "changed_meanwhile", None);
    let lines = admin.get("/api/v1/audit?action=edit_settings").await.json();
    assert_eq!(
        lines["items"].as_array().unwrap().len(),
        1,
        "one line for all"
    );
    let token = made(&admin, TOKENS, &json!({ "form": "hex" })).await;
    assert_eq!(token["token"].as_str().unwrap().len(), 128);
    assert_eq!(token["visible_until"], Value::Null);
}
