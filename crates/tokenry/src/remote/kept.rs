//! The session that `tokenry login` keeps: a file in the user's state directory, which only the user can read. The key in
//! it is sent to the server that gave it, and to no other.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tokenry_api::Secret;
use zeroize::Zeroizing;

use crate::data_dir::create_private;
use crate::output::Hinted;

/// Who is signed in where.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    /// The server's address.
    pub(super) server: String,
    /// The user's name.
    pub(super) user: String,
    /// The key of the session.
    pub(super) key: Secret,
    /// The file with the authorities that the server's certificate was checked with, if one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ca: Option<PathBuf>,
}

impl Kept {
    /// What was kept; `None` if nobody is signed in.
    pub(super) fn read() -> anyhow::Result<Option<Self>> {
        let Some(path) = path() else { return Ok(None) };
        let about = || format!("cannot read the session in {}", path.display());
        let text = match fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(about),
        };
        let mode = fs::metadata(&path)
            .with_context(about)?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            return Err(Hinted::new(
                format!("others can read the session in {}", path.display()),
                "sign in again with `tokenry login`, and end the old session",
            )
            .into());
        }
        // What the reader of TOML says could show a part of the key.
        let kept = toml::from_str(&text).map_err(|_| {
            Hinted::new(
                format!("{} is not as `tokenry login` writes it", path.display()),
                "sign in again with `tokenry login`",
            )
        })?;
        Ok(Some(kept))
    }

    /// Keeps it, in place of what was kept until now.
    pub(super) fn write(&self) -> anyhow::Result<PathBuf> {
        let path = path().ok_or_else(|| {
            Hinted::new(
                "there is no place to keep the session",
                "set HOME or XDG_STATE_HOME",
            )
        })?;
        let directory = path.parent().unwrap_or(Path::new("."));
        create_private(directory)?;
        let text = Zeroizing::new(toml::to_string(self)?);
        // Made for its owner alone, and only then given its name.
        let about = || format!("cannot write {}", path.display());
        let mut file = tempfile::NamedTempFile::new_in(directory).with_context(about)?;
        file.write_all(text.as_bytes()).with_context(about)?;
        file.persist(&path).with_context(about)?;
        Ok(path)
    }

    /// Forgets what was kept.
    pub(super) fn forget() -> anyhow::Result<()> {
        let Some(path) = path() else { return Ok(()) };
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot delete {}", path.display()))
            }
            _ => Ok(()),
        }
    }
}

/// Where it is kept: `$XDG_STATE_HOME`, or what stands for it.
fn path() -> Option<PathBuf> {
    let absolute = |name| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let state =
        absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("tokenry/session.toml"))
}
