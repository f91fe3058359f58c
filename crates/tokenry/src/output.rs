//! The two ways out to a person: data on stdout, everything else on stderr. (The log is not here, see `logging`.)

use std::fmt;
use std::io::{self, Write as _};

use crate::config::Problems;

/// An error with advice: the advice is printed on a line of its own.
#[derive(Debug)]
pub struct Hinted {
    message: String,
    hint: String,
}

impl Hinted {
    /// What is wrong, and what to do.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }
}

impl std::error::Error for Hinted {}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Prints what was asked for.
///
/// # Errors
///
/// When stdout cannot be written; a reader that has enough (`| head`) is no error.
pub fn data(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints a remark.
pub fn note(text: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints an error and its advice.
pub fn error(error: &anyhow::Error) {
    if let Some(problems) = error.downcast_ref::<Problems>() {
        return note(&problems.to_string());
    }
    note(&format!("error: {error:#}"));
    for cause in error.chain() {
        if let Some(Hinted { hint, .. }) = cause.downcast_ref() {
            note(&format!("hint: {hint}"));
        }
    }
}
