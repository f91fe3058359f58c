//! Nobody chooses his own address, nor what the request was before the proxy saw it (NT-31, NT-32, NT-35, NT-39).

use super::super::echo::Received;
use super::super::probe::{Draft, Judge, Judged, Kit, Probe};
use super::{ELSEWHERE, values};

const SET: &str = "tell Tokenry the address of the connection in one header of the proxy's own, and name that header as client_ip in [[gate.callers]]. nginx: proxy_set_header X-Forwarded-For $remote_addr; Caddy and Traefik: trust no proxies that are not there; Envoy: x-envoy-external-address";
const STRIP: &str = "delete what the client says about where it comes from, so that no library of the API believes it: Forwarded, X-Real-IP, X-Original-*, X-Rewrite-URL, X-Forwarded-Uri, -Method, -Prefix";

/// Headers that some library somewhere takes for what the proxy says.
const OF_PROXIES: [&str; 9] = [
    "Forwarded",
    "X-Real-IP",
    "X-Original-URI",
    "X-Original-URL",
    "X-Original-Method",
    "X-Rewrite-URL",
    "X-Forwarded-Uri",
    "X-Forwarded-Method",
    "X-Forwarded-Prefix",
];

pub(super) fn probes(kit: &Kit) -> Vec<Probe> {
    vec![
        Probe {
            id: "address",
            expected: "a token for another address is refused, whatever address the client claims",
            advice: SET,
            trials: kit
                .restricted
                .as_ref()
                .ok_or("--restricted-token-file")
                .map(|token| {
                    let claims = claims().into_iter();
                    let trials = claims.map(|(name, lines)| {
                        let request = kit.get().bearer(token);
                        let request = lines.into_iter().fold(request, Draft::line);
                        request.trial(name, Judge::Refused(&[400, 401]))
                    });
                    trials.collect()
                }),
        },
        Probe {
            id: "address-at-api",
            expected: "the last address in X-Forwarded-For is not the client's word",
            advice: SET,
            trials: kit
                .good()
                .line(format!("X-Forwarded-For: {ELSEWHERE}"))
                .only(Judge::PassesOrKept(Box::new(|received, _| {
                    last_address(received)
                }))),
        },
        Probe {
            id: "proxy-headers-at-api",
            expected: "headers of other proxies do not reach the API as the client wrote them",
            advice: STRIP,
            trials: kit
                .good()
                .lines(OF_PROXIES, "/doctor-forged")
                .only(Judge::PassesOrKept(Box::new(|received, _| {
                    of_proxies(received)
                }))),
        },
    ]
}

fn claims() -> Vec<(&'static str, Vec<String>)> {
    let one = |name: &'static str| (name, vec![format!("{name}: {ELSEWHERE}")]);
    let mut claims: Vec<_> = [
        "X-Forwarded-For",
        "X_Forwarded_For",
        "X-Real-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "X-Envoy-External-Address",
    ]
    .map(one)
    .into();
    claims.push(("nothing", Vec::new()));
    claims.push((
        "Forwarded",
        vec![format!("Forwarded: for={ELSEWHERE};proto=https")],
    ));
    claims.push((
        "X-Forwarded-For, twice",
        vec![
            format!("X-Forwarded-For: {ELSEWHERE}"),
            format!("X-Forwarded-For: {ELSEWHERE}, 127.0.0.1"),
        ],
    ));
    claims.push((
        "X-Forwarded-For, named in Connection",
        vec![
            format!("X-Forwarded-For: {ELSEWHERE}"),
            "Connection: X-Forwarded-For".to_owned(),
        ],
    ));
    claims
}

fn last_address(received: &Received) -> Judged {
    let lines = values(received, "x-forwarded-for").join(",");
    let last = lines.rsplit(',').next().unwrap_or_default().trim();
    if last.contains(ELSEWHERE) {
        return Judged::fail("it is what the client claims");
    }
    if lines.contains(ELSEWHERE) {
        return Judged::ok("the client's word is there, before the proxy's own");
    }
    Judged::ok("the client's word did not arrive")
}

fn of_proxies(received: &Received) -> Judged {
    let arrived: Vec<&str> = OF_PROXIES
        .into_iter()
        .filter(|name| {
            let name = name.to_ascii_lowercase();
            let values = values(received, &name);
            values.iter().any(|value| value.contains("doctor-forged"))
        })
        .collect();
    if arrived.is_empty() {
        return Judged::ok("none arrived");
    }
    Judged::warning(format!("{} arrived", arrived.join(", ")))
}
