//! TLS to the proxy: with the system's authorities, with one that is given, or, if that is asked for, with anybody.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::TlsConnector;

/// Where systems keep the authorities they trust.
pub(crate) const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Whom to trust.
pub(super) fn connector(cacert: Option<&Path>, insecure: bool) -> anyhow::Result<TlsConnector> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let config = if insecure {
        let anybody = Arc::new(Anybody(provider));
        let builder = builder.dangerous();
        builder.with_custom_certificate_verifier(anybody)
    } else {
        builder.with_root_certificates(roots(cacert)?)
    };
    Ok(TlsConnector::from(Arc::new(config.with_no_client_auth())))
}

fn roots(cacert: Option<&Path>) -> anyhow::Result<RootCertStore> {
    let file = match cacert {
        Some(file) => file.to_owned(),
        None => match BUNDLES
            .iter()
            .map(PathBuf::from)
            .find(|file| file.is_file())
        {
            Some(file) => file,
            None => bail!("the system's authorities were not found: name a file with --cacert"),
        },
    };
    let of_file = || format!("cannot read certificates from {}", file.display());
    let certificates = CertificateDer::pem_file_iter(&file).with_context(of_file)?;
    let mut roots = RootCertStore::empty();
    // A system may hold an authority that this library does not understand; one is enough here.
    let (added, _) = roots.add_parsable_certificates(certificates.filter_map(Result::ok));
    if added == 0 {
        bail!("{} holds no certificate", file.display());
    }
    Ok(roots)
}

/// Trusts any certificate, for `--insecure`. It still checks that the other side holds its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
