//! What is answered where something is wrong (spec/tanium.md 5.3).

use axum::http::{Method, Request};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tokenry_core::{Error, verify::Reason};

use super::town::{PATH, Town};
use crate::tanium::gateway::objects::SystemError;

const GRANT: &str = "mutation($i:APITokenGrantInput!){apiTokenGrant(input:$i){error{message retryable timedOut} token{id}}}";

#[tokio::test]
async fn who_may_not_call_hears_it_as_a_status() {
    let town = Town::new().await;
    let ok = r#"{"query":"{now}"}"#;
    assert_snapshot!(town.transcript(None, ok).await);
    let unknown = format!("7-318-{}", "0".repeat(64));
    let token = format!("token-{}", "0".repeat(58));
    for presented in [unknown.as_str(), &token, "nonsense"] {
        let answer = town.transcript(Some(presented), "not even JSON").await;
        assert!(
            answer.starts_with("401") && answer.ends_with(r#"{"message":"Unauthorized"}"#),
            "{answer}"
        );
    }
    let session = town.sign_in("anna").await;
    town.advance(301);
    let answer = town.transcript(Some(&session), ok).await;
    assert!(answer.starts_with("401"), "{answer}");
    let token = town.make_token("anna").await;
    let elsewhere = "198.51.100.1:50000";
    let response = town.send_from(elsewhere, Some(token.string.expose()), ok);
    assert_eq!(response.await.status(), 401);
    assert_eq!(town.refusals().last(), Some(&Reason::AddressNotTrusted));
    let outsider = town.sign_in("outsider").await;
    assert_snapshot!(town.transcript(Some(&outsider), ok).await);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_in_the_gateways_shape() {
    let town = Town::new().await;
    let session = town.sign_in("anna").await;
    assert_snapshot!(
        town.transcript(Some(&session), &" ".repeat((1 << 20) + 1))
            .await
    );
}

/// NT-43: none of them repeats what was sent.
#[tokio::test]
async fn bodies_that_are_no_request_are_refused_beside_the_data() {
    let town = Town::new().await;
    let session = town.sign_in("anna").await;
    let deep = format!(
        r#"{{"query":"{{now}}","variables":{{"a":{}{}}}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let mut said = Vec::new();
    for body in [
        "",
        "null",
        "token-SECRET",
        r#"{"query":"token-SECRET"#,
        r#"{"query":"{now}","query":"{now}"}"#,
        r#"{"query":"{now}","variables":{"a":1,"a":"SECRET"}}"#,
        &deep,
        r#"[{"query":"{now}"}]"#,
        r#"{"variables":{}}"#,
        r#"{"query":["SECRET"]}"#,
        r#"{"query":"{now}","variables":["SECRET"]}"#,
        r#"{"query":"{now}","variables":"{}"}"#,
        r#"{"query":"{now}","operationName":7}"#,
        r#"{"query":"{now}","operationName":"SECRET"}"#,
        r#"{"query":"query A{now} query B{now}"}"#,
        r#"{"query":"query A{now} query B{now}","operationName":"C"}"#,
    ] {
        let answer = town.transcript(Some(&session), body).await;
        assert!(
            answer.starts_with("200") && !answer.contains("SECRET"),
            "{answer}"
        );
        said.push(format!("{body:.60}\n  {}", answer.lines().last().unwrap()));
    }
    assert_snapshot!(said.join("\n"));
}

#[tokio::test]
async fn queries_that_do_not_fit_the_schema_are_refused_beside_the_data() {
    let town = Town::new().await;
    let session = town.sign_in("anna").await;
    let mut said = Vec::new();
    for query in [
        "",
        "   # nothing",
        "{",
        "{now",
        "{now(}",
        "query { }",
        "{now token-SECRET1}",
        "{now \"token-SECRET1",
        &format!("{{now{}!}}", " ".repeat(398)),
        "{nwo}",
        "{now{x}}",
        "{myAPITokens}",
        "{myAPITokens{tokens{SECRET1}}}",
        "{f404}",
        "{...F}",
        "fragment F on Query{now}",
        "fragment F on Query{now} {__typename}",
        "{now} {now}",
        "query A{now} query A{now}",
        "query($a:Int){now}",
        "{now @skip}",
        "{now @skip(if:\"SECRET1\")}",
        "{now @nonsense}",
        "subscription{now}",
        "{a:now a:__typename}",
        "mutation{apiTokenGrant{token{id}}}",
        "mutation{apiTokenGrant(input:{}){token{id}}}",
        "mutation{apiTokenGrant(input:1){token{id}}}",
        "mutation{apiTokenGrant(input:\"SECRET1\"){token{id}}}",
        "mutation{apiTokenGrant(input:[{trustedIPAddresses:[]}]){token{id}}}",
        "mutation{apiTokenGrant(input:{trustedIPAddresses:null}){token{id}}}",
        "mutation{apiTokenGrant(input:{trustedIPAddresses:[null]}){token{id}}}",
        "mutation{apiTokenGrant(input:{trustedIPAddresses:[],scopes:[\"*\"]}){token{id}}}",
        "mutation{apiTokenGrant(input:{trustedIPAddresses:[],expiresInDays:\"SECRET1\"}){token{id}}}",
        "mutation{apiTokenGrant(input:{trustedIPAddresses:[],expiresInDays:1.5}){token{id}}}",
        "mutation{apiTokenGrant(input:{trustedIPAddresses:[],notes:401}){token{id}}}",
        "mutation{apiTokenRotate(input:{tokenString:SECRET1}){token{id}}}",
        "mutation{apiTokenRotate(input:{tokenString:null}){token{id}}}",
        "mutation{apiTokenRevoke(input:{id:1.5}){error{message}}}",
        "mutation{apiTokenRevoke(input:{id:1}){error{message}} apiTokenRevoke(input:{id:1}){error{retryable}}}",
        "mutation($i:APITokenGrantInput!){apiTokenGrant(input:$i){token{id}}}",
        "mutation($i:APITokenGrantInput){apiTokenGrant(input:$i){token{id}}}",
        "mutation($i:Nonsense!){apiTokenGrant(input:$i){token{id}}}",
    ] {
        let body = json!({ "query": query }).to_string();
        let answer = town.transcript(Some(&session), &body).await;
        let json = answer.lines().last().unwrap();
        assert!(
            answer.starts_with("200") && json.starts_with(r#"{"errors":[{"message":""#),
            "{query} {json}"
        );
        assert!(json.ends_with(r#"],"data":null}"#), "{query} {json}");
        for secret in ["SECRET", "401", "403", "404"] {
            assert!(!json.contains(secret), "{query} {json}");
        }
        let json: Value = serde_json::from_str(json).unwrap();
        said.push(query.replace("   ", ""));
        for error in json["errors"].as_array().unwrap() {
            let code = &error["extensions"]["argumentErrors"][0]["code"];
            said.push(format!(
                "  {}: {}",
                code.as_str().unwrap(),
                error["message"].as_str().unwrap()
            ));
        }
    }
    assert_snapshot!(said.join("\n"));
    assert_eq!(town.count("anna").await, 0);
}

#[tokio::test]
async fn variables_of_the_wrong_kind_are_refused_before_anything_runs() {
    let town = Town::new().await;
    let ok = json!({"trustedIPAddresses": []});
    let query = "mutation($a:APITokenGrantInput!,$b:APITokenGrantInput!){a:apiTokenGrant(input:$a){token{id}} \
                 b:apiTokenGrant(input:$b){token{id}}}";
    for wrong in [
        json!({"a": ok}),
        json!({"a": ok, "b": null}),
        json!({"a": ok, "b": 1}),
        json!({"a": ok, "b": [ok]}),
        json!({"a": ok, "b": "x"}),
        json!({"a": ok, "b": {}}),
        json!({"a": ok, "b": {"trustedIPAddresses": [1]}}),
        json!({"a": ok, "b": {"trustedIPAddresses": [], "notes": ["x"]}}),
        json!({"a": ok, "b": {"trustedIPAddresses": [], "expiresInDays": "14"}}),
        json!({"a": ok, "b": {"trustedIPAddresses": [], "expiresInDays": 1e30}}),
        json!({"a": ok, "b": {"trustedIPAddresses": [], "expiresInDays": u64::MAX}}),
        json!({"a": ok, "b": {"trustedIPAddresses": [], "id": 7}}),
    ] {
        let codes = town.codes(query, wrong.clone()).await;
        assert!(
            ["InvalidRequest", "ValidationError"].contains(&codes.as_str()),
            "{wrong}: {codes}"
        );
        assert_eq!(town.count("anna").await, 0, "{wrong}");
    }
    let nested = "mutation($x:String!,$d:Int){a:apiTokenGrant(input:{trustedIPAddresses:[]}){token{id}} \
                  b:apiTokenGrant(input:{trustedIPAddresses:[$x],expiresInDays:$d}){token{id}}}";
    for wrong in [
        json!({}),
        json!({"x": 1}),
        json!({"x": "::1", "d": "x"}),
        json!({"x": 1, "d": 7}),
        json!({"x": null, "d": 1}),
    ] {
        town.codes(nested, wrong.clone()).await;
        assert_eq!(town.count("anna").await, 0, "{wrong}");
    }
    let answer = town.ask("anna", nested, json!({"x": "::1"})).await;
    assert_eq!(answer["data"]["b"]["token"]["id"], "2", "{answer}");
}

#[tokio::test]
async fn what_the_rules_refuse_is_told_within_the_data() {
    let town = Town::new().await;
    let mut said = Vec::new();
    for wrong in [
        json!({"expiresInDays": 0, "trustedIPAddresses": []}),
        json!({"expiresInDays": -1, "trustedIPAddresses": []}),
        json!({"expiresInDays": 366, "trustedIPAddresses": []}),
        json!({"expiresInDays": i64::MAX, "trustedIPAddresses": []}),
        json!({"personaName": "Nobody 404", "trustedIPAddresses": []}),
        json!({"trustedIPAddresses": ["192.0.2.0/33"]}),
        json!({"trustedIPAddresses": ["192.0.2.1-192.0.2.9"]}),
        json!({"trustedIPAddresses": ["192.0.2.1,192.0.2.9"]}),
        json!({"notes": "x".repeat(100_000), "trustedIPAddresses": []}),
        json!({"notes": "\u{0}", "trustedIPAddresses": []}),
    ] {
        let answer = town.ask("anna", GRANT, json!({ "i": wrong })).await;
        assert_eq!(
            answer["data"]["apiTokenGrant"]["token"],
            Value::Null,
            "{answer}"
        );
        let error = answer["data"]["apiTokenGrant"]["error"].to_string();
        for digits in ["401", "403", "404"] {
            assert!(!error.contains(digits), "{error}");
        }
        said.push(error);
    }
    assert_snapshot!(said.join("\n"));
    assert_eq!(town.count("anna").await, 0);
}

#[test]
fn only_what_may_pass_is_worth_another_try() {
    for (error, retryable) in [
        (Error::unavailable("the disk"), true),
        (Error::internal("a defect"), false),
        (Error::conflict("off"), false),
    ] {
        let error = SystemError::of(error.into());
        assert_eq!(error.retryable, Some(retryable));
        assert_eq!(error.timed_out, Some(false));
    }
}

#[tokio::test]
async fn other_methods_are_refused() {
    use tower::ServiceExt as _;
    let town = Town::new().await;
    let request = Request::builder().method(Method::GET).uri(PATH);
    let request = request.body(axum::body::Body::empty()).unwrap();
    let response = town.router().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 405);
}
