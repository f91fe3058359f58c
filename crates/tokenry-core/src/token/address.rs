//! Addresses and networks: the lists that say from where a token may be used, and who a request comes from.
//!
//! Not here: whose lists count (the union of three, spec/tanium.md 9) and what becomes of an address that is in none.

use std::{collections::HashSet, fmt, net::IpAddr, sync::Arc};

use ipnet::IpNet;

use crate::error::Error;

mod client;
mod item;
mod ranges;
#[cfg(test)]
mod tests;

pub use client::{
    ClientAddress, MAX_FORWARDED_BYTES, MAX_HOPS, canonical, client_address, forwarded_client,
    parse_proxies,
};
use ranges::Ranges;

/// A list of addresses and networks, as in `trusted_ip_addresses` (spec/tanium.md 9).
///
/// `0.0.0.0/0` is any address, IPv6 included; `::/0` is any IPv6 address. Cheap to clone; the empty list, which most
/// tokens have, is one word without an allocation. An empty list holds no address: it never means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Option<Arc<Compiled>>);

/// What a list that is not empty comes to.
#[derive(Debug, PartialEq, Eq)]
struct Compiled {
    /// The canonical items, joined by commas.
    text: Box<str>,
    v4: Ranges<u32>,
    v6: Ranges<u128>,
    anywhere: bool,
}

/// The longest item that an error repeats, in characters: no network is longer, and every token is. Junk may be a secret
/// pasted into the wrong field (NT-43).
const MAX_REPEATED: usize = 45;

impl Networks {
    /// The longest list, in characters, separators included (spec/tanium.md 4.1).
    pub const MAX_CHARS: usize = 32_768;

    /// Parses a list separated by commas, line breaks, or both (spec/tanium.md 9). Blank items are ignored and not
    /// counted, as is white space around an item.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with `field`, the allowed form, the number of the item and what to write instead.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Error> {
        Self::collect(field, split(text), |_| Ok(()))
    }

    /// Parses a list given item by item (spec/tanium.md 9, GraphQL). Otherwise as [`Networks::parse`]; an item may not
    /// hold commas or line breaks.
    pub fn parse_items<'a>(
        field: &'static str,
        items: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Error> {
        Self::collect(field, items, |_| Ok(()))
    }

    /// Reads a stored list. An item that cannot be read is left out, never widened (spec/tanium.md 9), and returned in
    /// the second part so that it can be logged.
    #[must_use]
    pub fn from_stored(text: &str) -> (Self, Vec<String>) {
        let mut networks = Vec::new();
        let mut left_out = Vec::new();
        for item in split(text).map(str::trim).filter(|item| !item.is_empty()) {
            match item::read(item) {
                Ok(network) => networks.push(network),
                Err(_) => left_out.push(item.to_owned()),
            }
        }
        (Self::compile(networks), left_out)
    }

    /// Whether the list holds the address. IPv4 mapped into IPv6 counts as IPv4. The cost hardly depends on how long
    /// the list is.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let Some(list) = &self.0 else {
            return false;
        };
        list.anywhere
            || match canonical(address) {
                IpAddr::V4(v4) => list.v4.contains(v4.to_bits()),
                IpAddr::V6(v6) => list.v6.contains(v6.to_bits()),
            }
    }

    /// Whether there is no item, so that the list holds no address.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The number of items. Counts them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items().count()
    }

    /// Whether the list holds `0.0.0.0/0`, any address at all (NT-38).
    #[must_use]
    pub fn is_anywhere(&self) -> bool {
        self.0.as_ref().is_some_and(|list| list.anywhere)
    }

    /// The items' canonical texts in the order given, without repetitions. An item within another stays.
    pub fn items(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|list| list.text.split(','))
    }

    /// Reads items, of which each must also pass `check`. Stops at the first that is wrong or beyond the limit.
    fn collect<'a>(
        field: &'static str,
        items: impl IntoIterator<Item = &'a str>,
        check: impl Fn(IpNet) -> Result<(), String>,
    ) -> Result<Self, Error> {
        let too_long = || {
            let why = format!("must be at most {} characters long", Self::MAX_CHARS);
            Err(Error::invalid(field, why))
        };
        let mut networks = Vec::new();
        let mut chars = 0;
        for item in items {
            chars += item.chars().count();
            if chars > Self::MAX_CHARS {
                return too_long();
            }
            chars += 1; // the separator behind it
            let item = item.trim();
            if item.is_empty() {
                continue;
            }
            let network = item::read(item)
                .and_then(|network| check(network).map(|()| network))
                .map_err(|wrong| Error::invalid(field, why(networks.len() + 1, item, &wrong)))?;
            networks.push(network);
        }
        let list = Self::compile(networks);
        // `1::3:4:5:6:7:8` is one longer in RFC 5952's form; what is read from us must be accepted when sent back.
        if list.to_string().len() > Self::MAX_CHARS {
            return too_long();
        }
        Ok(list)
    }

    fn compile(mut networks: Vec<IpNet>) -> Self {
        let mut seen = HashSet::with_capacity(networks.len());
        networks.retain(|network| seen.insert(*network));
        if networks.is_empty() {
            return Self::default();
        }
        let mut v4 = Vec::new();
        let mut v6 = Vec::new();
        for network in &networks {
            match network {
                IpNet::V4(net) => v4.push((net.network().to_bits(), net.broadcast().to_bits())),
                IpNet::V6(net) => v6.push((net.network().to_bits(), net.broadcast().to_bits())),
            }
        }
        let texts: Vec<_> = networks.iter().copied().map(item::canonical_text).collect();
        let is_anywhere = |network: &IpNet| network.addr().is_ipv4() && network.prefix_len() == 0;
        Self(Some(Arc::new(Compiled {
            text: texts.join(",").into(),
            v4: Ranges::new(v4),
            v6: Ranges::new(v6),
            anywhere: networks.iter().any(is_anywhere),
        })))
    }
}

impl fmt::Display for Networks {
    /// The items, joined by commas; [`Networks::from_stored`] reads it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref().map_or("", |list| &list.text))
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '\n', '\r'])
}

/// The sentence for a client about the item with that number, counted from one.
fn why(number: usize, item: &str, wrong: &str) -> String {
    let printable = item.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    let repeated = if printable && item.len() <= MAX_REPEATED {
        format!(" ({item})")
    } else {
        String::new()
    };
    format!(
        "must hold IP addresses and networks such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32; \
         item {number}{repeated} {wrong}"
    )
}
