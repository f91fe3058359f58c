//! What the server and the administrator's commands stand on: the settings, a data directory that is theirs alone,
//! the keys, the clock and randomness. Everything that is not yet the rules.

use std::path::PathBuf;

use crate::config::Settings;
use crate::data_dir::DataDir;
use crate::key_file::{self, Keys};
use crate::system::{SystemClock, SystemEntropy};

/// The ground, ready to build on.
pub struct Ground {
    /// The configuration.
    pub settings: Settings,
    /// The data directory, locked as long as this lives.
    pub data: DataDir,
    /// The keys in order; the last one signs. To be taken out once.
    pub keys: Keys,
    /// The machine's clock.
    pub clock: SystemClock,
    /// The machine's randomness.
    pub entropy: SystemEntropy,
}

impl Ground {
    /// Opens the data directory and the key file, and makes them where this is the first start.
    ///
    /// # Errors
    ///
    /// When another process has the data directory, or something in it is not as it should be.
    pub fn open(settings: Settings) -> anyhow::Result<Self> {
        let data = DataDir::open(&settings.data)?;
        let (clock, entropy) = (SystemClock, SystemEntropy);
        let database_exists = settings.store.path.try_exists()?;
        let keys =
            key_file::open_or_create(&key_path(&settings), database_exists, &clock, &entropy)?;
        Ok(Self {
            settings,
            data,
            keys,
            clock,
            entropy,
        })
    }
}

/// Where the key file is.
#[must_use]
pub fn key_path(settings: &Settings) -> PathBuf {
    settings.data.join("keys.toml")
}
