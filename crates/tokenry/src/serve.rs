//! `tokenry serve`: ground, certificate, socket, composition, then requests until the order to stop.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokenry_core::port::Entropy;
use tokenry_http::gate::GateListener;
use tokenry_http::listener::{self, Limits, RequestIds};
use tokio::net::TcpListener;

use crate::certificate::Certificate;
use crate::composition::{self, Composed};
use crate::config::Settings;
use crate::ground::Ground;
use crate::output::{self, Hinted};
use crate::signals::{StopSignals, on_hangup};
use crate::start_lines::start_lines;
use crate::{password, system};

/// Runs the server to its end.
///
/// # Errors
///
/// When it cannot start.
pub fn run(settings: &Settings, admin_password_file: Option<&Path>) -> anyhow::Result<()> {
    let password = admin_password_file.map(password::from_file).transpose()?;
    let mut ground = Ground::open(settings.clone())?;
    let certificate = if settings.server.plaintext {
        None
    } else {
        Some(Arc::new(Certificate::open(settings, &ground.clock)?))
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let stop = StopSignals::listen()?;
        // Before anything is made that is shown only once: a port that is taken must not cost the password.
        let socket = bind(settings.server.listen, "--listen").await?;
        let gate = match settings.gate.listen {
            None => None,
            Some(address) => Some(bind(address, "TOKENRY_GATE__LISTEN").await?),
        };
        let ids = request_ids(&ground.entropy);
        let port = socket.local_addr()?.port();
        let composed = composition::compose(&mut ground, password, port).await?;
        serve(&ground, certificate, (socket, gate), composed, ids, stop).await
    })
}

async fn serve(
    ground: &Ground,
    certificate: Option<Arc<Certificate>>,
    (socket, gate): (TcpListener, Option<TcpListener>),
    composed: Composed,
    ids: RequestIds,
    mut stop: StopSignals,
) -> anyhow::Result<()> {
    let address = socket.local_addr()?;
    let gate_address = gate.as_ref().map(TcpListener::local_addr).transpose()?;
    let lines = start_lines(
        address,
        gate_address,
        ground.data.path(),
        certificate.as_deref(),
        &composed.admin,
    );
    output::data(&lines)?;
    drop((lines, composed.admin));
    tracing::info!(%address, "ready");
    if let Some(certificate) = certificate.clone() {
        tokio::spawn(on_hangup(move || reload(&certificate)));
    }
    let upkeep = composed.upkeep.clone();
    let keeping = tokio::spawn(composed.upkeep.run());
    let tls = certificate.map(|certificate| certificate.server_config());
    let (stopping, told) = tokio::sync::watch::channel(());
    let until = |mut told: tokio::sync::watch::Receiver<()>| async move {
        // An error means that the sender is gone, which is the order to stop.
        while told.changed().await.is_ok() {}
    };
    let limits = ground.settings.server.limits();
    let gate_limits = gate_limits(&limits);
    let faces = listener::serve(
        socket,
        tls,
        composed.router,
        limits,
        ids.clone(),
        until(told.clone()),
    );
    let gate = async {
        match gate {
            None => Ok(()),
            Some(socket) => {
                let handler = GateListener(composed.gate);
                listener::serve(socket, None, handler, gate_limits, ids, until(told)).await
            }
        }
    };
    let serving = async { tokio::try_join!(faces, gate) };
    let orders = async {
        stop.next().await;
        tracing::info!("stopping after the running requests; a second signal stops at once");
        drop(stopping);
        stop.next().await;
    };
    tokio::select! {
        served = serving => { served?; }
        () = orders => tracing::warn!("stopping at once"),
    }
    keeping.abort();
    upkeep.flush().await;
    tracing::info!("stopped");
    Ok(())
}

fn reload(certificate: &Certificate) {
    match certificate.reload(&system::SystemClock) {
        Ok(()) => tracing::info!("certificate read again"),
        Err(error) => tracing::error!("the certificate stays as it was: {error:#}"),
    }
}

/// The gate answers soon or not at all: some proxies would wait for ever (spec/data-plane.md 1.11). A proxy keeps its
/// connections for long.
fn gate_limits(limits: &Limits) -> Limits {
    Limits {
        request_timeout: Duration::from_secs(1),
        idle_timeout: Duration::from_secs(600),
        ..limits.clone()
    }
}

async fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(socket) => Ok(socket),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let message = format!("cannot listen on {address}: another program does");
            let hint = format!("choose another port with {setting}");
            Err(Hinted::new(message, &hint).into())
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on {address}")),
    }
}

fn request_ids(entropy: &dyn Entropy) -> RequestIds {
    let mut first = [0; 8];
    entropy.fill(&mut first);
    RequestIds::starting_at(u64::from_ne_bytes(first))
}
