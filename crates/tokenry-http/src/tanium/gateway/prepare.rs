//! From an envelope to a request that the library can run: parsed, within the limits, with the one operation that is
//! meant and a value for each of its variables. What the library would only notice half-way, or take otherwise than
//! the standard says, is settled here.

use std::collections::HashSet;

use async_graphql::{
    Request, Value, Variables,
    parser::{
        Error, parse_query,
        types::{
            DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType,
            Selection, SelectionSet,
        },
    },
};

use super::{envelope::Envelope, limits, refusal::Refusal};

/// A request that can be run.
pub(super) struct Prepared {
    /// For the library.
    pub(super) request: Request,
    /// The keys of its answer, in the order in which they were asked for. The library answers what is done first first.
    pub(super) keys: Vec<String>,
}

impl Envelope {
    /// Parses and checks the query.
    pub(super) fn prepare(self) -> Result<Prepared, Refusal> {
        limits::check_text(&self.query, self.bytes)?;
        let document = parse_query(&self.query).map_err(|error| unparsed(&error))?;
        limits::check_document(&document)?;
        let operation = chosen(&document, self.operation.as_deref())?;
        let variables = Variables::from_json(serde_json::Value::Object(self.variables));
        let variables = filled(variables, operation)?;
        let mut fields = Vec::new();
        gather(&operation.selection_set.node, &document, &mut fields);
        if operation.ty == OperationType::Mutation {
            check_mutations(&fields, &variables)?;
        }
        let keys = fields
            .iter()
            .map(|field| field.response_key().node.to_string());
        let keys = keys.collect();
        let mut request = Request::new(String::new()).variables(variables);
        request.operation_name = self.operation;
        request.set_parsed_query(document);
        Ok(Prepared { request, keys })
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

/// What the library would find out, or not, only when some mutations have run already.
///
/// Two fields with the same key are one field, says the standard; the library would carry out a mutation twice. What
/// is no object where an object belongs it notices when it comes there.
fn check_mutations(fields: &[&Field], variables: &Variables) -> Result<(), Refusal> {
    let mut keys = HashSet::new();
    if !fields
        .iter()
        .all(|field| keys.insert(&field.response_key().node))
    {
        let why = "A mutation is named twice: give each its own alias";
        return Err(Refusal::invalid(why));
    }
    let inputs = fields
        .iter()
        .filter_map(|field| field.get_argument("input"));
    for input in inputs {
        let value = |name| variables.get(&name).cloned().ok_or(());
        let value = input.node.clone().into_const_with(value);
        if !matches!(value, Ok(Value::Object(_))) {
            let why = "Invalid value for argument \"input\", it must be an object";
            return Err(Refusal::invalid(why));
        }
    }
    Ok(())
}

/// The fields of a selection set, fragments spread. The limits have made sure that these are few, and that no fragment
/// spreads itself.
fn gather<'a>(
    set: &'a SelectionSet,
    document: &'a ExecutableDocument,
    fields: &mut Vec<&'a Field>,
) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => fields.push(&field.node),
            Selection::InlineFragment(inline) => {
                gather(&inline.node.selection_set.node, document, fields);
            }
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node);
                if let Some(fragment) = fragment {
                    gather(&fragment.node.selection_set.node, document, fields);
                }
            }
        }
    }
}

/// Gives every variable a value, its default or none, and misses what must be given. The library does not check an
/// argument in which any variable has no value, and overlooks defaults in conditions.
fn filled(mut variables: Variables, operation: &OperationDefinition) -> Result<Variables, Refusal> {
    for variable in &operation.variable_definitions {
        let variable = &variable.node;
        let name = &variable.name.node;
        if !variables.contains_key(name)
            && let Some(default) = variable.default_value()
        {
            variables.insert(name.clone(), default.clone());
        }
        let is_missing = matches!(variables.get(name), None | Some(Value::Null));
        if is_missing && !variable.var_type.node.nullable {
            return Err(Refusal::request("A variable that is required has no value"));
        }
    }
    Ok(variables)
}
