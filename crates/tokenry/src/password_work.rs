//! The port that hashes passwords: on threads that may block, as many at a time as there are cores. Who waits too
//! long is told that we are busy, so that a flood of sign-ins stops nothing but sign-ins.

use std::{sync::Arc, thread, time::Duration};

use tokenry_core::{
    Error,
    port::{BoxFuture, PasswordWork},
    principal::password::{self, PasswordHash},
    secret::Plaintext,
};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

/// Hashes with argon2id.
pub struct Argon2Work(Arc<Semaphore>);

/// How long a password waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

impl Default for Argon2Work {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }
}

impl Argon2Work {
    /// The permit moves into the work: it is given back when the work is done, not when the caller goes away.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = timeout(PATIENCE, Arc::clone(&self.0).acquire_owned())
            .await
            .map_err(|_| Error::unavailable("too many passwords are waiting to be checked"))?
            .map_err(Error::internal)?;
        spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        })
        .await
        .map_err(Error::internal)?
    }
}

impl PasswordWork for Argon2Work {
    fn hash(
        &self,
        password: Plaintext,
        salt: [u8; 16],
    ) -> BoxFuture<'_, Result<PasswordHash, Error>> {
        Box::pin(self.run(move || password::hash(&password, salt)))
    }

    fn check(
        &self,
        password: Plaintext,
        hash: Option<PasswordHash>,
    ) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(self.run(move || password::check(&password, hash.as_ref())))
    }
}
