//! The messages, and how they are read and written.

use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use proptest::prelude::*;
use prost::Message as _;
use tokenry_core::token::address::Networks;

use super::{
    messages::{Address, HeaderMap as Lines, HeaderValue as Line, Peer as Source, SocketAddress},
    *,
};
use crate::gate::bearer::Bearer;

fn caller(client_ip: ClientIp) -> Caller {
    Caller {
        name: "edge".to_owned(),
        from: Networks::parse("from", "127.0.0.1/32").unwrap(),
        client_ip,
        ..Caller::default()
    }
}

fn external() -> ClientIp {
    ClientIp::List(HeaderName::from_static("x-envoy-external-address"))
}

fn asked(headers: &[(&str, &str)]) -> Asked {
    let joined = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Asked {
        http: HttpRequest {
            method: "GET".to_owned(),
            headers: joined.collect(),
            path: "/orders/7?x=1".to_owned(),
            host: "api.example.com".to_owned(),
            header_map: None,
        },
        source: Some("192.0.2.7".parse().unwrap()),
    }
}

fn line(key: &str, value: &str, raw: &[u8]) -> Line {
    Line {
        key: key.to_owned(),
        value: value.to_owned(),
        raw_value: raw.to_vec(),
    }
}

const PROXY: Peer = Peer::Unix;

/// A field of a text or of a message.
fn field(number: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len()).unwrap();
    assert!(length < 128, "one byte of length");
    [&[number << 3 | 2, length], body].concat()
}

#[test]
fn the_fields_have_envoys_numbers() {
    let text = |number, text: &str| field(number, text.as_bytes());
    let source = field(
        1,
        &field(1, &[text(2, "192.0.2.7"), b"\x18\x05".to_vec()].concat()),
    );
    let http = [
        text(1, "id"),
        text(2, "GET"),
        field(3, &[text(1, "a"), text(2, "b")].concat()),
        text(4, "/x"),
        text(5, "h"),
        text(6, "http"),
        text(10, "HTTP/2"),
    ];
    let request = field(2, &http.concat());
    let wire = field(1, &[field(1, &source), field(4, &request)].concat());
    let read = Asked::of(CheckRequest::decode(wire.as_slice()).unwrap());
    assert_eq!(read.source, Some("192.0.2.7".parse().unwrap()));
    assert_eq!(
        (
            read.http.method.as_str(),
            read.http.path.as_str(),
            read.http.host.as_str()
        ),
        ("GET", "/x", "h")
    );
    assert_eq!(read.http.headers["a"], "b");
    let status = Some(HttpStatus { code: 503 });
    let denied = DeniedHttpResponse {
        status,
        ..DeniedHttpResponse::default()
    };
    let response = CheckResponse {
        status: Some(messages::Status { code: 14 }),
        http_response: Some(HttpResponse::Denied(denied)),
        dynamic_metadata: None,
    };
    assert_eq!(
        response.encode_to_vec(),
        b"\x0a\x02\x08\x0e\x12\x05\x0a\x03\x08\xf7\x03"
    );
}

#[test]
fn the_client_is_read_from_the_header_that_the_caller_names_and_nowhere_else() {
    let headers = [
        ("x-envoy-external-address", "203.0.113.9"),
        ("x-forwarded-for", "198.51.100.1"),
        ("forwarded", "for=198.51.100.2"),
    ];
    for (client_ip, client) in [
        (external(), "203.0.113.9"),
        (ClientIp::default(), "198.51.100.1"),
        (ClientIp::Forwarded, "198.51.100.2"),
        (ClientIp::Peer, "192.0.2.7"),
    ] {
        let (caller, asked) = (caller(client_ip), asked(&headers));
        let read = asked.client(&caller, PROXY, &asked.headers(&caller).unwrap());
        assert_eq!(read, ClientAddress::Known(client.parse().unwrap()));
        let nothing = Asked::default();
        let read = nothing.client(&caller, PROXY, &nothing.headers(&caller).unwrap());
        assert_eq!(read, ClientAddress::Unknown);
    }
}

#[test]
fn nt55_joined_and_repeated_lines_of_authorization_are_malformed() {
    let caller = caller(external());
    let one = asked(&[("authorization", "Bearer abc")])
        .headers(&caller)
        .unwrap();
    assert_eq!(bearer::presented(&one), Bearer::Token("abc"));
    let joined = asked(&[("authorization", "Bearer good,Bearer other")])
        .headers(&caller)
        .unwrap();
    assert!(matches!(bearer::presented(&joined), Bearer::Malformed(_)));
    let mut raw = asked(&[]);
    let lines = vec![
        line("Authorization", "", b"Bearer good"),
        line("authorization", "Bearer other", b""),
    ];
    raw.http.header_map = Some(Lines { headers: lines });
    let raw = raw.headers(&caller).unwrap();
    assert!(matches!(bearer::presented(&raw), Bearer::Malformed(_)));
    assert!(
        asked(&[("authorization", "Bearer a\nb")])
            .headers(&caller)
            .is_err()
    );
}

#[test]
fn a_source_is_an_address_in_its_shortest_form_or_nobody() {
    for (address, source) in [
        ("::ffff:192.0.2.7", Some("192.0.2.7")),
        ("2001:db8::1", Some("2001:db8::1")),
        ("unix", None),
        ("", None),
    ] {
        let socket_address = Some(SocketAddress {
            address: address.to_owned(),
        });
        let peer = Source {
            address: Some(Address { socket_address }),
        };
        let attributes = AttributeContext {
            source: Some(peer),
            request: None,
        };
        let read = Asked::of(CheckRequest {
            attributes: Some(attributes),
        });
        assert_eq!(read.source, source.map(|text| text.parse().unwrap()));
        assert!(read.route().is_none());
    }
}

fn strings(options: &[HeaderValueOption]) -> Vec<(String, String)> {
    let read = options.iter().map(|option| {
        assert_eq!(option.append_action, 2, "must overwrite");
        let line = option.header.clone().unwrap();
        (line.key, line.value)
    });
    read.collect()
}

#[tokio::test]
async fn who_passes_is_told_in_headers_and_metadata_and_what_only_looks_like_it_is_removed() {
    let mut answer = Response::new(Body::empty());
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-tokenry-subject", "alice"),
        ("x-tokenry-persona", "-"),
        ("x-tokenry-scope", "orders.read orders.write"),
        ("x-tokenry-token-id", "0a"),
        ("x-tokenry-assertion", "a.b.c"),
    ] {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    let asked = asked(&[
        ("x-tokenry-subject", "eve"),
        ("x_tokenry_subject", "eve"),
        ("x-tokenry-role", "root"),
    ]);
    let response = response(answer, &asked).await;
    assert_eq!(response.status.unwrap().code, 0);
    let Some(HttpResponse::Ok(ok)) = response.http_response else {
        panic!("denied");
    };
    let sent = strings(&ok.headers);
    assert!(
        sent.contains(&("x-tokenry-assertion".to_owned(), "a.b.c".to_owned())),
        "{sent:?}"
    );
    assert!(
        sent.contains(&("x-tokenry-persona".to_owned(), "-".to_owned())),
        "{sent:?}"
    );
    assert!(
        sent.iter().all(|(name, _)| name.starts_with("x-tokenry-")),
        "{sent:?}"
    );
    assert_eq!(
        ok.headers_to_remove,
        [
            "x-tokenry-audience",
            "x-tokenry-persona-id",
            "x-tokenry-role",
            "x-tokenry-user-id",
            "x_tokenry_subject"
        ]
    );
    let mut told: Vec<_> = response
        .dynamic_metadata
        .unwrap()
        .fields
        .into_iter()
        .collect();
    told.sort_by(|a, b| a.0.cmp(&b.0));
    let [
        (
            scope,
            Value {
                kind: Some(Kind::List(list)),
            },
        ),
        (subject, _),
        (token, _),
    ] = told.as_slice()
    else {
        panic!("{told:?}");
    };
    assert_eq!(
        [scope.as_str(), subject, token],
        ["scope", "subject", "token_id"]
    );
    assert_eq!(list.values.len(), 2);
}

#[tokio::test]
async fn a_denial_keeps_its_status_headers_and_body() {
    for (status, code) in [
        (StatusCode::UNAUTHORIZED, 16),
        (StatusCode::FORBIDDEN, 7),
        (StatusCode::TOO_MANY_REQUESTS, 7),
        (StatusCode::SERVICE_UNAVAILABLE, 14),
    ] {
        let mut answer = Response::new(Body::from("why"));
        *answer.status_mut() = status;
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        let response = response(answer, &Asked::default()).await;
        assert_eq!(response.status.unwrap().code, code);
        let Some(HttpResponse::Denied(denied)) = response.http_response else {
            panic!("allowed");
        };
        assert_eq!(denied.status.unwrap().code, i32::from(status.as_u16()));
        assert_eq!(
            strings(&denied.headers),
            [("retry-after".to_owned(), "1".to_owned())]
        );
        assert_eq!(denied.body, "why");
        assert!(response.dynamic_metadata.is_none());
    }
}

proptest! {
    #[test]
    fn any_message_is_read_without_panic(
        start in any::<bool>(), bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        // Some of them deep inside, where headers are.
        let bytes = if start { bytes } else { [b"\x0a\x7f\x22\x7d\x12\x7b\x1a".to_vec(), bytes].concat() };
        if let Ok(message) = CheckRequest::decode(bytes.as_slice()) {
            let (caller, asked) = (caller(external()), Asked::of(message));
            if let Ok(headers) = asked.headers(&caller) {
                let _ = (asked.client(&caller, PROXY, &headers), asked.route());
                prop_assert!(!matches!(bearer::presented(&headers), Bearer::Token("")));
            }
            prop_assert!(asked.to_remove(&HeaderMap::new()).len() >= identity::ALL.len());
        }
    }
}
