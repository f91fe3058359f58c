//! Who asks: which proxy, from where, and what he may say about the request he asks for (spec/data-plane.md 1.9).
//!
//! Whoever reaches the gate and is believed can name any client address, and try out tokens. So a gate knows its
//! callers by name, and answers nobody else.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use tokenry_core::{
    secret::Digest,
    token::{
        Audience,
        address::{ClientAddress, Networks, forwarded_client},
    },
};

use crate::{door::LOCAL, listener::Peer};

/// The header in which a caller shows its secret.
pub(crate) const SECRET: HeaderName = HeaderName::from_static("x-tokenry-caller-secret");

/// One proxy, or several alike.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// Its name, for log and metrics, and as `client_id` of RFC 6749.
    pub name: String,
    /// The addresses it asks from.
    pub from: Networks,
    /// Whether it asks over a unix socket.
    pub from_unix: bool,
    /// The digest of its secret, where it has one. Then nobody is this caller without.
    pub secret: Option<Digest>,
    /// Where it says who the client is.
    pub client_ip: ClientIp,
    /// The proxies before it, whose word on the client it passes on.
    pub trusted_proxies: Networks,
    /// What its API is called: tokens for other audiences are refused.
    pub audience: Option<Audience>,
    /// Whether it wants the signed assertion.
    pub assertion: bool,
    /// Whether it may introspect tokens (RFC 7662).
    pub may_introspect: bool,
}

/// Where a caller says who the client is. Always one place, never several (spec/data-plane.md 5.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientIp {
    /// A list in the manner of `X-Forwarded-For`: in that header, or in another of the same form.
    List(HeaderName),
    /// `Forwarded` (RFC 7239).
    Forwarded,
    /// Nowhere: it asks for itself, or speaks the PROXY protocol.
    Peer,
}

impl Default for ClientIp {
    fn default() -> Self {
        Self::List(HeaderName::from_static("x-forwarded-for"))
    }
}

impl Caller {
    /// The first of these callers that the peer is, with what it shows.
    pub(super) fn find<'a>(
        callers: &'a [Self],
        peer: Peer,
        headers: &HeaderMap,
    ) -> Option<&'a Self> {
        callers.iter().find(|caller| caller.is(peer, headers))
    }

    /// The same, for what is not left to whoever comes from an address: only callers with a secret.
    pub(crate) fn find_by_secret<'a>(
        callers: &'a [Self],
        peer: Peer,
        headers: &HeaderMap,
    ) -> Option<&'a Self> {
        let mut secretive = callers.iter().filter(|caller| caller.secret.is_some());
        secretive.find(|caller| caller.is(peer, headers))
    }

    /// The caller who says his name and secret (RFC 6749 2.3.1), the latter in one of these spellings. One who names no
    /// addresses may ask from anywhere: nobody is him without his secret.
    pub(crate) fn named<'a>(
        callers: &'a [Self],
        peer: Peer,
        name: &str,
        secrets: &[&str],
    ) -> Option<&'a Self> {
        let caller = callers.iter().find(|caller| caller.name == name)?;
        let secret = caller.secret?;
        let may_be_here = caller.is_here(peer) || caller.from.is_empty() && !caller.from_unix;
        let mut shown = secrets.iter().map(|shown| Digest::of(shown));
        (may_be_here && shown.any(|shown| shown == secret)).then_some(caller)
    }

    fn is(&self, peer: Peer, headers: &HeaderMap) -> bool {
        self.is_here(peer) && self.secret.is_none_or(|secret| shows(headers, secret))
    }

    fn is_here(&self, peer: Peer) -> bool {
        match peer.ip() {
            None => self.from_unix,
            Some(ip) => self.from.contains(ip),
        }
    }

    /// The client it asks for.
    pub(super) fn client(&self, peer: Peer, headers: &HeaderMap) -> ClientAddress {
        match &self.client_ip {
            ClientIp::List(name) => {
                let lines = headers.get_all(name).iter().map(HeaderValue::as_bytes);
                forwarded_client(lines, &self.trusted_proxies).unwrap_or(ClientAddress::Unknown)
            }
            ClientIp::Forwarded => {
                let lines = headers.get_all(header::FORWARDED);
                super::forwarded::client(
                    lines.iter().map(HeaderValue::as_bytes),
                    &self.trusted_proxies,
                )
            }
            ClientIp::Peer => match peer {
                Peer::Tcp(address) => ClientAddress::Known(address.ip().to_canonical()),
                Peer::Proxied { client, .. } => client.map_or(ClientAddress::Unknown, |client| {
                    ClientAddress::Known(client.ip().to_canonical())
                }),
                Peer::Unix => ClientAddress::Unknown,
            },
        }
    }
}

/// Whether exactly this secret is shown, once.
fn shows(headers: &HeaderMap, secret: Digest) -> bool {
    let mut lines = headers.get_all(SECRET).iter();
    match (lines.next().map(HeaderValue::to_str), lines.next()) {
        (Some(Ok(shown)), None) => Digest::of(shown) == secret,
        _ => false,
    }
}

/// The address of a caller, for the log.
pub(super) fn address(peer: Peer) -> IpAddr {
    peer.ip().unwrap_or(LOCAL)
}
