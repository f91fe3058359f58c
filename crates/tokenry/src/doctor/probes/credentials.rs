//! What presents no good token does not pass, however it is written (NT-55).

use super::super::probe::{Judge, Judged, Kit, Probe};
use super::super::wire::Answer;
use super::arrives;

const REFUSED: &[u16] = &[401];
const MALFORMED: &[u16] = &[400, 401];
const TOO_LONG: &[u16] = &[400, 401, 413, 414, 431];

/// It has the form of a token, and is none: the checksum is wrong.
const MADE_UP: &str = "token-00000000000000000000000000000000000000000000000000";

const PROTECT: &str = "no part of the API may be without the check: see the example, and look for locations or routes beside it";
const STRICT: &str =
    "pass Authorization on to Tokenry as it came, once; it refuses what is not exactly one token";
const CHALLENGE: &str = "pass WWW-Authenticate of Tokenry's answer on. nginx: error_page 401 alone does, and add_header would double it; HAProxy: hdr WWW-Authenticate";

pub(super) fn probes(kit: &Kit) -> Vec<Probe> {
    let mut probes = present(kit);
    probes.extend(malformed(kit));
    probes
}

fn present(kit: &Kit) -> Vec<Probe> {
    vec![
        Probe {
            id: "good-token",
            expected: "a good token passes",
            advice: "check the token with `tokenry rules test`, the address of the gate, and that [gate] callers names the proxy",
            trials: kit.good().only(Judge::Passes(arrives())),
        },
        Probe {
            id: "no-token",
            expected: "401 without a token",
            advice: PROTECT,
            trials: kit.get().only(Judge::Refused(REFUSED)),
        },
        Probe {
            id: "challenge",
            expected: "one WWW-Authenticate: Bearer with the 401",
            advice: CHALLENGE,
            trials: kit.get().only(Judge::Says(challenge)),
        },
        Probe {
            id: "no-store",
            expected: "Cache-Control: no-store with the 401",
            advice: "pass Cache-Control of Tokenry's answer on, or set it. nginx: add_header Cache-Control no-store always",
            trials: kit.get().only(Judge::Says(no_store)),
        },
        Probe {
            id: "bad-token",
            expected: "401 for a token that is made up",
            advice: PROTECT,
            trials: kit.get().bearer(MADE_UP).only(Judge::Refused(REFUSED)),
        },
        Probe {
            id: "altered-token",
            expected: "401 for the good token with one character changed",
            advice: "the proxy must not look at tokens itself, and must not remember answers of Tokenry",
            trials: kit
                .get()
                .bearer(&altered(&kit.token))
                .only(Judge::Refused(REFUSED)),
        },
    ]
}

fn malformed(kit: &Kit) -> Vec<Probe> {
    let token = kit.token.as_str();
    let other = kit.other.as_ref().map_or(MADE_UP, |other| other.as_str());
    let line = |value: String| kit.get().line(format!("Authorization: {value}"));
    let refused = || Judge::Refused(MALFORMED);
    let separator = if kit.target.contains('?') { '&' } else { '?' };
    let query = format!("{}{separator}access_token={token}", kit.target);
    let form = format!("access_token={token}");
    let probe = |id, expected, trials| Probe {
        id,
        expected,
        advice: STRICT,
        trials,
    };
    vec![
        probe(
            "empty",
            "400 or 401 for \"Bearer\" without a token",
            Ok(vec![
                line("Bearer ".to_owned()).trial("Bearer and a space", refused()),
                line(String::new()).trial("an empty line", refused()),
            ]),
        ),
        probe(
            "tab",
            "400 or 401 for a tab behind Bearer",
            line(format!("Bearer\t{token}")).only(refused()),
        ),
        probe(
            "comma",
            "400 or 401 for two tokens in one line",
            Ok(vec![
                line(format!("Bearer {token}, Bearer {other}")).trial("two schemes", refused()),
                line(format!("Bearer {other},{token}")).trial("one scheme", refused()),
            ]),
        ),
        probe(
            "two-lines",
            "400 or 401 for two Authorization lines",
            Ok(vec![
                kit.good().bearer(other).trial("good first", refused()),
                kit.get()
                    .bearer(other)
                    .bearer(token)
                    .trial("good last", refused()),
                kit.good()
                    .line("authorization: Basic YTpi")
                    .trial("in another case", refused()),
            ]),
        ),
        probe(
            "other-scheme",
            "400 or 401 for the token in another scheme",
            Ok(["Basic", "Token", "Negotiate"]
                .map(|scheme| line(format!("{scheme} {token}")).trial(scheme, refused()))
                .into()),
        ),
        probe(
            "long-token",
            "a token of 5 KB is refused as such (400, 401, 413, 414 or 431)",
            kit.get()
                .bearer(&"a".repeat(5 * 1024))
                .only(Judge::Refused(TOO_LONG)),
        ),
        probe(
            "token-elsewhere",
            "401 for a token in the query, in a form or in a trailer",
            Ok(vec![
                kit.get().target(query).trial("query", refused()),
                kit.request("POST")
                    .line("Content-Type: application/x-www-form-urlencoded")
                    .body(form.as_bytes())
                    .trial("form", refused()),
                kit.request("POST")
                    .line("Trailer: Authorization")
                    .chunked(b"body", &format!("Authorization: Bearer {token}\r\n"))
                    .trial("trailer", refused()),
            ]),
        ),
    ]
}

fn challenge(answer: &Answer) -> Judged {
    let challenges: Vec<&str> = answer.values("www-authenticate").collect();
    match challenges.as_slice() {
        [one] if one.to_ascii_lowercase().starts_with("bearer") => Judged::ok(one),
        [] => Judged::fail("there is none"),
        several => Judged::warning(several.join(" | ")),
    }
}

fn no_store(answer: &Answer) -> Judged {
    let mut lines = answer.values("cache-control");
    if lines.any(|line| line.contains("no-store")) {
        return Judged::ok("it is there");
    }
    Judged::warning("it is not there")
}

/// The token with a character changed in its last part, and not the very last one, some bits of which mean nothing.
fn altered(token: &str) -> String {
    let place = token.len().saturating_sub(10);
    let change = |(at, c): (usize, char)| match c {
        _ if at != place => c,
        '0' => '1',
        _ => '0',
    };
    token.char_indices().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_altered_token_differs_in_one_character() {
        for token in ["token-0123456789abcdef", "aaaaaaaaaaaaaaaa", "0", ""] {
            let altered = altered(token);
            let differing = token.chars().zip(altered.chars()).filter(|(a, b)| a != b);
            assert_eq!(differing.count(), usize::from(!token.is_empty()), "{token}");
        }
    }
}
