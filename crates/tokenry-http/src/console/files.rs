//! The files of the console, each as it is and in two compressed forms, all made by its build. A release holds them; a
//! development build reads them from where they were built, so that whoever works on a page need not build all anew.

use std::borrow::Cow;

use axum::http::{HeaderMap, header};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../console/dist/"]
#[allow_missing = true]
struct Dist;

/// A file.
pub(super) struct File {
    path: String,
    /// Its media type.
    pub(super) kind: &'static str,
    /// Whether it never changes under its name.
    pub(super) is_named_by_content: bool,
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
    Plain,
}

/// The file at this path, if there is one that browsers may have.
pub(super) fn find(path: &str) -> Option<File> {
    let kind = kind(path)?;
    Dist::get(path).map(|_| File {
        path: path.to_owned(),
        kind,
        is_named_by_content: path.starts_with("assets/"),
    })
}

fn kind(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    Some(match extension {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" | "webmanifest" => "application/manifest+json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

impl File {
    /// In the best form that is taken by whoever sent these headers.
    pub(super) fn as_taken(&self, asked: &HeaderMap) -> (Coding, Cow<'static, [u8]>) {
        let lines = asked.get_all(header::ACCEPT_ENCODING).iter();
        let taken: Vec<&str> = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .filter_map(named)
            .collect();
        for (coding, name, extension) in
            [(Coding::Brotli, "br", ".br"), (Coding::Gzip, "gzip", ".gz")]
        {
            let compressed = || Dist::get(&format!("{}{extension}", self.path));
            if taken.contains(&name)
                && let Some(file) = compressed()
            {
                return (coding, file.data);
            }
        }
        let whole = Dist::get(&self.path).map(|file| file.data);
        (Coding::Plain, whole.unwrap_or_default())
    }
}

/// The name of a coding, unless its weight is 0: `gzip;q=0` is one that is not taken.
fn named(item: &str) -> Option<&str> {
    let mut parts = item.split(';').map(str::trim);
    let name = parts.next()?;
    let weight = parts.find_map(|part| part.strip_prefix("q="));
    let is_taken =
        weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0));
    is_taken.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_of_weight_0_is_not_taken() {
        assert_eq!(named(" br"), Some("br"));
        assert_eq!(named("gzip; q=0.5"), Some("gzip"));
        assert_eq!(named("gzip;q=0"), None);
        assert_eq!(named("gzip;q=x"), None);
    }

    #[test]
    fn only_what_browsers_may_have_is_found() {
        for path in [
            "",
            "assets",
            "index.html.br",
            ".gitignore",
            "../Cargo.toml",
            "a/b",
        ] {
            assert!(find(path).is_none(), "{path}");
        }
    }
}
