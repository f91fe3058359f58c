//! What outlives an orderly stop: sessions, last uses, whatever was answered.

use std::{fs, net::Ipv4Addr};

use tokenry_testkit::server::Server;

use crate::kit::{BINARY, CONTEXT, now, token, tokens_of, until};

#[tokio::test]
async fn sessions_and_tokens_outlive_a_restart() {
    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    let key = server
        .session_key("admin", tokenry_testkit::server::ADMIN_PASSWORD)
        .await;
    let (kept, ended) = (server.splunk(&key), server.admin_session().await);
    let made = token(&admin, "admin", &[]).await;
    let sessions = "/services/authentication/httpauth-tokens?output_mode=json&count=0";
    let listing = ended.get(sessions).await.expect_status(200);
    let before = listing.json()["entry"].as_array().unwrap().len();
    assert_eq!(before, 3);
    for _ in 0..2 {
        server.restart();
        for client in [&admin, &kept, &server.bearer(&made.string)] {
            assert_eq!(client.get(CONTEXT).await.status, 200);
        }
    }
    let listing = admin.get(sessions).await.expect_status(200);
    assert_eq!(listing.json()["entry"].as_array().unwrap().len(), before);
}

#[tokio::test]
async fn the_last_use_before_a_stop_is_written_down() {
    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    let made = token(&admin, "admin", &[]).await;
    // Two uses in different seconds, the last of them just before the stop.
    let bearer = server.bearer(&made.string);
    assert_eq!(bearer.get(CONTEXT).await.status, 200);
    until(now() + 1).await;
    let earliest = now();
    assert_eq!(bearer.get(CONTEXT).await.status, 200);
    let latest = now();
    server.restart();
    let path = tokens_of(&made.id);
    let entry = admin.get(&path).await.expect_status(200).json();
    let content = &entry["entry"][0]["content"];
    let used = content["lastUsed"].as_i64().unwrap();
    assert!((earliest..=latest).contains(&used), "{content}");
    assert_eq!(content["lastUsedIp"], Ipv4Addr::LOCALHOST.to_string());
}

#[tokio::test]
async fn what_was_revoked_stays_revoked_over_any_restart() {
    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    let (deleted, disabled) = (
        token(&admin, "admin", &[]).await,
        token(&admin, "admin", &[]).await,
    );
    for one in [&deleted, &disabled] {
        assert_eq!(server.bearer(&one.string).get(CONTEXT).await.status, 200);
    }
    let path = tokens_of("admin");
    let form = [("id", disabled.id.as_str()), ("status", "disabled")];
    assert_eq!(admin.post(&path, &form).await.status, 200);
    let form = [("id", deleted.id.as_str())];
    assert_eq!(admin.delete(&path, &form).await.status, 200);
    for end in [Server::kill, Server::stop, Server::kill] {
        for one in [&deleted, &disabled] {
            assert_eq!(server.bearer(&one.string).get(CONTEXT).await.status, 401);
        }
        end(&mut server);
        server.start_again();
    }
    for one in [&deleted, &disabled] {
        assert_eq!(server.bearer(&one.string).get(CONTEXT).await.status, 401);
    }
}

/// As a crash in the midst of the first start may leave it.
#[tokio::test]
async fn an_installation_without_an_id_gets_one_and_keeps_it() {
    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    server.stop();
    fs::write(server.data().join("installation-id"), "").unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        server.start_again();
        let info = admin.get("/services/server/info?output_mode=json").await;
        let info = info.expect_status(200).json();
        seen.push(
            info["entry"][0]["content"]["guid"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
        server.stop();
    }
    assert_eq!(seen[0].len(), 36, "{seen:?}");
    assert_eq!(seen[0], seen[1]);
}
