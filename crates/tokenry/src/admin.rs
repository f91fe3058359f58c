//! What an administrator can do on the server's own machine, without a password: the data directory is the proof.

use std::io::{self, IsTerminal as _};

use anyhow::Context as _;
use zeroize::Zeroizing;

use crate::cli::ResetPassword;
use crate::config::Settings;
use crate::ground::{Ground, key_path};
use crate::system::{SystemClock, SystemEntropy};
use crate::{composition, key_file, output, password};

/// `tokenry admin reset-password`
///
/// # Errors
///
/// When there is no sound password, no such user, or the server is running.
pub fn reset_password(settings: &Settings, args: &ResetPassword) -> anyhow::Result<()> {
    let given = given_password(args)?;
    let made = given.is_none();
    let password = given.unwrap_or_else(|| password::generate(&SystemEntropy));
    let mut ground = Ground::open(settings.clone())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(composition::set_password(
        &mut ground,
        &args.user,
        &password,
        args.revoke_tokens,
    ))?;
    output::note(&format!("The password of {} is set.", args.user));
    if made {
        output::data(&password)?;
    }
    Ok(())
}

/// `tokenry admin reset-clock`
///
/// # Errors
///
/// When the server is running, or the database cannot be written.
pub fn reset_clock(settings: &Settings) -> anyhow::Result<()> {
    let ground = Ground::open(settings.clone())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(composition::reset_clock(&ground))?;
    output::note("The server will believe the machine's clock again, from its next start on.");
    Ok(())
}

/// `tokenry admin rotate-key`
///
/// # Errors
///
/// When there is no sound key file.
pub fn rotate_key(settings: &Settings) -> anyhow::Result<()> {
    let path = key_path(settings);
    let id = key_file::rotate(&path, &SystemClock, &SystemEntropy)
        .with_context(|| format!("cannot add a key to {}", path.display()))?;
    output::data(&id.to_string())?;
    output::note(
        "hint: restart the server to sign with the new key, and copy the key file to your backup",
    );
    Ok(())
}

/// The password from where the user has it; `None` to make one.
fn given_password(args: &ResetPassword) -> anyhow::Result<Option<Zeroizing<String>>> {
    if let Some(file) = &args.password_file {
        return password::from_file(file).map(Some);
    }
    if args.password_stdin {
        return password::from_stdin().map(Some);
    }
    match std::env::var("TOKENRY_PASSWORD") {
        Ok(password) if !password.is_empty() => Ok(Some(Zeroizing::new(password))),
        _ if io::stdin().is_terminal() => password::from_prompt(),
        _ => Ok(None),
    }
}
