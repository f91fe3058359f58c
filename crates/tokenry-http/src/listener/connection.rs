//! One connection: the PROXY protocol and TLS where they are spoken, then HTTP until the client, the clock or the order to stop ends it.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::activity::Activity;
use super::handler::Handler;
use super::limits::Limits;
use super::linger::Lingering;
use super::peer::Peer;
use super::proxy::{self, Senders};
use super::request_id::RequestIds;
use super::service::{self, Context};
use super::socket::Stream;

/// How long an overdue connection may take to say goodbye (HTTP/2 has a frame for it) before it is dropped.
const FAREWELL: Duration = Duration::from_millis(200);

/// What all connections of a listener share.
pub(super) struct Shared<H> {
    pub(super) limits: Limits,
    pub(super) app: H,
    pub(super) ids: RequestIds,
    senders: Senders,
    tls: Option<TlsAcceptor>,
    http: auto::Builder<TokioExecutor>,
}

impl<H: Handler> Shared<H> {
    pub(super) fn new(
        senders: Senders,
        tls: Option<Arc<ServerConfig>>,
        app: H,
        limits: Limits,
        ids: RequestIds,
    ) -> Self {
        Self {
            senders,
            tls: tls.map(TlsAcceptor::from),
            http: http_builder(&limits),
            limits,
            app,
            ids,
        }
    }
}

/// Serves one connection to its end.
pub(super) async fn run<H: Handler>(
    shared: &Arc<Shared<H>>,
    mut stream: Stream,
    mut peer: Peer,
    mut stopping: watch::Receiver<bool>,
) {
    if !shared.senders.is_empty() {
        let named = tokio::select! {
            named = proxy::read(&mut stream, peer, &shared.senders) => named,
            () = told(&mut stopping) => return,
        };
        match named {
            Ok(named) => peer = named,
            Err(refusal) => {
                return tracing::info!(
                    ?peer,
                    "a connection is closed without an answer: {refusal}"
                );
            }
        }
    }
    let Some(acceptor) = &shared.tls else {
        return drive(shared, stream, peer, stopping).await;
    };
    let handshake =
        tokio::time::timeout(shared.limits.handshake_timeout, handshake(acceptor, stream));
    let outcome = tokio::select! {
        outcome = handshake => outcome,
        () = told(&mut stopping) => return,
    };
    match outcome {
        Ok(Ok(stream)) => drive(shared, stream, peer, stopping).await,
        Ok(Err(error)) => tracing::info!(?peer, %error, "no TLS handshake"),
        Err(_) => tracing::info!(?peer, "no TLS handshake in time"),
    }
}

async fn drive<H, S>(
    shared: &Arc<Shared<H>>,
    stream: S,
    peer: Peer,
    mut stopping: watch::Receiver<bool>,
) where
    H: Handler,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Arc::new(Activity::new(&shared.limits));
    let io = TokioIo::new(Lingering::new(stream, Arc::clone(&activity)));
    let context = Arc::new(Context {
        shared: Arc::clone(shared),
        activity: Arc::clone(&activity),
        peer,
    });
    let service = service_fn(move |request| service::answer(Arc::clone(&context), request));
    let mut connection = pin!(shared.http.serve_connection(io, service));
    let mut leaving = false;
    let outcome = loop {
        tokio::select! {
            outcome = connection.as_mut() => break outcome,
            () = activity.overdue() => {
                tracing::debug!(?peer, "the client is too slow or silent: closing its connection");
                connection.as_mut().graceful_shutdown();
                let ended = tokio::time::timeout(FAREWELL, connection.as_mut()).await;
                break ended.unwrap_or(Ok(()));
            }
            () = told(&mut stopping), if !leaving => {
                leaving = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(?peer, %error, "the connection ended badly");
    }
}

/// Resolves when the listener is to stop.
async fn told(stopping: &mut watch::Receiver<bool>) {
    // An error means that the listener is gone: stop as well.
    let _ = stopping.wait_for(|stop| *stop).await;
}

async fn handshake(acceptor: &TlsAcceptor, mut stream: Stream) -> io::Result<TlsStream<Stream>> {
    let first = stream.first().await?;
    // A TLS record begins with a small number, an HTTP request with the letter of its method.
    if first.is_some_and(|first| first.is_ascii_alphabetic()) {
        point_to_https(&mut stream).await?;
        return Err(io::Error::other("the client speaks plain HTTP"));
    }
    acceptor.accept(stream).await
}

/// Answers a plain HTTP request, whatever it asks, without reading it.
async fn point_to_https(stream: &mut Stream) -> io::Result<()> {
    const ANSWER: &str = "HTTP/1.1 400 Bad Request\r\n\
        content-type: text/plain; charset=utf-8\r\n\
        content-length: 47\r\n\
        connection: close\r\n\r\n\
        This port speaks HTTPS: use an https:// address";
    stream.write_all(ANSWER.as_bytes()).await?;
    stream.shutdown().await?;
    let mut rest = stream.take(64 * 1024);
    let mut nowhere = tokio::io::sink();
    let forget = tokio::io::copy(&mut rest, &mut nowhere);
    // Only so that the answer arrives; see `linger`.
    let _ = tokio::time::timeout(Duration::from_secs(1), forget).await;
    Ok(())
}

fn http_builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    /// hyper panics below it.
    const SMALLEST_BUFFER: usize = 8192;
    /// What hyper takes where nothing is said.
    const DEFAULT_HEADERS: usize = 100;
    let header_bytes = limits.max_header_bytes.max(SMALLEST_BUFFER);
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None) // `Activity` does it, and tells an idle connection from a slow head
        .max_buf_size(header_bytes);
    // Saying the default again makes hyper clear and copy some kilobytes for each request.
    if limits.max_headers != DEFAULT_HEADERS {
        builder.http1().max_headers(limits.max_headers);
    }
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(header_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(limits.max_streams)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}
