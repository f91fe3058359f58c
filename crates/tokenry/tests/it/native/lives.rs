//! Tokens after they are made: listed, changed, rotated, revealed, revoked; and who may do it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokenry_testkit::{
    client::{Answer, Client, Method},
    server::Server,
};

use super::{BINARY, CONTEXT, TOKENS, admin, create, post, refused, text};

const PASSWORD: &str = "another good password";

fn at(made: &Value, rest: &str) -> String {
    format!("{TOKENS}/{}{rest}", text(made, "id"))
}

async fn call(client: &Client, method: Method, path: &str, body: &Value) -> Answer {
    client.send_json(method, path, body).await
}

/// Fails unless it was answered with this status.
#[track_caller]
fn done(status: u16, answer: &Answer) {
    assert_eq!(answer.status, status, "{}", answer.text);
}

async fn works(server: &Server, made: &Value) -> bool {
    server.bearer(text(made, "token")).get(CONTEXT).await.status == 200
}

/// Somebody who may make, see and rotate his own tokens, signed in.
async fn somebody(server: &Server, admin: &Client, name: &str) -> Client {
    let role = json!({
        "name": "token_owner",
        "capabilities": ["tokens.create.own", "tokens.list.own", "tokens.rotate.own"],
    });
    let made = call(admin, Method::POST, "/api/v1/roles", &role).await;
    assert!([201, 409].contains(&made.status), "{}", made.text);
    let user = json!({ "name": name, "password": PASSWORD, "roles": ["token_owner"] });
    done(
        201,
        &call(admin, Method::POST, "/api/v1/users", &user).await,
    );
    server.bearer(&server.session_key(name, PASSWORD).await)
}

async fn page(client: &Client, query: &str) -> Value {
    let answer = client.get(&format!("{TOKENS}?{query}")).await;
    answer.expect_status(200).json()
}

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|one| one["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn tokens_are_found_sorted_and_paged() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    for (n, audience) in (0..7).zip(["orders", "billing"].into_iter().cycle()) {
        let body = json!({
            "name": format!("t{n}"),
            "audience": audience,
            "notes": format!("<b>50%</b> of_{n}"),
            "expires": format!("+{}d", 20 - n),
        });
        create(&admin, &body).await;
    }
    create(&admin, &json!({ "name": "endless" })).await;
    assert_eq!(
        names(&page(&admin, "limit=3").await),
        ["endless", "t6", "t5"]
    );
    let by_end = page(&admin, "sort=expires&filter=name:starts_with:T").await;
    assert_eq!(names(&by_end), ["t6", "t5", "t4", "t3", "t2", "t1", "t0"]);
    let all = page(&admin, "sort=expires").await;
    assert_eq!(names(&all).last(), Some(&"endless"), "never comes last");
    let soon = page(&admin, "sort=expires&filter=expires:before:%2B15d12h").await;
    assert_eq!(names(&soon), ["t6", "t5"]);
    let some = page(
        &admin,
        "filter=audience:equals:billing&filter=notes:contains:OF_3",
    )
    .await;
    assert_eq!(names(&some), ["t3"]);
    assert_eq!(
        names(&page(&admin, "search=%25%3C/B").await).len(),
        7,
        "taken literally"
    );
    assert_eq!(names(&page(&admin, "search=of%253").await).len(), 0);
    let unused = page(&admin, "filter=last_used:equals:never&limit=200").await;
    assert_eq!(names(&unused).len(), 8);

    let mut seen = Vec::new();
    let mut query = "sort=audience&limit=3".to_owned();
    loop {
        let part = page(&admin, &query).await;
        seen.extend(names(&part).into_iter().map(str::to_owned));
        let Some(next) = part["next"].as_str() else {
            break;
        };
        query = format!("sort=audience&limit=3&cursor={next}");
    }
    let distinct: BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (8, 8), "{seen:?}");

    for (query, field) in [
        ("sort=notes", "sort"),
        ("filter=notes", "filter"),
        ("filter=ghost:equals:1", "filter"),
        ("filter=notes:is:1", "filter"),
        ("filter=expires:before:soon", "filter"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=x", "cursor"),
    ] {
        let answer = admin.get(&format!("{TOKENS}?{query}")).await;
        refused(&answer, 400, "invalid_value", Some(field));
    }
    refused(
        &admin.get(&format!("{TOKENS}?ghost=1")).await,
        400,
        "unknown_field",
        Some("ghost"),
    );
}

/// Every verb on somebody else's token and on one that there is not: the same answer, and nothing happens.
#[tokio::test]
async fn nt19_what_others_have_looks_like_what_there_is_not() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let maria = somebody(&server, &admin, "maria").await;
    let foreign = create(&admin, &json!({ "name": "theirs" })).await;
    create(&maria, &json!({ "name": "hers" })).await;
    assert_eq!(names(&page(&maria, "").await), ["hers"]);
    assert_eq!(
        names(&page(&maria, "filter=user:equals:admin").await).len(),
        0
    );
    let unknown = json!({ "id": "0".repeat(64) });
    for (method, rest, body) in [
        (Method::GET, "", json!({})),
        (Method::PATCH, "", json!({ "notes": "x" })),
        (Method::DELETE, "", json!({})),
        (Method::POST, "/enable", json!({})),
        (Method::POST, "/disable", json!({})),
        (Method::POST, "/rotate", json!({})),
        (Method::POST, "/reveal", json!({})),
        (Method::GET, "/explain", json!({})),
        (Method::GET, "/history", json!({})),
    ] {
        let one = call(&maria, method.clone(), &at(&foreign, rest), &body).await;
        let other = call(&maria, method.clone(), &at(&unknown, rest), &body).await;
        refused(&one, 404, "not_found", None);
        assert_eq!(one.text, other.text, "{method} {rest}");
    }
    let ids = json!([foreign["id"], unknown["id"]]);
    let body = json!({ "action": "revoke", "ids": ids });
    let many = call(&maria, Method::POST, &format!("{TOKENS}/many"), &body).await;
    let many = many.expect_status(200).json();
    assert_eq!(many, json!({ "done": [], "unknown": ids }));
    assert!(works(&server, &foreign).await);
    for user in ["admin", "ghost"] {
        let made = post(&maria, &json!({ "user": user })).await;
        refused(&made, 403, "forbidden", None);
    }
}

#[tokio::test]
async fn a_token_is_changed_only_if_it_is_still_what_was_read() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let made = create(&admin, &json!({ "notes": "first" })).await;
    let read = admin.get(&at(&made, "")).await.expect_status(200);
    let tag = read.header("etag").unwrap().to_owned();
    let guarded = admin.clone().header("if-match", &tag);
    let body = json!({
        "notes": "second 🎟 <script>\n50% {{x}}",
        "addresses": ["192.0.2.0/24", "127.0.0.1"],
    });
    let changed = call(&guarded, Method::PATCH, &at(&made, ""), &body).await;
    let changed = changed.expect_status(200);
    assert_eq!(changed.json()["notes"], body["notes"]);
    assert_eq!(changed.json()["addresses"], body["addresses"]);
    assert_ne!(changed.header("etag"), Some(&*tag));
    let late = call(
        &guarded,
        Method::PATCH,
        &at(&made, ""),
        &json!({ "notes": "third" }),
    )
    .await;
    refused(&late, 412, "changed_meanwhile", None);
    let shown = admin.get(&at(&made, "")).await.json();
    assert_eq!(shown["notes"], body["notes"], "nothing is lost");
    for (field, body) in [
        ("notes", json!({ "notes": "x".repeat(10_000) })),
        ("notes", json!({ "notes": "right to left \u{202e}" })),
        ("audience", json!({ "audience": "" })),
        ("addresses", json!({ "addresses": ["300.1.1.1"] })),
        ("addresses", json!({ "addresses": "everywhere" })),
    ] {
        let answer = call(&admin, Method::PATCH, &at(&made, ""), &body).await;
        refused(&answer, 400, "invalid_value", Some(field));
    }
    for field in ["id", "user", "expires", "status", "issued_at", "scope"] {
        let body = json!({ field: "x" });
        let answer = call(&admin, Method::PATCH, &at(&made, ""), &body).await;
        refused(&answer, 400, "unknown_field", Some(field));
    }
    assert!(works(&server, &made).await);
    let only = json!({ "addresses": ["203.0.113.9"] });
    done(
        200,
        &call(&admin, Method::PATCH, &at(&made, ""), &only).await,
    );
    assert!(!works(&server, &made).await, "the list counts at once");
    let anywhere = json!({ "addresses": "anywhere" });
    done(
        200,
        &call(&admin, Method::PATCH, &at(&made, ""), &anywhere).await,
    );
    assert!(works(&server, &made).await);
}

#[tokio::test]
async fn many_tokens_are_disabled_enabled_and_revoked_at_once() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let mut made = Vec::new();
    for form in ["opaque", "hex", "splunk_jwt"] {
        made.push(create(&admin, &json!({ "form": form })).await);
    }
    let ids: Vec<_> = made.iter().map(|one| one["id"].clone()).collect();
    let many = async |action: &str| {
        let body = json!({ "action": action, "ids": ids });
        call(&admin, Method::POST, &format!("{TOKENS}/many"), &body).await
    };
    for (action, good) in [("disable", false), ("enable", true), ("revoke", false)] {
        let done = many(action).await.expect_status(200).json();
        assert_eq!(done, json!({ "done": ids, "unknown": [] }));
        for one in &made {
            assert_eq!(works(&server, one).await, good, "{action}");
        }
    }
    let done = many("revoke").await.expect_status(200).json();
    assert_eq!(done, json!({ "done": [], "unknown": ids }));
    let body = json!({ "action": "revoke", "ids": [] });
    let none = call(&admin, Method::POST, &format!("{TOKENS}/many"), &body).await;
    refused(&none, 400, "invalid_value", Some("ids"));
}

#[tokio::test]
async fn a_token_of_any_form_is_rotated_at_once_or_with_an_overlap() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    for form in ["opaque", "hex", "splunk_jwt"] {
        let body = json!({ "form": form, "notes": "kept", "audience": "orders", "expires": "+9d" });
        let first = create(&admin, &body).await;
        let rotate = async |of: &Value, body: Value| {
            call(&admin, Method::POST, &at(of, "/rotate"), &body).await
        };
        let overlap = json!({ "overlap_seconds": 3600 });
        let second = rotate(&first, overlap.clone())
            .await
            .expect_status(201)
            .json();
        assert!(works(&server, &first).await && works(&server, &second).await);
        let shown = admin.get(&at(&first, "")).await.json();
        assert_eq!(shown["state"], "replaced");
        assert_eq!(shown["replaced_by"], second["id"]);
        for field in ["form", "notes", "audience", "user", "persona"] {
            assert_eq!(second[field], first[field], "{form} {field}");
        }
        refused(&rotate(&first, overlap).await, 409, "conflict", None);
        let third = rotate(&second, json!({})).await.expect_status(201).json();
        assert!(
            !works(&server, &second).await,
            "{form}: dies with the answer"
        );
        assert!(works(&server, &third).await);
        let long = json!({ "overlap_seconds": 604_801 });
        let refusal = rotate(&third, long).await;
        refused(&refusal, 400, "invalid_value", Some("overlap_seconds"));
    }
}

#[tokio::test]
async fn nt47_a_string_is_seen_again_only_by_its_maker_in_his_session() {
    let server = Server::start(BINARY);
    let maker = admin(&server).await;
    let other = admin(&server).await;
    let made = create(&maker, &json!({})).await;
    assert!(made["visible_until"].is_string());
    let reveal =
        async |client: &Client| call(client, Method::POST, &at(&made, "/reveal"), &json!({})).await;
    let again = reveal(&maker).await.expect_status(200).json();
    assert_eq!(again["token"], made["token"]);
    refused(&reveal(&other).await, 410, "no_longer_visible", None);
    let itself = server.bearer(text(&made, "token"));
    refused(&reveal(&itself).await, 403, "sign_in_required", None);
    let shown = maker.get(&at(&made, "")).await;
    assert!(!shown.text.contains(text(&made, "token")));
    let rotated = call(&maker, Method::POST, &at(&made, "/rotate"), &json!({})).await;
    done(201, &rotated);
    refused(&reveal(&maker).await, 404, "not_found", None);
}

#[tokio::test]
async fn a_request_that_is_sent_again_makes_no_second_token() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let keyed = admin.clone().header("idempotency-key", "key-1");
    let body = json!({ "notes": "once" });
    let first = create(&keyed, &body).await;
    let again = create(&keyed, &body).await;
    assert_eq!(
        (&first["id"], &first["token"]),
        (&again["id"], &again["token"])
    );
    let other = post(&keyed, &json!({ "notes": "twice" })).await;
    refused(&other, 400, "invalid_value", Some("Idempotency-Key"));
    // Another session of the same user cannot see the string.
    let elsewhere = super::admin(&server)
        .await
        .header("idempotency-key", "key-1");
    refused(&post(&elsewhere, &body).await, 409, "conflict", None);
    let racing = admin.clone().header("idempotency-key", "key-2");
    let racers: Vec<_> = (0..6)
        .map(|_| {
            let racing = racing.clone();
            tokio::spawn(async move { post(&racing, &json!({ "notes": "race" })).await })
        })
        .collect();
    let mut ids = BTreeSet::new();
    for racer in racers {
        let answer = racer.await.unwrap();
        if answer.status == 201 {
            ids.insert(text(&answer.json(), "id").to_owned());
        } else {
            assert_eq!(answer.status, 409, "{}", answer.text);
        }
    }
    assert_eq!(ids.len(), 1);
    assert_eq!(names(&page(&admin, "search=race").await).len(), 1);
    for bad in ["", " ", &"x".repeat(256)] {
        let answer = post(&admin.clone().header("idempotency-key", bad), &json!({})).await;
        refused(&answer, 400, "invalid_value", Some("Idempotency-Key"));
    }
}

#[tokio::test]
async fn what_would_become_of_a_token_is_explained_and_its_history_told() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let body = json!({ "addresses": ["203.0.113.9"], "expires": "+2d" });
    let made = create(&admin, &body).await;
    let explain = async |query: &str| {
        let answer = admin.get(&at(&made, &format!("/explain?{query}"))).await;
        answer.expect_status(200).json()
    };
    let good = explain("address=203.0.113.9&at=%2B1d@d").await;
    assert_eq!(
        (&good["granted"], &good["reason"]),
        (&json!(true), &Value::Null)
    );
    let elsewhere = explain("address=203.0.113.8").await;
    assert_eq!(elsewhere["reason"], "ip_not_trusted");
    let late = explain("address=203.0.113.9&at=%2B3d").await;
    assert_eq!(late["reason"], "expired");
    let failing = late["checks"].as_array().unwrap().iter();
    let failing: Vec<_> = failing.filter(|check| check["passes"] == false).collect();
    assert_eq!(failing.len(), 1);
    assert_eq!(failing[0]["check"], "expires");
    for (query, field) in [
        ("address=x", "address"),
        ("at=soon", "at"),
        ("at=never", "at"),
    ] {
        let answer = admin.get(&at(&made, &format!("/explain?{query}"))).await;
        refused(&answer, 400, "invalid_value", Some(field));
    }
    done(
        200,
        &call(&admin, Method::POST, &at(&made, "/disable"), &json!({})).await,
    );
    done(
        204,
        &call(&admin, Method::DELETE, &at(&made, ""), &json!({})).await,
    );
    let told = admin
        .get(&at(&made, "/history"))
        .await
        .expect_status(200)
        .json();
    let told: Vec<_> = (told["items"].as_array().unwrap().iter())
        .map(|line| line["action"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["delete_token", "update_token", "create_token"]);
}

#[tokio::test]
async fn while_token_authentication_is_off_tokens_are_seen_and_ended_but_not_made() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let made = create(&admin, &json!({})).await;
    let off = json!({ "token_authentication": false });
    done(
        200,
        &call(&admin, Method::PATCH, "/api/v1/settings", &off).await,
    );
    assert!(!works(&server, &made).await);
    refused(&post(&admin, &json!({})).await, 409, "conflict", None);
    assert_eq!(page(&admin, "").await["items"][0]["id"], made["id"]);
    assert_eq!(
        admin.get("/api/v1/session").await.json()["token_authentication"],
        false
    );
    done(
        204,
        &call(&admin, Method::DELETE, &at(&made, ""), &json!({})).await,
    );
    assert_eq!(page(&admin, "").await["items"], json!([]));
}

#[tokio::test]
async fn refusals_and_verdicts_are_seen_by_who_may_read_the_audit_log() {
    let server = Server::start(BINARY);
    let admin = admin(&server).await;
    let made = create(&admin, &json!({ "addresses": ["203.0.113.9"] })).await;
    assert!(!works(&server, &made).await);
    assert!(!works(&server, &made).await);
    let read = admin
        .get("/api/v1/authentication?reason=ip_not_trusted")
        .await;
    let read = read.expect_status(200).json();
    let line = &read["items"][0];
    assert_eq!(
        (&line["token"], &line["times"]),
        (&made["id"], &json!(2)),
        "{read}"
    );
    assert_eq!(line["address"], "127.0.0.1");
    let counted = admin
        .get("/api/v1/verdicts?minutes=5")
        .await
        .expect_status(200)
        .json();
    let minutes = counted["minutes"].as_array().unwrap();
    let refused_in_all: u64 = (minutes.iter())
        .filter_map(|minute| minute["refused"]["ip_not_trusted"].as_u64())
        .sum();
    assert_eq!((minutes.len(), refused_in_all), (5, 2), "{counted}");
    let granted: u64 = minutes
        .iter()
        .filter_map(|minute| minute["granted"].as_u64())
        .sum();
    assert!(granted >= 2, "{counted}");
    let maria = somebody(&server, &admin, "maria").await;
    for path in ["authentication", "verdicts", "audit"] {
        refused(
            &maria.get(&format!("/api/v1/{path}")).await,
            403,
            "forbidden",
            None,
        );
    }
    let unknown = admin.get("/api/v1/authentication?reason=ghost").await;
    refused(&unknown, 400, "invalid_value", Some("reason"));
}
