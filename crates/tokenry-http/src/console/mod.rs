//! The web console: its files, which are built by `console/` and part of the program, under the strictest rules that a
//! browser knows. The pages talk to [`crate::native`] and to nothing else.
//!
//! Without Node there are no files: then the server says how to build them.

mod files;
mod policy;

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    routing::get,
};

use self::files::{Coding, File, find};

/// Where it is.
pub const PATH: &str = "/console/";

/// Whether this program carries the console.
#[must_use]
pub fn is_built() -> bool {
    find("index.html").is_some()
}

/// The router of the console. A browser that asks for the server as such is led there.
pub fn router() -> Router {
    let there = || async { lead_there() };
    Router::new()
        .route("/", get(there))
        .route("/console", get(there))
        .route(
            "/console/",
            get(|headers: HeaderMap| async move { page(&headers) }),
        )
        .route(
            "/console/{*path}",
            get(|Path(path): Path<String>, headers: HeaderMap| async move {
                match find(&path) {
                    Some(file) => answer(&file, &headers),
                    // Files have a dot in their names, and places in the console do not.
                    None if is_file(&path) => {
                        plain(StatusCode::NOT_FOUND, "There is no such file.\n")
                    }
                    None => page(&headers),
                }
            }),
        )
}

fn is_file(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'))
}

fn lead_there() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::from_static(PATH));
    response
}

/// The one page, which finds out by its address what to show.
fn page(headers: &HeaderMap) -> Response<Body> {
    match find("index.html") {
        Some(file) => answer(&file, headers),
        None => plain(StatusCode::NOT_FOUND, NOT_BUILT),
    }
}

const NOT_BUILT: &str = "\
This server was built without its console.

To build it, install Node.js 20 or newer and run, where the source is:
    npm ci --prefix console
    npm run build --prefix console
    cargo build --release --locked
`make run` does all of it. Everything else works without: the API, the command line, the gate.
";

fn answer(file: &File, asked: &HeaderMap) -> Response<Body> {
    let (coding, body) = file.as_taken(asked);
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    policy::put(headers);
    let mut put = |name, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    put(header::CONTENT_TYPE, file.kind);
    // The page is small, and must not be shown again from memory once somebody has signed out. Everything else has its
    // own digest in its name.
    let keep = if file.is_named_by_content {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    put(header::CACHE_CONTROL, keep);
    put(header::VARY, "accept-encoding");
    match coding {
        Coding::Brotli => put(header::CONTENT_ENCODING, "br"),
        Coding::Gzip => put(header::CONTENT_ENCODING, "gzip"),
        Coding::Plain => None,
    };
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    policy::put(headers);
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    let keep = HeaderValue::from_static("no-store");
    headers.insert(header::CACHE_CONTROL, keep);
    response
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;

    async fn get(path: &str) -> Response<Body> {
        let request = Request::builder().uri(path).body(Body::empty());
        router().oneshot(request.unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn every_answer_is_under_the_strictest_policy() {
        for path in ["/console/", "/console/tokens", "/console/ghost.js"] {
            let answer = get(path).await;
            let policy = answer.headers()["content-security-policy"].to_str();
            let policy = policy.unwrap();
            assert!(policy.starts_with("default-src 'none'; "), "{path}");
            for part in [
                "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
            ] {
                assert!(policy.contains(part), "{path}: {part}");
            }
            assert!(!policy.contains("unsafe"), "{path}");
            assert_eq!(answer.headers()["cache-control"], "no-store");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        }
    }

    #[tokio::test]
    async fn the_page_is_at_every_place_in_the_console_and_files_only_where_they_are() {
        let expected = if is_built() { 200 } else { 404 };
        assert_eq!(get("/console/").await.status(), expected);
        assert_eq!(get("/console/tokens/7").await.status(), expected);
        assert_eq!(get("/console/assets/ghost.css").await.status(), 404);
        assert_eq!(get("/console/../Cargo.toml").await.status(), 404);
        let led = get("/").await;
        assert_eq!(led.headers()["location"], PATH);
    }
}
