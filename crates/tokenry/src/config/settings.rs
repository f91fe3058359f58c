//! What can be set, as the rest of the program sees it: typed, complete, within range. `default.toml` has the words.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::Uri;
use serde::Deserialize;
use tokenry_core::token::address::Networks;
use tokenry_http::listener::{Limits, Senders};

use super::{Gate, value};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const MAX_SESSION: i64 = 720 * HOUR;

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The data directory.
    #[serde(deserialize_with = "value::path")]
    pub data: PathBuf,
    /// The server and its limits.
    pub server: Server,
    /// The log.
    pub log: Log,
    /// The audit file.
    pub audit: Audit,
    /// The Splunk-compatible face.
    pub splunk: Splunk,
    /// The Tanium-compatible face.
    pub tanium: Tanium,
    /// The gate.
    pub gate: Gate,
    /// Metrics and health.
    pub metrics: Metrics,
    /// Traces.
    pub telemetry: Telemetry,
    /// Sessions.
    pub session: Session,
    /// Signing in.
    pub login: Login,
    /// The database.
    pub store: Store,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port.
    #[serde(deserialize_with = "value::address")]
    pub listen: SocketAddr,
    /// The server's name, for `iss`.
    #[serde(deserialize_with = "value::name")]
    pub name: String,
    /// The given certificate chain.
    #[serde(deserialize_with = "value::optional_path")]
    pub tls_certificate: Option<PathBuf>,
    /// The given private key.
    #[serde(deserialize_with = "value::optional_path")]
    pub tls_key: Option<PathBuf>,
    /// The proxies whose word on a client's address is taken, where the settings say so.
    #[serde(deserialize_with = "value::proxies")]
    pub trusted_proxies: Networks,
    /// Who speaks the PROXY protocol.
    #[serde(deserialize_with = "value::senders")]
    pub proxy_protocol: Senders,
    /// Plain HTTP.
    #[serde(deserialize_with = "value::flag")]
    pub plaintext: bool,
    /// Plain HTTP beyond loopback, in so many words.
    #[serde(deserialize_with = "value::flag")]
    pub allow_plaintext_beyond_loopback: bool,
    /// See [`Limits::max_connections`].
    #[serde(deserialize_with = "value::number::<_, _, 1, 1_000_000>")]
    pub max_connections: usize,
    /// See [`Limits::max_header_bytes`].
    #[serde(deserialize_with = "value::number::<_, _, 8_192, 1_048_576>")]
    pub max_header_bytes: usize,
    /// See [`Limits::max_headers`].
    #[serde(deserialize_with = "value::number::<_, _, 10, 1_000>")]
    pub max_headers: usize,
    /// See [`Limits::max_body_bytes`].
    #[serde(deserialize_with = "value::number::<_, _, 1_024, 1_073_741_824>")]
    pub max_body_bytes: usize,
    /// See [`Limits::handshake_timeout`].
    #[serde(deserialize_with = "value::duration::<_, 100, { 5 * MINUTE }>")]
    pub handshake_timeout: Duration,
    /// See [`Limits::header_timeout`].
    #[serde(deserialize_with = "value::duration::<_, 100, { 5 * MINUTE }>")]
    pub header_timeout: Duration,
    /// See [`Limits::request_timeout`].
    #[serde(deserialize_with = "value::duration::<_, 100, HOUR>")]
    pub request_timeout: Duration,
    /// See [`Limits::idle_timeout`].
    #[serde(deserialize_with = "value::duration::<_, 100, { 24 * HOUR }>")]
    pub idle_timeout: Duration,
    /// See [`Limits::grace_period`].
    #[serde(deserialize_with = "value::duration::<_, 0, HOUR>")]
    pub grace_period: Duration,
}

impl Server {
    /// The limits of the listener.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            max_connections: self.max_connections,
            max_header_bytes: self.max_header_bytes,
            max_headers: self.max_headers,
            max_body_bytes: self.max_body_bytes,
            handshake_timeout: self.handshake_timeout,
            header_timeout: self.header_timeout,
            request_timeout: self.request_timeout,
            idle_timeout: self.idle_timeout,
            grace_period: self.grace_period,
            ..Limits::default()
        }
    }
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Filter directives.
    #[serde(deserialize_with = "value::log_level")]
    pub level: String,
    /// Text or JSON.
    pub format: LogFormat,
    /// Where log files go.
    #[serde(deserialize_with = "value::path")]
    pub directory: PathBuf,
    /// How much the authentication log tells.
    #[serde(deserialize_with = "value::number::<_, _, 0, 100>")]
    pub authentication: u8,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl TryFrom<String> for LogFormat {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be \"text\" or \"json\""),
        }
    }
}

/// `[audit]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The size at which a new file begins.
    #[serde(deserialize_with = "value::number::<_, _, 65_536, 10_737_418_240>")]
    pub max_file_bytes: usize,
    /// How many old files are kept.
    #[serde(deserialize_with = "value::number::<_, _, 1, 1_000>")]
    pub keep_files: usize,
}

/// `[splunk]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Splunk {
    /// The version to be like.
    pub compat: Compat,
}

/// The versions of Splunk whose answers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum Compat {
    /// 7.3
    V7_3,
    /// 8.2
    V8_2,
    /// 9.0
    V9_0,
    /// 9.2
    V9_2,
}

impl TryFrom<String> for Compat {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "7.3" => Ok(Self::V7_3),
            "8.2" => Ok(Self::V8_2),
            "9.0" => Ok(Self::V9_0),
            "9.2" => Ok(Self::V9_2),
            _ => Err("must be \"7.3\", \"8.2\", \"9.0\" or \"9.2\""),
        }
    }
}

/// `[tanium]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tanium {
    /// How long a session made by a client of Tanium may lie idle.
    #[serde(deserialize_with = "value::duration::<_, MINUTE, MAX_SESSION>")]
    pub session_idle_timeout: Duration,
}

/// `[metrics]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Where they are read; nowhere, where there is no address.
    #[serde(deserialize_with = "value::optional_address")]
    pub listen: Option<SocketAddr>,
}

/// `[telemetry]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// The collector that traces are sent to; none are, where there is none.
    #[serde(deserialize_with = "value::optional_collector")]
    pub otlp_endpoint: Option<Uri>,
    /// Which part of all requests is traced.
    #[serde(deserialize_with = "value::ratio")]
    pub sample_ratio: f64,
    /// What the server is called in traces.
    #[serde(deserialize_with = "value::name")]
    pub service_name: String,
}

/// `[session]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Unused for so long, a session ends.
    #[serde(deserialize_with = "value::duration::<_, MINUTE, MAX_SESSION>")]
    pub idle_timeout: Duration,
}

/// `[login]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Wrong passwords until the lock-out; 0 is never.
    #[serde(deserialize_with = "value::number::<_, _, 0, 1_000>")]
    pub lockout_attempts: u32,
    /// In which they are counted.
    #[serde(deserialize_with = "value::duration::<_, SECOND, { 24 * HOUR }>")]
    pub lockout_window: Duration,
    /// How long it lasts.
    #[serde(deserialize_with = "value::duration::<_, SECOND, MAX_SESSION>")]
    pub lockout_duration: Duration,
    /// Characters of a new password.
    #[serde(deserialize_with = "value::number::<_, _, 1, 256>")]
    pub password_min_length: usize,
}

/// `[store]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// The database file.
    #[serde(deserialize_with = "value::path")]
    pub path: PathBuf,
}
