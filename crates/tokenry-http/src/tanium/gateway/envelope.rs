//! The JSON around a query: `query`, `variables`, `operationName`. Other keys, such as `extensions`, are left alone.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::json;

/// What a request says.
#[derive(Debug)]
pub(super) struct Envelope {
    /// The document.
    pub(super) query: String,
    /// Which of its operations to run.
    pub(super) operation: Option<String>,
    /// The values of its variables.
    pub(super) variables: Map<String, Value>,
    /// The length of all this, in bytes.
    pub(super) bytes: usize,
}

impl Envelope {
    /// Reads a body, whatever its content type says. What cannot be read is not repeated: it may hold a secret (NT-43).
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut body = match json::parse(bytes) {
            Some(Value::Object(body)) => body,
            Some(Value::Array(_)) => {
                return Err(bad(
                    "Batches are not supported: send one operation a request",
                ));
            }
            _ => {
                return Err(bad(
                    "The request body must be one JSON object, each key in it once",
                ));
            }
        };
        let mut take = |name| body.remove(name).filter(|value| !value.is_null());
        let Some(Value::String(query)) = take("query") else {
            return Err(bad("The property query must be there and be a text"));
        };
        let operation = match take("operationName") {
            None => None,
            // Consoles send an empty one for "none".
            Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
            Some(_) => return Err(bad("The property operationName must be a text")),
        };
        let variables = match take("variables") {
            None => Map::new(),
            Some(Value::Object(variables)) => variables,
            Some(_) => return Err(bad("The property variables must be an object")),
        };
        Ok(Self {
            query,
            operation,
            variables,
            bytes: bytes.len(),
        })
    }
}

fn bad(text: &str) -> Refusal {
    Refusal::request(text)
}
