//! What the rules deny stays denied, however the request is dressed up (NT-35, NT-36).

use super::super::probe::{Judge, Kit, Probe, Trial};

const TOLD: &str = "Tokenry must be told method, path and host as the proxy itself read them, never as the client's own headers say. Traefik: trustForwardHeader: false, written out; nginx: proxy_pass_request_headers off in the location that asks; Caddy: request_header -X-Forwarded-*";
const PATHS: &str = "the proxy and Tokenry must see one path. nginx: tell $request_uri, and proxy_pass without a path; Traefik and Envoy: leave the cleaning of paths on; parameters such as ;x=y, which they leave as they are, Tokenry refuses";
const FORBIDDEN: &str =
    "the proxy must pass 403 of Tokenry on. If the path is not denied, say so in [[gate.rules]]";

const MISSING: &str = "--denied-path";

pub(super) fn probes(kit: &Kit) -> Vec<Probe> {
    let denied = || kit.denied.as_deref().ok_or(MISSING);
    vec![
        Probe {
            id: "denied",
            expected: "403 for a good token where no rule lets it",
            advice: FORBIDDEN,
            trials: denied().map(|path| {
                let request = kit.good().target(path);
                vec![request.trial("", Judge::Refused(&[403]))]
            }),
        },
        Probe {
            id: "denied-disguised",
            expected: "403 also where headers describe another request",
            advice: TOLD,
            trials: denied().map(|path| disguised(kit, path)),
        },
        Probe {
            id: "denied-tricks",
            expected: "no spelling of a denied path reaches the API",
            advice: PATHS,
            trials: denied().map(|path| tricks(kit, path)),
        },
        Probe {
            id: "absolute-form",
            expected: "a whole URL as the target opens nothing",
            advice: PATHS,
            trials: Ok(absolute(kit)),
        },
    ]
}

fn disguised(kit: &Kit, path: &str) -> Vec<Trial> {
    let allowed = kit.target.as_str();
    let names = [
        "X-Forwarded-Uri",
        "X-Forwarded-Path",
        "X-Original-URI",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Envoy-Original-Path",
    ];
    let mut trials: Vec<Trial> = names
        .into_iter()
        .map(|name| {
            let request = kit.good().target(path).line(format!("{name}: {allowed}"));
            request.trial(name, Judge::Kept)
        })
        .collect();
    let more = [
        ("X-Forwarded-Prefix", allowed),
        ("X-Forwarded-Method", "OPTIONS"),
        ("X-Original-Method", "OPTIONS"),
        ("X-HTTP-Method-Override", "OPTIONS"),
        ("X-Forwarded-Host", "doctor.invalid"),
        ("Connection", "X-Forwarded-Uri, X-Forwarded-Method"),
    ];
    trials.extend(more.map(|(name, value)| {
        let request = kit.good().target(path).line(format!("{name}: {value}"));
        request.trial(name, Judge::Kept)
    }));
    trials
}

fn tricks(kit: &Kit, path: &str) -> Vec<Trial> {
    let allowed = kit.target.split('?').next().unwrap_or_default();
    let name = path.trim_start_matches('/');
    let up = "/..".repeat(allowed.matches('/').count());
    let encoded_up = "/%2e%2e".repeat(allowed.matches('/').count());
    let first = allowed.split('/').nth(1).unwrap_or_default();
    [
        format!("{allowed}{up}/{name}"),
        format!("{allowed}{encoded_up}/{name}"),
        format!("/{first}/..;/{name}"),
        format!("/{first}/%2e%2e%2f{name}"),
        format!("/{first}/..%5c{name}"),
        format!("/{first}/..\\{name}"),
        format!("//{name}"),
        format!("/./{name}"),
        format!("/;x=y/{name}"),
        format!("/{name};x=y"),
        format!("/%2f{name}"),
        format!("/{name}%00"),
        format!("/{first}/%252e%252e/{name}"),
        format!("/{name}?/../{first}"),
        format!("/{name}#/../{first}"),
    ]
    .into_iter()
    .map(|target| {
        let name = target.clone();
        kit.good().target(target).trial(name, Judge::Kept)
    })
    .collect()
}

fn absolute(kit: &Kit) -> Vec<Trial> {
    let authority = &kit.authority;
    let url = |host: &str, path: &str| format!("http://{host}{path}");
    let mut trials = vec![
        kit.get()
            .target(url(authority, &kit.target))
            .trial("no token", Judge::Kept),
        kit.get()
            .target(url("doctor.invalid", &kit.target))
            .trial("no token, another host", Judge::Kept),
    ];
    if let Some(denied) = &kit.denied {
        trials.push(
            kit.good()
                .target(url(authority, denied))
                .trial("denied path", Judge::Kept),
        );
        trials.push(
            kit.good()
                .target(url("doctor.invalid", denied))
                .trial("denied path, another host", Judge::Kept),
        );
    }
    trials
}
