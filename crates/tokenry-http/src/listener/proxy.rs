//! Version 2 of the PROXY protocol (<https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt>, 2.2): for whom a
//! proxy that does not read HTTP has made its connection.
//!
//! It is required or it is not spoken: a listener that took the header as it comes would let any client name his
//! address. It stands before everything else, TLS included. Version 1 is text without a length and is not spoken.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokenry_core::token::address::Networks;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::Peer;

/// How every header begins.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// How version 1 begins.
const VERSION_1: &[u8] = b"PROXY";

/// The part of a header that says how long the rest is.
const HEAD: usize = 16;

/// The longest rest that is read.
const LONGEST: usize = 4096;

/// How long a header may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// The type of the record that carries a checksum (`PP2_TYPE_CRC32C`).
const CHECKSUM: u8 = 0x03;

/// The proxies that speak the protocol. Where there are any, nobody else may connect, and they only with a header.
#[derive(Debug, Clone, Default)]
pub struct Senders {
    /// Their addresses.
    pub from: Networks,
    /// Whether they connect over a unix socket.
    pub from_unix: bool,
}

impl Senders {
    /// Whether the protocol is not spoken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.from.is_empty() && !self.from_unix
    }

    fn include(&self, peer: Peer) -> bool {
        match peer.ip() {
            Some(ip) => self.from.contains(ip),
            None => self.from_unix,
        }
    }
}

/// Why a connection is not served.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("it comes from no proxy that proxy_protocol names")]
    NotASender,
    #[error("it begins with version 1 of the PROXY protocol, and only version 2 is spoken here")]
    Version1,
    #[error("it does not begin with a header of the PROXY protocol")]
    NoHeader,
    #[error("its header of the PROXY protocol is wrong: {0}")]
    Wrong(&'static str),
    #[error("its header of the PROXY protocol did not come in time")]
    Late,
    #[error("its header of the PROXY protocol broke off: {0}")]
    Broken(#[from] io::Error),
}

/// Reads the header, and nothing after it.
pub(super) async fn read<S: AsyncRead + Unpin>(
    stream: &mut S,
    peer: Peer,
    senders: &Senders,
) -> Result<Peer, Refusal> {
    if !senders.include(peer) {
        return Err(Refusal::NotASender);
    }
    let header = tokio::time::timeout(PATIENCE, header(stream));
    let client = header.await.map_err(|_| Refusal::Late)??;
    let via = match peer {
        Peer::Tcp(address) => Some(address),
        Peer::Unix => None,
        Peer::Proxied { via, .. } => via,
    };
    Ok(Peer::Proxied { via, client })
}

async fn header<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Option<SocketAddr>, Refusal> {
    let mut head = [0; HEAD];
    let mut length = 0;
    while length < HEAD {
        let rest = head.get_mut(length..).unwrap_or_default();
        let count = stream.read(rest).await?;
        if count == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        length += count;
        // At once, as somebody who waits for an answer would send no more.
        check_signature(head.get(..length).unwrap_or_default())?;
    }
    let [.., version_and_command, family, high, low] = head;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if version_and_command >> 4 != 2 {
        return Err(Refusal::Wrong("it is of a version other than 2"));
    }
    if length > LONGEST {
        return Err(Refusal::Wrong("it is longer than 4096 bytes"));
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    match version_and_command & 0x0f {
        // The proxy itself, as for a health check: nobody's request. What else the header says is not to be read.
        0 => Ok(None),
        1 => {
            let (client, records) = addresses(family, &rest)?;
            check_sum(&head, &rest, records)?;
            Ok(client)
        }
        _ => Err(Refusal::Wrong("its command is unknown")),
    }
}

fn check_signature(begin: &[u8]) -> Result<(), Refusal> {
    let alike = |known: &[u8]| begin.iter().zip(known).all(|(a, b)| a == b);
    if alike(&SIGNATURE) {
        Ok(())
    } else if alike(VERSION_1) {
        Err(Refusal::Version1)
    } else {
        Err(Refusal::NoHeader)
    }
}

/// The client, and the records after the addresses.
fn addresses(family: u8, rest: &[u8]) -> Result<(Option<SocketAddr>, &[u8]), Refusal> {
    const SHORT: Refusal = Refusal::Wrong("it is too short for its addresses");
    if family & 0x0f > 2 {
        return Err(Refusal::Wrong("its transport is unknown"));
    }
    let is_stream = family & 0x0f == 1;
    let (ip, port, records): (IpAddr, [u8; 2], _) = match family >> 4 {
        0 => return Ok((None, rest)),
        1 => {
            let (addresses, records) = rest.split_first_chunk::<12>().ok_or(SHORT)?;
            let [a, b, c, d, _, _, _, _, high, low, _, _] = *addresses;
            (Ipv4Addr::new(a, b, c, d).into(), [high, low], records)
        }
        2 => {
            let (source, after) = rest.split_first_chunk::<16>().ok_or(SHORT)?;
            let (ports, records) = after.split_first_chunk::<20>().ok_or(SHORT)?;
            let [.., high, low, _, _] = *ports;
            (Ipv6Addr::from(*source).into(), [high, low], records)
        }
        3 => {
            let (_, records) = rest.split_first_chunk::<216>().ok_or(SHORT)?;
            return Ok((None, records));
        }
        _ => return Err(Refusal::Wrong("its address family is unknown")),
    };
    // A dual-stack sender writes IPv4 addresses as mapped ones.
    let client = SocketAddr::new(ip.to_canonical(), u16::from_be_bytes(port));
    Ok((is_stream.then_some(client), records))
}

/// Checks the records after the addresses, and the checksum where one of them has it. `records` is the end of `rest`.
fn check_sum(head: &[u8; HEAD], rest: &[u8], mut records: &[u8]) -> Result<(), Refusal> {
    const BAD: Refusal = Refusal::Wrong("its records are not in order");
    let mut found = None;
    while !records.is_empty() {
        let ([kind, high, low], after) = records.split_first_chunk().ok_or(BAD)?;
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let value = after.get(..length).ok_or(BAD)?;
        if *kind == CHECKSUM {
            let sum = <[u8; 4]>::try_from(value).map_err(|_| BAD)?;
            let place = rest.len() - after.len();
            if found.replace((place, u32::from_be_bytes(sum))).is_some() {
                return Err(BAD);
            }
        }
        records = after.get(length..).unwrap_or_default();
    }
    let Some((place, sum)) = found else {
        return Ok(());
    };
    // Counted with zeros where it stands itself (2.2.3).
    let before = rest.get(..place).unwrap_or_default();
    let after = rest.get(place + 4..).unwrap_or_default();
    let counted = crc32c([head.as_slice(), before, &[0; 4], after]);
    if counted == sum {
        Ok(())
    } else {
        Err(Refusal::Wrong("its checksum does not fit"))
    }
}

/// CRC-32C (RFC 9260, appendix A), bit by bit: a header is short.
fn crc32c<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u32 {
    const REVERSED: u32 = 0x82f6_3b78;
    let bytes = parts.into_iter().flatten();
    !bytes.fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ if sum & 1 == 1 { REVERSED } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests;
