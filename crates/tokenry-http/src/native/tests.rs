//! Users, roles, personas, sets, settings and the audit log, called through the router.

use serde_json::{Value, json};

use super::testing::Office;

/// One answer of each kind, whole.
#[tokio::test]
async fn answers_are_as_committed() {
    let office = Office::open().await;
    let role = json!({
        "name": "auditor", "label": "Auditor", "description": "Reads the log.",
        "capabilities": ["audit.read", "orders.read"], "imports": ["can_delete"],
        "grants": [{ "content_set": 2, "capability": "read sensor" }],
    });
    let role = office.post("roles", &role).await;
    let role_id = role.body["id"].clone();
    insta::assert_snapshot!("role", role);
    let user = json!({
        "name": "Berta", "roles": ["auditor", "user"], "real_name": "Berta Beispiel",
        "email": "berta@example.com", "time_zone": "Europe/Berlin", "computer_group": 3,
    });
    let user = office.post("users", &user).await.good();
    let group = json!({ "name": "Night shift", "members": [user["id"]], "roles": [role_id],
        "computer_group": 1 });
    let group = office.post("user-groups", &group).await;
    let group_id = group.body["id"].clone();
    insta::assert_snapshot!("user_group", group);
    let persona = json!({
        "name": "Reader", "display_name": "Only reads", "computer_group": 2, "roles": [role_id],
        "users": [user["id"]], "user_groups": [group_id],
    });
    insta::assert_snapshot!("persona", office.post("personas", &persona).await);
    let found = office.get(&format!("users/{}", user["id"])).await;
    insta::assert_snapshot!("user", found);
    let set = json!({ "name": "Orders", "description": "What was ordered." });
    let set = office.post("content-sets", &set).await;
    let set_id = set.body["id"].clone();
    insta::assert_snapshot!("content_set", set);
    let computers = json!({ "name": "Servers", "text": "Is Server = \"True\"", "kind": "filter",
        "content_set": set_id });
    let computers = office.post("computer-groups", &computers).await;
    insta::assert_snapshot!("computer_group", computers);
    let settings = json!({ "token_authentication": false, "api_token_string_length": 128 });
    insta::assert_snapshot!("settings", office.patch("settings", &settings).await);
    insta::assert_snapshot!("audit", office.get("audit?limit=3").await);
    insta::assert_snapshot!("capabilities", office.get("capabilities").await);
}

/// What is made is shown and listed as it was answered, with the same tag, and gone when it is deleted.
#[tokio::test]
async fn what_is_made_is_found_changed_and_deleted() {
    let office = Office::open().await;
    for (path, new, change) in [
        (
            "users",
            json!({ "name": "carla" }),
            json!({ "real_name": "Carla" }),
        ),
        (
            "user-groups",
            json!({ "name": "Crew" }),
            json!({ "members": [1] }),
        ),
        (
            "roles",
            json!({ "name": "crew" }),
            json!({ "description": "For all." }),
        ),
        (
            "personas",
            json!({ "name": "Crew", "computer_group": 2 }),
            json!({ "display_name": "The crew" }),
        ),
        (
            "content-sets",
            json!({ "name": "Crew" }),
            json!({ "description": "Theirs." }),
        ),
        (
            "computer-groups",
            json!({ "name": "Crew" }),
            json!({ "text": "all" }),
        ),
    ] {
        let made = office.post(path, &new).await;
        let (status, tag) = (made.status, made.tag.clone());
        let made = made.good();
        assert_eq!(status, 201);
        let one = format!("{path}/{}", made["id"]);
        let shown = office.get(&one).await;
        assert_eq!((&shown.body, &shown.tag), (&made, &tag), "{path}");
        let listed = office.get(path).await.good();
        let items = listed["items"].as_array().unwrap();
        assert!(items.contains(&made), "{listed:#}");

        let changed = office.patch(&one, &change).await;
        assert!(changed.tag.is_some() && changed.tag != tag, "{path}");
        let (tag, changed) = (changed.tag.clone(), changed.good());
        let shown = office.get(&one).await;
        assert_eq!((&shown.body, &shown.tag), (&changed, &tag), "{path}");

        assert_eq!(office.delete(&one).await.status, 204, "{path}");
        let gone = office.get(&one).await;
        assert_eq!(gone.refusal(), (404, "not_found", ""), "{path}");
        assert_eq!(office.delete(&one).await.status, 404, "{path}");
        assert_eq!(office.patch(&one, &change).await.status, 404, "{path}");
    }
}

/// Whoever was faster; and what another change of the world has to do with it, which is nothing.
#[tokio::test]
async fn a_change_with_a_tag_happens_only_to_what_was_read() {
    let office = Office::open().await;
    for (path, new, first, second) in [
        (
            "users",
            json!({ "name": "carla" }),
            json!({ "roles": ["user"] }),
            json!({ "locked": true }),
        ),
        (
            "user-groups",
            json!({ "name": "Crew" }),
            json!({ "members": [1] }),
            json!({ "name": "Team" }),
        ),
        (
            "roles",
            json!({ "name": "crew" }),
            json!({ "capabilities": ["search"] }),
            json!({ "deny": true }),
        ),
        (
            "personas",
            json!({ "name": "Crew", "computer_group": 2 }),
            json!({ "users": [1] }),
            json!({ "name": "Team" }),
        ),
        (
            "content-sets",
            json!({ "name": "Crew" }),
            json!({ "name": "Team" }),
            json!({ "description": "x" }),
        ),
        (
            "computer-groups",
            json!({ "name": "Crew" }),
            json!({ "text": "a" }),
            json!({ "text": "b" }),
        ),
        (
            "settings",
            Value::Null,
            json!({ "default_expiration": "+30d" }),
            json!({ "users_summary_only": true }),
        ),
    ] {
        let one = if new.is_null() {
            path.to_owned()
        } else {
            let made = office.post(path, &new).await.good();
            format!("{path}/{}", made["id"])
        };
        let read = office.get(&one).await.tag.unwrap();
        let with = |body, tag| office.call(&office.admin, "PATCH", &one, body, Some(tag));
        assert_eq!(with(&first, "\"0\"").await.refusal().0, 412, "{path}");
        let other = json!({ "name": format!("Other than {path}") });
        let _ = office.post("content-sets", &other).await.good();
        let changed = with(&first, &read).await;
        assert_eq!(changed.status, 200, "{path}: {:#}", changed.body);
        let late = with(&second, &read).await;
        assert_eq!(late.refusal(), (412, "changed_meanwhile", ""), "{path}");
        let still = office.get(&one).await;
        assert_eq!(still.body, changed.body, "nothing was changed");
        let either = format!("\"0\", {}", changed.tag.unwrap());
        assert_eq!(with(&second, &either).await.status, 200, "{path}");
    }
}

/// Fails unless each of these calls is refused for this field of its own, which is named as the request names it:
/// method, path, field, body.
async fn refuses(rows: &[(&str, &str, &str, Value)]) {
    let office = Office::open().await;
    for (method, path, field, body) in rows {
        let answer = office.call(&office.admin, method, path, body, None).await;
        let expected = (400, "invalid_value", *field);
        assert_eq!(answer.refusal(), expected, "{path}: {:#}", answer.body);
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.starts_with(field), "{detail}");
        assert!(detail.len() < 800 && !detail.contains(BIDI), "{detail}");
    }
}

/// A text whose direction turns.
const BIDI: &str = "a\u{202e}b";

/// A text that is too long for every field.
fn long() -> String {
    "x".repeat(5000)
}

#[tokio::test]
async fn what_is_wrong_of_a_user_is_named() {
    let rows = [
        ("POST", "users", "name", json!({ "name": "a b" })),
        ("POST", "users", "name", json!({ "name": long() })),
        (
            "POST",
            "users",
            "password",
            json!({ "name": "z", "password": "short" }),
        ),
        (
            "POST",
            "users",
            "roles",
            json!({ "name": "z", "roles": ["ghost"] }),
        ),
        (
            "POST",
            "users",
            "roles",
            json!({ "name": "z", "roles": ["no name"] }),
        ),
        (
            "POST",
            "users",
            "real_name",
            json!({ "name": "z", "real_name": BIDI }),
        ),
        (
            "POST",
            "users",
            "email",
            json!({ "name": "z", "email": long() }),
        ),
        (
            "POST",
            "users",
            "time_zone",
            json!({ "name": "z", "time_zone": "Mars/North" }),
        ),
        (
            "POST",
            "users",
            "computer_group",
            json!({ "name": "z", "computer_group": 77 }),
        ),
        (
            "PATCH",
            "users/1",
            "old_password",
            json!({ "password": "long enough" }),
        ),
        (
            "PATCH",
            "users/1",
            "old_password",
            json!({ "password": "long enough", "old_password": "wrong one" }),
        ),
        (
            "PATCH",
            "users/1",
            "password",
            json!({ "password": "short" }),
        ),
        ("PATCH", "users/1", "roles", json!({ "roles": ["ghost"] })),
        (
            "PATCH",
            "users/1",
            "real_name",
            json!({ "real_name": long() }),
        ),
        ("PATCH", "users/1", "email", json!({ "email": BIDI })),
        (
            "PATCH",
            "users/1",
            "time_zone",
            json!({ "time_zone": BIDI }),
        ),
        (
            "PATCH",
            "users/1",
            "computer_group",
            json!({ "computer_group": -1 }),
        ),
        ("GET", "users?role=%20", "role", Value::Null),
        ("GET", "users?limit=0", "limit", Value::Null),
        ("GET", "users?limit=1001", "limit", Value::Null),
        ("GET", "users?cursor=%25", "cursor", Value::Null),
    ];
    refuses(&rows).await;
}

#[tokio::test]
async fn what_is_wrong_of_a_role_is_named() {
    let rows = [
        ("POST", "roles", "name", json!({ "name": "Größe" })),
        (
            "POST",
            "roles",
            "label",
            json!({ "name": "z", "label": " z" }),
        ),
        (
            "POST",
            "roles",
            "label",
            json!({ "name": "z", "label": long() }),
        ),
        (
            "POST",
            "roles",
            "description",
            json!({ "name": "z", "description": long() }),
        ),
        (
            "POST",
            "roles",
            "capabilities",
            json!({ "name": "z", "capabilities": ["A"] }),
        ),
        (
            "POST",
            "roles",
            "imports",
            json!({ "name": "z", "imports": ["ghost"] }),
        ),
        (
            "POST",
            "roles",
            "imports",
            json!({ "name": "z", "imports": ["no name"] }),
        ),
        (
            "POST",
            "roles",
            "grants",
            json!({ "name": "z", "grants": [{ "content_set": 1, "capability": "A" }] }),
        ),
        (
            "POST",
            "roles",
            "grants",
            json!({ "name": "z", "grants": [{ "content_set": 77, "capability": "a" }] }),
        ),
        (
            "PATCH",
            "roles/12",
            "imports",
            json!({ "imports": ["can_delete"] }),
        ),
        (
            "PATCH",
            "roles/12",
            "grants",
            json!({ "grants": [{ "content_set": 1, "capability": "a" }] }),
        ),
        ("PATCH", "roles/12", "label", json!({ "label": "" })),
    ];
    refuses(&rows).await;
}

#[tokio::test]
async fn what_is_wrong_of_a_group_or_persona_is_named() {
    let rows = [
        ("POST", "user-groups", "name", json!({ "name": "" })),
        ("POST", "user-groups", "name", json!({ "name": long() })),
        (
            "POST",
            "user-groups",
            "members",
            json!({ "name": "z", "members": [77] }),
        ),
        (
            "POST",
            "user-groups",
            "roles",
            json!({ "name": "z", "roles": [77] }),
        ),
        (
            "POST",
            "user-groups",
            "computer_group",
            json!({ "name": "z", "computer_group": 77 }),
        ),
        (
            "POST",
            "personas",
            "name",
            json!({ "name": BIDI, "computer_group": 1 }),
        ),
        (
            "POST",
            "personas",
            "computer_group",
            json!({ "name": "z", "computer_group": 77 }),
        ),
        ("POST", "personas", "computer_group", json!({ "name": "z" })),
        (
            "POST",
            "personas",
            "display_name",
            json!({ "name": "z", "computer_group": 1, "display_name": long() }),
        ),
        (
            "POST",
            "personas",
            "roles",
            json!({ "name": "z", "computer_group": 1, "roles": [77] }),
        ),
        (
            "POST",
            "personas",
            "users",
            json!({ "name": "z", "computer_group": 1, "users": [77] }),
        ),
        (
            "POST",
            "personas",
            "user_groups",
            json!({ "name": "z", "computer_group": 1, "user_groups": [77] }),
        ),
    ];
    refuses(&rows).await;
}

#[tokio::test]
async fn what_is_wrong_of_a_set_or_in_a_question_is_named() {
    let rows = [
        ("POST", "content-sets", "name", json!({ "name": "z " })),
        (
            "POST",
            "content-sets",
            "description",
            json!({ "name": "z", "description": BIDI }),
        ),
        (
            "POST",
            "computer-groups",
            "text",
            json!({ "name": "z", "text": long() }),
        ),
        (
            "POST",
            "computer-groups",
            "kind",
            json!({ "name": "z", "kind": "x" }),
        ),
        (
            "POST",
            "computer-groups",
            "content_set",
            json!({ "name": "z", "content_set": 77 }),
        ),
        ("GET", "audit?action=ghost", "action", Value::Null),
        ("GET", "audit?token=7", "token", Value::Null),
        ("GET", "audit?since=today", "since", Value::Null),
        ("GET", "audit?until=2026-11-22", "until", Value::Null),
        ("GET", "audit?before=-1", "before", Value::Null),
        ("GET", "audit?after=-1", "after", Value::Null),
        ("GET", "audit?limit=0", "limit", Value::Null),
    ];
    refuses(&rows).await;
}

#[tokio::test]
async fn what_is_wrong_of_a_setting_is_named() {
    let rows = [
        (
            "PATCH",
            "settings",
            "token_authentication",
            json!({ "token_authentication": 1 }),
        ),
        (
            "PATCH",
            "settings",
            "default_expiration",
            json!({ "default_expiration": "soon" }),
        ),
        (
            "PATCH",
            "settings",
            "default_expiration",
            json!({ "default_expiration": "-1d" }),
        ),
        (
            "PATCH",
            "settings",
            "default_expiration",
            json!({ "default_expiration": "+19y" }),
        ),
        (
            "PATCH",
            "settings",
            "ephemeral_expiration",
            json!({ "ephemeral_expiration": "+7h" }),
        ),
        (
            "PATCH",
            "settings",
            "ephemeral_expiration",
            json!({ "ephemeral_expiration": "never" }),
        ),
        (
            "PATCH",
            "settings",
            "api_token_expiration_in_days",
            json!({ "api_token_expiration_in_days": 0 }),
        ),
        (
            "PATCH",
            "settings",
            "api_token_max_expiration_in_days",
            json!({ "api_token_max_expiration_in_days": 36_501 }),
        ),
        (
            "PATCH",
            "settings",
            "api_token_trusted_ip_address_list",
            json!({ "api_token_trusted_ip_address_list": ["1.2.3"] }),
        ),
        (
            "PATCH",
            "settings",
            "authenticate_api_token_with_x_forwarded_for_ip",
            json!({ "authenticate_api_token_with_x_forwarded_for_ip": true }),
        ),
        (
            "PATCH",
            "settings",
            "api_token_string_length",
            json!({ "api_token_string_length": 63 }),
        ),
        (
            "PATCH",
            "settings",
            "api_token_visibility_timeout_in_minutes",
            json!({ "api_token_visibility_timeout_in_minutes": 61 }),
        ),
        (
            "PATCH",
            "settings",
            "module_servers",
            json!({ "module_servers": ["x"] }),
        ),
    ];
    refuses(&rows).await;
}

/// NT-65: a token makes no password, of nobody.
#[tokio::test]
async fn nt65_a_token_changes_no_password_and_makes_none() {
    let office = Office::open().await;
    let made = office.post("tokens", &json!({})).await.good();
    let token = made["token"].as_str().unwrap();
    let anna = office.get("users?search=anna").await.good()["items"][0]["id"].clone();
    let anna = format!("users/{anna}");
    let password = json!({ "password": "another pa55w0rd" });
    let own = json!({ "password": "another pa55w0rd", "old_password": "pa55w0rd of admin" });
    let new = json!({ "name": "dora", "password": "pa55w0rd of dora" });
    for (method, path, body) in [
        ("PATCH", anna.as_str(), &password),
        ("PATCH", "users/1", &own),
        ("POST", "users", &new),
    ] {
        let refused = office.call(token, method, path, body, None).await;
        assert_eq!(refused.refusal(), (403, "sign_in_required", ""), "{path}");
    }
    let without = json!({ "name": "dora" });
    let made = office.call(token, "POST", "users", &without, None).await;
    assert_eq!(made.status, 201, "what is no password a token can set");
    let changed = office.patch(&anna, &password).await;
    assert_eq!(changed.status, 200, "who signed in can set it");
}

#[tokio::test]
async fn users_are_found_by_any_of_their_names_and_role_a_page_at_a_time() {
    let office = Office::open().await;
    for (name, real_name, email) in [
        ("u1", "Ärger Über", "x@example.com"),
        ("u2", "", "über@example.com"),
        ("u3-üBER", "", ""),
        ("u4", "nobody", ""),
    ] {
        let new = json!({ "name": name, "real_name": real_name, "email": email,
            "roles": if name == "u2" { vec![] } else { vec!["power"] } });
        let _ = office.post("users", &new).await.good();
    }
    let names = async |query: &str| {
        let page = office.get(&format!("users{query}")).await.good();
        let items = page["items"].as_array().unwrap().iter();
        let names = items.map(|one| one["name"].as_str().unwrap().to_owned());
        (
            names.collect::<Vec<_>>(),
            page["next"].clone(),
            page["total"].clone(),
        )
    };
    let (found, next, total) = names("?search=%C3%9Cber").await;
    assert_eq!(
        (found, next, total),
        (
            vec!["u1".to_owned(), "u2".to_owned(), "u3-über".to_owned()],
            Value::Null,
            json!(3)
        )
    );
    let (found, ..) = names("?search=%C3%9Cber&role=power").await;
    assert_eq!(found, ["u1", "u3-über"]);
    let (found, _, total) = names("?role=ghost").await;
    assert_eq!((found.len(), total), (0, json!(0)));
    let (mut seen, mut query) = (Vec::new(), "?limit=4".to_owned());
    loop {
        let (found, next, total) = names(&query).await;
        assert_eq!(total, 6);
        seen.extend(found);
        let Some(next) = next.as_str() else { break };
        query = format!("?limit=4&cursor={next}");
    }
    assert_eq!(seen, ["admin", "anna", "u1", "u2", "u3-über", "u4"]);
}

/// NT-19: who may not list sees himself, and of all others the same.
#[tokio::test]
async fn nt19_what_one_may_not_see_looks_like_what_there_is_not() {
    let office = Office::open().await;
    let as_anna = async |method: &str, path: &str| {
        let body = if method == "PATCH" {
            json!({})
        } else {
            Value::Null
        };
        let expected = (method == "PATCH").then_some("\"0\"");
        let answer = office
            .call(&office.anna, method, path, &body, expected)
            .await;
        (answer.status, answer.body.to_string())
    };
    let persona = json!({ "name": "Hers not", "computer_group": 2 });
    let persona = office.post("personas", &persona).await.good()["id"].to_string();
    for (path, there) in [
        ("users", "1"),
        ("user-groups", "1"),
        ("roles", "1"),
        ("personas", persona.as_str()),
        ("content-sets", "1"),
        ("computer-groups", "1"),
    ] {
        for method in ["GET", "PATCH", "DELETE"] {
            let foreign = as_anna(method, &format!("{path}/{there}")).await;
            let unknown = as_anna(method, &format!("{path}/987654")).await;
            assert_eq!(foreign, unknown, "{method} {path}");
            assert_eq!(foreign.0, 403, "{method} {path}");
        }
        let none = office.get(&format!("{path}/987654")).await;
        let bad = office.get(&format!("{path}/+1")).await;
        let name = office.get(&format!("{path}/admin")).await;
        assert_eq!((none.status, bad.status, name.status), (404, 404, 404));
    }
    let own = as_anna("GET", "personas").await;
    assert_eq!(own, (200, r#"{"items":[]}"#.to_owned()));
    for path in ["users", "roles", "capabilities", "settings", "audit"] {
        assert_eq!(as_anna("GET", path).await.0, 403, "{path}");
    }
}

/// Her own persona she sees, and not who else has it.
#[tokio::test]
async fn nt19_who_acts_as_a_persona_sees_nobody_else_in_it() {
    let office = Office::open().await;
    let found = office.get("users?search=anna").await.good();
    let anna = found["items"][0]["id"].as_i64().unwrap();
    let group = json!({ "name": "Others", "members": [1] });
    let group = office.post("user-groups", &group).await.good()["id"].clone();
    let persona = json!({ "name": "Shared", "computer_group": 2, "users": [1, anna],
        "user_groups": [group] });
    let made = office.post("personas", &persona).await.good();
    assert_eq!(made["users"].as_array().unwrap().len(), 2);
    let path = format!("personas/{}", made["id"]);
    let seen = office
        .call(&office.anna, "GET", &path, &Value::Null, None)
        .await
        .good();
    assert_eq!(seen["users"], json!([{ "id": anna, "name": "anna" }]));
    assert_eq!(seen["user_groups"], json!([]));
}

/// A role made anew under an old name is another one.
#[tokio::test]
async fn nt14_an_old_id_never_means_what_came_later() {
    let office = Office::open().await;
    for (path, change) in [
        ("roles", json!({ "description": "x" })),
        ("users", json!({ "email": "x" })),
    ] {
        let new = json!({ "name": "again" });
        let first = office.post(path, &new).await.good()["id"].clone();
        let old = format!("{path}/{first}");
        assert_eq!(office.delete(&old).await.status, 204);
        let second = office.post(path, &new).await.good()["id"].clone();
        assert_ne!(first, second);
        assert_eq!(office.patch(&old, &change).await.status, 404);
        assert_eq!(office.delete(&old).await.status, 404);
        let still = office.get(&format!("{path}/{second}")).await;
        assert_eq!(still.status, 200);
    }
}

#[tokio::test]
async fn roles_tell_what_they_grant_in_the_end_and_who_has_them() {
    let office = Office::open().await;
    let base = json!({ "name": "base", "capabilities": ["orders.read", "orders.write"] });
    let base = office.post("roles", &base).await.good();
    let top = json!({ "name": "top", "capabilities": ["orders.delete"], "imports": ["base"] });
    let top = office.post("roles", &top).await.good();
    let all = json!(["orders.delete", "orders.read", "orders.write"]);
    assert_eq!(
        (&top["capabilities"], &top["effective"]),
        (&json!(["orders.delete"]), &all)
    );
    for name in ["x", "y"] {
        let user = json!({ "name": name, "roles": ["base"] });
        let _ = office.post("users", &user).await.good();
    }
    let group = json!({ "name": "Group", "roles": [base["id"]] });
    let _ = office.post("user-groups", &group).await.good();
    let persona = json!({ "name": "Persona", "computer_group": 2, "roles": [base["id"]] });
    let _ = office.post("personas", &persona).await.good();
    let path = format!("roles/{}", base["id"]);
    let shown = office.get(&path).await;
    assert_eq!(
        (&shown.body["users"], &shown.body["given_by"]),
        (&json!(2), &json!(2))
    );
    let listed = office.get("roles").await.good();
    assert!(listed["items"].as_array().unwrap().contains(&shown.body));
    // Who holds it is not part of it.
    let user = json!({ "name": "z", "roles": ["base"] });
    let _ = office.post("users", &user).await.good();
    assert_eq!(office.get(&path).await.tag, shown.tag);
}

#[tokio::test]
async fn the_audit_log_is_read_by_conditions_and_in_pages() {
    let office = Office::open().await;
    for name in ["One", "Two", "Three"] {
        let _ = office
            .post("content-sets", &json!({ "name": name }))
            .await
            .good();
    }
    let targets = async |query: &str| {
        let page = office.get(&format!("audit{query}")).await.good();
        let items = page["items"].as_array().unwrap().iter();
        let targets = items.map(|one| one["target"].as_str().unwrap_or("").to_owned());
        (targets.collect::<Vec<_>>(), page["next"].clone())
    };
    let all = "?action=create_content_set";
    let (found, next) = targets(all).await;
    assert_eq!(
        (found, next),
        (
            ["Three", "Two", "One"].map(str::to_owned).to_vec(),
            Value::Null
        )
    );
    let (found, next) = targets(&format!("{all}&limit=2")).await;
    assert_eq!(found, ["Three", "Two"]);
    let (found, next) = targets(&format!("{all}&limit=2&before={next}")).await;
    assert_eq!((found, next), (vec!["One".to_owned()], Value::Null));
    let both = targets(&format!("{all}&action=create_user")).await.0;
    assert_eq!(both, ["Three", "Two", "One", "anna"]);
    for none in [
        "?actor=anna&action=create_user",
        "?until=2026-01-01T00:00:00Z",
        "?since=2026-12-01T00:00:00Z",
    ] {
        assert_eq!(targets(none).await.0.len(), 0, "{none}");
    }
    assert_eq!(
        targets(&format!("{all}&since=2026-03-02T10:00:00%2B01:00"))
            .await
            .0
            .len(),
        3
    );
}
