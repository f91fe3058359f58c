//! What lists accept, print and refuse, and that they hold exactly the addresses written.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, Ipv6Addr},
};

use proptest::prelude::*;

use super::*;

const FIELD: &str = "trusted_ip_addresses";

fn list(text: &str) -> Networks {
    Networks::parse(FIELD, text).unwrap()
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Why the text is refused, after the part that is always the same.
fn refusal(text: &str) -> String {
    let Error::Invalid { field, why } = Networks::parse(FIELD, text).unwrap_err() else {
        panic!("another error for {text}");
    };
    assert_eq!(field, FIELD);
    let (rule, wrong) = why.split_once("; ").unwrap_or(("", &why));
    assert!(rule.is_empty() || rule.starts_with("must hold IP addresses and networks"));
    wrong.to_owned()
}

#[test]
fn items_print_in_their_one_form() {
    let vectors = [
        ("", ""),
        (" ,\r\n,, \t", ""),
        ("127.0.0.1, ::1", "127.0.0.1,::1"),
        (
            "192.0.2.7\r\n192.0.2.8\n\n192.0.2.9\r",
            "192.0.2.7,192.0.2.8,192.0.2.9",
        ),
        ("192.0.2.7/32,2001:db8::1/128", "192.0.2.7,2001:db8::1"),
        ("198.51.100.7,203.0.113.0/24", "198.51.100.7,203.0.113.0/24"),
        ("9.9.9.9,1.1.1.1,9.9.9.9/32", "9.9.9.9,1.1.1.1"),
        ("10.0.0.0/8,10.0.0.1", "10.0.0.0/8,10.0.0.1"),
        ("0.0.0.0", "0.0.0.0"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("255.255.255.255/32", "255.255.255.255"),
        ("::", "::"),
        ("::/0", "::/0"),
        ("::1/128", "::1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("1::3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
        ("2001:DB8:0::/48", "2001:db8::/48"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("0:0:0:0:0:FFFF:192.0.2.7/128", "192.0.2.7"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:0.0.0.0/97", "0.0.0.0/1"),
        ("64:ff9b::192.0.2.7", "64:ff9b::c000:207"),
    ];
    for (text, canonical) in vectors {
        let list = list(text);
        assert_eq!(list.to_string(), canonical, "{text}");
        assert_eq!(list.len(), list.items().count());
        assert_eq!(list.is_empty(), canonical.is_empty());
        assert_eq!(Networks::from_stored(canonical), (list.clone(), vec![]));
        let again = Networks::parse_items(FIELD, text.split([',', '\r', '\n'])).unwrap();
        assert_eq!(again, list);
    }
}

#[test]
fn refusals_say_what_to_write() {
    let vectors: [(&str, &[&str]); 15] = [
        (
            "has bits set behind its prefix: write 203.0.113.0/24 or 203.0.113.9",
            &["203.0.113.9/24"],
        ),
        (
            "has bits set behind its prefix: write 2001:db8::/32 or 2001:db8::1",
            &["2001:db8::1/32"],
        ),
        (
            "has bits set behind its prefix: write 10.0.0.0/8 or 10.0.0.1",
            &["::ffff:10.0.0.1/104"],
        ),
        (
            "has bits set behind its prefix: write ::/64 or ::1",
            &["::1/64"],
        ),
        (
            "needs a number from 0 to 32 behind the slash",
            &[
                "1.2.3.4/33",
                "1.2.3.4/",
                "1.2.3.4/+8",
                "1.2.3.4/032",
                "1.2.3.4/ 32",
                "1.2.3.4/32/32",
                "1.2.3.4/255.255.255.0",
            ],
        ),
        (
            "needs a number from 0 to 128 behind the slash",
            &["2001:db8::/129", "2001:db8::/256"],
        ),
        (
            "maps IPv4 into IPv6 with a prefix shorter than 96",
            &["::ffff:0.0.0.0/95", "::ffff:1.2.3.4/0"],
        ),
        (
            "is all of IPv4: write 0.0.0.0/0 to admit any address",
            &["::ffff:0.0.0.0/96"],
        ),
        (
            "is within ::/96, IPv4-compatible addresses that are out of use: write IPv4",
            &[
                "::1.2.3.4",
                "::2",
                "::1.2.3.4/64",
                "::/96",
                "::/127",
                "::1/127",
                "::ffff",
            ],
        ),
        ("names a port: write 2001:db8::1", &["[2001:db8::1]:443"]),
        (
            "has brackets: write 2001:db8::1 without them",
            &["[2001:db8::1]", "[2001:db8::1]/32"],
        ),
        (
            "names a zone, which only one host knows: write fe80::1 without it",
            &["fe80::1%eth0", "fe80::1%1/64"],
        ),
        (
            "is a range: write it as one or more networks",
            &["10.0.0.1-10.0.0.9", "2001:db8::1 - 2001:db8::9"],
        ),
        (
            "has a number with leading zeros, which some read as octal: leave them out",
            &["010.0.0.1", "10.0.0.00/8"],
        ),
        (
            "holds more than one thing: give each address its own item",
            &["1.1.1.1 2.2.2.2", "1.1.1.1;2.2.2.2"],
        ),
    ];
    for (wrong, texts) in vectors {
        for text in texts {
            assert_eq!(refusal(text), format!("item 1 ({text}) {wrong}"));
            let second = refusal(&format!(",\r\n::1,{text},junk"));
            assert_eq!(second, format!("item 2 ({text}) {wrong}"));
        }
    }
}

#[test]
fn what_is_no_address_is_refused() {
    let junk = [
        "localhost",
        "example.com",
        "*",
        "10.0.0.*",
        "10",
        "1.2.3",
        "1.2.3.4.5",
        "256.0.0.1",
        "0x7f.0.0.1",
        "-",
        "/",
        "/8",
        "2130706433",
        "1:2:3:4:5:6:7:8:9",
        ":::",
        "12345::",
        "::g",
        "%",
        "[]",
        "(any)",
        "1.2.3.4:",
        "1.2.3.4:99999",
        "1.2.3.4:80/32",
        "192.0.2.1-9",
    ];
    for text in junk {
        let why = "is neither an address nor a network; names of hosts are not allowed";
        assert_eq!(refusal(text), format!("item 1 ({text}) {why}"));
    }
}

#[test]
fn a_refusal_does_not_repeat_what_may_be_secret() {
    let longest = "x".repeat(45);
    assert!(refusal(&longest).starts_with(&format!("item 1 ({longest}) ")));
    for junk in [
        "x".repeat(46),
        format!("token-{}", "a".repeat(58)),
        "pässword".into(),
        "a\u{7}b".into(),
        "a\tb".into(),
    ] {
        let why = refusal(&format!("::1,{junk}"));
        assert!(
            why.starts_with("item 2 is") || why.starts_with("item 2 holds"),
            "{why}"
        );
    }
}

#[test]
fn an_item_of_a_list_holds_one_address() {
    for item in ["1.1.1.1,2.2.2.2", "1.1.1.1,", "1.1.1.1\n2.2.2.2"] {
        let error = Networks::parse_items(FIELD, ["::1", item]).unwrap_err();
        assert!(error.to_string().contains("item 2"), "{error}");
        assert!(
            error
                .to_string()
                .ends_with("give each address its own item"),
            "{error}"
        );
    }
}

#[test]
fn a_list_has_at_most_max_chars() {
    let full = " ".repeat(Networks::MAX_CHARS - 7) + "1.2.3.4";
    assert_eq!(list(&full).to_string(), "1.2.3.4");
    let why = "must be at most 32768 characters long";
    assert_eq!(refusal(&format!(" {full}")), why);
    assert_eq!(refusal(&",".repeat(Networks::MAX_CHARS + 1)), why);
    assert!(list(&",".repeat(Networks::MAX_CHARS)).is_empty());
    // Two bytes, one character.
    assert!(list(&"\u{a0}".repeat(Networks::MAX_CHARS)).is_empty());
    let endless = std::iter::repeat("");
    assert!(Networks::parse_items(FIELD, endless).is_err());
    // Each of these grows by one character.
    let items: Vec<_> = (0x1000..0x1000 + 1820)
        .map(|n| format!("{n:x}::3:4:5:6:7:8"))
        .collect();
    assert!(items.join(",").len() <= Networks::MAX_CHARS);
    assert_eq!(refusal(&items.join(",")), why);
}

#[test]
fn a_stored_item_that_cannot_be_read_is_left_out_and_told() {
    let (list, left_out) =
        Networks::from_stored("10.0.0.1/8, 192.0.2.0/24,,*,::ffff:0.0.0.0/96,192.0.2.9 ");
    assert_eq!(list.to_string(), "192.0.2.0/24,192.0.2.9");
    assert_eq!(left_out, ["10.0.0.1/8", "*", "::ffff:0.0.0.0/96"]);
    assert!(!list.contains(address("10.0.0.1")));
    let (list, left_out) = Networks::from_stored("any");
    assert!(list.is_empty() && !list.contains(address("192.0.2.1")));
    assert_eq!(left_out, ["any"]);
}

/// What decides in spec/tanium.md 9.
#[test]
fn nt38_a_list_holds_what_it_says() {
    let vectors = [
        ("", "192.0.2.1", false),
        ("", "::", false),
        ("192.0.2.0/24", "192.0.2.0", true),
        ("192.0.2.0/24", "192.0.2.255", true),
        ("192.0.2.0/24", "192.0.3.0", false),
        ("192.0.2.0/24", "192.0.1.255", false),
        ("192.0.2.0/24", "::ffff:192.0.2.77", true),
        ("192.0.2.0/24", "::192.0.2.77", false),
        ("::ffff:192.0.2.0/120", "192.0.2.77", true),
        ("198.51.100.7,203.0.113.0/24", "203.0.113.200", true),
        ("127.0.0.1, ::1", "::1", true),
        ("127.0.0.1, ::1", "::2", false),
        ("0.0.0.0", "0.0.0.1", false),
        ("0.0.0.0", "0.0.0.0", true),
        ("0.0.0.0/0", "192.0.2.1", true),
        ("0.0.0.0/0", "2001:db8::5", true),
        ("0.0.0.0/0", "::ffff:192.0.2.1", true),
        ("0.0.0.0/1,128.0.0.0/1", "255.255.255.255", true),
        ("0.0.0.0/1,128.0.0.0/1", "2001:db8::5", false),
        ("::/0", "2001:db8::5", true),
        ("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true),
        ("::/0", "192.0.2.1", false),
        ("::/0", "::ffff:192.0.2.1", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::", false),
        ("2001:db8::/32", "32.1.13.184", false),
    ];
    for (text, client, expected) in vectors {
        assert_eq!(
            list(text).contains(address(client)),
            expected,
            "{text} {client}"
        );
    }
    assert!(list("::1,0.0.0.0/0").is_anywhere());
    for text in ["", "::/0", "0.0.0.0", "0.0.0.0/1,128.0.0.0/1"] {
        assert!(!list(text).is_anywhere(), "{text}");
    }
}

/// Most tokens have no list, and a server holds very many tokens.
#[test]
fn a_list_is_one_word() {
    assert_eq!(size_of::<Networks>(), size_of::<usize>());
    assert_eq!(size_of::<Compiled>(), 72);
}

#[test]
fn ranges_that_overlap_or_touch_are_one() {
    let one = Ranges::new(vec![(1_u32, 9)]);
    for pairs in [
        vec![(5, 9), (1, 4)],
        vec![(1, 9), (2, 3), (3, 9)],
        vec![(1, 6), (4, 9)],
    ] {
        assert_eq!(Ranges::new(pairs), one);
    }
    assert_ne!(Ranges::new(vec![(1, 4), (6, 9)]), one);
}

/// Networks that meet and overlap often: few high bits, any prefix.
fn some_network() -> impl Strategy<Value = IpNet> {
    // Mostly long prefixes, lest one network swallow all others.
    let prefix = |longest: u8| prop_oneof![1 => 0..=longest, 40 => longest / 2..=longest];
    let v4 = (any::<u32>(), prefix(32), 0_u32..20).prop_map(|(bits, prefix, zeros)| {
        let address = Ipv4Addr::from_bits((bits >> zeros) & 0xff00_ffff);
        IpNet::new(address.into(), prefix).unwrap().trunc()
    });
    let v6 = (any::<u128>(), prefix(128), 0_u32..120).prop_map(|(bits, prefix, zeros)| {
        let address = Ipv6Addr::from_bits(bits >> zeros | 1 << 120);
        IpNet::new(address.into(), prefix).unwrap().trunc()
    });
    prop_oneof![v4, v6].prop_filter("::/n may hold what is refused", |network| {
        item::read(&network.to_string()).is_ok()
    })
}

/// The addresses where an answer may change.
fn edges(networks: &[IpNet]) -> BTreeSet<IpAddr> {
    let around = |address: IpAddr| match address {
        IpAddr::V4(v4) => [
            v4.to_bits().wrapping_sub(1),
            v4.to_bits(),
            v4.to_bits().wrapping_add(1),
        ]
        .map(|bits| Ipv4Addr::from_bits(bits).into()),
        IpAddr::V6(v6) => [
            v6.to_bits().wrapping_sub(1),
            v6.to_bits(),
            v6.to_bits().wrapping_add(1),
        ]
        .map(|bits| Ipv6Addr::from_bits(bits).into()),
    };
    let ends = networks
        .iter()
        .flat_map(|net| [net.network(), net.broadcast()]);
    ends.flat_map(around).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_list_agrees_with_a_scan_of_its_networks(
        networks in prop::collection::vec(some_network(), 0..60),
        others in prop::collection::vec(any::<IpAddr>(), 0..40),
    ) {
        let texts: Vec<_> = networks.iter().map(ToString::to_string).collect();
        let list = Networks::parse_items(FIELD, texts.iter().map(String::as_str)).unwrap();
        let anywhere = texts.iter().any(|text| text == "0.0.0.0/0");
        for address in edges(&networks).into_iter().chain(others) {
            let canonical = address.to_canonical();
            let expected = anywhere || networks.iter().any(|net| net.contains(&canonical));
            prop_assert_eq!(list.contains(address), expected, "{} in {}", address, list);
        }
    }

    #[test]
    fn ranges_agree_with_a_scan_for_every_number(
        pairs in prop::collection::vec((any::<u8>(), 0_u8..4), 0..90),
        narrow in 0_u8..8,
    ) {
        let pairs: Vec<_> = pairs
            .into_iter()
            .map(|(first, more)| (first >> narrow, (first >> narrow).saturating_add(more)))
            .collect();
        let ranges = Ranges::new(pairs.clone());
        let at_the_top = |number: u8| u128::MAX - u128::from(u8::MAX - number);
        let wide = Ranges::new(pairs.iter().map(|(a, b)| (at_the_top(*a), at_the_top(*b))).collect());
        let apart = |number: u8| u128::from(number) << 120;
        let sparse = Ranges::new(pairs.iter().map(|(a, b)| (apart(*a), apart(*b))).collect());
        for number in 0..=u8::MAX {
            let expected = pairs.iter().any(|(first, last)| (*first..=*last).contains(&number));
            prop_assert_eq!(ranges.contains(number), expected);
            prop_assert_eq!(wide.contains(at_the_top(number)), expected);
            prop_assert_eq!(sparse.contains(apart(number)), expected);
        }
    }

    #[test]
    fn what_is_printed_is_read_back(networks in prop::collection::vec(some_network(), 0..40)) {
        let list = Networks::compile(networks);
        let text = list.to_string();
        prop_assert_eq!(&list, &Networks::parse(FIELD, &text).unwrap());
        prop_assert_eq!(&list, &Networks::parse_items(FIELD, list.items()).unwrap());
        prop_assert_eq!(Networks::from_stored(&text), (list.clone(), vec![]));
        prop_assert_eq!(list.items().collect::<Vec<_>>().join(","), text);
    }

    #[test]
    fn nothing_random_panics_or_widens(
        text in prop_oneof!["[0-9./:a-f%, \\[\\]-]{0,60}", "\\PC{0,40}", any::<String>()],
        client in any::<IpAddr>(),
    ) {
        let (stored, left_out) = Networks::from_stored(&text);
        match Networks::parse(FIELD, &text) {
            Ok(list) => {
                prop_assert!(left_out.is_empty());
                prop_assert_eq!(&list, &stored);
            }
            Err(error) => {
                let blamed = matches!(error, Error::Invalid { field: FIELD, .. });
                prop_assert!(blamed);
                // Only what stands in the text by itself is held, whatever junk is around it.
                let items: Vec<_> = split(&text).filter(|item| Networks::parse(FIELD, item).is_ok()).collect();
                prop_assert_eq!(&stored, &Networks::parse_items(FIELD, items).unwrap());
                let held = left_out.iter().any(|item| stored.items().any(|other| other == item));
                prop_assert!(!held);
            }
        }
        let _ = stored.contains(client);
    }

    #[test]
    fn an_address_in_any_spelling_holds_itself_alone(bits in any::<u32>(), other in any::<IpAddr>()) {
        let v4 = Ipv4Addr::from_bits(bits);
        let list = list(&format!("::ffff:{v4}"));
        prop_assert_eq!(list.to_string(), v4.to_string());
        prop_assert!(list.contains(v4.to_ipv6_mapped().into()));
        prop_assert_eq!(list.contains(other), other.to_canonical() == v4);
    }
}
