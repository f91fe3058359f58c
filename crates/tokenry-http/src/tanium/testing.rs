//! A small office to call the routes of the directory in: the real router over the fakes, with the administrator
//! `admin` and the plain user `anna`, each with a session.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode},
};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokenry_core::app::App;
use tower::ServiceExt as _;

use crate::{
    listener::Peer,
    tanium::{Face, Product, router},
    testing::{PEER, door, origin, password, secret},
};

/// The office.
pub(super) struct Office {
    pub(super) app: Arc<App>,
    router: Router,
    admin: String,
    anna: String,
}

impl Office {
    pub(super) async fn open() -> Self {
        let door = door().await;
        let app = Arc::clone(&door.app);
        let face = Face {
            door,
            product: Product {
                version: "7.6.2.1218".to_owned(),
                server_name: "sh01".to_owned(),
                started: app.now(),
            },
            max_body_bytes: 1 << 20,
        };
        let mut office = Self {
            app,
            router: router(Arc::new(face)),
            admin: String::new(),
            anna: String::new(),
        };
        office.admin = office.sign_in("admin").await;
        let anna = format!(r#"{{"name":"Anna","password":"{}"}}"#, password("anna"));
        let _ = office.does("POST", "users", &anna).await;
        office.anna = office.sign_in("anna").await;
        office
    }

    /// A call of the administrator, which succeeds: what is in the envelope.
    pub(super) async fn does(&self, method: &str, path: &str, body: &str) -> Value {
        let (status, text) = self.call(&self.admin, method, path, body, "").await;
        assert_eq!(status, StatusCode::OK, "{method} {path}: {text}");
        data(&text)
    }

    /// The same with options.
    pub(super) async fn does_with(&self, path: &str, options: &str) -> Value {
        let (status, text) = self.call(&self.admin, "GET", path, "", options).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        data(&text)
    }

    /// A call of the administrator, whole.
    pub(super) async fn tries(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let (status, text) = self.call(&self.admin, method, path, body, "").await;
        (status.as_u16(), text)
    }

    /// A call of the plain user, whole.
    pub(super) async fn anna_tries(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let (status, text) = self.call(&self.anna, method, path, body, "").await;
        (status.as_u16(), text)
    }

    async fn call(
        &self,
        session: &str,
        method: &str,
        path: &str,
        body: &str,
        options: &str,
    ) -> (StatusCode, String) {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(format!("/api/v2/{path}"))
            .extension(Peer::Tcp(PEER.parse().unwrap()))
            .header("session", session);
        if !options.is_empty() {
            request = request.header("tanium-options", options);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn sign_in(&self, name: &str) -> String {
        let origin = origin(&self.app);
        let key = (self.app)
            .login_in_domain(name, "", secret(name), &origin)
            .await;
        key.unwrap().expose().to_owned()
    }
}

/// What is in the envelope, which has nothing else in it.
fn data(text: &str) -> Value {
    let answer: Value = serde_json::from_str(text).unwrap();
    let envelope = answer.as_object().unwrap();
    assert_eq!(envelope.keys().collect::<Vec<_>>(), ["data"], "{text}");
    envelope["data"].clone()
}
