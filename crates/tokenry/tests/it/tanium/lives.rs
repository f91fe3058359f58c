//! What becomes of tokens when things change around them: the table of spec/tanium.md 6.4, through every door.

use serde_json::json;
use tokenry_testkit::{
    client::{Client, Method},
    server::Server,
};

use super::kit::{
    self, GATEWAY, create, grant, key, patch, persona, role, trust_loopback, user, validate, with,
};
use crate::kit::{BINARY, CONTEXT};

/// What a token hears at each door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// It is granted.
    Granted,
    /// It is refused.
    Refused,
    /// It may not be used: 403 where the vendor has a word for it.
    Forbidden,
}

use Heard::{Forbidden, Granted, Refused};

/// Presents a token at every door, which must all say the same.
#[track_caller]
fn hears(server: &Server, token: &str, expected: Heard, when: &str) -> impl Future<Output = ()> {
    let by_header = with(server, token);
    let bearer = server.bearer(token);
    let (server, token, when) = (server.anonymous(), token.to_owned(), when.to_owned());
    async move {
        let body = json!({ "session": token });
        let query = json!({ "query": "{ now }" });
        let legacy = by_header.send(Method::POST, "/auth", &[], "").await.status;
        let validated = server.send_json(Method::POST, kit::VALIDATE, &body).await;
        let gateway = by_header.send_json(Method::POST, GATEWAY, &query).await;
        let current = by_header.get("/api/v2/session/current").await.status;
        let splunk = bearer.get(CONTEXT).await.status;
        let all = [current, validated.status, legacy, gateway.status, splunk];
        let words = match expected {
            Granted => [200; 5],
            Refused => [401; 5],
            Forbidden => [403, 403, 403, 403, 401],
        };
        assert_eq!(all, words, "{when}");
    }
}

/// A server with somebody who may use tokens, by himself and as a persona, and a token of each.
struct Stage {
    server: Server,
    admin: Client,
    role: i64,
    grant: i64,
    user: i64,
    persona: i64,
    own: String,
    acting: String,
}

impl Stage {
    async fn set() -> Self {
        let server = Server::start(BINARY);
        let admin = kit::admin(&server).await;
        trust_loopback(&admin).await;
        let role = role(&admin, "Token Users", &["gateway use api"]).await;
        let grant = grant(&admin, role, "use token").await;
        let user = user(&admin, "svc-report", kit::PASSWORD, &[role]).await;
        let persona = persona(&admin, "Reporting", &[role], &[user]).await;
        let session = with(&server, &key(&server, "svc-report", kit::PASSWORD).await);
        let own = create(&session, json!({})).await.string;
        let acting = create(&session, json!({ "as_persona": persona }))
            .await
            .string;
        Self {
            server,
            admin,
            role,
            grant,
            user,
            persona,
            own,
            acting,
        }
    }

    /// What the user's own token and that of the persona hear, and that both are still listed.
    async fn hear(&self, own: Heard, acting: Heard, when: &str) {
        hears(&self.server, &self.own, own, &format!("own token, {when}")).await;
        hears(
            &self.server,
            &self.acting,
            acting,
            &format!("persona's token, {when}"),
        )
        .await;
        let listed = self.admin.get(kit::TOKENS).await.expect_status(200).json();
        assert_eq!(listed["data"].as_array().unwrap().len(), 2, "{when}");
    }

    fn of_user(&self) -> String {
        format!("/api/v2/users/{}", self.user)
    }

    fn of_persona(&self) -> String {
        format!("/api/v2/personas/{}", self.persona)
    }
}

#[tokio::test]
async fn nt12_tokens_stop_with_their_user_and_go_on_with_him() {
    let stage = Stage::set().await;
    let Stage { admin, .. } = &stage;
    stage.hear(Granted, Granted, "at first").await;
    patch(admin, &stage.of_user(), json!({ "locked_out": 1 })).await;
    stage.hear(Refused, Refused, "user locked").await;
    patch(admin, &stage.of_user(), json!({ "locked_out": 0 })).await;
    stage.hear(Granted, Granted, "user unlocked").await;
    drop(admin.delete(&stage.of_user(), &[]).await.expect_status(200));
    stage.hear(Refused, Refused, "user deleted").await;
    let body = json!({ "username": "svc-report", "password": kit::PASSWORD });
    let login = stage
        .server
        .anonymous()
        .send_json(Method::POST, kit::LOGIN, &body)
        .await;
    assert_eq!(login.status, 401, "a deleted user does not sign in");
    patch(admin, &stage.of_user(), json!({ "deleted_flag": 0 })).await;
    stage.hear(Granted, Granted, "user undeleted").await;
    let splunk = stage.server.admin_session().await;
    drop(
        splunk
            .delete("/services/authentication/users/svc-report", &[])
            .await
            .expect_status(200),
    );
    user(admin, "svc-report", kit::PASSWORD, &[stage.role]).await;
    hears(&stage.server, &stage.own, Refused, "user made anew").await;
}

#[tokio::test]
async fn nt15_a_personas_tokens_stop_with_it_and_never_become_the_users_own() {
    let stage = Stage::set().await;
    let Stage { admin, .. } = &stage;
    patch(admin, &stage.of_persona(), json!({ "user_list": [] })).await;
    stage.hear(Granted, Refused, "persona taken away").await;
    let user = json!({ "user_list": [{ "id": stage.user }] });
    patch(admin, &stage.of_persona(), user).await;
    stage.hear(Granted, Granted, "persona given back").await;

    let body = json!({ "name": "Reporters", "members": [] });
    let group = kit::made(admin, "/api/v2/user_groups", body).await;
    let through_group = json!({ "user_list": [], "user_group_list": [{ "id": group }] });
    patch(admin, &stage.of_persona(), through_group).await;
    stage
        .hear(Granted, Refused, "persona of a group he is not in")
        .await;
    let member = json!({ "user_list": [{ "id": stage.user }] });
    patch(admin, &format!("/api/v2/user_groups/{group}"), member).await;
    stage.hear(Granted, Granted, "persona of his group").await;

    drop(
        admin
            .delete(&stage.of_persona(), &[])
            .await
            .expect_status(200),
    );
    stage.hear(Granted, Refused, "persona deleted").await;
}

#[tokio::test]
async fn nt16_without_the_privilege_to_use_tokens_every_call_is_forbidden() {
    let stage = Stage::set().await;
    let Stage { admin, .. } = &stage;
    let path = format!("/api/v2/content_set_role_privileges/{}", stage.grant);
    drop(admin.delete(&path, &[]).await.expect_status(200));
    stage
        .hear(Forbidden, Forbidden, "use token taken from the role")
        .await;
    grant(admin, stage.role, "use token").await;
    stage.hear(Granted, Granted, "use token given back").await;

    let deny = json!({ "name": "No Tokens", "all_content_sets_flag": "1", "deny_flag": "1" });
    let deny = kit::made(admin, "/api/v2/content_set_roles", deny).await;
    grant(admin, deny, "use token").await;
    let roles = json!({ "content_set_roles": [{ "id": stage.role }, { "id": deny }] });
    patch(admin, &stage.of_user(), roles).await;
    stage
        .hear(
            Forbidden,
            Granted,
            "a role that denies wins, in his own persona",
        )
        .await;
}

/// A session as a persona has that persona's rights, and makes its tokens.
#[tokio::test]
async fn a_session_as_a_persona_acts_as_it_and_nothing_more() {
    let stage = Stage::set().await;
    let Stage { admin, server, .. } = &stage;
    let session = with(server, &key(server, "svc-report", kit::PASSWORD).await);
    let path = format!("/api/v2/session/as_persona/{}", stage.persona);
    let opened = session
        .send(Method::POST, &path, &[], "")
        .await
        .expect_status(200)
        .json();
    let acting = with(server, opened["data"]["session"].as_str().unwrap());
    let made = create(&acting, json!({})).await;
    assert_eq!(
        made.object["persona"],
        json!({ "id": stage.persona, "name": "Reporting" })
    );
    drop(
        session
            .get("/api/v2/session/current")
            .await
            .expect_status(200),
    );

    let token = with(server, &stage.own);
    kit::refused(
        &token.send(Method::POST, &path, &[], "").await,
        403,
        kit::REFUSED_SESSION,
    );
    let foreign = admin.send(Method::POST, &path, &[], "").await;
    assert_eq!(foreign.status, 400, "{}", foreign.text);
    assert!(foreign.text.contains("InvalidPersona"), "{}", foreign.text);

    patch(admin, &stage.of_persona(), json!({ "user_list": [] })).await;
    let refused = acting.get("/api/v2/session/current").await;
    kit::refused(&refused, 403, kit::REFUSED_SESSION);
    drop(
        session
            .get("/api/v2/session/current")
            .await
            .expect_status(200),
    );
    let dead = validate(server, &made.string).await;
    kit::refused(&dead, 401, kit::REFUSED_TOKEN);
}
