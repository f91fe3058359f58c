//! A full disk: writes are refused with a 503 and leave nothing behind, verifications go on, and when there is room
//! again so does everything (NT-74, NT-75). Filled in two ways: a file system of its own, too small, where it may be
//! mounted; and a limit on the size of files, which needs no rights.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tempfile::TempDir;
use tokenry_testkit::{
    client::{Answer, Client},
    server::{ADMIN_PASSWORD, Server},
};
use tokio::time::{sleep, timeout};

use super::audit;
use crate::kit::{BINARY, CONTEXT, ROLES, SETTINGS, TOKENS, Token, USERS, names, token, tokens_of};

/// The longest that the server may take to go on, on the slowest machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Far more operations than there is room for.
const MANY: usize = 5_000;

/// A server whose database and audit file are where the room can be taken away.
struct Cramped {
    server: Server,
    place: TempDir,
    means: Means,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    /// No file of the process may grow or be written.
    Limit,
    /// A file system of its own, which only the server sees.
    Mount,
}

impl Cramped {
    fn start(means: Means) -> Self {
        let place = tempfile::tempdir().unwrap();
        let disk = place.path().join("disk");
        fs::create_dir(&disk).unwrap();
        let script = match means {
            // Whoever is not told otherwise is killed when he reaches the limit.
            Means::Limit => format!("trap '' XFSZ\nexec '{BINARY}' \"$@\""),
            Means::Mount => format!(
                "exec unshare -m sh -c 'mount -t tmpfs -o size=8m tokenry \"$0\" && exec \"$@\"' '{}' '{BINARY}' \"$@\"",
                disk.display()
            ),
        };
        let server = Server::builder(script_in(place.path(), &script))
            .env("TOKENRY_STORE__PATH", disk.join("tokenry.db"))
            .env("TOKENRY_LOG__DIRECTORY", disk.join("log"))
            .start();
        Self {
            server,
            place,
            means,
        }
    }

    /// The disk as the server sees it.
    fn disk(&self) -> PathBuf {
        let disk = self.place.path().join("disk");
        match self.means {
            Means::Limit => disk,
            Means::Mount => {
                let root = format!("/proc/{}/root", self.server.process_id());
                Path::new(&root).join(disk.strip_prefix("/").unwrap())
            }
        }
    }

    fn fill(&self) {
        match self.means {
            Means::Limit => self.limit(Some(0)),
            Means::Mount => {
                let mut file = File::create(self.disk().join("rubbish")).unwrap();
                let full = (0..MANY).find_map(|_| file.write_all(&[0; 4096]).err());
                full.unwrap();
            }
        }
    }

    fn free(&self) {
        match self.means {
            Means::Limit => self.limit(None),
            Means::Mount => fs::remove_file(self.disk().join("rubbish")).unwrap(),
        }
    }

    fn limit(&self, current: Option<u64>) {
        let id = i32::try_from(self.server.process_id()).unwrap();
        let limit = Rlimit {
            current,
            maximum: None,
        };
        prlimit(Pid::from_raw(id), Resource::Fsize, limit).unwrap();
    }
}

/// A program that does this.
pub(super) fn script_in(directory: &Path, lines: &str) -> PathBuf {
    let path = directory.join("tokenry.sh");
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Where nothing may be mounted the limit has to do.
fn best_means() -> Means {
    let script = "mount -t tmpfs -o size=1m tokenry /mnt";
    let tried = Command::new("unshare")
        .args(["-m", "sh", "-c", script])
        .stderr(Stdio::null())
        .status();
    if tried.is_ok_and(|status| status.success()) {
        Means::Mount
    } else {
        println!("nothing may be mounted here: the disk is one whose files may not grow");
        Means::Limit
    }
}

/// The vendor's words, with a hint when to try again.
#[track_caller]
pub(super) fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(
        answer.message(),
        "KVStore is not ready. Token auth system will not work."
    );
    let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds > 0);
}

/// Waits until writing works again, and gives back the token that was then made.
pub(super) async fn recovered(admin: &Client) -> Token {
    let form = [("name", "admin"), ("audience", "recovered")];
    let made = timeout(PATIENCE, async {
        loop {
            let made = admin.post(TOKENS, &form).await;
            if made.status == 201 {
                return Token::from_json(&made.json());
            }
            assert_unavailable(&made);
            sleep(Duration::from_millis(50)).await;
        }
    });
    made.await.unwrap_or_else(|_| panic!("it did not recover"))
}

pub(super) async fn listed(admin: &Client) -> BTreeSet<String> {
    let listing = admin.get(&format!("{TOKENS}&count=0")).await;
    let names = names(&listing.expect_status(200).json());
    names.into_iter().collect()
}

/// Everything that writes is refused.
pub(super) async fn assert_no_writing(server: &Server, admin: &Client, victim: &Token) {
    let all = tokens_of("admin");
    let one = [("id", victim.id.as_str())];
    let disable = [("id", victim.id.as_str()), ("status", "disabled")];
    let create = [("name", "admin"), ("audience", "refused")];
    let user = [
        ("name", "anna"),
        ("password", "password of anna"),
        ("roles", "user"),
    ];
    let sign_in = [
        ("username", "admin"),
        ("password", ADMIN_PASSWORD),
        ("output_mode", "json"),
    ];
    assert_unavailable(&admin.post(TOKENS, &create).await);
    assert_unavailable(&admin.post(&all, &disable).await);
    assert_unavailable(&admin.post(&all, &[("status", "disabled")]).await);
    assert_unavailable(&admin.delete(&all, &one).await);
    assert_unavailable(&admin.delete(&all, &[]).await);
    assert_unavailable(&admin.post(USERS, &user).await);
    assert_unavailable(&admin.post(ROLES, &[("name", "guest")]).await);
    assert_unavailable(&admin.post(SETTINGS, &[("disabled", "true")]).await);
    let anonymous = server.anonymous();
    assert_unavailable(&anonymous.post("/services/auth/login", &sign_in).await);
}

async fn a_full_disk(means: Means) {
    let mut cramped = Cramped::start(means);
    let admin = cramped.server.admin_session().await;
    let bearer = |server: &Server, token: &Token| server.bearer(&token.string);
    let known = token(&admin, "admin", &[]).await;
    let cold = token(&admin, "admin", &[]).await;
    let victim = token(&admin, "admin", &[]).await;
    let mut made = BTreeSet::from([&known, &cold, &victim].map(|one| one.id.clone()));
    for warm in [&known, &victim] {
        let granted = bearer(&cramped.server, warm).get(CONTEXT).await;
        assert_eq!(granted.status, 200);
    }

    cramped.fill();
    let form = [("name", "admin"), ("audience", "filling")];
    for n in 0.. {
        assert!(n < MANY, "the disk never gets full");
        let answer = admin.post(TOKENS, &form).await;
        if answer.status != 201 {
            assert_unavailable(&answer);
            break;
        }
        made.insert(Token::from_json(&answer.json()).id);
    }
    for _ in 0..3 {
        assert_no_writing(&cramped.server, &admin, &victim).await;
        for token in [&known, &victim, &cold] {
            let granted = bearer(&cramped.server, token).get(CONTEXT).await;
            assert_eq!(granted.status, 200, "verifications go on");
        }
        let refused = cramped.server.bearer("rubbish").get(CONTEXT).await;
        assert_eq!(refused.status, 401);
        assert_eq!(listed(&admin).await, made, "what was refused is not there");
    }

    cramped.free();
    let last = recovered(&admin).await;
    made.insert(last.id.clone());
    let one = [("id", victim.id.as_str())];
    let deleted = admin.delete(&tokens_of("admin"), &one).await;
    assert_eq!(deleted.status, 200, "{deleted:?}");
    made.remove(&victim.id);
    let expect = async |cramped: &Cramped| {
        assert_eq!(listed(&admin).await, made);
        for (token, status) in [(&known, 200), (&last, 200), (&victim, 401)] {
            let answer = bearer(&cramped.server, token).get(CONTEXT).await;
            assert_eq!(answer.status, status);
        }
    };
    expect(&cramped).await;

    // Every answered operation has its line in the audit log, and no other has: the set-up, the sign-in, the tokens.
    let log = cramped.disk().join("log");
    let events = audit::events_up_to(&log, &last.id).await;
    let recovered = events
        .iter()
        .find(|event| event.token.as_ref() == Some(&last.id));
    let before = i64::try_from(made.len()).unwrap() + 1;
    assert_eq!(recovered.unwrap().sequence, 2 + before);
    // What the file could not take is counted in it.
    let untold = audit::sum(&audit::of_kind(&audit::lines(&log), "lost"));
    let missing = 2 + before - i64::try_from(events.len()).unwrap();
    assert!(i64::try_from(untold).unwrap() >= missing);
    if means == Means::Limit {
        assert!(untold > 0, "the refusals at least could not be written");
        cramped.server.restart();
        expect(&cramped).await;
    }
}

#[tokio::test]
async fn nt74_nt75_on_a_disk_without_room_writes_are_refused_and_all_else_goes_on() {
    a_full_disk(best_means()).await;
}

#[tokio::test]
async fn nt74_nt75_with_files_that_may_not_grow_writes_are_refused_and_all_else_goes_on() {
    a_full_disk(Means::Limit).await;
}
