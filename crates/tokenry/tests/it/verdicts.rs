//! Every state of a credential, at every door: one verdict, and refusals that nobody can tell apart (NT-22, NT-23).

use std::{net::Ipv4Addr, sync::Arc};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokenry_core::{
    id::UserName,
    port::{Batch, Commit, CommitListener, Store as _, Write},
    secret::Digest,
    session::Session,
};
use tokenry_http::splunk::{Access, operations};
use tokenry_store::Store;
use tokenry_testkit::{
    client::{Answer, Client},
    server::Server,
};

use crate::{
    forge,
    kit::{self, BINARY, CONTEXT, SETTINGS, TOKENS, Token, tokens_of, user_at},
    tanium::doors::{Doors, Verdict},
};

const PASSWORD: &str = "a password";

/// The two bodies of a refusal (spec/splunk.md 4.4), as JSON and as XML.
const NOT_AUTHENTICATED: [&str; 2] = [
    r#"{"messages":[{"type":"WARN","text":"call not properly authenticated"}]}"#,
    r#"<?xml version="1.0" encoding="UTF-8"?>
<response><messages><msg type="WARN">call not properly authenticated</msg></messages></response>"#,
];
const UNAUTHORIZED: [&str; 2] = [
    r#"{"messages":[{"type":"ERROR","text":"Unauthorized"}]}"#,
    r#"<?xml version="1.0" encoding="UTF-8"?>
<response><messages><msg type="ERROR">Unauthorized</msg></messages></response>"#,
];
const FORMATS: [&str; 2] = ["json", "xml"];

/// What a server can be shown, and what it is.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) state: String,
    pub(crate) string: String,
    pub(crate) is_session: bool,
    /// The server made it.
    pub(crate) is_real: bool,
    /// Whom it lets in, if it lets anybody in.
    pub(crate) whom: Option<&'static str>,
    /// It is good, but its user may not use tokens of its kind.
    pub(crate) may_not_use: bool,
}

impl Shown {
    fn token(state: &str, token: &Token, whom: Option<&'static str>) -> Self {
        Self {
            is_real: true,
            ..Self::forged(state, token.string.clone(), whom)
        }
    }

    pub(crate) fn forged(
        state: &str,
        string: impl Into<String>,
        whom: Option<&'static str>,
    ) -> Self {
        Self {
            state: state.to_owned(),
            string: string.into(),
            is_session: false,
            is_real: false,
            whom,
            may_not_use: false,
        }
    }

    pub(crate) fn session(state: &str, key: impl Into<String>, whom: Option<&'static str>) -> Self {
        Self {
            is_session: true,
            is_real: true,
            ..Self::forged(state, key, whom)
        }
    }

    fn verdict(&self) -> Verdict<'static> {
        match self.whom {
            Some(whom) => Verdict::As(whom),
            None if self.may_not_use => Verdict::MayNotUse,
            None => Verdict::Nobody,
        }
    }
}

#[tokio::test]
async fn every_state_has_one_verdict_at_every_door() {
    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    for name in ["owner", "locked", "gone", "reborn", "changed"] {
        kit::user(&admin, name, PASSWORD, &["user", "api-gateway-user"]).await;
    }
    let mut all = tokens(&server, &admin).await;
    all.extend(sessions(&mut server, &admin).await);
    let admin = server.admin_session().await;
    all.extend(owners(&server, &admin).await);
    let enabled = all[0].string.clone();
    all.extend(damaged(&enabled));
    all.extend(forged(&server, &enabled));
    let mut doors = Doors::of(&server);
    for shown in &all {
        self::doors(&server, &mut doors, shown).await;
    }
    for (at, string) in other_spellings(&enabled) {
        let answer = server.bearer(&string).get(CONTEXT).await;
        refused(&answer, NOT_AUTHENTICATED[0], None, &at);
    }
    nobody_else_is_let_in(&server, &enabled).await;
    the_switch_stops_all_tokens(&server, &mut doors, &admin, &all).await;
}

/// The states that a token comes to by itself or by its owner's and the administrator's will.
async fn tokens(server: &Server, admin: &Client) -> Vec<Shown> {
    let make = async |more: &[(&str, &str)]| kit::token(admin, "owner", more).await;
    let ephemeral = async |more: &[(&str, &str)]| {
        let form = [&[("type", "ephemeral")], more].concat();
        kit::token(admin, "owner", &form).await
    };
    let superseded = ephemeral(&[]).await;
    drop(
        admin
            .delete(&tokens_of("owner"), &[])
            .await
            .expect_status(200),
    );

    let soon = [("expires_on", "+1s")];
    let (expired, expired_ephemeral) = (make(&soon).await, ephemeral(&soon).await);
    let all = [
        ("enabled", make(&[]).await, Some("owner")),
        (
            "valid now",
            make(&[("not_before", "now")]).await,
            Some("owner"),
        ),
        ("made disabled", make(&[("status", "disabled")]).await, None),
        ("not yet valid", make(&[("not_before", "+1d")]).await, None),
        ("ephemeral", ephemeral(&[]).await, Some("owner")),
        (
            "ephemeral, not yet valid",
            ephemeral(&[("not_before", "+30m")]).await,
            None,
        ),
        ("ephemeral, superseded", superseded, None),
    ];
    let [disabled, deleted, enabled_again] = [make(&[]), make(&[]), make(&[])].map(Box::pin);
    let (disabled, deleted) = (disabled.await, deleted.await);
    let enabled_again = enabled_again.await;
    // Known and granted before the change: no cache may remember that.
    for token in [&disabled, &deleted, &enabled_again] {
        let answer = server.bearer(&token.string).get(CONTEXT).await;
        assert_eq!(answer.status, 200);
    }
    for (token, status) in [
        (&disabled, "disabled"),
        (&enabled_again, "disabled"),
        (&enabled_again, "enabled"),
    ] {
        let form = [("id", token.id.as_str()), ("status", status)];
        drop(
            admin
                .post(&tokens_of("owner"), &form)
                .await
                .expect_status(200),
        );
    }
    let form = [("id", deleted.id.as_str())];
    drop(
        admin
            .delete(&tokens_of("owner"), &form)
            .await
            .expect_status(200),
    );
    kit::until(expired.time("exp").max(expired_ephemeral.time("exp"))).await;
    let interactive = admin.post(TOKENS, &[("type", "interactive")]).await;
    let interactive = Token::from_json(&interactive.expect_status(201).json());
    let more = [
        ("disabled", disabled, None),
        ("deleted", deleted, None),
        ("enabled again", enabled_again, Some("owner")),
        ("expired", expired, None),
        ("ephemeral, expired", expired_ephemeral, None),
        ("interactive", interactive, Some("admin")),
    ];
    let all = all.iter().chain(&more);
    all.map(|(state, token, whom)| Shown::token(state, token, *whom))
        .collect()
}

/// The states of a session. Stops the server, to plant one that lay idle longer than a test can wait.
async fn sessions(server: &mut Server, admin: &Client) -> Vec<Shown> {
    let ended = server.session_key("owner", PASSWORD).await;
    let path = format!("/services/authentication/httpauth-tokens/{ended}");
    let ending = server.splunk(&ended).delete(&path, &[]).await;
    assert_eq!(ending.status, 200);
    let outdated = server.session_key("changed", PASSWORD).await;
    let change = [("password", "another password")];
    drop(
        admin
            .post(&user_at("changed"), &change)
            .await
            .expect_status(200),
    );
    let valid = server.session_key("owner", PASSWORD).await;

    server.stop();
    let idle = forge::session_key(&server.data());
    plant_session(server, "owner", &idle).await;
    server.start_again();
    let unknown = "x".repeat(64);
    vec![
        Shown::session("session", valid, Some("owner")),
        Shown::session("session, ended", ended, None),
        Shown::session("session, password changed", outdated, None),
        Shown::session("session, idle", idle, None),
        Shown::session("session, unknown", unknown, None),
        Shown::session("no session at all", "x", None),
    ]
}

/// The store of a server that is stopped.
pub(crate) async fn store_of(server: &Server) -> Store {
    struct Nobody;
    impl CommitListener for Nobody {
        fn committed(&self, _: &Commit) {}
    }
    let database = server.data().join("tokenry.db");
    Store::sqlite(&database, Arc::new(Nobody)).await.unwrap()
}

/// A session that was last used two hours ago.
pub(crate) async fn plant_session(server: &Server, user: &str, key: &str) {
    let hour = SignedDuration::from_hours(1);
    plant(server, user, &[(1, key, 7200)], hour).await;
}

/// Sessions as clients of Tanium have them: number, key, and how many seconds ago it was last used.
pub(crate) async fn plant_session_used(server: &Server, user: &str, all: &[(i64, &str, i64)]) {
    plant(server, user, all, SignedDuration::from_mins(5)).await;
}

async fn plant(
    server: &Server,
    user: &str,
    all: &[(i64, &str, i64)],
    idle_timeout: SignedDuration,
) {
    let store = store_of(server).await;
    let world = store.world().await.unwrap();
    let user = world.named(&UserName::parse(user).unwrap()).unwrap();
    let now = Timestamp::from_second(kit::now()).unwrap();
    let sessions = all.iter().map(|(number, key, seconds)| {
        let then = now - SignedDuration::from_secs(*seconds);
        Write::InsertSession(Session {
            digest: Digest::of(key),
            number: *number,
            user: user.user.id,
            persona: user.persona,
            idle_timeout,
            created: then,
            last_used: then,
            address: Ipv4Addr::LOCALHOST.into(),
        })
    });
    let batch = Batch {
        writes: sessions.collect(),
        ..Batch::default()
    };
    store.apply(batch).await.unwrap();
}

/// What becomes of a user's credentials when he is locked, deleted, or deleted and made anew (NT-12, NT-14).
async fn owners(server: &Server, admin: &Client) -> Vec<Shown> {
    let mut all = Vec::new();
    for name in ["locked", "gone", "reborn"] {
        let token = kit::token(admin, name, &[]).await;
        let ephemeral = kit::token(admin, name, &[("type", "ephemeral")]).await;
        let session = server.session_key(name, PASSWORD).await;
        for string in [&token.string, &ephemeral.string, &session] {
            assert_eq!(server.bearer(string).get(CONTEXT).await.status, 200);
        }
        all.push(Shown::token(&format!("owner {name}"), &token, None));
        let state = format!("ephemeral, owner {name}");
        all.push(Shown::token(&state, &ephemeral, None));
        all.push(Shown::session(&format!("session, {name}"), session, None));
    }
    let lock = [("locked-out", "1")];
    drop(
        admin
            .post(&user_at("locked"), &lock)
            .await
            .expect_status(200),
    );
    for name in ["gone", "reborn"] {
        drop(admin.delete(&user_at(name), &[]).await.expect_status(200));
    }
    kit::user(admin, "reborn", PASSWORD, &["user", "api-gateway-user"]).await;
    let listed = admin.get(&format!("{TOKENS}&username=reborn")).await;
    assert_eq!(listed.json()["paging"]["total"], 0, "NT-14");
    all
}

/// A good token, changed by whoever has no key (NT-52, NT-53).
fn damaged(good: &str) -> Vec<Shown> {
    let segments: Vec<&str> = good.split('.').collect();
    let [header, claims, signature] = segments[..] else {
        panic!("no JWT: {good}")
    };
    let renamed = |header: &str| URL_SAFE_NO_PAD.encode(header);
    let none = renamed(r#"{"kid":"splunk.secret","alg":"none","ver":"v1","ttyp":"static"}"#);
    let unknown = renamed(r#"{"kid":"x","alg":"HS512","ver":"v1","ttyp":"static"}"#);
    let mut all: Vec<(String, String)> = [
        ("alg none", format!("{none}.{claims}.{signature}")),
        ("alg none, unsigned", format!("{none}.{claims}.")),
        ("unsigned", format!("{header}.{claims}.")),
        ("without signature", format!("{header}.{claims}")),
        ("wrong kid", format!("{unknown}.{claims}.{signature}")),
        ("a fourth segment", format!("{good}.{signature}")),
        ("an empty fourth segment", format!("{good}.")),
        ("an empty first segment", format!(".{good}")),
        ("padded", format!("{good}==")),
        (
            "claims and header exchanged",
            format!("{claims}.{header}.{signature}"),
        ),
        (
            "signed by nobody",
            format!("{header}.{claims}.{}", "A".repeat(86)),
        ),
        ("no JSON", format!("AAAA.AAAA.{signature}")),
        ("twice", format!("{good}{good}")),
        ("endless", format!("{good}{}", "A".repeat(5000))),
        ("only its id", "0".repeat(64)),
        ("upper case", good.to_uppercase()),
        ("with a quote", format!("\"{good}\"")),
    ]
    .map(|(state, string)| (state.to_owned(), string))
    .into();
    for cut in [1, 2, 43, 86, 87] {
        all.push((format!("cut by {cut}"), good[..good.len() - cut].to_owned()));
    }
    all.into_iter()
        .map(|(state, string)| Shown::forged(&state, string, None))
        .collect()
}

/// Every byte changed; and every other end, since the last character of a segment has bits that mean nothing, of which
/// only one spelling may pass (NT-53).
fn other_spellings(good: &str) -> Vec<(String, String)> {
    let bytes = good.char_indices().map(|(at, old)| {
        let new = if old == 'A' { "B" } else { "A" };
        let changed = [&good[..at], new, &good[at + 1..]].concat();
        (format!("byte {at} changed"), changed)
    });
    let (start, end) = good.split_at(good.len() - 1);
    let ends = ('A'..='Z')
        .chain('a'..='z')
        .filter(|new| !end.starts_with(*new));
    let ends = ends.map(|new| (format!("ends with {new}"), format!("{start}{new}")));
    bytes.chain(ends).collect()
}

/// What has a good signature, but says what the server never says (NT-05, NT-51, NT-52); and what says it otherwise.
fn forged(server: &Server, good: &str) -> Vec<Shown> {
    let key = forge::key(&server.data());
    let token = Token {
        id: String::new(),
        string: good.to_owned(),
    };
    let [header, claims] = token.decoded();
    let other_order = r#"{"ttyp":"static","ver":"v2","alg":"HS512","kid":"splunk.secret"}"#;
    let mut all = vec![];
    for (state, header, claims) in [
        ("signed again", header.as_str(), claims.clone()),
        ("another order", other_order, claims.clone()),
        ("with spaces", &header, replaced(&claims, ",", " , ")),
    ] {
        let string = forge::sign(&key, header, &claims);
        all.push(Shown::forged(state, string, Some("owner")));
    }
    for (from, to) in bad_claims(&token, &claims) {
        let string = forge::sign(&key, &header, &replaced(&claims, &from, &to));
        let state = format!("claims with {to} for {from}");
        all.push(Shown::forged(&state, string, None));
    }
    for (from, to) in BAD_HEADERS {
        let string = forge::sign(&key, &replaced(&header, from, to), &claims);
        let state = format!("header with {to} for {from}");
        all.push(Shown::forged(&state, string, None));
    }
    for (state, key) in [
        ("the secret itself", forge::secret(&server.data())),
        ("no key", Vec::new()),
        ("the kid", b"splunk.secret".to_vec()),
    ] {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA512, &key);
        let string = forge::sign(&key, &header, &claims);
        all.push(Shown::forged(&format!("signed with {state}"), string, None));
    }
    all
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} in {text}");
    text.replace(from, to)
}

/// Parts of the header, and what stands there instead.
const BAD_HEADERS: &[(&str, &str)] = &[
    ("HS512", "HS256"),
    ("HS512", "hs512"),
    ("HS512", "RS256"),
    ("HS512", "none"),
    (r#""alg":"HS512","#, ""),
    (r#""alg":"HS512""#, r#""alg":"HS512","alg":"HS512""#),
    ("splunk.secret", "splunk.secret.2"),
    ("splunk.secret", "../keys.toml"),
    ("splunk.secret", "Splunk.secret"),
    ("splunk.secret", ""),
    (r#""kid":"splunk.secret","#, ""),
    ("{", r#"{"jku":"https://127.0.0.1/","#),
    ("{", r#"{"crit":["exp"],"#),
    ("{", r#"{"typ":"JWT","#),
    ("v1", "v3"),
    ("static", "eternal"),
    ("static", "ephemeral"),
    ("static", "interactive"),
    ("{", "[{"),
];

/// Parts of the claims, and what stands there instead.
fn bad_claims(token: &Token, claims: &str) -> Vec<(String, String)> {
    const EXP: &str = r#""exp":0"#;
    let iat = token.time("iat");
    let (iat_is, nbr_is) = (format!(r#""iat":{iat}"#), format!(r#""nbr":{iat}"#));
    let jti = serde_json::from_str::<serde_json::Value>(claims).unwrap()["jti"].to_string();
    let (jti_is, hex) = (format!(r#""jti":{jti}"#), jti.trim_matches('"'));
    let mut all: Vec<(String, String)> = Vec::new();
    let mut bad = |from: &str, to: &str| all.push((from.to_owned(), to.to_owned()));
    for wrong in [
        json!(iat.to_string()),
        json!(0.5),
        json!(-1),
        json!(null),
        json!([iat]),
        json!({}),
        json!(true),
        json!(253_402_300_800_i64),
        json!(u64::MAX),
    ] {
        bad(&iat_is, &format!(r#""iat":{wrong}"#));
        bad(&nbr_is, &format!(r#""nbr":{wrong}"#));
        bad(EXP, &format!(r#""exp":{wrong}"#));
    }
    let long = "9".repeat(400);
    for number in ["0.0", "0e1", "-0", "00", "+0", "1E400", &long] {
        bad(EXP, &format!(r#""exp":{number}"#));
    }
    for gone in [&iat_is, EXP, &jti_is] {
        bad(&format!("{gone},"), "");
    }
    bad(&format!(",{nbr_is}"), "");
    for other in [
        String::new(),
        "0".repeat(64),
        hex[1..].to_owned(),
        format!("{hex}0"),
        format!(" {hex}"),
        format!("{hex}\\u0000"),
        hex.to_uppercase(),
        format!("g{}", &hex[1..]),
    ] {
        bad(&jti_is, &format!(r#""jti":"{other}""#));
    }
    for other in ["7", "null", "{}", &format!("[{jti}]")] {
        bad(&jti_is, &format!(r#""jti":{other}"#));
    }
    bad(&jti_is, &format!("{jti_is},{jti_is}"));
    bad(&jti_is, &format!(r#"{jti_is},"nbf":{iat}"#));
    bad(&jti_is, &format!(r#"{jti_is},"roles":["admin"]"#));
    bad(&jti_is, &format!(r#"{jti_is},"uid":1,"uep":0"#));
    bad(r#""sub":"owner""#, r#""sub":7"#);
    all
}

/// Shows it in every manner that a request can, at both faces.
pub(crate) async fn doors(server: &Server, doors: &mut Doors<'_>, shown: &Shown) {
    const HERE: &[&str] = &["/services"];
    const EVERYWHERE: &[&str] = &["/services", "/servicesNS/-/-", "/servicesNS/nobody/system"];
    let string = &shown.string;
    for (door, line, bases) in [
        ("Bearer", format!("Bearer {string}"), EVERYWHERE),
        ("Splunk", format!("Splunk {string}"), HERE),
        ("in lower case", format!("bearer {string}"), HERE),
        ("in upper case", format!("SPLUNK {string}"), HERE),
        ("after spaces", format!("Bearer   {string}"), HERE),
    ] {
        let client = server.anonymous().authorization(&line);
        judge(&client, shown, door, bases, shown.whom).await;
    }
    let whom = shown.whom.filter(|_| shown.is_session);
    judge(&server.cookie(string), shown, "cookie", HERE, whom).await;
    let twice = format!("Splunk Bearer {string}");
    let twice = server.anonymous().authorization(&twice);
    judge(&twice, shown, "Splunk Bearer", HERE, None).await;
    doors.judge(&shown.state, string, shown.verdict()).await;
    if shown.is_real {
        doors.elsewhere(&shown.state, string).await;
    }
    if shown.whom.is_none() && shown.is_real {
        every_operation(server, shown).await;
        let verdict = shown.verdict();
        doors.operations(&shown.state, string, verdict).await;
    }
}

async fn judge(client: &Client, shown: &Shown, door: &str, bases: &[&str], whom: Option<&str>) {
    for base in bases {
        for (format, refusal) in FORMATS.iter().zip(NOT_AUTHENTICATED) {
            let path = format!("{base}/authentication/current-context?output_mode={format}");
            let answer = client.get(&path).await;
            let at = format!("{} by {door} at {path}", shown.state);
            match whom {
                Some(whom) => {
                    assert_eq!(answer.status, 200, "{at}: {}", answer.text);
                    let shapes = [
                        format!(r#""username":"{whom}""#),
                        format!(r#"<s:key name="username">{whom}</s:key>"#),
                    ];
                    assert!(shapes.iter().any(|text| answer.text.contains(text)), "{at}");
                }
                None => refused(&answer, refusal, None, &at),
            }
        }
    }
}

/// 401 with exactly this body, and nothing in the headers that tells more.
fn refused(answer: &Answer, body: &str, challenge: Option<&str>, at: &str) {
    assert_eq!(answer.status, 401, "{at}: {}", answer.text);
    assert_eq!(answer.text, body, "{at}");
    assert_eq!(answer.header("www-authenticate"), challenge, "{at}");
    let mut headers: Vec<&str> = answer.headers.keys().map(AsRef::as_ref).collect();
    headers.sort_unstable();
    let mut expected = vec![
        "cache-control",
        "content-length",
        "content-type",
        "date",
        "x-content-type-options",
        "x-request-id",
    ];
    if challenge.is_some() {
        expected.insert(4, "www-authenticate");
        expected.sort_unstable();
    }
    assert_eq!(headers, expected, "{at}");
}

/// No operation takes what another refuses.
async fn every_operation(server: &Server, shown: &Shown) {
    let client = server.bearer(&shown.string);
    for operation in operations() {
        if operation.access == Access::Open {
            continue;
        }
        let path = operation
            .path
            .replace("{handler}", "token-auth")
            .replace("{name}", "owner")
            .replace("{key}", "disabled");
        let path = format!("/services/{path}?output_mode=json");
        let answer = client.send_form(operation.method, &path, &[]).await;
        let at = format!("{} at {}", shown.state, operation.id);
        refused(&answer, NOT_AUTHENTICATED[0], None, &at);
    }
}

/// The other refusal: no credentials, or none that are tokens. And no second try with another credential.
async fn nobody_else_is_let_in(server: &Server, token: &str) {
    // Now: the wrong passwords below lock the account.
    let session = server.session_key("owner", PASSWORD).await;
    let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
    let challenge = Some(r#"Basic realm="/splunk""#);
    for (what, line) in [
        ("nothing", None),
        ("an unknown scheme", Some(format!("Digest {token}"))),
        ("no scheme", Some(token.to_owned())),
        (
            "a token as the password",
            Some(basic(&format!("owner:{token}"))),
        ),
        ("a token as the name", Some(basic(&format!("{token}:")))),
        (
            "x-oauth-basic",
            Some(basic(&format!("{token}:x-oauth-basic"))),
        ),
        ("a wrong password", Some(basic("owner:wrong"))),
        ("an empty password", Some(basic("owner:"))),
        ("an unknown user", Some(basic("ghost:a password"))),
        ("nobody", Some(basic(":"))),
        (
            "the right password of a locked user",
            Some(basic("locked:a password")),
        ),
        ("the old password", Some(basic("changed:a password"))),
        ("no pair", Some(basic("owner"))),
        ("no base64", Some("Basic ***".to_owned())),
        ("an empty Basic", Some("Basic".to_owned())),
    ] {
        for (format, body) in FORMATS.iter().zip(UNAUTHORIZED) {
            let client = server.anonymous();
            let client = match &line {
                Some(line) => client.authorization(line),
                None => client,
            };
            let path = format!("/services/authentication/current-context?output_mode={format}");
            refused(&client.get(&path).await, body, challenge, what);
        }
    }
    for line in ["Bearer", "Bearer ", "Splunk", "Bearer a b", "Bearer a,b"] {
        let answer = server.anonymous().authorization(line).get(CONTEXT).await;
        refused(&answer, NOT_AUTHENTICATED[0], None, line);
    }
    let both = server.cookie(&session).authorization("Bearer a.b.c");
    let answer = both.get(CONTEXT).await;
    refused(
        &answer,
        NOT_AUTHENTICATED[0],
        None,
        "a bad header, a good cookie",
    );
    let both = server
        .cookie("bad")
        .authorization(&format!("Bearer {token}"));
    assert_eq!(both.get(CONTEXT).await.status, 200);
    let other = format!("splunkd_{}={session}", server.port() ^ 1);
    let answer = server
        .anonymous()
        .header("cookie", &other)
        .get(CONTEXT)
        .await;
    refused(
        &answer,
        UNAUTHORIZED[0],
        challenge,
        "another server's cookie",
    );
}

/// Turned off, no token works; turned on again, each works as before (spec/splunk.md 1.2).
pub(crate) async fn the_switch_stops_all_tokens(
    server: &Server,
    doors: &mut Doors<'_>,
    admin: &Client,
    all: &[Shown],
) {
    let granted = || all.iter().filter(|shown| shown.whom.is_some());
    let switch = async |disabled: &str| {
        let answer = admin.post(SETTINGS, &[("disabled", disabled)]).await;
        drop(answer.expect_status(200));
    };
    switch("1").await;
    for shown in granted() {
        let whom = shown.whom.filter(|_| shown.is_session);
        let client = server.bearer(&shown.string);
        judge(&client, shown, "the switch", &["/services"], whom).await;
        let verdict = whom.map_or(Verdict::Nobody, Verdict::As);
        doors.judge(&shown.state, &shown.string, verdict).await;
    }
    for answer in [
        admin.get(TOKENS).await,
        admin
            .post(TOKENS, &[("name", "owner"), ("audience", "x")])
            .await,
        admin
            .post(&tokens_of("owner"), &[("status", "enabled")])
            .await,
        admin.delete(&tokens_of("owner"), &[]).await,
    ] {
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert_eq!(answer.message(), "Token authentication is disabled");
    }
    switch("0").await;
    for shown in granted() {
        let client = server.bearer(&shown.string);
        judge(
            &client,
            shown,
            "the switch back",
            &["/services"],
            shown.whom,
        )
        .await;
        doors
            .judge(&shown.state, &shown.string, shown.verdict())
            .await;
    }
}

/// A token is its owner's roles of this moment, neither less nor more (NT-16).
#[tokio::test]
async fn nt16_a_token_follows_its_owners_roles() {
    let server = Server::start(BINARY);
    let admin = server.admin_session().await;
    kit::user(&admin, "svc", PASSWORD, &["admin"]).await;
    kit::role(&admin, "lister", &["list_tokens_all"]).await;
    let token = kit::token(&admin, "svc", &[]).await;
    let ephemeral = kit::token(&admin, "svc", &[("type", "ephemeral")]).await;
    let session = server.session_key("svc", PASSWORD).await;
    let clients = [&token.string, &ephemeral.string, &session].map(|one| server.bearer(one));
    let expect = async |settings: u16, list: u16, when: &str| {
        for client in &clients {
            assert_eq!(client.get(SETTINGS).await.status, settings, "{when}");
            assert_eq!(client.get(TOKENS).await.status, list, "{when}");
        }
    };
    let roles = async |role: &str| {
        let answer = admin.post(&user_at("svc"), &[("roles", role)]).await;
        drop(answer.expect_status(200));
    };
    expect(200, 200, "as an administrator").await;
    roles("user").await;
    expect(403, 403, "demoted").await;
    roles("lister").await;
    expect(403, 200, "with another role").await;
    let path = "/services/authorization/roles/lister?output_mode=json";
    let change = [("capabilities", "edit_tokens_settings")];
    drop(admin.post(path, &change).await.expect_status(200));
    expect(200, 403, "the role changed").await;
    drop(admin.delete(path, &[]).await.expect_status(200));
    expect(403, 403, "the role deleted").await;
    roles("admin").await;
    expect(200, 200, "promoted").await;
}
