//! From an envelope to a request that the library can run: parsed, within the limits, with the one operation that is
//! meant and a value for each of its variables. What the library would only notice half-way, or take otherwise than
//! the standard says, is settled here.

use std::collections::HashSet;

use async_graphql::{
    Name, Request, Variables,
    parser::{
        Error, parse_query,
        types::{
            DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
            SelectionSet,
        },
    },
};
use serde_json::Value;

use super::{envelope::Envelope, limits, refusal::Refusal};

impl Envelope {
    /// Parses and checks the query.
    pub(super) fn prepare(self) -> Result<Request, Refusal> {
        limits::check_text(&self.query)?;
        let document = parse_query(&self.query).map_err(|error| unparsed(&error))?;
        limits::check_document(&document)?;
        let operation = chosen(&document, self.operation.as_deref())?;
        check_keys(operation, &document)?;
        let variables = Variables::from_json(Value::Object(self.variables));
        let variables = filled(variables, operation)?;
        let mut request = Request::new(String::new()).variables(variables);
        request.operation_name = self.operation;
        request.set_parsed_query(document);
        Ok(request)
    }
}

/// The parser's own words repeat the query, which may hold a token (NT-43).
fn unparsed(error: &Error) -> Refusal {
    match error {
        Error::MissingOperation => Refusal::invalid("The query has no operation"),
        Error::MultipleOperations { .. } => {
            Refusal::invalid("An operation without a name must be the only one")
        }
        Error::OperationDuplicated { .. } => Refusal::invalid("Two operations have the same name"),
        Error::FragmentDuplicated { .. } => Refusal::invalid("Two fragments have the same name"),
        other => Refusal::syntax(other.positions().next()),
    }
}

fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, Refusal> {
    let unknown = "The query has no operation of the name in operationName";
    let found = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) => {
            if operations.len() > 1 {
                let why = "The query has several operations: operationName must say which";
                return Err(Refusal::request(why));
            }
            operations.values().next()
        }
    };
    let operation = found.ok_or_else(|| Refusal::request(unknown))?;
    Ok(&operation.node)
}

/// Two fields with the same key are one field, says the standard; the library would carry out a mutation twice.
fn check_keys(
    operation: &OperationDefinition,
    document: &ExecutableDocument,
) -> Result<(), Refusal> {
    if operation.ty != OperationType::Mutation {
        return Ok(());
    }
    let mut keys = HashSet::new();
    if are_unique(&operation.selection_set.node, document, &mut keys) {
        return Ok(());
    }
    let why = "A mutation is named twice: give each its own alias";
    Err(Refusal::invalid(why))
}

/// The limits have made sure that fragments do not spread themselves.
fn are_unique<'a>(
    set: &'a SelectionSet,
    document: &'a ExecutableDocument,
    keys: &mut HashSet<&'a Name>,
) -> bool {
    set.items.iter().all(|item| match &item.node {
        Selection::Field(field) => keys.insert(&field.node.response_key().node),
        Selection::InlineFragment(inline) => {
            are_unique(&inline.node.selection_set.node, document, keys)
        }
        Selection::FragmentSpread(spread) => {
            let fragment = document.fragments.get(&spread.node.fragment_name.node);
            fragment.is_none_or(|fragment| {
                are_unique(&fragment.node.selection_set.node, document, keys)
            })
        }
    })
}

/// Puts in the defaults, which the library overlooks in conditions, and misses what must be given before the first
/// mutation has run.
fn filled(
    mut variables: Variables,
    operation: &OperationDefinition,
) -> Result<Variables, Refusal> {
    for variable in &operation.variable_definitions {
        let variable = &variable.node;
        let is_nullable = variable.var_type.node.nullable;
        match (variables.get(&variable.name.node), &variable.default_value) {
            (None, Some(default)) => {
                let name = variable.name.node.clone();
                variables.insert(name, default.node.clone());
            }
            (None | Some(async_graphql::Value::Null), _) if !is_nullable => {
                return Err(Refusal::request("A variable that is required has no value"));
            }
            _ => {}
        }
    }
    Ok(variables)
}
