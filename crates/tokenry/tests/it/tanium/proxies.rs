//! Whose word about addresses counts: nobody's but that of proxies that the configuration names, and only what they
//! appended themselves (NT-31 to NT-35, spec/tanium.md 9). The tests speak from loopback, which stands for the proxy.

use std::{process::Stdio, time::Duration};

use serde_json::{Value, json};
use tokenry_testkit::{
    client::{Client, Method},
    server::Server,
};

use super::kit::{self, REFUSED_TOKEN, SETTING, create, refused, set, token_at, with};
use crate::kit::BINARY;

const BELIEVED: &str = "authenticate_api_token_with_x_forwarded_for_ip";

/// The lines of the header, and whom the server takes the request to come from; nobody if it cannot tell.
type Case<'a> = (&'a [&'a str], Option<&'a str>);

/// What a chain of proxies, or somebody behind it, can write.
const CASES: &[Case<'_>] = &[
    (&[], Some("127.0.0.1")),
    (&["192.0.2.9"], Some("192.0.2.9")),
    (&["192.0.2.9, 198.51.100.1"], Some("198.51.100.1")),
    (&["192.0.2.9", "198.51.100.1"], Some("198.51.100.1")),
    (
        &["192.0.2.9,198.51.100.1", "127.0.0.1"],
        Some("198.51.100.1"),
    ),
    (&["192.0.2.9, 10.0.0.8, 127.0.0.1"], Some("192.0.2.9")),
    (&["10.0.0.8"], Some("10.0.0.8")),
    (&["junk, 192.0.2.9"], Some("192.0.2.9")),
    (&["192.0.2.9, junk"], None),
    (&["192.0.2.9", "junk"], None),
    (&["unknown"], None),
    (&["_hidden"], None),
    (&["fe80::1%eth0"], None),
    (&["192.0.2.9/32"], None),
    (&["010.0.0.1"], None),
    (&["for=192.0.2.9"], None),
    (&["\"192.0.2.9\""], None),
    (&["192.0.2.9;192.0.2.8"], None),
    (&["[2001:db8::9]"], Some("2001:db8::9")),
    (&["[2001:DB8:0::9]:443"], Some("2001:db8::9")),
    (&["2001:db8::9"], Some("2001:db8::9")),
    (&["192.0.2.9:443"], Some("192.0.2.9")),
    (&["::ffff:192.0.2.9"], Some("192.0.2.9")),
    (&["  192.0.2.9  "], Some("192.0.2.9")),
];

#[tokio::test]
async fn nt33_every_header_of_a_trusted_proxy_has_one_meaning_or_none() {
    let server = Server::builder(BINARY)
        .env("TOKENRY_SERVER__TRUSTED_PROXIES", "127.0.0.1,10.0.0.8")
        .start();
    let admin = kit::admin(&server).await;
    let trusted = json!({ "trusted_ip_addresses": "192.0.2.0/24,198.51.100.0/24,2001:db8::/32" });
    let made = create(&admin, trusted).await;
    let anywhere = create(&admin, json!({ "trusted_ip_addresses": "0.0.0.0/0" })).await;
    for (lines, _) in CASES {
        let client = forwarded(admin.clone(), lines);
        assert_eq!(
            seen_as(&client, made.id).await,
            "127.0.0.1",
            "not believed yet: {lines:?}"
        );
    }
    set(&admin, BELIEVED, json!(1)).await;
    let long = format!("{}192.0.2.9", "127.0.0.1, ".repeat(200));
    let hops = format!("192.0.2.9{}", ", 127.0.0.1".repeat(9));
    let many = vec!["192.0.2.9"; 60];
    let more: [Case<'_>; 4] = [
        (&[&long], None),
        (&[&hops], None),
        (&many, Some("192.0.2.9")),
        (&["", "192.0.2.9"], Some("192.0.2.9")),
    ];
    let mut wrong = Vec::new();
    for (lines, expected) in CASES.iter().chain(&more) {
        let address = seen_as(&forwarded(admin.clone(), lines), made.id).await;
        if address.as_str() != *expected {
            wrong.push(format!("{lines:.60?}: {address}, not {expected:?}"));
        }
        let is_in_list =
            expected.is_some_and(|ip| !ip.starts_with("127") && !ip.starts_with("10."));
        // Who cannot be told is let in by no list, the widest neither.
        for (string, is_let_in) in [
            (&made.string, is_in_list),
            (&anywhere.string, expected.is_some()),
        ] {
            let client = forwarded(with(&server, string), lines);
            let answer = client.get(kit::TOKENS).await;
            if is_let_in {
                assert_eq!(answer.status, 200, "{lines:?}: {}", answer.text);
            } else {
                refused(&answer, 401, REFUSED_TOKEN);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // 10,000 entries are more than the server reads of any request.
    let huge = vec!["192.0.2.9"; 10_000].join(",");
    let answer = forwarded(admin.clone(), &[&huge]).get(kit::TOKENS).await;
    assert_eq!(answer.status, 431);
}

/// NT-31, NT-34: other headers say nothing, whoever sends them.
#[tokio::test]
async fn nt34_no_other_header_tells_an_address() {
    for proxies in ["", "127.0.0.1"] {
        let server = Server::builder(BINARY)
            .env("TOKENRY_SERVER__TRUSTED_PROXIES", proxies)
            .start();
        let admin = kit::admin(&server).await;
        let made = create(&admin, json!({ "trusted_ip_addresses": "192.0.2.9" })).await;
        let headers: &[&str] = if proxies.is_empty() {
            &["x-forwarded-for"]
        } else {
            set(&admin, BELIEVED, json!(1)).await;
            &[]
        };
        let others = [
            "x_forwarded_for",
            "x-real-ip",
            "forwarded",
            "true-client-ip",
            "cf-connecting-ip",
            "x-client-ip",
            "x-cluster-client-ip",
            "x-original-forwarded-for",
            "fastly-client-ip",
            "client-ip",
            "via",
        ];
        for name in headers.iter().chain(&others) {
            let value = if *name == "forwarded" {
                "for=192.0.2.9"
            } else {
                "192.0.2.9"
            };
            let client = admin.clone().header(name, value);
            assert_eq!(seen_as(&client, made.id).await, "127.0.0.1", "{name}");
            let token = with(&server, &made.string).header(name, value);
            refused(&token.get(kit::TOKENS).await, 401, REFUSED_TOKEN);
        }
        let stripped = admin.clone().header("connection", "X-Forwarded-For");
        let stripped = stripped.header("x-forwarded-for", "192.0.2.9");
        let seen = seen_as(&stripped, made.id).await;
        assert_eq!(
            seen,
            if proxies.is_empty() {
                "127.0.0.1"
            } else {
                "192.0.2.9"
            }
        );
    }
}

/// NT-35: no list of proxies means that nobody is trusted, and the server says what to do about it.
#[tokio::test]
async fn nt35_the_header_is_believed_only_where_proxies_are_named() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    for value in [json!(1), json!("1"), json!(true)] {
        for path in [
            "by-name/authenticate_api_token_with_x_forwarded_for_ip",
            "4",
        ] {
            let path = format!("/api/v2/system_settings/{path}");
            let body = json!({ "value": value });
            let answer = admin.send_json(Method::PATCH, &path, &body).await;
            assert_eq!(answer.status, 400, "{}", answer.text);
            assert!(answer.text.contains("trusted_proxies"), "{}", answer.text);
        }
    }
    let shown = admin
        .get(&format!("{SETTING}/{BELIEVED}"))
        .await
        .expect_status(200)
        .json();
    assert_eq!(shown["data"]["value"], 0);
    set(&admin, BELIEVED, json!(0)).await;
    drop(server);

    let mut server = Server::builder(BINARY)
        .env("TOKENRY_SERVER__TRUSTED_PROXIES", "127.0.0.1")
        .start();
    let admin = kit::admin(&server).await;
    set(&admin, BELIEVED, json!(1)).await;
    server.stop();
    let mut start = server.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut process = start
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut left = 500;
    while process.try_wait().unwrap().is_none() {
        if left == 0 {
            process.kill().unwrap();
            panic!("it started");
        }
        left -= 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{said}");
    for words in [
        BELIEVED,
        "trusted_proxies",
        "TOKENRY_SERVER__TRUSTED_PROXIES",
    ] {
        assert!(said.contains(words), "{said}");
    }
    // With them it starts as before.
    server.start_again();
    drop(admin.get(kit::TOKENS).await.expect_status(200));
}

fn forwarded(client: Client, lines: &[&str]) -> Client {
    let lines = lines.iter();
    lines.fold(client, |client, line| {
        client.header("x-forwarded-for", line)
    })
}

/// Where the server takes a request to come from: what it would judge a token by.
async fn seen_as(client: &Client, token: i64) -> Value {
    let path = format!("{}/explain", token_at(token));
    let explained = client.get(&path).await.expect_status(200).json();
    explained["data"]["ip"].clone()
}
