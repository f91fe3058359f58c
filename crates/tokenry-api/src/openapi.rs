//! Writes the table of operations down as an OpenAPI 3.1 document.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{Access, Entry, Header, PROBLEM_JSON, Problem, operations::TABLE};

/// The document as it stands in the repository: what servers publish, and what clients are made from. A test compares
/// it with [`document`].
pub const COMMITTED: &str = include_str!("../openapi.json");

/// The document of all operations.
#[must_use]
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let problem = generator.subschema_for::<Problem>();
    let mut paths = Map::new();
    for entry in TABLE {
        let path = paths.entry(entry.info.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            let method = entry.info.method.as_str().to_ascii_lowercase();
            path.insert(method, operation(entry, &mut generator, &problem));
        }
    }
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tokenry",
            "version": "1",
            "description": "Tokenry's own API. Every error is a problem as in RFC 9457, with a stable `code`, the \
                `field` it is about and, in `detail`, what to do. Requests with unknown fields are refused.",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }, { "cookie": [] }],
        "tags": tags(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token, or the key of a session.",
                },
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-tokenry",
                    "description": "The key of a session, for browsers. Requests must come from the same origin and \
                        carry the header `Tokenry-Console: 1`.",
                },
            },
        },
    })
}

fn tags() -> Vec<Value> {
    let mut tags: Vec<&str> = Vec::new();
    for entry in TABLE {
        if !tags.contains(&entry.info.tag) {
            tags.push(entry.info.tag);
        }
    }
    tags.into_iter().map(|tag| json!({ "name": tag })).collect()
}

fn operation(entry: &Entry, generator: &mut SchemaGenerator, problem: &Schema) -> Value {
    let info = entry.info;
    let mut lines = info.doc.iter().map(|line| line.trim());
    let summary = lines.next().unwrap_or_default().trim_end_matches('.');
    let more = lines.collect::<Vec<_>>().join(" ");
    let description = [more.as_str(), &who(info.access)].join("\n\n");
    let mut operation = json!({
        "operationId": info.id,
        "tags": [info.tag],
        "summary": summary,
        "description": description.trim(),
        "responses": responses(entry, generator, problem),
    });
    let Some(fields) = operation.as_object_mut() else {
        return operation;
    };
    if info.access == Access::Open {
        fields.insert("security".to_owned(), json!([]));
    }
    let parameters = parameters(entry, generator);
    if !parameters.is_empty() {
        fields.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(schema) = (entry.body)(generator) {
        let required = schema.get("$ref").is_some();
        let body = json!({ "required": required, "content": { "application/json": { "schema": schema } } });
        fields.insert("requestBody".to_owned(), body);
    }
    operation
}

fn who(access: Access) -> String {
    match access {
        Access::Open => "For everybody.".to_owned(),
        Access::Authenticated => "For everybody who is authenticated.".to_owned(),
        Access::Needs(power) => format!("Needs {power}."),
        Access::SignedIn => "For who has signed in with a password, not with a token.".to_owned(),
    }
}

fn parameters(entry: &Entry, generator: &mut SchemaGenerator) -> Vec<Value> {
    let mut parameters = Vec::new();
    for name in path_parameters(entry.info.path) {
        parameters.push(json!({
            "name": name, "in": "path", "required": true, "schema": { "type": "string" },
        }));
    }
    let query = (entry.query)(generator);
    let required = query.get("required").cloned().unwrap_or_default();
    let properties = query.get("properties").and_then(Value::as_object);
    for (name, schema) in properties.into_iter().flatten() {
        let is_required =
            (required.as_array()).is_some_and(|all| all.iter().any(|one| one == name));
        let mut schema = schema.clone();
        let described = schema.as_object_mut().and_then(|fields| {
            fields.remove("default");
            fields.remove("description")
        });
        parameters.push(json!({
            "name": name,
            "in": "query",
            "required": is_required,
            "description": described.unwrap_or_default(),
            "schema": not_null(schema),
        }));
    }
    for header in entry.info.headers {
        parameters.extend(request_header(*header));
    }
    parameters
}

/// A query cannot say null.
fn not_null(mut schema: Value) -> Value {
    if let Some(kinds) = schema.get_mut("type")
        && let Some(kind) = kinds.as_array().and_then(|all| all.first()).cloned()
    {
        *kinds = kind;
    }
    schema
}

fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn request_header(header: Header) -> Option<Value> {
    let (name, description) = match header {
        Header::ETag => return None,
        Header::IdempotencyKey => (
            "Idempotency-Key",
            "1 to 255 visible ASCII characters, such as a UUID: the same key again makes nothing again.",
        ),
        Header::IfMatch => (
            "If-Match",
            "The `ETag` of what was read: if it was changed since, nothing happens and the answer is 412.",
        ),
    };
    Some(json!({
        "name": name, "in": "header", "required": false, "description": description, "schema": { "type": "string" },
    }))
}

fn responses(entry: &Entry, generator: &mut SchemaGenerator, problem: &Schema) -> Value {
    let info = entry.info;
    let mut success = json!({ "description": "Done." });
    if let (Some(fields), Some(schema)) = (success.as_object_mut(), (entry.answer)(generator)) {
        fields.insert(
            "content".to_owned(),
            json!({ "application/json": { "schema": schema } }),
        );
        if info.headers.contains(&Header::ETag) {
            let tag = json!({
                "description": "What it is now; for `If-Match`.", "required": true, "schema": { "type": "string" },
            });
            fields.insert("headers".to_owned(), json!({ "ETag": tag }));
        }
    }
    let refused = |description| json!({ "description": description, "content": { PROBLEM_JSON: { "schema": problem } } });
    json!({
        info.status.to_string(): success,
        "4XX": refused("The request cannot be answered; the problem says why, and what to do."),
        "5XX": refused("The server cannot answer now; nothing was changed."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Renew it with `TOKENRY_UPDATE=1 cargo test -p tokenry-api`.
    #[test]
    fn the_committed_document_is_that_of_the_table() {
        let mut now = serde_json::to_string_pretty(&document()).unwrap();
        now.push('\n');
        if std::env::var_os("TOKENRY_UPDATE").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
            std::fs::write(path, &now).unwrap();
        } else {
            assert!(now == COMMITTED, "openapi.json is out of date: renew it");
        }
    }
}
