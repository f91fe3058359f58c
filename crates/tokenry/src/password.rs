//! Passwords on their way in (file, stdin, environment, prompt) and newly made ones. Never from the command line.

use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use tokenry_core::port::Entropy;
use zeroize::Zeroizing;

/// Longer input is a mistake (the wrong file) rather than a password.
const MOST_BYTES: u64 = 1024;

/// The password in a file.
///
/// # Errors
///
/// When it cannot be read or holds none.
pub fn from_file(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let read = || read_one(std::fs::File::open(path)?);
    read().with_context(|| format!("cannot take a password from {}", path.display()))
}

/// The password on standard input.
///
/// # Errors
///
/// When it cannot be read or there is none.
pub fn from_stdin() -> anyhow::Result<Zeroizing<String>> {
    read_one(io::stdin().lock()).context("cannot take a password from standard input")
}

/// The password typed twice on the terminal; `None` if nothing was typed.
///
/// # Errors
///
/// When there is no terminal, or the two differ.
pub fn from_prompt() -> anyhow::Result<Option<Zeroizing<String>>> {
    let first = Zeroizing::new(rpassword::prompt_password(
        "New password (empty: make one): ",
    )?);
    if first.is_empty() {
        return Ok(None);
    }
    let second = Zeroizing::new(rpassword::prompt_password("Once more: ")?);
    ensure!(first == second, "the two passwords differ");
    Ok(Some(first))
}

/// A new password of 120 random bits, easy to read and to type.
#[must_use]
pub fn generate(entropy: &dyn Entropy) -> Zeroizing<String> {
    /// 32 characters that are not mistaken for one another.
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    const LENGTH: usize = 24;
    const GROUP: usize = 6;
    let mut random = Zeroizing::new([0; LENGTH]);
    entropy.fill(&mut *random);
    let mut password = Zeroizing::new(String::with_capacity(LENGTH + LENGTH / GROUP));
    for (index, byte) in random.iter().enumerate() {
        if index > 0 && index % GROUP == 0 {
            password.push('-');
        }
        let letter = ALPHABET.get(usize::from(byte % 32)).copied();
        password.extend(letter.map(char::from));
    }
    password
}

/// Reads to the end; one line end at the end does not belong to the password.
fn read_one(source: impl Read) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(2048));
    source.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        bail!("it is longer than {MOST_BYTES} bytes");
    }
    let length = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(length);
    ensure!(!text.is_empty(), "it is empty");
    ensure!(!text.contains('\n'), "it has more than one line");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::SystemEntropy;

    #[test]
    fn takes_one_line_and_nothing_else() {
        assert_eq!(*read_one(&b"with space \r\n"[..]).unwrap(), "with space ");
        for wrong in [&b""[..], b"\n", b"a\nb\n", &[b'x'; 1025], b"\xff"] {
            assert!(read_one(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn made_ones_are_long_and_differ() {
        let (one, other) = (generate(&SystemEntropy), generate(&SystemEntropy));
        assert_eq!(one.len(), 27);
        assert_ne!(one, other);
        assert!(one.bytes().all(|b| b == b'-' || b.is_ascii_alphanumeric()));
    }
}
