//! All probes, in the order in which they are reported (spec/data-plane.md 1 and 2.0).

mod address;
mod credentials;
mod identity;
mod rules;
mod traffic;

use super::echo::Received;
use super::probe::{Check, Judged, Kit, Probe};

/// Where a restricted token may be used from: an address of documentation (RFC 5737), from which nobody calls.
pub(super) const ELSEWHERE: &str = "203.0.113.9";

/// Every probe.
pub(super) fn all(kit: &Kit) -> Vec<Probe> {
    let mut probes = credentials::probes(kit);
    probes.extend(identity::probes(kit));
    probes.extend(address::probes(kit));
    probes.extend(rules::probes(kit));
    probes.extend(traffic::probes(kit));
    probes
}

/// Nothing more is asked than that it arrives.
fn arrives() -> Check {
    Box::new(|_, _| Judged::ok("it reached the API"))
}

/// All values of a header that arrived.
fn values<'a>(received: &'a Received, name: &str) -> Vec<&'a str> {
    let fits = |(n, value): &'a (String, String)| (n == name).then_some(value.as_str());
    received.headers.iter().filter_map(fits).collect()
}
