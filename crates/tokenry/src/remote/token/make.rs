//! `tokenry token create` and `tokenry token rotate`: the string goes to stdout or into a new file, the record beside it.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokenry_api::types::tokens::{Form, IssuedToken, Kind, NewToken, Rate, Rotation};
use tokenry_api::{Nothing, operations as op};
use tokenry_core::port::Entropy as _;

use super::record;
use crate::output::{self, Hinted};
use crate::remote::print::aside;
use crate::remote::words::{FormWord, KindWord, TokenCreate, TokenRotate};
use crate::remote::{Desk, find};
use crate::system::SystemEntropy;

pub(super) fn create(desk: &Desk, wanted: &TokenCreate) -> anyhow::Result<()> {
    let body = body(wanted);
    // First: a token whose string has no place would be lost.
    let place = wanted.string_file.as_deref().map(Place::make).transpose()?;
    let key = fresh_key();
    let ask = || {
        let more = Some(("idempotency-key", key.as_str()));
        desk.client
            .send::<op::TokenCreate>(&[], &Nothing {}, &body, more)
    };
    let made = match ask() {
        // The server may have made it. With the same key it makes no other, and shows that one.
        Err(failure) if failure.is_broken() => {
            output::note("The connection broke: asking once more for the same token.");
            ask()?
        }
        made => made?,
    };
    deliver(desk, &made.value, place)
}

pub(super) fn rotate(desk: &Desk, wanted: &TokenRotate) -> anyhow::Result<()> {
    let id = find::token(&desk.client, &wanted.id)?;
    let place = wanted.string_file.as_deref().map(Place::make).transpose()?;
    let body = Rotation {
        overlap_seconds: wanted.overlap,
        kind: wanted.kind.map(kind),
    };
    let made = desk
        .client
        .call::<op::TokenRotate>(&[&id], &Nothing {}, &body)?;
    deliver(desk, &made, place)
}

fn body(wanted: &TokenCreate) -> NewToken {
    let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    let rate = wanted.per_minute.zip(wanted.burst);
    NewToken {
        form: wanted.form.map(|form| match form {
            FormWord::Opaque => Form::Opaque,
            FormWord::SplunkJwt => Form::SplunkJwt,
            FormWord::Hex => Form::Hex,
        }),
        kind: wanted.kind.map(kind),
        user: wanted.user.clone(),
        persona: wanted.persona,
        audience: wanted.audience.clone(),
        name: wanted.name.clone(),
        notes: wanted.notes.clone(),
        expires: wanted.expires.clone(),
        not_before: wanted.not_before.clone(),
        addresses: some(&wanted.address),
        scope: some(&wanted.scope),
        rate: rate.map(|(per_minute, burst)| Rate { per_minute, burst }),
    }
}

fn kind(word: KindWord) -> Kind {
    match word {
        KindWord::Pat => Kind::Pat,
        KindWord::Svc => Kind::Svc,
    }
}

fn deliver(desk: &Desk, made: &IssuedToken, place: Option<Place>) -> anyhow::Result<()> {
    let Some(place) = place else {
        if desk.printer.is_json() {
            return desk.printer.record(made, Vec::new);
        }
        aside(record(&made.record));
        return output::data(made.token.expose());
    };
    let path = place.keep(made.token.expose())?;
    desk.printer.record(&made.record, || record(&made.record))?;
    output::note(&format!(
        "The string of the token is in {}.",
        path.display()
    ));
    Ok(())
}

/// A new file for a string. Removed again unless the string gets into it.
struct Place {
    path: PathBuf,
    file: File,
    used: bool,
}

impl Place {
    fn make(path: &Path) -> anyhow::Result<Self> {
        let mut options = File::options();
        let made = options.write(true).create_new(true).mode(0o600).open(path);
        let file = match made {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(Hinted::new(
                    format!("{} is there already, and no token was made", path.display()),
                    "choose another name for --string-file",
                )
                .into());
            }
            made => made.with_context(|| {
                format!("cannot write {}, and no token was made", path.display())
            })?,
        };
        Ok(Self {
            path: path.to_owned(),
            file,
            used: false,
        })
    }

    fn keep(mut self, string: &str) -> anyhow::Result<PathBuf> {
        writeln!(self.file, "{string}")
            .and_then(|()| self.file.sync_all())
            .with_context(|| {
                let path = self.path.display();
                format!(
                    "the token was made, but its string could not be written to {path}: rotate it"
                )
            })?;
        self.used = true;
        Ok(self.path.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.used {
            // Nothing of value is in it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A key that no other request has.
fn fresh_key() -> String {
    let mut random = [0; 16];
    SystemEntropy.fill(&mut random);
    format!("{:032x}", u128::from_be_bytes(random))
}
