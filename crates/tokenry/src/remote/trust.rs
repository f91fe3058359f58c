//! Whose certificate is believed: the authorities of the system and the certificate that a server on this machine has
//! made for itself, or only those of a file, or, if that is asked for, anybody's.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use crate::doctor::AUTHORITIES;

/// Whom to believe.
pub(super) enum Trust {
    /// Servers with a certificate from one of these.
    Authorities(Vec<Certificate<'static>>),
    /// Anybody.
    Anybody,
}

impl Trust {
    /// Only the authorities in this file.
    pub(super) fn only(file: &Path) -> anyhow::Result<Self> {
        let found = certificates(file)
            .with_context(|| format!("cannot read certificates from {}", file.display()))?;
        ensure!(!found.is_empty(), "{} holds no certificate", file.display());
        Ok(Self::Authorities(found))
    }

    /// The system's authorities, and what a server on this machine made for itself, where that can be read.
    pub(super) fn usual(made_here: Option<&Path>) -> Self {
        let system = AUTHORITIES
            .iter()
            .map(Path::new)
            .find(|file| file.is_file());
        let files = system.into_iter().chain(made_here);
        // A missing or unreadable one is trusted less, and the server's certificate then says so.
        Self::Authorities(
            files
                .filter_map(|file| certificates(file).ok())
                .flatten()
                .collect(),
        )
    }

    /// For the client.
    pub(super) fn tls(&self) -> TlsConfig {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(provider);
        match self {
            Self::Authorities(found) => builder.root_certs(RootCerts::new_with_certs(found)),
            Self::Anybody => builder.disable_verification(true),
        }
        .build()
    }
}

fn certificates(file: &Path) -> anyhow::Result<Vec<Certificate<'static>>> {
    let found = CertificateDer::pem_file_iter(file)?.filter_map(Result::ok);
    Ok(found
        .map(|one| Certificate::from_der(&one).to_owned())
        .collect())
}
