//! `tokenry doctor echo`: an API that answers every request with what it received. It shows a credential only as present,
//! with its scheme, and logs nothing: it stands behind a proxy that people may already use.

use anyhow::{Context as _, ensure};
use aws_lc_rs::digest;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, COOKIE, PROXY_AUTHORIZATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};
use tokenry_http::listener::{self, Handler, Limits, Peer, RequestId, RequestIds, read_body};
use tokio::net::TcpListener;

use crate::cli::DoctorEcho;
use crate::output::{self, Hinted};
use crate::signals::StopSignals;

/// The header that marks its answers. Not of the prefix that proxies strip.
pub(super) const MARK: HeaderName = HeaderName::from_static("tokenry-doctor-echo");

/// The longest body that is read.
const LONGEST: usize = 1024 * 1024;

/// What arrived.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Received {
    /// The method.
    pub(super) method: String,
    /// The request target, as it stood in the first line.
    pub(super) target: String,
    /// Names in lower case, and values, in the order in which they came.
    pub(super) headers: Vec<(String, String)>,
    /// The body.
    pub(super) body: ReceivedBody,
}

/// What arrived of a body.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReceivedBody {
    /// How many bytes.
    pub(super) bytes: usize,
    /// The SHA-256 of them, in hexadecimal.
    pub(super) sha256: String,
}

impl ReceivedBody {
    pub(super) fn of(bytes: &[u8]) -> Self {
        use std::fmt::Write as _;
        let mut sha256 = String::with_capacity(64);
        for byte in digest::digest(&digest::SHA256, bytes).as_ref() {
            // Writing to a string cannot fail.
            let _ = write!(sha256, "{byte:02x}");
        }
        Self {
            bytes: bytes.len(),
            sha256,
        }
    }
}

/// Serves until the order to stop.
pub(super) async fn run(args: &DoctorEcho) -> anyhow::Result<()> {
    if !args.listen.ip().is_loopback() && !args.allow_beyond_loopback {
        let why = format!("{} is not an address of this machine alone", args.listen);
        let hint = "it shows everything that reaches it; if others may see that, add --allow-beyond-loopback";
        return Err(Hinted::new(why, hint).into());
    }
    let mut stop = StopSignals::listen()?;
    let socket = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    let address = socket.local_addr()?;
    ensure!(address.port() != 0, "the system gave no port");
    output::data(&format!("echo http://{address}"))?;
    // Its answers carry no request id, so nothing is to be told apart by one.
    let ids = RequestIds::starting_at(0);
    listener::serve(
        socket.into(),
        None,
        Echo,
        Limits::default(),
        ids,
        stop.next(),
    )
    .await?;
    Ok(())
}

struct Echo;

impl Handler for Echo {
    const IS_LOGGED: bool = false;

    async fn answer(&self, request: Request<Body>, _: Peer, _: RequestId) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let Ok(body) = read_body(body, LONGEST).await else {
            return answer(StatusCode::BAD_REQUEST, "{}".to_owned());
        };
        let received = Received {
            method: parts.method.to_string(),
            target: parts.uri.to_string(),
            headers: shown(&parts.headers),
            body: ReceivedBody::of(&body),
        };
        match serde_json::to_string(&received) {
            Ok(text) => answer(StatusCode::OK, text),
            Err(_) => answer(StatusCode::INTERNAL_SERVER_ERROR, "{}".to_owned()),
        }
    }
}

fn answer(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(MARK, HeaderValue::from_static("1"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    let pair = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        let value = match *name {
            AUTHORIZATION | PROXY_AUTHORIZATION => {
                let scheme = value.split_ascii_whitespace().next().unwrap_or_default();
                format!("present: {}", scheme_only(scheme))
            }
            COOKIE => "present".to_owned(),
            _ => value.into_owned(),
        };
        (name.as_str().to_owned(), value)
    };
    headers.iter().map(pair).collect()
}

/// The scheme, where the first word looks like one; a credential without a scheme is not shown.
fn scheme_only(word: &str) -> &str {
    let is_scheme = word.len() <= 12 && word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    if is_scheme { word } else { "?" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_shown_as_present_only() {
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer abc.def"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("token-0123456789"));
        headers.append(COOKIE, HeaderValue::from_static("session=abc"));
        headers.append("x-other", HeaderValue::from_static("abc"));
        let pairs = shown(&headers);
        let values: Vec<&str> = pairs.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["present: Bearer", "present: ?", "present", "abc"]);
    }

    #[test]
    fn a_body_is_told_by_length_and_digest() {
        let body = ReceivedBody::of(b"abc");
        assert_eq!(body.bytes, 3);
        assert!(body.sha256.starts_with("ba7816bf"), "{}", body.sha256);
    }
}
