//! Killed at random moments of a run of creations, changes of status and deletions, and started again on the same data:
//! nothing that was answered is lost or revived, and nothing is ever half there.

use std::{
    fs,
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::http::Method;
use serde_json::Value;
use tokenry_testkit::{
    client::{Answer, Client, encode},
    server::Server,
};
use tokio::time::sleep;

use super::{
    audit,
    history::{Act, Found, State, Story, judge},
    random::Random,
};
use crate::kit::{BINARY, CONTEXT, TOKENS, Token, token, tokens_of};

/// Where chance begins. With another seed it is another run.
const SEED: u64 = 0x5eed_0001;

/// How often the server ends.
const LIVES: usize = 60;

/// Clients at once, each with tokens of its own.
const CLIENTS: usize = 6;

/// How many tokens a client keeps.
const KEPT: usize = 8;

/// The longest life, in milliseconds.
const LONGEST: usize = 300;

/// The longest start that comes to nothing.
const LONGEST_START: usize = 400;

/// One client, with the stories of its tokens.
struct Actor {
    number: usize,
    admin: Client,
    anonymous: Client,
    random: Random,
    stories: Vec<Story>,
    complaints: Vec<String>,
    answered: usize,
}

impl Actor {
    /// Acts until the server is gone.
    async fn live(mut self, over: Arc<AtomicBool>) -> Self {
        while !over.load(SeqCst) && self.act().await.is_some() {}
        self
    }

    /// `None` when there was no answer.
    async fn act(&mut self) -> Option<()> {
        let live: Vec<usize> = (0..self.stories.len())
            .filter(|n| {
                matches!(
                    self.stories[*n].state(),
                    Some(State::Enabled | State::Disabled)
                )
            })
            .collect();
        let chosen = self.random.one_of(&live).copied();
        match (self.random.below(10), chosen) {
            (_, None) => self.create().await,
            (0..=3, _) if live.len() < KEPT => self.create().await,
            (4 | 5, Some(n)) => self.change(n, Act::Disable).await,
            (6, Some(n)) => self.change(n, Act::Enable).await,
            (0..=3 | 7, Some(n)) => self.change(n, Act::Delete).await,
            (_, Some(n)) => self.verify(n).await,
        }
    }

    async fn create(&mut self) -> Option<()> {
        let name = format!("{}-{}", self.number, self.stories.len());
        let form = [("name", "admin"), ("audience", name.as_str())];
        let answer = send(&self.admin, Method::POST, TOKENS, &form).await;
        let mut story = Story::new(name.clone());
        match answer {
            Some(made) if made.status == 201 => {
                let token = Token::from_json(&made.json());
                story.id = Some(token.id);
                story.string = Some(token.string);
                story.did(Act::Create);
                self.answered += 1;
            }
            Some(refused) => self.complain(&refused),
            None => story.attempted(Act::Create),
        }
        let answered = story.state().map(|_| ());
        self.stories.push(story);
        answered
    }

    async fn change(&mut self, n: usize, act: Act) -> Option<()> {
        let id = self.stories[n].id.clone().unwrap();
        let path = tokens_of("admin");
        let (method, form) = match act {
            Act::Delete => (Method::DELETE, vec![("id", id.as_str())]),
            Act::Disable => (
                Method::POST,
                vec![("id", id.as_str()), ("status", "disabled")],
            ),
            Act::Create | Act::Enable => (
                Method::POST,
                vec![("id", id.as_str()), ("status", "enabled")],
            ),
        };
        match send(&self.admin, method, &path, &form).await {
            Some(done) if done.status == 200 => {
                self.stories[n].did(act);
                self.answered += 1;
                Some(())
            }
            Some(refused) => {
                self.complain(&refused);
                Some(())
            }
            None => {
                self.stories[n].attempted(act);
                None
            }
        }
    }

    /// Also warms the memory, and makes last uses to be written.
    async fn verify(&mut self, n: usize) -> Option<()> {
        let story = &self.stories[n];
        let Some(string) = &story.string else {
            return Some(());
        };
        let status = present(&self.anonymous, string).await?;
        let wanted = if story.state() == Some(State::Enabled) {
            200
        } else {
            401
        };
        if status != wanted {
            let name = &story.name;
            self.complaints
                .push(format!("{name} is answered {status} instead of {wanted}"));
        }
        Some(())
    }

    fn complain(&mut self, refused: &Answer) {
        self.complaints
            .push(format!("refused: {} {}", refused.status, refused.text));
    }
}

/// The answer, if there is one.
async fn send(
    client: &Client,
    method: Method,
    path: &str,
    form: &[(&str, &str)],
) -> Option<Answer> {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answered = client.try_send(method, path, &headers, encode(form)).await;
    answered.ok()
}

async fn present(client: &Client, token: &str) -> Option<u16> {
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str())];
    let answered = client.try_send(Method::GET, CONTEXT, &headers, "").await;
    answered.ok().map(|answer| answer.status)
}

/// The whole run: a server, its clients, and one more token that is made after each start, so that all that was logged
/// before has reached the audit file when that is there.
struct Run {
    server: Server,
    admin: Client,
    actors: Vec<Actor>,
    markers: Vec<Story>,
    random: Random,
}

impl Run {
    async fn begin(seed: u64) -> Self {
        let server = Server::builder(BINARY).log_level("warn").start();
        let admin = server.admin_session().await;
        let mut random = Random::seeded(seed);
        let actors = (0..CLIENTS)
            .map(|number| Actor {
                number,
                admin: admin.clone(),
                anonymous: server.anonymous(),
                random: Random::seeded(random.next()),
                stories: Vec::new(),
                complaints: Vec::new(),
                answered: 0,
            })
            .collect();
        Self {
            server,
            admin,
            actors,
            markers: Vec::new(),
            random,
        }
    }

    /// Lets all act for a while, then ends the server.
    async fn life(&mut self, milliseconds: usize, end: fn(&mut Server)) {
        let over = Arc::new(AtomicBool::new(false));
        let acting: Vec<_> = self
            .actors
            .drain(..)
            .map(|actor| tokio::spawn(actor.live(Arc::clone(&over))))
            .collect();
        sleep(Duration::from_millis(milliseconds as u64)).await;
        tokio::task::block_in_place(|| end(&mut self.server));
        over.store(true, SeqCst);
        for actor in acting {
            self.actors.push(actor.await.unwrap());
        }
    }

    /// Starts it, and kills it, most likely while it is still starting.
    async fn stillborn(&mut self) {
        let milliseconds = self.random.below(LONGEST_START);
        stillborn(&self.server, milliseconds).await;
    }

    /// Looks at everything and says what is wrong. Of the tokens that are gone only some are presented, unless all are
    /// wanted.
    async fn inquire(&mut self, all: bool) -> Vec<String> {
        let marker = self.mark().await;
        let events = audit::events_up_to(&self.server.data().join("log"), &marker).await;
        let listed = list(&self.admin).await;
        let anonymous = self.server.anonymous();
        let mut presented = Vec::new();
        for actor in &mut self.actors {
            for story in &actor.stories {
                let is_chosen = all || story.may_exist() || actor.random.below(20) == 0;
                if let Some(string) = story.string.as_ref().filter(|_| is_chosen) {
                    let status = present(&anonymous, string).await;
                    let is_granted = match status {
                        Some(200) => true,
                        Some(401) => false,
                        other => panic!("{}: {other:?}", story.name),
                    };
                    presented.push((story.name.clone(), is_granted));
                }
            }
        }
        let found = Found {
            listed,
            presented,
            events,
        };
        let mut stories: Vec<Story> = self.actors.iter().flat_map(|a| a.stories.clone()).collect();
        stories.append(&mut self.markers);
        let mut wrong = judge(&mut stories, &found);
        for actor in &mut self.actors {
            let rest = stories.split_off(actor.stories.len());
            actor.stories = std::mem::replace(&mut stories, rest);
            wrong.append(&mut actor.complaints);
        }
        self.markers = stories;
        wrong
    }

    /// Makes one more marker, deletes the last one, and gives back the id of the new one.
    async fn mark(&mut self) -> String {
        if let Some(last) = self.markers.last_mut() {
            let id = last.id.clone().unwrap();
            let path = tokens_of("admin");
            drop(
                self.admin
                    .delete(&path, &[("id", &id)])
                    .await
                    .expect_status(200),
            );
            last.did(Act::Delete);
        }
        let mut marker = Story::new(format!("marker-{}", self.markers.len()));
        let form = [("name", "admin"), ("audience", marker.name.as_str())];
        let made = self.admin.post(TOKENS, &form).await.expect_status(201);
        let id = Token::from_json(&made.json()).id;
        marker.id = Some(id.clone());
        marker.did(Act::Create);
        self.markers.push(marker);
        id
    }
}

/// Starts the server beside the one that was stopped, on its data, and kills it soon.
async fn stillborn(server: &Server, milliseconds: usize) {
    let password = server.place().join("admin-password");
    let mut child = server
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .arg("--admin-password-file")
        .arg(password)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    sleep(Duration::from_millis(milliseconds as u64)).await;
    child.kill().unwrap();
    child.wait().unwrap();
}

/// All tokens: name, id and state.
async fn list(admin: &Client) -> Vec<(String, String, State)> {
    let listing = admin.get(&format!("{TOKENS}&count=0")).await;
    let listing = listing.expect_status(200).json();
    let read = |entry: &Value| {
        let content = &entry["content"];
        let state = match content["status"].as_str() {
            Some("enabled") => State::Enabled,
            Some("disabled") => State::Disabled,
            other => panic!("{other:?}"),
        };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&content["claims"]["aud"]), text(&entry["name"]), state)
    };
    listing["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(read)
        .collect()
}

/// Seven ends in eight are kills, one is an order to stop; now and then there is a start that comes to nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nt09_nt74_nothing_answered_is_lost_or_revived_by_kills() {
    let mut run = Run::begin(SEED).await;
    let (mut kills, mut stillborn) = (0, 0);
    for number in 0..LIVES {
        let milliseconds = 5 + run.random.below(LONGEST);
        if number % 8 == 7 {
            run.life(milliseconds, Server::stop).await;
        } else {
            run.life(milliseconds, Server::kill).await;
            kills += 1;
        }
        if number % 5 == 4 {
            run.stillborn().await;
            stillborn += 1;
        }
        tokio::task::block_in_place(|| run.server.start_again());
        let wrong = run.inquire(number + 1 == LIVES).await;
        assert!(wrong.is_empty(), "after life {number}: {wrong:#?}");
    }
    let answered: usize = run.actors.iter().map(|actor| actor.answered).sum();
    let stories = run.actors.iter().flat_map(|actor| &actor.stories);
    let (tokens, unanswered) = stories.fold((0, 0), |(tokens, unanswered), story| {
        (tokens + 1, unanswered + story.unanswered())
    });
    println!(
        "{kills} kills, {stillborn} more while starting, {answered} operations answered, {unanswered} not, \
         {tokens} tokens"
    );
    assert!(kills >= 50);
    assert!(answered > LIVES && unanswered > 0, "too little happened");
}

/// Whatever a first start had made when it was killed, the next one goes on from there.
#[tokio::test]
async fn a_first_start_that_is_killed_at_any_moment_can_be_made_again() {
    const STARTS: usize = 24;
    let mut random = Random::seeded(SEED + 2);
    let mut server = Server::start(BINARY);
    server.kill();
    // Its clients trust this certificate.
    let (data, tls) = (server.data(), server.place().join("tls"));
    fs::rename(data.join("tls"), &tls).unwrap();
    for number in 0..STARTS {
        if number % 3 == 0 {
            fs::remove_dir_all(&data).unwrap();
        }
        stillborn(&server, random.below(LONGEST_START)).await;
    }
    if data.join("tls").exists() {
        fs::remove_dir_all(data.join("tls")).unwrap();
    }
    fs::rename(&tls, data.join("tls")).unwrap();
    server.start_again();
    let admin = server.admin_session().await;
    let made = token(&admin, "admin", &[]).await;
    let events = audit::events_up_to(&data.join("log"), &made.id).await;
    let numbered: Vec<_> = events
        .iter()
        .map(|event| (event.sequence, event.action.as_str()))
        .collect();
    assert_eq!(
        numbered,
        [(1, "initialise"), (2, "login"), (3, "create_token")]
    );
}

/// The judge is worth nothing if he finds nothing: here the server is started on data of a moment ago.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nt07_the_judge_finds_a_server_that_forgets() {
    let mut run = Run::begin(SEED + 1).await;
    run.life(100, Server::kill).await;
    tokio::task::block_in_place(|| run.server.start_again());
    assert_eq!(run.inquire(true).await, [""; 0]);
    tokio::task::block_in_place(|| run.server.stop());
    let (data, saved) = (run.server.data(), run.server.place().join("saved"));
    fs::create_dir(&saved).unwrap();
    copy_database(&data, &saved);

    tokio::task::block_in_place(|| run.server.start_again());
    let answered = |run: &Run| run.actors.iter().map(|actor| actor.answered).sum::<usize>();
    let before = answered(&run);
    while answered(&run) < before + 10 {
        run.life(100, Server::kill).await;
        if answered(&run) < before + 10 {
            tokio::task::block_in_place(|| run.server.start_again());
        }
    }
    copy_database(&saved, &data);
    tokio::task::block_in_place(|| run.server.start_again());
    assert_ne!(run.inquire(true).await, [""; 0]);
}

/// Copies the database of a stopped server, log and all; what is not there is removed.
fn copy_database(from: &Path, to: &Path) {
    for name in ["tokenry.db", "tokenry.db-wal", "tokenry.db-shm"] {
        let (source, target) = (from.join(name), to.join(name));
        if source.exists() {
            fs::copy(source, target).unwrap();
        } else if target.exists() {
            fs::remove_file(target).unwrap();
        }
    }
}
