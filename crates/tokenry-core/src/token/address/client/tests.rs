//! Whose address counts, for every shape of header, and that clients cannot choose it.

use proptest::prelude::*;

use super::{ClientAddress::Unknown, *};

/// Two proxies and a network of them, of both families.
const PROXIES: [&str; 3] = ["10.0.0.7", "10.1.0.0/16", "2001:db8:1::/64"];

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn known(text: &str) -> ClientAddress {
    ClientAddress::Known(address(text))
}

fn proxies() -> Networks {
    parse_proxies("trusted_proxies", PROXIES).unwrap()
}

fn from(peer: &str, lines: &[&str]) -> ClientAddress {
    client_address(
        address(peer),
        lines.iter().map(|line| line.as_bytes()),
        &proxies(),
    )
}

/// From the trusted proxy.
fn through(lines: &[&str]) -> ClientAddress {
    from("10.0.0.7", lines)
}

#[test]
fn nt31_a_peer_that_is_not_trusted_is_the_client() {
    let vectors: [(&str, &[&str], &str); 8] = [
        ("192.0.2.1", &[], "192.0.2.1"),
        ("192.0.2.1", &["10.0.0.7"], "192.0.2.1"),
        ("192.0.2.1", &["198.51.100.1", "10.0.0.7"], "192.0.2.1"),
        ("192.0.2.1", &["junk"], "192.0.2.1"),
        ("192.0.2.1", &[""], "192.0.2.1"),
        ("10.0.0.8", &["198.51.100.1"], "10.0.0.8"),
        ("::ffff:192.0.2.1", &["198.51.100.1"], "192.0.2.1"),
        ("2001:db8:2::1", &["198.51.100.1"], "2001:db8:2::1"),
    ];
    for (peer, lines, client) in vectors {
        assert_eq!(from(peer, lines), known(client), "{peer} {lines:?}");
    }
    let huge = ",".repeat(1 << 20);
    assert_eq!(from("192.0.2.1", &[&huge]), known("192.0.2.1"));
}

#[test]
fn nt32_the_rightmost_address_that_is_not_trusted_is_the_client() {
    let vectors: [(&[&str], &str); 19] = [
        (&[], "10.0.0.7"),
        (&["192.0.2.9"], "192.0.2.9"),
        (&["198.51.100.1, 192.0.2.9"], "192.0.2.9"),
        (&["198.51.100.1", "192.0.2.9"], "192.0.2.9"),
        (&["198.51.100.1, 192.0.2.9, 10.1.2.3"], "192.0.2.9"),
        (&["198.51.100.1, 192.0.2.9", "10.1.2.3"], "192.0.2.9"),
        (&["198.51.100.1", "192.0.2.9, 10.1.2.3"], "192.0.2.9"),
        (&["192.0.2.9", "2001:db8:1::5, 10.1.2.3"], "192.0.2.9"),
        (&["192.0.2.9, ::ffff:10.1.2.3"], "192.0.2.9"),
        (&["10.1.2.3"], "10.1.2.3"),
        (&["10.1.2.3, 10.1.2.4"], "10.1.2.3"),
        (&["10.1.2.3", "10.1.2.4, 10.0.0.7"], "10.1.2.3"),
        (&["junk, 192.0.2.9"], "192.0.2.9"),
        (&["junk", "192.0.2.9"], "192.0.2.9"),
        (&["", "192.0.2.9"], "192.0.2.9"),
        (
            &["unknown, _hidden, \u{e9}, 192.0.2.9, 10.1.2.3"],
            "192.0.2.9",
        ),
        (&["10.0.0.7, 192.0.2.9"], "192.0.2.9"),
        (&["\"", "192.0.2.9"], "192.0.2.9"),
        (&[" \t192.0.2.9 \t"], "192.0.2.9"),
    ];
    for (lines, client) in vectors {
        assert_eq!(through(lines), known(client), "{lines:?}");
        assert_eq!(from("::ffff:10.0.0.7", lines), through(lines), "{lines:?}");
    }
}

#[test]
fn nt33_each_form_of_an_entry_is_one_address_or_none() {
    let vectors = [
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.3.4:5555", "1.2.3.4"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("2001:db8::1:443", "2001:db8::1:443"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("[::ffff:1.2.3.4]", "1.2.3.4"),
        ("[::ffff:1.2.3.4]:80", "1.2.3.4"),
        ("::1", "::1"),
    ];
    for (entry, client) in vectors {
        assert_eq!(through(&[entry]), known(client), "{entry}");
    }
    let unreadable = [
        "",
        " ",
        "unknown",
        "_hidden",
        "_",
        "junk",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "01.2.3.4",
        "1.2.3.4:",
        "1.2.3.4:65536",
        "1.2.3.4:http",
        "1.2.3.4 5",
        "1.2.3.4/32",
        "[1.2.3.4]",
        "[1.2.3.4]:80",
        "[2001:db8::1",
        "2001:db8::1]",
        "[2001:db8::1]443",
        "[2001:db8::1]:",
        "[[::1]]",
        "[]",
        "[]:80",
        "fe80::1%eth0",
        "fe80::1%1",
        "[fe80::1%1]",
        "[fe80::1%1]:80",
        "[fe80::1%0]:80",
        "::1.2.3.4",
        "[::1.2.3.4]:80",
        "::2",
        "\"1.2.3.4\"",
        "for=1.2.3.4",
        "1.2.3.4;5.6.7.8",
        "\u{ff11}.2.3.4",
        "1.2.3.4\u{a0}",
        "1.2.3.4\0",
        "0x1.2.3.4",
        "16909060",
    ];
    for entry in unreadable {
        assert_eq!(through(&[entry]), Unknown, "{entry:?}");
        // At each place that a trusted proxy vouches for.
        assert_eq!(
            through(&[&format!("192.0.2.9, {entry}")]),
            Unknown,
            "{entry:?}"
        );
        assert_eq!(through(&["192.0.2.9", entry]), Unknown, "{entry:?}");
        assert_eq!(
            through(&[&format!("192.0.2.9, {entry}, 10.1.2.3")]),
            Unknown,
            "{entry:?}"
        );
        assert_eq!(
            through(&["192.0.2.9", entry, "10.1.2.3"]),
            Unknown,
            "{entry:?}"
        );
        // And where it does not matter.
        assert_eq!(
            through(&[&format!("{entry}, 192.0.2.9, 10.1.2.3")]),
            known("192.0.2.9")
        );
    }
    let raw: [&[u8]; 2] = [b"192.0.2.9", b"\xff\xfe"];
    assert_eq!(
        client_address(address("10.0.0.7"), raw, &proxies()),
        Unknown
    );
}

#[test]
fn nt33_a_header_beyond_the_limits_is_unknown() {
    let entry = "192.0.2.9";
    let full = " ".repeat(MAX_FORWARDED_BYTES - entry.len()) + entry;
    assert_eq!(through(&[&full]), known(entry));
    assert_eq!(through(&[" ", &full]), Unknown);
    assert_eq!(through(&[&format!(" {full}")]), Unknown);
    assert_eq!(through(&[&full, ""]), Unknown);

    let ten_thousand = vec!["192.0.2.9"; 10_000];
    assert_eq!(through(&ten_thousand), Unknown);
    assert_eq!(through(&[&ten_thousand.join(",")]), Unknown);
    // Empty lines weigh the commas between them, so that they are few too, however many come.
    let endless = std::iter::repeat(&b""[..]);
    assert_eq!(
        client_address(address("10.0.0.7"), endless, &proxies()),
        Unknown
    );

    let hops = |count| vec!["10.1.2.3"; count].join(",");
    assert_eq!(through(&[&hops(MAX_HOPS)]), known("10.1.2.3"));
    assert_eq!(through(&[&hops(MAX_HOPS + 1)]), Unknown);
    assert_eq!(through(&[entry, &hops(MAX_HOPS)]), known(entry));
    assert_eq!(through(&[entry, &hops(MAX_HOPS + 1)]), Unknown);
}

#[test]
fn nt35_an_empty_list_of_proxies_trusts_nobody() {
    let lines: [&[u8]; 1] = [b"192.0.2.9"];
    for peer in ["127.0.0.1", "::1", "10.0.0.7"] {
        assert_eq!(
            client_address(address(peer), lines, &Networks::default()),
            known(peer)
        );
    }
    assert!(
        parse_proxies("trusted_proxies", ["", " "])
            .unwrap()
            .is_empty()
    );
}

#[test]
fn nt35_networks_too_wide_are_no_proxies() {
    for wide in [
        "0.0.0.0/0",
        "::/0",
        "0.0.0.0/7",
        "10.0.0.0/7",
        "2000::/15",
        "::ffff:10.0.0.0/103",
    ] {
        let error = parse_proxies("trusted_proxies", ["192.0.2.1", wide]).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("trusted_proxies: "), "{text}");
        assert!(
            text.contains(&format!("item 2 ({wide}) is too wide")),
            "{text}"
        );
    }
    for narrow in ["10.0.0.0/8", "2001::/16", "::ffff:10.0.0.0/104", "::1"] {
        assert!(
            parse_proxies("trusted_proxies", [narrow]).is_ok(),
            "{narrow}"
        );
    }
    assert!(parse_proxies("trusted_proxies", ["proxy.example.com"]).is_err());
}

/// What a client may send: any bytes, or what looks like a header.
fn forged() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let entry = prop_oneof![
        any::<IpAddr>().prop_map(|address| address.to_string()),
        any::<[u8; 2]>().prop_map(|[a, b]| format!("10.1.{a}.{b}")),
        "[0-9a-f:.\\[\\]%, ]{0,20}",
        Just("unknown".to_owned()),
    ];
    let list =
        prop::collection::vec(entry, 0..8).prop_map(|entries| entries.join(",").into_bytes());
    let bytes = prop::collection::vec(any::<u8>(), 0..80);
    prop::collection::vec(prop_oneof![list, bytes], 0..4)
}

/// What proxies append, either to the last line or as a line of its own.
fn append(lines: &mut Vec<Vec<u8>>, entry: &str, own_line: bool) {
    match lines.last_mut() {
        Some(line) if !own_line => {
            line.extend_from_slice(b", ");
            line.extend_from_slice(entry.as_bytes());
        }
        _ => lines.push(entry.into()),
    }
}

fn client_of(lines: &[Vec<u8>]) -> ClientAddress {
    client_address(
        address("10.0.0.7"),
        lines.iter().map(Vec::as_slice),
        &proxies(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The promise of spec/data-plane.md 5: a client that controls everything left of the rightmost address that is
    /// not trusted cannot change the result; with too much text it can only become unknown.
    #[test]
    fn nt32_a_client_cannot_choose_its_address(
        forged in forged(),
        client in any::<IpAddr>(),
        hops in prop::collection::vec((any::<[u8; 2]>(), any::<bool>()), 0..=MAX_HOPS),
        own_line in any::<bool>(),
        padding in 0_usize..=MAX_FORWARDED_BYTES,
    ) {
        prop_assume!(!proxies().contains(client));
        prop_assume!(!is_ipv4_compatible(client));
        let mut lines = forged;
        append(&mut lines, &client.to_string(), own_line);
        for ([a, b], own_line) in hops {
            append(&mut lines, &format!("10.1.{a}.{b}"), own_line);
        }
        let expected = ClientAddress::Known(canonical(client));
        prop_assert_eq!(client_of(&lines), expected);

        lines.insert(0, vec![b' '; padding]);
        let length = lines.iter().map(Vec::len).sum::<usize>() + lines.len() - 1;
        let padded = if length > MAX_FORWARDED_BYTES { Unknown } else { expected };
        prop_assert_eq!(client_of(&lines), padded);
    }

    #[test]
    fn nothing_random_panics(forged in forged(), peer in any::<IpAddr>()) {
        let lines = || forged.iter().map(Vec::as_slice);
        prop_assert_eq!(client_address(peer, lines(), &Networks::default()), ClientAddress::Known(canonical(peer)));
        let _ = client_of(&forged);
    }
}
