//! What the tests of this face share: signing in, tokens, settings.

use serde_json::{Value, json};
use tokenry_testkit::{
    client::{Answer, Client, Method},
    server::Server,
};

pub(crate) const LOGIN: &str = "/api/v2/session/login";
pub(crate) const VALIDATE: &str = "/api/v2/session/validate";
pub(crate) const LOGOUT: &str = "/api/v2/session/logout";
pub(crate) const TOKENS: &str = "/api/v2/api_tokens";
pub(crate) const SETTING: &str = "/api/v2/system_settings/by-name";
pub(crate) const GATEWAY: &str = "/plugin/products/gateway/graphql";

/// The password of `admin` where nothing else is said.
pub(crate) const PASSWORD: &str = "Ch#ng3d!";

/// What all refused tokens hear.
pub(crate) const REFUSED_TOKEN: &str =
    "REST Authorization Exception: Unauthorized: Invalid API token, or client not trusted";

/// What all refused sessions hear.
pub(crate) const REFUSED_SESSION: &str =
    "REST Authorization Exception: InvalidSession: Invalid session";

/// A client with this session key or token.
pub(crate) fn with(server: &Server, session: &str) -> Client {
    server.anonymous().header("session", session)
}

/// Signs in, and gives back the key.
pub(crate) async fn key(server: &Server, user: &str, password: &str) -> String {
    let body = json!({ "username": user, "password": password });
    let answer = server
        .anonymous()
        .send_json(Method::POST, LOGIN, &body)
        .await;
    let data = answer.expect_status(200).json();
    data["data"]["session"].as_str().unwrap().to_owned()
}

/// The administrator, signed in.
pub(crate) async fn admin(server: &Server) -> Client {
    with(server, &key(server, "admin", PASSWORD).await)
}

/// Lets every token be used from where the tests are.
pub(crate) async fn trust_loopback(admin: &Client) {
    set(
        admin,
        "api_token_trusted_ip_address_list",
        json!("127.0.0.1,::1"),
    )
    .await;
}

/// Sets a setting.
pub(crate) async fn set(admin: &Client, name: &str, value: Value) {
    let path = format!("{SETTING}/{name}");
    let body = json!({ "value": value });
    let answer = admin.send_json(Method::PATCH, &path, &body).await;
    drop(answer.expect_status(200));
}

/// A token as its create answer shows it.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) id: i64,
    pub(crate) string: String,
    pub(crate) object: Value,
}

impl Made {
    pub(crate) fn from(answer: Answer) -> Self {
        let object = answer.expect_status(200).json()["data"].clone();
        Self {
            id: object["id"].as_i64().unwrap(),
            string: object["token_string"].as_str().unwrap().to_owned(),
            object,
        }
    }
}

/// Makes a token for oneself.
pub(crate) async fn create(client: &Client, body: Value) -> Made {
    Made::from(client.send_json(Method::POST, TOKENS, &body).await)
}

/// Rotates the token of this string.
pub(crate) async fn rotate(client: &Client, string: &str) -> Answer {
    let body = json!({ "token_string": string });
    client.send_json(Method::PATCH, TOKENS, &body).await
}

/// Asks whether a session or a token stands.
pub(crate) async fn validate(server: &Server, session: &str) -> Answer {
    let body = json!({ "session": session });
    let client = server.anonymous();
    client.send_json(Method::POST, VALIDATE, &body).await
}

/// Asks the gateway.
pub(crate) async fn graphql(client: &Client, query: &str, variables: Value) -> Value {
    let body = json!({ "query": query, "variables": variables });
    let answer = client.send_json(Method::POST, GATEWAY, &body).await;
    answer.expect_status(200).json()
}

/// Fails unless this is a refusal with this status and these words.
#[track_caller]
pub(crate) fn refused(answer: &Answer, status: u16, text: &str) {
    assert_eq!(
        (answer.status, answer.json()),
        (status, json!({ "text": text }))
    );
}

/// Makes something, and gives back what the answer says of it.
pub(crate) async fn post(client: &Client, path: &str, body: Value) -> Value {
    let answer = client.send_json(Method::POST, path, &body).await;
    answer.expect_status(200).json()["data"].take()
}

/// Changes something.
pub(crate) async fn patch(client: &Client, path: &str, body: Value) -> Value {
    let answer = client.send_json(Method::PATCH, path, &body).await;
    answer.expect_status(200).json()["data"].take()
}

/// Makes a role of these privileges, and gives back its id.
pub(crate) async fn role(admin: &Client, name: &str, privileges: &[&str]) -> i64 {
    let body = json!({ "name": name, "all_content_sets_flag": 1 });
    let made = post(admin, "/api/v2/content_set_roles", body).await;
    let id = made["id"].as_i64().unwrap();
    for privilege in privileges {
        let body =
            json!({ "content_set_role": id, "content_set_privilege": { "name": privilege } });
        post(admin, "/api/v2/content_set_role_privileges", body).await;
    }
    id
}

/// Makes a user with these roles, and gives back his id. Costs a password hash.
pub(crate) async fn user(admin: &Client, name: &str, password: &str, roles: &[i64]) -> i64 {
    let body = json!({ "name": name, "password": password, "content_set_roles": roles });
    let made = post(admin, "/api/v2/users", body).await;
    made["id"].as_i64().unwrap()
}

/// Makes a persona of these roles for these users, and gives back its id.
pub(crate) async fn persona(admin: &Client, name: &str, roles: &[i64], users: &[i64]) -> i64 {
    let body = json!({ "name": name, "content_set_role_list": roles, "user_list": users });
    let made = post(admin, "/api/v2/personas", body).await;
    made["id"].as_i64().unwrap()
}

/// Signs in as one of one's personas, and gives back the key.
pub(crate) async fn as_persona(client: &Client, persona: i64) -> String {
    let path = format!("/api/v2/session/as_persona/{persona}");
    let opened = post(client, &path, json!({})).await;
    opened["session"].as_str().unwrap().to_owned()
}

/// One token.
pub(crate) fn token_at(id: i64) -> String {
    format!("{TOKENS}/{id}")
}

/// The id of the role that lets its holder use tokens and the gateway.
pub(crate) const GATEWAY_USER: i64 = 20;

/// Makes something of the directory, and gives back its id.
pub(crate) async fn made(admin: &Client, path: &str, body: Value) -> i64 {
    let answer = admin.send_json(Method::POST, path, &body).await;
    let data = answer.expect_status(200).json()["data"].clone();
    data["id"].as_i64().unwrap()
}

/// Grants a role a privilege, and gives back the id of the grant.
pub(crate) async fn grant(admin: &Client, role: i64, privilege: &str) -> i64 {
    let body = json!({
        "content_set_role": { "id": role },
        "content_set_privilege": { "name": privilege },
        "content_set": { "id": 1 },
    });
    made(admin, "/api/v2/content_set_role_privileges", body).await
}
