//! A small HTTPS client that trusts one certificate, keeps its connections, and hides nothing of what it receives.
//!
//! A client is a principal: whoever it is (`server.admin()`, `server.bearer(token)`, …) goes with every request. Each
//! request is sent exactly as asked for: no redirects, no cookies of its own, no retries of what may have arrived.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request,
    client::conn::http1::{self, SendRequest},
    header::{HOST, HeaderName, HeaderValue},
};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::fail;

pub use hyper::{HeaderMap, Method};

/// Why there is no answer.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The longest that one request may take, on the slowest machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server as its clients see it: an address, a certificate, and the connections that wait for the next request.
#[derive(Debug)]
pub(crate) struct Target {
    address: Mutex<SocketAddr>,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
    tls: TlsSettings,
}

struct TlsSettings(Arc<ClientConfig>);

impl std::fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsSettings")
    }
}

impl Target {
    pub(crate) fn new(address: SocketAddr, certificate: &Path) -> Self {
        Self {
            address: Mutex::new(address),
            idle: Mutex::default(),
            tls: TlsSettings(Arc::new(trusting(certificate))),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        *lock(&self.address)
    }

    pub(crate) fn move_to(&self, address: SocketAddr) {
        *lock(&self.address) = address;
        self.forget_connections();
    }

    pub(crate) fn forget_connections(&self) {
        lock(&self.idle).clear();
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, Error> {
        let kept = lock(&self.idle).pop();
        let mut connection = match kept {
            Some(connection) if !connection.is_closed() => connection,
            _ => self.connect().await?,
        };
        // Ended by the server since: nothing was sent yet, so another one may be taken.
        if connection.ready().await.is_err() {
            connection = self.connect().await?;
        }
        let answer = connection.send_request(request).await?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        if !connection.is_closed() {
            lock(&self.idle).push(connection);
        }
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8_lossy(&body).into_owned(),
            body,
        })
    }

    async fn open(&self) -> Result<TlsStream<TcpStream>, Error> {
        let address = self.address();
        let stream = TcpStream::connect(address).await?;
        let tls = TlsConnector::from(Arc::clone(&self.tls.0));
        Ok(tls.connect(ServerName::from(address.ip()), stream).await?)
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Error> {
        let stream = self.open().await?;
        let (connection, driver) = http1::handshake(TokioIo::new(stream)).await?;
        // Its errors are those of the requests that it carries.
        tokio::spawn(async move { drop(driver.await) });
        Ok(connection)
    }
}

/// Whoever sends requests.
#[derive(Debug, Clone)]
pub struct Client {
    target: Arc<Target>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Client {
    pub(crate) fn new(target: Arc<Target>) -> Self {
        Self {
            target,
            headers: Vec::new(),
        }
    }

    /// The same client with one more header in every request. A header may be added twice.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(header(name, value));
        self
    }

    /// The same client with this value of `Authorization`.
    #[must_use]
    pub fn authorization(self, value: &str) -> Self {
        self.header("authorization", value)
    }

    /// The same client with a user name and a password.
    #[must_use]
    pub fn basic(self, user: &str, password: &str) -> Self {
        let encoded = STANDARD.encode(format!("{user}:{password}"));
        self.authorization(&format!("Basic {encoded}"))
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    /// POST of a form.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send_form(Method::POST, path, form).await
    }

    /// DELETE, with a form in its body unless it is empty.
    pub async fn delete(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send_form(Method::DELETE, path, form).await
    }

    /// Any method with a form.
    pub async fn send_form(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Answer {
        let body = encode(form);
        let headers: &[_] = if form.is_empty() {
            &[]
        } else {
            &[("content-type", "application/x-www-form-urlencoded")]
        };
        self.send(method, path, headers, body).await
    }

    /// Any method with JSON in its body, labelled as such.
    pub async fn send_json(&self, method: Method, path: &str, body: &serde_json::Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send(method, path, &headers, body.to_string()).await
    }

    /// Any request. Fails the test when there is no answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let what = format!("{method} {path}");
        let answered = self.try_send(method, path, headers, body).await;
        answered.unwrap_or_else(|error| fail(&format!("{what}: {error}")))
    }

    /// Any request; an error when there is no connection, or it ended before the whole answer.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer, Error> {
        let request = self.request(method, path, headers, body.into());
        let answer = tokio::time::timeout(PATIENCE, self.target.send(request)).await;
        answer.unwrap_or_else(|_| fail(&format!("no answer in {PATIENCE:?}: {path}")))
    }

    /// Sends these bytes, whatever they are, on a TLS connection of their own, ends it, and gives back all that came.
    pub async fn send_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let exchange = async {
            let mut stream = self.target.open().await?;
            let mut received = Vec::new();
            stream.write_all(bytes).await?;
            stream.shutdown().await?;
            // However the server ends it.
            let _ = stream.read_to_end(&mut received).await;
            Ok::<_, Error>(received)
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(Ok(received)) => received,
            Ok(Err(error)) => fail(&format!("cannot send: {error}")),
            Err(_) => fail(&format!("no end in {PATIENCE:?}")),
        }
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Request<Full<Bytes>> {
        let built = Request::builder()
            .method(method)
            .uri(path)
            .body(Full::new(body));
        let mut request = built.unwrap_or_else(|error| fail(&format!("{path}: {error}")));
        let own = self.headers.iter().cloned();
        let all = own.chain(headers.iter().map(|(name, value)| header(name, value)));
        all.for_each(|(name, value)| {
            request.headers_mut().append(name, value);
        });
        if !request.headers().contains_key(HOST) {
            let (name, value) = header("host", &self.target.address().to_string());
            request.headers_mut().insert(name, value);
        }
        request
    }
}

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text; what is not UTF-8 is replaced.
    pub text: String,
    /// The body as it came.
    pub body: Bytes,
}

impl Answer {
    /// A header's value; fails when there are several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        if values.next().is_some() {
            fail(&format!("several headers {name}: {:?}", self.headers));
        }
        value.to_str().ok()
    }

    /// The body as JSON. Fails when it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let read = serde_json::from_slice(&self.body);
        read.unwrap_or_else(|error| fail(&format!("no JSON ({error}): {self:?}")))
    }

    /// The text of the first message of a JSON answer; empty when there is none.
    #[must_use]
    pub fn message(&self) -> String {
        let json = self.json();
        let text = json
            .pointer("/messages/0/text")
            .and_then(serde_json::Value::as_str);
        text.unwrap_or_default().to_owned()
    }

    /// Itself, if it has this status; fails otherwise and shows the answer.
    #[must_use]
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        if self.status != status {
            fail(&format!(
                "{} instead of {status}: {}",
                self.status, self.text
            ));
        }
        self
    }
}

/// A form as it is sent.
#[must_use]
pub fn encode(form: &[(&str, &str)]) -> String {
    let mut serializer = form_urlencoded::Serializer::new(String::new());
    serializer.extend_pairs(form);
    serializer.finish()
}

fn header(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    let read = || Some((name.parse().ok()?, value.parse().ok()?));
    read().unwrap_or_else(|| fail(&format!("not a header: {name}: {value}")))
}

/// Trusts this one certificate, and checks all the rest as any client does.
fn trusting(certificate: &Path) -> ClientConfig {
    let read = || -> Result<ClientConfig, Error> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificate)?)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        Ok(ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth())
    };
    read().unwrap_or_else(|error| fail(&format!("{}: {error}", certificate.display())))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
