//! One request over a connection of its own, byte for byte as written, and the answer to it.
//!
//! Many probes are malformed on purpose, so nothing here looks at what is sent. What comes back is read leniently: it is
//! the proxy's, and its manners are not what is tested.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use rustls_pki_types::ServerName;

use super::echo::{MARK, Received};

/// How long one probe may take. Some proxies wait 30 seconds for what does not come; that is told as such.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long `100 Continue` is waited for before the body is sent without (RFC 9110 10.1.1).
const CONTINUE: Duration = Duration::from_secs(1);

/// The most that is read of an answer.
const LONGEST: usize = 1024 * 1024;

/// Where the proxy is.
#[derive(Clone)]
pub(super) struct Proxy {
    /// The host, to connect to.
    pub(super) host: String,
    /// The port.
    pub(super) port: u16,
    /// TLS, where the URL is https.
    pub(super) tls: Option<TlsConnector>,
}

/// What is sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    /// From the first line to the empty one, and the body too where it is not held back.
    pub(super) bytes: Vec<u8>,
    /// The body that waits for `100 Continue`.
    pub(super) held_back: Option<Vec<u8>>,
    /// Whether the method is HEAD: then the answer has no body.
    pub(super) is_head: bool,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// An answer.
    Answer(Answer),
    /// The connection was closed without one.
    Closed,
    /// Nothing, for as long as is waited.
    Silence,
    /// There was no connection, or it broke.
    Broken(String),
}

/// An answer.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// Names in lower case, and values.
    pub(super) headers: Vec<(String, String)>,
    /// The body.
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// All values of a header.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let fits = move |(n, v): &'a (String, String)| (n == name).then_some(v.as_str());
        self.headers.iter().filter_map(fits)
    }

    /// Whether the echo gave it.
    pub(super) fn is_echo(&self) -> bool {
        self.values(MARK.as_str()).next().is_some()
    }

    /// What the echo received, if it was the echo.
    pub(super) fn received(&self) -> Option<Received> {
        let echo = self.is_echo().then_some(&self.body)?;
        serde_json::from_slice(echo).ok()
    }
}

/// Sends, and reads.
pub(super) async fn exchange(proxy: &Proxy, sent: &Sent) -> Outcome {
    let exchange = async {
        let stream = TcpStream::connect((proxy.host.as_str(), proxy.port)).await?;
        stream.set_nodelay(true)?;
        match &proxy.tls {
            None => over(stream, sent).await,
            Some(tls) => {
                let name = ServerName::try_from(proxy.host.clone()).map_err(io::Error::other)?;
                over(tls.connect(name, stream).await?, sent).await
            }
        }
    };
    match timeout(PATIENCE, exchange).await {
        Ok(Ok(Some(answer))) => Outcome::Answer(answer),
        Ok(Ok(None)) => Outcome::Closed,
        Ok(Err(error)) if is_end(&error) => Outcome::Closed,
        Ok(Err(error)) => Outcome::Broken(error.to_string()),
        Err(_) => Outcome::Silence,
    }
}

fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionReset | UnexpectedEof)
}

async fn over<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    sent: &Sent,
) -> io::Result<Option<Answer>> {
    // A proxy may answer and close before it has read everything: what it answered is still to be read.
    let written = stream.write_all(&sent.bytes).await;
    if written.is_ok() {
        stream.flush().await?;
    }
    let mut reader = Reader {
        stream,
        buffer: Vec::new(),
    };
    let mut held_back = sent.held_back.as_deref();
    loop {
        let head = if let Some(body) = held_back {
            let Ok(head) = timeout(CONTINUE, reader.head()).await else {
                reader.send(body).await?;
                held_back = None;
                continue;
            };
            head?
        } else {
            reader.head().await?
        };
        let Some(head) = head else {
            return written.map(|()| None);
        };
        match head.status {
            100 => {
                if let Some(body) = held_back.take() {
                    reader.send(body).await?;
                }
            }
            // The connection is no longer HTTP; there is nothing more to read.
            101 => return Ok(Some(head)),
            102..=199 => {}
            _ if sent.is_head || matches!(head.status, 204 | 304) => return Ok(Some(head)),
            _ => {
                let body = reader.body(&head).await?;
                return Ok(Some(Answer { body, ..head }));
            }
        }
    }
}

struct Reader<S> {
    stream: S,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Reader<S> {
    async fn send(&mut self, body: &[u8]) -> io::Result<()> {
        self.stream.write_all(body).await?;
        self.stream.flush().await
    }

    /// The next head; none where the connection ends before one.
    async fn head(&mut self) -> io::Result<Option<Answer>> {
        loop {
            if let Some((answer, length)) = parsed(&self.buffer)? {
                self.buffer.drain(..length);
                return Ok(Some(answer));
            }
            if !self.more().await? {
                return Ok(None);
            }
        }
    }

    async fn body(&mut self, head: &Answer) -> io::Result<Vec<u8>> {
        let mut codings = head.values("transfer-encoding");
        if codings.any(|value| value.to_ascii_lowercase().contains("chunked")) {
            return self.chunks().await;
        }
        let length = head.values("content-length").next();
        if let Some(length) = length.and_then(|text| text.parse::<usize>().ok()) {
            return self.take(length).await;
        }
        while self.more().await? {}
        Ok(std::mem::take(&mut self.buffer))
    }

    async fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line().await?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
            if size == 0 {
                return Ok(body);
            }
            body.extend(self.take(size).await?);
            self.line().await?;
        }
    }

    async fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            self.need().await?;
        }
    }

    async fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.need().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn need(&mut self) -> io::Result<()> {
        if self.more().await? {
            return Ok(());
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    }

    async fn more(&mut self) -> io::Result<bool> {
        if self.buffer.len() > LONGEST {
            return Err(io::Error::other("the answer is longer than 1 MB"));
        }
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }
}

/// The head at the beginning of what was read, and how long it is.
fn parsed(buffer: &[u8]) -> io::Result<Option<(Answer, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut head = httparse::Response::new(&mut headers);
    match head.parse(buffer).map_err(io::Error::other)? {
        httparse::Status::Partial => Ok(None),
        httparse::Status::Complete(length) => {
            let pair = |header: &httparse::Header<'_>| {
                let value = String::from_utf8_lossy(header.value).into_owned();
                (header.name.to_ascii_lowercase(), value)
            };
            let answer = Answer {
                status: head.code.unwrap_or_default(),
                headers: head.headers.iter().map(pair).collect(),
                body: Vec::new(),
            };
            Ok(Some((answer, length)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(answer: &[u8], sent: &Sent) -> Option<Answer> {
        let (mine, mut theirs) = tokio::io::duplex(64 * 1024);
        theirs.write_all(answer).await.unwrap();
        theirs.shutdown().await.unwrap();
        over(mine, sent).await.unwrap()
    }

    fn get() -> Sent {
        Sent {
            bytes: b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            held_back: None,
            is_head: false,
        }
    }

    #[tokio::test]
    async fn bodies_are_read_by_length_by_chunks_and_to_the_end() {
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellomore",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
            "HTTP/1.0 200 OK\r\n\r\nhello",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        ] {
            let read = read(answer.as_bytes(), &get()).await.unwrap();
            assert_eq!(
                (read.status, read.body),
                (200, b"hello".to_vec()),
                "{answer}"
            );
        }
    }

    #[tokio::test]
    async fn an_answer_to_head_has_no_body_and_an_end_is_no_answer() {
        let head = Sent {
            is_head: true,
            ..get()
        };
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(read(answer, &head).await.unwrap().body, b"");
        assert!(read(b"", &get()).await.is_none());
    }
}
