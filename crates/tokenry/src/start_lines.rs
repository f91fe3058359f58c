//! What `tokenry serve` prints on stdout once it is ready: where it is, where its data is, and how to sign in.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use zeroize::Zeroizing;

use crate::certificate::Certificate;

/// The administrator's account at this start.
#[derive(Debug)]
pub enum Admin {
    /// It was there before.
    Existing {
        /// Its name.
        name: String,
    },
    /// It was made now, with the password that was given.
    Created {
        /// Its name.
        name: String,
    },
    /// It was made now, with a password nobody knows yet.
    CreatedWithPassword {
        /// Its name.
        name: String,
        /// Printed now and never again.
        password: Zeroizing<String>,
    },
}

/// The lines, without a line end at the end. `others` are the other places where it listens, by what they are.
#[must_use]
pub fn start_lines(
    address: SocketAddr,
    others: &[(&str, String)],
    data: &Path,
    certificate: Option<&Certificate>,
    admin: &Admin,
) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(1024));
    let scheme = if certificate.is_some() {
        "https"
    } else {
        "http"
    };
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "Tokenry {} is ready.\n  address      {scheme}://{address}\n  data         {}",
        env!("CARGO_PKG_VERSION"),
        data.display()
    );
    for (name, place) in others {
        let _ = write!(text, "\n  {name:<12} {place}");
    }
    if let Some(certificate) = certificate {
        let kind = if certificate.is_self_signed() {
            " (self-signed)"
        } else {
            ""
        };
        let _ = write!(
            text,
            "\n  certificate  {}{kind}",
            certificate.path().display()
        );
    }
    let _ = match admin {
        Admin::Existing { name } => write!(
            text,
            "\n  admin        {name} (lost the password? tokenry admin reset-password)"
        ),
        Admin::Created { name } => {
            write!(text, "\n  admin        {name} (with the password you gave)")
        }
        Admin::CreatedWithPassword { name, password } => write!(
            text,
            "\n  admin        {name}\n  password     {} (shown this once)",
            password.as_str()
        ),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn say_where_and_how() {
        let admin = Admin::CreatedWithPassword {
            name: "admin".to_owned(),
            password: Zeroizing::new("abc-def".to_owned()),
        };
        let address = SocketAddr::from(([127, 0, 0, 1], 8089));
        let others = [("gate", "unix:/run/gate.sock".to_owned())];
        let lines = start_lines(address, &others, Path::new("/data"), None, &admin);
        let expected = format!(
            "Tokenry {} is ready.\n  address      http://127.0.0.1:8089\n  data         /data\n  \
             gate         unix:/run/gate.sock\n  admin        admin\n  password     abc-def (shown this once)",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(*lines, expected);
    }
}
