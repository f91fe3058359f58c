//! The sockets on which the server listens, as the settings say. Not here: what is served on them.

use std::io::ErrorKind;
use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use tokenry_http::listener::{Listen, Socket};

use crate::config::Settings;
use crate::output::Hinted;

/// All of them, bound.
pub(crate) struct Sockets {
    /// The API and the console.
    pub(crate) faces: Socket,
    /// The gate.
    pub(crate) gate: Option<Socket>,
    /// The gate, over FastCGI.
    pub(crate) fastcgi: Option<Socket>,
    /// Metrics and health.
    pub(crate) metrics: Option<Socket>,
}

impl Sockets {
    /// Binds them.
    pub(crate) async fn bind(settings: &Settings) -> anyhow::Result<Self> {
        let (server, gate) = (&settings.server, &settings.gate);
        let mode = gate.unix_mode;
        let faces = bind(&Listen::Tcp(server.listen), mode, "--listen").await?;
        let http = optional(gate.listen.as_ref(), mode, "TOKENRY_GATE__LISTEN").await?;
        let fastcgi = gate.fastcgi_listen.as_ref();
        let metrics = settings.metrics.listen.map(Listen::Tcp);
        Ok(Self {
            faces: faces.behind(server.proxy_protocol.clone()),
            gate: http.map(|socket| socket.behind(gate.proxy_protocol.clone())),
            fastcgi: optional(fastcgi, mode, "TOKENRY_GATE__FASTCGI_LISTEN").await?,
            metrics: optional(metrics.as_ref(), mode, "TOKENRY_METRICS__LISTEN").await?,
        })
    }

    /// Where the API and the console are.
    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        match self.faces.address()? {
            Listen::Tcp(address) => Ok(address),
            Listen::Unix(_) => bail!("the API listens on an address and a port only"),
        }
    }

    /// The other places, for the start lines.
    pub(crate) fn others(&self) -> anyhow::Result<Vec<(&'static str, String)>> {
        let places = [
            ("gate", "http", &self.gate),
            ("fastcgi", "fcgi", &self.fastcgi),
            ("metrics", "http", &self.metrics),
        ];
        let mut others = Vec::new();
        for (name, scheme, socket) in places {
            match socket.as_ref().map(Socket::address).transpose()? {
                None => {}
                Some(Listen::Tcp(address)) => others.push((name, format!("{scheme}://{address}"))),
                Some(unix @ Listen::Unix(_)) => others.push((name, unix.to_string())),
            }
        }
        Ok(others)
    }
}

async fn optional(
    listen: Option<&Listen>,
    mode: u32,
    setting: &str,
) -> anyhow::Result<Option<Socket>> {
    match listen {
        None => Ok(None),
        Some(listen) => bind(listen, mode, setting).await.map(Some),
    }
}

async fn bind(listen: &Listen, mode: u32, setting: &str) -> anyhow::Result<Socket> {
    match Socket::bind(listen, mode).await {
        Ok(socket) => Ok(socket),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let (message, hint) = match listen {
                Listen::Tcp(_) => (
                    format!("cannot listen on {listen}: another program does"),
                    format!("choose another port with {setting}"),
                ),
                Listen::Unix(_) => (
                    format!("cannot listen on {listen}: another program does, or it is no socket"),
                    format!("choose another path with {setting}"),
                ),
            };
            Err(Hinted::new(message, &hint).into())
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on {listen}")),
    }
}
