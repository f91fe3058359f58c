//! The key file: the root secrets that sign tokens, and nothing else worth stealing. Whoever has it can forge tokens;
//! whoever loses it makes all of them invalid. So it is private, written whole or not at all, and never made anew
//! beside a database.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use tokenry_core::port::{Clock, Entropy};
use tokenry_core::token::form::key_ring::{KeyId, RootSecret};
use zeroize::{Zeroize as _, Zeroizing};

use crate::output::Hinted;

/// The keys in order; the last one signs.
pub type Keys = Vec<(KeyId, RootSecret)>;

const VERSION: u32 = 1;
const HEADER: &str = "\
# The keys of Tokenry. Keep this file secret and keep a copy in a safe place: whoever has it can forge tokens, and
# without it every signed token is invalid. The last key signs, all of them verify.

";

/// Reads the key file, or makes one with a first key if there is neither a key file nor a database.
///
/// # Errors
///
/// When it is missing beside a database, readable by others, damaged, or cannot be read or written.
pub fn open_or_create(
    path: &Path,
    database_exists: bool,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> anyhow::Result<Keys> {
    if path.try_exists()? {
        return read(path)?.into_keys();
    }
    if database_exists {
        let message = format!(
            "the key file {} is missing, but there is a database",
            path.display()
        );
        let hint =
            "restore it from a backup; only if it is lost for good, move the database away too";
        return Err(Hinted::new(message, hint).into());
    }
    let file = KeyFile {
        version: VERSION,
        key: vec![StoredKey::new(&KeyId::first(), clock.now(), entropy)],
    };
    let written = write_temporary(&file, path)?;
    // Fails if another process was faster: nothing is ever overwritten here.
    written
        .persist_noclobber(path)
        .with_context(|| format!("cannot create {}", path.display()))?;
    sync_parent(path)?;
    file.into_keys()
}

/// Adds a key, which signs from the next start on; gives back its name.
///
/// # Errors
///
/// When there is no sound key file, or it cannot be written.
pub fn rotate(path: &Path, clock: &dyn Clock, entropy: &dyn Entropy) -> anyhow::Result<KeyId> {
    // Two rotations at once would lose one of the keys; the directory is what survives the renaming.
    let directory = File::open(parent(path)?)?;
    directory.lock()?;
    let mut file = read(path)?;
    let last = file.key.last().context("the key file holds no key")?;
    let id = KeyId::new(&last.id)?.successor()?;
    file.key.push(StoredKey::new(&id, clock.now(), entropy));
    let written = write_temporary(&file, path)?;
    written
        .persist(path)
        .with_context(|| format!("cannot replace {}", path.display()))?;
    sync_parent(path)?;
    Ok(id)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    version: u32,
    key: Vec<StoredKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    id: String,
    secret: String,
    created: String,
}

impl Drop for StoredKey {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl StoredKey {
    fn new(id: &KeyId, now: Timestamp, entropy: &dyn Entropy) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        entropy.fill(&mut *secret);
        Self {
            id: id.to_string(),
            secret: STANDARD.encode(*secret),
            created: now.to_string(),
        }
    }

    fn to_key(&self) -> anyhow::Result<(KeyId, RootSecret)> {
        let id = KeyId::new(&self.id)?;
        let mut bytes = Zeroizing::new([0; 32]);
        // The error would show a part of the secret, so it is dropped.
        let length = STANDARD
            .decode_slice(&self.secret, &mut *bytes)
            .unwrap_or(0);
        ensure!(
            length == 32,
            "the secret of the key {id} is not 32 bytes in base64"
        );
        Ok((id, RootSecret::from_bytes(*bytes)))
    }
}

impl KeyFile {
    fn into_keys(self) -> anyhow::Result<Keys> {
        ensure!(!self.key.is_empty(), "the key file holds no key");
        self.key.iter().map(StoredKey::to_key).collect()
    }
}

fn read(path: &Path) -> anyhow::Result<KeyFile> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let text = Zeroizing::new(text);
    let mode = path.metadata()?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let message = format!("the key file {shown} is open to other users (mode {mode:04o})");
        return Err(Hinted::new(message, format!("chmod 600 {shown}")).into());
    }
    // TOML's own message would quote the line, and with it perhaps a secret.
    let Ok(file) = toml::from_str::<KeyFile>(&text) else {
        bail!("the key file {shown} is damaged");
    };
    ensure!(
        file.version == VERSION,
        "the key file {shown} has version {}; this program knows version {VERSION}",
        file.version
    );
    Ok(file)
}

/// Writes the file beside its place, 0600 and on the disk.
fn write_temporary(file: &KeyFile, path: &Path) -> anyhow::Result<NamedTempFile> {
    let text = Zeroizing::new(toml::to_string(file)?);
    let mut temporary = tempfile::Builder::new()
        .prefix(".keys.")
        .tempfile_in(parent(path)?)
        .with_context(|| format!("cannot write beside {}", path.display()))?;
    temporary.write_all(HEADER.as_bytes())?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

fn sync_parent(path: &Path) -> anyhow::Result<()> {
    Ok(File::open(parent(path)?)?.sync_all()?)
}

fn parent(path: &Path) -> anyhow::Result<&Path> {
    path.parent().context("the key file has no directory")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::system::{SystemClock, SystemEntropy};

    fn place() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys.toml");
        (directory, path)
    }

    fn open(path: &Path, database_exists: bool) -> anyhow::Result<Vec<(String, [u8; 32])>> {
        let keys = open_or_create(path, database_exists, &SystemClock, &SystemEntropy)?;
        let plain = |(id, secret): (KeyId, RootSecret)| (id.to_string(), *secret.expose());
        Ok(keys.into_iter().map(plain).collect())
    }

    fn refusal(path: &Path, database_exists: bool) -> String {
        format!("{:#}", open(path, database_exists).unwrap_err())
    }

    #[test]
    fn is_made_once_private_and_read_again() {
        let (directory, path) = place();
        let made = open(&path, false).unwrap();
        assert_eq!(made[0].0, "splunk.secret");
        assert_ne!(made[0].1, [0; 32]);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(open(&path, true).unwrap(), made);
        assert_eq!(
            std::fs::read_dir(&directory).unwrap().count(),
            1,
            "something is left over"
        );
    }

    #[test]
    fn rotation_adds_a_key_at_the_end() {
        let (_directory, path) = place();
        let first = open(&path, false).unwrap();
        let rotate = || {
            rotate(&path, &SystemClock, &SystemEntropy)
                .unwrap()
                .to_string()
        };
        assert_eq!(rotate(), "splunk.secret.2");
        assert_eq!(rotate(), "splunk.secret.3");
        let keys = open(&path, true).unwrap();
        assert_eq!(keys[0], first[0]);
        let ids: Vec<_> = keys.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["splunk.secret", "splunk.secret.2", "splunk.secret.3"]);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn is_not_made_anew_beside_a_database() {
        let (_directory, path) = place();
        assert!(refusal(&path, true).contains("is missing, but there is a database"));
        assert!(!path.exists());
    }

    #[test]
    fn is_refused_when_others_can_read_it() {
        let (_directory, path) = place();
        open(&path, false).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(refusal(&path, true).contains("open to other users (mode 0640)"));
    }

    #[test]
    fn damage_is_told_without_a_secret() {
        let (_directory, path) = place();
        open(&path, false).unwrap();
        let sound = std::fs::read_to_string(&path).unwrap();
        let secret = sound
            .split('"')
            .find(|part| part.len() == 44)
            .unwrap()
            .to_owned();
        for damaged in [
            sound.replace("version = 1", "version = 2"),
            sound.replace(&secret, &secret[..40]),
            sound.replace("\nsecret", "\nsecrets"),
            sound.replace("version", "version ="),
            "version = 1\nkey = []\n".to_owned(),
            String::new(),
        ] {
            std::fs::write(&path, &damaged).unwrap();
            let refusal = refusal(&path, true);
            assert!(!refusal.contains(&secret[..8]), "{refusal}");
        }
    }
}
