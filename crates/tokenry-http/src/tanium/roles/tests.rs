//! Roles, privileges and memberships on the wire.

use crate::tanium::testing::Office;

#[tokio::test]
async fn a_role_is_printed_whole_with_its_privileges() {
    let office = Office::open().await;
    let body = r#"{"name":"Token Readers","description":"who reads tokens","deny_flag":"0"}"#;
    let role = office.does("POST", "content_set_roles", body).await["id"].clone();
    let body = format!(
        r#"{{"content_set":{{"id":1}},"content_set_privilege":{{"name":"view token"}},"content_set_role":{{"id":{role}}}}}"#
    );
    let entry = office
        .does("POST", "content_set_role_privileges", &body)
        .await;
    let path = format!("content_set_roles/{role}");
    let whole = office.does("GET", &path, "").await;
    assert_eq!(whole["content_set_role_privileges"][0], entry);
    let mut shown = whole;
    shown["id"] = "…".into();
    shown["content_set_role_privileges"][0]["id"] = "…".into();
    shown["content_set_role_privileges"][0]["content_set_role"]["id"] = "…".into();
    insta::assert_snapshot!(format!("{shown:#}"));

    let entry = format!("content_set_role_privileges/{}", entry["id"]);
    let all = r#"{"all_content_sets_flag":1}"#;
    let all = office.does("PATCH", &path, all).await;
    assert_eq!(all["all_content_sets_flag"], "1");
    assert_eq!(
        all["content_set_role_privileges"][0]["content_set"]["id"],
        0
    );
    assert_eq!(
        office.tries("GET", &entry, "").await.0,
        404,
        "it is another entry now"
    );
    let entry = &all["content_set_role_privileges"][0]["id"];
    let entry = format!("content_set_role_privileges/{entry}");
    let _ = office.does("DELETE", &entry, "").await;
    let _ = office.does("DELETE", &path, "").await;
    let (status, text) = office.tries("GET", &path, "").await;
    assert!(
        status == 404 && text.contains("ContentSetRoleNotFound"),
        "{text}"
    );
}

#[tokio::test]
async fn a_privilege_is_named_by_its_name_or_its_id() {
    let office = Office::open().await;
    let list = office.does("GET", "content_set_privileges", "").await;
    let found = list.as_array().unwrap().iter();
    let found = found
        .into_iter()
        .find(|one| one["name"] == "use token")
        .unwrap();
    assert_eq!(
        found.to_string().replace(&found["id"].to_string(), "…"),
        r#"{"id":…,"name":"use token","reserved_name":"use token","privilege_type":"use","privilege_module":"","explicit_only_flag":0,"deleted_flag":0}"#
    );
    let path = format!("content_set_privileges/{}", found["id"]);
    assert_eq!(office.does("GET", &path, "").await, *found);
    let role = r#"{"name":"r","all_content_sets_flag":"1"}"#;
    let role = office.does("POST", "content_set_roles", role).await["id"].clone();
    let body = format!(
        r#"{{"content_set_privilege":{{"id":{}}},"content_set_role":{{"id":{role}}}}}"#,
        found["id"]
    );
    let entry = office
        .does("POST", "content_set_role_privileges", &body)
        .await;
    assert_eq!(entry["content_set_privilege"]["name"], "use token");
    let effective = office
        .does("GET", "effective_content_set_privileges", "")
        .await;
    assert_eq!(effective[0]["content_set"].to_string(), r#"{"id":1}"#);
    assert!(effective[0]["content_set_privilege_list"][0]["name"].is_string());
}

#[tokio::test]
async fn memberships_are_made_found_and_ended() {
    let office = Office::open().await;
    let anna = office.does("GET", "users/by-name/anna", "").await["id"].clone();
    let group = office.does("POST", "user_groups", r#"{"name":"g"}"#).await["id"].clone();
    for (path, key, holder) in [
        ("content_set_role_memberships", "user", &anna),
        (
            "content_set_user_group_role_memberships",
            "user_group",
            &group,
        ),
    ] {
        let body = format!(r#"{{"content_set_role":{{"id":20}},"{key}":{{"id":{holder}}}}}"#);
        let made = office.does("POST", path, &body).await;
        let one = format!("{path}/{}", made["id"]);
        assert_eq!(office.does("GET", &one, "").await, made);
        assert_eq!(made[key]["id"], *holder);
        let list = office.does("GET", path, "").await;
        assert!(list.as_array().unwrap().contains(&made));
        assert_eq!(office.does("DELETE", &one, "").await, made);
        assert_eq!(office.tries("GET", &one, "").await.0, 404);
        assert_eq!(office.anna_tries("POST", path, "{}").await.0, 403);
        assert_eq!(office.anna_tries("GET", path, "").await.0, 403);
    }
    let by_role = office
        .does("GET", "content_set_roles/memberships", "")
        .await;
    let admins = by_role.as_array().unwrap().iter();
    let admins = admins
        .into_iter()
        .find(|one| one["content_set_role"]["id"] == 1)
        .unwrap();
    assert_eq!(
        admins.to_string(),
        r#"{"content_set_role":{"id":1,"name":"Administrator"},"users":[{"id":1,"name":"admin"}],"user_groups":[]}"#
    );
}

#[tokio::test]
async fn what_is_refused_is_named() {
    let office = Office::open().await;
    for (method, path, body, status, name) in [
        (
            "POST",
            "content_set_roles",
            "{}",
            400,
            "ContentSetRoleNameRequired",
        ),
        (
            "POST",
            "content_set_roles",
            r#"{"name":"ADMINISTRATOR"}"#,
            400,
            "ContentSetRoleAlreadyExists",
        ),
        (
            "PATCH",
            "content_set_roles/20",
            r#"{"id":20}"#,
            400,
            "TooManyTagsWithSameName",
        ),
        (
            "PATCH",
            "content_set_roles/20",
            r#"{"deny_flag":"1"}"#,
            400,
            "built-in",
        ),
        ("DELETE", "content_set_roles/1", "", 400, "built-in"),
        (
            "POST",
            "content_set_role_privileges",
            "{}",
            400,
            "content_set_role",
        ),
        (
            "POST",
            "content_set_role_privileges",
            r#"{"content_set_role":{"id":20},"content_set_privilege":{"name":"A"}}"#,
            400,
            "content_set_privilege",
        ),
        (
            "GET",
            "content_set_role_privileges/9",
            "",
            404,
            "ObjectNotFound",
        ),
        ("GET", "user/9/effective-roles", "", 404, "UserNotFound"),
    ] {
        let (actual, text) = office.tries(method, path, body).await;
        assert_eq!(actual, status, "{method} {path} {body}: {text}");
        assert!(text.contains(name), "{text}");
        assert_eq!(office.anna_tries(method, path, body).await.0, 403, "{path}");
    }
}
