//! What the gate does when time, store and owner move under a token.

use std::{fs, time::Duration};

use serde_json::json;
use tokenry_testkit::{gate::Asking, server::Server};

use super::{
    super::kit::BINARY,
    kit::{CLIENT, admin, make, outcome, server_with, string},
};

/// While its lease is held the gate goes on from memory; then it answers 503, and never 401, so that no client throws
/// its token away.
#[tokio::test]
async fn nt75_without_its_store_the_gate_goes_on_for_a_while_and_then_says_so() {
    let (server, asking, good) = server_with("[gate]\nfreshness = '10s'\n").await;
    assert_eq!(outcome(&asking.about(&good, CLIENT).await), "admin");
    let database = server.data().join("tokenry.db");
    let elsewhere = server.place().join("elsewhere.db");
    fs::rename(&database, &elsewhere).unwrap();
    assert_eq!(outcome(&asking.about(&good, CLIENT).await), "admin");
    let undecided = until(async || {
        let told = asking.about(&good, CLIENT).await;
        assert_ne!(told.status, 401);
        (told.status == 503).then_some(told)
    })
    .await;
    assert_eq!(outcome(&undecided), "503 undecided");
    assert_eq!(undecided.header("retry-after"), Some("1"));
    let forged = asking.about("tky_pat_made-up", CLIENT).await;
    assert_eq!(outcome(&forged), "401 invalid_token", "needs no store");
    let at_the_face = server.bearer(&good).get(super::super::kit::CONTEXT).await;
    assert_eq!(at_the_face.status, 503);
    fs::rename(&elsewhere, &database).unwrap();
    until(async || (asking.about(&good, CLIENT).await.status == 200).then_some(())).await;
}

#[tokio::test]
async fn a_token_ends_when_it_is_to_end() {
    let (server, asking, _) = server_with("").await;
    let admin = admin(&server).await;
    let short = string(&admin, &json!({ "expires": "+2s" })).await;
    let later = string(&admin, &json!({ "not_before": "+1d" })).await;
    assert_eq!(outcome(&asking.about(&short, CLIENT).await), "admin");
    assert_eq!(
        outcome(&asking.about(&later, CLIENT).await),
        "401 invalid_token"
    );
    until(async || (asking.about(&short, CLIENT).await.status == 401).then_some(())).await;
}

/// The mark in the database counts where the clock has been set back meanwhile.
#[tokio::test]
async fn nt08_what_has_expired_stays_so_when_the_clock_is_set_back() {
    let (mut server, asking, _) = server_with("").await;
    let admin_client = admin(&server).await;
    let short = string(&admin_client, &json!({ "expires": "+1h" })).await;
    assert_eq!(outcome(&asking.about(&short, CLIENT).await), "admin");
    // As if the server had run for two hours, and the clock had then been set back to now.
    server.stop();
    let script = "import sqlite3, sys, time\nwith sqlite3.connect(sys.argv[1]) as db: \
        assert db.execute('UPDATE head SET latest = ?', [int((time.time() + 7200) * 1e6)]).rowcount == 1";
    let mut python = std::process::Command::new("python3");
    python
        .args(["-c", script])
        .arg(server.data().join("tokenry.db"));
    assert!(python.status().unwrap().success());
    server.start_again();
    let asking = Asking(server.gate());
    assert_eq!(
        outcome(&asking.about(&short, CLIENT).await),
        "401 invalid_token"
    );
    assert!(server.log().contains("is behind") || server.log().contains("behind the time"));
    // The operator knows better: the clock was wrong then.
    server.stop();
    let reset = server.command(&["admin", "reset-clock"]).output().unwrap();
    assert!(
        reset.status.success(),
        "{}",
        String::from_utf8_lossy(&reset.stderr)
    );
    server.start_again();
    let asking = Asking(server.gate());
    assert_eq!(outcome(&asking.about(&short, CLIENT).await), "admin");
}

#[tokio::test]
async fn a_token_is_used_no_more_often_than_it_may_be() {
    let (server, asking, free) = server_with("").await;
    let admin = admin(&server).await;
    let rate = json!({ "rate": { "per_minute": 6, "burst": 3 } });
    let limited = string(&admin, &rate).await;
    let mut outcomes = Vec::new();
    for _ in 0..6 {
        outcomes.push(outcome(&asking.about(&limited, CLIENT).await));
    }
    assert_eq!(outcomes[..3], ["admin"; 3]);
    assert_eq!(outcomes[5], "429 too_many_requests");
    let told = asking.about(&limited, CLIENT).await;
    let wait: u64 = told.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    assert_eq!(outcome(&asking.about(&free, CLIENT).await), "admin");
    let face = server
        .bearer(&limited)
        .get(super::super::kit::CONTEXT)
        .await;
    assert_eq!(
        (face.status, face.header("retry-after").is_some()),
        (429, true)
    );
}

/// Where and when a token was last used at the gate is written down within the interval, without a write for each use.
#[tokio::test]
async fn the_last_use_at_the_gate_is_written_down() {
    let (server, asking, _) = server_with("").await;
    let admin = admin(&server).await;
    let made = make(&admin, &json!({ "audience": "seen" })).await;
    for _ in 0..50 {
        let told = asking
            .about(made["token"].as_str().unwrap(), "198.51.100.7")
            .await;
        assert_eq!(told.status, 200);
    }
    let list = "/services/authorization/tokens?output_mode=json&search=seen";
    let used = until(async || {
        let listed = admin.get(list).await.json();
        let content = &listed["entry"][0]["content"];
        (content["lastUsedIp"] == "198.51.100.7").then(|| content["lastUsed"].clone())
    })
    .await;
    assert!(used.as_i64().unwrap() > 1_700_000_000);
}

/// A change of the keys publishes the new one beside the old, and what the old one signed goes on.
#[tokio::test]
async fn nt56_an_assertion_names_its_key_and_the_old_tokens_go_on_with_a_new_one() {
    let (mut server, asking, good) = server_with("").await;
    let before = asking.about(&good, CLIENT).await;
    server.stop();
    assert!(
        server
            .command(&["admin", "rotate-key"])
            .output()
            .unwrap()
            .status
            .success()
    );
    server.start_again();
    let asking = Asking(server.gate());
    let after = asking.about(&good, CLIENT).await;
    assert_eq!(outcome(&after), "admin");
    let header = |told: &tokenry_testkit::gate::Told| {
        let assertion = told.header("x-tokenry-assertion").unwrap().to_owned();
        assertion.split('.').next().unwrap().to_owned()
    };
    assert_ne!(header(&before), header(&after));
}

#[tokio::test]
async fn without_an_address_there_is_no_gate() {
    let server = Server::builder(BINARY)
        .env("TOKENRY_GATE__LISTEN", "")
        .start();
    let said = server.said().join("\n");
    assert!(!said.contains("gate"), "{said}");
}

/// What `find` finds, for as long as the slowest machine may take.
async fn until<T>(mut find: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = find().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it did not happen within a minute");
}
