//! A proxy's way to the gate over gRPC: one call on a connection of its own, over HTTP/2 without TLS.

use std::{net::SocketAddr, time::Duration};

use http_body_util::{BodyExt as _, Full};
use hyper::{Request, body::Bytes, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::fail;

/// The longest that one call may take, on the slowest machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// `grpc-status`, which stands after the message, or with the headers where there is none.
    pub status: String,
    /// The message, without its five bytes of framing; empty where there is none.
    pub message: Vec<u8>,
}

/// Calls a method with this metadata.
pub async fn call(
    address: SocketAddr,
    method: &str,
    metadata: &[(&str, &str)],
    message: &[u8],
) -> Called {
    let call = tokio::time::timeout(PATIENCE, exchange(address, method, metadata, message));
    match call.await {
        Ok(Ok(called)) => called,
        Ok(Err(error)) => fail(&format!("the call failed: {error}")),
        Err(_) => fail("no answer to the call in time"),
    }
}

async fn exchange(
    address: SocketAddr,
    method: &str,
    metadata: &[(&str, &str)],
    message: &[u8],
) -> Result<Called, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let length = u32::try_from(message.len())?.to_be_bytes();
    let framed = [&[0], length.as_slice(), message].concat();
    let mut request = Request::post(format!("http://{address}{method}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for (name, value) in metadata {
        request = request.header(*name, *value);
    }
    let response = sender
        .send_request(request.body(Full::new(Bytes::from(framed)))?)
        .await?;
    let (parts, body) = response.into_parts();
    let collected = body.collect().await?;
    let of_trailers = collected
        .trailers()
        .and_then(|trailers| trailers.get("grpc-status"));
    let status = of_trailers.or_else(|| parts.headers.get("grpc-status"));
    let status = status.ok_or_else(|| format!("no grpc-status, but HTTP {}", parts.status))?;
    let status = status.to_str()?.to_owned();
    let bytes = collected.to_bytes();
    connection.abort();
    Ok(Called {
        status,
        message: bytes.get(5..).unwrap_or_default().to_vec(),
    })
}
