//! Personas on the wire.

use crate::tanium::testing::Office;

/// The order of spec/tanium.md 6.2.
#[tokio::test]
async fn a_persona_is_printed_whole() {
    let office = Office::open().await;
    let body = r##"{"name":"Reporting","display_name":"Reports","group":{"id":3},
        "content_set_role_list":[{"id":20}],"user_list":[{"id":1}],"user_group_list":[],
        "json_metadata":"{\"color\":\"#2a7f62\"}","track_computer_id_flag":"1"}"##;
    let persona = office.does("POST", "personas", body).await;
    let path = format!("personas/{}", persona["id"]);
    assert_eq!(office.does("GET", &path, "").await, persona);
    let of_user = office.does("GET", "users/1", "").await["personas"].clone();
    assert_eq!(
        of_user[0]
            .to_string()
            .replace(&persona["id"].to_string(), "…"),
        r##"{"id":…,"name":"Reporting","display_name":"Reports","json_metadata":"{\"color\":\"#2a7f62\"}","require_reauthentication_flag":false}"##
    );
    let roles = format!("persona/{}/effective-roles", persona["id"]);
    assert_eq!(
        office.does("GET", &roles, "").await.to_string(),
        r#"{"effective_roles":[{"id":20,"name":"API Gateway User"}]}"#
    );
    let mut persona = persona;
    persona["id"] = "…".into();
    insta::assert_snapshot!(format!("{persona:#}"));
}

#[tokio::test]
async fn a_persona_is_changed_deleted_and_then_seen_only_where_one_asks_for_it() {
    let office = Office::open().await;
    let body = r#"{"name":"p","user_list":[{"id":1}]}"#;
    let persona = office.does("POST", "personas", body).await;
    let path = format!("personas/{}", persona["id"]);
    let edited = office.does("PATCH", &path, r#"{"user_list":[]}"#).await;
    assert_eq!(edited["user_list"], serde_json::json!([]));
    assert_eq!(office.does("DELETE", &path, "").await["deleted_flag"], 1);
    assert_eq!(
        office.does("GET", "personas", "").await,
        serde_json::json!([])
    );
    let hidden = r#"{"include_hidden_flag":1}"#;
    let hidden = office.does_with("personas", hidden).await;
    assert_eq!(hidden[0]["deleted_flag"], 1);
    for method in ["GET", "PATCH", "DELETE"] {
        let (status, text) = office.tries(method, &path, "").await;
        assert!(status == 404 && text.contains("PersonaNotFound"), "{text}");
    }
}

#[tokio::test]
async fn what_is_refused_is_named() {
    let office = Office::open().await;
    let _ = office.does("POST", "personas", r#"{"name":"taken"}"#).await;
    for (method, path, body, status, name) in [
        ("POST", "personas", "{}", 400, "PersonaNameRequired"),
        (
            "POST",
            "personas",
            r#"{"name":"Taken"}"#,
            400,
            "PersonaAlreadyExists",
        ),
        (
            "POST",
            "personas",
            r#"{"name":"x","json_metadata":{}}"#,
            400,
            "json_metadata",
        ),
        (
            "POST",
            "personas",
            r#"{"name":"x","user_list":[{"id":9}]}"#,
            400,
            "user_list",
        ),
        (
            "POST",
            "personas",
            r#"{"name":"x","user_list":{}}"#,
            400,
            "user_list",
        ),
        (
            "PATCH",
            "personas/9",
            r#"{"id":9}"#,
            400,
            "TooManyTagsWithSameName",
        ),
        ("GET", "personas/0", "", 404, "PersonaNotFound"),
        ("DELETE", "personas/0", "", 404, "PersonaNotFound"),
        (
            "GET",
            "persona/9/effective-roles",
            "",
            404,
            "PersonaNotFound",
        ),
    ] {
        let (actual, text) = office.tries(method, path, body).await;
        assert_eq!(actual, status, "{method} {path} {body}: {text}");
        assert!(text.contains(name), "{text}");
    }
}

#[tokio::test]
async fn a_plain_user_sees_his_own_personas() {
    let office = Office::open().await;
    let anna = office.does("GET", "users/by-name/anna", "").await["id"].clone();
    let body = format!(r#"{{"name":"hers","user_list":[{{"id":{anna}}}]}}"#);
    let hers = office.does("POST", "personas", &body).await["id"].clone();
    let other = office.does("POST", "personas", r#"{"name":"other"}"#).await["id"].clone();
    let (status, text) = office.anna_tries("GET", "personas", "").await;
    assert!(
        status == 200 && text.contains("hers") && !text.contains("other"),
        "{text}"
    );
    assert_eq!(
        office
            .anna_tries("GET", &format!("personas/{hers}"), "")
            .await
            .0,
        200
    );
    let refused = office
        .anna_tries("GET", &format!("personas/{other}"), "")
        .await;
    assert_eq!(refused.0, 403);
    assert_eq!(office.anna_tries("GET", "personas/4711", "").await, refused);
    assert_eq!(office.anna_tries("POST", "personas", "{}").await.0, 403);
}
