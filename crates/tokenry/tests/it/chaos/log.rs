//! A log that nobody takes: stderr leads to a full disk, or to a reader who has gone, or nowhere. The server says
//! nothing then, and goes on.

use tokenry_testkit::server::Server;

use super::disk::script_in;
use crate::kit::{BINARY, CONTEXT, token};

/// Serves with its stderr led there by a shell, which may do something before.
async fn serves_with(before: &str, stderr: &str) {
    let place = tempfile::tempdir().unwrap();
    let pipe = place.path().join("pipe");
    let script = format!(
        "pipe='{}'\n{before}\nexec '{BINARY}' \"$@\" 2>{stderr}",
        pipe.display()
    );
    let script = script_in(place.path(), &script);
    let mut server = Server::builder(script).log_level("trace").start();
    let admin = server.admin_session().await;
    let made = token(&admin, "admin", &[]).await;
    for _ in 0..10 {
        let granted = server.bearer(&made.string).get(CONTEXT).await;
        assert_eq!(granted.status, 200);
        let refused = server.bearer("rubbish").get(CONTEXT).await;
        assert_eq!(refused.status, 401);
    }
    server.stop();
}

#[tokio::test]
async fn a_log_on_a_full_disk_stops_nothing() {
    serves_with("", "/dev/full").await;
}

#[tokio::test]
async fn a_log_that_nobody_reads_any_more_stops_nothing() {
    serves_with("mkfifo \"$pipe\"; true <\"$pipe\" &", "\"$pipe\"").await;
}

#[tokio::test]
async fn a_log_that_is_closed_stops_nothing() {
    serves_with("", "&-").await;
}
