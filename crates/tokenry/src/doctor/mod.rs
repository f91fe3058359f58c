//! `tokenry doctor`: whether what stands around Tokenry does what is asked of it. Today that is one thing, the proxy before
//! an API (spec/data-plane.md 2.0).
//!
//! * [`proxy`]: sends probes through the user's own proxy, and says what is wrong with its configuration.
//! * [`probe`] and `probes`: what is sent, what must come of it, and which line is missing where it does not.
//! * [`wire`]: one request, byte for byte as written. No library of HTTP sends what half of the probes need.
//! * [`echo`]: an API that answers with what it received, so that the probes see what arrives behind the proxy.
//! * [`report`]: what was found, for people and for programs.
//!
//! Not here: anything that the server does. The doctor knows Tokenry only from outside, as a client does.

mod echo;
mod probe;
mod probes;
mod proxy;
mod report;
mod tls;
mod wire;

pub(crate) use tls::BUNDLES as AUTHORITIES;

use crate::cli::Doctor;

/// Runs the command.
///
/// # Errors
///
/// When it cannot be done, and when a probe fails.
pub fn run(command: &Doctor) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match command {
            Doctor::Echo(args) => echo::run(args).await,
            Doctor::Proxy(args) => proxy::run(args).await,
        }
    })
}
