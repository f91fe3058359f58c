//! All kinds of requests are asked for, and those that pass arrive whole (spec/data-plane.md 1.13, 1.14; NT-37).

use super::super::echo::{Received, ReceivedBody};
use super::super::probe::{Check, Judge, Judged, Kit, Probe};
use super::super::wire::Answer;

const BODY: &[u8] = b"a body of the doctor's: \r\n\0 with everything in it";

const EVERY: &str =
    "ask for every method, host and user agent; what is to be public is said by a rule of Tokenry";
const HOST: &str = "a request for a host that the proxy does not serve must be refused. Caddy answers 200 without a body, which looks like success: use http://:PORT as the site, or respond with 421";
const INTACT: &str = "the question to Tokenry must carry neither body nor Content-Length, and the request to the API both. nginx: proxy_pass_request_body off and proxy_set_header Content-Length \"\" belong only into the location that asks";

pub(super) fn probes(kit: &Kit) -> Vec<Probe> {
    let mut probes = without_token(kit);
    probes.extend(with_token(kit));
    probes
}

fn without_token(kit: &Kit) -> Vec<Probe> {
    let refused = || Judge::Refused(&[401]);
    let agents = [
        "kube-probe/1.30",
        "GoogleHC/1.0",
        "ELB-HealthChecker/2.0",
        "Mozilla/5.0",
    ];
    let agent = |agent: &'static str| {
        let request = kit.get().line(format!("User-Agent: {agent}"));
        request.trial(agent, Judge::Refused(&[400, 401]))
    };
    let methods = ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"];
    vec![
        Probe {
            id: "options",
            expected: "401 for OPTIONS without a token",
            advice: "browsers' preflights carry no token. Do not let all OPTIONS pass: give the paths that browsers use a public rule for OPTIONS",
            trials: kit.request("OPTIONS").only(refused()),
        },
        Probe {
            id: "head",
            expected: "401 for HEAD without a token, and HEAD passes with one",
            advice: EVERY,
            trials: Ok(vec![
                kit.request("HEAD").trial("without", refused()),
                kit.request("HEAD")
                    .bearer(&kit.token)
                    .trial("with", Judge::Says(is_success)),
            ]),
        },
        Probe {
            id: "methods",
            expected: "no method passes without a token",
            advice: EVERY,
            trials: Ok(methods
                .map(|method| {
                    let request = kit.request(method).line("Content-Length: 0");
                    request.trial(method, Judge::Kept)
                })
                .into()),
        },
        Probe {
            id: "user-agent",
            expected: "no user agent passes without a token",
            advice: EVERY,
            trials: Ok(agents.map(agent).into()),
        },
        Probe {
            id: "other-host",
            expected: "no other Host passes without a token, or is answered as if all were well",
            advice: HOST,
            trials: Ok(["doctor.invalid", "localhost", "127.0.0.1"]
                .map(|host| kit.get().host(host).trial(host, Judge::Kept))
                .into()),
        },
        Probe {
            id: "upgrade",
            expected: "401 for an upgrade without a token",
            advice: EVERY,
            trials: Ok(["websocket", "h2c"]
                .map(|protocol| {
                    kit.get()
                        .connection("Upgrade")
                        .line(format!("Upgrade: {protocol}"))
                        .line("Sec-WebSocket-Version: 13")
                        .line("Sec-WebSocket-Key: ZG9jdG9yZG9jdG9yZG9jdA==")
                        .trial(protocol, Judge::Refused(&[400, 401, 403, 426]))
                })
                .into()),
        },
    ]
}

fn with_token(kit: &Kit) -> Vec<Probe> {
    let post = || kit.request("POST").bearer(&kit.token);
    let whole = || Judge::Passes(whole());
    vec![
        Probe {
            id: "body",
            expected: "a body arrives whole",
            advice: INTACT,
            trials: Ok(vec![
                post().body(BODY).trial("with its length", whole()),
                post().chunked(BODY, "").trial("in chunks", whole()),
            ]),
        },
        Probe {
            id: "expect",
            expected: "Expect: 100-continue works, with a token and without",
            advice: INTACT,
            trials: Ok(vec![
                post().body(BODY).expecting().trial("with", whole()),
                kit.request("POST")
                    .body(BODY)
                    .expecting()
                    .trial("without", Judge::Refused(&[401])),
            ]),
        },
    ]
}

fn whole() -> Check {
    Box::new(|received: &Received, _| {
        if received.method != "POST" {
            return Judged::fail(format!("the method is {}", received.method));
        }
        if received.body != ReceivedBody::of(BODY) {
            return Judged::fail(format!(
                "{} of {} bytes, or others",
                received.body.bytes,
                BODY.len()
            ));
        }
        Judged::ok("method and body are as sent")
    })
}

fn is_success(answer: &Answer) -> Judged {
    match answer.status {
        200..=299 => Judged::ok(answer.status),
        status => Judged::fail(format!("refused with {status}")),
    }
}
