//! What these tests share: where things are, people and tokens to work with, and the wall clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use tokenry_testkit::client::Client;

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_tokenry");

pub(crate) const CONTEXT: &str = "/services/authentication/current-context?output_mode=json";
pub(crate) const TOKENS: &str = "/services/authorization/tokens?output_mode=json";
pub(crate) const USERS: &str = "/services/authentication/users?output_mode=json";
pub(crate) const ROLES: &str = "/services/authorization/roles?output_mode=json";
pub(crate) const SETTINGS: &str = "/services/admin/token-auth/tokens_auth?output_mode=json";

/// The tokens of a user.
pub(crate) fn tokens_of(user: &str) -> String {
    format!("/services/authorization/tokens/{user}?output_mode=json")
}

/// One user.
pub(crate) fn user_at(name: &str) -> String {
    format!("/services/authentication/users/{name}?output_mode=json")
}

/// A token as its create answer shows it.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) string: String,
}

impl Token {
    /// Reads a create answer in JSON.
    pub(crate) fn from_json(answer: &Value) -> Self {
        let content = &answer["entry"][0]["content"];
        let text = |name: &str| content[name].as_str().unwrap().to_owned();
        Self {
            id: text("id"),
            string: text("token"),
        }
    }

    /// Its header and its claims, as text.
    pub(crate) fn decoded(&self) -> [String; 2] {
        let mut segments = self.string.split('.');
        [(); 2].map(|()| {
            let segment = URL_SAFE_NO_PAD.decode(segments.next().unwrap()).unwrap();
            String::from_utf8(segment).unwrap()
        })
    }

    /// A claim that is a number.
    pub(crate) fn time(&self, claim: &str) -> i64 {
        let [_, claims] = self.decoded();
        let claims: Value = serde_json::from_str(&claims).unwrap();
        claims[claim].as_i64().unwrap()
    }
}

/// Makes a token for `user`; `more` are further arguments.
pub(crate) async fn token(maker: &Client, user: &str, more: &[(&str, &str)]) -> Token {
    let form = [&[("name", user), ("audience", "test")], more].concat();
    let made = maker.post(TOKENS, &form).await.expect_status(201);
    Token::from_json(&made.json())
}

/// Makes a user. Costs a password hash.
pub(crate) async fn user(admin: &Client, name: &str, password: &str, roles: &[&str]) {
    let roles = roles.iter().map(|role| ("roles", *role));
    let form = [("name", name), ("password", password)].into_iter();
    let form: Vec<_> = form.chain(roles).collect();
    drop(admin.post(USERS, &form).await.expect_status(201));
}

/// Makes a role of these capabilities.
pub(crate) async fn role(admin: &Client, name: &str, capabilities: &[&str]) {
    let capabilities = capabilities.iter().map(|one| ("capabilities", *one));
    let form: Vec<_> = [("name", name)].into_iter().chain(capabilities).collect();
    drop(admin.post(ROLES, &form).await.expect_status(201));
}

/// The wall clock, in seconds since 1970: the server's too.
#[expect(
    clippy::disallowed_methods,
    reason = "the server under test reads the machine's clock"
)]
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// Waits until the wall clock shows this second, which must be near.
pub(crate) async fn until(second: i64) {
    let begun = now();
    assert!(second - begun < 10, "not so long");
    while now() < second {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The names in a listing.
pub(crate) fn names(listing: &Value) -> Vec<String> {
    let entries = listing["entry"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["name"].as_str().unwrap().to_owned())
        .collect()
}
