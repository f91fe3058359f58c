//! How single values are read: from text (the environment) as well as from TOML types, within their range. Every
//! message says what would be right.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::Uri;
use jiff::SignedDuration;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use tokenry_core::Error;
use tokenry_core::token::address::{Networks, parse_proxies};
use tokenry_http::listener::{Listen, Senders};

/// A whole number of `MIN` to `MAX`.
pub(super) fn number<'de, D, T, const MIN: u64, const MAX: u64>(source: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
{
    let number = match Scalar::deserialize(source) {
        Ok(Scalar::Number(number)) => Some(number),
        Ok(Scalar::Text(text)) => text.parse().ok(),
        Ok(Scalar::Flag(_)) | Err(_) => None,
    };
    number
        .filter(|number| (MIN..=MAX).contains(number))
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| D::Error::custom(format!("must be a whole number from {MIN} to {MAX}")))
}

/// A duration of `MIN` to `MAX` milliseconds.
pub(super) fn duration<'de, D, const MIN: i64, const MAX: i64>(
    source: D,
) -> Result<Duration, D::Error>
where
    D: Deserializer<'de>,
{
    let (min, max) = (
        SignedDuration::from_millis(MIN),
        SignedDuration::from_millis(MAX),
    );
    text(source)
        .and_then(|text| text.parse::<SignedDuration>().ok())
        .filter(|duration| (min..=max).contains(duration))
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| {
            D::Error::custom(format!(
                "must be a duration from \"{min:#}\" to \"{max:#}\", with a unit, such as \"30s\" or \"1h 30m\""
            ))
        })
}

/// An address and a port, or empty for none.
pub(super) fn optional_address<'de, D: Deserializer<'de>>(
    source: D,
) -> Result<Option<SocketAddr>, D::Error> {
    match text(source) {
        Some(text) if text.is_empty() => Some(None),
        Some(text) => text.parse().map(Some).ok(),
        None => None,
    }
    .ok_or_else(|| {
        D::Error::custom("must be an IP address and a port, such as 127.0.0.1:8088, or empty")
    })
}

/// The URL of a collector of traces, or empty for none.
pub(super) fn optional_collector<'de, D: Deserializer<'de>>(
    source: D,
) -> Result<Option<Uri>, D::Error> {
    let collector = |text: String| {
        let url: Uri = text.parse().ok()?;
        let authority = url.authority()?.as_str();
        let is_plain = url.scheme_str() == Some("http") && url.path() == "/";
        (is_plain && url.query().is_none() && !authority.contains('@')).then_some(url)
    };
    match text(source) {
        Some(text) if text.is_empty() => Some(None),
        Some(text) => collector(text).map(Some),
        None => None,
    }
    .ok_or_else(|| {
        D::Error::custom(
            "must be a URL of scheme http without a path, such as http://127.0.0.1:4318, or empty",
        )
    })
}

/// A part of a whole.
pub(super) fn ratio<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(f64),
        Text(String),
    }
    let given = match Given::deserialize(source) {
        Ok(Given::Number(number)) => Some(number),
        Ok(Given::Text(text)) => text.parse().ok(),
        Err(_) => None,
    };
    given
        .filter(|ratio| (0.0..=1.0).contains(ratio))
        .ok_or_else(|| D::Error::custom("must be a number from 0.0 to 1.0"))
}

/// An address and a port, or a unix socket, or empty for none.
pub(super) fn optional_listen<'de, D: Deserializer<'de>>(
    source: D,
) -> Result<Option<Listen>, D::Error> {
    match text(source) {
        Some(text) if text.is_empty() => Some(None),
        Some(text) => text.parse().map(Some).ok(),
        None => None,
    }
    .ok_or_else(|| {
        D::Error::custom(
            "must be an IP address and a port, such as 127.0.0.1:8088, or unix: and an absolute path, or empty",
        )
    })
}

/// The mode of a file, as text: `"0660"`.
pub(super) fn mode<'de, D: Deserializer<'de>>(source: D) -> Result<u32, D::Error> {
    let is_octal = |text: &String| matches!(text.len(), 3 | 4) && !text.starts_with('+');
    let mode = text(source)
        .filter(is_octal)
        .and_then(|text| u32::from_str_radix(&text, 8).ok());
    mode.filter(|mode| *mode <= 0o777 && mode & 0o600 == 0o600)
        .ok_or_else(|| D::Error::custom("must be the mode of a file from \"0600\" to \"0777\""))
}

/// Those who speak the PROXY protocol: addresses, networks, and `unix`.
pub(super) fn senders<'de, D: Deserializer<'de>>(source: D) -> Result<Senders, D::Error> {
    let items = texts(source)?;
    let (unix, from): (Vec<_>, Vec<_>) = items.iter().partition(|item| *item == "unix");
    let from = parse_proxies("proxy_protocol", from.into_iter().map(String::as_str));
    let from = from.map_err(|error| match error {
        Error::Invalid { why, .. } => D::Error::custom(why),
        other => D::Error::custom(other),
    })?;
    Ok(Senders {
        from,
        from_unix: !unix.is_empty(),
    })
}

/// A list of tables: TOML's, or, in the environment, a text that holds one.
pub(super) fn tables<'de, D, T>(source: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let given = toml::Value::deserialize(source)?;
    let list = match given {
        toml::Value::String(text) => {
            let table: Result<toml::Table, _> = format!("list = {text}").parse();
            table.ok().and_then(|mut table| table.remove("list"))
        }
        other => Some(other),
    };
    let list = list.filter(toml::Value::is_array);
    let list = list.ok_or_else(|| {
        D::Error::custom(
            "must be a list of tables, such as [{ name = \"edge\", from = [\"10.0.0.7\"] }]",
        )
    })?;
    list.try_into()
        .map_err(|error: toml::de::Error| D::Error::custom(error.message()))
}

/// A list of texts: TOML's, or a text with commas.
pub(super) fn texts<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<String>, D::Error> {
    let given = Texts::deserialize(source);
    let given = given.map_err(|_| D::Error::custom("must be a list of texts"))?;
    let items = match given {
        Texts::List(items) => items,
        Texts::Text(text) => text.split(',').map(|item| item.trim().to_owned()).collect(),
    };
    Ok(items.into_iter().filter(|item| !item.is_empty()).collect())
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    List(Vec<String>),
    Text(String),
}

/// A list of proxies: TOML's, or a text with commas.
pub(super) fn proxies<'de, D: Deserializer<'de>>(source: D) -> Result<Networks, D::Error> {
    let items = texts(source);
    let items = items.map_err(|_| D::Error::custom("must be a list of addresses and networks"))?;
    parse_proxies("trusted_proxies", items.iter().map(String::as_str)).map_err(
        |error| match error {
            Error::Invalid { why, .. } => D::Error::custom(why),
            other => D::Error::custom(other),
        },
    )
}

/// Yes or no.
pub(super) fn flag<'de, D: Deserializer<'de>>(source: D) -> Result<bool, D::Error> {
    match Scalar::deserialize(source) {
        Ok(Scalar::Flag(flag)) => Ok(flag),
        Ok(Scalar::Text(text)) if text == "true" => Ok(true),
        Ok(Scalar::Text(text)) if text == "false" => Ok(false),
        _ => Err(D::Error::custom("must be true or false")),
    }
}

/// A path; relative ones count from the current directory.
pub(super) fn path<'de, D: Deserializer<'de>>(source: D) -> Result<PathBuf, D::Error> {
    text(source)
        .and_then(|text| std::path::absolute(text).ok())
        .ok_or_else(|| D::Error::custom("must be a path"))
}

/// A path, or empty for none.
pub(super) fn optional_path<'de, D: Deserializer<'de>>(
    source: D,
) -> Result<Option<PathBuf>, D::Error> {
    match text(source) {
        Some(text) if text.is_empty() => Ok(None),
        Some(text) => Ok(std::path::absolute(text).ok()),
        None => Err(D::Error::custom("must be a path, or empty")),
    }
}

/// An address and a port.
pub(super) fn address<'de, D: Deserializer<'de>>(source: D) -> Result<SocketAddr, D::Error> {
    text(source)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| {
            D::Error::custom(
                "must be an IP address and a port, such as 127.0.0.1:8089 or [::]:8089",
            )
        })
}

/// A host name or something like it.
pub(super) fn name<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    text(source).filter(|text| is_name(text)).ok_or_else(|| {
        D::Error::custom(
            "must be a name of 1 to 253 letters, digits, dots, hyphens and underscores",
        )
    })
}

/// Whether `text` can be the name of a server.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=253).contains(&text.len()) && text.bytes().all(plain)
}

/// Directives for the log filter.
pub(super) fn log_level<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    text(source)
        .filter(|text| crate::logging::is_valid_level(text))
        .ok_or_else(|| {
            D::Error::custom(
                "must be error, warn, info, debug or trace, or by part, as in \"info,tokenry::access=warn\"",
            )
        })
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Flag(bool),
    Number(u64),
    Text(String),
}

/// Text only: `30` is not taken for "30".
pub(super) fn text<'de, D: Deserializer<'de>>(source: D) -> Option<String> {
    match Scalar::deserialize(source) {
        Ok(Scalar::Text(text)) => Some(text),
        _ => None,
    }
}
