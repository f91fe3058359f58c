//! What a client of this face can get wrong: each mistake is refused with the right status and the face's own words,
//! which repeat nothing of what was sent; it changes nothing; and of each refused credential the log tells once.

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};
use tokenry_testkit::{
    client::{Answer, Client, Method},
    server::Server,
};

use super::kit::{
    self, GATEWAY, GATEWAY_USER, LOGIN, LOGOUT, Made, REFUSED_TOKEN, TOKENS, VALIDATE, create,
    graphql, refused, rotate, token_at, trust_loopback, validate, with,
};
use crate::kit::BINARY;

const PASSWORD: &str = "a password";

/// What nobody's answer may repeat: it stands in every mistake that has room for it.
const ECHO: &str = "s3cr3t-4031-echo";

/// What is wrong | body of `POST /api/v2/api_tokens` | name of the error, or the status of success.
const CREATIONS: &str = r#"
no days | {"expire_in_days":0} | InvalidExpireInDaysField
days in the past | {"expire_in_days":-1} | InvalidExpireInDaysField
too many days | {"expire_in_days":366} | InvalidExpireInDaysField
days that look like a status | {"expire_in_days":4031} | InvalidExpireInDaysField
days beyond all numbers | {"expire_in_days":100000000000000000000} | InvalidExpireInDaysField
days beyond all numbers, as a text | {"expire_in_days":"100000000000000000000"} | InvalidExpireInDaysField
days beyond floating numbers | {"expire_in_days":1e400} | InvalidJSONBody
days that would wrap | {"expire_in_days":4294967297} | InvalidExpireInDaysField
days that would wrap twice | {"expire_in_days":18446744073709551617} | InvalidExpireInDaysField
half a day more | {"expire_in_days":1.5} | InvalidExpireInDaysField
a true day | {"expire_in_days":true} | InvalidExpireInDaysField
no number | {"expire_in_days":"s3cr3t-4031-echo"} | InvalidExpireInDaysField
an empty number | {"expire_in_days":""} | InvalidExpireInDaysField
a number in hex | {"expire_in_days":"0x1e"} | InvalidExpireInDaysField
a list of days | {"expire_in_days":[30]} | InvalidExpireInDaysField
an object | {"expire_in_days":{"days":30}} | InvalidExpireInDaysField
another's persona | {"as_persona":{foreign}} | InvalidPersonaForUser
a deleted persona | {"as_persona":{deleted}} | InvalidPersonaForUser
a persona that never was | {"as_persona":999999999} | InvalidPersonaForUser
a persona below zero | {"as_persona":-1} | InvalidPersonaForUser
a persona beyond all numbers | {"as_persona":99999999999999999999} | InvalidPersonaForUser
a persona by name | {"as_persona":"s3cr3t-4031-echo"} | InvalidPersonaForUser
a persona that is none | {"as_persona":true} | InvalidPersonaForUser
host bits | {"trusted_ip_addresses":"203.0.113.9/24"} | InvalidTrustedIPAddresses
junk | {"trusted_ip_addresses":"junk, 192.0.2.1"} | InvalidTrustedIPAddresses
markup | {"trusted_ip_addresses":"<s3cr3t-4031-echo>\u0001"} | InvalidTrustedIPAddresses
a token for an address | {"trusted_ip_addresses":"token-s3cr3t0123456789012345678901234567890123456789012345678901"} | InvalidTrustedIPAddresses
a session for an address | {"trusted_ip_addresses":"1-7-s3cr3t0123456789012345678901234567890123456789012345678901234567"} | InvalidTrustedIPAddresses
a range | {"trusted_ip_addresses":"192.0.2.1-192.0.2.9"} | InvalidTrustedIPAddresses
half a range | {"trusted_ip_addresses":"192.0.2.1-9"} | InvalidTrustedIPAddresses
a prefix too long | {"trusted_ip_addresses":"192.0.2.1/33"} | InvalidTrustedIPAddresses
a prefix too long for IPv6 | {"trusted_ip_addresses":"2001:db8::/129"} | InvalidTrustedIPAddresses
a prefix below zero | {"trusted_ip_addresses":"192.0.2.0/-1"} | InvalidTrustedIPAddresses
a prefix with a sign | {"trusted_ip_addresses":"192.0.2.0/+24"} | InvalidTrustedIPAddresses
a netmask | {"trusted_ip_addresses":"192.0.2.0/255.255.255.0"} | InvalidTrustedIPAddresses
a slash alone | {"trusted_ip_addresses":"192.0.2.0/"} | InvalidTrustedIPAddresses
a zone | {"trusted_ip_addresses":"fe80::1%eth0"} | InvalidTrustedIPAddresses
a port | {"trusted_ip_addresses":"192.0.2.1:443"} | InvalidTrustedIPAddresses
brackets | {"trusted_ip_addresses":"[2001:db8::1]"} | InvalidTrustedIPAddresses
octal | {"trusted_ip_addresses":"010.0.0.1"} | InvalidTrustedIPAddresses
a number | {"trusted_ip_addresses":"3221225985"} | InvalidTrustedIPAddresses
too few parts | {"trusted_ip_addresses":"192.0.2"} | InvalidTrustedIPAddresses
a star | {"trusted_ip_addresses":"192.0.2.*"} | InvalidTrustedIPAddresses
a name | {"trusted_ip_addresses":"localhost"} | InvalidTrustedIPAddresses
semicolons | {"trusted_ip_addresses":"192.0.2.1;192.0.2.2"} | InvalidTrustedIPAddresses
blanks for commas | {"trusted_ip_addresses":"192.0.2.1 192.0.2.2"} | InvalidTrustedIPAddresses
NUL | {"trusted_ip_addresses":"192.0.2.1\u0000"} | InvalidTrustedIPAddresses
an address that is a status | {"trusted_ip_addresses":"192.0.2.403"} | InvalidTrustedIPAddresses
all of IPv4, mapped | {"trusted_ip_addresses":"::ffff:0.0.0.0/96"} | InvalidTrustedIPAddresses
a list for a text | {"trusted_ip_addresses":["192.0.2.1"]} | InvalidTrustedIPAddresses
a number for a text | {"trusted_ip_addresses":1} | InvalidTrustedIPAddresses
32 KiB and one | {"trusted_ip_addresses":"{32769}"} | InvalidTrustedIPAddresses
10,000 addresses | {"trusted_ip_addresses":"{addresses}"} | InvalidTrustedIPAddresses
notes too long | {"notes":"{4097}"} | InvalidField
a name too long | {"name":"{256}"} | InvalidField
a name with a line end | {"name":"a\nb"} | InvalidField
a name with an invisible character | {"name":"a\u200bb"} | InvalidField
notes with NUL | {"notes":"a\u0000b"} | InvalidField
notes that turn round | {"notes":"a\u202eb"} | InvalidField
notes that are none | {"notes":["s3cr3t-4031-echo"]} | InvalidField
a name that is none | {"name":7} | InvalidField
a list | [] | InvalidJSONBody
a text | "s3cr3t-4031-echo" | InvalidJSONBody
a number | 7 | InvalidJSONBody
true | true | InvalidJSONBody
no JSON | s3cr3t-4031-echo | InvalidJSONBody
a form | expire_in_days=30&notes=s3cr3t-4031-echo | InvalidJSONBody
half of it | {"notes":"s3cr3t-4031-echo" | InvalidJSONBody
too much of it | {}{"notes":"s3cr3t-4031-echo"} | InvalidJSONBody
a comma too many | {"notes":"s3cr3t-4031-echo",} | InvalidJSONBody
single quotes | {'notes':'s3cr3t-4031-echo'} | InvalidJSONBody
a comment | {/* s3cr3t-4031-echo */} | InvalidJSONBody
NaN | {"expire_in_days":NaN} | InvalidJSONBody
a byte order mark | {bom}{} | InvalidJSONBody
a key twice | {"expire_in_days":30,"expire_in_days":365} | InvalidJSONBody
a key twice, spelled otherwise | {"notes":"a","n\u006ftes":"b"} | InvalidJSONBody
a key twice, deep | {"x":[{"y":{"z":1,"z":1}}]} | InvalidJSONBody
10,000 levels | {"x":{deep}} | InvalidJSONBody
10,000 levels that do not end | {open} | InvalidJSONBody
half a surrogate | {"notes":"\ud800"} | InvalidJSONBody
"#;

fn filled(body: &str, foreign: i64, deleted: i64) -> String {
    let addresses: Vec<_> = (0..10_000)
        .map(|n| format!("10.0.{}.{}", n / 250, n % 250))
        .collect();
    let body = body
        .replace("{foreign}", &foreign.to_string())
        .replace("{deleted}", &deleted.to_string())
        .replace("{addresses}", &addresses.join(","))
        .replace(
            "{deep}",
            &format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
        )
        .replace("{open}", &r#"{"x":"#.repeat(10_000))
        .replace("{bom}", "\u{feff}");
    let lists = [("{32769}", 32_769), ("{4097}", 4097), ("{256}", 256)];
    lists.iter().fold(body, |body, (mark, length)| {
        let filler = if *length > 32_000 {
            "10.0.0.1,".repeat(length / 9 + 1)
        } else {
            "x".repeat(*length)
        };
        body.replace(mark, &filler[..*length])
    })
}

/// Every token there is, as the administrator sees it, and how many lines the audit log has of each kind.
async fn state(admin: &Client) -> Value {
    const KINDS: [&str; 5] = [
        "api_tokens",
        "authentication",
        "personas",
        "system_settings",
        "users",
    ];
    let mut listed = admin.get(TOKENS).await.expect_status(200).json()["data"].take();
    for token in listed.as_array_mut().unwrap() {
        token.as_object_mut().unwrap().remove("last_used_on");
    }
    let mut counts = Vec::new();
    for kind in KINDS {
        let path = format!("/api/v2/audit_logs/{kind}?audit_history_size=1000");
        let audit = admin.get(&path).await.expect_status(200).json();
        let entries = audit["data"]["entries"].as_array().unwrap();
        let lines = entries
            .iter()
            .filter(|entry| entry.get("audit_row_id").is_some());
        counts.push(lines.count());
    }
    assert!(
        counts[1] > 0 && counts[3] > 0,
        "it signed in and set something: {counts:?}"
    );
    json!([listed, counts])
}

/// No text holds the digits of another status, nor what the client sent (spec/tanium.md 2).
#[track_caller]
fn is_proper(answer: &Answer, what: &str) {
    let text = &answer.text;
    for digits in ["401", "403", "404"] {
        assert!(!text.contains(digits), "{what}: {text}");
    }
    assert!(!text.contains("s3cr3t"), "{what} is repeated: {text}");
    assert!(text.len() < 1000, "{what}: {} bytes", text.len());
    let json = answer.json();
    let keys: Vec<_> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["text"], "{what}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/json"),
        "{what}"
    );
    assert_eq!(
        answer.header("x-content-type-options"),
        Some("nosniff"),
        "{what}"
    );
}

#[track_caller]
fn is_refused(answer: &Answer, status: u16, name: &str, what: &str) {
    is_proper(answer, what);
    let text = answer.json()["text"].as_str().unwrap().to_owned();
    assert_eq!(answer.status, status, "{what}: {text}");
    assert!(
        text.contains(&format!("Exception: {name}: ")),
        "{what}: {text}"
    );
}

#[tokio::test]
async fn every_mistake_of_a_creation_is_named_and_changes_nothing() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    trust_loopback(&admin).await;
    let user = kit::user(&admin, "jdoe", PASSWORD, &[GATEWAY_USER]).await;
    let foreign = kit::persona(&admin, "Not His", &[GATEWAY_USER], &[]).await;
    let deleted = kit::persona(&admin, "Gone", &[GATEWAY_USER], &[user]).await;
    let path = format!("/api/v2/personas/{deleted}");
    drop(admin.delete(&path, &[]).await.expect_status(200));
    let session = with(&server, &kit::key(&server, "jdoe", PASSWORD).await);
    let made = create(&session, json!({})).await;
    let by_token = with(&server, &made.string);
    let before = state(&admin).await;
    let mut wrong = Vec::new();
    for line in CREATIONS.lines().filter(|line| !line.is_empty()) {
        let (what, rest) = line.split_once(" | ").unwrap();
        let (body, name) = rest.rsplit_once(" | ").unwrap();
        let body = filled(body, foreign, deleted);
        for client in [&session, &by_token] {
            let answer = client.send(Method::POST, TOKENS, &[], body.clone()).await;
            let named = answer.text.contains(&format!("Exception: {name}: "));
            if answer.text.contains("s3cr3t") {
                wrong.push(format!("{what} is repeated: {}", answer.text));
            } else if answer.status == 400 && named {
                is_proper(&answer, what);
            } else {
                let text = &answer.text[..answer.text.len().min(200)];
                wrong.push(format!("{what}: not {name} but {} {text}", answer.status));
            }
        }
    }
    for bytes in [
        &b"{\"notes\":\"\xff\"}"[..],
        b"\xff\xfe{\0}\0",
        b"{\"notes\":\"\xc0\xaf\"}",
        b"\0",
    ] {
        let answer = session.send(Method::POST, TOKENS, &[], bytes).await;
        is_refused(&answer, 400, "InvalidJSONBody", "not UTF-8");
    }
    assert_eq!(state(&admin).await, before, "something was changed");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What only looks wrong.
    for (body, days) in [
        (r#"{"expire_in_days":"30"}"#, 30),
        (
            r#"{"expire_in_days":365,"unknown":1,"id":7,"token_string":"x","deleted_flag":1}"#,
            365,
        ),
        (r#" { "expire_in_days" : " 1 " } "#, 1),
        (
            r#"{"expire_in_days":null,"notes":null,"as_persona":null,"trusted_ip_addresses":null}"#,
            7,
        ),
        (
            r#"{"as_persona":0,"trusted_ip_addresses":" 192.0.2.1 ,\n2001:db8::/32,,\r\n"}"#,
            7,
        ),
        ("null", 7),
        ("", 7),
    ] {
        let made = Made::from(session.send(Method::POST, TOKENS, &[], body).await);
        assert_eq!(made.object["expire_in_days"], days, "{body}");
        assert_eq!(
            (made.string.len(), &made.object["user"]["name"]),
            (64, &json!("jdoe"))
        );
    }
}

#[tokio::test]
async fn nt25_a_body_says_nothing_that_the_server_decides() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    kit::user(&admin, "jdoe", PASSWORD, &[GATEWAY_USER]).await;
    let session = with(&server, &kit::key(&server, "jdoe", PASSWORD).await);
    let body = json!({
        "id": 1, "user": { "id": 1, "name": "admin" }, "user_id": 1, "owner": "admin", "username": "admin",
        "created_time": "2001-01-01T00:00:00Z", "expiration": "2099-01-01T00:00:00Z", "scopes": ["*"],
        "last_used_on": "2001-01-01T00:00:00Z", "token_string": "token-0", "persona": { "id": 7 },
    });
    let made = create(&session, body).await;
    let shown = &made.object;
    assert_eq!(shown["user"]["name"], "jdoe");
    assert_eq!(shown["persona"]["id"], 0);
    assert!(shown["expiration"].as_str().unwrap() < "2030", "{shown}");
    assert!(
        made.string.len() == 64 && !shown["created_time"].as_str().unwrap().starts_with("2001")
    );
}

#[tokio::test]
async fn a_rotation_wants_the_callers_own_living_token() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    trust_loopback(&admin).await;
    kit::user(&admin, "jdoe", PASSWORD, &[GATEWAY_USER]).await;
    let session = with(&server, &kit::key(&server, "jdoe", PASSWORD).await);
    let (own, foreign, dead) = (
        create(&session, json!({})).await,
        create(&admin, json!({})).await,
        create(&session, json!({})).await,
    );
    drop(
        session
            .delete(&token_at(dead.id), &[])
            .await
            .expect_status(200),
    );
    let splunk = server.admin_session().await;
    let jwt = crate::kit::token(&splunk, "jdoe", &[]).await;
    let key = kit::key(&server, "jdoe", PASSWORD).await;
    let before = state(&admin).await;
    for client in [&session, &with(&server, &own.string)] {
        for string in [
            foreign.string.as_str(),
            &dead.string,
            &jwt.string,
            &key,
            "",
            "token-",
            ECHO,
            &format!("{}0", own.string),
            &own.string[..63],
            &own.string.to_uppercase(),
            &format!(" {}", own.string),
            &"token-".repeat(10_000),
        ] {
            refused(&rotate(client, string).await, 401, REFUSED_TOKEN);
            let query = "mutation($s:String!){apiTokenRotate(input:{tokenString:$s}){error{message}token{id}}}";
            let answer = graphql(client, query, json!({ "s": string })).await;
            let payload = &answer["data"]["apiTokenRotate"];
            assert_eq!(payload["token"], Value::Null);
            assert_eq!(payload["error"]["message"], "Invalid API token");
        }
        for (body, name) in [
            (json!({}), "InvalidJSONBody"),
            (json!({ "token_string": null }), "InvalidJSONBody"),
            (json!({ "token_string": 7 }), "InvalidField"),
            (json!({ "token_string": [own.string] }), "InvalidField"),
            (json!({ "id": own.id }), "InvalidJSONBody"),
            (
                json!({ "token_string": own.string, "overlap_in_minutes": -1 }),
                "InvalidField",
            ),
            (
                json!({ "token_string": own.string, "overlap_in_minutes": 10_081 }),
                "InvalidField",
            ),
            (
                json!({ "token_string": own.string, "overlap_in_minutes": u64::MAX }),
                "InvalidField",
            ),
            (
                json!({ "token_string": own.string, "overlap_in_minutes": "soon" }),
                "InvalidField",
            ),
        ] {
            let answer = client.send_json(Method::PATCH, TOKENS, &body).await;
            is_refused(&answer, 400, name, &body.to_string());
        }
    }
    assert_eq!(state(&admin).await, before);
    for alive in [&own, &foreign] {
        drop(validate(&server, &alive.string).await.expect_status(200));
    }
    // Rotated once, a token is dead, whoever tries it again.
    let next = Made::from(rotate(&session, &own.string).await);
    refused(&rotate(&session, &own.string).await, 401, REFUSED_TOKEN);
    refused(
        &rotate(&with(&server, &own.string), &own.string).await,
        401,
        REFUSED_TOKEN,
    );
    let bare = next.string.strip_prefix("token-").unwrap();
    let last = Made::from(rotate(&with(&server, &next.string), bare).await);
    drop(validate(&server, &last.string).await.expect_status(200));
}

/// Of many who rotate one token at once exactly one gets the next (spec/tanium.md 4.4).
#[tokio::test]
async fn of_eight_rotations_at_once_exactly_one_wins() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    trust_loopback(&admin).await;
    for round in 0..4 {
        let made = create(&admin, json!({ "notes": format!("round {round}") })).await;
        let by_token = with(&server, &made.string);
        let all: Vec<_> = (0..8)
            .map(|number| {
                // Half with the token itself, half with the session; and with an overlap now and then.
                let client = if number % 2 == 0 {
                    by_token.clone()
                } else {
                    admin.clone()
                };
                let minutes = if number % 3 == 0 { round } else { 0 };
                let body = json!({ "token_string": made.string, "overlap_in_minutes": minutes });
                tokio::spawn(async move { client.send_json(Method::PATCH, TOKENS, &body).await })
            })
            .collect();
        let mut winners = Vec::new();
        for one in all {
            let answer = one.await.unwrap();
            if answer.status == 200 {
                winners.push(Made::from(answer));
                continue;
            }
            refused(&answer, 401, REFUSED_TOKEN);
        }
        let [winner] = &winners[..] else {
            panic!("{} won", winners.len())
        };
        drop(validate(&server, &winner.string).await.expect_status(200));
        let listed = admin.get(TOKENS).await.expect_status(200).text;
        let alive = listed.matches(&format!("\"round {round}\"")).count();
        let overlaps = validate(&server, &made.string).await.status == 200;
        assert_eq!(alive, 1 + usize::from(overlaps));
    }
}

/// NT-55: whoever took the first and whoever took the last would see two callers.
#[tokio::test]
async fn nt55_two_session_headers_are_refused_at_every_door() {
    let server = Server::start(BINARY);
    let admin = kit::key(&server, "admin", kit::PASSWORD).await;
    let client = with(&server, &admin);
    trust_loopback(&client).await;
    let made = create(&client, json!({})).await;
    let mut wrong = Vec::new();
    for (first, second) in [
        (admin.as_str(), admin.as_str()),
        (&admin, &made.string),
        (&made.string, "x"),
        ("x", &made.string),
        ("", &admin),
    ] {
        let twice = with(&server, first).header("session", second);
        let doors = [
            (Method::GET, "/api/v2/server_info", ""),
            (Method::GET, TOKENS, ""),
            (Method::POST, GATEWAY, r#"{"query":"{ now }"}"#),
            (Method::POST, "/auth", ""),
            (Method::POST, VALIDATE, ""),
            (Method::POST, LOGOUT, ""),
        ];
        for (method, path, body) in doors {
            let answer = twice.send(method, path, &[], body).await;
            if answer.status != 400 {
                wrong.push(format!(
                    "{first:.9}, {second:.9} at {path}: {} {}",
                    answer.status, answer.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn unknown_routes_wrong_methods_and_bad_options_are_told_apart() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    let anonymous = server.anonymous();
    for client in [&admin, &anonymous] {
        for (path, text) in [
            ("/api/v2/foo", "Invalid object route: foo"),
            ("/api/v2/foo/7", "Invalid object route: foo"),
            ("/api/v2/foo?token=x", "Invalid object route: foo"),
            (
                "/api/v2/api_tokens/7/foo",
                "Invalid object route: api_tokens",
            ),
            ("/api/v2/s3cr3t-4031-echo", "Invalid object route"),
            ("/api/v2/4031", "Invalid object route"),
            ("/api/v2/%00", "Invalid object route"),
            ("/api/v2/API_TOKENS", "Invalid object route"),
            ("/api/v2//api_tokens", "Invalid object route: "),
            ("/api/v2/../v2/api_tokens", "Invalid object route"),
            ("/api/v2/%2e%2e/v2/api_tokens", "Invalid object route"),
            ("/api/v2/api_tokens;x", "Invalid object route"),
            ("/api/v2/api_tokens%2f7", "Invalid object route"),
        ] {
            for method in [Method::GET, Method::POST, Method::PATCH, Method::DELETE] {
                let answer = client.send(method, path, &[], "").await;
                refused(&answer, 400, text);
                is_proper(&answer, path);
            }
        }
        for path in ["/api/v2", "/api/v2/"] {
            let answer = client.get(path).await;
            assert_eq!(answer.status, 404, "{}", answer.text);
            is_proper(&answer, path);
        }
        for path in [
            "/api",
            "/api/v1/api_tokens",
            "/api/v3",
            "/Auth",
            "/auth/x",
            "/plugin",
            "/plugin/products/gateway",
        ] {
            assert_eq!(client.get(path).await.status, 404, "{path}");
        }
    }
    wrong_methods(&admin).await;
    for options in [
        "s3cr3t-4031-echo",
        "[]",
        "7",
        "{",
        r#"{"a":1,"a":2}"#,
        "\"x\"",
        "",
    ] {
        let headers = [("tanium-options", options)];
        let answer = admin.send(Method::GET, TOKENS, &headers, "").await;
        assert_eq!(answer.status, 400, "{options:?}: {}", answer.text);
        is_proper(&answer, options);
    }
    for options in [
        r#"{"s3cr3t":1}"#,
        "{}",
        r#"{"json_pretty_print":"x","row_count":-1,"cache_filters":7}"#,
    ] {
        let headers = [("tanium-options", options)];
        let answer = admin.send(Method::GET, TOKENS, &headers, "").await;
        assert_eq!(answer.status, 200, "{options:?}: {}", answer.text);
    }
    let pretty = [("tanium-options", r#"{"json_pretty_print":1}"#)];
    let answer = admin.send(Method::GET, TOKENS, &pretty, "").await;
    assert_eq!(answer.text, "{\n  \"data\": []\n}");
}

/// Every path of the table, with every method that it has not; HEAD is GET without a body.
async fn wrong_methods(admin: &Client) {
    let mut paths: BTreeMap<&str, Vec<Method>> = BTreeMap::new();
    for operation in tokenry_http::tanium::operations() {
        paths
            .entry(operation.path)
            .or_default()
            .push(operation.method);
    }
    for (path, served) in &paths {
        let path = super::doors::filled(path);
        for method in [
            "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW",
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            // What is not served here may be the parameter of another path.
            if served.contains(&method) {
                continue;
            }
            let answer = admin.send(method.clone(), &path, &[], "").await;
            assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
            is_refused(&answer, 405, "MethodNotAllowed", &path);
        }
    }
}

#[tokio::test]
async fn large_bodies_are_refused_and_the_server_goes_on() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    let large = format!(
        "{{\"notes\":\"{}\"}}",
        ECHO.repeat(10 * 1024 * 1024 / ECHO.len())
    );
    for client in [&admin, &server.anonymous()] {
        for path in [TOKENS, LOGIN, VALIDATE, "/auth", GATEWAY] {
            // A client that goes on sending may find the connection closed before it reads the answer.
            let sent = client
                .try_send(Method::POST, path, &[], large.clone())
                .await;
            let Ok(answer) = sent else { continue };
            assert!(
                [413, 403, 401].contains(&answer.status),
                "{path}: {}",
                answer.status
            );
            assert!(answer.text.len() < 300 && !answer.text.contains("s3cr3t"));
        }
    }
    let exact = format!("{{\"x\":\"{}\"}}", "x".repeat((1 << 20) - 8));
    assert_eq!(exact.len(), 1 << 20);
    drop(
        admin
            .send(Method::POST, TOKENS, &[], exact.clone())
            .await
            .expect_status(200),
    );
    let answer = admin
        .send(Method::POST, TOKENS, &[], format!("{exact} "))
        .await;
    is_refused(&answer, 413, "BodyTooLarge", "one byte too many");
    let long = server.anonymous().header("session", &"token-".repeat(8000));
    assert_eq!(long.get(TOKENS).await.status, 431);
    drop(admin.get(TOKENS).await.expect_status(200));
}

/// NT-70, at the gateway: small questions with large answers, and what no question is.
#[tokio::test]
async fn nt70_the_gateway_defuses_bombs() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    trust_loopback(&admin).await;
    let before = state(&admin).await;
    let mut wrong = Vec::new();
    for (what, query) in bombs() {
        let answer = admin
            .send_json(Method::POST, GATEWAY, &json!({ "query": query }))
            .await;
        wrong.extend(not_an_error_of_the_query(what, &answer));
    }
    let deep = format!(
        "{{\"query\":\"{{now}}\",\"variables\":{}{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    for (what, body) in [
        ("a batch", r#"[{"query":"{now}"},{"query":"{now}"}]"#),
        ("an empty batch", "[]"),
        ("no body", ""),
        ("null", "null"),
        ("no JSON", ECHO),
        ("a query as a form", "query={now}"),
        ("a bare query", "{now}"),
        ("deep variables", deep.as_str()),
        ("a key twice", r#"{"query":"{now}","query":"{now}"}"#),
        ("a query that is a number", r#"{"query":7}"#),
        (
            "variables that are none",
            r#"{"query":"{now}","variables":"s3cr3t-4031-echo"}"#,
        ),
        (
            "an operation that is not there",
            r#"{"query":"query a{now}","operationName":"s3cr3t-4031-echo"}"#,
        ),
    ] {
        let answer = admin
            .send(Method::POST, GATEWAY, &[], body.to_owned())
            .await;
        wrong.extend(not_an_error_of_the_query(what, &answer));
    }
    let invalid = admin
        .send(Method::POST, GATEWAY, &[], &b"{\"query\":\"\xff\"}"[..])
        .await;
    wrong.extend(not_an_error_of_the_query("not UTF-8", &invalid));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What only the rules refuse is told within the answer.
    for input in [
        r#"{trustedIPAddresses:["203.0.113.9/24"]}"#,
        r#"{trustedIPAddresses:["192.0.2.1,192.0.2.2"]}"#,
        r#"{trustedIPAddresses:["192.0.2.1-192.0.2.9"]}"#,
        "{trustedIPAddresses:[],expiresInDays:0}",
        "{trustedIPAddresses:[],expiresInDays:366}",
        "{trustedIPAddresses:[],expiresInDays:-1}",
        r#"{trustedIPAddresses:[],personaName:"s3cr3t-4031-echo"}"#,
    ] {
        let query =
            format!("mutation{{apiTokenGrant(input:{input}){{error{{message}}token{{id}}}}}}");
        let answer = graphql(&admin, &query, json!({})).await;
        let payload = &answer["data"]["apiTokenGrant"];
        assert_eq!(payload["token"], Value::Null, "{input}");
        let message = payload["error"]["message"].as_str().unwrap();
        assert!(
            !message.contains("s3cr3t") && !message.contains("403"),
            "{message}"
        );
    }
    assert_eq!(state(&admin).await, before);
    drop(graphql(&admin, "{ now }", json!({})).await);
}

/// What is asked, by what it is.
fn bombs() -> Vec<(&'static str, String)> {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("{}now{}", open.repeat(depth), close.repeat(depth))
    };
    let aliases: Vec<String> = (0..10_000).map(|n| format!("a{n}:now ")).collect();
    let grants: Vec<String> = (0..11)
        .map(|n| format!("g{n}:apiTokenGrant(input:{{trustedIPAddresses:[]}}){{token{{id}}}} "))
        .collect();
    let fragments: Vec<String> = (0..60)
        .map(|n| format!("fragment f{n} on Query {{...f{m} ...f{m}}} ", m = n + 1))
        .collect();
    let (aliases, grants, fragments) = (aliases.concat(), grants.concat(), fragments.concat());
    vec![
        ("nested selections", nested("{", "}", 10_000)),
        ("nested types", nested("{__schema{types{fields{type{", "}}}}}", 200)),
        ("nested lists", format!("{{now(x:{}{})}}", "[".repeat(20_000), "]".repeat(20_000))),
        ("nested objects", format!("{{now(x:{}1{})}}", "{a:".repeat(9000), "}".repeat(9000))),
        ("10,000 aliases", format!("{{{aliases}}}")),
        ("eleven mutations", format!("mutation{{{grants}}}")),
        ("the same mutation twice", "mutation{apiTokenGrant(input:{trustedIPAddresses:[]}){token{id}}apiTokenGrant(input:{trustedIPAddresses:[]}){error{message}}}".to_owned()),
        ("a cycle of one", "{...a} fragment a on Query {...a}".to_owned()),
        ("a cycle of two", "{...a} fragment a on Query {...b} fragment b on Query {...a}".to_owned()),
        ("a cycle that is not used", "{now} fragment a on Query {...a}".to_owned()),
        ("fragments that double", format!("{{...f0}} {fragments} fragment f60 on Query {{now}}")),
        ("directives", format!("{{now {}}}", "@skip(if:false)".repeat(1000))),
        ("a long query", format!("{{now}}#{}", "x".repeat(100_000))),
        ("a long name", format!("{{{}}}", "s3cr3t".repeat(1000))),
        ("an open text", format!("{{now(x:\"{ECHO}")),
        ("no query", String::new()),
        ("no GraphQL", ECHO.to_owned()),
        ("an unknown field", format!("{{now {}}}", "s3cr3t")),
        ("a subscription", "subscription{now}".to_owned()),
        ("two without a name", "{now} {now}".to_owned()),
        ("an unknown argument", "mutation{apiTokenGrant(input:{trustedIPAddresses:[],owner:\"s3cr3t\"}){token{id}}}".to_owned()),
        ("a token as an argument", format!("mutation{{apiTokenRotate(input:{{token:\"{ECHO}\"}}){{token{{id}}}}}}")),
        ("too many days", "mutation{apiTokenGrant(input:{trustedIPAddresses:[],expiresInDays:99999999999999999999}){token{id}}}".to_owned()),
        ("half a day", "mutation{apiTokenGrant(input:{trustedIPAddresses:[],expiresInDays:1.5}){token{id}}}".to_owned()),
        ("no addresses", "mutation{apiTokenGrant(input:{}){token{id}}}".to_owned()),
    ]
}

/// 200, `errors` and no data, and nothing of what was sent (spec/tanium.md 5.3).
fn not_an_error_of_the_query(what: &str, answer: &Answer) -> Option<String> {
    let text = &answer.text;
    let shape =
        text.starts_with(r#"{"errors":[{"message":""#) && text.ends_with(r#"],"data":null}"#);
    let quiet = !text.contains("s3cr3t")
        && !["401", "403", "404"]
            .iter()
            .any(|digits| text.contains(digits));
    let fine = answer.status == 200 && shape && quiet && text.len() < 10_000;
    (!fine).then(|| format!("{what}: {} {}", answer.status, &text[..text.len().min(300)]))
}

/// Every refused credential has its line in `auth0.txt`, or is counted in one (spec/tanium.md 8.2), and none is there
/// twice; what is granted has none.
#[tokio::test]
async fn every_refused_credential_is_told_once_in_the_authentication_log() {
    let mut server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    trust_loopback(&admin).await;
    kit::user(&admin, "jdoe", PASSWORD, &[GATEWAY_USER]).await;
    let key = kit::key(&server, "jdoe", PASSWORD).await;
    let session = with(&server, &key);
    let foreign = create(&admin, json!({})).await;
    let deleted = create(&session, json!({})).await;
    drop(
        session
            .delete(&token_at(deleted.id), &[])
            .await
            .expect_status(200),
    );
    let rotated = create(&session, json!({})).await;
    let good = Made::from(rotate(&session, &rotated.string).await);
    let ended = kit::key(&server, "jdoe", PASSWORD).await;
    let body = json!({ "session": ended });
    drop(
        server
            .anonymous()
            .send_json(Method::POST, LOGOUT, &body)
            .await
            .expect_status(200),
    );
    let forged = format!("token-{}", "0".repeat(58));
    let anonymous = server.anonymous();
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    let mut told =
        |reason: &str, count: u64| *expected.entry(reason.to_owned()).or_default() += count;
    for (string, reason) in [
        (deleted.string.as_str(), "revoked"),
        (&rotated.string, "rotated"),
        (&forged, "bad_signature"),
        ("token-x", "malformed"),
        (&ended, "session_unknown"),
    ] {
        told(reason, show_everywhere(&server, string).await);
    }
    drop(anonymous.get(TOKENS).await);
    drop(
        anonymous
            .send_json(Method::POST, GATEWAY, &json!({ "query": "{now}" }))
            .await,
    );
    drop(anonymous.send(Method::POST, "/auth", &[], "").await);
    told("missing", 3);
    drop(session.clone().header("session", &key).get(TOKENS).await);
    told("ambiguous", 1);
    for (name, password) in [("jdoe", "wrong"), ("ghost", PASSWORD), ("", "")] {
        let body = json!({ "username": name, "password": password });
        drop(
            anonymous
                .send_json(Method::POST, LOGIN, &body)
                .await
                .expect_status(401),
        );
    }
    told("wrong_password", 3);
    drop(rotate(&session, &foreign.string).await.expect_status(401));
    told("foreign_token", 1);
    drop(rotate(&session, &deleted.string).await.expect_status(401));
    told("revoked", 1);
    let by_token = with(&server, &good.string);
    let answer = by_token
        .send(Method::POST, "/api/v2/session/as_persona/0", &[], "")
        .await;
    assert_eq!(answer.status, 403);
    told("not_a_session", 1);
    // All is written by the time the server has stopped.
    server.stop();
    assert_eq!(denied(&server), expected);
}

/// The same for what is good, but not good for that; and for what is nothing at all.
#[tokio::test]
async fn what_is_refused_for_what_it_is_is_told_in_the_authentication_log() {
    let mut server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    trust_loopback(&admin).await;
    let good = create(&admin, json!({})).await;
    let by_token = with(&server, &good.string);
    let body = json!({ "session": good.string });
    let answer = server
        .anonymous()
        .send_json(Method::POST, LOGOUT, &body)
        .await;
    assert_eq!(answer.status, 403);
    let answer = by_token
        .send(Method::POST, "/auth", &[("logout", "0")], "")
        .await;
    assert_eq!(answer.status, 403);
    drop(validate(&server, "bad-token").await.expect_status(400));
    server.stop();
    let expected = [("not_a_session", 2), ("malformed", 1)];
    let expected = expected.map(|(reason, count)| (reason.to_owned(), count));
    assert_eq!(denied(&server), BTreeMap::from(expected));
}

/// Presents it in each manner there is. Answers how many these are.
async fn show_everywhere(server: &Server, string: &str) -> u64 {
    let client = with(server, string);
    let body = json!({ "session": string });
    let now = json!({ "query": "{now}" });
    let answers = [
        client.get(TOKENS).await,
        client.send_json(Method::POST, GATEWAY, &now).await,
        client.send(Method::POST, "/auth", &[], "").await,
        client
            .send(Method::POST, "/auth", &[("logout", "1")], "")
            .await,
        client.send(Method::POST, VALIDATE, &[], "").await,
        validate(server, string).await,
        server
            .anonymous()
            .send_json(Method::POST, LOGOUT, &body)
            .await,
    ];
    assert!(
        answers
            .iter()
            .all(|answer| [401, 403].contains(&answer.status))
    );
    answers.len().try_into().unwrap()
}

/// The refusals that the log tells of, by reason.
fn denied(server: &Server) -> BTreeMap<String, u64> {
    let path = server.data().join("log/auth0.txt");
    let log = fs::read_to_string(&path).unwrap_or_else(|_| panic!("no {}", path.display()));
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for line in log.lines().filter(|line| line.contains("result=denied")) {
        let field = |name: &str| line.split(' ').find_map(|field| field.strip_prefix(name));
        let count = field("count=").map_or(1, |count| count.parse().unwrap());
        *found
            .entry(field("reason=").unwrap().to_owned())
            .or_default() += count;
        assert!(line.contains("|WARN|auth|"), "{line}");
    }
    found
}
