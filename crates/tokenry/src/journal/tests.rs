//! The journal as a whole: what gets into which file.

use std::fs;

use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;
use tokenry_core::{
    app::Origin,
    audit::{Action, Event},
    id::{PersonaId, TokenNumber},
    port::Known,
    verify::Reason,
};

use super::*;

struct Place {
    directory: TempDir,
    settings: JournalSettings,
}

impl Place {
    fn at_level(authentication: u8) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let settings = JournalSettings {
            directory: directory.path().join("log"),
            max_file_bytes: 1 << 20,
            keep_files: 2,
            authentication,
        };
        fs::create_dir(&settings.directory).unwrap();
        Self {
            directory,
            settings,
        }
    }

    /// Does it with a journal, until all is written.
    fn with(&self, act: impl FnOnce(&Journal)) {
        let journal = Journal::open(&self.settings).unwrap();
        act(&journal);
        drop(journal);
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.settings.directory.join(name)).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// What follows the level in each line of the authentication log.
    fn authentication(&self) -> Vec<String> {
        let fields = |line: String| line.splitn(4, '|').last().map(str::to_owned);
        let lines = self.lines("auth0.txt");
        lines.into_iter().filter_map(fields).collect()
    }

    /// The `kind` of each line of the audit file.
    fn audit(&self) -> Vec<String> {
        let kind = |line: &String| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["kind"].as_str().map(str::to_owned).unwrap()
        };
        self.lines("audit.jsonl").iter().map(kind).collect()
    }
}

fn refusal(reason: Reason) -> RefusedCredential {
    RefusedCredential {
        origin: Origin::operator(Timestamp::UNIX_EPOCH),
        reason,
        known: Known::default(),
    }
}

fn grant() -> GrantedCredential {
    GrantedCredential {
        origin: Origin::operator(Timestamp::UNIX_EPOCH),
        known: Known {
            number: Some(TokenNumber::from_number(41)),
            ..Known::default()
        },
    }
}

fn recorded(sequence: i64, action: Action) -> Recorded {
    Recorded {
        sequence,
        event: Event {
            at: Timestamp::UNIX_EPOCH,
            actor: "admin".to_owned(),
            persona: PersonaId::DEFAULT,
            address: None,
            request: String::new(),
            action,
            token: None,
            target: None,
            object: None,
            reason: String::new(),
        },
    }
}

fn commit(events: Vec<Recorded>) -> Commit {
    Commit {
        sequence: 0,
        world: None,
        events,
        changes: Vec::new(),
    }
}

/// One of each, a refusal three times.
fn one_of_each(journal: &Journal) {
    let signed_in = recorded(1, Action::Login);
    let edited = recorded(2, Action::EditSettings);
    journal.committed(&commit(vec![signed_in, edited]));
    for _ in 0..3 {
        journal.refused(&refusal(Reason::Expired));
    }
    journal.granted(&grant());
}

#[test]
fn at_level_0_there_is_no_authentication_log() {
    let place = Place::at_level(0);
    place.with(one_of_each);
    assert_eq!(place.audit(), ["event", "event", "refusal", "refusals"]);
    assert!(!place.settings.directory.join("auth0.txt").exists());
}

#[test]
fn at_level_1_what_was_granted_is_not_told() {
    for level in [1, 40] {
        let place = Place::at_level(level);
        place.with(one_of_each);
        assert_eq!(
            place.authentication(),
            [
                "result=granted action=login user=admin",
                "result=denied reason=expired",
                "result=denied reason=expired count=2",
            ]
        );
    }
}

#[test]
fn from_level_41_on_every_granted_token_is_told() {
    for level in [41, 100] {
        let place = Place::at_level(level);
        place.with(one_of_each);
        let lines = place.authentication();
        assert_eq!(lines[2], "result=granted action=use_token token_id=41");
        assert_eq!(place.audit(), ["event", "event", "refusal", "refusals"]);
    }
}

#[test]
fn nt74_what_is_made_up_for_is_for_the_audit_file_alone() {
    let place = Place::at_level(1);
    place.with(|journal| journal.catch_up([recorded(1, Action::Login)]));
    assert_eq!(place.audit(), ["event"]);
    assert!(place.authentication().is_empty());
}

#[test]
fn nt74_both_files_tell_how_many_lines_are_missing() {
    let place = Place::at_level(41);
    let elsewhere = place.directory.path().join("elsewhere");
    let journal = Journal::open(&place.settings).unwrap();
    fs::rename(&place.settings.directory, &elsewhere).unwrap();
    one_of_each(&journal);
    journal.granted(&grant());
    // All is taken off the queue, so all was tried.
    let waiting = journal.grants.clone().unwrap();
    while Arc::strong_count(&waiting) > 2 {
        thread::yield_now();
    }
    fs::rename(&elsewhere, &place.settings.directory).unwrap();
    drop(journal);
    assert_eq!(place.audit(), ["lost", "refusals"]);
    assert_eq!(
        place.authentication(),
        [
            "result=lost count=4",
            "result=denied reason=expired count=2"
        ]
    );
}

/// A writer that never comes to write, with room for one line.
fn stuck(authentication: u8) -> (Journal, mpsc::Receiver<Line>) {
    let (sender, receiver) = mpsc::sync_channel(1);
    let journal = Journal {
        sender: Some(sender),
        lost: Arc::default(),
        grants: (authentication >= EVERY_GRANT).then(Arc::default),
        thread: None,
    };
    (journal, receiver)
}

#[test]
fn nt74_nobody_waits_for_the_disk_and_what_is_lost_is_counted_by_file() {
    let (journal, _receiver) = stuck(41);
    journal.refused(&refusal(Reason::Expired));
    journal.refused(&refusal(Reason::Expired));
    journal.granted(&grant());
    let events = [Action::Login, Action::EditSettings].map(|action| recorded(1, action));
    journal.committed(&commit(events.to_vec()));
    assert_eq!(journal.lost.take(), (3, 3));
    assert_eq!(journal.lost.take(), (0, 0));
}

#[test]
fn nt74_granted_tokens_leave_room_for_what_matters_more() {
    let (sender, receiver) = mpsc::sync_channel(WAITING);
    let (mut journal, _) = stuck(41);
    journal.sender = Some(sender);
    for _ in 0..WAITING {
        journal.granted(&grant());
    }
    let left_out = (WAITING - GRANTS_WAITING) as u64;
    assert_eq!(journal.lost.take(), (0, left_out));
    journal.refused(&refusal(Reason::Expired));
    assert_eq!(journal.lost.take(), (0, 0));
    assert_eq!(receiver.try_iter().count(), GRANTS_WAITING + 1);
    journal.granted(&grant());
    assert_eq!(receiver.try_iter().count(), 1, "there is room again");
}
