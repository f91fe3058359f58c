//! The PROXY protocol, byte by byte.

use proptest::prelude::*;
use tokio::io::AsyncWriteExt as _;

use super::*;

const PEER: Peer = Peer::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4711));

fn senders() -> Senders {
    Senders {
        from: Networks::parse("proxy_protocol", "127.0.0.1/32,10.0.0.0/8").unwrap(),
        from_unix: false,
    }
}

fn header_of(version_and_command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    let mut bytes = SIGNATURE.to_vec();
    bytes.extend([version_and_command, family]);
    bytes.extend(length);
    bytes.extend(rest);
    bytes
}

fn v4() -> Vec<u8> {
    vec![203, 0, 113, 9, 10, 0, 0, 1, 0x12, 0x34, 0x01, 0xbb]
}

fn v6(address: &str) -> Vec<u8> {
    let address: Ipv6Addr = address.parse().unwrap();
    let mut bytes = address.octets().to_vec();
    bytes.extend(Ipv6Addr::LOCALHOST.octets());
    bytes.extend([0x12, 0x34, 0x01, 0xbb]);
    bytes
}

fn record(kind: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_be_bytes();
    [&[kind], length.as_slice(), value].concat()
}

/// With a record that carries the right checksum, between two others.
fn summed() -> Vec<u8> {
    let begin = [v4(), record(0x04, b"abc"), record(CHECKSUM, &[0; 4])].concat();
    let place = HEAD + begin.len() - 4;
    let mut bytes = header_of(0x21, 0x11, &[begin, record(0xee, b"")].concat());
    let sum = crc32c([bytes.as_slice()]).to_be_bytes();
    bytes[place..place + 4].copy_from_slice(&sum);
    bytes
}

async fn read_from(mut bytes: &[u8]) -> Result<Peer, Refusal> {
    read(&mut bytes, PEER, &senders()).await
}

async fn client_of(bytes: &[u8]) -> Option<SocketAddr> {
    match read_from(bytes).await {
        Ok(Peer::Proxied { via, client }) => {
            assert_eq!(via, Some(SocketAddr::from(([127, 0, 0, 1], 4711))));
            client
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_checksum_is_the_known_one() {
    assert_eq!(crc32c([b"123456789".as_slice()]), 0xe306_9283);
    assert_eq!(crc32c([b"1234".as_slice(), b"56789"]), 0xe306_9283);
}

#[tokio::test]
async fn a_header_names_the_client() {
    for (header, client) in [
        (header_of(0x21, 0x11, &v4()), Some("203.0.113.9:4660")),
        (
            header_of(0x21, 0x21, &v6("2001:db8::9")),
            Some("[2001:db8::9]:4660"),
        ),
        // A dual-stack sender.
        (
            header_of(0x21, 0x21, &v6("::ffff:203.0.113.9")),
            Some("203.0.113.9:4660"),
        ),
        (
            header_of(0x21, 0x11, &[v4(), record(0x04, &[0; 9])].concat()),
            Some("203.0.113.9:4660"),
        ),
        (summed(), Some("203.0.113.9:4660")),
    ] {
        assert_eq!(
            client_of(&header).await,
            client.map(|text| text.parse().unwrap())
        );
    }
}

#[tokio::test]
async fn nt33_what_names_nobody_is_nobody_and_never_the_proxy() {
    for header in [
        header_of(0x20, 0x00, &[]),
        // A health check: what it says of addresses is not to be believed.
        header_of(0x20, 0x11, &v4()),
        header_of(0x20, 0xff, b"anything"),
        header_of(0x21, 0x00, &[]),
        header_of(0x21, 0x00, &record(0x04, b"x")),
        header_of(0x21, 0x31, &[b'/'; 216]),
        // Datagrams.
        header_of(0x21, 0x12, &v4()),
    ] {
        assert_eq!(client_of(&header).await, None, "{header:?}");
    }
}

#[tokio::test]
async fn nothing_after_the_header_is_read_however_it_arrives() {
    for header in [
        header_of(0x21, 0x11, &v4()),
        summed(),
        header_of(0x20, 0, &[]),
    ] {
        let (mut sender, mut receiver) = tokio::io::duplex(1);
        let mut sent = header.clone();
        sent.extend(b"GET / HTTP/1.1");
        let sending = tokio::spawn(async move { sender.write_all(&sent).await });
        read(&mut receiver, PEER, &senders()).await.unwrap();
        let mut rest = String::new();
        receiver.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "GET / HTTP/1.1");
        sending.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_is_not_in_order_is_refused() {
    let mut wrong_sum = summed();
    wrong_sum[20] ^= 1;
    let two_sums = [v4(), record(CHECKSUM, &[0; 4]), record(CHECKSUM, &[0; 4])].concat();
    let begun = record(0x04, b"abc");
    for (header, why) in [
        (header_of(0x11, 0x11, &v4()), "version other than 2"),
        (header_of(0x31, 0x11, &v4()), "version other than 2"),
        (header_of(0x22, 0x11, &v4()), "command"),
        (header_of(0x21, 0x13, &v4()), "transport"),
        (header_of(0x21, 0x41, &v4()), "family"),
        (header_of(0x21, 0x11, &v4()[..11]), "too short"),
        (header_of(0x21, 0x21, &v4()), "too short"),
        (header_of(0x21, 0x31, &v4()), "too short"),
        (header_of(0x21, 0x11, &[0; 4097]), "longer than 4096"),
        (
            header_of(0x21, 0x11, &[v4(), begun[..5].to_vec()].concat()),
            "records",
        ),
        (header_of(0x21, 0x11, &[v4(), vec![4]].concat()), "records"),
        (
            header_of(0x21, 0x11, &[v4(), record(CHECKSUM, &[0; 3])].concat()),
            "records",
        ),
        (header_of(0x21, 0x11, &two_sums), "records"),
        (wrong_sum, "checksum"),
    ] {
        let refusal = read_from(&header).await.unwrap_err().to_string();
        assert!(
            refusal.contains("is wrong: ") && refusal.contains(why),
            "{refusal}: {why}"
        );
    }
}

#[tokio::test]
async fn another_beginning_is_refused_at_once() {
    for begin in ["PROXY TCP4 203.0.113.9 10.0.0.1 4660 443\r\n", "PROXY"] {
        assert!(matches!(
            read_from(begin.as_bytes()).await,
            Err(Refusal::Version1)
        ));
    }
    for begin in [
        b"GET / HTTP/1.1\r\n\r\n".as_slice(),
        &[0x16, 3, 1],
        b"\r\n\r\n\0\r\nQUIT!",
    ] {
        // The other side stays open: nobody waits for more.
        let (mut sender, mut receiver) = tokio::io::duplex(64);
        sender.write_all(begin).await.unwrap();
        let outcome = read(&mut receiver, PEER, &senders()).await;
        assert!(matches!(outcome, Err(Refusal::NoHeader)), "{outcome:?}");
    }
    assert!(matches!(read_from(b"").await, Err(Refusal::Broken(_))));
    assert!(matches!(
        read_from(&summed()[..30]).await,
        Err(Refusal::Broken(_))
    ));
}

#[tokio::test]
async fn nt33_nobody_but_the_senders_may_name_a_client() {
    for peer in [Peer::Unix, Peer::Tcp("192.0.2.7:1".parse().unwrap())] {
        let header = header_of(0x21, 0x11, &v4());
        let outcome = read(&mut header.as_slice(), peer, &senders()).await;
        assert!(matches!(outcome, Err(Refusal::NotASender)), "{outcome:?}");
    }
    let local = Senders {
        from_unix: true,
        ..Senders::default()
    };
    let header = header_of(0x21, 0x11, &v4());
    let peer = read(&mut header.as_slice(), Peer::Unix, &local)
        .await
        .unwrap();
    assert!(matches!(
        peer,
        Peer::Proxied {
            via: None,
            client: Some(_)
        }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_stalls_is_given_up() {
    let (mut sender, mut receiver) = tokio::io::duplex(64);
    sender.write_all(&summed()[..30]).await.unwrap();
    let outcome = read(&mut receiver, PEER, &senders()).await;
    assert!(matches!(outcome, Err(Refusal::Late)), "{outcome:?}");
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(
        command in any::<u8>(), family in any::<u8>(), rest in proptest::collection::vec(any::<u8>(), 0..300),
        cut in 0_usize..320,
    ) {
        let bytes = header_of(command, family, &rest);
        let bytes = &bytes[..cut.min(bytes.len())];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let outcome = runtime.block_on(read_from(bytes));
        // Only a whole header of version 2 is taken.
        prop_assert!(outcome.is_err() || (command >> 4 == 2 && bytes.len() == HEAD + rest.len()));
    }

    #[test]
    fn a_flipped_bit_under_a_checksum_is_noticed(place in 16_usize..28, bit in 0_u8..8) {
        let mut bytes = summed();
        bytes[place] ^= 1 << bit;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        prop_assert!(runtime.block_on(read_from(&bytes)).is_err());
    }
}
