//! Route rules on the running gate, and the command that tries them out.

use super::kit::{CLIENT, admin, outcome, server_with, string};
use serde_json::{Value, json};

const RULES: &str = "
[gate]
capabilities = ['reports.read']

[[gate.rules]]
methods = ['OPTIONS']
path = '/**'
public = true

[[gate.rules]]
host = 'orders.example.com'
methods = ['GET', 'HEAD']
path = '/orders/**'
audience = 'orders'
capabilities = ['orders.read']

[[gate.rules]]
host = '*.example.com'
path = '/orders/*/items'
scope = ['orders.write']

[[gate.rules]]
path = '/admin/**'
capabilities = ['edit_user']
";

#[tokio::test]
async fn the_first_rule_that_fits_decides_and_without_one_nobody_passes() {
    let (server, asking, _) = server_with(RULES).await;
    let admin = admin(&server).await;
    let role = [("name", "clerk"), ("capabilities", "orders.read")];
    drop(
        admin
            .post("/services/authorization/roles", &role)
            .await
            .expect_status(201),
    );
    let user = [
        ("name", "anna"),
        ("password", "Ch#ng3d!anna"),
        ("roles", "clerk"),
    ];
    drop(
        admin
            .post("/services/authentication/users", &user)
            .await
            .expect_status(201),
    );
    let anna = string(&admin, &json!({ "user": "anna", "audience": "orders" })).await;
    let other = string(&admin, &json!({ "user": "anna", "audience": "reports" })).await;
    let narrowed = json!({ "user": "anna", "audience": "orders", "scope": ["orders.list"] });
    let narrowed = string(&admin, &narrowed).await;
    let boss = string(&admin, &json!({ "audience": "orders" })).await;
    let ask = async |token: &str, method: &str, host: &str, uri: &str| {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![
            ("X-Forwarded-For", CLIENT),
            ("X-Forwarded-Method", method),
            ("X-Forwarded-Host", host),
            ("X-Forwarded-Uri", uri),
        ];
        if !token.is_empty() {
            headers.push(("Authorization", &bearer));
        }
        let told = asking.verify(&headers).await;
        if told.status == 403 {
            assert!(
                told.header("www-authenticate")
                    .unwrap()
                    .contains("insufficient_scope")
            );
        }
        outcome(&told)
    };
    let orders = "orders.example.com";
    for (token, method, host, uri, expected) in [
        (&anna, "GET", orders, "/orders/7", "anna"),
        (&anna, "GET", "ORDERS.example.com:8443", "/orders", "anna"),
        (
            &anna,
            "GET",
            "orders.example.com.",
            "/orders/7?x=/admin",
            "anna",
        ),
        (&other, "GET", orders, "/orders/7", "401 invalid_token"),
        (
            &narrowed,
            "GET",
            orders,
            "/orders/7",
            "403 insufficient_scope",
        ),
        (&boss, "GET", orders, "/orders/7", "403 insufficient_scope"),
        (&anna, "POST", orders, "/orders/7", "403 no_rule"),
        (&anna, "POST", orders, "/orders/7/items", "anna"),
        (
            &narrowed,
            "POST",
            orders,
            "/orders/7/items",
            "403 insufficient_scope",
        ),
        (
            &anna,
            "POST",
            "example.com",
            "/orders/7/items",
            "403 no_rule",
        ),
        (
            &anna,
            "GET",
            orders,
            "/admin/users",
            "403 insufficient_scope",
        ),
        (&boss, "GET", orders, "/admin/users", "admin"),
        (&boss, "GET", orders, "/%61dmin/users", "admin"),
        (&boss, "GET", orders, "/elsewhere", "403 no_rule"),
        (
            &boss,
            "GET",
            orders,
            "/orders/../admin",
            "400 invalid_request",
        ),
        (
            &boss,
            "GET",
            orders,
            "/orders/%2e%2e/admin",
            "400 invalid_request",
        ),
        (&boss, "GET", orders, "//admin", "400 invalid_request"),
        (&boss, "GET", orders, "/admin;x=y", "400 invalid_request"),
        (
            &boss,
            "GET",
            orders,
            "/admin%2fusers",
            "400 invalid_request",
        ),
        (&boss, "GET", orders, "/admin\\users", "400 invalid_request"),
        (
            &boss,
            "GET",
            orders,
            "http://evil.test/admin",
            "400 invalid_request",
        ),
        (&String::new(), "OPTIONS", orders, "/orders/7", ":nobody"),
        (
            &String::new(),
            "GET",
            orders,
            "/orders/7",
            "401 missing_token",
        ),
    ] {
        assert_eq!(
            ask(token, method, host, uri).await,
            expected,
            "{method} {host} {uri}"
        );
    }
    // Nobody says what is asked for.
    assert_eq!(
        outcome(&asking.about(&boss, CLIENT).await),
        "400 invalid_request"
    );
    let bearer = format!("Bearer {boss}");
    let twice = [
        ("Authorization", bearer.as_str()),
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Uri", "/admin/users"),
        ("X-Forwarded-Uri", "/orders/7"),
    ];
    assert_eq!(outcome(&asking.verify(&twice).await), "400 invalid_request");
    // Envoy's manner: its own method, host, and the path behind the prefix.
    let headers = [("Authorization", bearer.as_str()), ("Host", orders)];
    for (method, target, expected) in [
        ("GET", "/v1/ext-authz/admin/users", "admin"),
        ("GET", "/v1/ext-authz/orders/7", "403 insufficient_scope"),
        ("GET", "/v1/ext-authz/../verify", "400 invalid_request"),
        ("GET", "/v1/ext-authz//admin/users", "400 invalid_request"),
        ("DELETE", "/v1/ext-authz/nowhere", "403 no_rule"),
    ] {
        let told = asking.send(method, target, &headers, "").await;
        assert_eq!(outcome(&told), expected, "{method} {target}");
    }
}

/// What the API is told that somebody may do: what rules and configuration name, and he holds.
#[tokio::test]
async fn the_scope_names_what_the_rules_know_and_the_user_holds() {
    let (server, asking, _) = server_with(RULES).await;
    let admin = admin(&server).await;
    let role = [
        ("name", "clerk"),
        ("capabilities", "orders.read"),
        ("capabilities", "reports.read"),
    ];
    drop(
        admin
            .post("/services/authorization/roles", &role)
            .await
            .expect_status(201),
    );
    let user = [
        ("name", "anna"),
        ("password", "Ch#ng3d!anna"),
        ("roles", "clerk"),
    ];
    drop(
        admin
            .post("/services/authentication/users", &user)
            .await
            .expect_status(201),
    );
    let headers = |bearer: String| {
        let more = [
            ("X-Forwarded-Method", "GET"),
            ("X-Forwarded-Host", "orders.example.com"),
            ("X-Forwarded-Uri", "/orders/7"),
        ];
        let all = more.map(|(name, value)| (name.to_owned(), value.to_owned()));
        [vec![("Authorization".to_owned(), bearer)], all.to_vec()].concat()
    };
    for (scope, expected) in [
        (Value::Null, "orders.read reports.read"),
        (json!(["orders.read", "edit_user"]), "orders.read"),
    ] {
        let mut wanted = json!({ "user": "anna", "audience": "orders" });
        if !scope.is_null() {
            wanted["scope"] = scope;
        }
        let token = string(&admin, &wanted).await;
        let headers = headers(format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let told = asking.verify(&headers).await;
        assert_eq!(told.header("x-tokenry-scope"), Some(expected));
    }
    // Demoted, he may less with the next request.
    let token = string(&admin, &json!({ "user": "anna", "audience": "orders" })).await;
    let edit = [("capabilities", "reports.read")];
    drop(
        admin
            .post("/services/authorization/roles/clerk", &edit)
            .await
            .expect_status(200),
    );
    let headers = headers(format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        outcome(&asking.verify(&headers).await),
        "403 insufficient_scope"
    );
}

#[tokio::test]
async fn rules_can_be_tried_from_the_command_line() {
    let (server, _, _) = server_with(RULES).await;
    let config = server.data().parent().unwrap().join("tokenry.toml");
    let run = |arguments: &[&str]| {
        let mut command = server.command(&["rules", "test"]);
        let output = command
            .args(arguments)
            .arg("--config")
            .arg(&config)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let (code, told, _) = run(&["GET", "https://orders.example.com/orders/7"]);
    assert_eq!(code, Some(0));
    assert!(
        told.starts_with("Rule 2 decides.") && told.contains("orders.read"),
        "{told}"
    );
    let (code, told, _) = run(&["GET", "/admin/x", "--output", "json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (code, &told["rule"], &told["capabilities"]),
        (Some(0), &json!(4), &json!(["edit_user"]))
    );
    let (code, _, error) = run(&["GET", "/elsewhere"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("no rule fits"), "{error}");
    let (code, _, error) = run(&["GET", "/a/../admin"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("element . or .."), "{error}");
}
