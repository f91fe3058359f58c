//! The certificate we make ourselves, so that nobody ever has a reason to begin with plain HTTP.

use std::fs::File;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;

use super::pair;
use crate::config::{Settings, host_name};
use crate::data_dir::create_private;

/// The longest that Apple's and other clients accept.
const LIFETIME: SignedDuration = SignedDuration::from_hours(825 * 24);
const RENEW_BEFORE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Where it is kept and whom it names.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) certificate: PathBuf,
    key: PathBuf,
    names: Vec<String>,
}

impl Place {
    pub(super) fn of(settings: &Settings) -> Self {
        let directory = settings.data.join("tls");
        Self {
            certificate: directory.join("certificate.pem"),
            key: directory.join("key.pem"),
            names: names(settings.server.listen.ip()),
        }
    }

    pub(super) fn load_or_make(
        &self,
        provider: &CryptoProvider,
        now: Timestamp,
    ) -> anyhow::Result<CertifiedKey> {
        if self.certificate.try_exists()? && self.key.try_exists()? {
            let kept = pair::load(&self.certificate, &self.key, provider)?;
            if now + RENEW_BEFORE < kept.ends {
                return Ok(kept.key);
            }
            tracing::warn!(ends = %kept.ends, "the self-signed certificate is about to end: making a new one");
        }
        self.make(now)?;
        let made = pair::load(&self.certificate, &self.key, provider)?;
        tracing::info!(certificate = %self.certificate.display(), "made a self-signed certificate");
        Ok(made.key)
    }

    fn make(&self, now: Timestamp) -> anyhow::Result<()> {
        let mut params = CertificateParams::new(self.names.clone())?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "Tokenry self-signed");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // A day back, for clients whose clocks are behind.
        let begins = now - SignedDuration::from_hours(24);
        let (year, month, day) = date(begins)?;
        params.not_before = rcgen::date_time_ymd(year, month, day);
        let (year, month, day) = date(begins + LIFETIME)?;
        params.not_after = rcgen::date_time_ymd(year, month, day);
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let directory = self
            .key
            .parent()
            .context("the certificate has no directory")?;
        create_private(directory)?;
        // The certificate last: without it both are made again.
        let key = zeroize::Zeroizing::new(key.serialize_pem());
        write(&self.key, &key, 0o600)?;
        write(&self.certificate, &certificate.pem(), 0o644)
    }
}

/// The names by which a client may reach this server.
fn names(listen: IpAddr) -> Vec<String> {
    let mut names = vec![
        "localhost".to_owned(),
        Ipv4Addr::LOCALHOST.to_string(),
        Ipv6Addr::LOCALHOST.to_string(),
        host_name(),
    ];
    if !listen.is_unspecified() {
        names.push(listen.to_string());
    }
    names.sort_unstable();
    names.dedup();
    names
}

fn date(instant: Timestamp) -> anyhow::Result<(i32, u8, u8)> {
    let date = instant.to_zoned(TimeZone::UTC).date();
    Ok((
        date.year().into(),
        date.month().try_into()?,
        date.day().try_into()?,
    ))
}

/// Writes the whole file or nothing, for the eyes that `mode` says.
fn write(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    let directory = path.parent().context("a file without a directory")?;
    let mut file = tempfile::NamedTempFile::new_in(directory)
        .with_context(|| format!("cannot write in {}", directory.display()))?;
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(PermissionsExt::from_mode(mode))?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(directory)?.sync_all()?;
    Ok(())
}
