//! The parameters of a request (FastCGI 3.4): of hundreds, the few that ask something. Bounded, and strict: what can be
//! read in two ways is refused.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use tokenry_core::token::address::{ClientAddress, canonical};

use super::super::{callers::SECRET, rules::Route};

/// Bytes of all parameters together.
const MOST_BYTES: usize = 64 * 1024;

/// How many there may be.
const MOST: usize = 512;

/// The parameters that are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Params {
    method: Option<String>,
    target: Option<String>,
    host: Option<String>,
    address: Option<String>,
    headers: HeaderMap,
}

impl Params {
    /// Reads them; or what is wrong.
    pub(super) fn parse(mut rest: &[u8]) -> Result<Self, &'static str> {
        let mut params = Self::default();
        let mut count = 0;
        while !rest.is_empty() {
            count += 1;
            if count > MOST {
                return Err("there are more than 512 parameters");
            }
            let ((name, value), after) =
                pair(rest).ok_or("a parameter is longer than what there is")?;
            params.take(name, value)?;
            rest = after;
        }
        Ok(params)
    }

    fn take(&mut self, name: &[u8], value: &[u8]) -> Result<(), &'static str> {
        match name {
            b"REQUEST_METHOD" => once(&mut self.method, value),
            b"REQUEST_URI" => once(&mut self.target, value),
            b"HTTP_HOST" => once(&mut self.host, value),
            b"REMOTE_ADDR" => once(&mut self.address, value),
            b"HTTP_AUTHORIZATION" => self.header(header::AUTHORIZATION, value),
            b"HTTP_TRACEPARENT" => self.header(HeaderName::from_static("traceparent"), value),
            b"HTTP_X_TOKENRY_CALLER_SECRET" => self.header(SECRET, value),
            _ => Ok(()),
        }
    }

    /// Two of them are for the grammar of the header to refuse.
    fn header(&mut self, name: HeaderName, value: &[u8]) -> Result<(), &'static str> {
        let value = HeaderValue::from_bytes(value);
        let value = value.map_err(|_| "a header holds a control character")?;
        self.headers.append(name, value);
        Ok(())
    }

    /// What is shown.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What is asked for.
    pub(super) fn route(&self) -> Option<Route<'_>> {
        Some(Route {
            method: self.method.as_deref()?,
            host: self.host.as_deref().unwrap_or_default(),
            target: self.target.as_deref()?,
        })
    }

    /// The client, who is always the one that the server names.
    pub(super) fn client(&self) -> ClientAddress {
        let address = self.address.as_deref();
        let ip = address.and_then(|address| address.parse::<IpAddr>().ok());
        ip.map_or(ClientAddress::Unknown, |ip| {
            ClientAddress::Known(canonical(ip))
        })
    }
}

/// Parameters as they arrive, record by record.
#[derive(Debug, Default)]
pub(super) struct Arriving {
    bytes: Vec<u8>,
    too_many: bool,
}

impl Arriving {
    /// Adds a part. What is too much is not kept.
    pub(super) fn add(&mut self, part: &[u8]) {
        self.too_many |= self.bytes.len() + part.len() > MOST_BYTES;
        if self.too_many {
            self.bytes = Vec::new();
        } else {
            self.bytes.extend(part);
        }
    }

    /// All of them.
    pub(super) fn finish(self) -> Result<Params, &'static str> {
        if self.too_many {
            return Err("the parameters are longer than 65536 bytes");
        }
        Params::parse(&self.bytes)
    }
}

fn once(place: &mut Option<String>, value: &[u8]) -> Result<(), &'static str> {
    let value = std::str::from_utf8(value);
    let value = value.map_err(|_| "a parameter that describes the request is not UTF-8")?;
    match place.replace(value.to_owned()) {
        None => Ok(()),
        Some(_) => Err("a parameter that describes the request is there twice"),
    }
}

/// A name, its value, and what comes after.
type Pair<'a> = ((&'a [u8], &'a [u8]), &'a [u8]);

fn pair(bytes: &[u8]) -> Option<Pair<'_>> {
    let (name, rest) = length(bytes)?;
    let (value, rest) = length(rest)?;
    let (name, rest) = rest.split_at_checked(name)?;
    let (value, rest) = rest.split_at_checked(value)?;
    Some(((name, value), rest))
}

/// A length of one byte, or of four with the highest bit set.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    if let (short @ 0..=127, rest) = bytes.split_first()? {
        return Some((usize::from(*short), rest));
    }
    let (long, rest) = bytes.split_first_chunk::<4>()?;
    let long = u32::from_be_bytes(*long) & 0x7fff_ffff;
    Some((usize::try_from(long).ok()?, rest))
}
