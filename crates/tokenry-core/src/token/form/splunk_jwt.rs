//! The JWT form of a token: a compact JWS (RFC 7515) signed with HMAC-SHA-512, laid out as the original's tokens
//! (spec/splunk.md 6).
//!
//! It proves offline that we issued the string and that nobody changed it since. That alone grants nothing: whether the
//! token still exists, is enabled and within its lifetime is for [`crate::verify`] to decide, from the record and the
//! claims. Not for other people's JWTs either: here the algorithm is fixed, and what we never write is refused.

use std::{borrow::Cow, fmt, str::FromStr};

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::{
    id::TokenId,
    secret::Plaintext,
    token::form::key_ring::{KeyId, KeyRing, NamedKey},
};

/// The longest token, in bytes. Anything longer is refused unread.
pub const MAX_LEN: usize = 4096;

/// The latest second a claim may name: the last that `jiff::Timestamp` holds, at the end of the year 9999.
pub const MAX_TIME: i64 = 253_402_207_200;

/// The layout of a token, the header's `ver`. Both have the same members; they differ by release (spec/splunk.md 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// `v1`: releases 7.3 and 8.
    V1,
    /// `v2`: release 10.
    V2,
}

impl Version {
    /// The name in the header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Version {
    type Err = JwtError;

    fn from_str(text: &str) -> Result<Self, JwtError> {
        match text {
            "v1" => Ok(Self::V1),
            "v2" => Ok(Self::V2),
            _ => Err(JwtError::UnknownVersion),
        }
    }
}

/// What a token is for, the header's `ttyp` (spec/splunk.md 1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `static`: has a record, without which it is refused; may never expire.
    Static,
    /// `ephemeral`: has no record and expires within hours.
    Ephemeral,
    /// `interactive`: as `ephemeral`, for the calling user himself.
    Interactive,
}

impl Kind {
    /// The name in the header and in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Ephemeral => "ephemeral",
            Self::Interactive => "interactive",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = JwtError;

    fn from_str(text: &str) -> Result<Self, JwtError> {
        match text {
            "static" => Ok(Self::Static),
            "ephemeral" => Ok(Self::Ephemeral),
            "interactive" => Ok(Self::Interactive),
            _ => Err(JwtError::UnknownKind),
        }
    }
}

/// The first segment of a token. The algorithm is not in it: there is only one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Which key signed, `kid`.
    pub kid: KeyId,
    /// The layout, `ver`.
    pub version: Version,
    /// What it is for, `ttyp`.
    pub kind: Kind,
}

/// The second segment of a token: what it says of itself. Times are whole seconds since 1970 (UTC), from 0 to
/// [`MAX_TIME`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `<creating user> from <server name>`, `iss`.
    pub issuer: String,
    /// The name of the user it acts for, `sub`.
    pub subject: String,
    /// What it is for, `aud`.
    pub audience: String,
    /// The authentication scheme at creation, `idp`.
    pub identity_provider: String,
    /// Its identifier, `jti`: the key of its record, if it has one.
    pub id: TokenId,
    /// When it was made, `iat`.
    pub issued_at: i64,
    /// Until when it is valid (exclusive), `exp`; 0 is for ever, which only a static token may say.
    pub expires: i64,
    /// From when on it is valid, `nbr` (not `nbf`).
    pub not_before: i64,
    /// Whose it is, in tokens that have no record to say so; never in static ones.
    pub owner: Option<Owner>,
}

impl Claims {
    /// Whether a token of this kind may carry these claims: times are in range, only a static token lasts for ever,
    /// only the others name their owner, and the token does not get longer than [`MAX_LEN`].
    ///
    /// Ask before [`sign`]: [`verify`] refuses the token otherwise.
    pub fn check(&self, kind: Kind) -> Result<(), JwtError> {
        self.check_rules(kind)?;
        if json(&ClaimsJson::of(self)).len() > MAX_CLAIMS_JSON {
            return Err(JwtError::TooLong);
        }
        Ok(())
    }

    fn check_rules(&self, kind: Kind) -> Result<(), JwtError> {
        for (name, time) in [
            ("iat", self.issued_at),
            ("exp", self.expires),
            ("nbr", self.not_before),
        ] {
            if !(0..=MAX_TIME).contains(&time) {
                return Err(JwtError::OutOfRange(name));
            }
        }
        match (kind, self.owner) {
            (Kind::Static, None) => Ok(()),
            (Kind::Static, Some(_)) => Err(JwtError::OwnerInStatic),
            (_, None) => Err(JwtError::OwnerMissing),
            (_, Some(_)) if self.expires == 0 => Err(JwtError::NeverExpires),
            (
                _,
                Some(Owner {
                    user: 0..,
                    epoch: 0..,
                }),
            ) => Ok(()),
            (_, Some(Owner { user: 0.., .. })) => Err(JwtError::OutOfRange("uep")),
            (_, Some(_)) => Err(JwtError::OutOfRange("uid")),
        }
    }
}

/// Ties a token without a record to its owner: it dies with that user, even if another of the same name is made, and
/// with the user's next revocation of all tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The number of the user's [`UserId`](crate::id::UserId), which is never reused: `uid`, 0 or more.
    pub user: i64,
    /// The user's revocation epoch when the token was made: `uep`, 0 or more.
    pub epoch: i64,
}

/// Writes and signs a token with the newest key of the ring.
///
/// The claims are written as they are; those that fail [`Claims::check`] make a string that [`verify`] refuses.
#[must_use]
pub fn sign(ring: &KeyRing, version: Version, kind: Kind, claims: &Claims) -> Plaintext {
    let key = ring.signing();
    let header = HeaderSegment::new(Header {
        kid: key.id.clone(),
        version,
        kind,
    });
    sign_segments(&key.jwt, &header.text, &json(&ClaimsJson::of(claims)))
}

/// What a token says, after its signature was found good.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// Its header.
    pub header: Header,
    /// Its claims.
    pub claims: Claims,
}

/// Proves that a key of the ring signed exactly this string, and reads it.
///
/// Cheapest first: length, segments, alphabet, header, key, signature, claims. Only the exact string that was signed
/// passes (NT-53). Neither the lifetime nor the record is looked at.
pub fn verify(ring: &KeyRing, text: &str) -> Result<Verified, JwtError> {
    let parts = Parts::of(text)?;
    let (key, header) = match known_header(ring, parts.header) {
        Some(known) => known,
        None => other_header(ring, parts.header)?,
    };
    hmac::verify(&key.jwt, parts.signed.as_bytes(), &parts.signature)
        .map_err(|_| JwtError::Signature)?;
    let claims = ClaimsJson::parse(&parts.claims, header.kind)?;
    Ok(Verified { header, claims })
}

/// The header is nearly always one that this ring writes, and those are known by heart.
fn known_header<'r>(ring: &'r KeyRing, segment: &str) -> Option<(&'r NamedKey, Header)> {
    ring.newest_first().find_map(|key| {
        let known = key.jwt_headers.iter().find(|known| known.text == segment)?;
        Some((key, known.header.clone()))
    })
}

/// The same members in another order, or a header to be refused.
#[cold]
fn other_header<'r>(ring: &'r KeyRing, segment: &str) -> Result<(&'r NamedKey, Header), JwtError> {
    let json = from_base64(segment, Part::Header)?;
    let header = HeaderJson::parse(&json)?;
    let key = ring.find(&header.kid).ok_or(JwtError::UnknownKey)?;
    Ok((key, header.named(key.id.clone())?))
}

/// What a token claims to be. Anybody can write such a string: it proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decoded {
    /// Its header.
    pub header: Header,
    /// Its claims.
    pub claims: Claims,
}

/// Reads a token **without verifying it**, as strictly as [`verify`] but for the key and the signature: to show a
/// person what his token says. Never to decide anything.
pub fn decode(text: &str) -> Result<Decoded, JwtError> {
    let parts = Parts::of(text)?;
    let json = from_base64(parts.header, Part::Header)?;
    let header = HeaderJson::parse(&json)?;
    let kid = KeyId::new(&header.kid).map_err(|_| JwtError::UnknownKey)?;
    let header = header.named(kid)?;
    let claims = ClaimsJson::parse(&parts.claims, header.kind)?;
    Ok(Decoded { header, claims })
}

/// Whether the text has the outline of a JWT, three segments with dots between them: to tell the forms of token apart.
/// Cheap, and no promise that it is one.
#[must_use]
pub fn looks_like(text: &str) -> bool {
    Segments::of(text).is_some()
}

/// Why a text is no token of ours: for the log, never for a stranger. Holds no part of the text (NT-43).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// It is longer than [`MAX_LEN`].
    #[error("longer than {MAX_LEN} bytes")]
    TooLong,
    /// It is not three segments with dots between them.
    #[error("not three segments")]
    Segments,
    /// A segment is not base64url without padding in its one canonical spelling (RFC 7515 2), or the signature has not
    /// the length of an HMAC-SHA-512.
    #[error("the {0} is not strict base64url")]
    Encoding(Part),
    /// A segment is not a JSON object.
    #[error("the {0} is not a JSON object")]
    NotJson(Part),
    /// A segment has a member that we never write, such as `jku`, `jwk`, `x5u` or `crit` (NT-52).
    #[error("the {0} has an unknown member")]
    UnknownMember(Part),
    /// A segment has the same member twice.
    #[error("the {0} has a member twice")]
    DuplicateMember(Part),
    /// The named member is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The named member is not a string, or not an integer, as it should be (NT-51).
    #[error("{0} has the wrong type")]
    WrongType(&'static str),
    /// The named member is negative or too large.
    #[error("{0} is out of range")]
    OutOfRange(&'static str),
    /// `alg` is not the one algorithm of our keys.
    #[error("the algorithm is not {ALGORITHM}")]
    Algorithm,
    /// `kid` names no key of the ring.
    #[error("the key is unknown")]
    UnknownKey,
    /// `ver` names no [`Version`].
    #[error("the version is unknown")]
    UnknownVersion,
    /// `ttyp` names no [`Kind`].
    #[error("the type of token is unknown")]
    UnknownKind,
    /// The key did not sign this.
    #[error("the signature is wrong")]
    Signature,
    /// `jti` is not a [`TokenId`] (NT-05).
    #[error("jti is not 64 lowercase hex digits")]
    TokenId,
    /// `exp` is 0 in a token that must expire.
    #[error("only a static token may never expire")]
    NeverExpires,
    /// `uid` and `uep` are in a static token, whose record names the owner.
    #[error("a static token must not name its owner")]
    OwnerInStatic,
    /// `uid` or `uep` is missing in a token that has no record.
    #[error("uid or uep is missing")]
    OwnerMissing,
}

/// A segment of a token, for [`JwtError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first.
    Header,
    /// The second.
    Claims,
    /// The third.
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Claims => "claims",
            Self::Signature => "signature",
        })
    }
}

/// The algorithm of every key, by its name in RFC 7518 3.1. A header that names another is refused (NT-52).
const ALGORITHM: &str = "HS512";

/// The length of a signature, in bytes.
const SIGNATURE_LEN: usize = 64;

/// What [`MAX_LEN`] leaves for the JSON of the claims, in bytes: 4096 less two dots, 86 for the signature and 160 for
/// the longest header, times 3/4.
const MAX_CLAIMS_JSON: usize = (MAX_LEN - 2 - 86 - 160) / 4 * 3;

/// The text of a token, cut at its dots.
struct Segments<'a> {
    /// The first two with the dot between them: what is signed (RFC 7515 5.1).
    signed: &'a str,
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
}

impl<'a> Segments<'a> {
    /// Exactly three, none of them empty.
    fn of(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let empty = header.is_empty() || claims.is_empty() || signature.is_empty();
        (!empty && !claims.contains('.')).then_some(Self {
            signed,
            header,
            claims,
            signature,
        })
    }
}

/// The first segment of every token that one key signs for one version and kind.
pub(crate) struct HeaderSegment {
    text: String,
    header: Header,
}

impl HeaderSegment {
    /// How many a key has.
    pub(crate) const COUNT: usize = 6;

    /// All that this key writes, the likeliest first.
    pub(crate) fn all(kid: &KeyId) -> [Self; Self::COUNT] {
        [
            (Kind::Static, Version::V2),
            (Kind::Static, Version::V1),
            (Kind::Ephemeral, Version::V2),
            (Kind::Ephemeral, Version::V1),
            (Kind::Interactive, Version::V2),
            (Kind::Interactive, Version::V1),
        ]
        .map(|(kind, version)| {
            let kid = kid.clone();
            Self::new(Header { kid, version, kind })
        })
    }

    fn new(header: Header) -> Self {
        let text = URL_SAFE_NO_PAD.encode(json(&HeaderJson {
            kid: header.kid.as_str().into(),
            alg: ALGORITHM.into(),
            ver: header.version.as_str().into(),
            ttyp: header.kind.as_str().into(),
        }));
        Self { text, header }
    }
}

/// The parts of a token, all but the header out of their base64url.
struct Parts<'a> {
    signed: &'a str,
    header: &'a str,
    claims: String,
    signature: [u8; SIGNATURE_LEN],
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Result<Self, JwtError> {
        if text.len() > MAX_LEN {
            return Err(JwtError::TooLong);
        }
        let segments = Segments::of(text).ok_or(JwtError::Segments)?;
        Ok(Self {
            signed: segments.signed,
            header: segments.header,
            claims: from_base64(segments.claims, Part::Claims)?,
            signature: signature_from_base64(segments.signature)?,
        })
    }
}

/// The engine refuses padding, foreign characters and trailing bits that are not zero. JSON is UTF-8 (RFC 8259 8.1), and
/// serde is faster when it need not see to that string by string.
fn from_base64(text: &str, part: Part) -> Result<String, JwtError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| JwtError::Encoding(part))?;
    String::from_utf8(bytes).map_err(|_| JwtError::NotJson(part))
}

fn signature_from_base64(text: &str) -> Result<[u8; SIGNATURE_LEN], JwtError> {
    let mut signature = [0; SIGNATURE_LEN];
    match URL_SAFE_NO_PAD.decode_slice(text, &mut signature) {
        Ok(SIGNATURE_LEN) => Ok(signature),
        _ => Err(JwtError::Encoding(Part::Signature)),
    }
}

/// The header as JSON, its members in the order in which they are written and in any order when they are read. Serde's
/// derive refuses members that are missing, unknown or there twice.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderJson<'a> {
    #[serde(borrow)]
    kid: Cow<'a, str>,
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow)]
    ver: Cow<'a, str>,
    #[serde(borrow)]
    ttyp: Cow<'a, str>,
}

impl<'a> HeaderJson<'a> {
    fn parse(json: &'a str) -> Result<Self, JwtError> {
        let header: Self =
            object(json).ok_or_else(|| explain(json, Part::Header, &HEADER_MEMBERS))?;
        if header.alg != ALGORITHM {
            return Err(JwtError::Algorithm);
        }
        Ok(header)
    }

    fn named(&self, kid: KeyId) -> Result<Header, JwtError> {
        Ok(Header {
            kid,
            version: self.ver.parse()?,
            kind: self.ttyp.parse()?,
        })
    }
}

/// The claims as JSON, as [`HeaderJson`]. Serde takes only integers for integers: neither `"1"` nor `1.0`, `1e3` or
/// `null` (NT-51).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimsJson<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow)]
    aud: Cow<'a, str>,
    #[serde(borrow)]
    idp: Cow<'a, str>,
    #[serde(borrow)]
    jti: Cow<'a, str>,
    iat: i64,
    exp: i64,
    nbr: i64,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    uid: Option<i64>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    uep: Option<i64>,
}

impl<'a> ClaimsJson<'a> {
    fn of(claims: &'a Claims) -> Self {
        Self {
            iss: claims.issuer.as_str().into(),
            sub: claims.subject.as_str().into(),
            aud: claims.audience.as_str().into(),
            idp: claims.identity_provider.as_str().into(),
            jti: claims.id.to_hex().into(),
            iat: claims.issued_at,
            exp: claims.expires,
            nbr: claims.not_before,
            uid: claims.owner.map(|owner| owner.user),
            uep: claims.owner.map(|owner| owner.epoch),
        }
    }

    fn parse(json: &'a str, kind: Kind) -> Result<Claims, JwtError> {
        let claims: Self =
            object(json).ok_or_else(|| explain(json, Part::Claims, &CLAIM_MEMBERS))?;
        let claims = claims.into_claims()?;
        claims.check_rules(kind)?;
        Ok(claims)
    }

    fn into_claims(self) -> Result<Claims, JwtError> {
        let owner = match (self.uid, self.uep) {
            (Some(user), Some(epoch)) => Some(Owner { user, epoch }),
            (None, None) => None,
            _ => return Err(JwtError::OwnerMissing),
        };
        Ok(Claims {
            id: TokenId::from_hex(&self.jti).ok_or(JwtError::TokenId)?,
            issuer: self.iss.into_owned(),
            subject: self.sub.into_owned(),
            audience: self.aud.into_owned(),
            identity_provider: self.idp.into_owned(),
            issued_at: self.iat,
            expires: self.exp,
            not_before: self.nbr,
            owner,
        })
    }
}

/// A member that may be missing but not `null`, which serde would take for the same.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    i64::deserialize(deserializer).map(Some)
}

/// Reads an object. Serde would take an array of the members' values as well.
fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    json.starts_with('{')
        .then(|| serde_json::from_str(json).ok())?
}

/// A member as it should be.
struct Member {
    name: &'static str,
    fits: fn(&Value) -> bool,
    required: bool,
}

impl Member {
    const fn text(name: &'static str) -> Self {
        Self {
            name,
            fits: Value::is_string,
            required: true,
        }
    }

    const fn integer(name: &'static str) -> Self {
        Self {
            name,
            fits: Value::is_i64,
            required: true,
        }
    }

    const fn optional_integer(name: &'static str) -> Self {
        Self {
            required: false,
            ..Self::integer(name)
        }
    }
}

/// The members of [`HeaderJson`].
const HEADER_MEMBERS: [Member; 4] = [
    Member::text("kid"),
    Member::text("alg"),
    Member::text("ver"),
    Member::text("ttyp"),
];

/// The members of [`ClaimsJson`].
const CLAIM_MEMBERS: [Member; 10] = [
    Member::text("iss"),
    Member::text("sub"),
    Member::text("aud"),
    Member::text("idp"),
    Member::text("jti"),
    Member::integer("iat"),
    Member::integer("exp"),
    Member::integer("nbr"),
    Member::optional_integer("uid"),
    Member::optional_integer("uep"),
];

/// Why serde refused a segment. Reads it a second time, because serde's own message repeats what it read (NT-43).
#[cold]
fn explain(json: &str, part: Part, members: &[Member]) -> JwtError {
    let Ok(object) = serde_json::from_str::<Map<String, Value>>(json) else {
        return JwtError::NotJson(part);
    };
    if object
        .keys()
        .any(|name| members.iter().all(|member| member.name != name))
    {
        return JwtError::UnknownMember(part);
    }
    let flaw = members
        .iter()
        .find_map(|member| match object.get(member.name) {
            None => member.required.then_some(JwtError::Missing(member.name)),
            Some(value) => (!(member.fits)(value)).then_some(JwtError::WrongType(member.name)),
        });
    flaw.unwrap_or(JwtError::DuplicateMember(part))
}

/// Strings and integers always serialise. Were that ever to change, the token would be refused everywhere.
fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// The one buffer never grows, so no part of the secret is left behind in one it outgrew.
fn sign_segments(key: &hmac::Key, header: &str, claims: &[u8]) -> Plaintext {
    let len = |bytes: usize| bytes.div_ceil(3) * 4;
    let mut text = String::with_capacity(2 + header.len() + len(claims.len()) + len(SIGNATURE_LEN));
    text.push_str(header);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut text);
    let signature = hmac::sign(key, text.as_bytes());
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut text);
    text.into()
}

#[cfg(test)]
mod tests {
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
            id: TokenId::from_hex(
                "ca08a6842d3ec21b4d18549754e8e8d77a392d7e17de28cfdc71b78005a16e78",
            )
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
        let wrong =
            "2.0 2.5 1e3 2E0 -0 -0.0 1e300 9223372036854775808 null true [2] [] {}".split(' ');
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
            "=", "==", " ", "\0", "\n", "\r\n", "\t", ".", ",", "A", "AA", "AAA", "AAAA",
            "\u{200b}",
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
}
