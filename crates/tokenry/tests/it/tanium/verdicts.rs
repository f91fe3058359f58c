//! Every state of a token in hex digits and of a session with numbers, at every door of either face: one verdict, and
//! refusals that nobody can tell apart (NT-12, NT-14, NT-15, NT-22, NT-23, NT-53).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokenry_core::{
    id::{TokenId, TokenNumber},
    port::{Batch, Store as _, TokenQuery, Write},
    token::Token,
};
use tokenry_testkit::{
    client::{Client, Method},
    server::Server,
};

use super::{
    doors::{Doors, Verdict},
    kit::{
        self, GATEWAY, GATEWAY_USER, LOGOUT, Made, create, patch, rotate, token_at, validate, with,
    },
};
use crate::{
    forge,
    kit::{BINARY, tokens_of, user, user_at},
    verdicts::{Shown, doors, plant_session, store_of, the_switch_stops_all_tokens},
};

const PASSWORD: &str = "a password";

/// Who owns what is shown; what each is called is what becomes of him.
const OWNERS: [&str; 7] = [
    "owner", "locked", "resting", "rested", "gone", "reborn", "demoted",
];

#[tokio::test]
async fn nt22_every_state_of_a_hex_token_and_a_numbered_session_has_one_verdict_at_every_door() {
    let mut server = Server::start(BINARY);
    let splunk = server.admin_session().await;
    let admin = kit::admin(&server).await;
    for name in OWNERS {
        user(&splunk, name, PASSWORD, &["user", "api-gateway-user"]).await;
    }
    let mut all = tokens(&server, &splunk).await;
    all.extend(owners(&server, &admin, &splunk).await);
    all.extend(personas(&server, &admin).await);
    all.extend(sessions(&server, &splunk).await);
    server.stop();
    all.extend(planted(&server).await);
    server.start_again();
    let good = all[0].string.clone();
    all.extend(damaged(&server, &good));

    let mut all_doors = Doors::of(&server);
    for shown in &all {
        doors(&server, &mut all_doors, shown).await;
    }
    for (at, string) in other_digits(&good) {
        let answer = validate(&server, &string).await;
        kit::refused(&answer, 401, kit::REFUSED_TOKEN);
        let answer = server.bearer(&string).get(crate::kit::CONTEXT).await;
        assert_eq!(answer.status, 401, "{at}");
    }
    for padded in [
        format!("{good} "),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{good}\0"),
    ] {
        let answer = validate(&server, &padded).await;
        assert!(
            [400, 401].contains(&answer.status),
            "{padded:?}: {answer:?}"
        );
    }
    the_switch_stops_all_tokens(&server, &mut all_doors, &splunk, &all).await;
}

fn token(state: &str, string: &str, whom: Option<&'static str>) -> Shown {
    Shown {
        is_real: true,
        ..Shown::forged(state, string, whom)
    }
}

fn local() -> Value {
    json!({ "trusted_ip_addresses": "127.0.0.1" })
}

async fn signed_in(server: &Server, user: &str) -> Client {
    with(server, &kit::key(server, user, PASSWORD).await)
}

async fn graphql_rotate(client: &Client, string: &str) -> Value {
    let query = "mutation($s:String!){apiTokenRotate(input:{tokenString:$s}){token{tokenString}}}";
    let answer = kit::graphql(client, query, json!({ "s": string })).await;
    answer["data"]["apiTokenRotate"]["token"]["tokenString"].clone()
}

/// The states that a token comes to by its owner's and the administrator's will.
async fn tokens(server: &Server, splunk: &Client) -> Vec<Shown> {
    let owner = signed_in(server, "owner").await;
    let make = async || create(&owner, local()).await;
    let good = make().await;
    let twice = format!("token-{}", good.string);
    let thrice = format!("token-{twice}");
    let bare = good.string.strip_prefix("token-").unwrap();
    let foreign = json!({ "trusted_ip_addresses": "192.0.2.1,198.51.100.0/24,2001:db8::/32" });
    let foreign = create(&owner, foreign).await;
    let nowhere = create(&owner, json!({})).await;
    let anywhere = create(&owner, json!({ "trusted_ip_addresses": "0.0.0.0/0" })).await;
    let mapped = create(
        &owner,
        json!({ "trusted_ip_addresses": "::ffff:127.0.0.1" }),
    )
    .await;
    let mut all = vec![
        token("good", &good.string, Some("owner")),
        token("good, with two prefixes", &twice, Some("owner")),
        token("good, with three prefixes", &thrice, Some("owner")),
        Shown::forged("good, without a prefix", bare, None),
        token("of other addresses", &foreign.string, None),
        token("of no address", &nowhere.string, None),
        token("of any address", &anywhere.string, Some("owner")),
        token("of a mapped address", &mapped.string, Some("owner")),
    ];
    all.extend(ended(server, splunk, &owner).await);
    all
}

/// Of each the end, or the other end.
async fn ended(server: &Server, splunk: &Client, owner: &Client) -> Vec<Shown> {
    let make = async || create(owner, local()).await;
    let [
        deleted,
        revoked,
        removed,
        rotated,
        gateway,
        overlapping,
        disabled,
        enabled,
    ] = [(); 8].map(|()| Box::pin(make()));
    let (deleted, revoked, removed) = (deleted.await, revoked.await, removed.await);
    let (rotated, gateway, overlapping) = (rotated.await, gateway.await, overlapping.await);
    let (disabled, enabled) = (disabled.await, enabled.await);
    // Known and granted before the change: no cache may remember that.
    for made in [
        &deleted,
        &revoked,
        &removed,
        &rotated,
        &gateway,
        &overlapping,
        &disabled,
        &enabled,
    ] {
        drop(validate(server, &made.string).await.expect_status(200));
    }
    drop(
        owner
            .delete(&token_at(deleted.id), &[])
            .await
            .expect_status(200),
    );
    let revoke = "mutation($i:ID!){apiTokenRevoke(input:{id:$i}){error{message}}}";
    let answer = kit::graphql(owner, revoke, json!({ "i": revoked.id })).await;
    assert_eq!(answer["data"]["apiTokenRevoke"]["error"], Value::Null);
    remove_through_splunk(splunk, &[&removed.string], server).await;
    let next = Made::from(rotate(owner, &rotated.string).await);
    let after = graphql_rotate(owner, &gateway.string).await;
    let body = json!({ "token_string": overlapping.string, "overlap_in_minutes": 5 });
    let answer = owner.send_json(Method::PATCH, kit::TOKENS, &body).await;
    let beside = Made::from(answer);
    let mut all = vec![
        token("deleted", &deleted.string, None),
        token("revoked through the gateway", &revoked.string, None),
        token("deleted through the other face", &removed.string, None),
        token("rotated", &rotated.string, None),
        token("what took its place", &next.string, Some("owner")),
        token("rotated through the gateway", &gateway.string, None),
        token(
            "what took the place of that",
            after.as_str().unwrap(),
            Some("owner"),
        ),
        token(
            "rotated, still within its overlap",
            &overlapping.string,
            Some("owner"),
        ),
        token("what works beside it", &beside.string, Some("owner")),
    ];
    for (made, statuses) in [
        (&disabled, &["disabled"][..]),
        (&enabled, &["disabled", "enabled"]),
    ] {
        let id = splunk_id(splunk, "owner", server, &made.string).await;
        for status in statuses {
            let form = [("id", id.as_str()), ("status", status)];
            drop(
                splunk
                    .post(&tokens_of("owner"), &form)
                    .await
                    .expect_status(200),
            );
        }
    }
    all.push(token("disabled", &disabled.string, None));
    all.push(token("enabled again", &enabled.string, Some("owner")));
    all
}

/// The id under which the other face knows a token of this string: the same keyed hash, written down once more.
async fn splunk_id(splunk: &Client, owner: &str, server: &Server, string: &str) -> String {
    let id = forge::id_of_hex_token(&server.data(), string).to_hex();
    let listed = splunk
        .get(&tokens_of(owner))
        .await
        .expect_status(200)
        .json();
    assert!(crate::kit::names(&listed).contains(&id), "{id} in {listed}");
    id
}

async fn remove_through_splunk(splunk: &Client, strings: &[&str], server: &Server) {
    for string in strings {
        let id = splunk_id(splunk, "owner", server, string).await;
        let form = [("id", id.as_str())];
        drop(
            splunk
                .delete(&tokens_of("owner"), &form)
                .await
                .expect_status(200),
        );
    }
}

/// What becomes of a user's tokens and sessions when something becomes of him (NT-12, NT-14, spec/tanium.md 6.4).
async fn owners(server: &Server, admin: &Client, splunk: &Client) -> Vec<Shown> {
    let mut all = Vec::new();
    let mut ids = Vec::new();
    for name in &OWNERS[1..] {
        let key = kit::key(server, name, PASSWORD).await;
        let made = create(&with(server, &key), local()).await;
        drop(validate(server, &made.string).await.expect_status(200));
        ids.push(made.object["user"]["id"].as_i64().unwrap());
        let is_back = *name == "rested";
        let whom = is_back.then_some("rested");
        all.push(Shown {
            may_not_use: *name == "demoted",
            ..token(&format!("owner {name}"), &made.string, whom)
        });
        // Who is demoted may not use tokens, and his session goes on; at the gateway it does not get further either.
        if *name != "demoted" && !is_back {
            all.push(Shown::session(&format!("session, {name}"), key, None));
        }
    }
    let at = |index: usize| format!("/api/v2/users/{}", ids[index]);
    patch(admin, &at(0), json!({ "locked_out": 1 })).await;
    for index in [1, 2] {
        drop(admin.delete(&at(index), &[]).await.expect_status(200));
    }
    patch(admin, &at(2), json!({ "deleted_flag": 0 })).await;
    for name in ["gone", "reborn"] {
        drop(splunk.delete(&user_at(name), &[]).await.expect_status(200));
    }
    user(splunk, "reborn", PASSWORD, &["user", "api-gateway-user"]).await;
    let listed = signed_in(server, "reborn").await.get(kit::TOKENS).await;
    assert_eq!(listed.json()["data"], json!([]), "NT-14");
    drop(
        splunk
            .post(&user_at("demoted"), &[("roles", "user")])
            .await
            .expect_status(200),
    );
    all
}

/// NT-15: what is bound to a persona stands and falls with it.
async fn personas(server: &Server, admin: &Client) -> Vec<Shown> {
    let listed = admin
        .get("/api/v2/users/by-name/owner")
        .await
        .expect_status(200)
        .json();
    let owner = [listed["data"]["id"].as_i64().unwrap()];
    let empty = kit::role(admin, "Nothing At All", &[]).await;
    let mut all = Vec::new();
    for fate in [
        "kept",
        "deleted",
        "unassigned",
        "assigned again",
        "weakened",
    ] {
        let persona = kit::persona(admin, &format!("To be {fate}"), &[GATEWAY_USER], &owner).await;
        let session = signed_in(server, "owner").await;
        let key = kit::as_persona(&session, persona).await;
        let body = json!({ "trusted_ip_addresses": "127.0.0.1", "as_persona": persona });
        let made = create(&session, body).await;
        assert_eq!(made.object["persona"]["id"], persona);
        for string in [&key, &made.string] {
            drop(validate(server, string).await.expect_status(200));
        }
        let at = format!("/api/v2/personas/{persona}");
        match fate {
            "kept" => {}
            "deleted" => drop(admin.delete(&at, &[]).await.expect_status(200)),
            "weakened" => {
                drop(patch(admin, &at, json!({ "content_set_role_list": [empty] })).await);
            }
            _ => drop(patch(admin, &at, json!({ "user_list": [] })).await),
        }
        if fate == "assigned again" {
            patch(admin, &at, json!({ "user_list": owner })).await;
        }
        let whom = ["kept", "assigned again"]
            .contains(&fate)
            .then_some("owner");
        all.push(Shown {
            may_not_use: fate == "weakened",
            ..token(&format!("persona {fate}"), &made.string, whom)
        });
        if fate != "weakened" {
            all.push(Shown::session(
                &format!("session, persona {fate}"),
                key,
                whom,
            ));
        }
    }
    all
}

async fn sessions(server: &Server, splunk: &Client) -> Vec<Shown> {
    let key = async || kit::key(server, "owner", PASSWORD).await;
    let (good, ended, ended_there) = (key().await, key().await, key().await);
    let body = json!({ "session": ended });
    let logout = server
        .anonymous()
        .send_json(Method::POST, LOGOUT, &body)
        .await;
    drop(logout.expect_status(200));
    let path = format!("/services/authentication/httpauth-tokens/{ended_there}");
    drop(splunk.delete(&path, &[]).await.expect_status(200));
    let (front, digits) = good.rsplit_once('-').unwrap();
    let genuine = forge::numbered_key(&server.data(), 2, 77);
    let mut all = vec![
        Shown::session("numbered session", &good, Some("owner")),
        Shown::session("numbered session, ended", ended, None),
        Shown::session(
            "numbered session, ended through the other face",
            ended_there,
            None,
        ),
        Shown::session("numbered session, never begun", genuine, None),
    ];
    for (what, string) in [
        ("made up", format!("2-77-{}", "0".repeat(64))),
        (
            "of another user",
            format!("1-{}", good.split_once('-').unwrap().1),
        ),
        (
            "of another number",
            format!("{}-7-{digits}", good.split_once('-').unwrap().0),
        ),
        ("its digits alone", digits.to_owned()),
        ("in upper case", good.to_uppercase()),
        ("cut", good[..good.len() - 1].to_owned()),
        ("extended", format!("{good}0")),
        ("with leading zeros", format!("0{good}")),
        ("numbers alone", format!("{front}-")),
        ("with a prefix", format!("token-{good}")),
        ("its digits as a token", format!("token-{digits}")),
    ] {
        all.push(Shown::forged(
            &format!("numbered session, {what}"),
            string,
            None,
        ));
    }
    all
}

/// What nobody can bring about in the time that a test has: ends that are past. The server is stopped.
async fn planted(server: &Server) -> Vec<Shown> {
    let data = server.data();
    let store = store_of(server).await;
    let like = store.tokens(TokenQuery::default()).await.unwrap().items;
    let like = like
        .into_iter()
        .find(|one| one.subject.as_str() == "owner" && one.persona.number() == 0);
    let like = like.unwrap();
    let now = Timestamp::from_second(crate::kit::now()).unwrap();
    let hour = SignedDuration::from_hours(1);
    let record = |id: TokenId, end: Timestamp| Token {
        id,
        number: TokenNumber::from_number(0),
        issued_at: now - 2 * hour,
        not_before: now - 2 * hour,
        expires: Some(end),
        scope: None,
        rate: None,
        replaced_by: None,
        ..like.clone()
    };
    let expired = forge::hex_token(&data, 1);
    let replaced = forge::hex_token(&data, 2);
    let early = forge::hex_token(&data, 3);
    let unknown = forge::hex_token(&data, 4);
    let replace = Write::ReplaceToken {
        id: replaced.1,
        owner: like.owner,
        expires: now - hour,
        by: like.id,
    };
    let not_yet = Token {
        not_before: now + hour,
        ..record(early.1, now + 2 * hour)
    };
    let writes = vec![
        Write::InsertToken(record(expired.1, now - hour)),
        Write::InsertToken(record(replaced.1, now + hour)),
        replace,
        Write::InsertToken(not_yet),
    ];
    let batch = Batch {
        writes,
        ..Batch::default()
    };
    store.apply(batch).await.unwrap();
    drop(store);
    let idle = forge::numbered_key(&data, like.owner.number(), 4711);
    plant_session(server, "owner", &idle).await;
    vec![
        token("expired", &expired.0, None),
        token("rotated, its overlap over", &replaced.0, None),
        token("not yet valid", &early.0, None),
        token("genuine, and unknown", &unknown.0, None),
        Shown::session("numbered session, idle", idle, None),
    ]
}

/// A good token, changed by whoever has no key, or made by whoever has another (NT-53).
fn damaged(server: &Server, good: &str) -> Vec<Shown> {
    let digits = good.strip_prefix("token-").unwrap();
    let mut all = vec![
        ("in upper case", good.to_uppercase()),
        (
            "its digits in upper case",
            format!("token-{}", digits.to_uppercase()),
        ),
        ("its prefix in upper case", format!("TOKEN-{digits}")),
        (
            "with a blank within",
            format!("{} {}", &good[..20], &good[20..]),
        ),
        ("with a blank behind the prefix", format!("token- {digits}")),
        ("with an equals sign", format!("{good}=")),
        ("with a full stop", format!("{good}.")),
        ("as a JWT", format!("{good}.{good}.{good}")),
        ("twice", format!("{good}{good}")),
        ("twice, its digits", format!("{good}{digits}")),
        ("the prefix alone", "token-".to_owned()),
        ("without digits", format!("token-{}", "g".repeat(58))),
        ("endless", format!("{good}{}", "0".repeat(5000))),
        (
            "with endless prefixes",
            format!("{}{good}", "token-".repeat(800)),
        ),
        (
            "made up",
            format!("token-{}", "0123456789".repeat(6).split_at(58).0),
        ),
        ("with a quote", format!("\"{good}\"")),
        ("with the prefix behind", format!("{digits}-token")),
        ("extended by a digit", format!("{good}0")),
    ];
    let key = |what, key: &[u8]| (what, forge::hex_token_with(key, 5).0);
    all.extend([
        key(
            "made with the secret itself",
            &forge::secret(&server.data()),
        ),
        key("made with no key", &[]),
        key("made with a key of zeros", &[0; 64]),
    ]);
    for cut in [1, 2, 16, 57] {
        all.push(("cut", good[..good.len() - cut].to_owned()));
    }
    let shown = |(what, string)| Shown::forged(&format!("good, {what}"), string, None);
    all.into_iter().map(shown).collect()
}

/// Every digit changed by one bit (NT-53).
fn other_digits(good: &str) -> Vec<(String, String)> {
    let start = "token-".len();
    let changed = good.char_indices().skip(start).map(|(at, old)| {
        let bit = 1 << (at % 4);
        let new = char::from_digit(old.to_digit(16).unwrap() ^ bit, 16).unwrap();
        let changed = format!("{}{new}{}", &good[..at], &good[at + 1..]);
        (format!("digit {at}"), changed)
    });
    changed.collect()
}

/// NT-16: a token does what its owner's roles and persona let it at this moment, and neither more nor less.
#[tokio::test]
async fn nt16_a_hex_token_follows_the_roles_of_its_owner_and_its_persona() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    let viewer = kit::role(
        &admin,
        "Viewer",
        &["view token", "use token", "gateway use api"],
    )
    .await;
    let user = kit::user(&admin, "svc", PASSWORD, &[GATEWAY_USER]).await;
    let persona = kit::persona(&admin, "Reports", &[viewer], &[user]).await;
    let foreign = create(&admin, local()).await;
    let session = signed_in(&server, "svc").await;
    let plain = create(&session, local()).await;
    let body = json!({ "trusted_ip_addresses": "127.0.0.1", "as_persona": persona });
    let bound = create(&session, body).await;
    let foreign = token_at(foreign.id);
    let sees = async |made: &Made, expected: u16, when: &str| {
        let answer = with(&server, &made.string).get(&foreign).await;
        assert_eq!(answer.status, expected, "{when}: {}", answer.text);
    };
    sees(&plain, 404, "without the right").await;
    sees(&bound, 200, "as a persona that has it").await;
    let at_user = format!("/api/v2/users/{user}");
    let at_persona = format!("/api/v2/personas/{persona}");
    patch(
        &admin,
        &at_user,
        json!({ "content_set_roles": [GATEWAY_USER, viewer] }),
    )
    .await;
    patch(
        &admin,
        &at_persona,
        json!({ "content_set_role_list": [GATEWAY_USER] }),
    )
    .await;
    sees(&plain, 200, "promoted").await;
    sees(
        &bound,
        404,
        "its persona has it no more, and its user's rights are not its own",
    )
    .await;
    patch(
        &admin,
        &at_user,
        json!({ "content_set_roles": [GATEWAY_USER] }),
    )
    .await;
    sees(&plain, 404, "demoted").await;
    let mut doors = Doors::of(&server);
    doors
        .judge("in the end", &plain.string, Verdict::As("svc"))
        .await;
    doors
        .judge("in the end, bound", &bound.string, Verdict::As("svc"))
        .await;
}

/// NT-40: a list that is made shorter holds for tokens that are in use.
#[tokio::test]
async fn nt40_a_token_is_refused_as_soon_as_its_address_is_no_longer_trusted() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    let made = create(&admin, json!({})).await;
    let mut doors = Doors::of(&server);
    doors.judge("at first", &made.string, Verdict::Nobody).await;
    for (list, verdict) in [
        ("127.0.0.1", Verdict::As("admin")),
        ("127.0.0.2,192.0.2.0/24", Verdict::Nobody),
        ("127.0.0.0/8", Verdict::As("admin")),
        ("::/0", Verdict::Nobody),
        ("0.0.0.0/0", Verdict::As("admin")),
        ("", Verdict::Nobody),
    ] {
        kit::set(&admin, "api_token_trusted_ip_address_list", json!(list)).await;
        doors.judge(list, &made.string, verdict).await;
    }
    let module = "/api/v2/local_settings/by-name/ModuleServer";
    patch(&admin, module, json!({ "value": "127.0.0.1" })).await;
    doors
        .judge("a module server", &made.string, Verdict::As("admin"))
        .await;
}

/// NT-65: a token never becomes a session, and ends none.
#[tokio::test]
async fn nt65_a_token_asked_for_a_session_gets_none() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    kit::trust_loopback(&admin).await;
    let made = create(&admin, json!({})).await;
    let users = admin.get("/api/v2/users/by-name/admin").await.json();
    let own = [users["data"]["id"].as_i64().unwrap()];
    let persona = kit::persona(&admin, "Mine", &[1], &own).await;
    let before = session_count(&admin).await;
    let by_token = with(&server, &made.string);
    let path = format!("/api/v2/session/as_persona/{persona}");
    let answer = by_token.send(Method::POST, &path, &[], "").await;
    kit::refused(&answer, 403, kit::REFUSED_SESSION);
    for (name, password) in [
        ("admin", made.string.as_str()),
        (&made.string, kit::PASSWORD),
        (&made.string, ""),
    ] {
        let body = json!({ "username": name, "password": password });
        let answer = server
            .anonymous()
            .send_json(Method::POST, kit::LOGIN, &body)
            .await;
        let text = "REST Authorization Exception: Unauthorized: Invalid user name or password";
        kit::refused(&answer, 401, text);
    }
    let basic = server.basic("admin", &made.string);
    assert_eq!(basic.send(Method::POST, "/auth", &[], "").await.status, 401);
    let body = json!({ "session": made.string });
    let answer = server
        .anonymous()
        .send_json(Method::POST, LOGOUT, &body)
        .await;
    kit::refused(&answer, 403, kit::REFUSED_SESSION);
    for which in ["0", "1"] {
        let answer = by_token
            .send(Method::POST, "/auth", &[("logout", which)], "")
            .await;
        kit::refused(&answer, 403, kit::REFUSED_SESSION);
    }
    drop(validate(&server, &made.string).await.expect_status(200));
    assert_eq!(session_count(&admin).await, before);
    let now = json!({ "query": "{ now }" });
    drop(
        admin
            .send_json(Method::POST, GATEWAY, &now)
            .await
            .expect_status(200),
    );
}

async fn session_count(admin: &Client) -> Value {
    let info = admin
        .get("/api/v2/server_info")
        .await
        .expect_status(200)
        .json();
    info["data"]["Diagnostics"]["Authenticator"]["ActiveSessions"].clone()
}
