//! The other ways to the gate: gRPC and FastCGI, unix sockets, and the PROXY protocol, the last with the real haproxy.

use std::{
    net::{IpAddr, SocketAddr},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::json;
use tokenry_testkit::{
    gate::Asking,
    grpc::{self, Called},
    server::{Builder, Server},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream, UnixStream},
};

use super::{
    super::kit::BINARY,
    kit::{CLIENT, admin, string},
};

const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

/// A caller for whom the client is whoever the PROXY protocol or Envoy names.
const BY_PEER: &str = r#"
[[gate.callers]]
name = "edge"
from = ["127.0.0.1", "unix"]
client_ip = "peer"
"#;

async fn everything<S: tokio::io::AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    // A reset counts as an end.
    let _ = tokio::time::timeout(Duration::from_mins(1), read)
        .await
        .unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn question(token: &str) -> String {
    format!(
        "GET /v1/verify HTTP/1.1\r\nHost: gate\r\nConnection: close\r\nX-Forwarded-For: {CLIENT}\r\n\
         Authorization: Bearer {token}\r\n\r\n"
    )
}

fn builder() -> Builder {
    Server::builder(BINARY)
}

#[tokio::test]
async fn a_unix_socket_is_a_way_to_the_gate_and_gone_with_the_server() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("gate.sock");
    let listen = format!("unix:{}", path.display());
    let mut server = builder()
        .env("TOKENRY_GATE__LISTEN", &listen)
        .env("TOKENRY_GATE__UNIX_MODE", "0600")
        .start();
    let line = format!("  gate         {listen}");
    assert!(server.said().contains(&line), "{:?}", server.said());
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let token = string(&admin(&server).await, &json!({})).await;
    for (token, status) in [(token.as_str(), "200"), ("token-0", "401")] {
        let mut stream = UnixStream::connect(&path).await.unwrap();
        let asked = question(token);
        stream.write_all(asked.as_bytes()).await.unwrap();
        let answer = everything(&mut stream).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    server.kill();
    assert!(path.exists(), "nobody could remove it");
    server.start_again();
    assert!(UnixStream::connect(&path).await.is_ok());
    server.stop();
    assert!(!path.exists());
}

/// A field of a message: a text, or another message.
fn field(number: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut length = body.len();
    while length > 127 {
        bytes.push(u8::try_from(length & 127).unwrap() | 128);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).unwrap());
    bytes.extend(body);
    bytes
}

/// A `CheckRequest` for a client that Envoy names.
fn check_request(headers: &[(&str, &str)], path: &str, client: &str) -> Vec<u8> {
    let text = |number, text: &str| field(number, text.as_bytes());
    let mut http = [text(2, "GET"), text(4, path), text(5, "api.example.com")].concat();
    for (name, value) in headers {
        http.extend(field(3, &[text(1, name), text(2, value)].concat()));
    }
    let source = field(1, &field(1, &text(2, client)));
    let request = field(2, &http);
    field(1, &[field(1, &source), field(4, &request)].concat())
}

fn holds(called: &Called, text: &str) -> bool {
    String::from_utf8_lossy(&called.message).contains(text)
}

#[tokio::test]
async fn envoy_is_answered_over_grpc_on_the_port_of_the_gate() {
    let rule = "[[gate.rules]]\npath = \"/orders/**\"\n";
    let server = builder().config(&format!("{BY_PEER}{rule}")).start();
    let token = string(
        &admin(&server).await,
        &json!({ "addresses": [format!("{CLIENT}/32")] }),
    )
    .await;
    let bearer = format!("Bearer {token}");
    let two = format!("{bearer},{bearer}");
    let header = |value| vec![("authorization", value), ("x-tokenry-subject", "eve")];
    for (headers, path, client, holds_also) in [
        (
            header(&*bearer),
            "/orders/7?x=1",
            CLIENT,
            "x-tokenry-subject",
        ),
        (
            header(&*bearer),
            "/orders/7",
            "203.0.113.8",
            "invalid_token",
        ),
        (
            header("Bearer token-0"),
            "/orders/7",
            CLIENT,
            "invalid_token",
        ),
        (header(&*two), "/orders/7", CLIENT, "invalid_request"),
        (header(&*bearer), "/orders/../7", CLIENT, "invalid_request"),
        (header(&*bearer), "/others", CLIENT, "no_rule"),
        (vec![], "/orders/7", CLIENT, "missing_token"),
    ] {
        let message = check_request(&headers, path, client);
        // What stands in the metadata is the proxy's own, and says nothing of the client.
        let metadata = [("x-forwarded-for", CLIENT), ("authorization", &*bearer)];
        let called = grpc::call(server.gate(), CHECK, &metadata, &message).await;
        assert_eq!(called.status, "0");
        assert!(holds(&called, holds_also), "{path} {client}: {called:?}");
        let passes = holds_also == "x-tokenry-subject";
        assert_eq!(
            holds(&called, "x-tokenry-user-id"),
            passes,
            "{path} {client}"
        );
    }
    let other = CHECK.replace("Check", "Chuck");
    let called = grpc::call(server.gate(), &other, &[], &[]).await;
    assert_eq!(called.status, "12", "UNIMPLEMENTED");
    let called = grpc::call(server.gate(), CHECK, &[], &[0xff; 9]).await;
    assert_ne!(called.status, "0", "no message");
    let called = grpc::call(server.gate(), CHECK, &[], &[]).await;
    assert!(holds(&called, "invalid_request"), "{called:?}");
    let told = Asking(server.gate()).send("POST", CHECK, &[], "").await;
    assert_eq!(told.status, 505, "HTTP/1.1 has no place for its status");
}

#[tokio::test]
async fn nt35_nobody_but_a_caller_asks_over_grpc_and_fastcgi() {
    let place = tempfile::tempdir().unwrap();
    let secret = place.path().join("secret");
    std::fs::write(&secret, "correct horse battery staple").unwrap();
    let config = format!("{BY_PEER}secret_file = \"{}\"\n", secret.display());
    let server = builder()
        .config(&config)
        .env("TOKENRY_GATE__FASTCGI_LISTEN", "127.0.0.1:0")
        .start();
    let token = string(&admin(&server).await, &json!({})).await;
    let bearer = format!("Bearer {token}");
    for (secret, knows) in [
        ("correct horse battery staple", true),
        ("correct horse", false),
    ] {
        let headers = [
            ("authorization", &*bearer),
            // A client's own.
            ("x-tokenry-caller-secret", "correct horse battery staple"),
        ];
        let message = check_request(&headers, "/", CLIENT);
        let metadata = [("x-tokenry-caller-secret", secret)];
        let called = grpc::call(server.gate(), CHECK, &metadata, &message).await;
        assert_eq!(called.status, if knows { "0" } else { "7" });
        assert_eq!(holds(&called, "x-tokenry-user-id"), knows);
        let params = [
            ("HTTP_AUTHORIZATION", &*bearer),
            ("REMOTE_ADDR", CLIENT),
            ("HTTP_X_TOKENRY_CALLER_SECRET", secret),
        ];
        let answer = fastcgi(&server, &params).await;
        let status = if knows { "Status: 200" } else { "Status: 403" };
        assert!(answer.contains(status), "{answer}");
        assert_eq!(answer.contains("unknown_caller"), !knows, "{answer}");
    }
}

/// Where the server says that it speaks FastCGI.
fn fastcgi_address(server: &Server) -> SocketAddr {
    let mut places = server
        .said()
        .iter()
        .filter_map(|line| line.trim().strip_prefix("fastcgi "));
    let place = places.next().expect("it says where").trim();
    place.strip_prefix("fcgi://").unwrap().parse().unwrap()
}

/// Asks once, as an authorizer is asked; gives back all bytes.
async fn fastcgi(server: &Server, params: &[(&str, &str)]) -> String {
    let record = |kind: u8, content: &[u8]| {
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[1, kind, 0, 1, high, low, 0, 0], content].concat()
    };
    let mut pairs = Vec::new();
    for (name, value) in params {
        pairs.push(u8::try_from(name.len()).unwrap());
        pairs.extend((u32::try_from(value.len()).unwrap() | 1 << 31).to_be_bytes());
        pairs.extend(name.as_bytes());
        pairs.extend(value.as_bytes());
    }
    let sent = [
        record(1, &[0, 2, 0, 0, 0, 0, 0, 0]),
        record(4, &pairs),
        record(4, &[]),
        record(5, &[]),
    ];
    let mut stream = TcpStream::connect(fastcgi_address(server)).await.unwrap();
    stream.write_all(&sent.concat()).await.unwrap();
    everything(&mut stream).await
}

#[tokio::test]
async fn apache_is_answered_over_fastcgi_for_the_client_that_it_names() {
    let server = builder()
        .env("TOKENRY_GATE__FASTCGI_LISTEN", "127.0.0.1:0")
        .start();
    let wanted = json!({ "addresses": [format!("{CLIENT}/32")] });
    let token = string(&admin(&server).await, &wanted).await;
    let bearer = format!("Bearer {token}");
    for (client, forwarded, passes) in [
        (CLIENT, "198.51.100.1", true),
        ("198.51.100.1", CLIENT, false),
        ("", CLIENT, false),
    ] {
        let params = [
            ("REQUEST_METHOD", "GET"),
            // Without rules nobody reads it.
            ("REQUEST_URI", "http://evil.test/orders"),
            ("REMOTE_ADDR", client),
            ("HTTP_X_FORWARDED_FOR", forwarded),
            ("HTTP_AUTHORIZATION", &bearer),
        ];
        let answer = fastcgi(&server, &params).await;
        let told = "Status: 200\r\nVariable-TOKENRY_SUBJECT: admin\r\n";
        assert_eq!(answer.contains(told), passes, "{client}: {answer}");
        assert_eq!(
            answer.contains("\"code\":\"invalid_token\""),
            !passes,
            "{client}: {answer}"
        );
    }
}

/// A header of version 2 for this client.
fn proxy_header(client: &str) -> Vec<u8> {
    let client: std::net::Ipv4Addr = client.parse().unwrap();
    let mut bytes = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".to_vec();
    bytes.extend(client.octets());
    bytes.extend([127, 0, 0, 1, 0x12, 0x34, 0x01, 0xbb]);
    bytes
}

#[tokio::test]
async fn nt33_where_the_proxy_protocol_is_spoken_nothing_else_is() {
    let server = builder()
        .config(BY_PEER)
        .env("TOKENRY_GATE__PROXY_PROTOCOL", "127.0.0.1")
        .start();
    let wanted = json!({ "addresses": [format!("{CLIENT}/32")] });
    let token = string(&admin(&server).await, &wanted).await;
    let asked = question(&token).into_bytes();
    let asking = Asking(server.gate());
    let with = |header: &[u8]| [header, &asked].concat();
    let passes = asking.raw(&with(&proxy_header(CLIENT))).await;
    assert!(passes.starts_with("HTTP/1.1 200 "), "{passes}");
    let local = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
    for header in [proxy_header("203.0.113.8").as_slice(), local] {
        let denied = asking.raw(&with(header)).await;
        assert!(denied.starts_with("HTTP/1.1 401 "), "{denied}");
    }
    let version_1 = format!("PROXY TCP4 {CLIENT} 127.0.0.1 4660 443\r\n");
    for header in [b"".as_slice(), version_1.as_bytes()] {
        assert_eq!(asking.raw(&with(header)).await, "", "{header:?}");
    }
    let log = server.log();
    assert!(log.contains("only version 2 is spoken here"), "{log}");
    // Another neighbour than the one that is named.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut stream = socket.connect(server.gate()).await.unwrap();
    // The gate may have closed before it is written.
    let _ = stream.write_all(&with(&proxy_header(CLIENT))).await;
    assert_eq!(everything(&mut stream).await, "");
}

/// A proxy that is stopped when the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn free_port() -> u16 {
    let found = TcpListener::bind("127.0.0.1:0").await.unwrap();
    found.local_addr().unwrap().port()
}

/// The real haproxy, which forwards connections with a header of version 2 from one port to another.
async fn haproxy(place: &Path, from: &[(u16, SocketAddr)]) -> Running {
    let mut config = "global\n  maxconn 100\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n".to_owned();
    let forwarding = from.iter().map(|(port, to)| {
        format!("listen l{port}\n  bind 127.0.0.1:{port}\n  server s {to} send-proxy-v2\n")
    });
    config.extend(forwarding);
    let file = place.join("haproxy.cfg");
    std::fs::write(&file, config).unwrap();
    let started = Command::new("/usr/sbin/haproxy")
        .args(["-db", "-f"])
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let running = Running(started.expect("haproxy must be installed: apt-get install haproxy"));
    for (port, _) in from {
        let mut left = 500;
        while TcpStream::connect(("127.0.0.1", *port)).await.is_err() {
            left -= 1;
            assert!(left > 0, "haproxy does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    running
}

#[tokio::test]
async fn nt33_haproxy_names_the_client_to_the_gate_and_to_the_api_before_tls() {
    let config = format!("{BY_PEER}[server]\nproxy_protocol = [\"127.0.0.1\"]\n");
    let mut server = builder().config(BY_PEER).start();
    let wanted = json!({ "addresses": ["127.0.0.3/32"] });
    let token = string(&admin(&server).await, &wanted).await;
    server.stop();
    let file = server.place().join("proxied.toml");
    std::fs::write(&file, config).unwrap();
    // The same data, behind the proxy.
    let (api, gate) = (free_port().await, free_port().await);
    let (front_api, front_gate) = (free_port().await, free_port().await);
    let mut start = server.command(&["serve", "--listen", &format!("127.0.0.1:{api}")]);
    start
        .arg("--config")
        .arg(&file)
        .env("TOKENRY_GATE__LISTEN", format!("127.0.0.1:{gate}"))
        .env("TOKENRY_GATE__PROXY_PROTOCOL", "127.0.0.1")
        .env("TOKENRY_METRICS__LISTEN", "")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _proxied = Running(start.spawn().unwrap());
    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let fronts = [(front_api, at(api)), (front_gate, at(gate))];
    let _haproxy = haproxy(server.place(), &fronts).await;

    for (client, status) in [("127.0.0.3", "200"), ("127.0.0.4", "401")] {
        let (mut answer, mut left) = (String::new(), 500);
        // Until the server behind it is there, haproxy closes at once.
        while answer.is_empty() {
            left -= 1;
            assert!(left > 0, "the gate is not there");
            let socket = TcpSocket::new_v4().unwrap();
            socket
                .bind(SocketAddr::new(client.parse::<IpAddr>().unwrap(), 0))
                .unwrap();
            let mut stream = socket.connect(at(front_gate)).await.unwrap();
            let _ = stream.write_all(question(&token).as_bytes()).await;
            answer = everything(&mut stream).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let begin = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&begin), "{client}: {answer}");
        let api = curl(front_api, &["--interface", client], &token);
        assert_eq!(api, status, "{client}");
    }
    // Not by the proxy: closed without an answer.
    assert_eq!(curl(api, &[], &token), "000");
}

/// The status of a request to the API, by curl; 000 is none at all.
fn curl(port: u16, more: &[&str], token: &str) -> String {
    let mut command = Command::new("curl");
    command
        .args([
            "-sk",
            "--max-time",
            "60",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
        ])
        .args(more)
        .args(["-H", "@-"])
        .arg(format!("https://127.0.0.1:{port}/services/server/info"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut process = command.spawn().expect("curl must be installed");
    let header = format!("Authorization: Bearer {token}\n");
    let mut stdin = process.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, header.as_bytes()).unwrap();
    drop(stdin);
    let output = process.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
