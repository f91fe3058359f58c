//! Reads one address or network, strictly: what could be meant in two ways is refused, with advice what to write.
//!
//! Not here: lists, and the name of the field that is blamed.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

/// Reads one item. The error says what is wrong with it, as the end of a sentence, without repeating what could not be
/// read.
pub(super) fn read(item: &str) -> Result<IpNet, String> {
    let (address, prefix) = item
        .split_once('/')
        .map_or((item, None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.parse().map_err(|_| advice(item, address))?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        Some(text) => read_prefix(text)
            .filter(|prefix| *prefix <= longest)
            .ok_or_else(|| format!("needs a number from 0 to {longest} behind the slash"))?,
        None => longest,
    };
    let (address, prefix) = match address {
        IpAddr::V4(_) => (address, prefix),
        IpAddr::V6(v6) => without_ipv4_inside(v6, prefix)?,
    };
    let network = IpNet::new(address, prefix).map_err(|_| "has too long a prefix".to_owned())?;
    if network.network() != address {
        // Either could be meant: the host, or everybody around it (spec/data-plane.md 5.6; the original masks silently).
        return Err(format!(
            "has bits set behind its prefix: write {} or {address}",
            network.trunc()
        ));
    }
    Ok(network)
}

/// The one text of a network: RFC 5952 for IPv6, and no prefix behind a single address.
pub(super) fn canonical_text(network: IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() {
        return network.addr().to_string();
    }
    network.to_string()
}

/// Digits without leading zeros or a sign.
fn read_prefix(text: &str) -> Option<u8> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    text.parse().ok().filter(|_| digits && !leading_zero)
}

/// Turns IPv4 mapped into IPv6 (RFC 4291 2.5.5.2) into IPv4, the form that clients' addresses are compared in, and
/// refuses the older embedding (2.5.5.1), which no client has and which would match nothing.
fn without_ipv4_inside(address: Ipv6Addr, prefix: u8) -> Result<(IpAddr, u8), String> {
    if let Some(v4) = address.to_ipv4_mapped() {
        return match prefix.checked_sub(96) {
            None => Err("maps IPv4 into IPv6 with a prefix shorter than 96".to_owned()),
            // As 0.0.0.0/0 it would admit IPv6 too: more than was written.
            Some(0) => Err("is all of IPv4: write 0.0.0.0/0 to admit any address".to_owned()),
            Some(prefix) => Ok((v4.into(), prefix)),
        };
    }
    let compatible = match address.to_bits() {
        0 | 1 => (96..128).contains(&prefix),
        bits => bits >> 32 == 0,
    };
    if compatible {
        return Err(
            "is within ::/96, IPv4-compatible addresses that are out of use: write IPv4".to_owned(),
        );
    }
    Ok((address.into(), prefix))
}

/// What is wrong with an item whose address cannot be read. Repeats only what was understood.
fn advice(item: &str, address: &str) -> String {
    if let Ok(socket) = item.parse::<SocketAddr>() {
        return format!("names a port: write {}", socket.ip());
    }
    let inside = address.strip_prefix('[').and_then(|a| a.strip_suffix(']'));
    if let Some(Ok(v6)) = inside.map(str::parse::<Ipv6Addr>) {
        return format!("has brackets: write {v6} without them");
    }
    let is_address = |text: &str| text.trim().parse::<IpAddr>().is_ok();
    if let Some((v6, _)) = address.split_once('%').filter(|(v6, _)| is_address(v6)) {
        return format!("names a zone, which only one host knows: write {v6} without it");
    }
    if let Some((from, to)) = item.split_once('-')
        && is_address(from)
        && is_address(to)
    {
        return "is a range: write it as one or more networks".to_owned();
    }
    let mut numbers = address.split('.');
    if address.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && numbers.any(|number| number.len() > 1 && number.starts_with('0'))
    {
        return "has a number with leading zeros, which some read as octal: leave them out"
            .to_owned();
    }
    if item.contains(|c: char| c == ',' || c == ';' || c.is_whitespace()) {
        return "holds more than one thing: give each address its own item".to_owned();
    }
    "is neither an address nor a network; names of hosts are not allowed".to_owned()
}
