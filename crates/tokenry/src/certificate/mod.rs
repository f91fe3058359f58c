//! The server's certificate: given by the administrator or made here, and exchanged while the server runs.

mod pair;
mod self_signed;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use tokenry_core::port::Clock;

use crate::config::Settings;

/// A certificate in use.
#[derive(Debug)]
pub struct Certificate {
    source: Source,
    provider: Arc<CryptoProvider>,
    current: Arc<Current>,
    server_config: Arc<ServerConfig>,
}

impl Certificate {
    /// Loads the given certificate, or the self-signed one, which is made where it is missing or about to end.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written, the key does not fit the certificate, or it is not valid today.
    pub fn open(settings: &Settings, clock: &dyn Clock) -> anyhow::Result<Self> {
        let source = Source::of(settings);
        let provider = Arc::new(default_provider());
        let key = source.load(&provider, clock)?;
        let current = Arc::new(Current(ArcSwap::from_pointee(key)));
        let server_config = Arc::new(server_config(&provider, &current)?);
        Ok(Self {
            source,
            provider,
            current,
            server_config,
        })
    }

    /// For the listener.
    #[must_use]
    pub fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.server_config)
    }

    /// Where the certificate is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        match &self.source {
            Source::Given { certificate, .. } => certificate,
            Source::SelfSigned(made) => &made.certificate,
        }
    }

    /// Whether we made it ourselves, so that clients must be told to trust it.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        matches!(self.source, Source::SelfSigned(_))
    }

    /// Reads the files again, for connections from now on. On an error the certificate stays as it was.
    ///
    /// # Errors
    ///
    /// See [`Certificate::open`].
    pub fn reload(&self, clock: &dyn Clock) -> anyhow::Result<()> {
        let key = self.source.load(&self.provider, clock)?;
        self.current.0.store(Arc::new(key));
        Ok(())
    }
}

/// Checks a certificate that is given, without making or changing anything.
///
/// # Errors
///
/// See [`Certificate::open`].
pub fn check(settings: &Settings, clock: &dyn Clock) -> anyhow::Result<()> {
    match Source::of(settings) {
        source @ Source::Given { .. } => {
            source.load(&default_provider(), clock)?;
            Ok(())
        }
        Source::SelfSigned(_) => Ok(()),
    }
}

/// Where a server with this data directory keeps the certificate that it makes itself.
pub(crate) fn self_signed_in(data: &Path) -> PathBuf {
    data.join("tls/certificate.pem")
}

#[derive(Debug)]
enum Source {
    Given { certificate: PathBuf, key: PathBuf },
    SelfSigned(self_signed::Place),
}

impl Source {
    fn of(settings: &Settings) -> Self {
        let server = &settings.server;
        match (&server.tls_certificate, &server.tls_key) {
            (Some(certificate), Some(key)) => Self::Given {
                certificate: certificate.clone(),
                key: key.clone(),
            },
            _ => Self::SelfSigned(self_signed::Place::of(settings)),
        }
    }

    fn load(&self, provider: &CryptoProvider, clock: &dyn Clock) -> anyhow::Result<CertifiedKey> {
        match self {
            Self::Given { certificate, key } => {
                let pair = pair::load(certificate, key, provider)?;
                pair.check_validity(certificate, clock.now())?;
                Ok(pair.key)
            }
            Self::SelfSigned(place) => place.load_or_make(provider, clock.now()),
        }
    }
}

/// The certificate of the moment, as rustls asks for it at each handshake.
struct Current(ArcSwap<CertifiedKey>);

impl std::fmt::Debug for Current {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Current")
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

fn server_config(
    provider: &Arc<CryptoProvider>,
    current: &Arc<Current>,
) -> anyhow::Result<ServerConfig> {
    let resolver: Arc<dyn ResolvesServerCert> = Arc::<Current>::clone(current);
    let mut config = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // A handshake costs as much as dozens of requests; a ticket saves the client the next one.
    config.ticketer = Ticketer::new()?;
    Ok(config)
}

#[cfg(test)]
mod tests;
