//! A log that nobody takes: stderr leads to a full disk, or to a reader who has gone. The server says nothing then, and
//! goes on.

use tokenry_testkit::server::Server;

use super::disk::script_in;
use crate::kit::{BINARY, CONTEXT, token};

async fn serves_with(stderr: &str) {
    let place = tempfile::tempdir().unwrap();
    let script = script_in(place.path(), &format!("exec '{BINARY}' \"$@\" {stderr}"));
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
    serves_with("2>/dev/full").await;
}

#[tokio::test]
async fn a_log_that_nobody_reads_any_more_stops_nothing() {
    serves_with("2>&1 >&3 3>&- | true").await;
}

#[tokio::test]
async fn a_log_that_is_closed_stops_nothing() {
    serves_with("2>&-").await;
}
