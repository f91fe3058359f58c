//! A database that is taken away while the server runs: what verifiers remember is decided, all else is a 503 and never
//! a refusal, nothing is claimed that is not so, and when it is back so is the server (NT-75).

use std::fs;

use tokenry_testkit::{client::Client, server::Server};

use super::disk::{assert_no_writing, assert_unavailable, recovered};
use crate::kit::{BINARY, CONTEXT, TOKENS, Token, token, tokens_of};

struct Scene {
    server: Server,
    admin: Client,
    /// Verified before, so remembered.
    warm: Token,
    /// Not.
    cold: Token,
}

impl Scene {
    async fn new() -> Self {
        let server = Server::start(BINARY);
        let admin = server.admin_session().await;
        let warm = token(&admin, "admin", &[]).await;
        let cold = token(&admin, "admin", &[]).await;
        let scene = Self {
            server,
            admin,
            warm,
            cold,
        };
        assert_eq!(scene.status(&scene.warm).await, 200);
        scene
    }

    async fn status(&self, token: &Token) -> u16 {
        self.server.bearer(&token.string).get(CONTEXT).await.status
    }

    /// How it must be while the database is gone.
    async fn assert_gone(&self) {
        for _ in 0..3 {
            assert_no_writing(&self.server, &self.admin, &self.warm).await;
            assert_unavailable(&self.admin.get(TOKENS).await);
            let cold = self.server.bearer(&self.cold.string).get(CONTEXT).await;
            assert_unavailable(&cold);
            assert_eq!(self.status(&self.warm).await, 200, "is remembered");
            let rubbish = self.server.bearer("rubbish").get(CONTEXT).await;
            assert_eq!(rubbish.status, 401, "needs no database to be refused");
        }
    }

    /// How it must be when it is back: nothing that was refused has happened.
    async fn assert_back(mut self) {
        let last = recovered(&self.admin).await;
        for token in [&self.warm, &self.cold, &last] {
            assert_eq!(self.status(token).await, 200);
        }
        let one = [("id", self.warm.id.as_str())];
        let deleted = self.admin.delete(&tokens_of("admin"), &one).await;
        assert_eq!(deleted.status, 200);
        assert_eq!(self.status(&self.warm).await, 401);
        self.server.restart();
        assert_eq!(self.status(&self.warm).await, 401);
        for token in [&self.cold, &last] {
            assert_eq!(self.status(token).await, 200);
        }
    }
}

#[tokio::test]
async fn nt75_a_database_that_is_moved_away_is_missed_until_it_is_back() {
    let scene = Scene::new().await;
    let database = scene.server.data().join("tokenry.db");
    let elsewhere = scene.server.place().join("elsewhere.db");
    fs::rename(&database, &elsewhere).unwrap();
    scene.assert_gone().await;
    assert!(!database.exists(), "no empty one takes its place");
    fs::rename(&elsewhere, &database).unwrap();
    scene.assert_back().await;
}

#[tokio::test]
async fn nt75_a_database_that_is_replaced_is_not_taken_for_ours() {
    let scene = Scene::new().await;
    let database = scene.server.data().join("tokenry.db");
    let elsewhere = scene.server.place().join("elsewhere.db");
    fs::rename(&database, &elsewhere).unwrap();
    fs::copy(&elsewhere, &database).unwrap();
    scene.assert_gone().await;
    fs::rename(&elsewhere, &database).unwrap();
    scene.assert_back().await;
}

#[tokio::test]
async fn nt75_a_whole_data_directory_that_is_moved_away_is_missed_until_it_is_back() {
    let scene = Scene::new().await;
    let elsewhere = scene.server.place().join("elsewhere");
    fs::rename(scene.server.data(), &elsewhere).unwrap();
    scene.assert_gone().await;
    fs::rename(&elsewhere, scene.server.data()).unwrap();
    scene.assert_back().await;
}

/// Nobody can tell at once that the file has lost its contents; but no token is refused for it, and no revocation is
/// said to have been made.
#[tokio::test]
async fn nt75_a_database_that_is_cut_off_refuses_nobody() {
    let mut scene = Scene::new().await;
    // So that the write-ahead log is empty, and the memory, too.
    scene.server.restart();
    assert_eq!(scene.status(&scene.warm).await, 200);
    let database = scene.server.data().join("tokenry.db");
    let whole = fs::read(&database).unwrap();
    fs::write(&database, "").unwrap();
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(scene.status(&scene.cold).await);
        let one = [("id", scene.warm.id.as_str())];
        let deleted = scene.admin.delete(&tokens_of("admin"), &one).await;
        seen.push(deleted.status);
        assert_eq!(scene.status(&scene.warm).await, 200, "is remembered");
    }
    println!("{seen:?}");
    assert!(seen.iter().all(|status| *status >= 500), "{seen:?}");
    fs::write(&database, &whole).unwrap();
    scene.assert_back().await;
}
