//! The front end for Apache: the role `AUTHORIZER` of FastCGI, which `mod_authnz_fcgi` speaks (spec/data-plane.md 2.5).
//! It has a socket of its own, as it is not HTTP.
//!
//! Who passes is told in variables, which Apache makes variables of its request: `X-Tokenry-User-Id` of the other front
//! ends is `TOKENRY_USER_ID` here. A denial goes to the client as it is.
//!
//! The client is always `REMOTE_ADDR`: Apache says there who it is, also where `mod_remoteip` has found it out. So the
//! `client_ip` of a caller means nothing here.

mod params;
mod record;
#[cfg(test)]
mod tests;

use std::{fmt::Write as _, io, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{HeaderName, Response, StatusCode},
};
use http_body_util::BodyExt as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    sync::watch,
};

use self::{
    params::{Arriving, Params},
    record::Record,
};
use super::{
    Gate, bearer,
    callers::{self, Caller},
    decision::Question,
    identity::PREFIX,
    meters::DoorName,
};
use crate::listener::{self, Limits, Peer, RequestIds, Socket};

/// The role of one who decides whether a request may pass.
const AUTHORIZER: u16 = 2;

/// The flag of `BEGIN_REQUEST` that keeps the connection.
const KEEP: u8 = 1;

/// How a request ended (FastCGI 5.5).
const COMPLETE: u8 = 0;
const ONE_AT_A_TIME: u8 = 1;
const UNKNOWN_ROLE: u8 = 3;

/// How long, and how much, is read and forgotten after the last answer, so that it arrives.
const FAREWELL: Duration = Duration::from_secs(1);
const MOST_FORGOTTEN: u64 = 128 * 1024;

/// Serves the gate on this socket until `shutdown` resolves.
///
/// # Errors
///
/// As [`listener::serve`].
pub async fn serve(
    socket: Socket,
    gate: Arc<Gate>,
    limits: Limits,
    ids: RequestIds,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let of_connections = limits.clone();
    let run = move |mut stream, peer, stopping| {
        let limits = of_connections.clone();
        let desk = Desk {
            gate: Arc::clone(&gate),
            peer,
            ids: ids.clone(),
            patience: limits.request_timeout,
        };
        async move {
            if let Err(error) = converse(&mut stream, &limits, stopping, &desk).await {
                tracing::info!(?peer, %error, "a connection of FastCGI ended badly");
            }
        }
    };
    listener::serve_streams(socket, &limits, run, shutdown).await
}

/// Answers requests, once their parameters are there; or what is wrong with these.
trait Authorizer: Sync {
    fn authorize(
        &self,
        params: Result<Params, &'static str>,
    ) -> impl Future<Output = Response<Body>> + Send;
}

/// The gate, as one connection sees it.
struct Desk {
    gate: Arc<Gate>,
    peer: Peer,
    ids: RequestIds,
    /// How long an answer may take.
    patience: Duration,
}

impl Authorizer for Desk {
    async fn authorize(&self, params: Result<Params, &'static str>) -> Response<Body> {
        let (door, gate) = (DoorName::FastCgi, &self.gate);
        let params = match params {
            Ok(params) => params,
            Err(why) => return gate.unreadable(door, why),
        };
        let Some(caller) = Caller::find(&gate.settings.callers, self.peer, params.headers()) else {
            return gate.unknown(door, self.peer);
        };
        let question = Question {
            door,
            caller,
            peer: callers::address(self.peer),
            client: params.client(),
            bearer: bearer::presented(params.headers()),
            route: params.route(),
            id: self.ids.next(),
            traceparent: gate.traceparent(params.headers()),
        };
        gate.answer_within(self.patience, question).await
    }
}

/// A request that is arriving.
struct Asking {
    id: u16,
    keep: bool,
    params: Arriving,
}

/// Reads requests and answers them, one after the other, until one side has enough.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    limits: &Limits,
    mut stopping: watch::Receiver<bool>,
    authorizer: &impl Authorizer,
) -> io::Result<()> {
    let mut asking: Option<Asking> = None;
    let mut until = tokio::time::Instant::now() + limits.header_timeout;
    loop {
        let next = tokio::time::timeout_at(until, Record::read(stream));
        let record = tokio::select! {
            record = next => record.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??,
            // An error means that the listener is gone: stop as well.
            _ = stopping.wait_for(|stop| *stop), if asking.is_none() => return Ok(()),
        };
        let Some(record) = record else {
            return Ok(());
        };
        let mut reply = Vec::new();
        let mut over = None;
        match (record.kind, &mut asking) {
            (record::BEGIN_REQUEST, None) => match begun(&record)? {
                Ok(begun) => {
                    asking = Some(begun);
                    until = tokio::time::Instant::now() + limits.header_timeout;
                }
                Err(keep) => {
                    end(record.id, UNKNOWN_ROLE, &mut reply);
                    over = Some(keep);
                }
            },
            (record::BEGIN_REQUEST, Some(_)) => end(record.id, ONE_AT_A_TIME, &mut reply),
            (record::PARAMS, Some(open)) if open.id == record.id && !record.content.is_empty() => {
                open.params.add(&record.content);
            }
            (record::PARAMS, Some(open)) if open.id == record.id => {
                if let Some(asked) = asking.take() {
                    let answer = authorizer.authorize(asked.params.finish()).await;
                    let text = in_cgi(answer).await;
                    Record::write(record::STDOUT, asked.id, &text, &mut reply);
                    Record::write(record::STDOUT, asked.id, &[], &mut reply);
                    end(asked.id, COMPLETE, &mut reply);
                    over = Some(asked.keep);
                }
            }
            (record::ABORT_REQUEST, Some(open)) if open.id == record.id => {
                end(open.id, COMPLETE, &mut reply);
                over = Some(open.keep);
                asking = None;
            }
            // Of the variables that it could ask for, none says anything about us.
            (record::GET_VALUES, _) if record.id == 0 => {
                Record::write(record::GET_VALUES_RESULT, 0, &[], &mut reply);
            }
            // What belongs to a request that is answered, or to none, says nothing (FastCGI 3.3).
            (record::ABORT_REQUEST | record::PARAMS | record::STDIN | record::DATA, _)
                if record.id != 0 => {}
            (kind, _) => {
                let unknown = [kind, 0, 0, 0, 0, 0, 0, 0];
                Record::write(record::UNKNOWN_TYPE, 0, &unknown, &mut reply);
            }
        }
        stream.write_all(&reply).await?;
        match over {
            None => {}
            Some(true) => until = tokio::time::Instant::now() + limits.idle_timeout,
            Some(false) => return leave(stream).await,
        }
    }
}

/// What a `BEGIN_REQUEST` begins; or, for a role that is not ours, whether to keep the connection.
fn begun(record: &Record) -> io::Result<Result<Asking, bool>> {
    let [high, low, flags, ..] = record.content.as_slice() else {
        return Err(io::Error::other("a request begins without a role"));
    };
    if record.id == 0 {
        return Err(io::Error::other("a request begins without a number"));
    }
    let keep = flags & KEEP != 0;
    if u16::from_be_bytes([*high, *low]) != AUTHORIZER {
        return Ok(Err(keep));
    }
    Ok(Ok(Asking {
        id: record.id,
        keep,
        params: Arriving::default(),
    }))
}

fn end(id: u16, how: u8, reply: &mut Vec<u8>) {
    Record::write(record::END_REQUEST, id, &[0, 0, 0, 0, how, 0, 0, 0], reply);
}

/// Closes so that the last answer arrives: what the other side has still sent would else destroy it.
async fn leave<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> io::Result<()> {
    stream.shutdown().await?;
    let mut rest = stream.take(MOST_FORGOTTEN);
    let mut nowhere = tokio::io::sink();
    let forget = tokio::io::copy(&mut rest, &mut nowhere);
    let _ = tokio::time::timeout(FAREWELL, forget).await;
    Ok(())
}

/// An answer in the manner of CGI: of one who passes, the headers of identity as variables.
async fn in_cgi(answer: Response<Body>) -> Vec<u8> {
    let (parts, body) = answer.into_parts();
    let passes = parts.status == StatusCode::OK;
    let mut text = format!("Status: {}\r\n", parts.status.as_u16());
    for (name, value) in &parts.headers {
        let value = value.to_str().unwrap_or_default();
        let name = match variable(name) {
            Some(variable) if passes => format!("Variable-{variable}"),
            None if !passes => name.as_str().to_owned(),
            _ => continue,
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    if !passes && let Ok(body) = body.collect().await {
        bytes.extend(body.to_bytes());
    }
    bytes
}

/// The name of the variable that a header of identity becomes.
fn variable(name: &HeaderName) -> Option<String> {
    let name = name.as_str();
    let after = name
        .starts_with(PREFIX)
        .then(|| name.strip_prefix("x-"))??;
    Some(after.to_ascii_uppercase().replace('-', "_"))
}
