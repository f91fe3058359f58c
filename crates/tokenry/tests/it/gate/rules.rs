//! Route rules on the running gate, and the command that tries them out.

use serde_json::{Value, json};
use tokenry_testkit::{
    client::Client,
    gate::{Asking, Told},
    server::Server,
};

use super::kit::{CLIENT, admin, outcome, server_with, string};

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

/// A host with rules of its own.
const ORDERS: &str = "orders.example.com";

/// A server with these rules, its administrator, and the user `anna`, who is a clerk.
struct Scene {
    server: Server,
    asking: Asking,
    admin: Client,
}

impl Scene {
    async fn new(capabilities: &[&str]) -> Self {
        let (server, asking, _) = server_with(RULES).await;
        let admin = admin(&server).await;
        let mut role = vec![("name", "clerk")];
        role.extend(capabilities.iter().map(|one| ("capabilities", *one)));
        let made = admin.post("/services/authorization/roles", &role).await;
        drop(made.expect_status(201));
        let user = [
            ("name", "anna"),
            ("password", "Ch#ng3d!anna"),
            ("roles", "clerk"),
        ];
        let made = admin.post("/services/authentication/users", &user).await;
        drop(made.expect_status(201));
        Self {
            server,
            asking,
            admin,
        }
    }

    async fn token(&self, wanted: Value) -> String {
        string(&self.admin, &wanted).await
    }

    /// Asks in the manner of nginx; an empty token is none.
    async fn ask(&self, token: &str, (method, host, uri): (&str, &str, &str)) -> Told {
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
        self.asking.verify(&headers).await
    }
}

#[tokio::test]
async fn the_first_rule_that_fits_decides_and_without_one_nobody_passes() {
    let scene = Scene::new(&["orders.read"]).await;
    let of_anna = |audience: &str| json!({ "user": "anna", "audience": audience });
    let anna = &scene.token(of_anna("orders")).await;
    let other = &scene.token(of_anna("reports")).await;
    let narrowed = json!({ "user": "anna", "audience": "orders", "scope": ["orders.list"] });
    let narrowed = &scene.token(narrowed).await;
    let boss = &scene.token(json!({ "audience": "orders" })).await;
    let none = &String::new();
    for (token, method, host, uri, expected) in [
        (anna, "GET", ORDERS, "/orders/7", "anna"),
        (anna, "GET", "ORDERS.example.com:8443", "/orders", "anna"),
        (
            anna,
            "GET",
            "orders.example.com.",
            "/orders/7?x=/admin",
            "anna",
        ),
        (other, "GET", ORDERS, "/orders/7", "401 invalid_token"),
        (
            narrowed,
            "GET",
            ORDERS,
            "/orders/7",
            "403 insufficient_scope",
        ),
        (boss, "GET", ORDERS, "/orders/7", "403 insufficient_scope"),
        (anna, "POST", ORDERS, "/orders/7", "403 no_rule"),
        (anna, "POST", ORDERS, "/orders/7/items", "anna"),
        (
            narrowed,
            "POST",
            ORDERS,
            "/orders/7/items",
            "403 insufficient_scope",
        ),
        (
            anna,
            "POST",
            "example.com",
            "/orders/7/items",
            "403 no_rule",
        ),
        (
            anna,
            "GET",
            ORDERS,
            "/admin/users",
            "403 insufficient_scope",
        ),
        (boss, "GET", ORDERS, "/admin/users", "admin"),
        (boss, "GET", ORDERS, "/%61dmin/users", "admin"),
        (boss, "GET", ORDERS, "/elsewhere", "403 no_rule"),
        (none, "OPTIONS", ORDERS, "/orders/7", ":nobody"),
        (none, "GET", ORDERS, "/orders/7", "401 missing_token"),
    ] {
        let told = scene.ask(token, (method, host, uri)).await;
        assert_eq!(outcome(&told), expected, "{method} {host} {uri}");
        if told.status == 403 {
            let challenge = told.header("www-authenticate").unwrap();
            assert!(challenge.contains("insufficient_scope"), "{challenge}");
        }
    }
    let nothing_said = scene.asking.about(boss, CLIENT).await;
    assert_eq!(outcome(&nothing_said), "400 invalid_request");
}

#[tokio::test]
async fn nt35_a_path_that_can_be_read_in_two_ways_passes_nobody() {
    let scene = Scene::new(&[]).await;
    let boss = scene.token(json!({})).await;
    for uri in [
        "/orders/../admin",
        "/orders/%2e%2e/admin",
        "//admin",
        "/admin;x=y",
        "/orders/..;/admin",
        "/admin%2fusers",
        "/admin\\users",
        "http://evil.test/admin",
    ] {
        let told = scene.ask(&boss, ("GET", ORDERS, uri)).await;
        assert_eq!(outcome(&told), "400 invalid_request", "{uri}");
    }
    let bearer = format!("Bearer {boss}");
    let twice = [
        ("Authorization", bearer.as_str()),
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Uri", "/admin/users"),
        ("X-Forwarded-Uri", "/orders/7"),
    ];
    let told = scene.asking.verify(&twice).await;
    assert_eq!(outcome(&told), "400 invalid_request", "two lines");
}

/// Envoy's manner: the method and the host are its own, and the path stands behind a prefix.
#[tokio::test]
async fn the_rules_hold_for_envoy_too() {
    let scene = Scene::new(&[]).await;
    let boss = scene.token(json!({ "audience": "orders" })).await;
    let bearer = format!("Bearer {boss}");
    let headers = [("Authorization", bearer.as_str()), ("Host", ORDERS)];
    for (method, target, expected) in [
        ("GET", "/v1/ext-authz/admin/users", "admin"),
        ("GET", "/v1/ext-authz/orders/7", "403 insufficient_scope"),
        ("GET", "/v1/ext-authz/../verify", "400 invalid_request"),
        ("GET", "/v1/ext-authz//admin/users", "400 invalid_request"),
        ("DELETE", "/v1/ext-authz/nowhere", "403 no_rule"),
    ] {
        let told = scene.asking.send(method, target, &headers, "").await;
        assert_eq!(outcome(&told), expected, "{method} {target}");
    }
}

/// What the API is told that somebody may do: what rules and configuration name, and he holds.
#[tokio::test]
async fn the_scope_names_what_the_rules_know_and_the_user_holds() {
    let scene = Scene::new(&["orders.read", "reports.read"]).await;
    let asked = ("GET", ORDERS, "/orders/7");
    let whole = json!({ "user": "anna", "audience": "orders" });
    let mut narrowed = whole.clone();
    narrowed["scope"] = json!(["orders.read", "edit_user"]);
    for (wanted, expected) in [
        (&whole, "orders.read reports.read"),
        (&narrowed, "orders.read"),
    ] {
        let token = scene.token(wanted.clone()).await;
        let told = scene.ask(&token, asked).await;
        assert_eq!(told.header("x-tokenry-scope"), Some(expected));
    }
    // NT-16: demoted, he may less with the next request.
    let token = scene.token(whole).await;
    let edit = [("capabilities", "reports.read")];
    let path = "/services/authorization/roles/clerk";
    drop(scene.admin.post(path, &edit).await.expect_status(200));
    let told = scene.ask(&token, asked).await;
    assert_eq!(outcome(&told), "403 insufficient_scope");
}

#[tokio::test]
async fn rules_can_be_tried_from_the_command_line() {
    let scene = Scene::new(&[]).await;
    let config = scene.server.place().join("tokenry.toml");
    let run = |arguments: &[&str]| {
        let mut command = scene.server.command(&["rules", "test"]);
        command.args(arguments).arg("--config").arg(&config);
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let (code, told, _) = run(&["GET", "https://orders.example.com/orders/7"]);
    assert_eq!(code, Some(0));
    assert!(told.starts_with("Rule 2 decides."), "{told}");
    assert!(told.contains("orders.read"), "{told}");
    let (code, told, _) = run(&["GET", "/admin/x", "--output", "json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((code, &told["rule"]), (Some(0), &json!(4)));
    assert_eq!(told["capabilities"], json!(["edit_user"]));
    let (code, _, error) = run(&["GET", "/elsewhere"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("no rule fits"), "{error}");
    let (code, _, error) = run(&["GET", "/a/../admin"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("element . or .."), "{error}");
}
