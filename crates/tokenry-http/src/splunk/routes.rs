//! The table of this face's operations, and what is made of it: the router, and the list that the authorisation tests
//! and the documentation read. A route that is not in the table does not exist.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    http::{Method, Response, StatusCode, header, request::Parts},
    response::IntoResponse,
    routing::{MethodFilter, MethodRouter, on},
};

use super::{
    apps,
    authenticate::{Authenticated, authenticate},
    call::Call,
    capabilities, context,
    face::Face,
    failure::Failure,
    format::{OutputMode, arguments::Arguments, message::Message},
    login, neighbours, properties,
    reply::Reply,
    roles, server_info, sessions, tokens, tokens_auth, users,
};
use crate::listener::{BodyError, read_body};

/// Who may call an operation at all. What he may do with it the rules decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whoever holds one of these capabilities, in the vendor's expression.
    Capability(&'static str),
    /// Anybody, without signing in.
    Open,
    /// Anybody who has signed in.
    SignedIn,
}

/// One line of the table, for whoever tests or documents it.
#[derive(Debug, Clone)]
pub struct OperationInfo {
    /// Its name: noun and verb.
    pub id: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path behind `/services/` or `/servicesNS/{owner}/{app}/`.
    pub path: &'static str,
    /// The same, whole; for the log.
    pub route: &'static str,
    /// Who may call it.
    pub access: Access,
}

type Answer = Pin<Box<dyn Future<Output = Result<Reply, Failure>> + Send>>;

struct Operation {
    info: OperationInfo,
    handler: fn(Arc<Face>, Call) -> Answer,
}

/// Lines of the table: id, method, path, access, handler.
macro_rules! table {
    ($($id:literal $method:ident $path:literal $access:expr => $handler:path;)*) => {
        vec![$(Operation {
            info: OperationInfo {
                id: $id,
                method: Method::$method,
                path: $path,
                route: concat!("/services/", $path),
                access: $access,
            },
            handler: |face, call| Box::pin(async move { $handler(&face, call).await }),
        },)*]
    };
}

fn table() -> Vec<Operation> {
    use Access::{Capability, Open, SignedIn};
    const LIST_TOKENS: Access =
        Capability("edit_tokens_all or list_tokens_all or edit_tokens_own or list_tokens_own");
    const EDIT_TOKENS: Access = Capability("edit_tokens_all or edit_tokens_own");
    const SETTINGS: Access = Capability("edit_tokens_settings");
    const LIST_USERS: Access = Capability("edit_user or list_all_users");
    const EDIT_USERS: Access = Capability("edit_user");
    const LIST_ROLES: Access = Capability("edit_roles or list_all_roles");
    const EDIT_ROLES: Access = Capability("edit_roles");
    table! {
        "token_list" GET "authorization/tokens" LIST_TOKENS => tokens::list;
        "token_create" POST "authorization/tokens" EDIT_TOKENS => tokens::create;
        "token_create_alias" POST "authorization/tokens/create" EDIT_TOKENS => tokens::create;
        "token_delete_nothing" DELETE "authorization/tokens" SignedIn => tokens::delete_without_target;
        "token_template" GET "authorization/tokens/_new" EDIT_TOKENS => tokens::template;
        "token_view" GET "authorization/tokens/{name}" LIST_TOKENS => tokens::view;
        "token_set_status" POST "authorization/tokens/{name}" EDIT_TOKENS => tokens::set_status;
        "token_delete" DELETE "authorization/tokens/{name}" EDIT_TOKENS => tokens::delete;
        "tokens_auth_list" GET "admin/{handler}" SETTINGS => tokens_auth::view;
        "tokens_auth_view" GET "admin/{handler}/tokens_auth" SETTINGS => tokens_auth::view;
        "tokens_auth_edit" POST "admin/{handler}/tokens_auth" SETTINGS => tokens_auth::edit;
        "tokens_auth_property" GET "properties/authorize/tokens_auth/{key}" SETTINGS => properties::view;
        "session_create" POST "auth/login" Open => login::create;
        "session_list" GET "authentication/httpauth-tokens" SignedIn => sessions::list;
        "session_delete" DELETE "authentication/httpauth-tokens/{name}" SignedIn => sessions::delete;
        "context_view" GET "authentication/current-context" SignedIn => context::view;
        "context_view_named" GET "authentication/current-context/context" SignedIn => context::view;
        "user_list" GET "authentication/users" LIST_USERS => users::list;
        "user_create" POST "authentication/users" EDIT_USERS => users::create;
        "user_delete_nothing" DELETE "authentication/users" SignedIn => users::delete_without_target;
        "user_template" GET "authentication/users/_new" EDIT_USERS => users::template;
        "user_view" GET "authentication/users/{name}" SignedIn => users::view;
        "user_edit" POST "authentication/users/{name}" SignedIn => users::edit;
        "user_delete" DELETE "authentication/users/{name}" EDIT_USERS => users::delete;
        "role_list" GET "authorization/roles" LIST_ROLES => roles::list;
        "role_create" POST "authorization/roles" EDIT_ROLES => roles::create;
        "role_delete_nothing" DELETE "authorization/roles" SignedIn => roles::delete_without_target;
        "role_template" GET "authorization/roles/_new" EDIT_ROLES => roles::template;
        "role_view" GET "authorization/roles/{name}" LIST_ROLES => roles::view;
        "role_edit" POST "authorization/roles/{name}" EDIT_ROLES => roles::edit;
        "role_delete" DELETE "authorization/roles/{name}" EDIT_ROLES => roles::delete;
        "capability_list" GET "authorization/capabilities" SignedIn => capabilities::list;
        "capability_list_named" GET "authorization/capabilities/capabilities" SignedIn => capabilities::list;
        "server_info" GET "server/info" SignedIn => server_info::view;
        "server_info_named" GET "server/info/server-info" SignedIn => server_info::view;
        "app_list" GET "apps/local" SignedIn => apps::list;
        "app_view" GET "apps/local/{name}" SignedIn => apps::view;
        "message_list" GET "messages" SignedIn => neighbours::messages;
        "job_list" GET "search/jobs" SignedIn => neighbours::jobs;
        "index_list" GET "data/indexes" SignedIn => neighbours::indexes;
        "event_receive" POST "receivers/simple" SignedIn => neighbours::receive;
        "service_list" GET "" Open => neighbours::services;
    }
}

/// Every operation of this face.
#[must_use]
pub fn operations() -> Vec<OperationInfo> {
    table()
        .into_iter()
        .map(|operation| operation.info)
        .collect()
}

/// The router of this face. Every path is there twice, plain and under a namespace, with and without a slash behind
/// (spec/splunk.md 2 and 4.3).
pub fn router(face: Arc<Face>) -> Router {
    let mut paths: BTreeMap<&'static str, MethodRouter<Arc<Face>>> = BTreeMap::new();
    for operation in table() {
        let path = paths.remove(operation.info.path).unwrap_or_default();
        paths.insert(operation.info.path, serve(path, operation));
    }
    let mut router = Router::new();
    for (path, methods) in paths {
        for base in ["/services", "/servicesNS/{owner}/{app}"] {
            let path = format!("{base}/{path}");
            let bare = path.trim_end_matches('/');
            router = router
                .route(bare, methods.clone())
                .route(&format!("{bare}/"), methods.clone());
        }
    }
    router
        .fallback(
            |request: Request| async move { plain(&request, StatusCode::NOT_FOUND, "Not Found") },
        )
        .method_not_allowed_fallback(|request: Request| async move {
            plain(
                &request,
                StatusCode::METHOD_NOT_ALLOWED,
                "Method Not Allowed",
            )
        })
        .with_state(face)
}

/// The one operation whose body is no form: an event is whatever text it is.
const TAKES_ANY_BODY: &str = "event_receive";

fn serve(path: MethodRouter<Arc<Face>>, operation: Operation) -> MethodRouter<Arc<Face>> {
    let Operation { info, handler } = operation;
    let filter = MethodFilter::try_from(info.method.clone()).unwrap_or(MethodFilter::GET);
    let answer = move |State(face): State<Arc<Face>>,
                       params: Result<RawPathParams, RawPathParamsRejection>,
                       request: Request| async move {
        match params {
            Ok(params) => answer(face, &info, handler, &params, request).await,
            Err(_) => plain(&request, StatusCode::BAD_REQUEST, "The path is not UTF-8."),
        }
    };
    path.merge(on(filter, answer))
}

async fn answer(
    face: Arc<Face>,
    info: &OperationInfo,
    handler: fn(Arc<Face>, Call) -> Answer,
    params: &RawPathParams,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = match read_body(body, face.max_body_bytes).await {
        Ok(body) => body,
        Err(error) => return unread(error).print(OutputMode::of_refused(parts.uri.query(), &[])),
    };
    let query = parts.uri.query();
    let form: &[u8] = if info.id == TAKES_ANY_BODY {
        &[]
    } else {
        &body
    };
    let read = Arguments::parse(query, form).and_then(|arguments| {
        let mode = OutputMode::from_arguments(&arguments)?;
        Ok((arguments, mode))
    });
    let (arguments, mode) = match read {
        Ok(read) => read,
        Err(error) => {
            return Failure::from(error)
                .reply()
                .print(OutputMode::of_refused(query, form));
        }
    };
    let call = call(&face, info.route, arguments, &parts, params);
    if info.access == Access::Open {
        return finish(handler(face, call).await).print(mode);
    }
    match authenticate(&face, &parts.method, &parts.headers, &call.origin).await {
        Err(failure) => failure.reply().print(mode),
        Ok(Authenticated { caller, cookie }) => {
            let name = face.cookie_name();
            let reply = finish(
                handler(
                    face,
                    Call {
                        caller: Some(caller),
                        ..call
                    },
                )
                .await,
            );
            let reply = match cookie {
                Some(key) => reply.with_header(header::SET_COOKIE, &login::cookie(&name, &key)),
                None => reply,
            };
            reply.print(mode)
        }
    }
}

fn finish(answered: Result<Reply, Failure>) -> Reply {
    answered.unwrap_or_else(Failure::reply)
}

fn unread(error: BodyError) -> Reply {
    let (status, text) = match error {
        BodyError::Broken => (
            StatusCode::BAD_REQUEST,
            "The request body could not be read.",
        ),
        BodyError::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "The request body is longer than this server takes.",
        ),
    };
    Reply::messages(status, vec![Message::error(text)])
}

fn call(
    face: &Face,
    route: &'static str,
    arguments: Arguments,
    parts: &Parts,
    params: &RawPathParams,
) -> Call {
    Call {
        arguments,
        caller: None,
        origin: face.door.origin(parts, route),
        base: base(parts.uri.path()),
        url: url(face, parts),
        params: params
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    }
}

/// `/services`, or the first three elements of a namespaced path, as the client encoded them.
fn base(path: &str) -> String {
    match path.strip_prefix("/servicesNS/") {
        None => "/services".to_owned(),
        Some(rest) => {
            let mut elements = rest.split('/');
            let (owner, app) = (
                elements.next().unwrap_or("-"),
                elements.next().unwrap_or("-"),
            );
            format!("/servicesNS/{owner}/{app}")
        }
    }
}

/// Scheme, host and port as the client wrote them; what is no plain host is left out.
fn url(face: &Face, parts: &Parts) -> String {
    let named = parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = named.or_else(|| {
        parts
            .uri
            .authority()
            .map(axum::http::uri::Authority::as_str)
    });
    let is_plain = |host: &&str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        host.len() <= 255 && host.chars().all(plain)
    };
    match host.filter(is_plain) {
        Some(host) => format!("https://{host}"),
        None => format!("https://{}:{}", face.product.server_name, face.product.port),
    }
}

fn plain(request: &Request, status: StatusCode, text: &str) -> Response<Body> {
    let mode = OutputMode::of_refused(request.uri().query(), &[]);
    Reply::messages(status, vec![Message::error(text)])
        .print(mode)
        .into_response()
}
