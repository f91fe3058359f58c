//! No secret of this face gets to where it does not belong (NT-41 to NT-45): everything is done once at the most
//! talkative log level, the mistakes too, and then every file is searched: logs, audit file, database, write-ahead log.

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokenry_http::tanium::operations;
use tokenry_testkit::{
    client::{Client, Method, encode},
    server::Server,
};

use super::{
    doors::filled,
    kit::{
        self, GATEWAY, GATEWAY_USER, LOGIN, LOGOUT, Made, SETTING, TOKENS, VALIDATE, create,
        rotate, token_at, trust_loopback, validate, with,
    },
};
use crate::{forge, kit::BINARY, secrets::Secrets};

const ADMIN: &str = "adm!Rw4#xQe8@Kt1";
const USER: &str = "usr!Bp6$Zn3%Vd5^";
const CHANGED: &str = "chg!Lx9&Ty2*Ga7(";
const WRONG: &str = "wrg!Sc1=Mf8~Hj4;";
const MISPLACED: &str = "mis!Oi5:Cu7,Ne3.";

#[tokio::test]
async fn nt41_no_secret_of_this_face_is_in_any_file() {
    let mut server = Server::builder(BINARY)
        .admin_password(ADMIN)
        .log_level("trace")
        .env("TOKENRY_LOG__AUTHENTICATION", "100")
        .start();
    let mut secrets = Secrets::default();
    for (what, password) in [
        ("the administrator's password", ADMIN),
        ("a user's password", USER),
        ("a changed password", CHANGED),
        ("a wrong password", WRONG),
        ("a misplaced password", MISPLACED),
    ] {
        secrets.add(what, password.as_bytes());
    }
    secrets.add("the root of the keys", &forge::secret(&server.data()));
    let key = kit::key(&server, "admin", ADMIN).await;
    add(&mut secrets, "the administrator's session key", &key);
    let admin = with(&server, &key);
    trust_loopback(&admin).await;
    everything_goes_well(&server, &admin, &mut secrets).await;
    everything_goes_wrong(&server, &mut secrets).await;
    // Killed, the write-ahead log stays as it was; stopped, the last lines are in the audit file.
    server.kill();
    secrets.search(&server, "after a crash");
    server.start_again();
    drop(admin.get(TOKENS).await.expect_status(200));
    server.stop();
    secrets.search(&server, "at the end");
    for (file, words) in [
        ("auth0.txt", "result=denied"),
        ("audit.jsonl", "create_token"),
    ] {
        let text = fs::read_to_string(server.data().join("log").join(file)).unwrap();
        assert!(text.contains(words), "{file} was looked into: {text:.300}");
    }
    let log = server.log();
    assert!(log.contains("TRACE") || log.contains("DEBUG"));
    assert!(
        log.contains("/api/v2/api_tokens"),
        "the access log was looked into"
    );
}

/// What is secret of a string: not its prefix, nor its numbers.
fn add(secrets: &mut Secrets, what: &'static str, string: &str) {
    let digits = string.rsplit('-').next().unwrap();
    assert!(digits.len() >= 58, "{string}");
    secrets.add(what, digits.as_bytes());
}

async fn everything_goes_well(server: &Server, admin: &Client, secrets: &mut Secrets) {
    let user = kit::user(admin, "jdoe", USER, &[GATEWAY_USER]).await;
    let persona = kit::persona(admin, "Reports", &[GATEWAY_USER], &[user]).await;
    let key = kit::key(server, "jdoe", USER).await;
    add(secrets, "a session key", &key);
    let session = with(server, &key);
    let [name, password] = ["jdoe", USER].map(|text| STANDARD.encode(text));
    let headers = [("username", name.as_str()), ("password", password.as_str())];
    let answer = server
        .anonymous()
        .send(Method::POST, "/auth", &headers, "")
        .await;
    add(
        secrets,
        "a session key from headers",
        &answer.expect_status(200).text,
    );
    let answer = server
        .basic("jdoe", USER)
        .send(Method::POST, "/auth", &[], "")
        .await;
    add(
        secrets,
        "a session key from Basic",
        &answer.expect_status(200).text,
    );
    let acting = kit::as_persona(&session, persona).await;
    add(secrets, "a persona's session key", &acting);

    let made = create(&session, json!({ "as_persona": persona, "notes": "here" })).await;
    add(secrets, "a token", &made.string);
    let shown = session
        .get(&format!("{}/token_string", token_at(made.id)))
        .await;
    assert!(shown.expect_status(200).text.contains(&made.string));
    let by_token = with(server, &made.string);
    for path in [
        TOKENS,
        "/api/v2/session/current",
        "/info.json",
        "/api/v2/server_info",
    ] {
        drop(by_token.get(path).await.expect_status(200));
    }
    drop(validate(server, &made.string).await.expect_status(200));
    drop(
        by_token
            .send(Method::POST, "/auth", &[], "")
            .await
            .expect_status(200),
    );
    drop(
        server
            .bearer(&made.string)
            .get(crate::kit::CONTEXT)
            .await
            .expect_status(200),
    );
    let body = json!({ "token_string": made.string, "overlap_in_minutes": 5 });
    let beside = Made::from(session.send_json(Method::PATCH, TOKENS, &body).await);
    add(secrets, "a token beside another", &beside.string);
    let next = Made::from(rotate(&with(server, &beside.string), &beside.string).await);
    add(secrets, "a token that was rotated to", &next.string);
    through_the_gateway(server, &session, secrets).await;
    drop(
        session
            .delete(&token_at(next.id), &[])
            .await
            .expect_status(200),
    );

    let path = format!("/api/v2/users/{user}");
    let body = json!({ "password": CHANGED, "old_password": USER });
    drop(
        session
            .send_json(Method::PATCH, &path, &body)
            .await
            .expect_status(200),
    );
    let ended = kit::key(server, "jdoe", CHANGED).await;
    add(secrets, "the key of an ended session", &ended);
    let body = json!({ "session": ended });
    drop(
        server
            .anonymous()
            .send_json(Method::POST, LOGOUT, &body)
            .await
            .expect_status(200),
    );
    for operation in operations().iter().filter(|one| one.method == Method::GET) {
        drop(admin.get(&filled(operation.path)).await);
    }
}

async fn through_the_gateway(server: &Server, session: &Client, secrets: &mut Secrets) {
    let grant = "mutation{apiTokenGrant(input:{trustedIPAddresses:[],notes:\"there\"}){token{id tokenString}}}";
    let granted = kit::graphql(session, grant, json!({})).await;
    let granted = granted["data"]["apiTokenGrant"]["token"]["tokenString"]
        .as_str()
        .unwrap()
        .to_owned();
    add(secrets, "a token that was granted", &granted);
    let turn =
        "mutation($s:String!){apiTokenRotate(input:{tokenString:$s}){token{id tokenString}}}";
    let rotated = kit::graphql(&with(server, &granted), turn, json!({ "s": granted })).await;
    let token = &rotated["data"]["apiTokenRotate"]["token"];
    add(
        secrets,
        "a token rotated through the gateway",
        token["tokenString"].as_str().unwrap(),
    );
    let revoke = "mutation($i:ID!){apiTokenRevoke(input:{id:$i}){error{message}}}";
    kit::graphql(session, revoke, json!({ "i": token["id"] })).await;
}

/// Secrets where they do not belong.
async fn everything_goes_wrong(server: &Server, secrets: &mut Secrets) {
    let user = with(server, &kit::key(server, "jdoe", CHANGED).await);
    let made = create(&user, json!({})).await;
    add(secrets, "a misplaced token", &made.string);
    let dead = create(&user, json!({})).await;
    add(secrets, "a misplaced dead token", &dead.string);
    let next = Made::from(rotate(&user, &dead.string).await);
    add(secrets, "a token nobody misplaced", &next.string);
    let key = kit::key(server, "jdoe", CHANGED).await;
    add(secrets, "a misplaced session key", &key);
    for secret in [
        MISPLACED,
        made.string.as_str(),
        dead.string.as_str(),
        key.as_str(),
    ] {
        for client in [&server.anonymous(), &user] {
            in_the_address(client, secret).await;
            in_bodies(client, secret).await;
            in_headers(client, secret).await;
        }
        let bad = with(server, &format!("{secret}0"));
        drop(bad.get(TOKENS).await);
        drop(bad.send(Method::POST, "/auth", &[], "").await);
        drop(validate(server, &format!("{secret}0")).await);
        drop(rotate(&user, &format!("{secret}0")).await);
    }
    let login = json!({ "username": "jdoe", "password": WRONG });
    drop(
        server
            .anonymous()
            .send_json(Method::POST, LOGIN, &login)
            .await
            .expect_status(401),
    );
    drop(
        server
            .basic("jdoe", WRONG)
            .send(Method::POST, "/auth", &[], "")
            .await
            .expect_status(401),
    );
    let long = server
        .anonymous()
        .header("session", &made.string.repeat(1000));
    assert_eq!(long.get(TOKENS).await.status, 431);
    for text in [
        format!("GET /api/v2/api_tokens HTTP/9.9\r\nsession: {key}\r\n\r\n"),
        format!("GET /api/v2/api_tokens HTTP/1.1\r\nsession {key}\r\n\r\n"),
        format!(
            "POST {TOKENS} HTTP/1.1\r\nhost: x\r\nsession: {key}\r\ncontent-length: 99\r\n\r\n{key}"
        ),
        format!("POST {TOKENS} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{key}\r\n"),
    ] {
        server.anonymous().send_bytes(text.as_bytes()).await;
    }
}

/// NT-44: what stands in an address ends up in histories and logs, so it is refused there, whoever sends it.
async fn in_the_address(client: &Client, secret: &str) {
    let encoded = encode(&[("", secret)])[1..].to_owned();
    let refused = async |method: Method, path: &str, name: &str| {
        let path = format!("{path}?{name}={encoded}");
        let answer = client.send(method, &path, &[], "").await;
        assert_eq!(answer.status, 400, "{name} at {path:.40}: {}", answer.text);
        assert!(!answer.text.contains(secret), "{}", answer.text);
    };
    for name in [
        "token",
        "access_token",
        "apikey",
        "api_token",
        "session",
        "password",
        "Token",
        "SESSION",
    ] {
        refused(Method::GET, TOKENS, name).await;
    }
    for path in [TOKENS, VALIDATE, LOGIN, "/auth", GATEWAY] {
        refused(Method::POST, path, "token").await;
    }
    for path in ["/info.json", "/config/console.json"] {
        refused(Method::GET, path, "token").await;
    }
    for name in [
        "x",
        "json_pretty_print",
        "row_start",
        "start_time",
        "ip",
        "time",
        "api_key",
        "cache_filters",
        "",
    ] {
        for path in [
            TOKENS,
            "/api/v2/users",
            "/api/v2/api_tokens/7/explain",
            "/api/v2/audit_logs/users",
        ] {
            let answer = client.get(&format!("{path}?{name}={encoded}")).await;
            assert!(
                !answer.text.contains(secret),
                "{name} at {path}: {}",
                answer.text
            );
        }
    }
    for path in [
        "/api/v2/*",
        "/api/v2/*/7",
        "/api/v2/api_tokens/*",
        "/api/v2/api_tokens/*/token_string",
        "/api/v2/api_tokens/7/*",
        "/api/v2/session/*",
        "/api/v2/session/as_persona/*",
        "/api/v2/users/by-name/*",
        "/api/v2/personas/*",
        "/api/v2/system_settings/by-name/*",
        "/api/v2/audit_logs/*",
        "/auth/*",
        "/plugin/products/gateway/*",
        "/*",
    ] {
        // Nobody puts a password into a path.
        if secret == MISPLACED {
            continue;
        }
        for method in [Method::GET, Method::POST, Method::PUT] {
            let path = path.replace('*', &encoded);
            let answer = client.send(method, &path, &[], "").await;
            assert!(!answer.text.contains(secret), "{path:.40}: {}", answer.text);
        }
    }
}

/// NT-43: what cannot be read is not repeated.
async fn in_bodies(client: &Client, secret: &str) {
    let bodies = [
        secret.to_owned(),
        format!("\"{secret}\""),
        format!("{{\"token_string\":\"{secret}\""),
        format!("{{\"{secret}\":\"{secret}\",\"{secret}\":1}}"),
        format!("{{\"{secret}\":{secret}}}"),
        format!("token_string={secret}"),
        format!("{{\"query\":\"{{{secret}}}\"}}"),
        format!("{{\"query\":\"{{now(x:\\\"{secret}\\\")}}\"}}"),
        format!("{{\"query\":\"query a{{now}}\",\"operationName\":\"{secret}\"}}"),
        format!(
            "{{\"query\":\"query($x:Int!){{now @skip(if:$x)}}\",\"variables\":{{\"x\":\"{secret}\"}}}}"
        ),
        format!(
            "{{\"query\":\"mutation{{apiTokenRotate(input:{{tokenString:\\\"{secret}0\\\"}}){{error{{message}}}}}}\"}}"
        ),
        format!(
            "{{\"query\":\"mutation{{apiTokenRevoke(input:{{id:\\\"{secret}\\\"}}){{error{{message}}}}}}\"}}"
        ),
        format!(
            "{{\"query\":\"mutation{{apiTokenGrant(input:{{trustedIPAddresses:[\\\"{secret}\\\"]}}){{error{{message}}}}}}\"}}"
        ),
        format!("{{\"as_persona\":\"{secret}\"}}"),
        format!("{{\"expire_in_days\":\"{secret}\"}}"),
        format!("{{\"notes\":[\"{secret}\"]}}"),
        format!("{{\"trusted_ip_addresses\":\"{secret}\"}}"),
        format!("{{\"overlap_in_minutes\":\"{secret}\",\"token_string\":\"{secret}\"}}"),
        format!("{{\"username\":\"{secret}\",\"password\":\"{secret}\"}}"),
        format!(
            "{{\"username\":\"{secret}\\\\jdoe\",\"password\":\"{secret}\",\"domain\":\"{secret}\",\"secondary\":\"{secret}\"}}"
        ),
        format!("{{\"username\":\"jdoe\\u0000{secret}\"}}"),
    ];
    for body in bodies {
        for (method, path) in [
            (Method::POST, TOKENS),
            (Method::PATCH, TOKENS),
            (Method::POST, LOGIN),
            (Method::POST, GATEWAY),
            (Method::POST, "/auth"),
        ] {
            // Every sign-in costs a password hash.
            if path == LOGIN && body.ends_with('}') && !body.contains("username") {
                continue;
            }
            // With these bodies alone a token is made or rotated: then the secret is where it belongs.
            let answer = client.send(method.clone(), path, &[], body.clone()).await;
            let is_echo = answer.status != 200 && answer.text.contains(secret);
            assert!(!is_echo, "{method} {path} {body:.40}: {}", answer.text);
        }
    }
    for (path, body) in [
        (VALIDATE, json!({ "session": format!("{secret}0") })),
        (VALIDATE, json!({ "session": [secret] })),
        (VALIDATE, json!({ secret: secret })),
        (LOGOUT, json!({ "session": format!("{secret}0") })),
        (LOGOUT, json!({ "session": [secret] })),
    ] {
        let answer = client.send_json(Method::POST, path, &body).await;
        let is_echo = answer.status != 200 && answer.text.contains(secret);
        assert!(!is_echo, "{path}: {}", answer.text);
    }
    let value: Value = json!({ "value": secret });
    for name in [
        "api_token_trusted_ip_address_list",
        "api_token_expiration_in_days",
    ] {
        let path = format!("{SETTING}/{name}");
        let answer = client.send_json(Method::PATCH, &path, &value).await;
        assert!(
            answer.status >= 400 && !answer.text.contains(secret),
            "{}",
            answer.text
        );
    }
}

async fn in_headers(client: &Client, secret: &str) {
    let basic = format!("Basic {}", STANDARD.encode(format!("{secret}:{secret}")));
    let bearer = format!("Bearer {secret}");
    for headers in [
        &[("tanium-options", secret)][..],
        &[("username", secret), ("password", secret)],
        &[("domain", secret), ("authorization", &basic)],
        &[("authorization", &basic)],
        &[("authorization", &bearer)],
        &[("cookie", secret)],
        &[("user-agent", secret)],
        &[("referer", secret), ("origin", secret)],
        &[("x-api-key", secret), ("x-forwarded-for", secret)],
        &[("content-type", secret)],
        &[("host", secret)],
    ] {
        for (method, path) in [
            (Method::GET, TOKENS),
            (Method::POST, "/auth"),
            (Method::POST, GATEWAY),
        ] {
            let answer = client.send(method, path, headers, "").await;
            assert!(
                answer.status == 200 || !answer.text.contains(secret),
                "{}",
                answer.text
            );
        }
    }
}
