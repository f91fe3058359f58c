//! The OAuth face of the real server, at both of its listeners: introspection, revocation, and what is said to everybody.

use std::fs;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokenry_testkit::{
    client::{Answer, Client, Method, encode},
    gate::Asking,
    server::Server,
};

use super::{
    super::kit::{self, BINARY, CONTEXT},
    kit::{admin, make, string},
};

const INTROSPECT: &str = "/oauth2/introspect";
const REVOKE: &str = "/oauth2/revoke";
const KEYS: &str = "/.well-known/jwks.json";
const METADATA: &str = "/.well-known/oauth-authorization-server";
const FORM: &str = "application/x-www-form-urlencoded";

/// With what must be encoded in a form.
const SECRET: &str = "a secret: 100% of+it";

const RULES: &str = "
[[gate.rules]]
methods = ['GET']
path = '/orders/**'
audience = 'orders'

[[gate.rules]]
path = '/admin/**'
capabilities = ['no.such.power']
";

/// A server, and the folder of its callers' secrets.
struct Scene {
    server: Server,
    admin: Client,
    _secrets: TempDir,
}

impl Scene {
    async fn new() -> Self {
        Self::with("").await
    }

    /// With callers of every kind, and this at the end of its configuration.
    async fn with(more: &str) -> Self {
        let secrets = tempfile::tempdir().unwrap();
        let secret = |name: &str, secret: &str| {
            let path = secrets.path().join(name);
            fs::write(&path, secret).unwrap();
            path.display().to_string()
        };
        let common = secret("secret", SECRET);
        let other = secret("other", "another secret");
        let caller = |name: &str, secret: &str, more: &str| {
            format!(
                "[[gate.callers]]\nname = '{name}'\nsecret_file = '{secret}'\nassertion = false\n{more}\n"
            )
        };
        let may = "introspection = true";
        let config = [
            "[gate]\nissuer = 'https://tokens.example.com/tenant'\n".to_owned(),
            caller("any", &common, may),
            caller(
                "orders",
                &other,
                "introspection = true\naudience = 'orders'",
            ),
            caller("here", &other, "introspection = true\nfrom = ['127.0.0.1']"),
            caller(
                "there",
                &other,
                "introspection = true\nfrom = ['192.0.2.7']",
            ),
            caller("unix", &other, "introspection = true\nfrom = ['unix']"),
            caller("proxy", &other, ""),
            "[[gate.callers]]\nname = 'local'\nfrom = ['127.0.0.1']\n".to_owned(),
            more.to_owned(),
        ];
        let server = Server::builder(BINARY).config(&config.concat()).start();
        let admin = admin(&server).await;
        Self {
            server,
            admin,
            _secrets: secrets,
        }
    }

    async fn token(&self, wanted: Value) -> String {
        string(&self.admin, &wanted).await
    }

    /// The caller `any`.
    fn any(&self) -> Client {
        self.server.basic("any", SECRET)
    }

    /// What the caller `any` is told, saying more.
    async fn told(&self, token: &str, more: &[(&str, &str)]) -> Answer {
        let form = [&[("token", token)], more].concat();
        self.any().post(INTROSPECT, &form).await
    }

    async fn is_active(&self, token: &str, more: &[(&str, &str)]) -> bool {
        active(&self.told(token, more).await)
    }
}

/// Whether a token is active, and if it is not, that nothing else is said.
#[track_caller]
fn active(answer: &Answer) -> bool {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let is_active = answer.json()["active"] == true;
    if !is_active {
        assert_eq!(answer.text, r#"{"active":false}"#);
    }
    is_active
}

/// Fails unless this is an error of RFC 6749 5.2.
#[track_caller]
fn failed(answer: &Answer, status: u16, error: &str, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.json()["error"], error, "{what}");
    assert!(answer.json()["error_description"].is_string(), "{what}");
}

/// The names of an object, in order.
fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn an_active_token_is_told_of_in_full() {
    let scene = Scene::new().await;
    let wanted = json!({
        "audience": "orders", "expires": "+1h", "scope": ["list_tokens_own", "edit_user"],
    });
    let made = make(&scene.admin, &wanted).await;
    let token = made["token"].as_str().unwrap();
    let told = scene.told(token, &[]).await.json();
    let (issued, expires) = (told["iat"].as_i64().unwrap(), told["exp"].as_i64().unwrap());
    assert_eq!(expires - issued, 3600);
    assert!((issued - kit::now()).abs() < 60);
    assert_eq!(
        told,
        json!({
            "active": true, "token_type": "Bearer", "iss": "https://tokens.example.com/tenant",
            "sub": "admin", "username": "admin", "user_id": 1, "persona_id": 0, "aud": "orders",
            "scope": "edit_user list_tokens_own", "jti": made["id"], "token_id": made["id"],
            "iat": issued, "nbf": issued, "exp": expires,
        })
    );
    let everlasting = scene.token(json!({})).await;
    let told = scene.told(&everlasting, &[]).await.json();
    let absent = ["exp", "scope", "client_id", "persona"];
    assert!(absent.iter().all(|name| told.get(name).is_none()), "{told}");
    // A hint is only a hint.
    let hint = [("token_type_hint", "refresh_token")];
    assert!(scene.is_active(&everlasting, &hint).await);
}

#[tokio::test]
async fn a_token_without_a_record_says_when_it_ends() {
    let scene = Scene::new().await;
    let splunk = scene.server.admin_session().await;
    let token = kit::token(&splunk, "admin", &[("type", "ephemeral")]).await;
    let told = scene.told(&token.string, &[]).await.json();
    assert_eq!(told["active"], true);
    assert_eq!(told["exp"], token.time("exp"));
    assert_eq!(told["nbf"], token.time("nbr"));
    assert_eq!(told["aud"], "test");
    assert_eq!(told["jti"], json!(token.id));
    let orders = scene.server.basic("orders", "another secret");
    let asked = orders.post(INTROSPECT, &[("token", &token.string)]).await;
    assert!(!active(&asked), "it is for something else");
    let revoked = scene.server.anonymous();
    let revoked = revoked.post(REVOKE, &[("token", &token.string)]).await;
    failed(&revoked, 400, "unsupported_token_type", "ephemeral");
    assert!(scene.is_active(&token.string, &[]).await);
}

/// RFC 7662 2.2: why is nobody's business.
#[tokio::test]
async fn what_is_not_good_is_not_active_and_no_word_more() {
    let scene = Scene::new().await;
    let splunk = scene.server.admin_session().await;
    let mut tokens = Vec::new();
    for form in ["opaque", "hex", "splunk_jwt"] {
        let good = scene.token(json!({ "form": form })).await;
        assert!(scene.is_active(&good, &[]).await, "{form}");
        let later = json!({ "form": form, "not_before": "+1d", "expires": "+2d" });
        tokens.push(("not valid yet", scene.token(later).await));
        let made = make(&scene.admin, &json!({ "form": form, "name": "gone" })).await;
        let (id, gone) = (
            made["id"].as_str().unwrap(),
            made["token"].as_str().unwrap(),
        );
        assert!(scene.is_active(gone, &[]).await, "{form}");
        let deleted = splunk.delete(&kit::tokens_of("admin"), &[("id", id)]).await;
        drop(deleted.expect_status(200));
        tokens.push(("deleted", gone.to_owned()));
        tokens.push(("cut", good[..good.len() - 1].to_owned()));
        tokens.push(("longer", format!("{good}A")));
        tokens.push(("padded", format!("{good}=")));
        tokens.push(("with a space", format!("{good} ")));
        tokens.push(("with a line end", format!("{good}\n")));
        tokens.push(("twice, with a comma", format!("{good},{good}")));
        tokens.push(("its id", id.to_owned()));
        tokens.push(("named", format!("Bearer {good}")));
        tokens.push(("endless", format!("{good}{}", "A".repeat(5 * 1024))));
    }
    let soon = kit::token(&splunk, "admin", &[("expires_on", "+1s")]).await;
    kit::until(soon.time("exp")).await;
    tokens.push(("expired", soon.string));
    let key = scene.server.session_key("admin", "Ch#ng3d!").await;
    tokens.push(("a session", key));
    tokens.push(("rubbish", "rubbish".to_owned()));
    tokens.push(("no ASCII", "tky_pat_\u{e4}\u{0}".to_owned()));
    for (what, token) in &tokens {
        let told = scene.told(token, &[]).await;
        assert_eq!(told.text, r#"{"active":false}"#, "{what}");
        assert_eq!(told.status, 200, "{what}");
    }
}

#[tokio::test]
async fn nt58_a_service_learns_only_of_tokens_meant_for_it() {
    let scene = Scene::new().await;
    let orders = scene.server.basic("orders", "another secret");
    for (audience, is_active) in [
        ("orders", true),
        ("Orders", false),
        ("order", false),
        ("orders2", false),
        ("*", false),
        ("orders ", false),
        ("api", false),
    ] {
        let token = scene.token(json!({ "audience": audience })).await;
        let told = orders.post(INTROSPECT, &[("token", &token)]).await;
        assert_eq!(active(&told), is_active, "{audience}");
        assert!(scene.is_active(&token, &[]).await, "{audience}");
    }
}

#[tokio::test]
async fn a_token_bound_to_addresses_needs_to_be_told_of_one() {
    let scene = Scene::new().await;
    let token = scene
        .token(json!({ "addresses": ["203.0.113.0/24"] }))
        .await;
    for (address, is_active) in [
        (None, false),
        (Some("203.0.113.9"), true),
        (Some("::ffff:203.0.113.9"), true),
        (Some("203.0.114.9"), false),
        (Some("127.0.0.1"), false),
    ] {
        let more: Vec<_> = address.map(|ip| ("client_ip", ip)).into_iter().collect();
        let is = scene.is_active(&token, &more).await;
        assert_eq!(is, is_active, "{address:?}");
    }
    // Not the address that somebody wrote into a header.
    let header = scene.any().header("x-forwarded-for", "203.0.113.9");
    assert!(!active(
        &header.post(INTROSPECT, &[("token", &token)]).await
    ));
    for wrong in ["203.0.113.9, 10.0.0.1", "localhost", "203.0.113.9:80"] {
        let told = scene.told(&token, &[("client_ip", wrong)]).await;
        failed(&told, 400, "invalid_request", wrong);
    }
}

#[tokio::test]
async fn rules_and_scopes_count_where_the_caller_says_what_is_asked_for() {
    let scene = Scene::with(RULES).await;
    let orders = scene.token(json!({ "audience": "orders" })).await;
    let other = scene.token(json!({ "audience": "reports" })).await;
    let narrow = scene.token(json!({ "scope": ["edit_user"] })).await;
    let at = |uri| [("method", "GET"), ("uri", uri), ("host", "api.example.com")];
    assert!(scene.is_active(&orders, &[]).await, "no rule is asked for");
    assert!(scene.is_active(&orders, &at("/orders/7?a=b")).await);
    assert!(!scene.is_active(&other, &at("/orders/7")).await);
    assert!(!scene.is_active(&orders, &at("/admin/x")).await);
    assert!(
        !scene.is_active(&orders, &at("/elsewhere")).await,
        "no rule"
    );
    let post = [("method", "POST"), ("uri", "/orders/7")];
    assert!(!scene.is_active(&orders, &post).await);
    for ambiguous in ["/orders/%2e%2e/admin", "/orders//7", "/orders/..;/admin"] {
        let told = scene.told(&orders, &at(ambiguous)).await;
        failed(&told, 400, "invalid_request", ambiguous);
    }
    for half in [("uri", "/orders/7"), ("method", "GET"), ("host", "a")] {
        let told = scene.told(&orders, &[half]).await;
        failed(&told, 400, "invalid_request", half.0);
    }
    let needs = |names| [("required_scope", names)];
    assert!(scene.is_active(&narrow, &needs("edit_user")).await);
    assert!(
        !scene
            .is_active(&narrow, &needs("edit_user edit_roles"))
            .await
    );
    assert!(
        scene
            .is_active(&orders, &needs("edit_user  edit_roles"))
            .await
    );
    assert!(!scene.is_active(&orders, &needs("no.such.power")).await);
}

#[tokio::test]
async fn who_asks_must_show_a_secret_of_his_own_and_in_one_way() {
    let scene = Scene::new().await;
    let token = scene.token(json!({})).await;
    let anonymous = scene.server.anonymous();
    let post = async |name: &str, secret: &str| {
        let form = [
            ("token", &*token),
            ("client_id", name),
            ("client_secret", secret),
        ];
        anonymous.post(INTROSPECT, &form).await
    };
    let encoded = encode(&[("", SECRET)]);
    let encoded = scene.server.basic("any", &encoded[1..]);
    let form = [("token", &*token)];
    assert!(
        active(&encoded.post(INTROSPECT, &form).await),
        "as RFC 6749 has it"
    );
    assert!(
        scene.is_active(&token, &[]).await,
        "as many clients have it"
    );
    assert!(scene.is_active(&token, &[("client_id", "any")]).await);
    assert!(active(&post("any", SECRET).await));
    assert!(active(&post("here", "another secret").await));
    let header = |secret| {
        scene
            .server
            .anonymous()
            .header("x-tokenry-caller-secret", secret)
    };
    assert!(active(
        &header("another secret").post(INTROSPECT, &form).await
    ));

    let basic = |name, secret| scene.server.basic(name, secret);
    for (what, client) in [
        ("nobody", scene.server.anonymous()),
        ("a wrong secret", basic("any", "wrong")),
        ("no secret", basic("any", "")),
        ("a secret in another's name", basic("any", "another secret")),
        ("another's secret", basic("orders", SECRET)),
        ("an unknown name", basic("ghost", SECRET)),
        ("another case", basic("Any", SECRET)),
        ("who may not introspect", basic("proxy", "another secret")),
        ("who has no secret", basic("local", "")),
        ("another address", basic("there", "another secret")),
        ("no unix socket", basic("unix", "another secret")),
        ("the administrator", basic("admin", "Ch#ng3d!")),
        ("another scheme", scene.server.splunk("x")),
        (
            "no Base64",
            scene.server.anonymous().authorization("Basic ***"),
        ),
        ("a wrong header", header("wrong")),
        ("a secret without addresses", header(SECRET)),
    ] {
        let refused = client.post(INTROSPECT, &form).await;
        failed(&refused, 401, "invalid_client", what);
        let challenge = refused.header("www-authenticate");
        assert_eq!(challenge, Some(r#"Basic realm="tokenry""#), "{what}");
    }
    let named = scene.told(&token, &[("client_id", "orders")]).await;
    failed(&named, 401, "invalid_client", "two names");
    for (what, client, more) in [
        (
            "Basic and form",
            scene.any(),
            vec![("client_secret", SECRET)],
        ),
        (
            "Basic and header",
            scene.any().header("x-tokenry-caller-secret", SECRET),
            vec![],
        ),
        ("Basic twice", scene.any().basic("any", SECRET), vec![]),
        (
            "Basic and bearer",
            scene.any().authorization("Bearer x"),
            vec![],
        ),
    ] {
        let refused = client.post(INTROSPECT, &[&form, &more[..]].concat()).await;
        failed(&refused, 400, "invalid_request", what);
    }
    // At the gate, too, where a proxy of the same address may ask without a secret.
    let gate = Asking(scene.server.gate());
    let body = encode(&form);
    let plain = [("Content-Type", FORM)];
    let told = gate.send("POST", INTROSPECT, &plain, &body).await;
    assert_eq!(told.status, 401);
    let basic = format!("Basic {}", STANDARD.encode(format!("any:{SECRET}")));
    let known = [plain[0], ("Authorization", &basic)];
    let told = gate.send("POST", INTROSPECT, &known, &body).await;
    assert_eq!(told.status, 200);
    assert!(told.body.contains(r#""active":true"#), "{}", told.body);
}

#[tokio::test]
async fn a_user_who_may_see_all_tokens_may_ask_with_a_token_of_his() {
    let scene = Scene::new().await;
    kit::user(
        &scene.server.admin_session().await,
        "anna",
        "Ch#ng3d!anna",
        &["user"],
    )
    .await;
    let hers = scene.token(json!({ "user": "anna" })).await;
    let his = scene.token(json!({})).await;
    let form = [("token", &*hers)];
    let told = scene.server.bearer(&his).post(INTROSPECT, &form).await;
    assert!(active(&told));
    assert_eq!(told.json()["sub"], "anna");
    let refused = scene.server.bearer(&hers).post(INTROSPECT, &form).await;
    failed(&refused, 403, "insufficient_scope", "anna");
    let session = scene.server.session_key("admin", "Ch#ng3d!").await;
    for bad in ["rubbish", &session] {
        let refused = scene.server.bearer(bad).post(INTROSPECT, &form).await;
        failed(&refused, 401, "invalid_token", bad);
        let challenge = refused.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer realm="), "{challenge}");
    }
    // He is not believed when he says what the token came with.
    for more in [("client_ip", "127.0.0.1"), ("required_scope", "edit_user")] {
        let refused = scene
            .server
            .bearer(&his)
            .post(INTROSPECT, &[form[0], more])
            .await;
        failed(&refused, 400, "invalid_request", more.0);
    }
}

#[tokio::test]
async fn nt44_bad_input_is_refused_and_not_repeated() {
    let scene = Scene::new().await;
    let token = scene.token(json!({})).await;
    let encoded = encode(&[("token", &token)]);
    let typed = |kind: &'static str| vec![("content-type", kind)];
    let long = format!("{encoded}&x={}", "x".repeat(40 * 1024));
    let table = [
        ("no token", "", typed(FORM), String::new(), 400),
        ("an empty token", "", typed(FORM), "token=".to_owned(), 400),
        (
            "two tokens",
            "",
            typed(FORM),
            format!("{encoded}&{encoded}"),
            400,
        ),
        (
            "a hint twice",
            "",
            typed(FORM),
            format!("{encoded}&a=1&a=1"),
            400,
        ),
        (
            "in the query",
            &*format!("?{encoded}"),
            typed(FORM),
            String::new(),
            400,
        ),
        (
            "in both",
            &format!("?{encoded}"),
            typed(FORM),
            encoded.clone(),
            400,
        ),
        (
            "another name",
            "?access_token=x",
            typed(FORM),
            encoded.clone(),
            400,
        ),
        (
            "JSON",
            "",
            typed("application/json"),
            json!({ "token": token }).to_string(),
            400,
        ),
        ("no type", "", vec![], encoded.clone(), 400),
        ("too long", "", typed(FORM), long, 413),
    ];
    for path in [INTROSPECT, REVOKE] {
        for (what, query, headers, body, status) in &table {
            let target = format!("{path}{query}");
            let client = if path == REVOKE {
                scene.server.anonymous()
            } else {
                scene.any()
            };
            let answer = client
                .send(Method::POST, &target, headers, body.clone())
                .await;
            failed(&answer, *status, "invalid_request", what);
            assert!(!answer.text.contains(&token), "{what}");
        }
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::HEAD] {
            let target = format!("{path}?{encoded}");
            let answer = scene.any().send(method.clone(), &target, &[], "").await;
            assert_eq!(answer.status, 405, "{method}");
            assert_eq!(answer.header("allow"), Some("POST"), "{method}");
        }
    }
    assert!(scene.is_active(&token, &[]).await, "nothing was done to it");
    let files = fs::read_dir(scene.server.data().join("log"))
        .unwrap()
        .map(|file| file.unwrap().path());
    let told: Vec<_> = files
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let told = format!("{}{}", scene.server.log(), told.concat());
    for secret in [&*token, "another secret", SECRET] {
        assert!(!told.contains(secret), "in the log");
    }
}

#[tokio::test]
async fn whoever_has_a_token_may_end_it_and_is_told_the_same_of_any_other() {
    let scene = Scene::new().await;
    kit::user(
        &scene.server.admin_session().await,
        "anna",
        "Ch#ng3d!anna",
        &["user", "api-gateway-user"],
    )
    .await;
    let anonymous = scene.server.anonymous();
    let mut told = Vec::new();
    let mut revoke = async |token: &str| {
        let answer = anonymous.post(REVOKE, &[("token", token)]).await;
        told.push((answer.status, answer.text, answer.headers.len()));
    };
    for form in ["opaque", "hex", "splunk_jwt"] {
        let wanted = json!({ "user": "anna", "form": form, "addresses": ["192.0.2.7"] });
        let made = if form == "splunk_jwt" {
            json!({ "user": "anna", "form": form })
        } else {
            wanted
        };
        let made = make(&scene.admin, &made).await;
        let token = made["token"].as_str().unwrap();
        let from = [("client_ip", "192.0.2.7")];
        assert!(scene.is_active(token, &from).await, "{form}");
        revoke(token).await;
        assert!(!scene.is_active(token, &from).await, "{form}");
        revoke(token).await;
        revoke(&token[..token.len() - 1]).await;
        let audit = scene.server.data().join("log/audit.jsonl");
        let id = made["id"].as_str().unwrap();
        let of_token = |line: &&str| line.contains(id) && line.contains("delete_token");
        let audit = fs::read_to_string(audit).unwrap();
        let lines: Vec<_> = audit.lines().filter(of_token).collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line: Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!(line["actor"], "anna");
        assert_eq!(line["reason"], "revoked by its bearer");
        assert!(!audit.contains(token));
    }
    revoke("rubbish").await;
    revoke(&scene.server.session_key("admin", "Ch#ng3d!").await).await;
    let first = told[0].clone();
    assert_eq!((first.0, &*first.1), (200, "{}"));
    assert!(told.iter().all(|one| *one == first), "{told:?}");
    let session = scene.server.session_key("admin", "Ch#ng3d!").await;
    drop(anonymous.post(REVOKE, &[("token", &session)]).await);
    let still = scene.server.splunk(&session).get(CONTEXT).await;
    assert_eq!(still.status, 200, "a session is not a token");
}

#[tokio::test]
async fn nt75_without_a_store_nothing_is_called_inactive_or_revoked() {
    let scene = Scene::new().await;
    let (cold, warm) = (scene.token(json!({})).await, scene.token(json!({})).await);
    assert!(scene.is_active(&warm, &[]).await);
    let database = scene.server.data().join("tokenry.db");
    let elsewhere = scene.server.place().join("elsewhere.db");
    fs::rename(&database, &elsewhere).unwrap();
    let told = scene.told(&cold, &[]).await;
    failed(&told, 503, "temporarily_unavailable", "introspect");
    assert!(told.header("retry-after").is_some());
    assert!(scene.is_active(&warm, &[]).await, "is remembered");
    assert!(!scene.is_active("rubbish", &[]).await, "needs no store");
    let anonymous = scene.server.anonymous();
    for token in [&warm, &cold] {
        let revoked = anonymous.post(REVOKE, &[("token", token)]).await;
        failed(&revoked, 503, "temporarily_unavailable", "revoke");
        assert!(revoked.header("retry-after").is_some());
    }
    fs::rename(&elsewhere, &database).unwrap();
    assert!(scene.is_active(&cold, &[]).await);
    let revoked = anonymous.post(REVOKE, &[("token", &warm)]).await;
    assert_eq!(revoked.status, 200);
    assert!(!scene.is_active(&warm, &[]).await);
}

#[tokio::test]
async fn nt67_whoever_goes_on_guessing_is_told_to_wait() {
    let server = Server::builder(BINARY)
        .config("[gate]\nfailure_rate = '1/3'\ncallers = []\n")
        .start();
    let anonymous = server.anonymous();
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let told = anonymous.post(REVOKE, &[("token", "rubbish")]).await;
        statuses.push(told.status);
        if told.status == 429 {
            failed(&told, 429, "too_many_requests", "a guess");
            assert!(told.header("retry-after").is_some());
        }
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    let guess = server
        .basic("ghost", "x")
        .post(INTROSPECT, &[("token", "x")])
        .await;
    assert_eq!(guess.status, 429);
}

#[tokio::test]
async fn a_signed_answer_is_signed_by_a_key_that_everybody_can_find() {
    let scene = Scene::new().await;
    let token = scene.token(json!({ "audience": "orders" })).await;
    let keys = scene.server.anonymous().get(KEYS).await.expect_status(200);
    assert_eq!(keys.header("cache-control"), Some("public, max-age=300"));
    let keys = keys.json();
    let key = &keys["keys"][0];
    assert_eq!(
        names(key),
        ["alg", "crv", "kid", "kty", "use", "x"],
        "nothing private"
    );
    let public = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
    let public = UnparsedPublicKey::new(&ED25519, public);
    for (token, is_active) in [(&*token, true), ("rubbish", false)] {
        let body = encode(&[("token", token)]);
        let headers = [
            ("accept", "application/token-introspection+jwt"),
            ("content-type", FORM),
        ];
        let told = scene
            .any()
            .send(Method::POST, INTROSPECT, &headers, body)
            .await;
        assert_eq!(told.header("content-type"), Some(headers[0].1));
        assert_eq!(told.header("cache-control"), Some("no-store"));
        let (signed, signature) = told.text.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        public.verify(signed.as_bytes(), &signature).unwrap();
        let parts: Vec<Value> = signed
            .split('.')
            .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
            .collect();
        let header = json!({ "alg": "EdDSA", "typ": "token-introspection+jwt", "kid": key["kid"] });
        assert_eq!(parts[0], header);
        let claims = &parts[1];
        assert_eq!(names(claims), ["aud", "iat", "iss", "token_introspection"]);
        assert_eq!(claims["aud"], "any");
        assert_eq!(claims["iss"], "https://tokens.example.com/tenant");
        let plain = scene.told(token, &[]).await.json();
        assert_eq!(claims["token_introspection"], plain);
        assert_eq!(plain["active"], is_active);
    }
}

#[tokio::test]
async fn the_metadata_are_where_the_issuer_says_and_nowhere_else() {
    let scene = Scene::new().await;
    let own = scene.server.anonymous();
    let at = format!("{METADATA}/tenant");
    let metadata = own.get(&at).await.expect_status(200);
    assert_eq!(
        metadata.json(),
        json!({
            "issuer": "https://tokens.example.com/tenant",
            "introspection_endpoint": "https://tokens.example.com/oauth2/introspect",
            "introspection_endpoint_auth_methods_supported":
                ["client_secret_basic", "client_secret_post"],
            "introspection_signing_alg_values_supported": ["EdDSA"],
            "revocation_endpoint": "https://tokens.example.com/oauth2/revoke",
            "revocation_endpoint_auth_methods_supported": ["none"],
            "jwks_uri": "https://tokens.example.com/.well-known/jwks.json",
            "response_types_supported": [],
            "grant_types_supported": [],
        })
    );
    let gate = Asking(scene.server.gate()).send("GET", &at, &[], "").await;
    assert_eq!((gate.status, &gate.body), (200, &metadata.text));
    for other in [
        METADATA.to_owned(),
        format!("{METADATA}/other"),
        format!("{at}/"),
    ] {
        assert_eq!(own.get(&other).await.status, 404, "{other}");
    }
    for path in [&*at, KEYS] {
        let head = own.send(Method::HEAD, path, &[], "").await;
        assert_eq!((head.status, &*head.text), (200, ""), "{path}");
        let post = own.post(path, &[]).await;
        assert_eq!(post.status, 405, "{path}");
        assert_eq!(post.header("allow"), Some("GET, HEAD"), "{path}");
    }
    // Without an issuer of its own: where it listens.
    let server = Server::start(BINARY);
    let metadata = server.anonymous().get(METADATA).await.json();
    assert_eq!(metadata["issuer"], format!("https://{}", server.address()));
}
