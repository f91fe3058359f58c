//! The log: on stderr, as text or JSON, at the levels that the configuration asks for. And never a secret: libraries
//! that write what they read from the network are kept quiet whatever is asked, and panics lose their message.

use std::io::{self, IsTerminal as _};

use anyhow::anyhow;
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, layer::SubscriberExt as _, registry, registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use crate::config::{Log, LogFormat};
use crate::telemetry::Telemetry;

/// Libraries that show headers, frames, statements or buffers at their lower levels (NT-41).
const QUIET: [&str; 9] = [
    "h2",
    "hyper",
    "hyper_util",
    "rustls",
    "tokio_rustls",
    "tokio_postgres",
    "deadpool_postgres",
    "refinery_core",
    "mio",
];

/// Starts logging, for the whole process.
///
/// # Errors
///
/// When it was started before.
pub fn start(log: &Log, telemetry: Option<&Telemetry>) -> anyhow::Result<()> {
    let filter = filter(&log.level).ok_or_else(|| anyhow!("log.level is not valid"))?;
    let started = match telemetry {
        None => registry().with(filter).with(lines(log)).try_init(),
        // What is traced does not depend on what is logged, so each has its own filter.
        Some(telemetry) => registry()
            .with(lines(log).with_filter(filter))
            .with(telemetry.layer())
            .try_init(),
    };
    started.map_err(|error| anyhow!("cannot start the log: {error}"))?;
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        tracing::error!(location, "a thread panicked");
    }));
    Ok(())
}

/// Writes the lines.
fn lines<S>(log: &Log) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        // A log on a full disk, or whose reader has gone, must not end us: this would be told on stderr, by panicking.
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal());
    match log.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed(),
    }
}

/// Whether `level` can be given in the configuration.
#[must_use]
pub fn is_valid_level(level: &str) -> bool {
    !level.trim().is_empty() && filter(level).is_some()
}

fn filter(level: &str) -> Option<EnvFilter> {
    let asked = EnvFilter::try_new(level).ok()?;
    // Added last, a directive replaces one for the same target, and goes before a more general one.
    QUIET.iter().try_fold(asked, |filter, library| {
        Some(filter.add_directive(format!("{library}=warn").parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_valid_levels() {
        for level in [
            "info",
            "trace",
            "info,tokenry::access=warn",
            "warn,tokenry_http=debug",
        ] {
            assert!(is_valid_level(level), "{level}");
        }
        for level in ["", "  ", "info,=", "tokenry=loud"] {
            assert!(!is_valid_level(level), "{level:?}");
        }
    }

    #[test]
    fn keeps_talkative_libraries_quiet_even_when_asked() {
        let filter = filter("trace,h2=trace").unwrap().to_string();
        assert!(filter.contains("h2=warn"), "{filter}");
        assert!(!filter.contains("h2=trace"), "{filter}");
    }
}
