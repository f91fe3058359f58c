//! Users on the wire: order of keys, flags, options, names, and who sees whom.

use serde_json::Value;

use crate::tanium::testing::Office;

fn keys(value: &Value) -> Vec<&str> {
    let keys = value.as_object().unwrap().keys();
    keys.map(String::as_str).collect()
}

fn path(user: &Value) -> String {
    format!("users/{}", user["id"])
}

/// The vendor's order (spec/tanium.md 6.1).
#[tokio::test]
async fn a_user_is_printed_whole() {
    let office = Office::open().await;
    let body = r#"{"name":"Svc-Report","domain":"lab","display_name":"Reports","group_id":"3",
        "content_set_roles":[{"id":20}],"metadata":[{"name":"colour","value":"red"}],"unknown":1}"#;
    let user = office.does("POST", "users", body).await;
    assert_eq!(office.does("GET", &path(&user), "").await, user);
    let by_name = office.does("GET", "users/by-name/SVC-report", "").await;
    assert_eq!(by_name, user);
    let mut user = user;
    user["id"] = "…".into();
    insta::assert_snapshot!(format!("{user:#}"));
}

#[tokio::test]
async fn options_shorten_lengthen_and_unhide() {
    let office = Office::open().await;
    let user = office.does("POST", "users", r#"{"name":"svc"}"#).await;
    let user = path(&user);
    let deleted = office.does("DELETE", &user, "").await;
    assert_eq!(deleted["deleted_flag"], true);

    let names = |list: Value| -> Vec<String> {
        let all = list.as_array().unwrap().iter();
        all.map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let hidden = r#"{"include_hidden_flag":1}"#;
    assert_eq!(
        names(office.does("GET", "users", "").await),
        ["admin", "anna"]
    );
    assert_eq!(
        names(office.does_with("users", hidden).await),
        ["admin", "anna", "svc"]
    );
    assert_eq!(office.does("GET", &user, "").await["deleted_flag"], true);

    let summary = office.does_with("users", r#"{"summary":"1"}"#).await;
    let short = ["id", "name", "domain", "display_name", "deleted_flag"];
    assert_eq!(keys(&summary[0]), short);
    let listed = office.does("GET", "users", "").await;
    assert!(!keys(&listed[0]).contains(&"personas"));
    let whole = office
        .does_with("users/1", r#"{"include_user_details":1}"#)
        .await;
    assert_eq!(whole["active_session_count"], 1);
    let compact = office
        .does_with("users/1", r#"{"serialize_authorization_flag":1}"#)
        .await;
    let held = &compact["effective_content_set_privileges"][0];
    assert_eq!(held["content_set"], 1);
    assert!(held["content_set_privilege_list"][0].is_string());
}

#[tokio::test]
async fn where_only_summaries_are_allowed_the_list_says_so() {
    let office = Office::open().await;
    let body = r#"{"value":1}"#;
    let setting = "system_settings/by-name/UsersNonSummaryViewDisallowed";
    let _ = office.does("PATCH", setting, body).await;
    let (status, text) = office.tries("GET", "users", "").await;
    assert_eq!(status, 400);
    assert!(text.contains("UsersNonSummaryViewDisallowed"), "{text}");
    let summary = office.does_with("users", r#"{"summary":1}"#).await;
    assert_eq!(summary.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_user_is_locked_deleted_and_brought_back() {
    let office = Office::open().await;
    let user = office.does("POST", "users", r#"{"name":"svc"}"#).await;
    let path = path(&user);
    for (body, key, expected) in [
        (r#"{"locked_out":2}"#, "locked_out", Value::from(2)),
        (r#"{"locked_out":"0"}"#, "locked_out", Value::from(0)),
        (r#"{"display_name":"S"}"#, "display_name", "S".into()),
        (r#"{"deleted_flag":1}"#, "deleted_flag", true.into()),
    ] {
        assert_eq!(
            office.does("PATCH", &path, body).await[key],
            expected,
            "{body}"
        );
    }
    let (status, text) = office.tries("PATCH", &path, r#"{"locked_out":1}"#).await;
    assert_eq!(status, 404);
    assert!(text.contains("UserNotFound"), "{text}");
    let back = r#"{"deleted_flag":0}"#;
    let back = office.does("PATCH", "users/by-name/svc", back).await;
    assert_eq!(
        (&back["deleted_flag"], &back["display_name"]),
        (&false.into(), &"S".into())
    );
}

#[tokio::test]
async fn what_is_refused_is_named_and_repeats_nothing() {
    let office = Office::open().await;
    for (method, path, body, status, name) in [
        ("POST", "users", "{}", 400, "UserNameRequired"),
        (
            "POST",
            "users",
            r#"{"name":"ANNA"}"#,
            400,
            "UserAlreadyExists",
        ),
        ("POST", "users", r#"{"name":"a b"}"#, 400, "InvalidUserName"),
        (
            "POST",
            "users",
            r#"{"name":"x","content_set_roles":[{"id":404}]}"#,
            400,
            "content_set_roles",
        ),
        (
            "POST",
            "users",
            r#"{"name":"x","group_id":404}"#,
            400,
            "group_id",
        ),
        (
            "PATCH",
            "users/1",
            r#"{"id":1}"#,
            400,
            "TooManyTagsWithSameName",
        ),
        (
            "PATCH",
            "users/by-name/anna",
            r#"{"name":"anna"}"#,
            400,
            "TooManyTagsWithSameName",
        ),
        (
            "PATCH",
            "users/1",
            r#"{"name":"root"}"#,
            400,
            "InvalidUserName",
        ),
        ("PATCH", "users/1", r#"{"locked_out":4}"#, 400, "locked_out"),
        (
            "PATCH",
            "users/1",
            r#"{"locked_out":-1}"#,
            400,
            "locked_out",
        ),
        (
            "PATCH",
            "users/1",
            r#"{"deleted_flag":2}"#,
            400,
            "deleted_flag",
        ),
        (
            "PATCH",
            "users/1",
            r#"{"metadata":[{"name":"x"}]}"#,
            400,
            "metadata",
        ),
        ("GET", "users/404", "", 404, "UserNotFound"),
        ("GET", "users/x", "", 404, "UserNotFound"),
        ("GET", "users/by-name/ghost", "", 404, "UserNotFound"),
        ("DELETE", "users/4031", "", 404, "UserNotFound"),
    ] {
        let (actual, text) = office.tries(method, path, body).await;
        assert_eq!(actual, status, "{method} {path} {body}: {text}");
        assert!(text.contains(name), "{text}");
        assert!(
            !["401", "403", "404", "ghost", "root"]
                .iter()
                .any(|one| text.contains(one)),
            "{text}"
        );
    }
    for c in r"/\[]:;|=,+*?<>".chars() {
        let body = serde_json::json!({ "name": format!("a{c}b") }).to_string();
        let (status, text) = office.tries("POST", "users", &body).await;
        assert!(
            status == 400 && text.contains("InvalidUserName"),
            "{c}: {text}"
        );
    }
    let _ = office.does("PATCH", "users/1", r#"{"name":"Admin"}"#).await;
}

#[tokio::test]
async fn a_plain_user_sees_himself_and_cannot_tell_who_else_there_is() {
    let office = Office::open().await;
    let anna = office.does("GET", "users/by-name/anna", "").await;
    for path in [path(&anna), "users/by-name/Anna".to_owned()] {
        let (status, text) = office.anna_tries("GET", &path, "").await;
        assert_eq!(status, 200, "{text}");
    }
    let refused = office.anna_tries("GET", "users", "").await;
    assert_eq!(refused.0, 403);
    assert!(
        refused.1.contains("RBACInsufficientPrivilege"),
        "{}",
        refused.1
    );
    for path in [
        "users/1",
        "users/4711",
        "users/by-name/admin",
        "users/by-name/ghost",
        "users/1/metadata",
    ] {
        assert_eq!(office.anna_tries("GET", path, "").await, refused, "{path}");
    }
    let own = path(&anna);
    for (path, body) in [
        ("users/1", r#"{"display_name":"x"}"#),
        ("users/4711", r#"{"display_name":"x"}"#),
        ("users/1", r#"{"name":"guess"}"#),
        ("users/by-name/anna", r#"{"content_set_roles":[{"id":1}]}"#),
        (
            "users/by-name/anna",
            r#"{"content_set_roles":[{"id":4711}]}"#,
        ),
        (&own, r#"{"locked_out":0}"#),
        (&own, r#"{"group_id":1}"#),
    ] {
        let (status, text) = office.anna_tries("PATCH", path, body).await;
        assert_eq!(status, 403, "{path} {body}: {text}");
    }
}

#[tokio::test]
async fn metadata_is_kept_by_name() {
    let office = Office::open().await;
    let list = "users/1/metadata";
    let one = "users/1/metadata/by-name/colour";
    let made = office
        .does("POST", list, r#"{"name":"colour","value":"red"}"#)
        .await;
    assert_eq!(made.to_string(), r#"{"name":"colour","value":"red"}"#);
    let edited = office.does("PATCH", one, r#"{"value":"blue"}"#).await;
    assert_eq!(edited["value"], "blue");
    assert_eq!(
        office.does("GET", list, "").await,
        serde_json::json!([edited])
    );
    assert_eq!(office.does("DELETE", one, "").await, edited);
    for method in ["GET", "PATCH", "DELETE"] {
        assert_eq!(office.tries(method, one, "").await.0, 404, "{method}");
    }
}
