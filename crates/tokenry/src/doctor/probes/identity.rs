//! What the API is told of the caller comes from Tokenry alone, and all of it arrives (spec/data-plane.md 1.4, 1.5, 2.0;
//! NT-34).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::super::echo::Received;
use super::super::probe::{Judge, Judged, Kit, Probe, Trial};
use super::super::wire::Answer;
use super::{arrives, values};

/// Every header that Tokenry answers with.
const HEADERS: [&str; 8] = [
    "X-Tokenry-Subject",
    "X-Tokenry-User-Id",
    "X-Tokenry-Persona",
    "X-Tokenry-Persona-Id",
    "X-Tokenry-Token-Id",
    "X-Tokenry-Audience",
    "X-Tokenry-Scope",
    ASSERTION,
];

const ASSERTION: &str = "X-Tokenry-Assertion";

/// What the client sends in their place.
const FORGED: &str = "doctor-forged";

const COPY: &str = "copy every X-Tokenry-* header of Tokenry's answer to the request for the API, replacing the client's. nginx: auth_request_set and proxy_set_header; Caddy: copy_headers; Traefik: authResponseHeadersRegex; HAProxy: set-header; Envoy: allowed_upstream_headers; Apache: RequestHeader set";
const CONNECTION: &str = "the proxy deletes what the client names in Connection after Tokenry's headers were added. Caddy: request_header -Connection; Apache: RequestHeader unset Connection early (outside of Location); HAProxy: http-request del-header Connection";
const TWINS: &str = "an API that turns - into _ takes these for Tokenry's. Caddy: request_header -X_Tokenry*; Traefik: aliasHeadersStrategy: reject; HAProxy: deny names with _; Envoy: headers_with_underscores_action: REJECT_REQUEST; Apache: refuse them with Require; nginx: leave underscores_in_headers off";
const UNKNOWN: &str = "strip all of X-Tokenry-* that clients send, for the headers that later versions add. Caddy: request_header -X-Tokenry-*; HAProxy: del-header X-Tokenry- -m beg; Envoy: remove_on_match in early_header_mutation; nginx cannot do it by prefix";
const ANONYMOUS: &str = "where no token is asked for, Tokenry's headers say :nobody. They must replace the client's there too";

pub(super) fn probes(kit: &Kit) -> Vec<Probe> {
    let mut probes = told(kit);
    probes.extend(forged(kit));
    probes
}

fn told(kit: &Kit) -> Vec<Probe> {
    let subject = kit.subject.clone();
    vec![
        Probe {
            id: "identity",
            expected: "every X-Tokenry-* header arrives once, with a value",
            advice: COPY,
            trials: kit.good().only(Judge::Passes(Box::new(move |received, _| {
                all_there(received, subject.as_deref())
            }))),
        },
        Probe {
            id: "assertion",
            expected: "the signed assertion arrives, and says what the headers say",
            advice: "copy X-Tokenry-Assertion too, and leave assertion = true in [[gate.callers]]. An API that requires it cannot be fooled by what the proxy loses",
            trials: kit
                .good()
                .only(Judge::Passes(Box::new(|received, _| assertion(received)))),
        },
        Probe {
            id: "other-token",
            expected: "another token right after is another identity",
            advice: "the proxy must not cache Tokenry's answers: look for proxy_cache, or a cache before the proxy",
            trials: other_token(kit),
        },
        Probe {
            id: "token-hidden",
            expected: "the token itself does not reach the API",
            advice: "delete Authorization behind the check. nginx: proxy_set_header Authorization \"\"; Caddy: header_up -Authorization; Traefik: a headers middleware behind forwardAuth; HAProxy: del-header; Envoy: request_headers_to_remove; Apache: RequestHeader unset",
            trials: kit
                .good()
                .only(Judge::Passes(Box::new(|received, _| hidden(received)))),
        },
        Probe {
            id: "answer-clean",
            expected: "the client is told nothing of the identity",
            advice: "X-Tokenry-* belongs into the request for the API, not into the answer to the client",
            trials: kit.good().only(Judge::Says(clean)),
        },
    ]
}

fn forged(kit: &Kit) -> Vec<Probe> {
    let twins = [
        "X_Tokenry_Subject",
        "X-Tokenry_Persona",
        "x_tokenry-persona-id",
    ];
    let names = HEADERS.join(", ");
    let genuine = || Judge::Passes(Box::new(|received: &Received, _: &[_]| genuine(received)));
    let public = kit.public.as_ref().ok_or("--public-path");
    vec![
        Probe {
            id: "forged",
            expected: "the client's own X-Tokenry-* never arrive",
            advice: COPY,
            trials: Ok(vec![
                kit.good().lines(HEADERS, FORGED).trial("once", genuine()),
                kit.good()
                    .lines(HEADERS, FORGED)
                    .lines(HEADERS, FORGED)
                    .trial("twice", genuine()),
                kit.get()
                    .lines(HEADERS, FORGED)
                    .trial("without a token", Judge::Refused(&[401])),
            ]),
        },
        Probe {
            id: "forged-twins",
            expected: "the client's X_Tokenry_* never arrive either",
            advice: TWINS,
            trials: kit
                .good()
                .lines(twins, FORGED)
                .only(Judge::PassesOrKept(Box::new(|received, _| {
                    without_twins(received)
                }))),
        },
        Probe {
            id: "forged-unknown",
            expected: "no header of that prefix arrives that Tokenry does not send",
            advice: UNKNOWN,
            trials: kit.good().line(format!("X-Tokenry-Future: {FORGED}")).only(
                Judge::PassesOrKept(Box::new(|received, _| {
                    if values(received, "x-tokenry-future").is_empty() {
                        return Judged::ok("it did not arrive");
                    }
                    Judged::warning("it arrived")
                })),
            ),
        },
        Probe {
            id: "forged-public",
            expected: "the client's own X-Tokenry-* never arrive where no token is asked for",
            advice: ANONYMOUS,
            trials: public.map(|path| {
                let request = kit.get().target(path).lines(HEADERS, FORGED);
                vec![request.trial("", Judge::Passes(Box::new(|received, _| nobody(received))))]
            }),
        },
        Probe {
            id: "connection",
            expected: "Connection: X-Tokenry-… deletes none of ours",
            advice: CONNECTION,
            trials: Ok(vec![
                kit.good()
                    .connection("close, X-Tokenry-Persona")
                    .trial("one", or_kept(genuine())),
                kit.good()
                    .connection(format!("close, {names}"))
                    .trial("all", or_kept(genuine())),
                kit.good()
                    .connection(format!("keep-alive, {names}"))
                    .line("Connection: close")
                    .trial("in two lines", or_kept(genuine())),
            ]),
        },
    ]
}

/// To refuse such a request is fine too.
fn or_kept(judge: Judge) -> Judge {
    match judge {
        Judge::Passes(check) => Judge::PassesOrKept(check),
        other => other,
    }
}

fn other_token(kit: &Kit) -> Result<Vec<Trial>, &'static str> {
    let other = kit.other.as_ref().ok_or("--other-token-file")?;
    let check = |received: &Received, before: &[Received]| {
        let id = |received| values(received, "x-tokenry-token-id").concat();
        match before.last().map(id) {
            Some(first) if first != id(received) => Judged::ok("the identity changed"),
            _ => Judged::fail("the identity stayed that of the first token"),
        }
    };
    Ok(vec![
        kit.good().trial("first", Judge::Passes(arrives())),
        kit.get()
            .bearer(other)
            .trial("second", Judge::Passes(Box::new(check))),
    ])
}

fn all_there(received: &Received, subject: Option<&str>) -> Judged {
    let judged = genuine(received);
    match subject {
        Some(subject) if values(received, "x-tokenry-subject") != [subject] => {
            Judged::fail(format!("X-Tokenry-Subject is not {subject}"))
        }
        _ => judged,
    }
}

/// Whether each is there once, and is neither empty, nor forged, nor the name of a variable that was not replaced. The
/// assertion may be missing: that is for its own probe.
fn genuine(received: &Received) -> Judged {
    let mut wrong = Vec::new();
    for header in HEADERS {
        let name = header.to_ascii_lowercase();
        match values(received, &name).as_slice() {
            [] if header == ASSERTION => {}
            [] => wrong.push(format!("{header} is missing")),
            [value] if value.contains(FORGED) => wrong.push(format!("{header} is the client's")),
            [value] if value.trim().is_empty() => wrong.push(format!("{header} is empty")),
            [value] if value.starts_with(['{', '%', '$', '(']) && value.len() > 12 => {
                wrong.push(format!("{header} is {value}"));
            }
            [_] => {}
            several => wrong.push(format!("{header} is there {} times", several.len())),
        }
    }
    if wrong.is_empty() {
        return Judged::ok("all as Tokenry sent them");
    }
    Judged::fail(wrong.join(", "))
}

fn assertion(received: &Received) -> Judged {
    let lines = values(received, "x-tokenry-assertion");
    let [jws] = lines.as_slice() else {
        return Judged::warning(format!("it is there {} times", lines.len()));
    };
    let claims = jws
        .split('.')
        .nth(1)
        .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok())
        .and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let Some(claims) = claims else {
        return Judged::fail("it is no JWS");
    };
    let pairs = [
        ("sub", "x-tokenry-subject"),
        ("user_id", "x-tokenry-user-id"),
        ("persona_id", "x-tokenry-persona-id"),
        ("token_id", "x-tokenry-token-id"),
    ];
    for (claim, header) in pairs {
        let said = match claims.get(claim) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => return Judged::fail(format!("it has no {claim}")),
        };
        // A header holds what is not ASCII percent-encoded, a claim as it is.
        if said.is_ascii() && values(received, header) != [said.as_str()] {
            return Judged::fail(format!("{claim} differs from {header}"));
        }
    }
    Judged::ok("it agrees with the headers")
}

fn hidden(received: &Received) -> Judged {
    match values(received, "authorization").as_slice() {
        [] => Judged::ok("Authorization did not arrive"),
        _ => Judged::warning("Authorization arrived"),
    }
}

fn clean(answer: &Answer) -> Judged {
    let of_ours = |(name, _): &&(String, String)| name.starts_with("x-tokenry-");
    let names: Vec<&str> = (answer.headers.iter().filter(of_ours))
        .map(|(name, _)| name.as_str())
        .collect();
    if names.is_empty() {
        return Judged::ok("no X-Tokenry-* in the answer");
    }
    Judged::warning(names.join(", "))
}

fn without_twins(received: &Received) -> Judged {
    let is_twin =
        |name: &&str| name.contains('_') && name.replace('_', "-").starts_with("x-tokenry-");
    let names = received.headers.iter().map(|(name, _)| name.as_str());
    let twins: Vec<&str> = names.filter(is_twin).collect();
    if twins.is_empty() {
        return Judged::ok("they did not arrive");
    }
    Judged::fail(format!("{} arrived", twins.join(", ")))
}

fn nobody(received: &Received) -> Judged {
    let judged = genuine(received);
    match values(received, "x-tokenry-subject").as_slice() {
        [":nobody"] => judged,
        _ => Judged::fail("X-Tokenry-Subject is not :nobody"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::echo::ReceivedBody;
    use super::super::super::probe::Verdict;
    use super::*;

    fn received(change: impl Fn(&mut Vec<(String, String)>)) -> Received {
        let pair = |name: &str| (name.to_ascii_lowercase(), "x".to_owned());
        let mut headers: Vec<_> = HEADERS.into_iter().map(pair).collect();
        change(&mut headers);
        Received {
            method: "GET".to_owned(),
            target: "/".to_owned(),
            headers,
            body: ReceivedBody::of(b""),
        }
    }

    #[test]
    fn nt34_what_is_missing_doubled_forged_or_a_placeholder_fails() {
        assert_eq!(genuine(&received(|_| {})).0, Verdict::Ok);
        let set = |value: &'static str| received(move |all| all[2].1 = value.to_owned());
        for value in [
            FORGED,
            "",
            " ",
            "{http.reverse_proxy.header.X-Tokenry-Persona}",
        ] {
            assert_eq!(genuine(&set(value)).0, Verdict::Fail, "{value}");
        }
        let missing = received(|all| drop(all.remove(2)));
        assert_eq!(genuine(&missing).0, Verdict::Fail);
        let doubled = received(|all| all.push(all[2].clone()));
        assert_eq!(genuine(&doubled).0, Verdict::Fail);
    }

    #[test]
    fn nt34_twins_with_underscores_fail() {
        for name in ["x_tokenry_subject", "x-tokenry_persona"] {
            let twin = received(|all| all.push((name.to_owned(), "x".to_owned())));
            assert_eq!(without_twins(&twin).0, Verdict::Fail, "{name}");
        }
        assert_eq!(without_twins(&received(|_| {})).0, Verdict::Ok);
    }

    #[test]
    fn an_assertion_must_agree_with_the_headers() {
        let claims = |sub: &str| {
            let claims =
                serde_json::json!({ "sub": sub, "user_id": 7, "persona_id": 0, "token_id": "x" });
            format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims.to_string()))
        };
        let with = |jws: String| {
            received(move |all| {
                all[1].1 = "7".to_owned();
                all[3].1 = "0".to_owned();
                all[7].1.clone_from(&jws);
            })
        };
        assert_eq!(assertion(&with(claims("x"))).0, Verdict::Ok);
        assert_eq!(assertion(&with(claims("y"))).0, Verdict::Fail);
        assert_eq!(assertion(&with("abc".to_owned())).0, Verdict::Fail);
    }
}
