//! Whoever revokes a token must be able to know that it is dead: threads verify as fast as they can while tokens are
//! revoked, disabled and narrowed and their owners locked, and a judge looks for a pass that began after the answer
//! (NT-09; G1 of data-plane.md 6.4 with one node, where the bound is nothing at all).

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tokenry_testkit::{client::Client, server::Server};

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

async fn history(server: &Server, way: Way) -> (Vec<Seen>, Vec<End>) {
    let admin = admin(server).await;
    let (mut strings, mut ids, mut users) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..TOKENS {
        let name = format!("{way:?}{n}").to_lowercase();
        user(&admin, &name).await;
        let form = ["opaque", "hex", "splunk_jwt"][n % 3];
        // One in hex digits needs a privilege that this role has, too.
        let made = make(
            &admin,
            &json!({ "user": name, "form": form, "addresses": [CLIENT] }),
        )
        .await;
        strings.push(made["token"].as_str().unwrap().to_owned());
        ids.push(made["id"].as_str().unwrap().to_owned());
        users.push(name);
    }
    let (done, ends, gate) = (
        AtomicBool::new(false),
        Mutex::new(Vec::new()),
        server.gate(),
    );
    let runtime = tokio::runtime::Handle::current();
    let seen = thread::scope(|scope| {
        let (strings, done) = (&strings, &done);
        let verifiers: Vec<_> = (0..VERIFIERS)
            .map(|first| scope.spawn(move || verify(gate, strings, first * 5, done)))
            .collect();
        let pause = || runtime.block_on(tokio::time::sleep(Duration::from_millis(100)));
        pause();
        let ending = scope.spawn(|| {
            for (token, (user, id)) in users.iter().zip(&ids).enumerate() {
                let asked = Instant::now();
                runtime.block_on(way.end(&admin, user, id));
                let answered = Instant::now();
                ends.lock().unwrap().push(End {
                    token,
                    asked,
                    answered,
                });
            }
        });
        let ended = ending.join();
        pause();
        done.store(true, Relaxed);
        ended.unwrap();
        let parts = verifiers
            .into_iter()
            .map(|verifier| verifier.join().unwrap());
        parts.flatten().collect()
    });
    (seen, ends.into_inner().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn nt09_the_first_verification_after_the_answer_is_refused() {
    let (server, _, _) = server_with(RULES).await;
    let admin = admin(&server).await;
    let role = [
        ("name", "clerk"),
        ("capabilities", "orders.read"),
        ("capabilities", "use token"),
    ];
    drop(
        admin
            .post("/services/authorization/roles", &role)
            .await
            .expect_status(201),
    );
    for way in [Way::Revoke, Way::Disable, Way::Lock, Way::Demote] {
        let (seen, ends) = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(history(&server, way))
        });
        assert_eq!(ends.len(), TOKENS);
        assert!(
            seen.len() > 40 * TOKENS,
            "{} verifications are too few to tell",
            seen.len()
        );
        assert_eq!(wrong(&seen, &ends), (0, 0), "{way:?}");
        // The judge is not blind: had the ends been answered before they were asked for, it would have noticed.
        let sooner = Duration::from_millis(20);
        let ahead: Vec<End> = ends
            .iter()
            .map(|end| End {
                answered: end.asked - sooner,
                ..*end
            })
            .collect();
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
