//! Who may what (spec/tanium.md 5.4).

use insta::assert_snapshot;
use serde_json::json;

use super::town::Town;

const OPERATIONS: &[(&str, &str)] = &[
    ("now", "{now}"),
    ("myAPITokens", "{myAPITokens{error{message}}}"),
    (
        "apiTokenGrant",
        "mutation{apiTokenGrant(input:{trustedIPAddresses:[]}){error{message}}}",
    ),
    (
        "apiTokenRotate",
        "mutation($s:String!){apiTokenRotate(input:{tokenString:$s}){error{message}}}",
    ),
    (
        "apiTokenRevoke (own)",
        "mutation($own:ID!){apiTokenRevoke(input:{id:$own}){error{message}}}",
    ),
    (
        "apiTokenRevoke (another's)",
        "mutation($other:ID!){apiTokenRevoke(input:{id:$other}){error{message}}}",
    ),
];

/// One row for each user and operation: nothing where it is done, else the sentence.
#[tokio::test]
async fn rows_of_who_may_what() {
    let mut rows = Vec::new();
    for user in ["admin", "anna", "viewer", "guest", "rotator", "outsider"] {
        for (operation, query) in OPERATIONS {
            let town = Town::new().await;
            let other = town.make_token("bert").await;
            // Whoever may not make one has none: what he says is then somebody else's.
            let may_make = ["admin", "anna"].contains(&user);
            let own = if may_make {
                town.make_token(user).await
            } else {
                town.make_token("anna").await
            };
            let session = town.sign_in(user).await;
            let variables = json!({ "s": own.string.expose(), "own": own.token.number.number(),
                "other": other.token.number.number() });
            let body = json!({ "query": query, "variables": variables }).to_string();
            let answer = town.transcript(Some(&session), &body).await;
            let json: serde_json::Value =
                serde_json::from_str(answer.lines().last().unwrap()).unwrap();
            let field = operation.split(' ').next().unwrap();
            let said = json["message"].as_str();
            let said = said.or(json["data"][field]["error"]["message"].as_str());
            rows.push(
                format!(
                    "{user:8} {operation:26} {} {}",
                    &answer[..3],
                    said.unwrap_or("")
                )
                .trim_end()
                .to_owned(),
            );
        }
    }
    assert_snapshot!(rows.join("\n"));
}
