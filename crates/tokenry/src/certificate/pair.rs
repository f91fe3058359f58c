//! A certificate chain and its private key, read from PEM files, with errors that say which file and why.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail, ensure};
use jiff::Timestamp;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

/// A chain with its key, and when it is valid.
pub(super) struct Pair {
    pub(super) key: CertifiedKey,
    pub(super) begins: Timestamp,
    pub(super) ends: Timestamp,
}

impl Pair {
    pub(super) fn check_validity(&self, certificate: &Path, now: Timestamp) -> anyhow::Result<()> {
        let shown = certificate.display();
        ensure!(
            self.begins <= now,
            "the certificate {shown} is not valid before {}",
            self.begins
        );
        ensure!(
            now <= self.ends,
            "the certificate {shown} expired on {}",
            self.ends
        );
        Ok(())
    }
}

pub(super) fn load(
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> anyhow::Result<Pair> {
    let chain = read_chain(certificate)
        .with_context(|| format!("cannot read the certificate {}", certificate.display()))?;
    let leaf = chain
        .first()
        .context("there is no certificate in the chain")?;
    let (begins, ends) = validity(leaf)
        .with_context(|| format!("cannot read the certificate {}", certificate.display()))?;
    // The reason of a failure is told, the file's text never: it is the private key.
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| {
        anyhow!(
            "cannot read the private key {}: {}",
            key.display(),
            pem(&error)
        )
    })?;
    match CertifiedKey::from_der(chain, private, provider) {
        Ok(key) => Ok(Pair { key, begins, ends }),
        Err(rustls::Error::InconsistentKeys(_)) => bail!(
            "the private key {} does not belong to the certificate {}",
            key.display(),
            certificate.display()
        ),
        Err(error) => Err(error).with_context(|| format!("cannot use {}", key.display())),
    }
}

fn read_chain(path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| anyhow!(pem(&error)))?;
    let chain: Vec<_> = certificates
        .collect::<Result<_, _>>()
        .map_err(|error| anyhow!(pem(&error)))?;
    ensure!(!chain.is_empty(), "there is no certificate in it");
    Ok(chain)
}

fn validity(certificate: &CertificateDer<'_>) -> anyhow::Result<(Timestamp, Timestamp)> {
    let (_, parsed) = X509Certificate::from_der(certificate)?;
    let validity = parsed.validity();
    let begins = Timestamp::from_second(validity.not_before.timestamp())?;
    // "No end" is written as the year 9999, whose last day jiff does not reach in every zone.
    let ends = Timestamp::from_second(validity.not_after.timestamp()).unwrap_or(Timestamp::MAX);
    Ok((begins, ends))
}

/// The reason without any of the file's content.
fn pem(error: &rustls_pki_types::pem::Error) -> String {
    use rustls_pki_types::pem::Error;
    match error {
        Error::Io(error) => error.to_string(),
        Error::NoItemsFound => "there is nothing of this kind in it (PEM is expected)".to_owned(),
        _ => "it is not sound PEM".to_owned(),
    }
}
