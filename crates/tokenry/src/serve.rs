//! `tokenry serve`: ground, certificate, socket, composition, then requests until the order to stop.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokenry_core::port::Entropy;
use tokenry_http::console;
use tokenry_http::gate::{GateListener, fastcgi};
use tokenry_http::listener::{self, Limits, RequestIds};
use tokenry_http::ops::{self, OpsListener};

use crate::certificate::Certificate;
use crate::composition::{self, Composed};
use crate::config::Settings;
use crate::ground::Ground;
use crate::output;
use crate::signals::{StopSignals, on_hangup};
use crate::sockets::Sockets;
use crate::start_lines::start_lines;
use crate::telemetry::Telemetry;
use crate::{password, system};

/// Runs the server to its end.
///
/// # Errors
///
/// When it cannot start.
pub fn run(
    settings: &Settings,
    admin_password_file: Option<&Path>,
    telemetry: Option<&Telemetry>,
) -> anyhow::Result<()> {
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
        let sockets = Sockets::bind(settings).await?;
        let ids = request_ids(&ground.entropy);
        let port = sockets.address()?.port();
        let traces = telemetry.map(Telemetry::of_gate);
        let composed = composition::compose(&mut ground, password, port, traces).await?;
        serve(&ground, certificate, sockets, composed, ids, stop).await
    })
}

async fn serve(
    ground: &Ground,
    certificate: Option<Arc<Certificate>>,
    sockets: Sockets,
    composed: Composed,
    ids: RequestIds,
    mut stop: StopSignals,
) -> anyhow::Result<()> {
    let address = sockets.address()?;
    let lines = start_lines(
        address,
        &[
            vec![("console", console_place(address, certificate.is_some()))],
            sockets.others()?,
        ]
        .concat(),
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
    let (ops, watched) = (Arc::clone(&composed.ops), Arc::clone(&composed.ops));
    // It goes on to the end: whoever watches shall see that the server stops.
    let watching = sockets.metrics.map(|socket| {
        let (limits, ids) = (limits.clone(), ids.clone());
        let (router, never) = (OpsListener(ops::router(watched)), std::future::pending());
        tokio::spawn(listener::serve(socket, None, router, limits, ids, never))
    });
    let faces = listener::serve(
        sockets.faces,
        tls,
        composed.router,
        limits,
        ids.clone(),
        until(told.clone()),
    );
    let fastcgi = async {
        let Some(socket) = sockets.fastcgi else {
            return Ok(());
        };
        let (gate, limits) = (Arc::clone(&composed.gate), gate_limits.clone());
        fastcgi::serve(socket, gate, limits, ids.clone(), until(told.clone())).await
    };
    let gate = async {
        let Some(socket) = sockets.gate else {
            return Ok(());
        };
        let (handler, limits) = (
            GateListener(Arc::clone(&composed.gate)),
            gate_limits.clone(),
        );
        listener::serve(
            socket,
            None,
            handler,
            limits,
            ids.clone(),
            until(told.clone()),
        )
        .await
    };
    let serving = async { tokio::try_join!(faces, gate, fastcgi) };
    let orders = async {
        stop.next().await;
        ops.stop();
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
    if let Some(watching) = watching {
        watching.abort();
    }
    tracing::info!("stopped");
    Ok(())
}

/// Where the console is, or how to get it.
fn console_place(address: SocketAddr, has_tls: bool) -> String {
    let scheme = if has_tls { "https" } else { "http" };
    if console::is_built() {
        format!("{scheme}://{address}{}", console::PATH)
    } else {
        "not built: npm ci --prefix console && npm run build --prefix console, then build the server again"
            .to_owned()
    }
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
        idle_timeout: Duration::from_mins(10),
        ..limits.clone()
    }
}

fn request_ids(entropy: &dyn Entropy) -> RequestIds {
    let mut first = [0; 8];
    entropy.fill(&mut first);
    RequestIds::starting_at(u64::from_ne_bytes(first))
}
