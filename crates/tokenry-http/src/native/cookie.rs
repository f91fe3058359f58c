//! The console's cookie: the key of a session, where no script can read it and no other site can send it.

use axum::http::{HeaderMap, header};

/// Its name. With this prefix a browser takes it only over TLS, for all paths, and from this very host (RFC 6265bis).
const NAME: &str = "__Host-tokenry";

/// The keys that the cookies of a request hold. There should be one at most.
pub(super) fn keys(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.flat_map(|line| line.to_str().unwrap_or("").split(';'));
    pairs.filter_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))
}

/// Sets it, for as long as the browser runs. The session ends sooner, when it lies idle.
pub(super) fn set(key: &str) -> String {
    format!("{NAME}={key}; Path=/; Secure; HttpOnly; SameSite=Strict")
}

/// Takes it away.
pub(super) fn clear() -> String {
    format!("{NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        let line = HeaderValue::from_static("a=1; __Host-tokenry=k1;__Host-tokenry2=x; tokenry=y");
        headers.append(header::COOKIE, line);
        assert_eq!(keys(&headers).collect::<Vec<_>>(), ["k1"]);
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("__Host-tokenry=k2"),
        );
        assert_eq!(keys(&headers).collect::<Vec<_>>(), ["k1", "k2"]);
    }
}
