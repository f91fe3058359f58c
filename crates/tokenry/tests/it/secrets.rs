//! No secret gets to where it does not belong (NT-41, NT-45): everything is done once at the most talkative log level,
//! the mistakes too, and then every file is searched.

use std::{
    collections::HashMap,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::Stdio,
    time::Duration,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use tokenry_testkit::{
    client::{Client, Method},
    server::Server,
};

use crate::{
    forge,
    kit::{self, BINARY, CONTEXT, SETTINGS, TOKENS, USERS, tokens_of, user_at},
};

/// So many bytes of a secret in a row are too many.
const RUN: usize = 9;

const ADMIN: &str = "adm!Qz7#vKx2@Lw9";
const USER: &str = "usr!Hn4$Yp8%Rt3^";
const CHANGED: &str = "chg!Jm6&Bd1*Fs5(";
const RESET: &str = "rst!Wc8)Gk3_Tz7+";
const WRONG: &str = "wrg!Xe5=Nv9~Pq2;";
const MISPLACED: &str = "mis!Ua7:Ol4,Di6.";

#[tokio::test]
async fn nt41_no_secret_is_in_any_file() {
    let mut server = Server::builder(BINARY)
        .admin_password(ADMIN)
        .log_level("trace")
        .start();
    let mut secrets = Secrets::default();
    for (what, password) in [
        ("the administrator's password", ADMIN),
        ("a user's password", USER),
        ("a changed password", CHANGED),
        ("a reset password", RESET),
        ("a wrong password", WRONG),
        ("a misplaced password", MISPLACED),
    ] {
        secrets.add(what, password.as_bytes());
    }
    let root = forge::secret(&server.data());
    secrets.add("the root of the keys", &root);

    let key = server.session_key("admin", ADMIN).await;
    secrets.add("a session key", key.as_bytes());
    let admin = server.splunk(&key);
    everything_goes_well(&server, &admin, &mut secrets).await;
    everything_goes_wrong(&server, &admin, &mut secrets).await;
    bytes_that_are_no_requests(&server, &secrets).await;
    // Killed, the write-ahead log stays as it was; stopped, the last lines are in the audit file.
    server.kill();
    secrets.search(&server, "after a crash");
    server.start_again();
    assert_eq!(admin.get(CONTEXT).await.status, 200);
    server.stop();
    reset_password(&server);
    secrets.search(&server, "at the end");
    assert!(server.log().contains("TRACE") || server.log().contains("DEBUG"));
}

async fn everything_goes_well(server: &Server, admin: &Client, secrets: &mut Secrets) {
    let basic = server.admin();
    assert_eq!(basic.get(CONTEXT).await.status, 200);
    kit::user(admin, "owner", USER, &["admin"]).await;
    let login = [("username", "owner"), ("password", USER), ("cookie", "1")];
    let answer = server
        .anonymous()
        .post("/services/auth/login?output_mode=json", &login)
        .await;
    let own = answer.expect_status(200).json()["sessionKey"]
        .as_str()
        .unwrap()
        .to_owned();
    secrets.add("a session key from a cookie", own.as_bytes());
    assert_eq!(server.cookie(&own).get(CONTEXT).await.status, 200);
    for more in [&[][..], &[("type", "ephemeral")], &[("expires_on", "+1d")]] {
        let token = kit::token(admin, "owner", more).await;
        let signature = token.string.rsplit('.').next().unwrap();
        secrets.add("a token's signature", signature.as_bytes());
        let bearer = server.bearer(&token.string);
        assert_eq!(bearer.get(CONTEXT).await.status, 200);
        assert_eq!(bearer.get(TOKENS).await.status, 200);
        let xml = bearer.get("/services/authorization/tokens").await;
        assert_eq!(xml.status, 200);
        let form = [("id", token.id.as_str()), ("status", "disabled")];
        assert_eq!(admin.post(&tokens_of("owner"), &form).await.status, 200);
        let _ = bearer.get(CONTEXT).await;
    }
    let change = [("password", CHANGED), ("oldpassword", USER)];
    let owner = server.cookie(&own);
    assert_eq!(owner.post(&user_at("owner"), &change).await.status, 200);
    assert_eq!(admin.get(USERS).await.status, 200);
    let ended = server.session_key("owner", CHANGED).await;
    secrets.add("the key of an ended session", ended.as_bytes());
    let path = format!("/services/authentication/httpauth-tokens/{ended}");
    assert_eq!(server.splunk(&ended).delete(&path, &[]).await.status, 200);
    assert_eq!(server.splunk(&ended).delete(&path, &[]).await.status, 401);
}

const PATHS: &[&str] = &[
    "/*",
    "/services/*",
    "/services/authorization/tokens/*",
    "/services/authentication/users/*",
    "/services/authentication/httpauth-tokens/x*",
    "/services/properties/authorize/tokens_auth/*",
    "/servicesNS/*/search/server/info",
    "/services/admin/*",
];

/// Secrets where they do not belong.
async fn everything_goes_wrong(server: &Server, admin: &Client, secrets: &mut Secrets) {
    let token = kit::token(admin, "owner", &[]).await.string;
    let signature = token.rsplit('.').next().unwrap();
    secrets.add("a misplaced token's signature", signature.as_bytes());
    let key = server.session_key("owner", CHANGED).await;
    secrets.add("a misplaced session key", key.as_bytes());
    let stranger = server.anonymous();
    let encode = |text: &str| tokenry_testkit::client::encode(&[("", text)])[1..].to_owned();
    for secret in [MISPLACED, token.as_str(), key.as_str()] {
        let encoded = encode(secret);
        for client in [&stranger, admin] {
            for name in [
                "password",
                "token",
                "name",
                "id",
                "expires_on",
                "search",
                "x",
                "f",
            ] {
                let _ = client.get(&format!("{TOKENS}&{name}={encoded}")).await;
                let _ = client.get(&format!("{SETTINGS}&{name}={encoded}")).await;
                let form = [("name", "owner"), (name, secret)];
                let _ = client.post(TOKENS, &form).await;
                let _ = client.post(SETTINGS, &form).await;
                let _ = client
                    .delete(&tokens_of("owner"), &[(name, secret), ("x", "")])
                    .await;
            }
            // Nobody puts a password into a path, but a session is ended by its key, and a token mistaken for its id.
            let paths = if secret == MISPLACED { &[][..] } else { PATHS };
            for path in paths {
                for method in [Method::GET, Method::POST, Method::DELETE, Method::PUT] {
                    let path = path.replace('*', &encoded);
                    let _ = client.send(method, &path, &[], "").await;
                }
            }
            for body in [
                secret.to_owned(),
                format!(r#"{{"password":"{secret}"}}"#),
                format!("{secret}=x"),
                format!("password={secret}%"),
                format!("%zz={secret}"),
                format!("password={encoded}&password=x"),
            ] {
                let _ = client.send(Method::POST, TOKENS, &[], body.clone()).await;
                let _ = client.send(Method::POST, USERS, &[], body.clone()).await;
                let _ = client
                    .send(Method::POST, "/services/auth/login", &[], body)
                    .await;
            }
            for header in [
                "x-api-key",
                "user-agent",
                "referer",
                "origin",
                "host",
                "cookie",
            ] {
                let headers = [(header, secret)];
                let _ = client.send(Method::POST, SETTINGS, &headers, "x=1").await;
            }
        }
        for line in [
            secret.to_owned(),
            format!("Digest {secret}"),
            format!("Bearer {secret}x"),
            format!("Bearer {secret} {secret}"),
            format!("Splunk Bearer {secret}"),
            format!("Basic {secret}"),
            format!("Basic {}", STANDARD.encode(secret)),
            format!("Basic {}", STANDARD.encode(format!("{secret}:{secret}"))),
        ] {
            let _ = stranger.clone().authorization(&line).get(CONTEXT).await;
            let twice = stranger.clone().authorization(&line).authorization(&line);
            let _ = twice.get(CONTEXT).await;
        }
        let _ = server.cookie(secret).get(CONTEXT).await;
        let login = [("username", secret), ("password", secret)];
        let _ = stranger.post("/services/auth/login", &login).await;
    }
    let login = [("username", "owner"), ("password", WRONG)];
    assert_eq!(
        stranger.post("/services/auth/login", &login).await.status,
        401
    );
    let query = format!(
        "/services/auth/login?username=owner&password={}",
        encode(WRONG)
    );
    assert_eq!(stranger.post(&query, &[]).await.status, 401);
    let change = [("password", WRONG), ("oldpassword", WRONG)];
    assert_eq!(admin.post(&user_at("admin"), &change).await.status, 400);
    let form = [("name", "n"), ("password", WRONG), ("roles", "ghost")];
    assert_eq!(admin.post(USERS, &form).await.status, 400);
    let header = format!("Bearer {}", token.repeat(200));
    let long = stranger.authorization(&header).get(CONTEXT).await;
    assert_eq!(long.status, 431);
}

/// What arrives at the port and is neither TLS nor HTTP.
async fn bytes_that_are_no_requests(server: &Server, secrets: &Secrets) {
    let session = secrets.raw("a session key");
    for text in [
        format!("GET / HTTP/1.1\r\nauthorization: Splunk {session}\r\n\r\n"),
        format!("{MISPLACED}\r\n{session}\r\n"),
        format!(
            "\u{16}\u{3}\u{1}\u{2}\u{0}{session}{MISPLACED}{}",
            "x".repeat(600)
        ),
    ] {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let _ = stream.write_all(text.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }
    for text in [
        format!("{session}\r\n\r\n"),
        format!("GET /{session} HTTP/9.9\r\nauthorization: Splunk {session}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nauthorization Splunk {session}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{session}: \u{1}\r\n\r\n"),
        format!("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{session}\r\n"),
        format!("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{session}"),
        format!("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {session}\r\n\r\n"),
        format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{session}{session}{session}"),
    ] {
        server.anonymous().send_bytes(text.as_bytes()).await;
    }
}

fn reset_password(server: &Server) {
    let mut reset = server.command(&["admin", "reset-password", "--password-stdin"]);
    reset.env("TOKENRY_LOG__LEVEL", "trace");
    let mut reset = reset
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    reset
        .stdin
        .take()
        .unwrap()
        .write_all(RESET.as_bytes())
        .unwrap();
    let output = reset.wait_with_output().unwrap();
    assert!(output.status.success());
    let said = [output.stdout, output.stderr].concat();
    fs::write(server.place().join("reset.log"), said).unwrap();
}

/// What must not be found, in all its spellings, by every run of [`RUN`] bytes.
#[derive(Default)]
pub(crate) struct Secrets {
    raw: Vec<(&'static str, Vec<u8>)>,
    runs: HashMap<[u8; RUN], &'static str>,
}

impl Secrets {
    pub(crate) fn add(&mut self, what: &'static str, secret: &[u8]) {
        self.raw.push((what, secret.to_owned()));
        let hex = tokenry_core::id::hex(secret);
        let mut spellings = vec![secret.to_owned(), hex.to_uppercase().into(), hex.into()];
        for before in 0..3 {
            // Base64 of a longer text that holds the secret, without what the neighbours have a share in.
            let longer = [&[0; 2][..before], secret].concat();
            for text in [STANDARD.encode(&longer), URL_SAFE_NO_PAD.encode(&longer)] {
                let text = text.trim_end_matches('=');
                let start = [0, 2, 3][before];
                spellings.push(text[start..text.len() - 1].into());
            }
        }
        if let Ok(text) = std::str::from_utf8(secret) {
            let encoded = tokenry_testkit::client::encode(&[("", text)]);
            spellings.push(encoded[1..].into());
            spellings.push(text.chars().rev().collect::<String>().into());
        }
        for spelling in &spellings {
            for run in spelling.windows(RUN) {
                self.runs.insert(run.try_into().unwrap(), what);
            }
        }
    }

    fn raw(&self, what: &str) -> String {
        let (_, raw) = self.raw.iter().find(|(name, _)| *name == what).unwrap();
        String::from_utf8(raw.clone()).unwrap()
    }

    /// Looks into every file there is but the key file (and what was given to the server in the first place).
    pub(crate) fn search(&self, server: &Server, when: &str) {
        let mut found = Vec::new();
        let mut files = 0;
        let mut folders = vec![server.place().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("keys.toml") && !path.ends_with("admin-password") {
                    files += 1;
                    found.extend(self.search_file(&path));
                }
            }
        }
        let said = server.said().join("\n");
        found.extend(self.search_bytes(Path::new("stdout"), said.as_bytes()));
        assert!(files > 5, "the files were not where they were looked for");
        found.sort();
        found.dedup();
        assert!(found.is_empty(), "{when}:\n{}", found.join("\n"));
    }

    fn search_file(&self, path: &Path) -> Vec<String> {
        self.search_bytes(path, &fs::read(path).unwrap())
    }

    pub(crate) fn search_bytes(&self, path: &Path, bytes: &[u8]) -> Vec<String> {
        let hit = |(at, run): (usize, &[u8])| {
            let what = self.runs.get(run)?;
            let around = &bytes[at.saturating_sub(150)..bytes.len().min(at + 40)];
            let line = String::from_utf8_lossy(around);
            let line = line.lines().last().unwrap_or_default();
            Some(format!("{what} in {}: {line}", path.display()))
        };
        bytes
            .windows(RUN)
            .enumerate()
            .filter_map(hit)
            .take(3)
            .collect()
    }
}
