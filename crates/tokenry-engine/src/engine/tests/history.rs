//! Threads that verify while others revoke, and a judge of what they saw: no verification that begins after a
//! revocation was answered is granted, and none is refused without a reason (NT-09; data-plane.md 6.7, P5). The judge
//! itself is tried on forged histories and on memories that are told wrongly.

use std::{
    collections::HashMap,
    sync::atomic::{
        AtomicBool, AtomicU64,
        Ordering::{Relaxed, SeqCst},
    },
    thread,
};

use tokenry_core::{
    id::TokenId,
    secret::Plaintext,
    token::{Form, Status, form::splunk_jwt::Kind},
};

use super::town::{Manner, Town};

/// One thing that somebody did and saw, from just before he asked until just after he was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    subject: usize,
    began: u64,
    ended: u64,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// It was made good or bad. One at a time for each subject.
    Made { good: bool },
    /// It was verified.
    Verified { granted: bool },
}

/// The verifications that cannot be explained: of all states that the subject may have been in between the question and
/// the answer, none leads to that verdict. All subjects are good to begin with.
fn unexplained(history: &[Seen]) -> Vec<Seen> {
    let mut made: HashMap<usize, Vec<(u64, u64, bool)>> = HashMap::new();
    for seen in history {
        let of_subject = made.entry(seen.subject).or_insert(vec![(0, 0, true)]);
        if let What::Made { good } = seen.what {
            of_subject.push((seen.began, seen.ended, good));
        }
    }
    for made in made.values_mut() {
        made.sort_unstable();
    }
    let is_explained = |seen: &Seen, granted: bool| {
        let made = &made[&seen.subject];
        // All that was done before the last one answered by then is over; what began after the end is yet to come.
        let first = made.partition_point(|(_, ended, _)| *ended <= seen.began) - 1;
        let behind = made.partition_point(|(began, ..)| *began <= seen.ended);
        made[first..behind]
            .iter()
            .any(|(.., good)| *good == granted)
    };
    let mut wrong = history.to_vec();
    wrong.retain(|seen| match seen.what {
        What::Made { .. } => false,
        What::Verified { granted } => !is_explained(seen, granted),
    });
    wrong
}

/// Time, as far as the judge needs it.
#[derive(Default)]
struct Ticks(AtomicU64);

impl Ticks {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, SeqCst) + 1
    }

    fn watch(&self, subject: usize, act: impl FnOnce() -> What) -> Seen {
        let began = self.next();
        let what = act();
        let ended = self.next();
        Seen {
            subject,
            began,
            ended,
            what,
        }
    }
}

/// What is verified: a token whose own status changes, or one whose owner is locked and let in.
struct Subject {
    owner: &'static str,
    id: TokenId,
    string: Plaintext,
}

impl Subject {
    fn of(town: &Town, owner: &'static str, form: Form) -> Self {
        let (id, string) = if form == Form::Hex {
            let made = town.api_token(owner);
            (made.token.id, made.string)
        } else {
            let made = town.make_token(owner, Kind::Static);
            (made.id, made.string)
        };
        Self { owner, id, string }
    }

    fn make(&self, town: &Town, good: bool) {
        if self.owner == "bert" {
            return town.lock(self.owner, !good);
        }
        let status = if good {
            Status::Enabled
        } else {
            Status::Disabled
        };
        town.set_status(self.owner, Some(self.id), status).unwrap();
    }

    fn is_granted(&self, town: &Town) -> bool {
        town.is_granted(self.string.expose())
    }
}

const REVOCATIONS: usize = 400;
const VERIFIERS: usize = 3;

/// Two threads revoke and restore, three verify, all at once. The subjects are tokens of these owners,
/// of both forms.
fn run(manner: Manner, owners: [&'static str; 3]) -> Vec<Seen> {
    let town = Town::new();
    let [first, second, third] = owners;
    let subjects = [
        Subject::of(&town, first, Form::Hex),
        Subject::of(&town, second, Form::SplunkJwt),
        Subject::of(&town, third, Form::Hex),
    ];
    town.hearing.become_(manner);
    let (ticks, done) = (Ticks::default(), AtomicBool::new(false));
    let revoke = |of: &[usize]| {
        let mut seen = Vec::new();
        for n in 0..REVOCATIONS {
            let subject = of[n / 2 % of.len()];
            let good = n % 2 == 1;
            seen.push(ticks.watch(subject, || {
                subjects[subject].make(&town, good);
                What::Made { good }
            }));
            seen.push(ticks.watch(subject, || What::Verified {
                granted: subjects[subject].is_granted(&town),
            }));
        }
        seen
    };
    let verify = |first: usize| {
        let mut seen = Vec::new();
        for n in first.. {
            if done.load(Relaxed) {
                break;
            }
            let subject = n % subjects.len();
            seen.push(ticks.watch(subject, || What::Verified {
                granted: subjects[subject].is_granted(&town),
            }));
            if n % 50 == 0 {
                town.evict();
            }
        }
        seen
    };
    thread::scope(|scope| {
        let verifiers: Vec<_> = (0..VERIFIERS)
            .map(|first| scope.spawn(move || verify(first)))
            .collect();
        let revokers = [
            scope.spawn(|| revoke(&[0, 1])),
            scope.spawn(|| revoke(&[2])),
        ];
        let mut history: Vec<Seen> = Vec::new();
        for revoker in revokers {
            history.extend(revoker.join().unwrap());
        }
        done.store(true, Relaxed);
        for verifier in verifiers {
            history.extend(verifier.join().unwrap());
        }
        history
    })
}

#[test]
fn nt09_no_verification_that_begins_after_a_revocation_was_answered_is_granted() {
    let history = run(Manner::AtOnce, ["anna", "anna", "bert"]);
    assert_eq!(unexplained(&history), []);
}

#[test]
fn nt09_the_judge_finds_a_memory_that_is_never_told() {
    let history = run(Manner::Never, ["anna"; 3]);
    assert_ne!(unexplained(&history), []);
}

#[test]
fn nt09_the_judge_finds_a_memory_that_is_told_after_the_answer() {
    let history = run(Manner::Late(None), ["anna"; 3]);
    assert_ne!(unexplained(&history), []);
}

#[test]
fn nt09_the_judge_tells_right_from_wrong() {
    let made = |began, ended, good| Seen {
        subject: 0,
        began,
        ended,
        what: What::Made { good },
    };
    let verified = |began, ended, granted| Seen {
        subject: 0,
        began,
        ended,
        what: What::Verified { granted },
    };
    let (off, on) = (made(10, 20, false), made(40, 50, true));
    let cases = [
        (verified(1, 2, true), true, "before"),
        (verified(1, 2, false), false, "refused before"),
        (verified(12, 14, true), true, "granted meanwhile"),
        (verified(12, 14, false), true, "refused meanwhile"),
        (verified(15, 30, true), true, "asked before the answer"),
        (verified(21, 30, true), false, "granted after"),
        (verified(21, 30, false), true, "refused after"),
        (verified(30, 45, true), true, "restored meanwhile"),
        (
            verified(51, 52, false),
            false,
            "refused after it was restored",
        ),
        (
            verified(51, 52, true),
            true,
            "granted after it was restored",
        ),
    ];
    for (seen, is_right, what) in cases {
        let history = [off, on, seen];
        assert_eq!(unexplained(&history).is_empty(), is_right, "{what}");
    }
    let of_another = Seen {
        subject: 1,
        ..verified(21, 30, true)
    };
    assert_eq!(unexplained(&[off, of_another]), []);
}
