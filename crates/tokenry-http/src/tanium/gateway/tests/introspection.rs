//! What clients are generated from: the schema as text, and the query that tools ask for it.

use serde_json::json;

use super::town::Town;
use crate::tanium::gateway::schema::SCHEMA;

/// Asks all that there is to know about a schema, as the tools built on graphql-js do.
const QUERY: &str = include_str!("introspection.graphql");

/// Names and nullability are promised to clients; a new version of the library must not change them either.
#[test]
fn the_schema_is_as_committed() {
    insta::assert_snapshot!(SCHEMA.sdl());
}

#[tokio::test]
async fn the_full_introspection_query_is_answered() {
    let town = Town::new().await;
    let answer = town.ask("anna", QUERY, json!({})).await;
    let types = answer["data"]["__schema"]["types"].as_array();
    let types = types.unwrap_or_else(|| panic!("{answer}"));
    let named = |name: &str| types.iter().find(|one| one["name"] == name).unwrap();
    let tokens = &named("APITokenQueryPayload")["fields"][1];
    assert_eq!(tokens["type"]["kind"], "LIST");
    assert_eq!(tokens["type"]["ofType"]["ofType"]["name"], "APIToken");
    let addresses = &named("APITokenGrantInput")["inputFields"][3];
    assert_eq!(addresses["name"], "trustedIPAddresses");
    assert_eq!(addresses["type"]["kind"], "NON_NULL");
    assert_eq!(named("Time")["kind"], "SCALAR");
}

#[tokio::test]
async fn one_type_can_be_asked_for() {
    let town = Town::new().await;
    let query = "{__type(name:\"Persona\"){name fields{name type{kind name ofType{name}}}}}";
    let answer = town.ask("anna", query, json!({})).await;
    insta::assert_snapshot!(answer);
}
