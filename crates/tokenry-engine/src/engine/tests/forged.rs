//! What a stranger makes up is refused without a look into the store (NT-69).

use std::collections::HashSet;

use tokenry_core::{
    fake::SeededEntropy,
    port::{Entropy as _, Known},
    secret::Plaintext,
    token::form::{
        key_ring::{KeyId, KeyRing, RootSecret},
        splunk_jwt::{self, Kind},
    },
    verify::{Reason, Verdict},
};

use super::town::Town;

/// How many strings each kind of forger makes.
const STRINGS: usize = 10_000;

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
    let noise = (0..STRINGS).map(|_| forger.noise());
    refuses_without_a_look(&town, noise.filter(|noise| !is_session_key(noise)));
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
        .filter(|string| !genuine.contains(string) && !is_session_key(string))
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

/// Session keys are nothing but random letters, so one of the right length has to be looked up to know it. It costs
/// that one lookup, and is not remembered.
#[test]
fn nt69_of_made_up_session_keys_only_those_of_the_right_form_are_looked_up() {
    let (town, forger) = (Town::new(), Forger::new());
    let key = town.sign_in("anna");
    assert!(is_session_key(key.expose()));
    assert!(town.is_granted(key.expose()));
    let wrong_length =
        (0..STRINGS).map(|n| forger.letters(if n % 200 == 64 { 65 } else { n % 200 }));
    refuses_without_a_look(&town, wrong_length);
    let strange = key.expose().replacen(|_| true, "~", 1);
    refuses_without_a_look(&town, [strange]);

    let before = town.store.lookups();
    for _ in 0..100 {
        let refused = town.refusal(&forger.letters(64));
        assert_eq!(refused, Some(Reason::SessionUnknown));
    }
    assert_eq!(town.store.lookups(), before + 100);
    assert!(
        town.is_granted(key.expose()),
        "and does not push others out"
    );
    assert_eq!(town.store.lookups(), before + 100);
}

fn is_session_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| BASE64URL.contains(&byte))
}
