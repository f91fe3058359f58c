//! Asks a person before something is done that cannot be undone.

use std::io::{self, IsTerminal as _};

use anyhow::ensure;

use crate::output::{self, Hinted};

/// Goes on only if `yes` was said already, or is typed now.
pub(super) fn sure(what: &str, yes: bool) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Hinted::new(
            format!("{what}: there is no terminal to ask on whether that is meant"),
            "say so with --yes",
        )
        .into());
    }
    output::note(&format!("{what}. Type yes to do it:"));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    ensure!(answer.trim() == "yes", "nothing was done");
    Ok(())
}
