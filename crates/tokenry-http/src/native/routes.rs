//! Gives every operation of the table in `tokenry-api` its handler, and makes the router.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

use axum::{
    RequestPartsExt as _, Router,
    body::Body,
    extract::{RawPathParams, Request, State},
    http::{HeaderMap, HeaderValue, Response, header, request::Parts},
    routing::{MethodFilter, MethodRouter, any, get, on},
};
use bytes::Bytes;
use tokenry_api::{Access, Info, Method, Nothing, Operation, openapi, operations as op};
use tokenry_core::app::{Caller, Origin};

use super::{
    Face, addresses,
    answer::{Answer, Reply},
    audit,
    authenticate::authenticate,
    authentication,
    call::Call,
    computer_groups, content_sets, personas,
    problem::Problem,
    read, roles, sessions, settings, times, tokens, user_groups, users,
};
use crate::listener::read_body;

/// All operations with their handlers, in the order of the table.
fn routes() -> Vec<Route> {
    vec![
        open::<op::SessionOpen, _>(sessions::open),
        known::<op::SessionsList, _>(sessions::list),
        known::<op::SessionEnd, _>(sessions::end),
        known::<op::SessionShow, _>(sessions::show),
        known::<op::SessionClose, _>(sessions::close),
        known::<op::SessionPersona, _>(sessions::switch_persona),
        known::<op::TokenList, _>(tokens::list),
        known::<op::TokenCreate, _>(tokens::create),
        known::<op::TokenMany, _>(tokens::many),
        known::<op::TokenExpirations, _>(tokens::expirations),
        known::<op::TokenOwners, _>(tokens::owners),
        known::<op::TokenShow, _>(tokens::show),
        known::<op::TokenChange, _>(tokens::edit),
        known::<op::TokenRevoke, _>(tokens::revoke),
        known::<op::TokenEnable, _>(tokens::enable),
        known::<op::TokenDisable, _>(tokens::disable),
        known::<op::TokenRotate, _>(tokens::rotate),
        known::<op::TokenReveal, _>(tokens::reveal),
        known::<op::TokenExplain, _>(tokens::explain),
        known::<op::TokenHistory, _>(tokens::history),
        known::<op::UserList, _>(users::list),
        known::<op::UserCreate, _>(users::create),
        known::<op::UserShow, _>(users::show),
        known::<op::UserChange, _>(users::edit),
        known::<op::UserDelete, _>(users::delete),
        known::<op::UserGroupsList, _>(user_groups::list),
        known::<op::UserGroupCreate, _>(user_groups::create),
        known::<op::UserGroupShow, _>(user_groups::show),
        known::<op::UserGroupChange, _>(user_groups::edit),
        known::<op::UserGroupDelete, _>(user_groups::delete),
        known::<op::RolesList, _>(roles::list),
        known::<op::RoleCreate, _>(roles::create),
        known::<op::CapabilitiesList, _>(roles::list_capabilities),
        known::<op::RoleShow, _>(roles::show),
        known::<op::RoleChange, _>(roles::edit),
        known::<op::RoleDelete, _>(roles::delete),
        known::<op::PersonasList, _>(personas::list),
        known::<op::PersonaCreate, _>(personas::create),
        known::<op::PersonaShow, _>(personas::show),
        known::<op::PersonaChange, _>(personas::edit),
        known::<op::PersonaDelete, _>(personas::delete),
        known::<op::ContentSetsList, _>(content_sets::list),
        known::<op::ContentSetCreate, _>(content_sets::create),
        known::<op::ContentSetShow, _>(content_sets::show),
        known::<op::ContentSetChange, _>(content_sets::edit),
        known::<op::ContentSetDelete, _>(content_sets::delete),
        known::<op::ComputerGroupsList, _>(computer_groups::list),
        known::<op::ComputerGroupCreate, _>(computer_groups::create),
        known::<op::ComputerGroupShow, _>(computer_groups::show),
        known::<op::ComputerGroupChange, _>(computer_groups::edit),
        known::<op::ComputerGroupDelete, _>(computer_groups::delete),
        known::<op::SettingsList, _>(settings::list),
        known::<op::SettingsChange, _>(settings::edit),
        known::<op::AuditRead, _>(audit::read),
        known::<op::AuthenticationRead, _>(authentication::read),
        known::<op::VerdictsRead, _>(authentication::verdicts),
        known::<op::TimeExplain, _>(times::read),
        known::<op::AddressesExplain, _>(addresses::read),
    ]
}

/// An operation with its handler.
struct Route {
    info: Info,
    handler: Handler,
}

type Handler = Arc<dyn Fn(Arc<Face>, Received) -> Pending + Send + Sync>;

type Pending = Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send>>;

/// A request whose body is there, and whose query and body are not understood yet.
struct Received {
    parts: Parts,
    path: Vec<String>,
    body: Bytes,
    origin: Origin,
}

/// An operation for those who say who they are. That is found out before what they say is read: a stranger learns
/// nothing from how he is refused.
fn known<O: Operation, F>(handler: fn(Arc<Face>, Caller, Call<O>) -> F) -> Route
where
    F: Future<Output = Result<Answer<O::Answer>, Problem>> + Send + 'static,
{
    let handler: Handler = Arc::new(move |face, received| {
        Box::pin(async move {
            let Parts {
                method, headers, ..
            } = &received.parts;
            let caller = authenticate(&face, method, headers, &received.origin).await?;
            // A token becomes no session and ends none (NT-65).
            if O::INFO.access == Access::SignedIn && !caller.is_signed_in() {
                return Err(Problem::needs_sign_in());
            }
            let call = understand::<O>(received)?;
            handler(face, caller, call).await?.reply(&O::INFO)
        })
    });
    Route {
        info: O::INFO,
        handler,
    }
}

/// An operation for everybody.
fn open<O: Operation, F>(handler: fn(Arc<Face>, Call<O>) -> F) -> Route
where
    F: Future<Output = Result<Answer<O::Answer>, Problem>> + Send + 'static,
{
    let handler: Handler = Arc::new(move |face, received| {
        Box::pin(async move {
            let call = understand::<O>(received)?;
            handler(face, call).await?.reply(&O::INFO)
        })
    });
    Route {
        info: O::INFO,
        handler,
    }
}

fn understand<O: Operation>(received: Received) -> Result<Call<O>, Problem> {
    let Received {
        parts,
        path,
        body,
        origin,
    } = received;
    let query = parts.uri.query().unwrap_or_default();
    // Secrets in a URL end up in logs and histories (NT-44).
    let takes_none = std::any::TypeId::of::<O::Query>() == std::any::TypeId::of::<Nothing>();
    if takes_none && !query.is_empty() {
        return Err(Problem::unexpected_query());
    }
    if !body.is_empty() && !is_json(&parts.headers) {
        return Err(Problem::not_labelled_json());
    }
    Ok(Call {
        origin,
        path,
        query: read::query(query)?,
        body: read::body(&body)?,
        raw: body,
        headers: parts.headers,
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let label = headers.get(header::CONTENT_TYPE);
    let label = label.and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = label.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// The router of this API. What it does not know below `/api/v1` it refuses in its own words, and leaves all other
/// paths alone.
pub fn router(face: Arc<Face>) -> Router {
    let mut paths: BTreeMap<&'static str, MethodRouter<Arc<Face>>> = BTreeMap::new();
    for route in routes() {
        let path = paths.remove(route.info.path).unwrap_or_default();
        paths.insert(route.info.path, serve(path, route));
    }
    let mut router = Router::new();
    for (path, methods) in paths {
        let methods = methods.fallback(|| async { Problem::wrong_method().reply().print() });
        router = router.route(path, methods);
    }
    let nothing = || any(|| async { Problem::no_such_path().reply().print() });
    router
        .route("/api/v1/openapi.json", get(|| async { document() }))
        .route("/api/v1", nothing())
        .route("/api/v1/", nothing())
        .route("/api/v1/{*rest}", nothing())
        .with_state(face)
}

/// The OpenAPI document, for everybody: it is the same everywhere.
fn document() -> Response<Body> {
    let mut response = Response::new(Body::from(openapi::COMMITTED));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn serve(path: MethodRouter<Arc<Face>>, route: Route) -> MethodRouter<Arc<Face>> {
    let Route { info, handler } = route;
    let filter = match info.method {
        Method::Delete => MethodFilter::DELETE,
        Method::Get => MethodFilter::GET,
        Method::Patch => MethodFilter::PATCH,
        Method::Post => MethodFilter::POST,
    };
    let answer = move |State(face): State<Arc<Face>>, request: Request| async move {
        let received = receive(&face, info.path, request).await;
        let answered = match received {
            Ok(received) => handler(face, received).await,
            Err(problem) => Err(problem),
        };
        answered.unwrap_or_else(Problem::reply).print()
    };
    path.merge(on(filter, answer))
}

async fn receive(
    face: &Face,
    route: &'static str,
    request: Request<Body>,
) -> Result<Received, Problem> {
    let (mut parts, body) = request.into_parts();
    let origin = face.door.origin(&parts, route);
    let body = read_body(body, face.max_body_bytes).await?;
    let params = parts.extract::<RawPathParams>().await;
    let params = params.map_err(|_| Problem::not_found())?;
    let path = params.iter().map(|(_, value)| value.to_owned()).collect();
    Ok(Received {
        parts,
        path,
        body,
        origin,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NT-24: what is written down is what is served.
    #[test]
    fn nt24_every_operation_of_the_table_has_its_handler_and_no_other_has() {
        let served: Vec<_> = routes().iter().map(|route| route.info.id).collect();
        let told: Vec<_> = op::TABLE.iter().map(|entry| entry.info.id).collect();
        assert_eq!(served, told);
    }
}
