//! What a stranger makes up is refused without a look into the store (NT-69).

use std::collections::HashSet;

use tokenry_core::{
    app::{ApiTokensEdit, NewToken, Shape},
    fake::SeededEntropy,
    port::{Entropy as _, Known},
    secret::Plaintext,
    token::form::{
        hex,
        key_ring::{KeyId, KeyRing, RootSecret},
        opaque::{self, OpaqueError},
        session_key::{self, Spelling},
        splunk_jwt::{self, Kind},
    },
    verify::{Reason, Verdict},
};

use super::town::{Town, block_on, password};

/// How many strings each kind of forger makes.
const STRINGS: usize = 10_000;

/// How many strings a flood has.
const FLOOD: usize = 50_000;

/// How many strings of all forms a great flood has. A million takes half a minute in a debug build, to the same end.
const GREAT_FLOOD: usize = 200_000;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct Forger(SeededEntropy);

impl Forger {
    fn new() -> Self {
        Self(SeededEntropy::new(69))
    }

    fn number(&self, below: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % below as u64).unwrap()
    }

    fn letters(&self, length: usize) -> String {
        let mut bytes = vec![0; length];
        self.0.fill(&mut bytes);
        let letters = bytes.iter().map(|byte| BASE64URL[usize::from(byte % 64)]);
        letters.map(char::from).collect()
    }

    fn hex(&self, length: usize) -> String {
        let mut bytes = vec![0; length];
        self.0.fill(&mut bytes);
        let digits = bytes
            .iter()
            .map(|byte| b"0123456789abcdef"[usize::from(byte % 16)]);
        digits.map(char::from).collect()
    }

    fn digits(&self, length: usize) -> String {
        let mut bytes = vec![0; length];
        self.0.fill(&mut bytes);
        let digits = bytes.iter().map(|byte| BASE62[usize::from(byte % 62)]);
        digits.map(char::from).collect()
    }

    /// An opaque token with a checksum that is right, which anybody can compute.
    fn opaque(&self) -> String {
        // The first digit is small, so that most are no greater than a payload.
        let front = format!("tky_pat_0{}", self.digits(57));
        let checksum = checksum(front.as_bytes());
        format!("{front}{checksum}")
    }

    /// A genuine string with one letter changed, left out or put in.
    fn one_letter_off(&self, genuine: &str) -> String {
        let mut bytes = genuine.as_bytes().to_vec();
        let place = self.number(bytes.len());
        let letter = match self.number(2) {
            0 => BASE64URL[self.number(64)],
            _ => b"0123456789abcdef"[self.number(16)],
        };
        match self.number(4) {
            0 => bytes[place] ^= 1 << self.number(7),
            1 => bytes.insert(place, letter),
            2 => drop(bytes.remove(place)),
            _ => bytes[place] = letter,
        }
        String::from_utf8(bytes).unwrap()
    }

    /// Any bytes that a header may hold.
    fn noise(&self) -> String {
        let mut bytes = vec![0; 1 + self.number(600)];
        self.0.fill(&mut bytes);
        bytes
            .iter()
            .map(|byte| char::from(b'!' + byte % 94))
            .collect()
    }

    /// Three segments of letters, of a token's lengths or others.
    fn outline(&self) -> String {
        let lengths = [self.number(200) + 1, self.number(400) + 1, 86];
        lengths.map(|length| self.letters(length)).join(".")
    }

    /// A genuine string with one thing about it changed.
    fn nearly(&self, genuine: &str, other: &str) -> String {
        let mut bytes = genuine.as_bytes().to_vec();
        let place = self.number(bytes.len());
        match self.number(6) {
            0 => bytes[place] = BASE64URL[self.number(64)],
            1 => bytes[place] ^= 1 << self.number(7),
            2 => bytes.insert(place, BASE64URL[self.number(64)]),
            3 => drop(bytes.remove(place)),
            4 => bytes.truncate(place),
            _ => {
                // One or two segments of another genuine token.
                let (ours, theirs) = (segments(genuine), segments(other));
                let which = 1 + self.number(6);
                let mixed: [&str; 3] = std::array::from_fn(|n| {
                    if which >> n & 1 == 1 {
                        theirs[n]
                    } else {
                        ours[n]
                    }
                });
                return mixed.join(".");
            }
        }
        String::from_utf8(bytes).unwrap()
    }
}

fn segments(token: &str) -> [&str; 3] {
    let mut parts = token.split('.');
    std::array::from_fn(|_| parts.next().unwrap())
}

#[track_caller]
fn refuses_without_a_look(town: &Town, forged: impl IntoIterator<Item = String>) {
    let before = town.store.lookups();
    for string in forged {
        let verified = town.try_to_verify(&string).unwrap();
        assert!(matches!(verified.verdict, Verdict::Denied(_)), "{string}");
        assert_eq!(
            verified.known,
            Known::default(),
            "a forged string names nobody: {string}"
        );
        assert_eq!(town.store.lookups(), before, "{string}");
    }
}

#[test]
fn nt69_noise_never_reaches_the_store() {
    let (town, forger) = (Town::new(), Forger::new());
    refuses_without_a_look(&town, (0..STRINGS).map(|_| forger.noise()));
}

#[test]
fn nt69_the_outline_of_a_token_never_reaches_the_store() {
    let (town, forger) = (Town::new(), Forger::new());
    refuses_without_a_look(&town, (0..STRINGS).map(|_| forger.outline()));
}

#[test]
fn nt69_a_nearly_genuine_token_never_reaches_the_store() {
    let (town, hand) = (Town::new(), Forger::new());
    let made = [Kind::Static, Kind::Static, Kind::Ephemeral].map(|kind| {
        let made = town.make_token("anna", kind);
        made.string.expose().to_owned()
    });
    let mixed = |n: usize| hand.nearly(&made[n % 3], &made[(n + 1) % 3]);
    // A change may change nothing, or be taken from a token with the same header.
    let genuine: HashSet<&String> = made.iter().collect();
    let forged: Vec<String> = (0..STRINGS)
        .map(mixed)
        .filter(|string| !genuine.contains(string))
        .collect();
    assert!(forged.len() > STRINGS * 9 / 10);
    refuses_without_a_look(&town, forged);
}

#[test]
fn nt69_a_token_signed_with_a_key_of_somebody_else_never_reaches_the_store() {
    let town = Town::new();
    let token = town.make_token("anna", Kind::Static);
    let claims = splunk_jwt::verify(&town.keys, token.string.expose())
        .unwrap()
        .claims;
    let sign = |id: KeyId, secret: [u8; 32]| {
        let ring = KeyRing::new(vec![(id, RootSecret::from_bytes(secret))]).unwrap();
        let version = splunk_jwt::Version::V2;
        splunk_jwt::sign(&ring, version, Kind::Static, &claims)
    };
    let same_name = sign(KeyId::first(), [8; 32]);
    let other_name = sign(KeyId::new("another").unwrap(), [7; 32]);
    let strings = [&same_name, &other_name].map(|string| string.expose().to_owned());
    refuses_without_a_look(&town, strings);
    let reasons = [same_name, other_name].map(|string: Plaintext| town.refusal(string.expose()));
    assert_eq!(
        reasons,
        [Some(Reason::BadSignature), Some(Reason::UnknownKey)]
    );
}

/// A keyed MAC tells those we made from others, so none of the others is looked up: neither spelling, however right its
/// form is. They do not push out what is remembered either.
#[test]
fn nt69_a_flood_of_made_up_session_keys_never_reaches_the_store() {
    let (town, forger) = (Town::new(), Forger::new());
    let [plain, numbered] = keys(&town);
    let made_up = (0..FLOOD).map(|n| match n % 2 {
        0 => forger.letters(64),
        _ => format!("{}-{n}-{}", forger.number(9), forger.hex(64)),
    });
    let before = town.store.lookups();
    for key in made_up {
        assert_eq!(town.refusal(&key), Some(Reason::SessionUnknown), "{key}");
    }
    assert_eq!(town.store.lookups(), before);
    assert!(town.is_granted(&plain) && town.is_granted(&numbered));
    assert_eq!(town.store.lookups(), before, "still remembered");
}

#[test]
fn nt69_what_has_not_the_form_of_a_session_key_never_reaches_the_store() {
    let (town, forger) = (Town::new(), Forger::new());
    let wrong_length =
        (0..STRINGS).map(|n| forger.letters(if n % 200 == 64 { 65 } else { n % 200 }));
    refuses_without_a_look(&town, wrong_length);
    let [plain, numbered] = keys(&town);
    let digits = numbered.rsplit('-').next().unwrap();
    let strange = [
        plain.replacen(|_| true, "~", 1),
        format!("token-{plain}"),
        format!("token-{numbered}"),
        format!("2--{digits}"),
        format!("-1-{digits}"),
        format!("2-1-1-{digits}"),
        format!("2.1.{digits}"),
        digits.to_owned(),
    ];
    refuses_without_a_look(&town, strange);
}

/// One letter changed, left out or put in, another user's or session's number before the digits, another case.
#[test]
fn nt53_of_a_session_key_only_the_exact_string_passes_and_others_never_reach_the_store() {
    let (town, forger) = (Town::new(), Forger::new());
    let genuine = keys(&town);
    for key in &genuine {
        let mut altered: Vec<String> = (0..STRINGS)
            .map(|_| forger.one_letter_off(key))
            .filter(|forged| forged != key)
            .collect();
        altered.extend(["=", " ", "\0", "\n", "0", "A"].map(|end| format!("{key}{end}")));
        altered.extend([key.to_uppercase(), key.to_lowercase(), format!(" {key}")]);
        altered.retain(|forged| forged != key);
        refuses_without_a_look(&town, altered);
        assert!(town.is_granted(key), "and the genuine one still does");
    }
    let (_, rest) = genuine[1].split_once('-').unwrap();
    refuses_without_a_look(&town, [1, 3, 22].map(|user| format!("{user}-{rest}")));
}

/// A key of somebody else's installation.
#[test]
fn nt69_what_another_installation_made_never_reaches_the_store() {
    let town = Town::new();
    let secret = RootSecret::from_bytes([8; 32]);
    let ring = KeyRing::new(vec![(KeyId::first(), secret)]).unwrap();
    let spellings = [Spelling::Plain, Spelling::Numbered(town.id("anna"), 1)];
    let keys = spellings.map(|spelling| session_key::make(&ring, &[1; 36], spelling));
    let tokens = [64, 65, 1024].map(|length| {
        let random = vec![1; hex::random_bytes(length)];
        hex::make(&ring, &random, length).0
    });
    let opaque = opaque::Kind::ALL.map(|kind| opaque::make(&ring, &[1; 30], kind).0);
    let all = keys.iter().chain(&tokens).chain(&opaque);
    refuses_without_a_look(&town, all.map(|string| string.expose().to_owned()));
}

/// Of every length that is allowed, and some that are not.
#[test]
fn nt69_made_up_hex_strings_of_all_lengths_never_reach_the_store() {
    let (town, forger) = (Town::new(), Forger::new());
    let lengths = 0..=hex::MAX_LEN + 6;
    let made_up = lengths.clone().chain(lengths).map(|length| {
        let digits = length.saturating_sub(hex::PREFIX.len());
        format!("{}{}", hex::PREFIX, forger.hex(digits))
    });
    for string in made_up {
        let allowed = (hex::MIN_LEN..=hex::MAX_LEN).contains(&string.len());
        let expected = if allowed {
            Reason::BadSignature
        } else {
            Reason::Malformed
        };
        assert_eq!(town.refusal(&string), Some(expected), "{}", string.len());
        refuses_without_a_look(&town, [string]);
    }
    let flood = (0..FLOOD).map(|_| format!("{}{}", hex::PREFIX, forger.hex(58)));
    refuses_without_a_look(&town, flood);
}

#[test]
fn nt53_of_a_hex_token_only_the_exact_digits_pass_and_others_never_reach_the_store() {
    let (town, forger) = (Town::new(), Forger::new());
    for length in [64, 65, 134, 1024] {
        let edit = ApiTokensEdit {
            string_length: Some(length),
            ..ApiTokensEdit::default()
        };
        town.edit_settings(edit).unwrap();
        let token = town.api_token("anna");
        let genuine = token.string.expose();
        assert_eq!(genuine.len(), usize::try_from(length).unwrap());
        assert!(town.is_granted(genuine));
        let mut altered: Vec<String> = (0..STRINGS / 4)
            .map(|_| forger.one_letter_off(genuine))
            .collect();
        let digits = genuine.strip_prefix(hex::PREFIX).unwrap();
        altered.extend((0..genuine.len()).map(|end| genuine[..end].to_owned()));
        altered.extend((1..digits.len()).map(|from| format!("token-{}", &digits[from..])));
        altered.extend(["=", " ", "\0", "\n", "0", "g"].map(|end| format!("{genuine}{end}")));
        altered.extend([
            genuine.to_uppercase(),
            format!("token-{}", digits.to_uppercase()),
            format!("Token-{digits}"),
            format!("token_{digits}"),
            format!(" {genuine}"),
            format!("token- {digits}"),
            digits.to_owned(),
            hex::PREFIX.repeat(400),
        ]);
        // Prefixes are the same string however many there are (spec/tanium.md 4.4), and no digits.
        altered
            .retain(|forged| forged.trim_start_matches(hex::PREFIX) != digits || forged == digits);
        refuses_without_a_look(&town, altered);
        let again = [1, 2, 3].map(|n| format!("{}{digits}", hex::PREFIX.repeat(n)));
        assert!(again.iter().all(|string| town.is_granted(string)));
    }
}

/// All forms mixed: made up, and one letter off genuine ones.
#[test]
fn nt69_forged_strings_of_all_forms_cost_no_look_at_the_store() {
    let (town, forger) = (Town::new(), Forger::new());
    let mut genuine = vec![
        town.make_token("anna", Kind::Static).string,
        town.make_token("anna", Kind::Ephemeral).string,
        town.api_token("anna").string,
        opaque_of(&town, opaque::Kind::Personal),
        opaque_of(&town, opaque::Kind::Service),
    ];
    genuine.extend(keys(&town).map(Plaintext::from));
    let genuine: Vec<&str> = genuine.iter().map(Plaintext::expose).collect();
    assert!(genuine.iter().all(|string| town.is_granted(string)));
    let before = town.store.lookups();
    let (mut tried, mut with_right_checksum) = (0, 0);
    for n in 0..GREAT_FLOOD {
        let string = match n % 6 {
            0 => forger.opaque(),
            1 => format!("tky_svc_{}", forger.digits(64)),
            2 => format!("{}{}", hex::PREFIX, forger.hex(58)),
            3 => forger.letters(64),
            4 => forger.outline(),
            _ => forger.one_letter_off(genuine[n / 6 % genuine.len()]),
        };
        with_right_checksum +=
            usize::from(opaque::read(&town.keys, &string) == Err(OpaqueError::Forged));
        if genuine.contains(&string.as_str()) {
            continue;
        }
        tried += 1;
        assert!(!town.is_granted(&string), "{string}");
    }
    assert_eq!(town.store.lookups(), before);
    assert!(tried > GREAT_FLOOD * 99 / 100, "{tried}");
    assert!(
        with_right_checksum > GREAT_FLOOD / 7,
        "{with_right_checksum}"
    );
    assert!(genuine.iter().all(|string| town.is_granted(string)));
    assert_eq!(town.store.lookups(), before, "still remembered");
}

#[test]
fn nt53_of_an_opaque_token_only_the_exact_string_passes_and_others_never_reach_the_store() {
    let (town, forger) = (Town::new(), Forger::new());
    for kind in opaque::Kind::ALL {
        let token = opaque_of(&town, kind);
        let genuine = token.expose();
        let mut altered: Vec<String> = (0..STRINGS)
            .map(|_| forger.one_letter_off(genuine))
            .collect();
        altered.extend((0..genuine.len()).map(|end| genuine[..end].to_owned()));
        altered.extend((1..genuine.len()).map(|from| genuine[from..].to_owned()));
        altered.extend(["=", " ", "\0", "\n", "0", "_"].map(|end| format!("{genuine}{end}")));
        altered.extend([
            genuine.to_uppercase(),
            genuine.to_lowercase(),
            format!(" {genuine}"),
        ]);
        altered.push(format!("token-{genuine}"));
        altered.retain(|string| string != genuine);
        refuses_without_a_look(&town, altered);
        assert!(town.is_granted(genuine), "and the genuine one still does");
    }
}

#[test]
fn an_opaque_token_is_refused_for_what_is_wrong_with_it() {
    let (town, forger) = (Town::new(), Forger::new());
    let token = opaque_of(&town, opaque::Kind::Personal);
    let genuine = token.expose();
    let reasons = [
        (genuine[..71].to_owned(), Reason::Malformed),
        // As long as a session key.
        (genuine[..64].to_owned(), Reason::Malformed),
        (format!("tky_pat_{}", forger.digits(64)), Reason::Malformed),
        (forger.opaque(), Reason::BadSignature),
    ];
    for (string, reason) in reasons {
        assert_eq!(town.refusal(&string), Some(reason), "{string}");
        let verified = block_on(town.engine.verify_token(&string, &town.origin())).unwrap();
        assert_eq!(verified.verdict, Verdict::Denied(reason), "{string}");
    }
}

fn opaque_of(town: &Town, kind: opaque::Kind) -> Plaintext {
    let wanted = NewToken {
        shape: Shape::Opaque(kind),
        user: Some("anna"),
        ..NewToken::default()
    };
    let made = block_on(town.app.issue_token(&town.admin(), wanted)).unwrap();
    assert!(town.is_granted(made.string.expose()));
    made.string
}

/// The CRC-32 of zip in six digits, bit by bit: another way than the one under test.
fn checksum(text: &[u8]) -> String {
    let mut crc = u32::MAX;
    for byte in text {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
        }
    }
    let mut value = usize::try_from(!crc).unwrap();
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[value % 62];
        value /= 62;
    }
    digits.map(char::from).iter().collect()
}

/// A session key of `anna` in each spelling, both remembered.
fn keys(town: &Town) -> [String; 2] {
    let plain = town.sign_in("anna");
    let (secret, origin) = (password("anna"), town.origin());
    let numbered = block_on(town.app.login_in_domain("anna", "", secret, &origin));
    let keys = [plain, numbered.unwrap()].map(|key| key.expose().to_owned());
    assert!(is_session_key(&keys[0]) && session_key::looks_numbered(&keys[1]));
    assert!(keys.iter().all(|key| town.is_granted(key)));
    keys
}

fn is_session_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| BASE64URL.contains(&byte))
}
