//! From flags, environment and the kept session to a client: which server, whom to trust, as whom.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use ureq::http::Uri;
use zeroize::Zeroizing;

use super::client::Client;
use super::kept::Kept;
use super::trust::Trust;
use super::words::{GivenPassword, Reach, Server};
use crate::output::{self, Hinted};
use crate::password;

const DEFAULT_SERVER: &str = "https://127.0.0.1:8089";

/// Finds the certificate that a server on this machine made for itself.
pub(crate) type MadeHere<'a> = &'a dyn Fn() -> Option<PathBuf>;

/// A client for what can be done with a token or a session.
pub(super) fn client(reach: &Reach, made_here: MadeHere<'_>) -> anyhow::Result<Client> {
    let kept = Kept::read()?;
    let address = address(&reach.server, kept.as_ref())?;
    let here = kept.filter(|kept| kept.server == address);
    let trust = trust(&reach.server, here.as_ref(), made_here)?;
    let credential = match given_token(reach)? {
        Some(token) => token,
        None => match &here {
            Some(kept) => Zeroizing::new(kept.key.expose().to_owned()),
            None => {
                return Err(Hinted::new(
                    format!("you are not signed in to {address}"),
                    "sign in with `tokenry login`, or give a token by TOKENRY_TOKEN or --token-file",
                )
                .into());
            }
        },
    };
    Ok(Client::new(&address, &trust, Some(credential)))
}

/// A client that has not signed in, and the file with authorities that it was told of.
pub(super) fn stranger(
    server: &Server,
    made_here: MadeHere<'_>,
) -> anyhow::Result<(Client, Option<PathBuf>)> {
    let kept = Kept::read().unwrap_or(None);
    let address = address(server, kept.as_ref())?;
    let here = kept.filter(|kept| kept.server == address);
    let trust = trust(server, here.as_ref(), made_here)?;
    let ca = server.ca.clone().or_else(|| here?.ca);
    let ca = ca.map(|file| file.canonicalize().unwrap_or(file));
    Ok((Client::new(&address, &trust, None), ca))
}

/// A client with what was kept.
pub(super) fn with_kept(
    kept: &Kept,
    server: &Server,
    made_here: MadeHere<'_>,
) -> anyhow::Result<Client> {
    let trust = trust(server, Some(kept), made_here)?;
    let key = Zeroizing::new(kept.key.expose().to_owned());
    Ok(Client::new(&kept.server, &trust, Some(key)))
}

/// The password from where the user has it.
pub(super) fn password_given(given: &GivenPassword) -> anyhow::Result<Option<Zeroizing<String>>> {
    if let Some(file) = &given.password_file {
        return password::from_file(file).map(Some);
    }
    if given.password_stdin {
        return password::from_stdin().map(Some);
    }
    Ok(None)
}

/// Asks for a password on a terminal; without one, says how else to give it.
pub(super) fn password_asked(prompt: &str, otherwise: &str) -> anyhow::Result<Zeroizing<String>> {
    if !io::stdin().is_terminal() {
        return Err(
            Hinted::new("there is no terminal to ask for the password on", otherwise).into(),
        );
    }
    Ok(Zeroizing::new(rpassword::prompt_password(prompt)?))
}

/// The address, in the one way in which it is written and compared.
fn address(server: &Server, kept: Option<&Kept>) -> anyhow::Result<String> {
    let kept = kept.map(|kept| kept.server.as_str());
    let text = server.server.as_deref().or(kept).unwrap_or(DEFAULT_SERVER);
    plain_address(text)
}

fn plain_address(text: &str) -> anyhow::Result<String> {
    let wrong = |why: &str| {
        // It is not repeated: somebody may have written a password into it.
        Hinted::new(
            format!("the address of the server {why}"),
            "it is written such as https://tokenry.example.com:8089",
        )
    };
    let uri: Uri = text.parse().map_err(|_| wrong("is no URL"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        bail!(wrong("must begin with https://"));
    };
    if authority.as_str().contains('@') {
        bail!(wrong("must not have a name or a password in it"));
    }
    if !uri.path().trim_matches('/').is_empty() || uri.query().is_some() {
        bail!(wrong("must have nothing behind its port"));
    }
    match scheme {
        "https" => {}
        "http" if is_this_machine(authority.host()) => {}
        "http" => bail!(wrong(
            "must begin with https://: over http:// everybody in between could read what is sent"
        )),
        _ => bail!(wrong("must begin with https://")),
    }
    Ok(format!(
        "{scheme}://{}",
        authority.as_str().to_ascii_lowercase()
    ))
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<std::net::IpAddr>();
    bare.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn trust(server: &Server, kept: Option<&Kept>, made_here: MadeHere<'_>) -> anyhow::Result<Trust> {
    if server.insecure {
        output::note("warning: --insecure: the server's certificate is not checked");
        return Ok(Trust::Anybody);
    }
    let named = server.ca.as_deref();
    match named.or_else(|| kept?.ca.as_deref()) {
        Some(file) => Trust::only(file),
        None => Ok(Trust::usual(made_here().as_deref())),
    }
}

/// The token that was given, rather than a session.
fn given_token(reach: &Reach) -> anyhow::Result<Option<Zeroizing<String>>> {
    if let Some(file) = &reach.token_file {
        let read = || one_line(std::fs::File::open(file)?);
        return read().with_context(|| about(file)).map(Some);
    }
    if reach.token_stdin {
        let read = one_line(io::stdin().lock());
        return read
            .context("cannot take a token from standard input")
            .map(Some);
    }
    let token = std::env::var("TOKENRY_TOKEN").ok().map(Zeroizing::new);
    Ok(token.filter(|token| !token.is_empty()))
}

fn about(file: &Path) -> String {
    format!("cannot take a token from {}", file.display())
}

/// A token is one word.
fn one_line(source: impl io::Read) -> anyhow::Result<Zeroizing<String>> {
    const LONGEST: u64 = 16 * 1024;
    let mut text = Zeroizing::new(String::with_capacity(1024));
    source.take(LONGEST).read_to_string(&mut text)?;
    let word = text.trim();
    if word.is_empty() || !word.bytes().all(|b| b.is_ascii_graphic()) {
        bail!("it holds no token");
    }
    Ok(Zeroizing::new(word.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_in_one_way() {
        for (text, plain) in [
            ("https://127.0.0.1:8089", "https://127.0.0.1:8089"),
            (
                "https://Tokenry.Example.COM/",
                "https://tokenry.example.com",
            ),
            ("http://localhost:80", "http://localhost:80"),
            ("http://[::1]:80/", "http://[::1]:80"),
        ] {
            assert_eq!(plain_address(text).unwrap(), plain);
        }
    }

    #[test]
    fn an_address_that_would_give_something_away_is_refused_and_not_repeated() {
        for text in [
            "",
            "tokenry.example.com",
            "ftp://canary",
            "http://canary.example.com",
            "https://maria:canary@tokenry.example.com",
            "https://tokenry.example.com/canary",
            "https://tokenry.example.com/?token=canary",
        ] {
            let refused = plain_address(text).unwrap_err();
            assert!(!format!("{refused:?}").contains("canary"), "{refused:?}");
        }
    }

    #[test]
    fn a_token_is_one_word() {
        assert_eq!(*one_line(&b"tky_x\n"[..]).unwrap(), "tky_x");
        for wrong in [&b""[..], b"\n", b"a b", b"a\nb", b"\xff"] {
            assert!(one_line(wrong).is_err(), "{wrong:?}");
        }
    }
}
