//! Who asks: a caller of the gate who may introspect, by his secret, or a user who may see all tokens, by a token of
//! his. Nobody may ask because of his address alone (RFC 7662 2.1, 4).

use std::borrow::Cow;

use axum::http::{HeaderValue, header, request::Parts};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokenry_core::{
    permit::{Wish, may},
    secret::Plaintext,
    verify::Verdict,
};

use super::{Face, INTROSPECT, answer::Failure, form::Form};
use crate::{
    gate::{
        Caller, Gate, SECRET,
        bearer::{self, Bearer},
    },
    listener::Peer,
};

/// Who asks.
pub(super) struct Client<'a> {
    /// As a caller of the gate.
    pub(super) caller: Cow<'a, Caller>,
    /// Whether he is a program that is believed when it says what a token came with.
    pub(super) conveys: bool,
}

/// How somebody says who he is.
enum Shown<'a> {
    /// `client_secret_basic`.
    Basic(Basic),
    /// `client_secret_post`.
    Post,
    /// The header of a caller of the gate.
    Header,
    /// A bearer token.
    Bearer(&'a str),
}

/// What stands in an `Authorization: Basic`.
struct Basic {
    name: String,
    /// As RFC 6749 2.3.1 decodes it, and as it was written: half of the clients forget to encode it.
    secrets: [Plaintext; 2],
}

impl<'a> Client<'a> {
    /// Finds out who asks.
    pub(super) async fn of(
        face: &Face,
        gate: &'a Gate,
        parts: &Parts,
        form: &Form,
        peer: Peer,
    ) -> Result<Self, Failure> {
        let (callers, id) = (gate.callers(), form.get("client_id"));
        let caller = match shown(parts, form)? {
            Shown::Bearer(token) => return of_user(face, parts, token).await,
            Shown::Header => Caller::find_by_secret(callers, peer, &parts.headers),
            Shown::Post => {
                let secret = form.get("client_secret").unwrap_or_default();
                Caller::named(callers, peer, id.unwrap_or_default(), &[secret])
            }
            Shown::Basic(Basic { name, secrets }) => {
                let secrets = secrets.each_ref().map(Plaintext::expose);
                Caller::named(callers, peer, &name, &secrets)
            }
        };
        caller
            .filter(|caller| caller.may_introspect && id.is_none_or(|id| id == caller.name))
            .map(|caller| Self {
                caller: Cow::Borrowed(caller),
                conveys: true,
            })
            .ok_or(Failure::Client)
    }
}

/// How the client says who he is: in one way, not in several (RFC 6749 2.3, NT-55).
fn shown<'a>(parts: &'a Parts, form: &Form) -> Result<Shown<'a>, Failure> {
    let authorization = match bearer::presented(&parts.headers) {
        Bearer::Missing => None,
        Bearer::Token(token) => Some(Shown::Bearer(token)),
        Bearer::OtherScheme => {
            let line = parts.headers.get(header::AUTHORIZATION);
            let basic = line.and_then(Basic::read).ok_or(Failure::Client)?;
            Some(Shown::Basic(basic))
        }
        Bearer::Malformed(why) => return Err(Failure::Request(why)),
    };
    let post = form.get("client_secret").map(|_| Shown::Post);
    let header = parts.headers.get(SECRET).map(|_| Shown::Header);
    let mut ways = [authorization, post, header].into_iter().flatten();
    match (ways.next(), ways.next()) {
        (None, _) => Err(Failure::Client),
        (Some(way), None) => Ok(way),
        (Some(_), Some(_)) => Err(Failure::Request(
            "The client authenticates in more than one way.",
        )),
    }
}

/// A user who may see all tokens may ask about them.
async fn of_user(face: &Face, parts: &Parts, token: &str) -> Result<Client<'static>, Failure> {
    let origin = face.door.origin(parts, INTROSPECT);
    let verification = face.door.engine.verify_token(token, &origin).await?;
    let grant = match verification.verdict {
        Verdict::Granted(grant) => grant,
        Verdict::Denied(reason) => {
            face.door.refused(&origin, reason, verification.known);
            return Err(Failure::Bearer);
        }
    };
    may(&grant.principal, Wish::ListAllTokens).map_err(|_| Failure::MayNotAsk)?;
    let caller = Caller {
        name: grant.principal.user.name.to_string(),
        ..Caller::default()
    };
    Ok(Client {
        caller: Cow::Owned(caller),
        conveys: false,
    })
}

impl Basic {
    fn read(line: &HeaderValue) -> Option<Self> {
        const SCHEME: usize = "basic ".len();
        let line = line.to_str().ok()?;
        let (scheme, encoded) = line.split_at_checked(SCHEME)?;
        if !scheme.eq_ignore_ascii_case("basic ") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?);
        let decoded = Plaintext::from(decoded.ok()?);
        let (name, secret) = decoded.expose().split_once(':')?;
        Some(Self {
            name: form_decoded(name).expose().to_owned(),
            secrets: [form_decoded(secret), secret.to_owned().into()],
        })
    }
}

/// The text that stands in a form as this one (RFC 6749 appendix B).
fn form_decoded(text: &str) -> Plaintext {
    let spaced = Plaintext::from(text.replace('+', " "));
    let decoded = percent_encoding::percent_decode_str(spaced.expose()).decode_utf8_lossy();
    Plaintext::from(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(String, [String; 2])> {
        let basic = Basic::read(&HeaderValue::from_str(line).unwrap())?;
        let secrets = basic.secrets.map(|secret| secret.expose().to_owned());
        Some((basic.name, secrets))
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn a_secret_is_read_as_the_standard_encodes_it_and_as_it_stands() {
        let both = |one: &str, other: &str| [one.to_owned(), other.to_owned()];
        for (text, name, secrets) in [
            ("orders:s3cret", "orders", both("s3cret", "s3cret")),
            ("orders:a%3Ab+c", "orders", both("a:b c", "a%3Ab+c")),
            ("orders:a:b", "orders", both("a:b", "a:b")),
            ("a%2Db:%", "a-b", both("%", "%")),
            ("orders:", "orders", both("", "")),
        ] {
            assert_eq!(read(&basic(text)), Some((name.to_owned(), secrets)));
        }
        let lower = basic("a:b").replace("Basic", "basic");
        assert!(read(&lower).is_some());
    }

    #[test]
    fn what_is_no_basic_is_none() {
        for line in [
            "",
            "Basic",
            "Basic ",
            "Basic ***",
            "Digest YTpi",
            &basic("nocolon"),
            "Basic /w==",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
