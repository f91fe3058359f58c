//! The listener over real sockets. Every wait is bounded; times are short, sizes small.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{BodyError, Limits, Peer, RequestId, RequestIds, read_body, serve};

const PATIENCE: Duration = Duration::from_secs(5);

/// A running listener; dropped, it stops.
struct Served {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    done: JoinHandle<io::Result<()>>,
}

impl Served {
    async fn with(tls: Option<Arc<ServerConfig>>, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let ids = RequestIds::starting_at(7);
        let done = tokio::spawn(serve(listener.into(), tls, app(), limits, ids, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop: Some(stop),
            done,
        }
    }

    async fn plain(limits: Limits) -> Self {
        Self::with(None, limits).await
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends `request` on a connection of its own and gives back all that comes before the other side closes.
    async fn exchange(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        everything(&mut stream).await
    }

    fn stop(&mut self) {
        drop(self.stop.take());
    }

    async fn stopped(self) {
        bounded(self.done).await.unwrap().unwrap();
    }
}

fn app() -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/peer", get(peer))
        .route("/echo", any(echo))
        .route(
            "/slow",
            get(|| tokio::time::sleep(Duration::from_millis(300))),
        )
        .route("/never", any(never))
        .route("/panic", get(panics))
        .route(
            "/cached",
            get(|| async { ([("cache-control", "max-age=60")], "ok") }),
        )
}

async fn peer(request: Request) -> String {
    let peer = request.extensions().get::<Peer>().unwrap();
    let Peer::Tcp(peer) = peer else {
        panic!("not over TCP");
    };
    let id = request.extensions().get::<RequestId>().unwrap();
    format!("{peer} {id}")
}

async fn echo(request: Request) -> axum::response::Response {
    match read_body(request.into_body(), 1 << 20).await {
        Ok(body) => Body::from(body).into_response(),
        Err(BodyError::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(BodyError::Broken) => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn never(request: Request) {
    let _ = request.into_body().collect().await;
    std::future::pending::<()>().await;
}

async fn panics() {
    panic!("the secret is 1234");
}

async fn bounded<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it takes too long")
}

async fn everything(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    // A reset at the end is no loss of what was read before.
    let _ = bounded(stream.read_to_end(&mut bytes)).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads until the end of the first answer with a body of `length` bytes.
async fn one_answer(stream: &mut (impl AsyncRead + Unpin), body: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(body.as_bytes()) {
        assert_ne!(bounded(stream.read_buf(&mut bytes)).await.unwrap(), 0);
    }
    String::from_utf8(bytes).unwrap()
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[tokio::test]
async fn answers_with_id_peer_and_safe_headers() {
    let served = Served::plain(Limits::default()).await;
    let mut stream = served.connect().await;
    let me = stream.local_addr().unwrap();
    let request =
        "GET /peer HTTP/1.1\r\nhost: x\r\nx-request-id: forged\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = everything(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("x-request-id: 0000000000000007\r\n"));
    assert!(answer.contains("cache-control: no-store\r\n"));
    assert!(answer.contains("x-content-type-options: nosniff\r\n"));
    assert!(answer.ends_with(&format!("{me} 0000000000000007")));
}

#[tokio::test]
async fn leaves_the_headers_of_a_face_alone() {
    let served = Served::plain(Limits::default()).await;
    let answer = served
        .exchange("GET /cached HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await;
    assert!(answer.contains("cache-control: max-age=60\r\n"), "{answer}");
    assert!(!answer.contains("no-store"));
}

#[tokio::test]
async fn cuts_a_client_that_sends_its_head_slowly() {
    let served = Served::plain(Limits {
        header_timeout: millis(200),
        ..Limits::default()
    })
    .await;
    for beginning in ["", "P", "GET / HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let mut stream = served.connect().await;
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let began = Instant::now();
        assert_eq!(everything(&mut stream).await, "");
        assert!(began.elapsed() < millis(1500), "{beginning:?}");
    }
}

#[tokio::test]
async fn cuts_a_slow_head_after_a_first_request_sooner_than_an_idle_connection() {
    let served = Served::plain(Limits {
        header_timeout: millis(200),
        idle_timeout: millis(800),
        ..Limits::default()
    })
    .await;
    let hello = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let (mut slow, mut idle) = (served.connect().await, served.connect().await);
    for stream in [&mut slow, &mut idle] {
        stream.write_all(hello.as_bytes()).await.unwrap();
        one_answer(stream, "hello").await;
    }
    let began = Instant::now();
    slow.write_all(b"GET / HT").await.unwrap();
    everything(&mut slow).await;
    assert!(began.elapsed() < millis(700), "{:?}", began.elapsed());
    everything(&mut idle).await;
    assert!(began.elapsed() > millis(600), "{:?}", began.elapsed());
}

#[tokio::test]
async fn refuses_heads_that_are_too_large_or_too_many() {
    let served = Served::plain(Limits {
        max_header_bytes: 8192,
        max_headers: 20,
        ..Limits::default()
    })
    .await;
    let large = format!(
        "GET / HTTP/1.1\r\nhost: x\r\na: {}\r\n\r\n",
        "x".repeat(200_000)
    );
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(21));
    for request in [large, many] {
        let answer = served.exchange(&request).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}

#[tokio::test]
async fn refuses_a_large_body_while_the_client_is_still_sending() {
    let served = Served::plain(Limits::default()).await;
    let size = 10_000_000;
    let mut stream = served.connect().await;
    let head = format!("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: {size}\r\n\r\n");
    let began = Instant::now();
    stream.write_all(head.as_bytes()).await.unwrap();
    bounded(stream.write_all(&vec![b'x'; size])).await.unwrap();
    let answer = everything(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert!(began.elapsed() < millis(1500));
}

#[tokio::test]
async fn refuses_a_large_body_of_unannounced_length() {
    let served = Served::plain(Limits {
        max_body_bytes: 1000,
        ..Limits::default()
    })
    .await;
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    let answer = served
        .exchange(&format!("{head}{}0\r\n\r\n", chunk.repeat(50)))
        .await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn does_not_invite_a_body_it_will_refuse() {
    let served = Served::plain(Limits::default()).await;
    let answer = served
        .exchange(
            "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\nexpect: 100-continue\r\n\r\n",
        )
        .await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(!answer.contains("100 Continue"), "{answer}");
}

#[tokio::test]
async fn keeps_the_connection_after_a_small_body_nobody_read() {
    let served = Served::plain(Limits::default()).await;
    let mut stream = served.connect().await;
    let unread = "POST /missing HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n12345";
    let hello = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(unread.as_bytes()).await.unwrap();
    one_answer(&mut stream, "\r\n\r\n").await;
    stream.write_all(hello.as_bytes()).await.unwrap();
    one_answer(&mut stream, "hello").await;
}

#[tokio::test]
async fn bounds_the_time_of_a_request() {
    let served = Served::plain(Limits {
        request_timeout: millis(100),
        ..Limits::default()
    })
    .await;
    let answer = served
        .exchange("GET /never HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let answer = served
        .exchange("POST /never HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n12")
        .await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn turns_a_panic_into_500_and_tells_nothing() {
    let served = Served::plain(Limits::default()).await;
    let answer = served
        .exchange("GET /panic HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    assert!(answer.ends_with("Internal error"));
}

#[tokio::test]
async fn stops_after_the_running_request_and_at_once_when_idle() {
    let mut served = Served::plain(Limits::default()).await;
    let mut idle = served.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    one_answer(&mut idle, "hello").await;
    let mut busy = served.connect().await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    tokio::time::sleep(millis(100)).await;
    served.stop();
    assert_eq!(everything(&mut idle).await, "");
    assert!(TcpStream::connect(served.address).await.is_err());
    let answer = everything(&mut busy).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    served.stopped().await;
}

#[tokio::test]
async fn cuts_what_outlives_the_grace_period() {
    let mut served = Served::plain(Limits {
        grace_period: millis(100),
        ..Limits::default()
    })
    .await;
    let mut busy = served.connect().await;
    busy.write_all(b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    tokio::time::sleep(millis(50)).await;
    served.stop();
    served.stopped().await;
    assert_eq!(everything(&mut busy).await, "");
}

#[tokio::test]
async fn lets_connections_beyond_the_cap_wait_their_turn() {
    let served = Served::plain(Limits {
        max_connections: 1,
        ..Limits::default()
    })
    .await;
    let hello = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut first = served.connect().await;
    first.write_all(hello.as_bytes()).await.unwrap();
    one_answer(&mut first, "hello").await;
    let mut second = served.connect().await;
    second.write_all(hello.as_bytes()).await.unwrap();
    let early = tokio::time::timeout(millis(100), second.read_u8()).await;
    assert!(early.is_err(), "served beyond the cap");
    drop(first);
    one_answer(&mut second, "hello").await;
}

#[tokio::test]
async fn closes_on_garbage_and_points_plain_http_to_https() {
    let served = Served::with(Some(tls().0), Limits::default()).await;
    everything(&mut {
        let mut stream = served.connect().await;
        stream.write_all(&[0xff; 100]).await.unwrap();
        stream
    })
    .await;
    let answer = served
        .exchange("GET /?secret HTTP/1.1\r\nhost: x\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.ends_with("use an https:// address"), "{answer}");
    assert!(answer.contains("content-length: 47"));
    assert_eq!(answer.split_once("\r\n\r\n").unwrap().1.len(), 47);
}

#[tokio::test]
async fn cuts_a_client_that_never_begins_its_handshake() {
    let served = Served::with(
        Some(tls().0),
        Limits {
            handshake_timeout: millis(100),
            ..Limits::default()
        },
    )
    .await;
    for beginning in [&[][..], &[0x16, 3][..]] {
        let mut stream = served.connect().await;
        stream.write_all(beginning).await.unwrap();
        assert_eq!(everything(&mut stream).await, "");
    }
}

#[tokio::test]
async fn speaks_http2_over_tls_within_the_same_limits() {
    let (ours, theirs) = tls();
    let served = Served::with(Some(ours), Limits::default()).await;
    let mut client = http2(&served, theirs).await;
    let request = |path: &str, header: usize, body: usize| {
        Request::post(format!("https://localhost{path}"))
            .header("x-large", "x".repeat(header))
            .body(Full::from(vec![b'x'; body]))
            .unwrap()
    };
    for (path, header, body, status) in [
        ("/echo", 10, 10, 200),
        ("/echo", 40_000, 10, 431),
        ("/echo", 10, 10_000_000, 413),
        ("/missing", 10, 10_000_000, 404),
        ("/echo", 10, 1_000_000, 200),
    ] {
        let answer = bounded(client.send_request(request(path, header, body))).await;
        assert_eq!(answer.unwrap().status(), status, "{path} {header} {body}");
    }
}

async fn http2(
    served: &Served,
    config: Arc<ClientConfig>,
) -> hyper::client::conn::http2::SendRequest<Full<bytes::Bytes>> {
    let name = ServerName::try_from("localhost").unwrap();
    let connecting = tokio_rustls::TlsConnector::from(config).connect(name, served.connect().await);
    let stream = connecting.await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let io = TokioIo::new(stream);
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), io);
    let (client, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    client
}

fn tls() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let mut client = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    client.alpn_protocols = vec![b"h2".to_vec()];
    (Arc::new(server), Arc::new(client))
}
