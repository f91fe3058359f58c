//! What proxies and strangers send that is wrong, spoofed or ambiguous: each has one answer, and none lets anybody in.

use serde_json::json;
use tokenry_testkit::gate::Asking;

use super::kit::{CLIENT, admin, outcome, server_with, string};

const LOCAL: &str = "[[gate.callers]]\nname = 'edge'\nfrom = ['127.0.0.1']\n";

#[tokio::test]
async fn nt55_a_credential_that_can_be_read_in_two_ways_is_refused_at_every_door() {
    let (server, asking, good) = server_with("").await;
    let bearer = format!("Bearer {good}");
    let (comma, apache) = (
        format!("Bearer {good},Bearer {good}"),
        format!("Bearer {good}, Bearer {good}"),
    );
    let (tab, tab_in, trailing) = (
        format!("Bearer\t{good}"),
        format!("Bearer {good}\tx"),
        format!("Bearer {good} x"),
    );
    let (long, quoted) = (
        format!("Bearer {}", "a".repeat(5 * 1024)),
        format!("Bearer \"{good}\""),
    );
    let basic = "Basic YWRtaW46Q2gjbmczZCE=";
    let auth = |value| ("Authorization", value);
    for (headers, expected) in [
        (vec![auth(bearer.as_str())], "admin"),
        (vec![("authorization", bearer.as_str())], "admin"),
        (vec![], "401 missing_token"),
        (vec![auth(basic)], "401 missing_token"),
        (
            vec![auth(bearer.as_str()), auth(&bearer)],
            "400 invalid_request",
        ),
        (vec![auth(basic), auth(&bearer)], "400 invalid_request"),
        (
            vec![auth(bearer.as_str()), ("authorization", "")],
            "400 invalid_request",
        ),
        (vec![auth(comma.as_str())], "400 invalid_request"),
        (vec![auth(apache.as_str())], "400 invalid_request"),
        (vec![auth(tab.as_str())], "400 invalid_request"),
        (vec![auth(tab_in.as_str())], "400 invalid_request"),
        (vec![auth(trailing.as_str())], "400 invalid_request"),
        (vec![auth(quoted.as_str())], "400 invalid_request"),
        (vec![auth("")], "400 invalid_request"),
        (vec![auth("Bearer")], "400 invalid_request"),
        (vec![auth("Bearer ")], "400 invalid_request"),
        (vec![auth(long.as_str())], "400 invalid_request"),
        (vec![auth("Bearer nothing-of-ours")], "401 invalid_token"),
        (vec![("X-Api-Key", good.as_str())], "401 missing_token"),
        (vec![("Cookie", good.as_str())], "401 missing_token"),
        (vec![("Session", good.as_str())], "401 missing_token"),
    ] {
        for path in ["/v1/verify", "/v1/ext-authz/api"] {
            let told = asking.send("GET", path, &headers, "").await;
            assert_eq!(outcome(&told), expected, "{path} {headers:?}");
        }
    }
    assert!(!server.log().contains(&good), "a token is in the log");
}

/// No part of a URL is a credential, and none gets into the log.
#[tokio::test]
async fn nt44_a_token_in_the_query_is_none() {
    let (server, asking, good) = server_with("").await;
    for name in ["token", "access_token", "apikey", "authorization"] {
        for path in ["/v1/verify", "/v1/ext-authz/api", "/v1/ext-authz"] {
            let target = format!("{path}?{name}={good}");
            let told = asking.send("GET", &target, &[], "").await;
            assert_eq!(outcome(&told), "401 missing_token", "{path} {name}");
        }
    }
    let query = format!("/v1/verify?x={good}");
    let bearer = format!("Bearer {good}");
    let told = asking
        .send("GET", &query, &[("Authorization", &bearer)], "")
        .await;
    assert_eq!(outcome(&told), "admin", "Caddy appends the client's query");
    assert!(!server.log().contains(&good), "a token is in the log");
}

#[tokio::test]
async fn nt35_an_empty_list_of_callers_lets_nobody_ask() {
    let (_server, asking, good) = server_with("[gate]\ncallers = []\n").await;
    assert_eq!(
        outcome(&asking.about(&good, CLIENT).await),
        "403 unknown_caller"
    );
}

#[tokio::test]
async fn nt35_a_caller_from_elsewhere_or_without_its_secret_is_not_answered() {
    let elsewhere = "[[gate.callers]]\nname = 'edge'\nfrom = ['192.0.2.1']\n";
    let (_server, asking, good) = server_with(elsewhere).await;
    assert_eq!(
        outcome(&asking.about(&good, CLIENT).await),
        "403 unknown_caller"
    );

    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("secret");
    std::fs::write(&file, "s3cret of the edge\n").unwrap();
    let config = format!("{LOCAL}secret_file = '{}'\n", file.display());
    let (_server, asking, good) = server_with(&config).await;
    let bearer = format!("Bearer {good}");
    let auth = ("Authorization", bearer.as_str());
    let shown = |value| ("X-Tokenry-Caller-Secret", value);
    for (headers, expected) in [
        (vec![auth], "403 unknown_caller"),
        (vec![auth, shown("another")], "403 unknown_caller"),
        (vec![auth, shown("")], "403 unknown_caller"),
        (vec![auth, shown("s3cret of the edg")], "403 unknown_caller"),
        (
            vec![
                auth,
                shown("s3cret of the edge"),
                shown("s3cret of the edge"),
            ],
            "403 unknown_caller",
        ),
        (vec![auth, shown("s3cret of the edge")], "admin"),
    ] {
        assert_eq!(
            outcome(&asking.verify(&headers).await),
            expected,
            "{headers:?}"
        );
    }
}

/// A token that may be used from one address, asked for by a caller who says where the client is in one header.
#[tokio::test]
async fn nt31_only_the_header_of_the_caller_says_who_the_client_is() {
    let (server, asking, _) = server_with(LOCAL).await;
    let admin = admin(&server).await;
    let bound = string(&admin, &json!({ "addresses": [CLIENT] })).await;
    let bearer = format!("Bearer {bound}");
    let auth = ("Authorization", bearer.as_str());
    let from = |value| ("X-Forwarded-For", value);
    for (headers, expected) in [
        (vec![auth, from(CLIENT)], "admin"),
        (vec![auth, from("203.0.113.9:4711")], "admin"),
        (vec![auth, from("::ffff:203.0.113.9")], "admin"),
        (vec![auth], "401 invalid_token"),
        (vec![auth, from("198.51.100.1")], "401 invalid_token"),
        // NT-32: what the client wrote stands left of what the proxy appended.
        (
            vec![auth, from("203.0.113.9, 198.51.100.1")],
            "401 invalid_token",
        ),
        (vec![auth, from("198.51.100.1, 203.0.113.9")], "admin"),
        (
            vec![auth, from(CLIENT), from("198.51.100.1")],
            "401 invalid_token",
        ),
        (vec![auth, ("X-Real-IP", CLIENT)], "401 invalid_token"),
        (
            vec![auth, ("Forwarded", "for=203.0.113.9")],
            "401 invalid_token",
        ),
        (vec![auth, ("True-Client-IP", CLIENT)], "401 invalid_token"),
        (
            vec![auth, ("CF-Connecting-IP", CLIENT)],
            "401 invalid_token",
        ),
        (vec![auth, ("X-Client-IP", CLIENT)], "401 invalid_token"),
        (vec![auth, ("X_Forwarded_For", CLIENT)], "401 invalid_token"),
        (
            vec![auth, ("X-Envoy-External-Address", CLIENT)],
            "401 invalid_token",
        ),
        // NT-33
        (vec![auth, from("unknown")], "401 invalid_token"),
        (
            vec![auth, from("203.0.113.9, _hidden")],
            "401 invalid_token",
        ),
        (vec![auth, from("203.0.113.9,")], "401 invalid_token"),
        (vec![auth, from("203.0.113.9%eth0")], "401 invalid_token"),
    ] {
        assert_eq!(
            outcome(&asking.verify(&headers).await),
            expected,
            "{headers:?}"
        );
    }
}

/// Each header of identity is there once, with a value, whatever the client sent: so none of his own comes through.
#[tokio::test]
async fn nt34_the_headers_of_identity_are_all_there_whatever_the_client_sends() {
    let (_server, asking, good) = server_with("").await;
    let bearer = format!("Bearer {good}");
    let told = asking
        .verify(&[
            ("Authorization", &bearer),
            ("X-Forwarded-For", CLIENT),
            ("X-Tokenry-Subject", "root"),
            ("X_Tokenry_Subject", "root"),
            ("X-Tokenry-Persona", "root"),
            ("Connection", "X-Tokenry-Persona"),
        ])
        .await;
    for name in [
        "subject",
        "user-id",
        "persona",
        "persona-id",
        "token-id",
        "audience",
        "scope",
        "assertion",
    ] {
        let value = told.header(&format!("x-tokenry-{name}")).unwrap();
        assert!(!value.is_empty() && value != "root", "{name}: {value}");
    }
    assert_eq!(told.subject(), Some("admin"));
}

#[tokio::test]
async fn nt37_no_user_agent_path_or_header_switches_authentication_off() {
    let (_server, asking, _) = server_with("").await;
    for (name, value) in [
        ("User-Agent", "kube-probe/1.30"),
        ("User-Agent", "GoogleHC/1.0"),
        ("X-Health-Check", "1"),
        ("X-Forwarded-Uri", "/healthz"),
        ("X-Original-URL", "/public"),
        ("X-Forwarded-Method", "OPTIONS"),
    ] {
        let told = asking.verify(&[(name, value)]).await;
        assert_eq!(outcome(&told), "401 missing_token", "{name}: {value}");
    }
    for method in ["OPTIONS", "HEAD", "POST", "DELETE", "PROPFIND"] {
        let told = asking.send(method, "/v1/verify", &[], "").await;
        assert_eq!(told.status, 401, "{method}");
    }
}

/// Whoever floods the gate with made-up strings is told to wait; a good token behind the same address still passes, and
/// one that was known and has ended is told so at once.
#[tokio::test]
async fn nt67_a_flood_of_made_up_tokens_costs_its_source_and_nobody_else() {
    let config = "[gate]\nfailure_rate = '60/5'\n";
    let (server, asking, good) = server_with(config).await;
    let admin = admin(&server).await;
    let dead = super::kit::make(&admin, &json!({})).await;
    let id = dead["id"].as_str().unwrap();
    let path = "/services/authorization/tokens/admin";
    drop(admin.delete(path, &[("id", id)]).await.expect_status(200));
    let dead = dead["token"].as_str().unwrap();

    let mut outcomes = Vec::new();
    for n in 0..20 {
        let told = asking.about(&format!("tky_pat_{n:064}"), CLIENT).await;
        if told.status == 429 {
            assert!(told.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        }
        outcomes.push(outcome(&told));
    }
    assert_eq!(
        outcomes
            .iter()
            .filter(|one| *one == "401 invalid_token")
            .count(),
        5
    );
    assert_eq!(outcomes.last().unwrap(), "429 too_many_requests");
    assert_eq!(outcome(&asking.about(&good, CLIENT).await), "admin");
    assert_eq!(
        outcome(&asking.about(dead, CLIENT).await),
        "401 invalid_token"
    );
    let elsewhere = asking.about("tky_pat_x", "198.51.100.77").await;
    assert_eq!(outcome(&elsewhere), "401 invalid_token", "another source");
}

/// What is no HTTP, or too much of it, ends in an answer or a closed connection, and never in a pass.
#[tokio::test]
async fn what_is_no_request_is_not_let_pass() {
    let (_server, asking, good) = server_with("").await;
    let huge = format!(
        "GET /v1/verify HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
        "a".repeat(70_000)
    );
    let smuggled = format!(
        "GET /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\
         Authorization: Bearer {good}\r\nConnection: close\r\n\r\n0\r\n\r\n"
    );
    let many = format!(
        "GET /v1/verify HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "A: b\r\n".repeat(500)
    );
    for request in [
        "\0\0\0\0",
        "GET /v1/verify\r\n\r\n",
        "hello\r\n\r\n",
        &huge,
        &many,
        &smuggled,
    ] {
        let answer = Asking(asking.0).raw(request.as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        let is_pass = status == "200" && request != smuggled;
        assert!(
            !is_pass,
            "{}: {answer}",
            request.escape_default().take(60).collect::<String>()
        );
    }
}
