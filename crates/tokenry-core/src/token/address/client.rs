//! Who a request comes from: the peer, or the client that trusted proxies name in X-Forwarded-For.
//!
//! Not here: which header a server reads (one, never a mixture, spec/data-plane.md 5) and what an unknown client may do.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use super::Networks;
use crate::error::Error;

#[cfg(test)]
mod tests;

/// Who a request comes from, as far as it can be known (spec/data-plane.md 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAddress {
    /// The client's canonical address.
    Known(IpAddr),
    /// A trusted proxy's header could not be read. Whoever needs an address to decide must refuse.
    Unknown,
}

/// The most trusted addresses passed over in the header, the peer not counted.
pub const MAX_HOPS: usize = 8;

/// The longest header, in bytes: all its lines, joined by commas.
pub const MAX_FORWARDED_BYTES: usize = 2048;

/// The shortest prefixes of networks of proxies, in bits.
const SHORTEST_PROXY_PREFIXES: (u8, u8) = (8, 16);

/// The one form of an address: IPv4 mapped into IPv6, as a dual-stack socket reports it, becomes IPv4.
#[must_use]
pub fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Works out the client from the socket's peer and all lines of the X-Forwarded-For header, in order
/// (spec/data-plane.md 5).
///
/// Only trusted proxies are believed, and only what they appended: from the right, the first address that is not
/// trusted. Everything left of it may be forged (NT-31, NT-32). If all are trusted, the leftmost it is. Empty `trusted`
/// trusts nobody (NT-35). Take `trusted` from [`parse_proxies`], which refuses networks too wide to trust.
#[must_use]
pub fn client_address<'a>(
    peer: IpAddr,
    lines: impl IntoIterator<Item = &'a [u8]>,
    trusted: &Networks,
) -> ClientAddress {
    let peer = canonical(peer);
    if !trusted.contains(peer) {
        return ClientAddress::Known(peer);
    }
    forwarded_client(lines, trusted).unwrap_or(ClientAddress::Known(peer))
}

/// The client by the lines that a trusted peer sent, in order; `None` where it sent none. Otherwise as
/// [`client_address`].
#[must_use]
pub fn forwarded_client<'a>(
    lines: impl IntoIterator<Item = &'a [u8]>,
    trusted: &Networks,
) -> Option<ClientAddress> {
    let mut lines = lines.into_iter().peekable();
    let first = lines.next()?;
    let of = |list| client_in(list, trusted).map_or(ClientAddress::Unknown, ClientAddress::Known);
    if lines.peek().is_none() && first.len() < MAX_FORWARDED_BYTES {
        return Some(of(first));
    }
    // Several lines are one list (RFC 9110 5.2). Each is followed by a comma, so nothing left means no line at all.
    let mut list = Vec::new();
    for line in std::iter::once(first).chain(lines) {
        if list.len() + line.len() > MAX_FORWARDED_BYTES {
            return Some(ClientAddress::Unknown);
        }
        list.extend_from_slice(line);
        list.push(b',');
    }
    list.pop()?;
    Some(of(&list))
}

/// Reads a list of proxies: as [`Networks::parse_items`], but networks shorter than /8 (IPv4) or /16 (IPv6) are refused,
/// because everybody inside one can claim any address (spec/data-plane.md 5.7).
pub fn parse_proxies<'a>(
    field: &'static str,
    items: impl IntoIterator<Item = &'a str>,
) -> Result<Networks, Error> {
    Networks::collect(field, items, |network| {
        let (v4, v6) = SHORTEST_PROXY_PREFIXES;
        let shortest = match network {
            IpNet::V4(_) => v4,
            IpNet::V6(_) => v6,
        };
        if network.prefix_len() >= shortest {
            return Ok(());
        }
        Err(format!(
            "is too wide, everybody in it could pose as any client: \
             name the proxies themselves, or networks of at least /{shortest}"
        ))
    })
}

/// The client by the joined list; nobody if an entry on the way cannot be read. Stops at the first that is not trusted,
/// so that what a client wrote left of it does not matter.
fn client_in(list: &[u8], trusted: &Networks) -> Option<IpAddr> {
    let mut leftmost = None;
    for (hop, entry) in list.rsplit(|b| *b == b',').enumerate() {
        let address = read_entry(entry)?;
        if !trusted.contains(address) {
            return Some(address);
        }
        if hop >= MAX_HOPS {
            return None;
        }
        leftmost = Some(address);
    }
    leftmost
}

/// Reads `1.2.3.4`, `1.2.3.4:5555`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:5555`, and nothing else (NT-33).
fn read_entry(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry.trim_ascii()).ok()?;
    // The standard library reads a zone in `[fe80::1%1]:80`.
    if text.contains('%') {
        return None;
    }
    let inside = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let address = match inside {
        Some(inside) => inside.parse::<Ipv6Addr>().ok()?.into(),
        None => text
            .parse()
            .or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()))
            .ok()?,
    };
    Some(canonical(address)).filter(|address| !is_ipv4_compatible(*address))
}

/// Whether it is of the form `::a.b.c.d` that RFC 4291 2.5.5.1 has given up: two readers may take it for two addresses.
fn is_ipv4_compatible(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(v6) => (2..1 << 32).contains(&v6.to_bits()),
    }
}
