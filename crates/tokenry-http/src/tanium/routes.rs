//! The table of this face's operations, and what is made of it: the router, and the list that the authorisation tests
//! and the documentation read. A route that is not in the table does not exist.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

use axum::{
    Router,
    body::Body as HttpBody,
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    http::{Method, Response, StatusCode, Uri},
    routing::{MethodFilter, MethodRouter, any, on},
};

use super::{
    api_tokens, audit, authenticate::authenticate, call::Call, content_sets, face::Face,
    failure::Failure, gateway, groups, json::Body, legacy, lists, memberships, metadata,
    options::Options, personas, privileges, probes, reply::Reply, roles, server_info, sessions,
    settings, user_groups, users,
};
use crate::listener::{BodyError, read_body};

/// Who may call an operation at all. What he may do with it the rules decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without a session.
    Open,
    /// Whoever holds this privilege, or the administrator.
    Privilege(&'static str),
    /// Anybody with a session or a token.
    SignedIn,
}

/// One line of the table, for whoever tests or documents it.
#[derive(Debug, Clone)]
pub struct OperationInfo {
    /// Its name: noun and verb.
    pub id: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: &'static str,
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
            info: OperationInfo { id: $id, method: Method::$method, path: $path, access: $access },
            handler: |face, call| Box::pin(async move { $handler(&face, call).await }),
        },)*]
    };
}

fn all() -> Vec<Operation> {
    table().into_iter().chain(directory()).collect()
}

fn table() -> Vec<Operation> {
    use Access::{Open, Privilege, SignedIn};
    table! {
        "session_login" POST "/api/v2/session/login" Open => sessions::login;
        "session_validate" POST "/api/v2/session/validate" Open => sessions::validate;
        "session_logout" POST "/api/v2/session/logout" Open => sessions::logout;
        "session_as_persona" POST "/api/v2/session/as_persona/{id}" SignedIn => sessions::as_persona;
        "session_current" GET "/api/v2/session/current" SignedIn => sessions::current;
        "session_roles" GET "/api/v2/session/current/effective-roles" SignedIn => sessions::effective_roles;
        "session_management_rights" GET "/api/v2/session/management_rights" SignedIn => sessions::management_rights;
        "session_info" GET "/api/v2/session/info" SignedIn => sessions::info;
        "legacy_auth" POST "/auth" Open => legacy::auth;
        "gateway" POST "/plugin/products/gateway/graphql" SignedIn => gateway::answer;
        "console_config" GET "/config/console.json" Open => probes::console;
        "info" GET "/info.json" SignedIn => probes::info;
        "api_token_list" GET "/api/v2/api_tokens" Privilege("use token") => api_tokens::list;
        "api_token_create" POST "/api/v2/api_tokens" Privilege("use token") => api_tokens::create;
        "api_token_rotate" PATCH "/api/v2/api_tokens" Privilege("use token") => api_tokens::rotate;
        "api_token_view" GET "/api/v2/api_tokens/{id}" Privilege("use token") => api_tokens::view;
        "api_token_delete" DELETE "/api/v2/api_tokens/{id}" Privilege("use token") => api_tokens::delete;
        "api_token_reveal" GET "/api/v2/api_tokens/{id}/token_string" Privilege("use token") => api_tokens::reveal;
        "api_token_explain" GET "/api/v2/api_tokens/{id}/explain" Privilege("use token") => api_tokens::explain;
        "system_setting_list" GET "/api/v2/system_settings" Privilege("administrator") => settings::list;
        "system_setting_create" POST "/api/v2/system_settings" Privilege("administrator") => settings::create;
        "system_setting_view" GET "/api/v2/system_settings/{id}" Privilege("administrator") => settings::view;
        "system_setting_edit" PATCH "/api/v2/system_settings/{id}" Privilege("administrator") => settings::edit;
        "system_setting_reset" DELETE "/api/v2/system_settings/{id}" Privilege("administrator") => settings::reset;
        "system_setting_view_named" GET "/api/v2/system_settings/by-name/{name}" Privilege("administrator") => settings::view;
        "system_setting_edit_named" PATCH "/api/v2/system_settings/by-name/{name}" Privilege("administrator") => settings::edit;
        "local_setting_list" GET "/api/v2/local_settings" Privilege("administrator") => settings::list_local;
        "local_setting_view" GET "/api/v2/local_settings/by-name/{name}" Privilege("administrator") => settings::view_local;
        "local_setting_edit" PATCH "/api/v2/local_settings/by-name/{name}" Privilege("administrator") => settings::edit_local;
        "audit_type_list" GET "/api/v2/audit_types" Privilege("read audit") => audit::types;
        "audit_list" GET "/api/v2/audit_logs/{type}" Privilege("read audit") => audit::list;
        "audit_view" GET "/api/v2/audit_logs/{type}/{id}" Privilege("read audit") => audit::list;
        "server_info" GET "/api/v2/server_info" SignedIn => server_info::view;
        "server_host" GET "/api/v2/server_host" SignedIn => server_info::host;
    }
}

/// Users, personas, roles, groups and content sets.
fn directory() -> Vec<Operation> {
    use Access::{Privilege, SignedIn};
    table! {
        "user_list" GET "/api/v2/users" Privilege("read user") => users::list;
        "user_create" POST "/api/v2/users" Privilege("write user") => users::create;
        "user_view" GET "/api/v2/users/{id}" SignedIn => users::view;
        "user_edit" PATCH "/api/v2/users/{id}" SignedIn => users::edit;
        "user_delete" DELETE "/api/v2/users/{id}" Privilege("write user") => users::delete;
        "user_view_named" GET "/api/v2/users/by-name/{name}" SignedIn => users::view_by_name;
        "user_edit_named" PATCH "/api/v2/users/by-name/{name}" SignedIn => users::edit_by_name;
        "user_roles" GET "/api/v2/user/{id}/effective-roles" SignedIn => roles::effective_of_user;
        "user_metadata_list" GET "/api/v2/users/{id}/metadata" SignedIn => metadata::list;
        "user_metadata_create" POST "/api/v2/users/{id}/metadata" Privilege("write user") => metadata::create;
        "user_metadata_view" GET "/api/v2/users/{id}/metadata/by-name/{name}" SignedIn => metadata::view;
        "user_metadata_edit" PATCH "/api/v2/users/{id}/metadata/by-name/{name}" Privilege("write user") => metadata::edit;
        "user_metadata_delete" DELETE "/api/v2/users/{id}/metadata/by-name/{name}" Privilege("write user") => metadata::delete;
        "persona_list" GET "/api/v2/personas" SignedIn => personas::list;
        "persona_create" POST "/api/v2/personas" Privilege("write persona") => personas::create;
        "persona_view" GET "/api/v2/personas/{id}" SignedIn => personas::view;
        "persona_edit" PATCH "/api/v2/personas/{id}" Privilege("write persona") => personas::edit;
        "persona_delete" DELETE "/api/v2/personas/{id}" Privilege("write persona") => personas::delete;
        "persona_roles" GET "/api/v2/persona/{id}/effective-roles" SignedIn => roles::effective_of_persona;
        "role_list" GET "/api/v2/content_set_roles" Privilege("administrator") => roles::list;
        "role_create" POST "/api/v2/content_set_roles" Privilege("administrator") => roles::create;
        "role_view" GET "/api/v2/content_set_roles/{id}" Privilege("administrator") => roles::view;
        "role_edit" PATCH "/api/v2/content_set_roles/{id}" Privilege("administrator") => roles::edit;
        "role_delete" DELETE "/api/v2/content_set_roles/{id}" Privilege("administrator") => roles::delete;
        "role_memberships" GET "/api/v2/content_set_roles/memberships" Privilege("administrator") => memberships::list_by_role;
        "user_membership_list" GET "/api/v2/content_set_role_memberships" Privilege("administrator") => memberships::list_of_users;
        "user_membership_create" POST "/api/v2/content_set_role_memberships" Privilege("write user") => memberships::create_of_user;
        "user_membership_view" GET "/api/v2/content_set_role_memberships/{id}" Privilege("administrator") => memberships::view_of_user;
        "user_membership_delete" DELETE "/api/v2/content_set_role_memberships/{id}" Privilege("administrator") => memberships::delete_of_user;
        "group_membership_list" GET "/api/v2/content_set_user_group_role_memberships" Privilege("administrator") => memberships::list_of_groups;
        "group_membership_create" POST "/api/v2/content_set_user_group_role_memberships" Privilege("write user") => memberships::create_of_group;
        "group_membership_view" GET "/api/v2/content_set_user_group_role_memberships/{id}" Privilege("administrator") => memberships::view_of_group;
        "group_membership_delete" DELETE "/api/v2/content_set_user_group_role_memberships/{id}" Privilege("administrator") => memberships::delete_of_group;
        "role_privilege_list" GET "/api/v2/content_set_role_privileges" Privilege("administrator") => privileges::list_granted;
        "role_privilege_create" POST "/api/v2/content_set_role_privileges" Privilege("administrator") => privileges::grant;
        "role_privilege_view" GET "/api/v2/content_set_role_privileges/{id}" Privilege("administrator") => privileges::view_granted;
        "role_privilege_delete" DELETE "/api/v2/content_set_role_privileges/{id}" Privilege("administrator") => privileges::withdraw;
        "privilege_list" GET "/api/v2/content_set_privileges" Privilege("administrator") => privileges::list;
        "privilege_view" GET "/api/v2/content_set_privileges/{id}" Privilege("administrator") => privileges::view;
        "effective_privileges" GET "/api/v2/effective_content_set_privileges" SignedIn => privileges::effective;
        "content_set_list" GET "/api/v2/content_sets" Privilege("administrator") => content_sets::list;
        "content_set_create" POST "/api/v2/content_sets" Privilege("administrator") => content_sets::create;
        "content_set_view" GET "/api/v2/content_sets/{id}" Privilege("administrator") => content_sets::view;
        "content_set_edit" PATCH "/api/v2/content_sets/{id}" Privilege("administrator") => content_sets::edit;
        "content_set_delete" DELETE "/api/v2/content_sets/{id}" Privilege("administrator") => content_sets::delete;
        "content_set_view_named" GET "/api/v2/content_sets/by-name/{name}" Privilege("administrator") => content_sets::view_by_name;
        "content_set_edit_named" PATCH "/api/v2/content_sets/by-name/{name}" Privilege("administrator") => content_sets::edit_by_name;
        "user_group_list" GET "/api/v2/user_groups" Privilege("read user") => user_groups::list;
        "user_group_create" POST "/api/v2/user_groups" Privilege("write user") => user_groups::create;
        "user_group_view" GET "/api/v2/user_groups/{id}" Privilege("read user") => user_groups::view;
        "user_group_edit" PATCH "/api/v2/user_groups/{id}" Privilege("write user") => user_groups::edit;
        "user_group_delete" DELETE "/api/v2/user_groups/{id}" Privilege("write user") => user_groups::delete;
        "user_group_view_named" GET "/api/v2/user_groups/by-name/{name}" Privilege("read user") => user_groups::view_by_name;
        "user_group_edit_named" PATCH "/api/v2/user_groups/by-name/{name}" Privilege("write user") => user_groups::edit_by_name;
        "group_list" GET "/api/v2/groups" Privilege("administrator") => groups::list;
        "group_create" POST "/api/v2/groups" Privilege("administrator") => groups::create;
        "group_view" GET "/api/v2/groups/{id}" Privilege("administrator") => groups::view;
        "group_edit" PATCH "/api/v2/groups/{id}" Privilege("administrator") => groups::edit;
        "group_delete" DELETE "/api/v2/groups/{id}" Privilege("administrator") => groups::delete;
        "group_view_named" GET "/api/v2/groups/by-name/{name}" Privilege("administrator") => groups::view_by_name;
        "group_edit_named" PATCH "/api/v2/groups/by-name/{name}" Privilege("administrator") => groups::edit_by_name;
        "computer_group_list" GET "/api/v2/computer_groups" Privilege("administrator") => groups::list;
        "computer_group_create" POST "/api/v2/computer_groups" Privilege("administrator") => groups::create;
        "computer_group_view" GET "/api/v2/computer_groups/{id}" Privilege("administrator") => groups::view;
        "computer_group_edit" PATCH "/api/v2/computer_groups/{id}" Privilege("administrator") => groups::edit;
        "computer_group_delete" DELETE "/api/v2/computer_groups/{id}" Privilege("administrator") => groups::delete;
        "computer_group_view_named" GET "/api/v2/computer_groups/by-name/{name}" Privilege("administrator") => groups::view_by_name;
        "computer_group_edit_named" PATCH "/api/v2/computer_groups/by-name/{name}" Privilege("administrator") => groups::edit_by_name;
        "filter_group_list" GET "/api/v2/filter_groups" Privilege("administrator") => groups::list;
        "filter_group_create" POST "/api/v2/filter_groups" Privilege("administrator") => groups::create;
        "filter_group_view" GET "/api/v2/filter_groups/{id}" Privilege("administrator") => groups::view;
        "filter_group_edit" PATCH "/api/v2/filter_groups/{id}" Privilege("administrator") => groups::edit;
        "filter_group_delete" DELETE "/api/v2/filter_groups/{id}" Privilege("administrator") => groups::delete;
        "filter_group_view_named" GET "/api/v2/filter_groups/by-name/{name}" Privilege("administrator") => groups::view_by_name;
        "filter_group_edit_named" PATCH "/api/v2/filter_groups/by-name/{name}" Privilege("administrator") => groups::edit_by_name;
        "management_group_list" GET "/api/v2/management_rights_groups" Privilege("administrator") => groups::list;
        "management_group_create" POST "/api/v2/management_rights_groups" Privilege("administrator") => groups::create;
        "management_group_view" GET "/api/v2/management_rights_groups/{id}" Privilege("administrator") => groups::view;
        "management_group_edit" PATCH "/api/v2/management_rights_groups/{id}" Privilege("administrator") => groups::edit;
        "management_group_delete" DELETE "/api/v2/management_rights_groups/{id}" Privilege("administrator") => groups::delete;
        "management_group_view_named" GET "/api/v2/management_rights_groups/by-name/{name}" Privilege("administrator") => groups::view_by_name;
        "management_group_edit_named" PATCH "/api/v2/management_rights_groups/by-name/{name}" Privilege("administrator") => groups::edit_by_name;
    }
}

/// Every operation of this face.
#[must_use]
pub fn operations() -> Vec<OperationInfo> {
    let operations = all().into_iter();
    operations.map(|operation| operation.info).collect()
}

/// The router of this face. It has no fallback of its own: what it does not know below its own paths it refuses in its
/// own words, and leaves all other paths alone.
pub fn router(face: Arc<Face>) -> Router {
    let mut paths: BTreeMap<&'static str, MethodRouter<Arc<Face>>> = BTreeMap::new();
    for operation in all() {
        let path = paths.remove(operation.info.path).unwrap_or_default();
        paths.insert(operation.info.path, serve(path, operation));
    }
    let mut router = Router::new();
    for (path, methods) in paths {
        let methods = methods.fallback(|| async { wrong_method().print(false) });
        router = router.route(path, methods);
    }
    router
        .route("/api/v2", any(|| async { nothing_here().print(false) }))
        .route("/api/v2/", any(|| async { nothing_here().print(false) }))
        .route(
            "/api/v2/{*rest}",
            any(|uri: Uri| async move { no_such_route(uri.path()).print(false) }),
        )
        .with_state(face)
}

fn serve(path: MethodRouter<Arc<Face>>, operation: Operation) -> MethodRouter<Arc<Face>> {
    let Operation { info, handler } = operation;
    let filter = MethodFilter::try_from(info.method.clone()).unwrap_or(MethodFilter::GET);
    let answer = move |State(face): State<Arc<Face>>,
                       params: Result<RawPathParams, RawPathParamsRejection>,
                       request: Request| async move {
        match params {
            Ok(params) => answer(face, &info, handler, &params, request).await,
            Err(_) => Failure::bad_request("InvalidPath", "The path is not UTF-8")
                .reply()
                .print(false),
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
) -> Response<HttpBody> {
    let (parts, body) = request.into_parts();
    let options = Options::read(&parts.headers, parts.uri.query());
    let pretty = options
        .as_ref()
        .is_ok_and(|options| options.is_on("json_pretty_print"));
    let answered = async {
        let options = options?;
        refuse_secrets_in_the_query(&options)?;
        let paging = lists::Paging::wanted(info.id, &options)?;
        let origin = face.door.origin(&parts, info.path);
        let now = origin.at;
        let raw = read_body(body, face.max_body_bytes).await.map_err(unread)?;
        // Who calls is found out before what he says is read: a stranger learns nothing from how it is refused.
        let caller = match info.access {
            Access::Open => None,
            _ => Some(authenticate(&face, &parts.headers, &origin).await?),
        };
        let body = if READS_ITS_OWN_BODY.contains(&info.id) {
            Body::default()
        } else {
            Body::read(&raw)?
        };
        let call = Call {
            body,
            raw,
            options,
            headers: parts.headers,
            caller,
            origin: origin.clone(),
            params: params
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        };
        let reply = handler(Arc::clone(&face), call).await?;
        match paging {
            None => Ok(reply),
            Some(paging) => reply.with_list(|items| Ok(paging.cut(items, now))),
        }
    };
    let refused = |failure| match info.id {
        gateway::ID => gateway::refused(&face, failure),
        _ => failure.reply(),
    };
    answered.await.unwrap_or_else(refused).print(pretty)
}

/// The operations whose body is not what the others have.
const READS_ITS_OWN_BODY: &[&str] = &["gateway", "legacy_auth"];

/// Secrets in a URL end up in logs and histories (NT-44).
fn refuse_secrets_in_the_query(options: &Options) -> Result<(), Failure> {
    const SECRETS: [&str; 6] = [
        "access_token",
        "api_token",
        "apikey",
        "password",
        "session",
        "token",
    ];
    let mut names = options.query_names();
    if names.any(|name| SECRETS.contains(&name.to_ascii_lowercase().as_str())) {
        return Err(Failure::bad_request(
            "SecretInQuery",
            "A session or a token belongs into the header 'session', never into the URL",
        ));
    }
    Ok(())
}

fn unread(error: BodyError) -> Failure {
    let (status, name, text) = match error {
        BodyError::Broken => (
            StatusCode::BAD_REQUEST,
            "InvalidBody",
            "The request body could not be read",
        ),
        BodyError::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "BodyTooLarge",
            "The request body is longer than this server takes",
        ),
    };
    Failure::Said(status, "Processing", name, text.to_owned())
}

/// Clients probe for this one (spec/tanium.md 2).
fn nothing_here() -> Reply {
    Reply::error(StatusCode::NOT_FOUND, "Invalid object route")
}

fn wrong_method() -> Reply {
    let text = "This route does not take this method".to_owned();
    let status = StatusCode::METHOD_NOT_ALLOWED;
    Failure::Said(status, "Processing", "MethodNotAllowed", text).reply()
}

/// The element is repeated only if it is plain words: it may be a secret or a number.
fn no_such_route(path: &str) -> Reply {
    let element = path.split('/').nth(3).unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_lowercase() || c == '_';
    let text = if element.len() <= 40 && element.chars().all(is_plain) {
        format!("Invalid object route: {element}")
    } else {
        "Invalid object route".to_owned()
    };
    Reply::error(StatusCode::BAD_REQUEST, &text)
}
