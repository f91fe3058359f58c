//! The vendor's own examples, and the calls of real clients, exactly as those make them (spec/splunk.md 2.10).

use std::process::Command;

use jiff::{ToSpan as _, Zoned, tz::TimeZone};
use serde_json::Value;
use tokenry_testkit::{
    client::{Answer, Client, Method},
    server::Server,
};

use crate::kit::{self, BINARY, CONTEXT, SETTINGS, TOKENS, Token, names, tokens_of};

/// Where the server of the examples stands: relative days begin at its midnight, not at UTC's.
const ZONE: &str = "America/New_York";

/// The examples of the vendor's page, letter by letter but for what has to differ: the token of the second, and its
/// host, whose certificate is checked; and the dates of the third, which lie in the past by now. The machines' names
/// and ports lead to the server under test by curl's configuration.
#[tokio::test]
async fn the_vendors_examples_run_as_they_are_written() {
    let server = Server::builder(BINARY).env("TZ", ZONE).start();
    let admin = server.admin_session().await;
    for name in ["jdoe", "sallyjane", "bobd", "steveg"] {
        kit::user(&admin, name, "a password", &["user"]).await;
    }
    let shell = Shell::of(&server);
    let create =
        |script: &str| Token::from_json(&serde_json::from_str(&shell.run(script)).unwrap());

    let jdoe = create(
        "curl -k -u  admin:Ch#ng3d! -X POST https://splunk1.server.com:8089/services/authorization/tokens?output_mode=json --data name=jdoe  --data audience=Users --data-urlencode expires_on=+30d ",
    );
    assert_eq!(jdoe.time("nbr"), jdoe.time("iat"));
    assert_eq!(jdoe.time("exp"), second(&days_after(&jdoe, 30)));
    let [header, claims] = jdoe.decoded();
    assert_eq!(
        header,
        r#"{"kid":"splunk.secret","alg":"HS512","ver":"v1","ttyp":"static"}"#
    );
    let name = serde_json::from_str::<Value>(&claims).unwrap()["iss"].clone();
    let (iss, iat) = (name.as_str().unwrap(), jdoe.time("iat"));
    assert!(iss.starts_with("admin from "), "{iss}");
    assert_eq!(
        claims,
        format!(
            r#"{{"iss":"{iss}","sub":"jdoe","aud":"Users","idp":"splunk","jti":"{}","iat":{iat},"exp":{},"nbr":{iat}}}"#,
            jdoe.id,
            jdoe.time("exp"),
        )
    );

    let existing = kit::token(&admin, "admin", &[]).await.string;
    let sallyjane = create(&format!(
        r#"curl -X POST -H "Authorization: Bearer {existing}" https://{}/services/authorization/tokens?output_mode=json --data name=sallyjane --data audience=Managers"#,
        server.address()
    ));
    assert_eq!(sallyjane.time("exp"), 0, "the default is never");
    assert_eq!(sallyjane.time("nbr"), sallyjane.time("iat"));

    let first = Zoned::new(time(&jdoe, "iat"), zone()).date() + 24.days();
    let bobd = create(&format!(
        "curl -k -u admin:Ch#ng3d! -X POST https://mysplunk.com:44514/services/authorization/tokens?output_mode=json --data name=bobd --data audience=Accountants --data-urlencode not_before={first}T00:00:00 --data-urlencode expires_on=+85d"
    ));
    let midnight = first.to_zoned(zone()).unwrap();
    assert_eq!(bobd.time("nbr"), second(&midnight));
    assert_eq!(bobd.time("exp"), second(&days_after(&bobd, 85)));

    let steveg = create(
        "curl -k -u admin:Ch#ng3d! -X POST https://mysplunk.com:38182/services/authorization/tokens?output_mode=json --data name=steveg --data audience=Operations --data-urlencode not_before=+10d@d --data-urlencode expires_on=+55d@d+2h@h",
    );
    let midnight = |days| days_after(&steveg, days).start_of_day().unwrap();
    assert_eq!(steveg.time("nbr"), second(&midnight(10)));
    assert_eq!(steveg.time("exp"), second(&(&midnight(55) + 2.hours())));

    for (token, whose) in [(&jdoe, "jdoe"), (&sallyjane, "sallyjane")] {
        let context = shell.run(&format!(
            r#"curl -k -H "Authorization: Bearer {}" https://{}/services/authentication/current-context"#,
            token.string,
            server.address()
        ));
        assert!(context.contains("<title>context</title>"), "{context}");
        let username = format!(r#"<s:key name="username">{whose}</s:key>"#);
        assert!(context.contains(&username), "{context}");
    }
    let spoken = shell.run(&format!(
        r#"curl -k --http2 -o /dev/null -w "%{{http_version}} %{{http_code}}" -H "Authorization: Bearer {}" https://{}/services"#,
        jdoe.string,
        server.address()
    ));
    assert_eq!(spoken, "2 200");
    for too_early in [&bobd, &steveg] {
        let refused = server.bearer(&too_early.string).get(CONTEXT).await;
        assert_eq!(refused.status, 401);
    }
}

/// One token from its making to its end: the acceptance script of the .NET client, with the switch back on.
#[tokio::test]
async fn a_token_is_made_used_listed_disabled_enabled_and_deleted() {
    let server = Server::start(BINARY);
    let admin = server.admin_session().await;
    kit::user(&admin, "svc", "a password", &["user"]).await;
    let made = admin
        .post(
            TOKENS,
            &[
                ("name", "svc"),
                ("audience", "ci pipeline"),
                ("expires_on", "+1h"),
            ],
        )
        .await;
    let token = Token::from_json(&made.expect_status(201).json());
    let bearer = server.bearer(&token.string);
    let info = "/services/server/info?output_mode=json";
    let id = token.id.as_str();
    let of_id = format!("{TOKENS}&id={id}");
    let status = async |wanted| {
        let form = [("id", id), ("status", wanted)];
        let answer = admin.post(&tokens_of("svc"), &form).await;
        let text = answer.expect_status(200).message();
        assert_eq!(text, format!("Token(s) updated to status: {wanted}."));
    };

    let answer = bearer.get(info).await.expect_status(200);
    assert_eq!(answer.json()["entry"][0]["name"], "server-info");
    let listed = admin.get(&of_id).await.json();
    assert_eq!(names(&listed), [id]);
    let content = &listed["entry"][0]["content"];
    assert_eq!(content["status"], "enabled");
    assert_eq!(content["claims"]["aud"], "ci pipeline");
    assert_eq!(
        content["claims"]["exp"].as_i64().unwrap(),
        token.time("iat") + 3600
    );

    status("disabled").await;
    assert_eq!(bearer.get(info).await.status, 401);
    let listed = admin.get(&format!("{of_id}&status=disabled")).await.json();
    assert_eq!(names(&listed), [id]);
    let listed = admin.get(&format!("{of_id}&status=enabled")).await.json();
    assert!(names(&listed).is_empty());

    status("enabled").await;
    assert_eq!(bearer.get(info).await.status, 200);

    let deleted = admin.delete(&tokens_of("svc"), &[("id", id)]).await;
    assert_eq!(deleted.expect_status(200).message(), "Token(s), removed.");
    assert_eq!(bearer.get(info).await.status, 401);
    let listed = admin.get(&of_id).await.expect_status(200).json();
    assert_eq!(listed["paging"]["total"], 0);
    let again = admin.delete(&tokens_of("svc"), &[("id", id)]).await;
    assert_eq!(again.status, 200, "an unknown id is no error");
}

#[tokio::test]
async fn the_calls_of_real_clients_are_understood() {
    let server = Server::start(BINARY);
    let admin = server.admin_session().await;
    kit::user(&admin, "svc", "a password", &["admin"]).await;
    splunk_web(&admin).await;
    trackme(&server, &admin).await;
    secure_gateway(&admin).await;
    mcp(&server, &admin).await;
    scdeploy(&admin).await;
    readers(&admin).await;
    // The SDKs' tests send events, which are no forms.
    for event in [
        "50% done",
        "a line\nand another",
        &"e".repeat(300),
        "\u{0}\u{ff}",
        "a=b&a=c",
    ] {
        let path = "/services/receivers/simple?output_mode=json&index=main&sourcetype=x";
        let answer = admin.send(Method::POST, path, &[], event.to_owned()).await;
        assert_eq!(answer.status, 200, "{event:?}: {}", answer.text);
    }
}

/// Arguments in the query only, with an empty body, and a segment of the path spelled its own way.
async fn splunk_web(admin: &Client) {
    let form = [
        ("name", "svc"),
        ("audience", "web"),
        ("expires_on", "+10d"),
        ("not_before", "+1h"),
        ("output_mode", "json"),
    ];
    let made = admin.post("/services/authorization/tokens", &form).await;
    let made = made.expect_status(201).json();
    let shape = &made["entry"][0];
    assert_eq!(shape["name"], "tokens");
    let Token { id, .. } = Token::from_json(&made);

    let path = "/en-US/splunkd/__raw/services/authorization/tokens";
    assert_eq!(admin.get(path).await.status, 404, "that proxy is not ours");
    let set =
        format!("/services/authorization/tokens/svc?id={id}&status=disabled&output_mode=json");
    let set = admin.post(&set, &[]).await.expect_status(200);
    assert_eq!(set.message(), "Token(s) updated to status: disabled.");
    let delete = format!("/services/authorization/tokens/svc?id={id}&output_mode=json");
    let deleted = admin.delete(&delete, &[]).await.expect_status(200);
    assert_eq!(deleted.message(), "Token(s), removed.");

    for handler in ["Token-auth", "token-auth", "TOKEN-AUTH"] {
        let path = format!(
            "/services/admin/{handler}/tokens_auth?disabled=false&expiration=%2B30d&output_mode=json"
        );
        let edited = admin.post(&path, &[]).await.expect_status(200).json();
        let content = &edited["entry"][0]["content"];
        assert_eq!(content["disabled"], false);
        assert_eq!(content["expiration"], "+30d");
    }
    let never = [("expiration", "never")];
    drop(admin.post(SETTINGS, &never).await.expect_status(200));
}

/// A form that calls itself JSON, and arguments in the bodies of DELETE and GET; the old token ends itself.
async fn trackme(server: &Server, admin: &Client) {
    const JSON: [(&str, &str); 1] = [("content-type", "application/json")];
    let old = kit::token(admin, "svc", &[("expires_on", "+90d")]).await;
    let client = server.bearer(&old.string);
    let context = client.get(CONTEXT).await.expect_status(200).json();
    let caller = &context["entry"][0]["content"];
    assert_eq!(caller["username"], "svc");
    assert!(caller["capabilities"].as_array().unwrap().len() > 5);

    let sentence = "TrackMe: automated splunkd REST token, rotated; do not remove! (100%)";
    let form = tokenry_testkit::client::encode(&[
        ("name", "svc"),
        ("audience", sentence),
        ("expires_on", "+90d"),
    ]);
    let made = client.send(Method::POST, TOKENS, &JSON, form).await;
    let new = Token::from_json(&made.expect_status(201).json());
    let rotated = server.bearer(&new.string);
    assert_eq!(rotated.get(CONTEXT).await.status, 200);
    assert_eq!(client.get(CONTEXT).await.status, 200, "the old one stands");

    let body = format!("id={}", old.id);
    let path = tokens_of("svc");
    let deleted = client.send(Method::DELETE, &path, &JSON, body).await;
    assert_eq!(deleted.status, 200);
    assert_eq!(client.get(CONTEXT).await.status, 401);

    let body = "username=svc&status=enabled";
    let listed = rotated.send(Method::GET, TOKENS, &JSON, body).await;
    let listed = listed.expect_status(200).json();
    assert_eq!(names(&listed), [new.id.as_str()]);
    assert_eq!(listed["entry"][0]["content"]["claims"]["aud"], sentence);
    let deleted = admin.delete(&tokens_of("svc"), &[]).await;
    assert_eq!(deleted.status, 200);
}

/// `not_before=+0d`, sorting by expiry, searching by audience.
async fn secure_gateway(admin: &Client) {
    assert_eq!(admin.get(SETTINGS).await.status, 200);
    let audience = "svc_ssg device-1";
    let mut made = Vec::new();
    for (expires_on, audience) in [("+3d", audience), ("+1d", audience), ("+2d", "other")] {
        let form = [
            ("name", "svc"),
            ("audience", audience),
            ("expires_on", expires_on),
            ("not_before", "+0d"),
        ];
        let answer = admin.post(TOKENS, &form).await.expect_status(201);
        let token = Token::from_json(&answer.json());
        assert_eq!(token.time("nbr"), token.time("iat"));
        made.push(token.id);
    }
    let base = "/services/authorization/tokens?output_mode=json&sort_key=claims.exp&count=0";
    let list = async |more: &str| {
        let answer = admin.get(&format!("{base}{more}")).await;
        names(&answer.expect_status(200).json())
    };
    let of_device = "&search=claims.aud%3D%22svc_ssg+device-1%22";
    let [late, soon, other] = [0, 1, 2].map(|index| made[index].clone());
    assert_eq!(
        list(&format!("&sort_dir=asc{of_device}")).await,
        [soon.clone(), late.clone()]
    );
    assert_eq!(
        list(&format!("&sort_dir=desc{of_device}")).await,
        [late.clone(), soon.clone()]
    );
    assert_eq!(list("&search=claims.aud=other").await, [other.as_str()]);
    assert_eq!(list("&sort_dir=asc").await, [soon, other, late]);
    drop(
        admin
            .delete(&tokens_of("svc"), &[])
            .await
            .expect_status(200),
    );
}

/// Lifetimes in seconds and as ISO times, and a token without name and audience for whoever calls.
async fn mcp(server: &Server, admin: &Client) {
    let until = jiff::Timestamp::from_second(kit::now() + 86_400).unwrap();
    for expires_on in ["+3600s".to_owned(), until.to_string()] {
        let more = [("expires_on", expires_on.as_str()), ("not_before", "now")];
        let form = [&[("name", "svc"), ("audience", "mcp")], &more[..]].concat();
        let answer = admin.post(TOKENS, &form).await.expect_status(201);
        let token = Token::from_json(&answer.json());
        assert!(token.time("exp") > token.time("iat"), "{expires_on}");
    }
    let form = [("type", "interactive"), ("output_mode", "json")];
    let own = admin.post("/services/authorization/tokens", &form).await;
    let own = Token::from_json(&own.expect_status(201).json());
    assert_eq!(own.time("exp") - own.time("iat"), 3600);
    let context = server.bearer(&own.string).get(CONTEXT).await;
    let context = context.expect_status(200).json();
    assert_eq!(context["entry"][0]["content"]["username"], "admin");
    // LogLantern.
    let listed = kit::token(admin, "svc", &[("type", "static")]).await;
    let all = admin.get(&format!("{TOKENS}&count=0")).await.json();
    assert!(names(&all).contains(&listed.id));
    assert!(!names(&all).contains(&own.id), "it has no record");
    drop(
        admin
            .delete(&tokens_of("svc"), &[])
            .await
            .expect_status(200),
    );
}

/// The alias of create, and deleting by what the listing says.
async fn scdeploy(admin: &Client) {
    let form = [
        ("name", "svc"),
        ("audience", "scdeploy"),
        ("expires_on", "+1d"),
    ];
    let path = "/services/authorization/tokens/create?output_mode=json";
    let made = admin.post(path, &form).await.expect_status(201);
    let Token { id, .. } = Token::from_json(&made.json());
    let listed = admin.get("/services/authorization/tokens?count=0&output_mode=json");
    let listed = listed.await.expect_status(200).json();
    let entry = &listed["entry"][0];
    let (sub, name) = (&entry["content"]["claims"]["sub"], &entry["name"]);
    assert_eq!(name, &id);
    let path = format!(
        "/services/authorization/tokens/{}?id={}",
        sub.as_str().unwrap(),
        name.as_str().unwrap()
    );
    drop(admin.delete(&path, &[]).await.expect_status(200));
    assert_eq!(admin.get(TOKENS).await.json()["paging"]["total"], 0);
}

/// Steampipe decodes times as 64-bit integers; `TA_admin_ninja` reads under a namespace.
async fn readers(admin: &Client) {
    let forever = kit::token(admin, "svc", &[]).await;
    let listed = admin.get("/services/authorization/tokens?output_mode=json&count=0");
    let listed = listed.await.expect_status(200).json();
    let content = &listed["entry"][0]["content"];
    for time in ["exp", "iat", "nbr"] {
        assert!(content["claims"][time].is_i64(), "{time}: {content}");
    }
    assert_eq!(content["claims"]["exp"], 0, "trap 2");
    assert!(content["lastUsed"].is_i64());
    assert_eq!(content["claims"].get("jti"), None);
    let path = "/servicesNS/-/-/authorization/tokens?output_mode=json";
    let listed = admin.get(path).await.expect_status(200).json();
    assert_eq!(names(&listed), [forever.id.as_str()]);
    let link = listed["entry"][0]["links"]["edit"].as_str().unwrap();
    let followed: Answer = admin.get(&format!("{link}?output_mode=json")).await;
    assert_eq!(names(&followed.json()), [forever.id]);
}

/// A shell in which every host name leads to the server under test.
struct Shell<'a>(&'a Server);

impl<'a> Shell<'a> {
    fn of(server: &'a Server) -> Self {
        let configuration = format!(
            "silent\nshow-error\nfail-with-body\nconnect-to = \"::{}\"\n",
            server.address()
        );
        std::fs::write(server.place().join(".curlrc"), configuration).unwrap();
        Self(server)
    }

    fn run(&self, script: &str) -> String {
        let output = Command::new("sh")
            .args(["-c", script])
            .env("CURL_HOME", self.0.place())
            .env("CURL_CA_BUNDLE", self.0.certificate())
            .env_remove("http_proxy")
            .env_remove("https_proxy")
            .env_remove("ALL_PROXY")
            .env_remove("HTTPS_PROXY")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{text}\n{error}");
        text
    }
}

fn zone() -> TimeZone {
    TimeZone::get(ZONE).unwrap()
}

fn time(token: &Token, claim: &str) -> jiff::Timestamp {
    jiff::Timestamp::from_second(token.time(claim)).unwrap()
}

/// The same time of day so many days after the token was made.
fn days_after(token: &Token, days: i64) -> Zoned {
    &Zoned::new(time(token, "iat"), zone()) + days.days()
}

fn second(at: &Zoned) -> i64 {
    at.timestamp().as_second()
}
