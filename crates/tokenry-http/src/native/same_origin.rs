//! Whether a request that a cookie lets in was made by our own page (NT-60).
//!
//! Three lines of defence, each of which would do: the cookie is `SameSite=Strict`; a browser says from where a request
//! is made, and only ours is taken; and the request carries a header that a page of another origin cannot set without
//! asking us first, which we never allow.

use axum::http::{HeaderMap, HeaderName, header};

/// The header that our page sets.
const MARK: HeaderName = HeaderName::from_static("tokenry-console");

/// In it a browser says how its page and the one that is asked are related.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether our own page made this request.
pub(super) fn is_from_our_page(headers: &HeaderMap) -> bool {
    headers.get(MARK).is_some_and(|mark| mark == "1") && is_same_origin(headers)
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(SITE) {
        return site == "same-origin";
    }
    // Old browsers say only the origin. It must be that of the host they asked.
    let origin = headers.get(header::ORIGIN).and_then(|o| o.to_str().ok());
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok());
    match (origin, host) {
        (Some(origin), Some(host)) => {
            let scheme_and_host = origin.split_once("://");
            scheme_and_host.is_some_and(|(_, of)| of.eq_ignore_ascii_case(host))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        pairs.collect()
    }

    #[test]
    fn nt60_only_our_own_page_is_taken_for_it() {
        let mark = ("tokenry-console", "1");
        let same = ("sec-fetch-site", "same-origin");
        assert!(is_from_our_page(&headers(&[mark, same])));
        let ours = [
            mark,
            ("host", "t.example:8089"),
            ("origin", "https://t.example:8089"),
        ];
        assert!(is_from_our_page(&headers(&ours)));
        for pairs in [
            vec![],
            vec![mark],
            vec![same],
            vec![("tokenry-console", "0"), same],
            vec![mark, ("sec-fetch-site", "cross-site")],
            vec![mark, ("sec-fetch-site", "same-site")],
            vec![mark, ("sec-fetch-site", "none")],
            vec![mark, ("host", "t.example"), ("origin", "null")],
            vec![
                mark,
                ("host", "t.example"),
                ("origin", "https://t.example.evil"),
            ],
            vec![
                mark,
                ("host", "t.example"),
                ("origin", "https://evil.example"),
            ],
            vec![mark, ("host", "t.example")],
            vec![mark, ("origin", "https://t.example")],
        ] {
            assert!(!is_from_our_page(&headers(&pairs)), "{pairs:?}");
        }
    }
}
