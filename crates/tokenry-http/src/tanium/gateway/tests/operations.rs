//! What each operation answers (spec/tanium.md 5.2).

use insta::assert_snapshot;
use serde_json::{Value, json};
use tokenry_core::verify::Reason;

use super::town::Town;

const GRANT: &str = "mutation($i:APITokenGrantInput!){apiTokenGrant(input:$i){error{message retryable timedOut} \
                     token{id tokenString created expiration lastUsed notes persona{id name} trustedIPAddresses}}}";
const ROTATE: &str = "mutation R($tokenString:String!){apiTokenRotate(input:{tokenString:$tokenString})\
                      {error{message retryable timedOut} token{id tokenString expiration notes}}}";
const REVOKE: &str = "mutation($id:ID!){apiTokenRevoke(input:{id:$id}){error{message}}}";
const LIST: &str = "{myAPITokens{tokens{id created expiration lastUsed notes persona{name} tokenString \
                    trustedIPAddresses} error{message}}}";

/// The string of the token that was granted or rotated.
fn string(answer: &Value, field: &str) -> String {
    let string = &answer["data"][field]["token"]["tokenString"];
    string
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned()
}

#[tokio::test]
async fn a_probe_is_answered_whole() {
    let town = Town::new().await;
    let session = town.sign_in("anna").await;
    let answer = town
        .transcript(Some(&session), r#"{"query":"{ now }"}"#)
        .await;
    assert_snapshot!(answer);
}

#[tokio::test]
async fn a_token_is_granted() {
    let town = Town::new().await;
    let full = json!({"i": {"notes": "siem", "expiresInDays": 14, "personaName": "Reporting",
        "trustedIPAddresses": ["203.0.113.0/24", "198.51.100.7"]}});
    let session = town.sign_in("anna").await;
    let body = json!({ "query": GRANT, "variables": full }).to_string();
    assert_snapshot!(town.transcript(Some(&session), &body).await);
    let least = json!({"i": {"trustedIPAddresses": []}});
    assert_snapshot!(town.ask("anna", GRANT, least).await);
    let nulls = json!({"i": {"notes": null, "expiresInDays": null, "personaName": null, "trustedIPAddresses": "::1"}});
    assert_snapshot!(town.ask("bert", GRANT, nulls).await);
}

/// The example of the specification, to the byte.
#[tokio::test]
async fn the_order_of_keys_is_that_of_the_query() {
    let town = Town::new().await;
    let query = "mutation($i:APITokenGrantInput!){apiTokenGrant(input:$i){error{message retryable timedOut} \
                 token{id tokenString expiration persona{name}}}}";
    let wanted = json!({"i": {"notes": "siem", "expiresInDays": 14, "personaName": "Reporting",
        "trustedIPAddresses": ["203.0.113.0/24"]}});
    let answer = town.ask("anna", query, wanted).await;
    let string = string(&answer, "apiTokenGrant");
    assert_eq!(
        answer.to_string().replace(&string, "token-…"),
        r#"{"data":{"apiTokenGrant":{"error":null,"token":{"id":"1","tokenString":"token-…","expiration":"2026-03-16T09:00:00Z","persona":{"name":"Reporting"}}}}}"#
    );
}

#[tokio::test]
async fn personas_are_found_by_name_whatever_the_case() {
    let town = Town::new().await;
    for (user, name, found) in [
        ("anna", "Reporting", Some("Reporting")),
        ("anna", "rePORTing", Some("Reporting")),
        ("anna", "Default", Some("Default")),
        ("bert", "default", Some("Default")),
        ("bert", "Reporting", None),
        ("anna", "", None),
        ("anna", "4041", None),
    ] {
        let wanted = json!({"i": {"personaName": name, "trustedIPAddresses": []}});
        let answer = town.ask(user, GRANT, wanted).await;
        let payload = &answer["data"]["apiTokenGrant"];
        assert_eq!(
            payload["token"]["persona"]["name"].as_str(),
            found,
            "{user} {name}"
        );
        assert_eq!(payload["error"].is_null(), found.is_some(), "{answer}");
    }
}

#[tokio::test]
async fn a_token_is_rotated_whatever_its_prefix() {
    let town = Town::new().await;
    let mut current = town.make_token("anna").await.string.expose().to_owned();
    for prefixes in 0..4 {
        let bare = current.strip_prefix("token-").unwrap();
        let presented = "token-".repeat(prefixes) + bare;
        // With the very token that is rotated, as clients do.
        let body = json!({ "query": ROTATE, "variables": { "tokenString": presented } });
        let answer = town.transcript(Some(&current), &body.to_string()).await;
        let json = answer.lines().last().unwrap();
        let answer: Value = serde_json::from_str(json).unwrap();
        let new = string(&answer, "apiTokenRotate");
        assert!(new != current && new.starts_with("token-"), "{answer}");
        let refused = town
            .transcript(Some(&current), r#"{"query":"{now}"}"#)
            .await;
        assert!(refused.starts_with("401"), "{refused}");
        current = new;
    }
    assert_eq!(town.count("anna").await, 1);
}

#[tokio::test]
async fn why_a_token_is_not_rotated_only_the_log_hears() {
    let town = Town::new().await;
    let of_bert = town.make_token("bert").await;
    let dead = town.make_token("anna").await;
    let id = json!({ "id": dead.token.number.number() });
    assert_snapshot!(town.ask("anna", REVOKE, id).await);
    let unknown = format!("token-{}", "0".repeat(58));
    let cases = [
        (of_bert.string.expose(), Reason::ForeignToken),
        (dead.string.expose(), Reason::Revoked),
        (&unknown, Reason::BadSignature),
        ("", Reason::Malformed),
        ("token-", Reason::Malformed),
        ("401 not a token", Reason::Malformed),
    ];
    let mut said = Vec::new();
    for (presented, reason) in cases {
        let answer = town
            .ask("anna", ROTATE, json!({ "tokenString": presented }))
            .await;
        said.push(answer.to_string());
        assert_eq!(town.refusals().last(), Some(&reason), "{presented}");
    }
    said.dedup();
    assert_snapshot!(said.join("\n"));
}

#[tokio::test]
async fn a_token_is_revoked_by_a_number_or_its_text() {
    let town = Town::new().await;
    for as_text in [false, true] {
        let number = town.make_token("anna").await.token.number.number();
        let id = if as_text {
            json!(number.to_string())
        } else {
            json!(number)
        };
        let answer = town.ask("anna", REVOKE, json!({ "id": id })).await;
        assert_eq!(answer, json!({"data": {"apiTokenRevoke": {"error": null}}}));
        let answer = town.ask("anna", REVOKE, json!({ "id": id })).await;
        assert!(answer["data"]["apiTokenRevoke"]["error"]["message"].is_string());
    }
    let inline = "mutation{a:apiTokenRevoke(input:{id:4041}){error{message}} b:apiTokenRevoke(input:{id:\"x\"}){error{message}}}";
    assert_snapshot!(town.ask("anna", inline, json!({})).await);
}

#[tokio::test]
async fn a_list_is_of_ones_own_and_without_strings() {
    let town = Town::new().await;
    for user in ["anna", "bert", "anna"] {
        town.make_token(user).await;
    }
    let used = town.make_token("anna").await;
    town.advance(90);
    town.transcript(Some(used.string.expose()), r#"{"query":"{now}"}"#)
        .await;
    assert_snapshot!(town.ask("anna", LIST, json!({})).await);
    assert_snapshot!(town.ask("viewer", LIST, json!({})).await);
}

#[tokio::test]
async fn several_mutations_run_in_order() {
    let town = Town::new().await;
    let query = "mutation{
        a: apiTokenGrant(input:{trustedIPAddresses:[]}){token{id}}
        b: apiTokenRevoke(input:{id:1}){error{message}}
        c: apiTokenRevoke(input:{id:1}){error{message}}
        d: apiTokenGrant(input:{trustedIPAddresses:[]}){token{id}}
    }";
    assert_snapshot!(town.ask("anna", query, json!({})).await);
}

#[tokio::test]
async fn operations_are_chosen_and_conditions_hold() {
    let town = Town::new().await;
    let session = town.sign_in("anna").await;
    let query = "query A{a:now} query B($s:Boolean=true){b:now c:now@skip(if:$s)} mutation C{apiTokenRevoke(input:{id:1}){error{message}}}";
    for (body, said) in [
        (
            json!({"query": query, "operationName": "A"}),
            r#"{"data":{"a":"2026-03-02T09:00:00Z"}}"#,
        ),
        (
            json!({"query": query, "operationName": "B"}),
            r#"{"data":{"b":"2026-03-02T09:00:00Z"}}"#,
        ),
        (
            json!({"query": "query A{a:now}", "operationName": ""}),
            r#"{"data":{"a":"2026-03-02T09:00:00Z"}}"#,
        ),
        (
            json!({"query": "{__typename}", "variables": null, "operationName": null, "extensions": {}}),
            r#"{"data":{"__typename":"Query"}}"#,
        ),
    ] {
        let answer = town.transcript(Some(&session), &body.to_string()).await;
        assert_eq!(answer.lines().last(), Some(said));
    }
}
