//! Certificates made, kept, renewed, given, and refused.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::ServerName;

use super::*;
use crate::config::{Inputs, load};
use crate::system::SystemClock;

struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn settings(data: &Path, variables: &[(&str, &Path)]) -> Settings {
    let variable = |(name, path): &(&str, &Path)| (OsString::from(name), path.into());
    let inputs = Inputs {
        config: Some("/dev/null".into()),
        data: Some(data.to_owned()),
        environment: variables.iter().map(variable).collect(),
        listen: Some("127.0.0.9:0".to_owned()),
    };
    load(&inputs).unwrap().settings
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn refusal(settings: &Settings, clock: &dyn Clock) -> String {
    format!("{:#}", check(settings, clock).unwrap_err())
}

#[test]
fn is_made_once_and_names_this_machine() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings(data.path(), &[]);
    let made = Certificate::open(&settings, &SystemClock).unwrap();
    assert!(made.is_self_signed());
    let key = data.path().join("tls/key.pem");
    assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let before = read(made.path());
    let again = Certificate::open(&settings, &SystemClock).unwrap();
    assert_eq!(read(again.path()), before);

    let current = again.current.0.load();
    let leaf = rustls::server::ParsedCertificate::try_from(&current.cert[0]).unwrap();
    for name in ["localhost", "127.0.0.1", "::1", "127.0.0.9"] {
        let name = ServerName::try_from(name).unwrap();
        rustls::client::verify_server_name(&leaf, &name).unwrap();
    }
}

#[test]
fn is_renewed_before_it_ends() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings(data.path(), &[]);
    let certificate = Certificate::open(&settings, &SystemClock).unwrap();
    let before = read(certificate.path());
    let later = |days: i64| At(SystemClock.now() + SignedDuration::from_hours(24 * days));
    certificate.reload(&later(780)).unwrap();
    assert_eq!(read(certificate.path()), before);
    certificate.reload(&later(800)).unwrap();
    assert_ne!(read(certificate.path()), before);
}

#[test]
fn given_ones_are_checked() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for data in [&one, &other] {
        Certificate::open(&settings(data.path(), &[]), &SystemClock).unwrap();
    }
    let certificate = one.path().join("tls/certificate.pem");
    let key = one.path().join("tls/key.pem");
    let given = |certificate: &Path, key: &Path| {
        let variables = [
            ("TOKENRY_SERVER__TLS_CERTIFICATE", certificate),
            ("TOKENRY_SERVER__TLS_KEY", key),
        ];
        settings(one.path(), &variables)
    };
    let sound = given(&certificate, &key);
    check(&sound, &SystemClock).unwrap();
    let in_five_years = At(SystemClock.now() + SignedDuration::from_hours(5 * 366 * 24));
    assert!(refusal(&sound, &in_five_years).contains("expired on 20"));
    let long_ago = At(Timestamp::UNIX_EPOCH);
    assert!(refusal(&sound, &long_ago).contains("is not valid before 20"));

    let strange_key = other.path().join("tls/key.pem");
    let mismatch = refusal(&given(&certificate, &strange_key), &SystemClock);
    assert!(
        mismatch.contains("does not belong to the certificate"),
        "{mismatch}"
    );
    let missing = refusal(&given(Path::new("/missing.pem"), &key), &SystemClock);
    assert!(
        missing.contains("cannot read the certificate /missing.pem: No such file"),
        "{missing}"
    );
    let swapped = refusal(&given(&key, &certificate), &SystemClock);
    assert!(swapped.contains("no certificate in it"), "{swapped}");
    let no_key = refusal(&given(&certificate, &certificate), &SystemClock);
    assert!(no_key.contains("cannot read the private key"), "{no_key}");
}
