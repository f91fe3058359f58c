//! Passwords: the rule for new ones, and argon2id over the bare bytes. Slow by design: callers go through the port
//! [`crate::port::PasswordWork`], never here on a thread that serves requests.

use std::fmt;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc},
};

use crate::{error::Error, secret::Plaintext};

/// The longest password that is looked at, in bytes; longer ones are refused before any work is done for them.
pub const MAX_BYTES: usize = 1024;

/// An argon2id hash with its salt and costs, as a PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes back a stored PHC string.
    #[must_use]
    pub fn from_stored(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string to store.
    #[must_use]
    pub fn as_stored(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

/// Checks a new password against the rule: at least `min_chars` characters, at most [`MAX_BYTES`] bytes.
pub fn check_new(field: &'static str, password: &Plaintext, min_chars: usize) -> Result<(), Error> {
    let text = password.expose();
    if text.len() > MAX_BYTES {
        return Err(Error::invalid(
            field,
            format!("must be at most {MAX_BYTES} bytes long"),
        ));
    }
    if text.chars().count() < min_chars {
        return Err(Error::invalid(
            field,
            format!("must be at least {min_chars} characters long"),
        ));
    }
    Ok(())
}

/// Hashes a password: argon2id, 19 MiB, two passes, one lane (OWASP's first choice).
pub fn hash(password: &Plaintext, salt: [u8; 16]) -> Result<PasswordHash, Error> {
    Argon2::default()
        .hash_password_with_salt(password.expose().as_bytes(), &salt)
        .map(|hash| PasswordHash(hash.to_string()))
        .map_err(|error| Error::internal(format!("argon2: {error}")))
}

/// Whether `password` is the one that was hashed. Without a hash it does the same work and answers no.
pub fn check(password: &Plaintext, hash: Option<&PasswordHash>) -> Result<bool, Error> {
    let Some(stored) = hash else {
        self::hash(password, [0; 16])?;
        return Ok(false);
    };
    let parsed = phc::PasswordHash::new(&stored.0)
        .map_err(|error| Error::internal(format!("stored hash: {error}")))?;
    Ok(Argon2::default()
        .verify_password(password.expose().as_bytes(), &parsed)
        .is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_and_no_other() {
        let right = Plaintext::from("correct horse".to_owned());
        let stored = hash(&right, [7; 16]).unwrap();
        assert!(
            stored
                .as_stored()
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            stored.as_stored()
        );
        assert!(check(&right, Some(&stored)).unwrap());
        assert!(!check(&Plaintext::from("correct horse ".to_owned()), Some(&stored)).unwrap());
        assert!(!check(&right, None).unwrap());
    }

    #[test]
    fn nt49_a_hash_does_not_print_itself() {
        let stored = PasswordHash::from_stored("$argon2id$secret".to_owned());
        assert_eq!(format!("{stored:?}"), "PasswordHash");
    }

    #[test]
    fn a_new_password_has_a_length() {
        let long = Plaintext::from("x".repeat(1025));
        assert!(check_new("password", &Plaintext::from("12345678".to_owned()), 8).is_ok());
        assert!(check_new("password", &Plaintext::from("1234567".to_owned()), 8).is_err());
        assert!(check_new("password", &long, 8).is_err());
    }
}
