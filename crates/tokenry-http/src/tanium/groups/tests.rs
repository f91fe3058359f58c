//! Computer groups of all kinds, content sets and user groups on the wire.

use crate::tanium::testing::Office;

#[tokio::test]
async fn a_group_is_made_by_its_route_or_its_flags_and_found_where_it_belongs() {
    let office = Office::open().await;
    let kinds = [
        "computer_groups",
        "filter_groups",
        "management_rights_groups",
    ];
    let cases = [
        ("computer_groups", "{}", 0),
        ("filter_groups", "{}", 1),
        ("management_rights_groups", r#"{"filter_flag":1}"#, 2),
        ("groups", "{}", 0),
        ("groups", r#"{"filter_flag":true}"#, 1),
        ("groups", r#"{"management_rights_flag":"1"}"#, 2),
    ];
    for (number, (route, flags, kind)) in cases.iter().enumerate() {
        let mut body: serde_json::Value = serde_json::from_str(flags).unwrap();
        body["name"] = format!("g{number}").into();
        let made = office.does("POST", route, &body.to_string()).await;
        assert_eq!(made.as_object().unwrap().len(), 1, "the id alone: {made}");
        let id = &made["id"];
        for (index, route) in kinds.iter().enumerate() {
            let expected = if index == *kind { 200 } else { 404 };
            let one = format!("{route}/{id}");
            assert_eq!(office.tries("GET", &one, "").await.0, expected, "{one}");
            let named = format!("{route}/by-name/G{number}");
            assert_eq!(office.tries("GET", &named, "").await.0, expected, "{named}");
        }
        let _ = office.does("GET", &format!("groups/{id}"), "").await;
    }
}

/// The keys of spec/tanium.md 6.5.
#[tokio::test]
async fn a_group_is_printed_whole() {
    let office = Office::open().await;
    let group = office.does("GET", "groups/2", "").await;
    assert_eq!(
        group.to_string(),
        r#"{"id":2,"name":"No Computers","text":"","type":0,"filter_flag":false,"management_rights_flag":true,"deleted_flag":false,"filters":[],"sub_groups":[],"content_set":{"id":1}}"#
    );
    let made = office.does("POST", "groups", r#"{"name":"mine"}"#).await["id"].clone();
    let one = format!("groups/{made}");
    let edited = office.does("PATCH", &one, r#"{"text":"x"}"#).await;
    assert_eq!((&edited["type"], &edited["text"]), (&1.into(), &"x".into()));
    assert_eq!(office.does("DELETE", &one, "").await["deleted_flag"], true);
    assert_eq!(office.tries("GET", &one, "").await.0, 404);
}

#[tokio::test]
async fn content_sets_and_user_groups_are_printed_whole() {
    let office = Office::open().await;
    let set = office
        .does("GET", "content_sets/by-name/reserved", "")
        .await;
    assert_eq!(
        set.to_string(),
        r#"{"id":1,"name":"Reserved","description":"","reserved_name":"Reserved","deleted_flag":0}"#
    );
    let body = r#"{"name":"Team","user_list":[{"id":1}],"content_set_role_list":[{"id":20}],"group":{"id":3}}"#;
    let group = office.does("POST", "user_groups", body).await;
    let one = format!("user_groups/{}", group["id"]);
    assert_eq!(
        group.to_string().replace(&group["id"].to_string(), "…"),
        r#"{"id":…,"name":"Team","deleted_flag":0,"group":{"id":3},"user_list":[{"id":1}],"content_set_role_list":[{"id":20}],"modified_time":"2026-03-02T09:00:00Z"}"#
    );
    let named = office
        .does("PATCH", "user_groups/by-name/team", r#"{"user_list":[]}"#)
        .await;
    assert_eq!(named["user_list"], serde_json::json!([]));
    assert_eq!(office.does("DELETE", &one, "").await["deleted_flag"], 1);
    assert_eq!(office.tries("GET", &one, "").await.0, 404);
}

#[tokio::test]
async fn what_is_refused_is_named_and_a_plain_user_sees_none() {
    let office = Office::open().await;
    for (method, path, body, status, name) in [
        ("POST", "groups", "{}", 400, "ComputerGroupNameRequired"),
        (
            "POST",
            "groups",
            r#"{"name":"default"}"#,
            400,
            "ComputerGroupAlreadyExists",
        ),
        (
            "POST",
            "groups",
            r#"{"name":"x","text":"a\nb"}"#,
            400,
            "InvalidGroupQueryText",
        ),
        (
            "PATCH",
            "groups/2",
            r#"{"id":2}"#,
            400,
            "TooManyTagsWithSameName",
        ),
        ("PATCH", "groups/2", r#"{"name":"x"}"#, 400, "built-in"),
        ("GET", "groups/9", "", 404, "ComputerGroupNotFound"),
        ("POST", "content_sets", "{}", 400, "ContentSetNameRequired"),
        (
            "POST",
            "content_sets",
            r#"{"name":"default"}"#,
            400,
            "ContentSetAlreadyExists",
        ),
        ("DELETE", "content_sets/1", "", 400, "built-in"),
        (
            "GET",
            "content_sets/by-name/x",
            "",
            404,
            "ContentSetNotFound",
        ),
        ("POST", "user_groups", "{}", 400, "UserGroupNameRequired"),
        (
            "PATCH",
            "user_groups/by-name/x",
            r#"{"name":"x"}"#,
            400,
            "TooManyTagsWithSameName",
        ),
        ("GET", "user_groups/9", "", 404, "UserGroupNotFound"),
    ] {
        let (actual, text) = office.tries(method, path, body).await;
        assert_eq!(actual, status, "{method} {path} {body}: {text}");
        assert!(text.contains(name), "{text}");
        assert_eq!(office.anna_tries(method, path, body).await.0, 403, "{path}");
    }
}
