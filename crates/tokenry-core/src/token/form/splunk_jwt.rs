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
mod tests;
