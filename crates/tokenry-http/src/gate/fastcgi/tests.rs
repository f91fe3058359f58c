//! The protocol, byte by byte, with a gate that lets in whoever shows one word.

use std::sync::Mutex;

use axum::http::{HeaderValue, header};
use proptest::prelude::*;
use tokenry_core::token::address::ClientAddress;
use tokio::io::duplex;

use super::{
    super::bearer::{Bearer, presented},
    *,
};

/// Lets in whoever shows `good`, and remembers what it was asked.
#[derive(Default)]
struct Porter(Mutex<Vec<Result<Params, &'static str>>>);

impl Authorizer for Porter {
    async fn authorize(&self, params: Result<Params, &'static str>) -> Response<Body> {
        self.0.lock().unwrap().push(params.clone());
        let headers = params.map(|params| params.headers().clone());
        let passes = headers.is_ok_and(|headers| presented(&headers) == Bearer::Token("good"));
        let mut response = Response::new(Body::from(if passes { "" } else { "no" }));
        let (name, value) = if passes {
            ("x-tokenry-user-id", "7")
        } else {
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            ("www-authenticate", "Bearer realm=\"tokenry\"")
        };
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
        let none = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, none);
        response
    }
}

fn record(kind: u8, id: u16, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Record::write(kind, id, content, &mut bytes);
    bytes
}

fn begin(id: u16, role: u16, flags: u8) -> Vec<u8> {
    let [high, low] = role.to_be_bytes();
    record(
        record::BEGIN_REQUEST,
        id,
        &[high, low, flags, 0, 0, 0, 0, 0],
    )
}

fn param(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for text in [name, value] {
        match u8::try_from(text.len()) {
            Ok(short @ 0..=127) => bytes.push(short),
            _ => bytes.extend((u32::try_from(text.len()).unwrap() | 1 << 31).to_be_bytes()),
        }
    }
    bytes.extend(name.as_bytes());
    bytes.extend(value.as_bytes());
    bytes
}

fn params(token: &str) -> Vec<u8> {
    [
        param("REQUEST_METHOD", "GET"),
        param("REQUEST_URI", "/orders/7?x=1"),
        param("HTTP_HOST", "api.example.com"),
        param("REMOTE_ADDR", "::ffff:203.0.113.9"),
        param("HTTP_X_FORWARDED_FOR", "198.51.100.1"),
        param("HTTP_COOKIE", &"x".repeat(300)),
        param("HTTP_AUTHORIZATION", &format!("Bearer {token}")),
    ]
    .concat()
}

/// A whole request in the manner of Apache: it sends an empty body, too.
fn request(id: u16, flags: u8, params: &[u8]) -> Vec<u8> {
    [
        begin(id, 2, flags),
        record(record::PARAMS, id, params),
        record(record::PARAMS, id, &[]),
        record(record::STDIN, id, &[]),
    ]
    .concat()
}

/// Sends these bytes, so many at once, and gives back all records that come.
async fn exchange(sent: &[u8], at_once: usize) -> (Vec<Record>, Porter, io::Result<()>) {
    let porter = Porter::default();
    let (mut client, mut server) = duplex(at_once);
    let (_stop, stopping) = watch::channel(false);
    let limits = Limits::default();
    let (outcome, received) = tokio::join!(
        async {
            let outcome = converse(&mut server, &limits, stopping, &porter).await;
            drop(server);
            outcome
        },
        async {
            let (mut from, mut to) = tokio::io::split(&mut client);
            let sending = async {
                // The other side may have enough before the end.
                let _ = to.write_all(sent).await;
                let _ = to.shutdown().await;
            };
            let mut received = Vec::new();
            let ((), read) = tokio::join!(sending, from.read_to_end(&mut received));
            read.unwrap();
            received
        }
    );
    let mut rest = received.as_slice();
    let mut records = Vec::new();
    while let Some(record) = Record::read(&mut rest).await.unwrap() {
        records.push(record);
    }
    (records, porter, outcome)
}

fn told(records: &[Record], id: u16) -> String {
    let parts = records
        .iter()
        .filter(|record| record.kind == record::STDOUT && record.id == id);
    let bytes: Vec<u8> = parts.flat_map(|record| record.content.clone()).collect();
    String::from_utf8(bytes).unwrap()
}

fn ends(records: &[Record]) -> Vec<(u16, u8)> {
    let ends = records
        .iter()
        .filter(|record| record.kind == record::END_REQUEST);
    ends.map(|record| (record.id, record.content[4])).collect()
}

const ALLOWED: &str = "Status: 200\r\nVariable-TOKENRY_USER_ID: 7\r\n\r\n";
const DENIED: &str = "Status: 401\r\nwww-authenticate: Bearer realm=\"tokenry\"\r\ncache-control: no-store\r\n\r\nno";

#[tokio::test]
async fn a_request_is_asked_and_answered_however_it_arrives() {
    for (token, answer) in [("good", ALLOWED), ("bad", DENIED)] {
        for at_once in [1, 7, 65_536] {
            let (records, porter, outcome) =
                exchange(&request(1, 0, &params(token)), at_once).await;
            outcome.unwrap();
            assert_eq!(told(&records, 1), answer);
            assert_eq!(ends(&records), [(1, COMPLETE)]);
            let asked = porter.0.into_inner().unwrap().remove(0).unwrap();
            let route = asked.route().unwrap();
            assert_eq!((route.method, route.target), ("GET", "/orders/7?x=1"));
            assert_eq!(route.host, "api.example.com");
            let client = ClientAddress::Known("203.0.113.9".parse().unwrap());
            assert_eq!(asked.client(), client, "by REMOTE_ADDR alone");
        }
    }
}

#[tokio::test]
async fn parameters_may_be_cut_anywhere_into_records() {
    let all = params("good");
    for cut in 0..all.len() {
        let (one, two) = all.split_at(cut.max(1));
        let sent = [
            begin(1, 2, 0),
            record(record::PARAMS, 1, one),
            record(record::PARAMS, 1, two),
            record(record::PARAMS, 1, &[]),
        ]
        .concat();
        let (records, ..) = exchange(&sent, 4096).await;
        assert_eq!(told(&records, 1), ALLOWED, "{cut}");
    }
}

#[tokio::test]
async fn the_connection_is_kept_where_the_server_says_so() {
    let two = |flags| {
        [
            request(1, flags, &params("good")),
            request(2, 0, &params("bad")),
        ]
        .concat()
    };
    let (records, ..) = exchange(&two(KEEP), 4096).await;
    assert_eq!(told(&records, 1), ALLOWED);
    assert_eq!(told(&records, 2), DENIED);
    let (records, ..) = exchange(&two(0), 4096).await;
    assert_eq!(ends(&records), [(1, COMPLETE)]);
}

#[tokio::test]
async fn nt36_what_can_be_read_in_two_ways_is_not_read() {
    let twice = |name: &str| [params("good"), param(name, "/x")].concat();
    let flood = vec![param("A", "b"); 513].concat();
    let long = [params("good"), param("B", &"x".repeat(70_000))].concat();
    let longer_than_there_is = [params("good"), vec![1, 200, 0, 0, 9]].concat();
    for (params, why) in [
        (twice("REQUEST_METHOD"), "twice"),
        (twice("REQUEST_URI"), "twice"),
        (twice("HTTP_HOST"), "twice"),
        (twice("REMOTE_ADDR"), "twice"),
        ([params("good"), flood].concat(), "512"),
        (longer_than_there_is, "longer than what there is"),
        (
            [params("good"), vec![0x80]].concat(),
            "longer than what there is",
        ),
        (
            [params("good"), vec![0xff; 8]].concat(),
            "longer than what there is",
        ),
        (params("a\u{7f}b"), "control character"),
        (long, "65536"),
    ] {
        // More than one record holds.
        let records = params
            .chunks(60_000)
            .map(|part| record(record::PARAMS, 1, part));
        let sent = [
            begin(1, 2, 0),
            records.flatten().collect(),
            record(record::PARAMS, 1, &[]),
        ];
        let (records, porter, _) = exchange(&sent.concat(), 4096).await;
        assert_eq!(told(&records, 1), DENIED, "{why}");
        let asked = porter.0.into_inner().unwrap();
        assert!(asked[0].as_ref().unwrap_err().contains(why), "{asked:?}");
    }
}

#[tokio::test]
async fn nt55_a_second_authorization_is_malformed() {
    let both = [params("good"), param("HTTP_AUTHORIZATION", "Bearer good")].concat();
    let (records, ..) = exchange(&request(1, 0, &both), 4096).await;
    assert_eq!(told(&records, 1), DENIED);
}

#[tokio::test]
async fn another_role_a_second_request_and_an_abort_are_told_so() {
    for role in [1, 3, 0, 0x0102] {
        let (records, porter, _) = exchange(&begin(1, role, 0), 4096).await;
        assert_eq!(ends(&records), [(1, UNKNOWN_ROLE)]);
        assert!(porter.0.into_inner().unwrap().is_empty());
    }
    let sent = [
        begin(1, 2, KEEP),
        record(record::PARAMS, 1, &params("good")),
        begin(2, 2, KEEP),
        // Of a request that is not there.
        record(record::PARAMS, 2, &[]),
        record(record::ABORT_REQUEST, 1, &[]),
        // Of one that is not there any more.
        record(record::PARAMS, 1, &[]),
    ]
    .concat();
    let (records, porter, outcome) = exchange(&sent, 4096).await;
    outcome.unwrap();
    assert_eq!(ends(&records), [(2, ONE_AT_A_TIME), (1, COMPLETE)]);
    assert!(porter.0.into_inner().unwrap().is_empty());
}

#[tokio::test]
async fn management_records_are_answered() {
    let values = param("FCGI_MPXS_CONNS", "");
    let sent = [record(record::GET_VALUES, 0, &values), record(77, 0, b"x")].concat();
    let (records, ..) = exchange(&sent, 4096).await;
    let kinds: Vec<_> = records.iter().map(|record| record.kind).collect();
    assert_eq!(kinds, [record::GET_VALUES_RESULT, record::UNKNOWN_TYPE]);
    assert_eq!(records[1].content[0], 77);
}

#[tokio::test]
async fn what_is_no_fastcgi_ends_the_connection() {
    for sent in [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".as_slice(),
        &[1, 1, 0, 1, 0, 2, 0, 0, 0, 2],
        &begin(0, 2, 0),
        &request(1, 0, &params("good"))[..40],
    ] {
        let (records, _, outcome) = exchange(sent, 4096).await;
        assert!(outcome.is_err(), "{sent:?}");
        assert!(records.is_empty(), "{records:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_request_is_given_up_and_an_idle_connection_kept_for_longer() {
    let limits = Limits {
        header_timeout: Duration::from_secs(3),
        idle_timeout: Duration::from_secs(100),
        ..Limits::default()
    };
    for (sent, seconds) in [
        (begin(1, 2, KEEP), 3),
        (request(1, KEEP, &params("good")), 100),
    ] {
        let (mut client, mut server) = duplex(65_536);
        client.write_all(&sent).await.unwrap();
        let (_stop, stopping) = watch::channel(false);
        let began = tokio::time::Instant::now();
        let outcome = converse(&mut server, &limits, stopping, &Porter::default()).await;
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed().as_secs(), seconds);
    }
}

#[tokio::test]
async fn an_order_to_stop_ends_what_is_idle() {
    let (_client, mut server) = duplex(64);
    let (stop, stopping) = watch::channel(false);
    stop.send_replace(true);
    converse(
        &mut server,
        &Limits::default(),
        stopping,
        &Porter::default(),
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn a_long_answer_is_cut_into_records() {
    let mut bytes = Vec::new();
    Record::write(record::STDOUT, 3, &vec![b'x'; 70_000], &mut bytes);
    let mut rest = bytes.as_slice();
    let one = Record::read(&mut rest).await.unwrap().unwrap();
    let two = Record::read(&mut rest).await.unwrap().unwrap();
    assert_eq!((one.content.len(), two.content.len()), (65_535, 4_465));
    assert_eq!(Record::read(&mut rest).await.unwrap(), None);
}

fn settled(sent: &[u8]) -> Vec<Record> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(exchange(sent, 65_536)).0
}

fn allows(records: &[Record]) -> bool {
    records.iter().any(|record| {
        record
            .content
            .windows(11)
            .any(|part| part == b"Status: 200")
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_neither_panic_nor_pass(sent in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!allows(&settled(&sent)));
    }

    #[test]
    fn arbitrary_parameters_neither_panic_nor_pass(
        noise in proptest::collection::vec(any::<u8>(), 0..200), before in any::<bool>(),
    ) {
        let known = params("bad");
        let both = if before { [noise, known].concat() } else { [known, noise].concat() };
        prop_assert!(!allows(&settled(&request(1, 0, &both))));
    }

    #[test]
    fn a_request_with_changed_bytes_does_not_panic_nor_pass_without_its_token(
        places in proptest::collection::vec((0_usize..600, any::<u8>()), 1..6),
    ) {
        let mut sent = request(1, 0, &params("bad"));
        for (place, byte) in places {
            let length = sent.len();
            sent[place % length] = byte;
        }
        prop_assert!(!allows(&settled(&sent)));
    }
}
