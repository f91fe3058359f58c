//! What the tests of the gate share: a server with tokens, and a proxy's question.

use serde_json::{Value, json};
use tokenry_testkit::{
    client::{Client, Method},
    gate::{Asking, Told},
    server::{ADMIN_PASSWORD, Server},
};

/// The client that questions are asked for, where nothing else is said.
pub(crate) const CLIENT: &str = "203.0.113.9";

/// The administrator.
pub(crate) async fn admin(server: &Server) -> Client {
    server.bearer(&server.session_key("admin", ADMIN_PASSWORD).await)
}

/// Makes a token, and gives back what is said of it.
pub(crate) async fn make(admin: &Client, wanted: &Value) -> Value {
    let made = admin
        .send_json(Method::POST, "/api/v1/tokens", wanted)
        .await;
    made.expect_status(201).json()
}

/// The string of a new token.
pub(crate) async fn string(admin: &Client, wanted: &Value) -> String {
    make(admin, wanted).await["token"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// A server with this configuration of its gate, and an opaque token of its administrator.
pub(crate) async fn server_with(config: &str) -> (Server, Asking, String) {
    let server = Server::builder(super::super::kit::BINARY)
        .config(config)
        .start();
    let admin = admin(&server).await;
    let token = string(&admin, &json!({})).await;
    let asking = Asking(server.gate());
    (server, asking, token)
}

/// Who passes, or the status and the code of the refusal.
pub(crate) fn outcome(told: &Told) -> String {
    if told.status == 200 {
        return told.subject().unwrap_or("nobody is named").to_owned();
    }
    let problem: Value = serde_json::from_str(&told.body).unwrap_or_default();
    format!(
        "{} {}",
        told.status,
        problem["code"].as_str().unwrap_or("no problem")
    )
}
