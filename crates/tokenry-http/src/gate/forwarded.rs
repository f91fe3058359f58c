//! `Forwarded` (RFC 7239): who the client is, by the elements that trusted proxies appended.
//!
//! It is read into the plainer list of `X-Forwarded-For`, so that both are decided by the same rule. What is obfuscated,
//! `unknown`, or not well formed is nobody (fail closed).

use tokenry_core::token::address::{ClientAddress, Networks, forwarded_client};

/// What stands for an element that names nobody: no address, so that whoever reads it stops there.
const NOBODY: &str = "unknown";

/// The client by these lines.
pub(super) fn client<'a>(
    lines: impl Iterator<Item = &'a [u8]>,
    trusted: &Networks,
) -> ClientAddress {
    let list: Vec<String> = lines.map(as_list).collect();
    let lines = list.iter().map(String::as_bytes);
    forwarded_client(lines, trusted).unwrap_or(ClientAddress::Unknown)
}

fn as_list(line: &[u8]) -> String {
    let Ok(line) = std::str::from_utf8(line) else {
        return NOBODY.to_owned();
    };
    match outside_quotes(line, ',') {
        Some(elements) => {
            let named = elements
                .into_iter()
                .map(|one| named_by(one).unwrap_or(NOBODY));
            named.collect::<Vec<_>>().join(",")
        }
        None => NOBODY.to_owned(),
    }
}

/// The node that an element names in `for`, without its quotes.
fn named_by(element: &str) -> Option<&str> {
    let pairs = outside_quotes(element, ';')?;
    let pairs = pairs
        .into_iter()
        .filter_map(|pair| pair.trim().split_once('='));
    let mut nodes = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for"));
    let (_, node) = nodes.next()?;
    if nodes.next().is_some() {
        return None;
    }
    let node = match node.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        // A colon is allowed between quotes only.
        None if node.contains([':', '[']) => return None,
        None => node,
    };
    // IPv6 stands in brackets, always.
    let is_bare_v6 = node.matches(':').count() > 1 && !node.starts_with('[');
    (!node.contains(['"', '\\', ',']) && !is_bare_v6).then_some(node)
}

/// The parts of a text between separators that are not quoted; none where a quote stays open.
fn outside_quotes(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut begin, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == separator && !quoted => {
                parts.push(text.get(begin..at)?);
                begin = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(begin..)?);
    (!quoted).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_of(lines: &[&str]) -> ClientAddress {
        let trusted = Networks::parse("trusted", "10.0.0.0/8,2001:db8::7").unwrap();
        client(lines.iter().map(|line| line.as_bytes()), &trusted)
    }

    #[test]
    fn the_last_that_is_not_trusted_is_the_client() {
        for (lines, address) in [
            (
                &["for=192.0.2.60;proto=http;by=203.0.113.43"][..],
                "192.0.2.60",
            ),
            (
                &["for=198.51.100.1, for=192.0.2.60, for=10.0.0.1"],
                "192.0.2.60",
            ),
            (
                &["for=198.51.100.1", "For=\"[2001:db8::1]:4711\""],
                "2001:db8::1",
            ),
            (&["for=\"192.0.2.43:47011\";host=\"a,b;c\""], "192.0.2.43"),
            (&["for=192.0.2.43, for=\"[2001:db8::7]\""], "192.0.2.43"),
        ] {
            let expected = ClientAddress::Known(address.parse().unwrap());
            assert_eq!(client_of(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn nt33_what_names_nobody_is_nobody() {
        for line in [
            "",
            "for=unknown",
            "for=_hidden",
            "for=\"_a:1\"",
            "proto=https",
            "for=",
            "for=\"192.0.2.1",
            "for=192.0.2.1;for=192.0.2.2",
            "for=2001:db8::1",
            "for=\"2001:db8::1\"",
            "for=192.0.2.1:80",
            "for=192.0.2.1, for=\"a\\\"b\"",
            "for=192.0.2.1, x",
        ] {
            assert_eq!(client_of(&[line]), ClientAddress::Unknown, "{line}");
        }
    }
}
