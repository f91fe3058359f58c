//! `tokenry login`, `tokenry logout` and `tokenry whoami`

use tokenry_api::types::sessions::{NewSession, Session, Transport};
use tokenry_api::{Nothing, Secret, operations as op};
use zeroize::Zeroizing;

use super::kept::Kept;
use super::print::{Printer, Record, joined, word, yes};
use super::words::{Login, Logout};
use super::{Desk, MadeHere, reach};
use crate::output::{self, Hinted};

/// Signs in, and keeps the session.
pub(super) fn login(login: &Login, made_here: MadeHere<'_>) -> anyhow::Result<()> {
    let (client, ca) = reach::stranger(&login.server, made_here)?;
    let password = password(login, client.server())?;
    let wanted = NewSession {
        user: login.user.clone(),
        password: Secret::from(password.as_str()),
        transport: Transport::Bearer,
    };
    let opened = client.call::<op::SessionOpen>(&[], &Nothing {}, &wanted)?;
    let Some(key) = opened.key else {
        return Err(Hinted::new(
            "the server gave no key for the session",
            "check that it is of the same version as this command",
        )
        .into());
    };
    let before = Kept::read().unwrap_or(None);
    let kept = Kept {
        server: client.server().to_owned(),
        user: opened.session.user.clone(),
        key,
        ca,
    };
    let path = kept.write()?;
    if let Some(before) = before {
        end(&before, login, made_here);
    }
    output::note(&format!(
        "Signed in to {} as {}. The session is kept in {}; `tokenry logout` ends it.",
        kept.server,
        kept.user,
        path.display()
    ));
    if login.print.output.is_some() {
        let printer = Printer::new(&login.print);
        printer.record(&opened.session, || record(&opened.session))?;
    }
    Ok(())
}

/// Ends the session at the server, and forgets it here.
pub(super) fn logout(logout: &Logout, made_here: MadeHere<'_>) -> anyhow::Result<()> {
    let kept = match Kept::read() {
        Ok(Some(kept)) => kept,
        Ok(None) => {
            output::note("Nobody was signed in.");
            return Ok(());
        }
        Err(error) => {
            Kept::forget()?;
            return Err(error.context("the session is forgotten here, and not ended at the server"));
        }
    };
    let closed = reach::with_kept(&kept, &logout.server, made_here).and_then(|client| {
        let closed = client.call::<op::SessionClose>(&[], &Nothing {}, &Nothing {});
        match closed {
            // It has ended by itself.
            Err(failure) if failure.is("invalid_token") => Ok(()),
            closed => Ok(closed.map(|_| ())?),
        }
    });
    Kept::forget()?;
    closed.map_err(|error| {
        error.context(
            "the session is forgotten here, but the server could not be told: there it ends when it is idle",
        )
    })?;
    output::note(&format!("Signed out of {}.", kept.server));
    Ok(())
}

/// Tells who calls.
pub(super) fn whoami(desk: &Desk) -> anyhow::Result<()> {
    let session = desk
        .client
        .call::<op::SessionShow>(&[], &Nothing {}, &Nothing {})?;
    desk.printer.record(&session, || record(&session))
}

/// The session that a new one takes the place of. Nobody needs it any more; where it cannot be ended, it ends when it is
/// idle.
fn end(before: &Kept, login: &Login, made_here: MadeHere<'_>) {
    if let Ok(client) = reach::with_kept(before, &login.server, made_here) {
        let _ = client.call::<op::SessionClose>(&[], &Nothing {}, &Nothing {});
    }
}

fn password(login: &Login, server: &str) -> anyhow::Result<Zeroizing<String>> {
    if let Some(given) = reach::password_given(&login.password)? {
        return Ok(given);
    }
    match std::env::var("TOKENRY_PASSWORD") {
        Ok(password) if !password.is_empty() => Ok(Zeroizing::new(password)),
        _ => reach::password_asked(
            &format!("Password of {} at {server}: ", login.user),
            "give it by --password-file, --password-stdin or TOKENRY_PASSWORD",
        ),
    }
}

fn record(session: &Session) -> Record {
    vec![
        ("user", session.user.clone()),
        ("real name", session.real_name.clone()),
        ("persona", session.persona.name.clone()),
        (
            "personas",
            joined(session.personas.iter().map(|persona| &persona.name)),
        ),
        ("powers", joined(&session.powers)),
        ("by a", word(&session.via)),
        ("address", session.address.clone().unwrap_or_default()),
        ("time zone", session.time_zone.clone()),
        ("token authentication", yes(session.token_authentication)),
        ("server version", session.version.clone()),
    ]
}
