//! The table of this API's operations, and what is made of it: the router, and the list that tests and documentation
//! read. A route that is not in the table does not exist.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    routing::{MethodFilter, MethodRouter, any, on},
};

use super::{Face, authenticate::authenticate, call::Call, problem::Problem, reply::Reply, tokens};
use crate::listener::read_body;

/// One line of the table, for whoever tests or documents it.
#[derive(Debug, Clone)]
pub struct OperationInfo {
    /// Its name: noun and verb.
    pub id: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: &'static str,
}

type Answer = Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send>>;

type Handler = fn(Arc<Face>, Call) -> Answer;

struct Operation {
    info: OperationInfo,
    handler: Handler,
}

/// Lines of the table: id, method, path, handler. All of them need a caller; what he may do the rules decide.
macro_rules! table {
    ($($id:literal $method:ident $path:literal => $handler:path;)*) => {
        vec![$(Operation {
            info: OperationInfo { id: $id, method: Method::$method, path: $path },
            handler: |face, call| Box::pin(async move { $handler(&face, call).await }),
        },)*]
    };
}

fn table() -> Vec<Operation> {
    table! {
        "token_create" POST "/api/v1/tokens" => tokens::create;
    }
}

/// Every operation of this API.
#[must_use]
pub fn operations() -> Vec<OperationInfo> {
    let operations = table().into_iter();
    operations.map(|operation| operation.info).collect()
}

/// The router of this API. What it does not know below `/api/v1` it refuses in its own words, and leaves all other
/// paths alone.
pub fn router(face: Arc<Face>) -> Router {
    let mut paths: BTreeMap<&'static str, MethodRouter<Arc<Face>>> = BTreeMap::new();
    for operation in table() {
        let path = paths.remove(operation.info.path).unwrap_or_default();
        paths.insert(operation.info.path, serve(path, operation));
    }
    let mut router = Router::new();
    for (path, methods) in paths {
        let methods = methods.fallback(|| async { Problem::wrong_method().reply().print() });
        router = router.route(path, methods);
    }
    let nothing = || any(|| async { Problem::no_such_path().reply().print() });
    router
        .route("/api/v1", nothing())
        .route("/api/v1/", nothing())
        .route("/api/v1/{*rest}", nothing())
        .with_state(face)
}

fn serve(path: MethodRouter<Arc<Face>>, operation: Operation) -> MethodRouter<Arc<Face>> {
    let Operation { info, handler } = operation;
    let filter = MethodFilter::try_from(info.method).unwrap_or(MethodFilter::GET);
    let answer = move |State(face): State<Arc<Face>>, request: Request| async move {
        let answered = answer(face, info.path, handler, request).await;
        answered.unwrap_or_else(Problem::reply).print()
    };
    path.merge(on(filter, answer))
}

/// Who calls is found out before what he says is read: a stranger learns nothing from how it is refused.
async fn answer(
    face: Arc<Face>,
    route: &'static str,
    handler: Handler,
    request: Request<Body>,
) -> Result<Reply, Problem> {
    let (parts, body) = request.into_parts();
    let origin = face.door.origin(&parts, route);
    let body = read_body(body, face.max_body_bytes).await?;
    let caller = authenticate(&face, &parts.headers, &origin).await?;
    if parts.uri.query().is_some_and(|query| !query.is_empty()) {
        return Err(Problem::unexpected_query());
    }
    if !body.is_empty() && !is_json(&parts.headers) {
        return Err(Problem::not_labelled_json());
    }
    handler(Arc::clone(&face), Call { caller, body }).await
}

fn is_json(headers: &HeaderMap) -> bool {
    let label = headers.get(header::CONTENT_TYPE);
    let label = label.and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = label.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}
