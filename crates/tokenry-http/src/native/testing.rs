//! A small office to call this API in: the real router over the fakes, with the administrator `admin` and the plain
//! user `anna`, each with a session.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Method, Request},
};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokenry_core::app::App;
use tower::ServiceExt as _;

use crate::{
    listener::Peer,
    native::{Face, router},
    recent::Recent,
    testing::{Deaf, PEER, door, origin, password, secret},
};

/// The office.
pub(super) struct Office {
    app: Arc<App>,
    router: Router,
    pub(super) admin: String,
    pub(super) anna: String,
}

/// What came back.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) tag: Option<String>,
    pub(super) body: Value,
}

impl Answered {
    /// Its body, if the call succeeded.
    #[track_caller]
    pub(super) fn good(self) -> Value {
        assert!(self.status < 300, "{} {:#}", self.status, self.body);
        self.body
    }

    /// The status, code and field of a problem.
    #[track_caller]
    pub(super) fn refusal(&self) -> (u16, &str, &str) {
        let text = |name: &str| self.body[name].as_str().unwrap_or_default();
        assert!(self.status >= 400, "{:#}", self.body);
        (self.status, text("code"), text("field"))
    }
}

/// For whole answers in snapshots.
impl std::fmt::Display for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tag = self.tag.as_deref().unwrap_or("none");
        write!(f, "{} ETag: {tag}\n{:#}", self.status, self.body)
    }
}

impl Office {
    pub(super) async fn open() -> Self {
        let door = door().await;
        let app = Arc::clone(&door.app);
        let recent = Arc::new(Recent::before(Arc::new(Deaf), || 0));
        let face = Face::new(door, recent, 1 << 20);
        let mut office = Self {
            app,
            router: router(Arc::new(face)),
            admin: String::new(),
            anna: String::new(),
        };
        office.admin = office.sign_in("admin").await;
        let anna = json!({ "name": "anna", "password": password("anna"), "roles": ["user"] });
        let _ = office.post("users", &anna).await.good();
        office.anna = office.sign_in("anna").await;
        office
    }

    /// GET by the administrator.
    pub(super) async fn get(&self, path: &str) -> Answered {
        self.call(&self.admin, "GET", path, &Value::Null, None)
            .await
    }

    /// POST by the administrator.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Answered {
        self.call(&self.admin, "POST", path, body, None).await
    }

    /// PATCH by the administrator.
    pub(super) async fn patch(&self, path: &str, body: &Value) -> Answered {
        self.call(&self.admin, "PATCH", path, body, None).await
    }

    /// DELETE by the administrator.
    pub(super) async fn delete(&self, path: &str) -> Answered {
        self.call(&self.admin, "DELETE", path, &Value::Null, None)
            .await
    }

    /// Any call, by whoever holds this token or session key.
    pub(super) async fn call(
        &self,
        key: &str,
        method: &str,
        path: &str,
        body: &Value,
        expected: Option<&str>,
    ) -> Answered {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(format!("/api/v1/{path}"))
            .extension(Peer::Tcp(PEER.parse().unwrap()))
            .header("authorization", format!("Bearer {key}"));
        if let Some(tag) = expected {
            request = request.header("if-match", tag);
        }
        let text = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        if !text.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(Body::from(text)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let tag = response.headers().get("etag").cloned();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Answered {
            status,
            tag: tag.map(|tag| tag.to_str().unwrap().to_owned()),
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        }
    }

    /// A key of a new session.
    pub(super) async fn sign_in(&self, name: &str) -> String {
        let origin = origin(&self.app);
        let key = self.app.login(name, secret(name), &origin).await;
        key.unwrap().expose().to_owned()
    }
}
