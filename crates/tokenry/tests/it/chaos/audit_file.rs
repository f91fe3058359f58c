//! An audit file that cannot be written: the server goes on, what is missing is counted and told as soon as it can be
//! written again, and what is missing at the end after a crash is made up for (NT-74).

use std::{fs, path::PathBuf};

use tokenry_testkit::{client::Client, server::Server};

use super::audit;
use crate::kit::{BINARY, CONTEXT, Token, token, tokens_of};

fn log_of(server: &Server) -> PathBuf {
    server.data().join("log")
}

async fn make(admin: &Client, count: usize) -> Vec<Token> {
    let mut made = Vec::new();
    for _ in 0..count {
        made.push(token(admin, "admin", &[]).await);
    }
    made
}

fn numbers(events: &[audit::Event]) -> Vec<i64> {
    events.iter().map(|event| event.sequence).collect()
}

#[tokio::test]
async fn nt74_without_an_audit_file_all_goes_on_and_the_gap_is_told() {
    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    let first = make(&admin, 1).await;
    audit::events_up_to(&log_of(&server), &first[0].id).await;
    let elsewhere = server.place().join("elsewhere");
    fs::rename(log_of(&server), &elsewhere).unwrap();

    let made = make(&admin, 5).await;
    for token in &made {
        let granted = server.bearer(&token.string).get(CONTEXT).await;
        assert_eq!(granted.status, 200);
    }
    let one = [("id", made[0].id.as_str())];
    let deleted = admin.delete(&tokens_of("admin"), &one).await;
    assert_eq!(deleted.status, 200);
    let refused = server.bearer(&made[0].string).get(CONTEXT).await;
    assert_eq!(refused.status, 401);
    assert!(
        !log_of(&server).exists(),
        "what somebody moved is not made again"
    );

    // Five that were made, one that was deleted, one that was refused.
    audit::eventually("an attempt for each line", || {
        let attempts = server
            .log()
            .matches("the audit file cannot be written")
            .count();
        assert!(attempts <= 7);
        (attempts == 7).then_some(())
    })
    .await;
    fs::rename(&elsewhere, log_of(&server)).unwrap();
    let last = make(&admin, 1).await;
    let events = audit::events_up_to(&log_of(&server), &last[0].id).await;
    assert_eq!(numbers(&events), [1, 2, 3, 10], "the store has the others");
    let lines = audit::lines(&log_of(&server));
    let told = lines.iter().position(|line| line["kind"] == "lost");
    let told = told.unwrap();
    assert_eq!(lines[told]["count"], 7);
    assert_eq!(lines[told + 1]["sequence"], 10, "told where it is missing");
    server.stop();
    assert_eq!(
        audit::lines(&log_of(&server)).len(),
        lines.len(),
        "told once"
    );
}

#[tokio::test]
async fn nt74_what_is_missing_at_the_end_after_a_crash_is_made_up_for() {
    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    let first = make(&admin, 1).await;
    audit::events_up_to(&log_of(&server), &first[0].id).await;
    let elsewhere = server.place().join("elsewhere");
    fs::rename(log_of(&server), &elsewhere).unwrap();
    drop(make(&admin, 5).await);
    server.kill();
    fs::rename(&elsewhere, log_of(&server)).unwrap();
    server.start_again();
    let last = make(&admin, 1).await;
    let events = audit::events_up_to(&log_of(&server), &last[0].id).await;
    assert_eq!(numbers(&events), (1..=9).collect::<Vec<_>>());
}

/// A crash before the first line, or an audit file that somebody took away.
#[tokio::test]
async fn nt74_an_audit_file_without_events_gets_all_of_them() {
    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    let first = make(&admin, 3).await;
    audit::events_up_to(&log_of(&server), &first[2].id).await;
    server.kill();
    fs::write(log_of(&server).join("audit.jsonl"), "").unwrap();
    server.start_again();
    let last = make(&admin, 1).await;
    let events = audit::events_up_to(&log_of(&server), &last[0].id).await;
    assert_eq!(numbers(&events), (1..=6).collect::<Vec<_>>());
}

/// As a crash of the whole machine may leave it.
#[tokio::test]
async fn nt74_half_a_line_at_the_end_is_made_up_for() {
    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    let first = make(&admin, 3).await;
    audit::events_up_to(&log_of(&server), &first[2].id).await;
    server.kill();
    let path = log_of(&server).join("audit.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let (whole, torn) = text.split_at(text.len() - 20);
    assert!(torn.ends_with('\n') && torn.lines().count() == 1);
    fs::write(&path, whole).unwrap();
    server.start_again();
    let last = make(&admin, 1).await.remove(0);
    // The half line stays as it is; the reader of this test takes it away.
    let again = audit::eventually("a line about the last token", || {
        let text = fs::read_to_string(&path).unwrap();
        (text.contains(&last.id) && text.ends_with('\n')).then_some(text)
    })
    .await;
    let half = whole.lines().last().unwrap();
    let lines: Vec<&str> = again.lines().filter(|line| *line != half).collect();
    assert_eq!(lines.len(), again.lines().count() - 1);
    fs::write(&path, format!("{}\n", lines.join("\n"))).unwrap();
    let events = audit::events(&log_of(&server));
    assert_eq!(numbers(&events), (1..=6).collect::<Vec<_>>());
}

/// As a tool that rotates logs may do.
#[tokio::test]
async fn nt74_an_audit_file_that_is_moved_away_is_begun_anew() {
    let server = Server::start(BINARY);
    let admin = server.admin_session().await;
    let first = make(&admin, 1).await;
    audit::events_up_to(&log_of(&server), &first[0].id).await;
    let path = log_of(&server).join("audit.jsonl");
    fs::rename(&path, log_of(&server).join("old")).unwrap();
    let next = make(&admin, 1).await;
    let events = audit::events_up_to(&log_of(&server), &next[0].id).await;
    assert_eq!(numbers(&events), [4]);
}
