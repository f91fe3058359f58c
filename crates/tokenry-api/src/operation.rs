//! What an operation is: a type that says its path, what goes in and what comes out.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// One operation of the API.
pub trait Operation: Send + Sync + 'static {
    /// What its query may say.
    type Query: DeserializeOwned + Serialize + JsonSchema + Send + 'static;
    /// What its body says.
    type Body: DeserializeOwned + Serialize + JsonSchema + Send + 'static;
    /// What it answers.
    type Answer: DeserializeOwned + Serialize + JsonSchema + Send + 'static;
    /// Everything else about it.
    const INFO: Info;
}

/// What there is to know of an operation without its types.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    /// Its name, for programs: `token_create`.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// The path, with `{…}` for what stands for something.
    pub path: &'static str,
    /// What it is about, for grouping.
    pub tag: &'static str,
    /// Who may call it.
    pub access: Access,
    /// The status of success.
    pub status: u16,
    /// The headers that it knows.
    pub headers: &'static [Header],
    /// What it does, a line each.
    pub doc: &'static [&'static str],
}

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without a credential.
    Open,
    /// Everybody who is authenticated; whose things he sees depends on what he may.
    Authenticated,
    /// Who holds a power, in words such as `users.edit`.
    Needs(&'static str),
    /// Who has signed in, as opposed to who shows a token.
    SignedIn,
}

/// The methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "RFC 9110 says what they mean")]
pub enum Method {
    Delete,
    Get,
    Patch,
    Post,
}

impl Method {
    /// As it stands in a request.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Patch => "PATCH",
            Self::Post => "POST",
        }
    }
}

/// Headers that some operations know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// `Idempotency-Key` in the request: the same key again makes nothing again.
    IdempotencyKey,
    /// `If-Match` in the request: only if it is still what was read.
    IfMatch,
    /// `ETag` in the answer: what it was when it was read.
    ETag,
}

/// Nothing goes in, or comes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A line of the table of operations.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The operation.
    pub info: Info,
    pub(crate) query: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) body: fn(&mut SchemaGenerator) -> Option<Schema>,
    pub(crate) answer: fn(&mut SchemaGenerator) -> Option<Schema>,
}

impl Entry {
    /// The line of an operation.
    #[must_use]
    pub const fn of<O: Operation>() -> Self {
        Self {
            info: O::INFO,
            query: whole::<O::Query>,
            body: named::<O::Body>,
            answer: named::<O::Answer>,
        }
    }
}

fn whole<T: JsonSchema>(_: &mut SchemaGenerator) -> Schema {
    // Of its own, so that what a query refers to stands in it.
    let settings = schemars::generate::SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
    });
    settings.into_generator().into_root_schema_for::<T>()
}

fn named<T: JsonSchema>(generator: &mut SchemaGenerator) -> Option<Schema> {
    (T::schema_name() != Nothing::schema_name()).then(|| generator.subschema_for::<T>())
}
