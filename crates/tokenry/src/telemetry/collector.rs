//! The way to the collector: plain HTTP/1.1, one connection for each batch, on the thread that sends traces and does
//! nothing else. So it may wait, which a client for many requests must not.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpStream, ToSocketAddrs as _},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};

/// The longest that connecting, sending and waiting for a part of the answer may take, each.
const PATIENCE: Duration = Duration::from_secs(5);

/// The port of OTLP over HTTP.
const PORT: u16 = 4318;

/// As much of an answer as is read.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// Sends batches to the collector that is named in each.
#[derive(Debug, Default)]
pub(super) struct Collector {
    /// Whether the last batch did not arrive, so that only the first of several failures is told.
    is_failing: AtomicBool,
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = send(&request);
        let problem = match &sent {
            Ok(status) if (200..300).contains(status) => None,
            Ok(status) => Some(format!("it answered {status}")),
            Err(error) => Some(error.to_string()),
        };
        let was_failing = self.is_failing.swap(problem.is_some(), Ordering::Relaxed);
        match problem {
            Some(why) if !was_failing => {
                tracing::warn!(collector = %request.uri(), why, "the collector does not take traces; they are lost");
            }
            None if was_failing => tracing::info!("the collector takes traces again"),
            _ => {}
        }
        Ok(Response::builder().status(sent?).body(Bytes::new())?)
    }
}

/// Sends one request, and gives back the status of the answer.
fn send(request: &Request<Bytes>) -> io::Result<u16> {
    let uri = request.uri();
    let wrong = |what| io::Error::new(io::ErrorKind::InvalidInput, what);
    let authority = uri.authority().ok_or_else(|| wrong("no host"))?;
    let host = authority.host().trim_matches(['[', ']']);
    let mut stream = connect(host, authority.port_u16().unwrap_or(PORT))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let length = request.body().len();
    let mut head = format!(
        "{} {} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\ncontent-length: {length}\r\n",
        request.method(),
        uri.path(),
    )
    .into_bytes();
    for (name, value) in request.headers() {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    stream.write_all(&head)?;
    stream.write_all(request.body())?;
    let mut answer = Vec::new();
    let read = stream.take(LONGEST_ANSWER).read_to_end(&mut answer);
    status(&answer).ok_or_else(|| {
        read.err()
            .unwrap_or_else(|| wrong("what answers is no HTTP"))
    })
}

fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// The status in the first line of an answer.
fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let rest = line.strip_prefix("HTTP/1.")?;
    let (_minor, rest) = rest.split_once(' ')?;
    rest.get(..3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_status_is_in_the_first_line() {
        for (answer, expected) in [
            ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Some(200)),
            ("HTTP/1.0 503\r\n\r\n", Some(503)),
            ("HTTP/2 200\r\n", None),
            ("SSH-2.0-OpenSSH\r\n", None),
            ("HTTP/1.1 2", None),
            ("", None),
        ] {
            assert_eq!(status(answer.as_bytes()), expected, "{answer}");
        }
    }

    #[test]
    fn a_request_arrives_whole_and_what_is_no_answer_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let collector = std::thread::spawn(move || {
            ["HTTP/1.1 429 Slow down\r\n\r\n", "rubbish"].map(|answer| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut got = vec![0; 4096];
                let mut length = 0;
                while !got[..length].ends_with(b"batch") {
                    length += stream.read(&mut got[length..]).unwrap();
                }
                stream.write_all(answer.as_bytes()).unwrap();
                String::from_utf8(got[..length].to_vec()).unwrap()
            })
        });
        let request = Request::post(&url).header("content-type", "application/x-protobuf");
        let request = request.body(Bytes::from_static(b"batch")).unwrap();
        assert_eq!(send(&request).unwrap(), 429);
        assert!(send(&request).is_err());
        let [first, _] = collector.join().unwrap();
        assert!(
            first.starts_with("POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1:"),
            "{first}"
        );
        assert!(
            first.ends_with(
                "content-length: 5\r\ncontent-type: application/x-protobuf\r\n\r\nbatch"
            ),
            "{first}"
        );
    }
}
