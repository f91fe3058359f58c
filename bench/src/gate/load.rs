//! The load: wrk with one thread, which presents tokens out of a file at random.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};

use super::pinned;

/// What wrk runs. The strings are made into requests as they are sent, for reference and subject alike.
const SCRIPT: &str = r#"
local tokens = {}
for line in io.lines(os.getenv("BENCH_TOKENS")) do tokens[#tokens + 1] = line end
local head = "GET /v1/verify HTTP/1.1\r\nHost: gate\r\nX-Forwarded-For: 203.0.113.9\r\n"
    .. "X-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: api.example.com\r\n"
    .. "X-Forwarded-Uri: /orders/7\r\nAuthorization: Bearer "
local random = math.random
function request() return head .. tokens[random(#tokens)] .. "\r\n\r\n" end
function done(summary, latency)
    io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), summary.errors.status))
end
"#;

/// A load that can be put on servers.
pub(crate) struct Load {
    script: PathBuf,
    tokens: PathBuf,
    connections: u32,
    time: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) requests: f64,
    pub(crate) took: Duration,
    pub(crate) median: Duration,
    pub(crate) p99: Duration,
    /// Of the answers, those with another status than 2xx or 3xx.
    pub(crate) refused: f64,
}

impl Load {
    /// One of these strings; the folder must outlive it.
    pub(crate) fn of(
        strings: &[String],
        name: &str,
        place: &Path,
        connections: u32,
        time: Duration,
    ) -> anyhow::Result<Self> {
        let (script, tokens) = (place.join("load.lua"), place.join(name));
        fs::write(&script, SCRIPT)?;
        fs::write(&tokens, strings.join("\n"))?;
        Ok(Self {
            script,
            tokens,
            connections,
            time,
        })
    }

    /// The same over other connections.
    pub(crate) fn over(&self, connections: u32) -> Self {
        Self {
            script: self.script.clone(),
            tokens: self.tokens.clone(),
            connections,
            time: self.time,
        }
    }

    /// Puts it on a server.
    pub(crate) fn on(&self, address: SocketAddr) -> anyhow::Result<Answered> {
        let output = pinned::to(pinned::LOAD, || {
            Command::new("wrk")
                .args(["--threads", "1", "--timeout", "10s"])
                .args(["--connections", &self.connections.to_string()])
                .args(["--duration", &format!("{}s", self.time.as_secs())])
                .arg("--script")
                .arg(&self.script)
                .arg(format!("http://{address}/"))
                .env("BENCH_TOKENS", &self.tokens)
                .output()
        })?
        .context("cannot run wrk: install it (Debian: apt-get install wrk)")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().find_map(|line| line.strip_prefix("RESULT "));
        let Some(line) = line else {
            bail!(
                "wrk says: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        };
        let numbers: Vec<u32> = line
            .split(' ')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .with_context(|| format!("cannot read what wrk says: {line}"))?;
        let [requests, took, median, p99, refused] = *numbers else {
            bail!("cannot read what wrk says: {line}");
        };
        ensure!(requests > 0, "no request was answered");
        let micros = |micros: u32| Duration::from_micros(u64::from(micros));
        Ok(Answered {
            requests: f64::from(requests),
            took: micros(took),
            median: micros(median),
            p99: micros(p99),
            refused: f64::from(refused),
        })
    }
}

impl Answered {
    pub(crate) fn a_second(&self) -> f64 {
        self.requests / self.took.as_secs_f64()
    }
}
