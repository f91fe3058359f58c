//! From where tokens may be used: the table of spec/tanium.md 9 against the running server. The tests come from
//! loopback, which stands for the proxy; the peers of the table speak through its header.

use serde_json::json;
use tokenry_testkit::server::Server;

use super::kit::{self, REFUSED_TOKEN, create, refused, set, with};
use crate::kit::BINARY;

const MODULE_SERVER: &str = "/api/v2/local_settings/by-name/ModuleServer";

/// Global list, the token's list, module servers, `X-Forwarded-For`, granted.
type Vector = (&'static str, &'static str, &'static str, &'static str, bool);

const VECTORS: &[Vector] = &[
    ("", "", "", "192.0.2.1", false),
    ("", "", "192.0.2.1", "192.0.2.1", true),
    ("192.0.2.0/24", "", "", "192.0.2.77", true),
    ("192.0.2.0/24", "198.51.100.7", "", "192.0.2.77", true),
    ("", "198.51.100.7,203.0.113.0/24", "", "203.0.113.200", true),
    (
        "",
        "198.51.100.7,203.0.113.0/24",
        "",
        "203.0.112.200",
        false,
    ),
    ("127.0.0.2, ::1", "", "", "::1", true),
    ("0.0.0.0/0", "", "", "2001:db8::5", true),
    ("::/0", "", "", "2001:db8::5", true),
    ("::/0", "", "", "192.0.2.1", false),
    ("192.0.2.9", "", "", "::ffff:192.0.2.9", true),
    ("192.0.2.9", "", "", "198.51.100.1, 192.0.2.9", true),
    ("192.0.2.9", "", "", "192.0.2.9, 198.51.100.1", false),
    ("192.0.2.9", "", "", "192.0.2.9, 127.0.0.1", true),
    ("192.0.2.9", "", "", "unknown", false),
    ("192.0.2.9", "", "", "192.0.2.9, ", false),
    ("0.0.0.0/0", "", "", "unknown", false),
];

#[tokio::test]
async fn nt32_the_table_of_addresses_holds_behind_a_proxy() {
    let server = Server::builder(BINARY)
        .env("TOKENRY_SERVER__TRUSTED_PROXIES", "127.0.0.1")
        .start();
    let admin = kit::admin(&server).await;
    set(
        &admin,
        "authenticate_api_token_with_x_forwarded_for_ip",
        json!(1),
    )
    .await;
    for (global, own, module_servers, forwarded, granted) in VECTORS {
        set(&admin, "api_token_trusted_ip_address_list", json!(global)).await;
        kit::patch(&admin, MODULE_SERVER, json!({ "value": module_servers })).await;
        let token = create(&admin, json!({ "trusted_ip_addresses": own })).await;
        let client = with(&server, &token.string).header("x-forwarded-for", forwarded);
        let answer = client.get("/api/v2/session/current").await;
        let expected = if *granted { 200 } else { 401 };
        assert_eq!(
            answer.status, expected,
            "{global} {own} {module_servers} {forwarded}"
        );
    }
    let used = create(&admin, json!({ "trusted_ip_addresses": "203.0.113.7" })).await;
    let client = with(&server, &used.string).header("x-forwarded-for", "203.0.113.7");
    drop(
        client
            .get("/api/v2/session/current")
            .await
            .expect_status(200),
    );
    let log = std::fs::read_to_string(server.data().join("log/auth0.txt")).unwrap_or_default();
    assert!(log.contains("reason=ip_not_trusted"), "{log}");
    assert!(log.contains("xff=used"), "{log}");
}

/// Without the setting, and from anybody who is no proxy, the header is nothing.
#[tokio::test]
async fn nt31_the_header_of_a_client_is_not_believed() {
    let server = Server::builder(BINARY)
        .env("TOKENRY_SERVER__TRUSTED_PROXIES", "192.0.2.8")
        .start();
    let admin = kit::admin(&server).await;
    set(
        &admin,
        "api_token_trusted_ip_address_list",
        json!("192.0.2.9"),
    )
    .await;
    let token = create(&admin, json!({})).await;
    for on in [0, 1] {
        set(
            &admin,
            "authenticate_api_token_with_x_forwarded_for_ip",
            json!(on),
        )
        .await;
        for header in [
            "x-forwarded-for",
            "x-real-ip",
            "forwarded",
            "true-client-ip",
            "cf-connecting-ip",
            "x-client-ip",
        ] {
            let client = with(&server, &token.string).header(header, "192.0.2.9");
            refused(
                &client.get("/api/v2/session/current").await,
                401,
                REFUSED_TOKEN,
            );
        }
    }
    // NT-40: a wider list, and a narrower one, hold from the next request on.
    set(
        &admin,
        "api_token_trusted_ip_address_list",
        json!("127.0.0.0/8"),
    )
    .await;
    drop(
        with(&server, &token.string)
            .get("/api/v2/session/current")
            .await
            .expect_status(200),
    );
    set(
        &admin,
        "api_token_trusted_ip_address_list",
        json!("127.0.0.2"),
    )
    .await;
    let late = with(&server, &token.string)
        .get("/api/v2/session/current")
        .await;
    refused(&late, 401, REFUSED_TOKEN);
}
