//! One type per kind of identifier, so that a role's name can never stand where a user's is wanted.
//!
//! Every constructor parses: a value of these types is well formed.

use std::fmt;

use crate::error::Error;

/// A token's public identifier: 32 random bytes, printed as 64 lowercase hex digits. It is the JWT's `jti`
/// (spec/splunk.md 1.1) and authenticates nobody.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId([u8; 32]);

impl TokenId {
    /// The identifier made of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads exactly 64 lowercase hex digits; anything else is `None`.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        bytes_from_hex(text).map(Self)
    }

    /// The 64 lowercase hex digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }

    /// A number that is as likely to be any as any other, to deal tokens out by.
    #[must_use]
    pub fn spread(self) -> u32 {
        let [a, b, c, d, ..] = self.0;
        u32::from_be_bytes([a, b, c, d])
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenId({self})")
    }
}

/// Gives numbers of one kind a type of their own.
macro_rules! numbered {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        pub struct $name(i64);

        impl $name {
            /// The id stored, or written by a client, as this number.
            #[must_use]
            pub const fn from_number(number: i64) -> Self {
                Self(number)
            }

            /// The number to store and to print.
            #[must_use]
            pub const fn number(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

numbered! {
    /// A computer group: what a persona may manage (spec/tanium.md 6.5).
    ComputerGroupId,
    /// A content set: what privileges are granted on (spec/tanium.md 6.3).
    ContentSetId,
    /// A persona. 0 is every user's default persona: his own rights (spec/tanium.md 6.2).
    PersonaId,
    /// A role's number, beside its name. Never reused, so a role made anew under an old name is another one.
    RoleNumber,
    /// A token's number: counts up over all tokens of the server and is never reused (spec/tanium.md 4.1). It
    /// authenticates nobody.
    TokenNumber,
    /// A group of users (spec/tanium.md 6.5).
    UserGroupId,
    /// One incarnation of a user. Never reused: a user made anew under an old name has another id, so nothing the
    /// old one left behind comes back to life (NT-14).
    UserId,
}

impl Default for PersonaId {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl PersonaId {
    /// The persona every user has: his own roles and groups, and those of the groups he is in.
    pub const DEFAULT: Self = Self(0);
}

impl ComputerGroupId {
    /// No computers at all: what a persona manages that was not given a group.
    pub const NO_COMPUTERS: Self = Self(2);
}

/// A user's name: lower case, at most 1,024 characters (spec/splunk.md 2.4), without white space, colons (Basic
/// authentication cannot carry them), control characters or invisible ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserName(String);

impl UserName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 1024;

    /// Parses a name as a client wrote it. Names are compared without case, so it is stored in lower case.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let name = text.to_lowercase();
        let refuse = |why: &str| Err(Error::invalid("name", why));
        match name.chars().count() {
            0 => return refuse("must not be empty"),
            n if n > Self::MAX_CHARS => return refuse("must be at most 1024 characters long"),
            _ => {}
        }
        if name
            .chars()
            .any(|c| c.is_whitespace() || c == ':' || is_unprintable(c))
        {
            return refuse("must not contain white space, colons or invisible characters");
        }
        Ok(Self(name))
    }

    /// The name, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A role's name: lower-case ASCII letters, digits, `_`, `.` and `-`; at most 100 (spec/splunk.md 5.3).
/// Plain ASCII, so that no look-alike can pass for a built-in role (NT-28).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoleName(String);

impl RoleName {
    /// Parses a name as a client wrote it; upper-case ASCII letters become lower case.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_as("name", text)
    }

    /// The same, blaming `field` in the error.
    pub fn parse_as(field: &'static str, text: &str) -> Result<Self, Error> {
        let name = text.to_ascii_lowercase();
        if is_plain_name(&name, "_.-") {
            return Ok(Self(name));
        }
        Err(Error::invalid(
            field,
            "a role's name has 1 to 100 lower-case letters, digits, underscores, dots and hyphens",
        ))
    }

    /// The name for a role that people call `label`: in lower case, with hyphens for all that a name cannot have. Two
    /// labels that differ only in such have the same name, so the second is taken (NT-28).
    pub fn for_label(label: &str) -> Result<Self, Error> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c);
        let name = label.to_ascii_lowercase();
        Self::parse(&name.replace(|c| !plain(c), "-"))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a permission as it was given: `edit_tokens_own`, `orders.read`, `use token`, …; the same alphabet as a
/// role's name, plus `:` and single spaces inside. Case matters and upper case is refused, so no spelling can alias
/// another (NT-28).
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Capability(String);

impl Capability {
    /// Parses a name exactly as given.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let words_apart = text.split(' ').all(|word| !word.is_empty());
        if words_apart && is_plain_name(text, "_.:- ") {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::invalid(
            "capabilities",
            "a capability has 1 to 100 lower-case letters, digits, underscores, dots, colons, hyphens and single spaces",
        ))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Capability {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<Capability> for String {
    fn from(capability: Capability) -> Self {
        capability.0
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_plain_name(name: &str, punctuation: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || punctuation.contains(c);
    (1..=100).contains(&name.len()) && name.chars().all(allowed)
}

/// Control characters and those that show nothing or turn the direction of writing: never part of a name.
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Prints bytes as lowercase hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    let mut text = vec![0; 2 * bytes.len()];
    for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    // It is ASCII.
    String::from_utf8(text).unwrap_or_default()
}

/// Reads exactly two lowercase hex digits for each byte.
pub(crate) fn bytes_from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *byte = nibble(high)? << 4 | nibble(low)?;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_id_is_exactly_64_lowercase_hex_digits() {
        let text = "ca08a6842d3ec21b4d18549754e8e8d77a392d7e17de28cfdc71b78005a16e78";
        assert_eq!(TokenId::from_hex(text).unwrap().to_hex(), text);
        assert_eq!(TokenId::from_hex(&text.to_uppercase()), None);
        assert_eq!(TokenId::from_hex(&text[1..]), None);
        assert_eq!(TokenId::from_hex(&text.replace('c', "g")), None);
        assert_eq!(TokenId::from_hex(&"é".repeat(32)), None);
    }

    #[test]
    fn nt28_no_spelling_aliases_a_built_in_role_or_capability() {
        assert_eq!(RoleName::parse("Admin").unwrap().as_str(), "admin");
        for name in [
            "",
            "adm in",
            "admin\u{200b}",
            "аdmin",
            "a/b",
            "a;b",
            "a:b",
            "ADMİN",
        ] {
            assert!(RoleName::parse(name).is_err(), "{name:?}");
        }
        for name in [
            "Edit_User",
            "edit_user ",
            " edit_user",
            "use  token",
            "use\ttoken",
            "edit_user\u{200d}",
            "",
            &"x".repeat(101),
        ] {
            assert!(Capability::parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_user_name_is_lower_case_and_has_nothing_invisible() {
        assert_eq!(
            UserName::parse("JDoe@Example.com").unwrap().as_str(),
            "jdoe@example.com"
        );
        assert_eq!(UserName::parse("dom\\me/x").unwrap().as_str(), "dom\\me/x");
        for name in [
            "",
            " ",
            "a b",
            "a:b",
            "a\nb",
            "a\u{202e}b",
            &"x".repeat(1025),
        ] {
            assert!(UserName::parse(name).is_err(), "{name:?}");
        }
    }
}
