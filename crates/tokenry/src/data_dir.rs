//! The data directory: private, and locked so that two servers never share one.

use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::output::Hinted;

/// A data directory that is ours until this is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Creates the directory where it is missing (0700), and locks it.
    ///
    /// # Errors
    ///
    /// When it cannot be made or written, or another process has it.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        create_private(path)?;
        let lock = path.join("tokenry.lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock)
            .with_context(|| format!("cannot write in the data directory {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: file,
            }),
            Err(TryLockError::WouldBlock) => Err(Hinted::new(
                format!(
                    "another tokenry is using the data directory {}",
                    path.display()
                ),
                "stop it first, or choose another directory with --data",
            )
            .into()),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", lock.display()))
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Creates a directory, and those above it, for our user only; one that exists stays as it is.
///
/// # Errors
///
/// When it cannot be created.
pub fn create_private(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot create the directory {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn is_private_and_belongs_to_one() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let first = DataDir::open(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        let second = DataDir::open(&path).unwrap_err().to_string();
        assert!(second.contains("another tokenry is using"), "{second}");
        drop(first);
        assert!(DataDir::open(&path).is_ok());
    }
}
