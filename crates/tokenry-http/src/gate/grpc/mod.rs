//! The front end for Envoy over gRPC: `envoy.service.auth.v3.Authorization/Check` (spec/data-plane.md 2.6).
//!
//! The decision and its words are those of HTTP, put into a `CheckResponse`: a denial is told as one, 503 included, so
//! that what clients see does not depend on what Envoy makes of errors. Only an unknown caller is an error of gRPC.
//!
//! What describes the request is read from the message alone. The metadata of the call is the proxy's own: its secret
//! is there, and nothing about the client.

mod messages;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Version, header},
};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use tokenry_core::token::address::{ClientAddress, canonical};
use tonic::{Code, Status, server::Grpc};
use tonic_prost::ProstCodec;

use self::messages::{
    AppendAction, AttributeContext, CheckRequest, CheckResponse, DeniedHttpResponse,
    HeaderValueOption, HttpRequest, HttpResponse, HttpStatus, Kind, ListValue, OkHttpResponse,
    Struct, Value,
};
use super::{
    Gate,
    answer::LONGEST_DECISION,
    bearer,
    callers::{self, Caller, ClientIp},
    decision::Question,
    identity::{self, PREFIX},
    meters::DoorName,
    rules::Route,
};
use crate::listener::{Peer, RequestId};

/// What the paths of the service begin with.
pub(super) const SERVICE: &str = "/envoy.service.auth.v3.Authorization/";

/// Its one method.
const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

/// The longest message that is read: headers, and perhaps a body that nobody needs.
const LONGEST: usize = 1024 * 1024;

/// The assertion, which is a credential and so does not belong into metadata, which Envoy writes to its log.
const ASSERTION: &str = "assertion";

/// Answers a call.
pub(super) async fn answer(
    gate: &Arc<Gate>,
    request: Request<Body>,
    peer: Peer,
    id: RequestId,
) -> Response<Body> {
    if request.uri().path() != CHECK {
        return Status::unimplemented("there is no such method").into_http();
    }
    if request.version() != Version::HTTP_2 {
        let mut response = Response::new(Body::from("gRPC needs HTTP/2"));
        *response.status_mut() = StatusCode::HTTP_VERSION_NOT_SUPPORTED;
        return response;
    }
    let gate = Arc::clone(gate);
    let check = tower::service_fn(move |call: tonic::Request<CheckRequest>| {
        let gate = Arc::clone(&gate);
        async move {
            let (metadata, _, message) = call.into_parts();
            let answer = check(&gate, &metadata.into_headers(), message, peer, id).await;
            answer.map(tonic::Response::new)
        }
    });
    let codec = ProstCodec::<CheckResponse, CheckRequest>::new();
    let mut grpc = Grpc::new(codec).max_decoding_message_size(LONGEST);
    grpc.unary(check, request).await.map(Body::new)
}

async fn check(
    gate: &Gate,
    metadata: &HeaderMap,
    message: CheckRequest,
    peer: Peer,
    id: RequestId,
) -> Result<CheckResponse, Status> {
    let door = DoorName::Grpc;
    let Some(caller) = Caller::find(&gate.settings.callers, peer, metadata) else {
        let answer = gate.unknown(door, peer);
        return Err(Status::permission_denied(text(answer).await));
    };
    let asked = Asked::of(message);
    let answer = match asked.headers(caller) {
        Err(why) => gate.unreadable(door, why),
        Ok(headers) => {
            let question = Question {
                door,
                caller,
                peer: callers::address(peer),
                client: asked.client(caller, peer, &headers),
                bearer: bearer::presented(&headers),
                route: asked.route(),
                id,
                traceparent: gate.traceparent(metadata),
            };
            gate.answer_within(LONGEST_DECISION, question).await
        }
    };
    Ok(response(answer, &asked).await)
}

/// What is asked, out of its wrapping.
#[derive(Debug, Default)]
struct Asked {
    http: HttpRequest,
    source: Option<IpAddr>,
}

impl Asked {
    fn of(message: CheckRequest) -> Self {
        let AttributeContext { source, request } = message.attributes.unwrap_or_default();
        let address = source.and_then(|peer| peer.address?.socket_address);
        let ip = address.and_then(|address| address.address.parse().ok());
        Self {
            http: request.and_then(|request| request.http).unwrap_or_default(),
            source: ip.map(canonical),
        }
    }

    /// The lines of all headers, in the order in which they came where Envoy says it.
    fn lines(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let raw = self.http.header_map.iter().flat_map(|map| &map.headers);
        let raw = raw.map(|line| {
            let value = if line.raw_value.is_empty() {
                line.value.as_bytes()
            } else {
                &line.raw_value
            };
            (line.key.as_str(), value)
        });
        let joined = self.http.headers.iter();
        raw.chain(joined.map(|(name, value)| (name.as_str(), value.as_bytes())))
    }

    /// The headers that somebody here reads.
    fn headers(&self, caller: &Caller) -> Result<HeaderMap, &'static str> {
        let mut wanted = vec![header::AUTHORIZATION];
        match &caller.client_ip {
            ClientIp::List(name) => wanted.push(name.clone()),
            ClientIp::Forwarded => wanted.push(header::FORWARDED),
            ClientIp::Peer => {}
        }
        let mut headers = HeaderMap::new();
        for (name, value) in self.lines() {
            if let Some(name) = wanted
                .iter()
                .find(|one| name.eq_ignore_ascii_case(one.as_str()))
            {
                let value = HeaderValue::from_bytes(value);
                let value = value.map_err(|_| "a header holds a control character")?;
                headers.append(name.clone(), value);
            }
        }
        Ok(headers)
    }

    /// The client: by the header of the request that the caller names, or else whoever speaks to Envoy.
    fn client(&self, caller: &Caller, peer: Peer, headers: &HeaderMap) -> ClientAddress {
        match caller.client_ip {
            ClientIp::Peer => self
                .source
                .map_or(ClientAddress::Unknown, ClientAddress::Known),
            ClientIp::List(_) | ClientIp::Forwarded => caller.client(peer, headers),
        }
    }

    fn route(&self) -> Option<Route<'_>> {
        let HttpRequest {
            method, path, host, ..
        } = &self.http;
        (!method.is_empty() && !path.is_empty()).then_some(Route {
            method,
            host,
            target: path,
        })
    }

    /// The headers of the client that look like ours and that we do not overwrite, with whatever stands for a hyphen in
    /// the eyes of some programs; and ours that we do not send, should Envoy not have told us of them.
    fn to_remove(&self, sent: &HeaderMap) -> Vec<String> {
        let ours = |name: &str| {
            name.to_ascii_lowercase()
                .replace('_', "-")
                .starts_with(PREFIX)
        };
        let of_client = self.lines().map(|(name, _)| name).filter(|name| ours(name));
        let known = [identity::ALL.as_slice(), &[identity::ASSERTION]].concat();
        let mut names: Vec<String> = of_client
            .chain(known.iter().map(HeaderName::as_str))
            .filter(|name| !sent.contains_key(*name))
            .map(str::to_owned)
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

/// The answer of HTTP in Envoy's words.
async fn response(answer: Response<Body>, asked: &Asked) -> CheckResponse {
    let (parts, body) = answer.into_parts();
    if parts.status == StatusCode::OK {
        let ours = |(name, _): &(&HeaderName, &HeaderValue)| name.as_str().starts_with(PREFIX);
        let identity = || parts.headers.iter().filter(ours);
        return CheckResponse {
            status: Some(messages::Status {
                code: Code::Ok.into(),
            }),
            http_response: Some(HttpResponse::Ok(OkHttpResponse {
                headers: identity().map(overwriting).collect(),
                headers_to_remove: asked.to_remove(&parts.headers),
            })),
            dynamic_metadata: Some(metadata(identity())),
        };
    }
    let code = match parts.status {
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        _ => Code::PermissionDenied,
    };
    CheckResponse {
        status: Some(messages::Status { code: code.into() }),
        http_response: Some(HttpResponse::Denied(DeniedHttpResponse {
            status: Some(HttpStatus {
                code: parts.status.as_u16().into(),
            }),
            headers: parts.headers.iter().map(overwriting).collect(),
            body: text(Response::new(body)).await,
        })),
        dynamic_metadata: None,
    }
}

fn overwriting((name, value): (&HeaderName, &HeaderValue)) -> HeaderValueOption {
    HeaderValueOption {
        header: Some(messages::HeaderValue {
            key: name.as_str().to_owned(),
            value: value.to_str().unwrap_or_default().to_owned(),
            raw_value: Vec::new(),
        }),
        append_action: AppendAction::OverwriteIfExistsOrAdd.into(),
    }
}

/// What Envoy's log, its role-based access control and its rate limits can use: `subject`, `persona`, `token_id` and so
/// on, without those that say nothing; `scope` is a list.
fn metadata<'a>(identity: impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)>) -> Struct {
    let string = |text: &str| Value {
        kind: Some(Kind::String(text.to_owned())),
    };
    let mut fields = HashMap::new();
    for (name, value) in identity {
        let name = name.as_str().strip_prefix(PREFIX).unwrap_or_default();
        let value = value.to_str().unwrap_or_default();
        if value == "-" || name == ASSERTION {
            continue;
        }
        let value = match name {
            "scope" => Value {
                kind: Some(Kind::List(ListValue {
                    values: value.split(' ').map(string).collect(),
                })),
            },
            _ => string(value),
        };
        fields.insert(name.replace('-', "_"), value);
    }
    Struct { fields }
}

/// The body of an answer of our own.
async fn text(answer: Response<Body>) -> String {
    let body = answer.into_body().collect().await;
    let bytes = body.map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
