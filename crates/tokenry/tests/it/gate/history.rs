//! Whoever revokes a token must be able to know that it is dead: threads verify as fast as they can while tokens are
//! revoked, disabled and narrowed and their owners locked, and a judge looks for a pass that began after the answer
//! (NT-09; G1 of data-plane.md 6.4 with one node, where the bound is nothing at all).

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tokenry_testkit::{client::Client, server::Server};
use tokio::runtime::Runtime;

use super::kit::{CLIENT, admin, make, server_with};

/// How many tokens end in each way.
const TOKENS: usize = 12;

/// How many threads verify.
const VERIFIERS: usize = 3;

const RULES: &str = "[[gate.rules]]\npath = '/**'\ncapabilities = ['orders.read']\n";

/// One verification, from just before it was asked until just after it was answered.
#[derive(Debug, Clone, Copy)]
struct Seen {
    token: usize,
    began: Instant,
    ended: Instant,
    passed: bool,
}

/// The end of a token, likewise.
#[derive(Debug, Clone, Copy)]
struct End {
    token: usize,
    asked: Instant,
    answered: Instant,
}

/// The verifications that cannot be right: passes that began after the end was answered, and refusals that were over
/// before it was asked for.
fn wrong(seen: &[Seen], ends: &[End]) -> (usize, usize) {
    let end = |token| ends.iter().find(|end| end.token == token);
    let late =
        |seen: &&Seen| seen.passed && end(seen.token).is_some_and(|end| seen.began >= end.answered);
    let early =
        |seen: &&Seen| !seen.passed && end(seen.token).is_none_or(|end| seen.ended <= end.asked);
    (
        seen.iter().filter(late).count(),
        seen.iter().filter(early).count(),
    )
}

/// A connection of a proxy.
struct Proxy(TcpStream);

impl Proxy {
    fn passes(&mut self, token: &str) -> bool {
        let request = format!(
            "GET /v1/verify HTTP/1.1\r\nHost: gate\r\nX-Forwarded-For: {CLIENT}\r\nX-Forwarded-Method: GET\r\n\
             X-Forwarded-Host: api\r\nX-Forwarded-Uri: /orders\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        self.0.write_all(request.as_bytes()).unwrap();
        let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            let read = self.0.read(&mut buffer).unwrap();
            assert!(read > 0, "the gate closed the connection");
            answer.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&answer);
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let head = head.to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1).unwrap();
            let length: usize = length.lines().next().unwrap().parse().unwrap();
            if body.len() >= length {
                let status = head.split(' ').nth(1).unwrap();
                assert!(matches!(status, "200" | "401" | "403"), "{text}");
                return status == "200";
            }
        }
    }
}

/// Verifies all tokens in turn until it is done.
fn verify(gate: SocketAddr, tokens: &[String], first: usize, done: &AtomicBool) -> Vec<Seen> {
    let stream = TcpStream::connect(gate).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut proxy = Proxy(stream);
    let mut seen = Vec::new();
    for n in first.. {
        if done.load(Relaxed) {
            break;
        }
        let token = n % tokens.len();
        let began = Instant::now();
        let passed = proxy.passes(&tokens[token]);
        seen.push(Seen {
            token,
            began,
            ended: Instant::now(),
            passed,
        });
    }
    seen
}

/// The ways in which a token ends.
#[derive(Debug, Clone, Copy)]
enum Way {
    Revoke,
    Disable,
    Lock,
    Demote,
}

impl Way {
    async fn end(self, admin: &Client, user: &str, id: &str) {
        let path = format!("/services/authorization/tokens/{user}");
        let answer = match self {
            Self::Revoke => admin.delete(&path, &[("id", id)]).await,
            Self::Disable => {
                admin
                    .post(&path, &[("id", id), ("status", "disabled")])
                    .await
            }
            Self::Lock => {
                let path = format!("/services/authentication/users/{user}");
                admin.post(&path, &[("locked-out", "1")]).await
            }
            Self::Demote => {
                let path = format!("/services/authentication/users/{user}");
                admin.post(&path, &[("roles", "user")]).await
            }
        };
        assert_eq!(answer.status, 200, "{self:?}: {}", answer.text);
    }
}

async fn user(admin: &Client, name: &str) {
    let form = [
        ("name", name),
        ("password", "Ch#ng3d!user"),
        ("roles", "clerk"),
    ];
    drop(
        admin
            .post("/services/authentication/users", &form)
            .await
            .expect_status(201),
    );
}

/// Verifies while tokens end, one after the other, in this way.
fn history(runtime: &Runtime, server: &Server, way: Way) -> (Vec<Seen>, Vec<End>) {
    let (admin, tokens) = runtime.block_on(async {
        let admin = admin(server).await;
        let mut tokens = Vec::new();
        for n in 0..TOKENS {
            let name = format!("{way:?}{n}").to_lowercase();
            user(&admin, &name).await;
            let form = ["opaque", "hex", "splunk_jwt"][n % 3];
            let wanted = json!({ "user": name, "form": form, "addresses": [CLIENT] });
            let made = make(&admin, &wanted).await;
            let text = |field: &str| made[field].as_str().unwrap().to_owned();
            tokens.push((name, text("id"), text("token")));
        }
        (admin, tokens)
    });
    let strings: Vec<String> = tokens.iter().map(|(.., string)| string.clone()).collect();
    let (gate, done) = (server.gate(), AtomicBool::new(false));
    let pause = || runtime.block_on(async { tokio::time::sleep(Duration::from_millis(100)).await });
    thread::scope(|scope| {
        // Also where something below fails: the others would verify for ever.
        let end = Ending(&done);
        let verifiers: Vec<_> = (0..VERIFIERS)
            .map(|first| (first, &strings, &done))
            .map(|(first, strings, done)| {
                scope.spawn(move || verify(gate, strings, first * 5, done))
            })
            .collect();
        pause();
        let ends = tokens.iter().enumerate().map(|(token, (user, id, _))| {
            let asked = Instant::now();
            runtime.block_on(way.end(&admin, user, id));
            let answered = Instant::now();
            End {
                token,
                asked,
                answered,
            }
        });
        let ends = ends.collect();
        pause();
        drop(end);
        let parts = verifiers
            .into_iter()
            .map(|verifier| verifier.join().unwrap());
        (parts.flatten().collect(), ends)
    })
}

/// Dropped, it ends the verifying.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

#[test]
fn nt09_the_first_verification_after_the_answer_is_refused() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(async {
        let (server, _, _) = server_with(RULES).await;
        let role = [
            ("name", "clerk"),
            ("capabilities", "orders.read"),
            ("capabilities", "use token"),
        ];
        let made = admin(&server)
            .await
            .post("/services/authorization/roles", &role)
            .await;
        drop(made.expect_status(201));
        server
    });
    for way in [Way::Revoke, Way::Disable, Way::Lock, Way::Demote] {
        let (seen, ends) = history(&runtime, &server, way);
        assert_eq!(ends.len(), TOKENS);
        let enough = 20 * TOKENS;
        assert!(
            seen.len() > enough,
            "{} verifications are too few to tell",
            seen.len()
        );
        assert_eq!(wrong(&seen, &ends), (0, 0), "{way:?}");
        // The judge is not blind: had all ends been answered before the first was asked for, it would have noticed.
        let before = ends[0].asked.checked_sub(Duration::from_millis(50));
        let before = before.unwrap();
        let ahead = ends.iter().map(|end| End {
            answered: before,
            ..*end
        });
        let ahead: Vec<End> = ahead.collect();
        assert!(
            wrong(&seen, &ahead).0 > 0,
            "{way:?}: nothing was verified when it mattered"
        );
    }
}

#[test]
fn nt09_the_judge_tells_right_from_wrong() {
    let start = Instant::now();
    let at = |millis| start + Duration::from_millis(millis);
    let seen = |began, ended, passed| Seen {
        token: 0,
        began: at(began),
        ended: at(ended),
        passed,
    };
    let ends = [End {
        token: 0,
        asked: at(100),
        answered: at(200),
    }];
    for (seen, expected) in [
        (seen(10, 20, true), (0, 0)),
        (seen(10, 20, false), (0, 1)),
        (seen(150, 160, true), (0, 0)),
        (seen(150, 160, false), (0, 0)),
        (seen(190, 300, true), (0, 0)),
        (seen(200, 210, true), (1, 0)),
        (seen(201, 210, false), (0, 0)),
    ] {
        assert_eq!(wrong(&[seen], &ends), expected, "{seen:?}");
    }
}
