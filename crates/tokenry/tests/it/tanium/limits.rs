//! What no way around leads past: the longest life, the time that a string can be seen, and that one client's trouble
//! is not another's.

use serde_json::{Value, json};
use tokenry_testkit::{
    client::{Client, Method},
    server::Server,
};

use super::kit::{
    self, GATEWAY_USER, Made, REFUSED_TOKEN, TOKENS, create, graphql, refused, rotate, set,
    token_at, trust_loopback, validate, with,
};
use crate::kit::BINARY;

const PASSWORD: &str = "a password";
const MAX: &str = "api_token_max_expiration_in_days";
const DEFAULT: &str = "api_token_expiration_in_days";

/// NT-26, NT-27: the greatest number of days binds creating and rotating, through REST and the gateway, and the default.
#[tokio::test]
async fn nt26_no_token_lives_longer_than_the_setting_allows() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    trust_loopback(&admin).await;
    let old = create(&admin, json!({ "expire_in_days": 365 })).await;
    set(&admin, MAX, json!(10)).await;
    let grant = async |days: Value| {
        let query = "mutation($i:APITokenGrantInput!){apiTokenGrant(input:$i){error{message} token{created expiration}}}";
        let input = json!({ "trustedIPAddresses": [], "expiresInDays": days });
        graphql(&admin, query, json!({ "i": input })).await["data"]["apiTokenGrant"].take()
    };
    for days in [11, 365, 366, 3650] {
        let body = json!({ "expire_in_days": days });
        let answer = admin.send_json(Method::POST, TOKENS, &body).await;
        let text = "REST Processing Exception: InvalidExpireInDaysField: expire_in_days must be between 1 and 10";
        refused(&answer, 400, text);
        let granted = grant(json!(days)).await;
        assert_eq!(granted["token"], Value::Null);
        let message = granted["error"]["message"].as_str().unwrap();
        assert!(
            message.contains("expiresInDays must be between 1 and 10"),
            "{message}"
        );
    }
    assert_eq!(
        create(&admin, json!({ "expire_in_days": 10 })).await.object["expire_in_days"],
        10
    );
    assert_eq!(grant(json!(10)).await["error"], Value::Null);
    // A default beyond the greatest counts for no more than that.
    set(&admin, DEFAULT, json!(30)).await;
    assert_eq!(create(&admin, json!({})).await.object["expire_in_days"], 10);
    set(&admin, DEFAULT, json!(3)).await;
    assert_eq!(create(&admin, json!({})).await.object["expire_in_days"], 3);
    // What is there already stays as it is, until it is rotated; and no chain of rotations leads further.
    let shown = admin.get(&token_at(old.id)).await.expect_status(200).json();
    assert_eq!(shown["data"]["expire_in_days"], 365);
    let mut last = old;
    for _ in 0..5 {
        last = Made::from(rotate(&with(&server, &last.string), &last.string).await);
        assert_eq!(last.object["expire_in_days"], 10);
        let [created, expires] = ["created_time", "expiration"].map(|key| {
            let text = last.object[key].as_str().unwrap();
            text.parse::<jiff::Timestamp>().unwrap()
        });
        assert_eq!(expires.duration_since(created).as_hours(), 240);
    }
    for (name, value) in [
        (MAX, json!(0)),
        (MAX, json!(-1)),
        (MAX, json!("1e3")),
        (MAX, json!("99999999999999999999")),
        (DEFAULT, json!(0)),
        (DEFAULT, json!(1.5)),
        ("api_token_string_length", json!(63)),
        ("api_token_string_length", json!(1025)),
        ("api_token_visibility_timeout_in_minutes", json!(-1)),
        ("api_token_trusted_ip_address_list", json!("203.0.113.9/24")),
        ("api_token_trusted_ip_address_list", json!(["192.0.2.1"])),
        ("authenticate_api_token_with_x_forwarded_for_ip", json!(2)),
    ] {
        let path = format!("{}/{name}", kit::SETTING);
        let before = admin.get(&path).await.expect_status(200).json()["data"]["value"].take();
        let answer = admin
            .send_json(Method::PATCH, &path, &json!({ "value": value }))
            .await;
        assert_eq!(answer.status, 400, "{name} {value}: {}", answer.text);
        let after = admin.get(&path).await.expect_status(200).json()["data"]["value"].take();
        assert_eq!(before, after, "{name}");
    }
    for length in [64, 65, 134, 1024] {
        set(&admin, "api_token_string_length", json!(length)).await;
        let made = create(&admin, json!({})).await;
        assert_eq!(made.string.len(), length);
        drop(validate(&server, &made.string).await.expect_status(200));
    }
}

/// NT-47: a string can be seen again by its maker, in the session that made it, for a while; by nobody else, and in no
/// other way.
#[tokio::test]
async fn nt47_a_string_is_shown_again_to_its_maker_alone() {
    let mut server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    trust_loopback(&admin).await;
    kit::user(&admin, "jdoe", PASSWORD, &[GATEWAY_USER]).await;
    let sign_in = async || with(&server, &kit::key(&server, "jdoe", PASSWORD).await);
    let (session, other) = (sign_in().await, sign_in().await);
    let made = create(&session, json!({})).await;
    let at = format!("{}/token_string", token_at(made.id));
    let shown = session.get(&at).await.expect_status(200).json();
    assert_eq!(shown["data"]["token_string"], made.string.as_str());
    let by_token = with(&server, &made.string);
    let gone = async |client: &Client, when: &str| {
        let answer = client.get(&at).await;
        assert_eq!(answer.status, 410, "{when}: {}", answer.text);
        assert!(!answer.text.contains(&made.string[..15]), "{when}");
    };
    gone(&other, "another session of his").await;
    gone(&by_token, "the token itself").await;
    gone(&admin, "the administrator").await;
    drop(session.get(&at).await.expect_status(200));
    // What a token made is seen by that token alone.
    let child = create(&by_token, json!({})).await;
    let child_at = format!("{}/token_string", token_at(child.id));
    assert_eq!(session.get(&child_at).await.status, 410);
    let next = Made::from(rotate(&session, &made.string).await);
    let answer = session.get(&at).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
    let next_at = format!("{}/token_string", token_at(next.id));
    drop(session.get(&next_at).await.expect_status(200));
    set(&admin, "api_token_visibility_timeout_in_minutes", json!(0)).await;
    let hidden = create(&session, json!({})).await;
    let hidden_at = format!("{}/token_string", token_at(hidden.id));
    assert_eq!(session.get(&hidden_at).await.status, 410);
    for path in [TOKENS.to_owned(), token_at(next.id)] {
        let text = session.get(&path).await.expect_status(200).text;
        assert!(!text.contains("token_string") && !text.contains(&next.string[6..20]));
    }
    server.restart();
    assert_eq!(
        session.get(&next_at).await.status,
        410,
        "nothing of it was kept"
    );
    drop(validate(&server, &next.string).await.expect_status(200));
}

/// NT-67, NT-71: a dead token that is tried again and again costs its client nothing but its answers, and nobody else
/// anything: neither the address nor the user nor his other tokens.
#[tokio::test]
async fn nt67_a_dead_token_tried_again_and_again_harms_nobody_else() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    trust_loopback(&admin).await;
    kit::user(&admin, "jdoe", PASSWORD, &[GATEWAY_USER]).await;
    let session = with(&server, &kit::key(&server, "jdoe", PASSWORD).await);
    let old = create(&session, json!({})).await;
    let sibling = create(&session, json!({})).await;
    let next = Made::from(rotate(&session, &old.string).await);
    let dead = with(&server, &old.string);
    for _ in 0..300 {
        refused(&dead.get(TOKENS).await, 401, REFUSED_TOKEN);
    }
    for string in [&next.string, &sibling.string] {
        drop(validate(&server, string).await.expect_status(200));
    }
    drop(session.get(TOKENS).await.expect_status(200));
    drop(admin.get(TOKENS).await.expect_status(200));
    drop(kit::key(&server, "jdoe", PASSWORD).await);
}
