//! The form: vectors, every way a string can be wrong (by the incidents it withstands), and what holds for all claims.

use proptest::prelude::*;

use super::*;
use crate::token::form::key_ring::RootSecret;

/// spec/splunk.md 6.4.
const VECTOR: &str = "eyJraWQiOiJzcGx1bmsuc2VjcmV0IiwiYWxnIjoiSFM1MTIiLCJ2ZXIiOiJ2MSIsInR0eXAiOiJzdGF0aWMifQ.eyJpc3MiOiJhZG1pbiBmcm9tIHNoMDEiLCJzdWIiOiJzdmNfY2kiLCJhdWQiOiJjaS1waXBlbGluZSIsImlkcCI6InNwbHVuayIsImp0aSI6IjAwMTEyMjMzNDQ1NTY2Nzc4ODk5YWFiYmNjZGRlZWZmMDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiY2NkZGVlZmYiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMjU5MjAwMCwibmJyIjoxNzAwMDAwMDAwfQ.rjFdeMmVLga4jfR0DG8Pm3ost66PwE2TcNHim8TvRFV7dtxrmHW0IJ9VwWfubvVhbb3iX_03k-wmPbaqWb_Tfw";

/// seeds/splunk-create-authentication-tokens.txt.
const SEED: &str = "eyJraWQiOiJzcGx1bmsuc2VjcmV0IiwiYWxnIjoiSFM1MTIiLCJ2ZXIiOiJ2MSIsInR0eXAiOiJzdGF0aWMifQ.eyJpc3MiOiJhZG1pbiBmcm9tIHNvMSIsInN1YiI6ImFkbWluIiwiYXVkIjoiVG9rZW50b3duIiwiaWRwIjoic3BsdW5rIiwianRpIjoiY2EwOGE2ODQyZDNlYzIxYjRkMTg1NDk3NTRlOGU4ZDc3YTM5MmQ3ZTE3ZGUyOGNmZGM3MWI3ODAwNWExNmU3OCIsImlhdCI6MTU1MTk5OTM0NiwiZXhwIjowLCJuYnIiOjE1NTE5OTkzNDZ9.RrZxe89qchfEtrEnG1PjTmJzO_JTtPX8xqSiSunYGylupG114KujO3-E88TtM-Tf51qtVpJydR3JSJpPfaf17w";

const JTI: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A good header and good claims, as JSON, to be spoilt.
const HEADER: &str = r#"{"kid":"splunk.secret","alg":"HS512","ver":"v1","ttyp":"static"}"#;
const CLAIMS: &str = r#"{"iss":"i","sub":"s","aud":"a","idp":"splunk","jti":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff","iat":1,"exp":3,"nbr":2}"#;
const OWNED: &str = r#"{"iss":"i","sub":"s","aud":"a","idp":"splunk","jti":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff","iat":1,"exp":3,"nbr":2,"uid":4,"uep":5}"#;

fn vector_ring() -> KeyRing {
    KeyRing::from_raw_hmac_key(KeyId::first(), b"test-key-not-a-real-splunk-secret")
}

fn vector_claims() -> Claims {
    Claims {
        issuer: "admin from sh01".to_owned(),
        subject: "svc_ci".to_owned(),
        audience: "ci-pipeline".to_owned(),
        identity_provider: "splunk".to_owned(),
        id: TokenId::from_hex(JTI).unwrap(),
        issued_at: 1_700_000_000,
        expires: 1_702_592_000,
        not_before: 1_700_000_000,
        owner: None,
    }
}

/// A ring of these keys, named in sequence.
fn ring_of(secrets: &[u8]) -> KeyRing {
    let ids = std::iter::successors(Some(KeyId::first()), |id| id.successor().ok());
    let secrets = secrets
        .iter()
        .map(|byte| RootSecret::from_bytes([*byte; 32]));
    KeyRing::new(ids.zip(secrets).collect()).unwrap()
}

/// Signs any two texts with the ring's key and verifies the result.
fn verify_json(header: &str, claims: &str) -> Result<Verified, JwtError> {
    let ring = vector_ring();
    verify(&ring, sign_bytes(&ring, header, claims.as_bytes()).expose())
}

fn sign_bytes(ring: &KeyRing, header: &str, claims: &[u8]) -> Plaintext {
    sign_segments(&ring.signing().jwt, &URL_SAFE_NO_PAD.encode(header), claims)
}

/// The text with one passage replaced.
fn with(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{old}");
    text.replace(old, new)
}

#[test]
fn the_vector_is_signed_to_the_letter_and_verifies() {
    let ring = vector_ring();
    let token = sign(&ring, Version::V1, Kind::Static, &vector_claims());
    assert_eq!(token.expose(), VECTOR);
    let Verified { header, claims } = verify(&ring, VECTOR).unwrap();
    assert_eq!(claims, vector_claims());
    let expected = Header {
        kid: KeyId::first(),
        version: Version::V1,
        kind: Kind::Static,
    };
    assert_eq!(header, expected);
}

#[test]
fn the_seeds_own_token_decodes_but_does_not_verify() {
    let Decoded { header, claims } = decode(SEED).unwrap();
    let expected = Claims {
        issuer: "admin from so1".to_owned(),
        subject: "admin".to_owned(),
        audience: "Tokentown".to_owned(),
        identity_provider: "splunk".to_owned(),
        id: TokenId::from_hex("ca08a6842d3ec21b4d18549754e8e8d77a392d7e17de28cfdc71b78005a16e78")
            .unwrap(),
        issued_at: 1_551_999_346,
        expires: 0,
        not_before: 1_551_999_346,
        owner: None,
    };
    assert_eq!(claims, expected);
    assert_eq!(
        (header.kid.as_str(), header.version, header.kind),
        ("splunk.secret", Version::V1, Kind::Static)
    );
    assert_eq!(verify(&vector_ring(), SEED), Err(JwtError::Signature));
}

#[test]
fn every_version_and_kind_round_trips_in_the_written_order() {
    let ring = vector_ring();
    let owner = Some(Owner { user: 4, epoch: 5 });
    for version in [Version::V1, Version::V2] {
        for (kind, owner) in [
            (Kind::Static, None),
            (Kind::Ephemeral, owner),
            (Kind::Interactive, owner),
        ] {
            let claims = Claims {
                owner,
                ..vector_claims()
            };
            assert_eq!(claims.check(kind), Ok(()));
            let token = sign(&ring, version, kind, &claims);
            let verified = verify(&ring, token.expose()).unwrap();
            assert_eq!(
                (verified.header.version, verified.header.kind),
                (version, kind)
            );
            assert_eq!(verified.claims, claims);
            let parts = Parts::of(token.expose()).unwrap();
            let header = format!(
                r#"{{"kid":"splunk.secret","alg":"HS512","ver":"{version}","ttyp":"{kind}"}}"#
            );
            assert_eq!(parts.header, URL_SAFE_NO_PAD.encode(header));
            let tail = if owner.is_some() {
                r#","uid":4,"uep":5}"#
            } else {
                r#""nbr":1700000000}"#
            };
            assert!(parts.claims.ends_with(tail));
        }
    }
}

#[test]
fn names_are_read_back_and_others_refused() {
    for version in [Version::V1, Version::V2] {
        assert_eq!(version.to_string().parse(), Ok(version));
    }
    for kind in [Kind::Static, Kind::Ephemeral, Kind::Interactive] {
        assert_eq!(kind.to_string().parse(), Ok(kind));
    }
    for text in ["", "V1", "v3", "Static", "static ", "session"] {
        assert_eq!(text.parse::<Version>(), Err(JwtError::UnknownVersion));
        assert_eq!(text.parse::<Kind>(), Err(JwtError::UnknownKind));
    }
}

#[test]
fn the_order_of_members_and_white_space_within_do_not_matter() {
    let header = r#"{ "ttyp":"static", "ver":"v1", "alg":"HS512", "kid":"splunk.secret" }"#;
    let claims = CLAIMS
        .trim_start_matches(r#"{"iss":"i","#)
        .replace('}', r#", "iss" : "\u0069" }"#);
    let reordered = verify_json(header, &format!("{{{claims}")).unwrap();
    assert_eq!(reordered, verify_json(HEADER, CLAIMS).unwrap());
}

#[test]
fn looks_like_wants_three_segments() {
    for text in [VECTOR, SEED, "a.b.c", "é.b.\0"] {
        assert!(looks_like(text), "{text:?}");
    }
    for text in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.",
        ".b.c",
        "a..c",
        "a.b.c.d",
        "a.b.c.",
        ".a.b.c",
        "tky_pat_0",
        "token-00",
    ] {
        assert!(!looks_like(text), "{text:?}");
        assert_eq!(decode(text), Err(JwtError::Segments));
    }
}

#[test]
fn length_is_bounded_before_anything_is_read() {
    let ring = vector_ring();
    let long = format!("{}.a.b", "a".repeat(MAX_LEN - 4));
    assert_eq!(long.len(), MAX_LEN);
    assert_eq!(verify(&ring, &long), Err(JwtError::Encoding(Part::Claims)));
    assert_eq!(verify(&ring, &format!("a{long}")), Err(JwtError::TooLong));
    assert_eq!(decode(&format!("a{long}")), Err(JwtError::TooLong));
}

#[test]
fn whatever_passes_the_check_is_short_enough_under_any_key() {
    let kid = KeyId::new(&"k".repeat(KeyId::MAX_LEN)).unwrap();
    let ring = KeyRing::from_raw_hmac_key(kid, b"key");
    let mut claims = Claims {
        owner: Some(Owner {
            user: i64::MAX,
            epoch: i64::MAX,
        }),
        ..vector_claims()
    };
    claims.subject = String::new();
    let room = MAX_CLAIMS_JSON - json(&ClaimsJson::of(&claims)).len();
    claims.subject = "s".repeat(room);
    assert_eq!(claims.check(Kind::Interactive), Ok(()));
    let token = sign(&ring, Version::V2, Kind::Interactive, &claims);
    assert!(verify(&ring, token.expose()).is_ok());
    assert!(
        token.expose().len() > MAX_LEN - 8,
        "{}",
        token.expose().len()
    );
    claims.subject.push('s');
    assert_eq!(claims.check(Kind::Interactive), Err(JwtError::TooLong));
}

#[test]
fn check_and_verify_refuse_the_same() {
    let ring = vector_ring();
    let good = vector_claims();
    let owned = |user, epoch| Claims {
        owner: Some(Owner { user, epoch }),
        ..good.clone()
    };
    let times = |[issued_at, expires, not_before]: [i64; 3]| Claims {
        issued_at,
        expires,
        not_before,
        ..good.clone()
    };
    let never = Claims {
        expires: 0,
        ..owned(1, 1)
    };
    let too_late = MAX_TIME + 1;
    let cases = [
        (Kind::Static, times([-1, 1, 1]), JwtError::OutOfRange("iat")),
        (Kind::Static, times([1, -1, 1]), JwtError::OutOfRange("exp")),
        (Kind::Static, times([1, 1, -1]), JwtError::OutOfRange("nbr")),
        (
            Kind::Static,
            times([1, too_late, 1]),
            JwtError::OutOfRange("exp"),
        ),
        (Kind::Static, owned(1, 1), JwtError::OwnerInStatic),
        (Kind::Ephemeral, good.clone(), JwtError::OwnerMissing),
        (Kind::Interactive, good.clone(), JwtError::OwnerMissing),
        (Kind::Ephemeral, never.clone(), JwtError::NeverExpires),
        (Kind::Interactive, never, JwtError::NeverExpires),
        (Kind::Ephemeral, owned(-1, 1), JwtError::OutOfRange("uid")),
        (Kind::Ephemeral, owned(1, -1), JwtError::OutOfRange("uep")),
    ];
    for (kind, claims, error) in cases {
        assert_eq!(claims.check(kind), Err(error));
        let token = sign(&ring, Version::V1, kind, &claims);
        assert_eq!(verify(&ring, token.expose()), Err(error));
        assert_eq!(decode(token.expose()), Err(error));
    }
}

#[test]
fn only_a_static_token_may_say_never() {
    let never = with(CLAIMS, r#""exp":3"#, r#""exp":0"#);
    assert_eq!(verify_json(HEADER, &never).unwrap().claims.expires, 0);
    for kind in ["ephemeral", "interactive"] {
        let header = with(HEADER, "static", kind);
        assert!(verify_json(&header, OWNED).is_ok());
        assert_eq!(
            verify_json(&header, &with(OWNED, r#""exp":3"#, r#""exp":0"#)),
            Err(JwtError::NeverExpires)
        );
    }
}

#[test]
fn an_owner_is_whole_and_only_where_there_is_no_record() {
    let ephemeral = with(HEADER, "static", "ephemeral");
    assert_eq!(verify_json(HEADER, OWNED), Err(JwtError::OwnerInStatic));
    assert_eq!(verify_json(&ephemeral, CLAIMS), Err(JwtError::OwnerMissing));
    for half in [r#","uid":4"#, r#","uep":5"#] {
        assert_eq!(
            verify_json(&ephemeral, &with(OWNED, half, "")),
            Err(JwtError::OwnerMissing)
        );
        assert_eq!(
            verify_json(HEADER, &with(OWNED, half, "")),
            Err(JwtError::OwnerMissing)
        );
    }
    for bad in [
        "null",
        r#""4""#,
        "4.0",
        "true",
        "[4]",
        "9223372036854775808",
    ] {
        let claims = with(OWNED, r#""uid":4"#, &format!(r#""uid":{bad}"#));
        assert_eq!(
            verify_json(&ephemeral, &claims),
            Err(JwtError::WrongType("uid")),
            "{bad}"
        );
        let claims = with(CLAIMS, r#","exp":3"#, &format!(r#","exp":3,"uep":{bad}"#));
        assert_eq!(
            verify_json(HEADER, &claims),
            Err(JwtError::WrongType("uep")),
            "{bad}"
        );
    }
}

#[test]
fn nt05_a_jti_that_is_missing_empty_twice_or_of_another_type_is_refused() {
    let jti = format!(r#""jti":"{JTI}""#);
    let refused = |new: &str| verify_json(HEADER, &with(CLAIMS, &jti, new)).unwrap_err();
    assert_eq!(
        verify_json(HEADER, &with(CLAIMS, &format!("{jti},"), "")),
        Err(JwtError::Missing("jti"))
    );
    assert_eq!(
        refused(&format!("{jti},{jti}")),
        JwtError::DuplicateMember(Part::Claims)
    );
    assert_eq!(
        refused(&format!(r#"{jti},"\u006ati":"{JTI}""#)),
        JwtError::DuplicateMember(Part::Claims)
    );
    for bad in ["null", "1", "true", "[]", "{}"] {
        assert_eq!(
            refused(&format!(r#""jti":{bad}"#)),
            JwtError::WrongType("jti"),
            "{bad}"
        );
    }
    for bad in [
        "",
        " ",
        &JTI[1..],
        &format!("{JTI}0"),
        &JTI.to_uppercase(),
        &JTI.replace('f', "g"),
    ] {
        assert_eq!(
            refused(&format!(r#""jti":"{bad}""#)),
            JwtError::TokenId,
            "{bad}"
        );
    }
}

#[test]
fn nt43_errors_echo_nothing() {
    let canary = "CANARY";
    let spoilt = [
        (HEADER.replace("splunk.secret", canary), CLAIMS.to_owned()),
        (HEADER.replace("HS512", canary), CLAIMS.to_owned()),
        (HEADER.replace("v1", canary), CLAIMS.to_owned()),
        (HEADER.replace("\"static\"", canary), CLAIMS.to_owned()),
        (HEADER.replace("static", canary), CLAIMS.to_owned()),
        (HEADER.replace("alg", canary), CLAIMS.to_owned()),
        (canary.to_owned(), CLAIMS.to_owned()),
        (HEADER.to_owned(), canary.to_owned()),
        (HEADER.to_owned(), CLAIMS.replace("exp", canary)),
        (HEADER.to_owned(), CLAIMS.replace(JTI, canary)),
        (HEADER.to_owned(), CLAIMS.replace(":3", ":\"CANARY\"")),
        (HEADER.to_owned(), CLAIMS.replace("\"s\"", "\"CANARY")),
    ];
    let ring = vector_ring();
    let mut errors: Vec<_> = spoilt
        .iter()
        .map(|(header, claims)| verify_json(header, claims).unwrap_err())
        .collect();
    errors.extend(
        [canary, "CANARY.CANARY.CANARY", "CANARY!.a.a"]
            .map(|text| verify(&ring, text).unwrap_err()),
    );
    for error in errors {
        assert!(!format!("{error} {error:?}").contains(canary), "{error:?}");
    }
}

#[test]
fn nt51_times_as_strings_floats_null_or_missing_are_refused() {
    let strings = [r#""2""#, r#""""#];
    let wrong = "2.0 2.5 1e3 2E0 -0 -0.0 1e300 9223372036854775808 null true [2] [] {}".split(' ');
    let range = "-1 -9223372036854775808 253402207201 9223372036854775807".split(' ');
    let broken = [
        "", "02", "+2", "0x2", "2_0", "NaN", "-", "2,", "\u{662}", "1e999",
    ];
    for name in ["iat", "exp", "nbr"] {
        let value = [r#""iat":1"#, r#""exp":3"#, r#""nbr":2"#]
            .into_iter()
            .find(|v| v.contains(name))
            .unwrap();
        let refused = |new: &str| verify_json(HEADER, &with(CLAIMS, value, new)).unwrap_err();
        for bad in strings.into_iter().chain(wrong.clone()) {
            assert_eq!(
                refused(&format!(r#""{name}":{bad}"#)),
                JwtError::WrongType(name),
                "{bad}"
            );
        }
        for bad in range.clone() {
            assert_eq!(
                refused(&format!(r#""{name}":{bad}"#)),
                JwtError::OutOfRange(name),
                "{bad}"
            );
        }
        for bad in broken {
            assert_eq!(
                refused(&format!(r#""{name}":{bad}"#)),
                JwtError::NotJson(Part::Claims),
                "{bad}"
            );
        }
        assert_eq!(
            verify_json(HEADER, &with(CLAIMS, &format!(",{value}"), "")),
            Err(JwtError::Missing(name))
        );
        assert_eq!(
            refused(&format!("{value},{value}")),
            JwtError::DuplicateMember(Part::Claims)
        );
        let last = format!(r#""{name}":253402207200"#);
        assert!(verify_json(HEADER, &with(CLAIMS, value, &last)).is_ok());
    }
}

#[test]
fn nt52_algorithm_key_and_type_are_ours_or_refused() {
    let refused = |old, values: &[&str], error| {
        for new in values {
            let header = with(HEADER, old, new);
            assert_eq!(verify_json(&header, CLAIMS), Err(error), "{new}");
        }
    };
    let algorithms = [
        "none", "None", "", "HS256", "HS384", "hs512", "RS512", "EdDSA",
    ];
    refused("HS512", &algorithms, JwtError::Algorithm);
    refused("v1", &["", "v0", "V1"], JwtError::UnknownVersion);
    refused("static", &["", "session", "Static"], JwtError::UnknownKind);
    let keys = [
        "",
        "splunk.secret.2",
        "Splunk.secret",
        "splunk.secret ",
        r"splunk.secret\u0000",
        "../../../dev/null",
        "https://evil.example/jwks",
        "' OR 1=1 --",
    ];
    refused("splunk.secret", &keys, JwtError::UnknownKey);
}

#[test]
fn nt52_foreign_header_members_are_refused() {
    let foreign = [
        r#""jku":"https://evil.example""#,
        r#""jwk":{"kty":"oct","k":"AA"}"#,
        r#""x5u":"https://evil.example""#,
        r#""x5c":["AA"]"#,
        r#""x5t":"AA""#,
        r#""crit":["exp"]"#,
        r#""typ":"JWT""#,
        r#""cty":"JWT""#,
        r#""b64":false"#,
        r#""zip":"DEF""#,
        r#""enc":"A256GCM""#,
        r#""Alg":"none""#,
        r#""":"""#,
    ];
    for member in foreign {
        for header in [
            with(HEADER, "}", &format!(",{member}}}")),
            with(HEADER, "{", &format!("{{{member},")),
        ] {
            assert_eq!(
                verify_json(&header, CLAIMS),
                Err(JwtError::UnknownMember(Part::Header)),
                "{member}"
            );
        }
    }
    let claims = with(CLAIMS, "}", r#","nbf":1}"#);
    assert_eq!(
        verify_json(HEADER, &claims),
        Err(JwtError::UnknownMember(Part::Claims))
    );
}

#[test]
fn nt52_every_member_is_needed_once_and_a_string() {
    let refusal = |part, object: &Map<String, Value>| {
        let text = serde_json::to_string(object).unwrap();
        match part {
            Part::Header => verify_json(&text, CLAIMS).unwrap_err(),
            _ => verify_json(HEADER, &text).unwrap_err(),
        }
    };
    for (part, text) in [(Part::Header, HEADER), (Part::Claims, CLAIMS)] {
        let whole: Map<String, Value> = serde_json::from_str(text).unwrap();
        for (name, value) in &whole {
            let mut without = whole.clone();
            without.shift_remove(name);
            assert_eq!(
                refusal(part, &without).to_string(),
                format!("{name} is missing")
            );
            for bad in [
                Value::Null,
                true.into(),
                vec![value.clone()].into(),
                Map::new().into(),
            ] {
                let mut changed = whole.clone();
                changed.insert(name.clone(), bad);
                assert_eq!(
                    refusal(part, &changed).to_string(),
                    format!("{name} has the wrong type")
                );
            }
            let twice = with(text, "}", &format!(r#","{name}":{value}}}"#));
            let error = if part == Part::Header {
                verify_json(&twice, CLAIMS)
            } else {
                verify_json(HEADER, &twice)
            };
            assert_eq!(error, Err(JwtError::DuplicateMember(part)), "{name}");
        }
    }
}

#[test]
fn nt52_only_an_object_and_nothing_after_it() {
    let values = Value::Array(
        serde_json::from_str::<Map<_, _>>(HEADER)
            .unwrap()
            .into_iter()
            .map(|m| m.1)
            .collect(),
    );
    let nested = "[".repeat(2000);
    let deep = with(
        HEADER,
        r#""static""#,
        &format!("{nested}{}", "]".repeat(200)),
    );
    let doubled = HEADER.repeat(2);
    let bad = [
        "[]",
        "null",
        "1",
        r#""a""#,
        "{",
        "}",
        "\u{feff}{}",
        &values.to_string(),
        &nested,
        &deep,
        &doubled,
    ];
    for header in bad {
        assert_eq!(
            verify_json(header, CLAIMS),
            Err(JwtError::NotJson(Part::Header)),
            "{header}"
        );
    }
    let ring = vector_ring();
    let spoilt = with(CLAIMS, "\"s\"", "\"\u{80}\"");
    let not_utf8: Vec<_> = spoilt.bytes().filter(|byte| *byte != 0xc2).collect();
    assert!(verify_json(HEADER, &spoilt).is_ok());
    let token = sign_bytes(&ring, HEADER, &not_utf8);
    assert_eq!(
        verify(&ring, token.expose()),
        Err(JwtError::NotJson(Part::Claims))
    );
    for bad in [r"\ud800", r"\x", "\n", "\0"] {
        let claims = with(CLAIMS, "\"s\"", &format!("\"{bad}\""));
        assert_eq!(
            verify_json(HEADER, &claims),
            Err(JwtError::NotJson(Part::Claims)),
            "{bad:?}"
        );
    }
}

#[test]
fn nt53_only_the_exact_string_passes() {
    let ring = vector_ring();
    let refused = |text: &str| assert!(verify(&ring, text).is_err(), "{text:?}");
    for (n, c) in VECTOR.char_indices() {
        let (before, after) = (&VECTOR[..n], &VECTOR[n + 1..]);
        refused(before);
        refused(&VECTOR[n + 1..]);
        refused(&format!("{before}{after}"));
        for other in (0..128_u8).map(char::from).filter(|other| *other != c) {
            refused(&format!("{before}{other}{after}"));
        }
        for extra in ["=", " ", "\0", "\n", "\t", "%", "+", "/", ".", "A", "é"] {
            refused(&format!("{before}{extra}{c}{after}"));
        }
    }
    for extra in [
        "=", "==", " ", "\0", "\n", "\r\n", "\t", ".", ",", "A", "AA", "AAA", "AAAA", "\u{200b}",
    ] {
        refused(&format!("{VECTOR}{extra}"));
        refused(&VECTOR.replacen('.', &format!("{extra}."), 1));
    }
    refused(&VECTOR.to_lowercase());
    refused(&VECTOR.to_uppercase());
    refused(&VECTOR.replace('_', "/").replace('-', "+"));
    refused(&VECTOR.repeat(2));
    assert!(verify(&ring, VECTOR).is_ok());
}

#[test]
fn nt53_the_last_character_has_one_spelling() {
    assert!(VECTOR.ends_with('w'));
    for other in ["x", "y", "z", "0"] {
        let text = format!("{}{other}", &VECTOR[..VECTOR.len() - 1]);
        assert!(
            matches!(decode(&text), Err(JwtError::Encoding(Part::Signature))),
            "{other}"
        );
    }
}

#[test]
fn nt53_a_signature_has_its_full_length() {
    let ring = vector_ring();
    let (signed, _) = VECTOR.rsplit_once('.').unwrap();
    let whole = hmac::sign(&ring.signing().jwt, signed.as_bytes());
    for length in 0..64 {
        let cut = URL_SAFE_NO_PAD.encode(&whole.as_ref()[..length]);
        assert!(
            verify(&ring, &format!("{signed}.{cut}")).is_err(),
            "{length}"
        );
    }
    let hs256 = hmac::Key::new(hmac::HMAC_SHA256, b"test-key-not-a-real-splunk-secret");
    let short = URL_SAFE_NO_PAD.encode(hmac::sign(&hs256, signed.as_bytes()));
    assert_eq!(
        verify(&ring, &format!("{signed}.{short}")),
        Err(JwtError::Encoding(Part::Signature))
    );
}

#[test]
fn nt56_rotation_leaves_old_tokens_and_retirement_ends_them() {
    let old = sign(&ring_of(&[1]), Version::V1, Kind::Static, &vector_claims());
    let rotated = ring_of(&[1, 2]);
    let new = sign(&rotated, Version::V1, Kind::Static, &vector_claims());
    assert_eq!(
        verify(&rotated, old.expose()).unwrap().header.kid,
        KeyId::first()
    );
    assert_eq!(
        verify(&rotated, new.expose()).unwrap().header.kid.as_str(),
        "splunk.secret.2"
    );
    assert_eq!(
        verify(&ring_of(&[1]), new.expose()),
        Err(JwtError::UnknownKey)
    );

    let second = KeyId::first().successor().unwrap();
    let retired = KeyRing::new(vec![(second, RootSecret::from_bytes([2; 32]))]).unwrap();
    assert_eq!(verify(&retired, old.expose()), Err(JwtError::UnknownKey));
    assert!(verify(&retired, new.expose()).is_ok());
}

#[test]
fn nt56_a_key_verifies_under_its_own_name_only() {
    let token = sign(&ring_of(&[1]), Version::V1, Kind::Static, &vector_claims());
    assert!(verify(&ring_of(&[1, 2]), token.expose()).is_ok());
    assert_eq!(
        verify(&ring_of(&[2, 1]), token.expose()),
        Err(JwtError::Signature)
    );
}

#[test]
fn nt57_the_version_is_reported_so_that_an_old_one_can_be_refused() {
    assert_eq!(
        verify_json(HEADER, CLAIMS).unwrap().header.version,
        Version::V1
    );
    assert_eq!(
        verify_json(&with(HEADER, "v1", "v2"), CLAIMS)
            .unwrap()
            .header
            .version,
        Version::V2
    );
}

/// Any characters, control characters and those that JSON escapes included.
fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<char>(), 0..64).prop_map(String::from_iter)
}

fn owner() -> impl Strategy<Value = Option<Owner>> {
    proptest::option::of(
        (0..=i64::MAX, 0..=i64::MAX).prop_map(|(user, epoch)| Owner { user, epoch }),
    )
}

proptest! {
    #[test]
    fn what_is_signed_verifies_to_the_same(
        subject in text(), audience in text(), issuer in text(), owner in owner(), times in [1..=MAX_TIME, 1..=MAX_TIME],
    ) {
        let ring = vector_ring();
        let [issued_at, expires] = times;
        let claims = Claims { issuer, subject, audience, issued_at, expires, owner, ..vector_claims() };
        let kind = if owner.is_some() { Kind::Ephemeral } else { Kind::Static };
        prop_assert_eq!(claims.check(kind), Ok(()));
        let token = sign(&ring, Version::V2, kind, &claims);
        prop_assert_eq!(decode(token.expose()).map(|d| d.claims), Ok(claims.clone()));
        prop_assert_eq!(verify(&ring, token.expose()).map(|v| v.claims), Ok(claims));
    }

    #[test]
    fn no_text_makes_it_panic(text in text(), header in text(), claims in text()) {
        prop_assert!(verify(&vector_ring(), &text).is_err());
        prop_assert!(verify_json(&header, &claims).is_err());
        prop_assert!(verify_json(HEADER, &claims).is_err());
        let _ = looks_like(&text);
    }
}
