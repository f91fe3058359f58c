//! The vendor's own examples and the calls of real clients, one after the other.

use tokenry_testkit::server::Server;

const BINARY: &str = env!("CARGO_BIN_EXE_tokenry");

#[tokio::test]
async fn starts() {
    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    let a = admin.get("/services/authentication/current-context?output_mode=json").await;
    assert_eq!(a.status, 200, "{a:?}");
    server.restart();
    let a = admin.get("/services/authentication/current-context?output_mode=json").await;
    assert_eq!(a.status, 200, "{a:?}");
    println!("{:?}", server.said());
}
