//! Counts what the gate decides. Reading and printing the counts is for whoever serves them.

use std::{
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};

use tokenry_core::verify::Reason;

/// The doors of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DoorName {
    /// `/v1/verify`
    Verify,
    /// `/v1/ext-authz/…`
    ExtAuthz,
    /// Envoy's gRPC.
    Grpc,
    /// FastCGI.
    FastCgi,
    /// RFC 7662.
    Introspect,
}

impl DoorName {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Verify,
        Self::ExtAuthz,
        Self::Grpc,
        Self::FastCgi,
        Self::Introspect,
    ];

    /// Its name in metrics and log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::ExtAuthz => "ext_authz",
            Self::Grpc => "grpc",
            Self::FastCgi => "fastcgi",
            Self::Introspect => "introspect",
        }
    }

    fn place(self) -> usize {
        Self::ALL.iter().position(|one| *one == self).unwrap_or(0)
    }
}

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Let pass, with a token.
    Allowed,
    /// Let pass by a rule that asks for none.
    Public,
    /// Refused.
    Denied(Reason),
    /// The request itself was not in order.
    BadRequest,
    /// Asked by somebody the gate does not know.
    UnknownCaller,
    /// Could not be decided.
    Undecided,
}

impl Outcome {
    /// All of them, the denials by reason.
    pub fn all() -> impl Iterator<Item = Self> {
        let others = [
            Self::Allowed,
            Self::Public,
            Self::BadRequest,
            Self::UnknownCaller,
            Self::Undecided,
        ];
        others
            .into_iter()
            .chain(Reason::ALL.iter().map(|reason| Self::Denied(*reason)))
    }

    /// Its name in metrics and traces.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Public => "public",
            Self::Denied(_) => "denied",
            Self::BadRequest => "bad_request",
            Self::UnknownCaller => "unknown_caller",
            Self::Undecided => "undecided",
        }
    }

    /// Why, of a denial.
    #[must_use]
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Denied(reason) => Some(reason),
            _ => None,
        }
    }
}

/// Outcomes other than denials.
const OTHERS: usize = 5;

/// Upper bounds of the classes that decisions are counted in by how long they took, in nanoseconds.
pub const BOUNDS: [u64; 12] = [
    1_000,
    2_000,
    4_000,
    8_000,
    16_000,
    32_000,
    64_000,
    250_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
];

/// The counts since the start.
///
/// They are kept in several parts, and each thread counts in one: threads that all wrote to one place would wait for
/// each other at every decision.
#[derive(Debug)]
pub struct Meters {
    parts: Vec<Part>,
}

/// How many parts there are.
const PARTS: usize = 16;

thread_local! {
    static PART: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed) % PARTS
    };
}

/// Apart from the others in memory.
#[derive(Debug)]
#[repr(align(128))]
struct Part {
    outcomes: Vec<AtomicU64>,
    took: [Took; DoorName::ALL.len()],
}

#[derive(Debug, Default)]
struct Took {
    classes: [AtomicU64; BOUNDS.len() + 1],
    nanos: AtomicU64,
}

impl Default for Meters {
    fn default() -> Self {
        let outcomes = DoorName::ALL.len() * (OTHERS + Reason::ALL.len());
        // Whole pairs of cache lines (16 counts), so that the parts' lists do not share one either.
        let outcomes = outcomes.next_multiple_of(16) + 16;
        let part = |_| Part {
            outcomes: (0..outcomes).map(|_| AtomicU64::new(0)).collect(),
            took: Default::default(),
        };
        Self {
            parts: (0..PARTS).map(part).collect(),
        }
    }
}

impl Meters {
    /// Counts a decision. One that took no time at all was none: the question was refused before anything was weighed,
    /// and shall not make decisions look quick.
    pub(crate) fn count(&self, door: DoorName, outcome: Outcome, took: Duration) {
        let Some(part) = PART.with(|part| self.parts.get(*part)) else {
            return;
        };
        if let Some(count) = part.outcomes.get(place(door, outcome)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if took.is_zero() {
            return;
        }
        let Some(took_of_door) = part.took.get(door.place()) else {
            return;
        };
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let class = BOUNDS.partition_point(|bound| *bound < nanos);
        if let Some(count) = took_of_door.classes.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        took_of_door.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// How many were let pass with a token, at all doors together.
    #[must_use]
    pub fn allowed(&self) -> u64 {
        let doors = DoorName::ALL.iter();
        doors
            .map(|door| self.counted(*door, Outcome::Allowed))
            .sum()
    }

    /// How often there was this outcome at this door.
    #[must_use]
    pub fn counted(&self, door: DoorName, outcome: Outcome) -> u64 {
        let place = place(door, outcome);
        let counts = self
            .parts
            .iter()
            .filter_map(|part| part.outcomes.get(place));
        counts.map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// How many decisions at this door took no longer than each of [`BOUNDS`], and, last, how many longer: each class
    /// by itself.
    #[must_use]
    pub fn took(&self, door: DoorName) -> Vec<u64> {
        let class = |class| {
            let counts = self.of(door).filter_map(|took| took.classes.get(class));
            counts
                .map(|count: &AtomicU64| count.load(Ordering::Relaxed))
                .sum()
        };
        (0..=BOUNDS.len()).map(class).collect()
    }

    /// How long all decisions at this door took together.
    #[must_use]
    pub fn took_in_all(&self, door: DoorName) -> Duration {
        let nanos = self.of(door).map(|took| took.nanos.load(Ordering::Relaxed));
        Duration::from_nanos(nanos.sum())
    }

    fn of(&self, door: DoorName) -> impl Iterator<Item = &Took> {
        let parts = self.parts.iter();
        parts.filter_map(move |part| part.took.get(door.place()))
    }
}

fn place(door: DoorName, outcome: Outcome) -> usize {
    let within = match outcome {
        Outcome::Allowed => 0,
        Outcome::Public => 1,
        Outcome::BadRequest => 2,
        Outcome::UnknownCaller => 3,
        Outcome::Undecided => 4,
        Outcome::Denied(reason) => {
            OTHERS
                + Reason::ALL
                    .iter()
                    .position(|one| *one == reason)
                    .unwrap_or(0)
        }
    };
    door.place() * (OTHERS + Reason::ALL.len()) + within
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_threads_count_adds_up_by_door_and_outcome() {
        let meters = Meters::default();
        std::thread::scope(|scope| {
            for _ in 0..2 * PARTS {
                scope.spawn(|| {
                    let took = Duration::from_micros(3);
                    meters.count(DoorName::Verify, Outcome::Allowed, took);
                    let denied = Outcome::Denied(Reason::Expired);
                    meters.count(DoorName::Introspect, denied, Duration::from_secs(2));
                    meters.count(DoorName::Verify, Outcome::UnknownCaller, Duration::ZERO);
                });
            }
        });
        let all = u64::try_from(2 * PARTS).unwrap();
        for door in DoorName::ALL {
            for outcome in Outcome::all() {
                let expected = match (door, outcome) {
                    (DoorName::Verify, Outcome::Allowed | Outcome::UnknownCaller)
                    | (DoorName::Introspect, Outcome::Denied(Reason::Expired)) => all,
                    _ => 0,
                };
                assert_eq!(
                    meters.counted(door, outcome),
                    expected,
                    "{door:?} {outcome:?}"
                );
            }
        }
        let mut quick = vec![0; BOUNDS.len() + 1];
        quick[2] = all;
        assert_eq!(meters.took(DoorName::Verify), quick, "4 µs is the bound");
        let took = Duration::from_micros(3 * all);
        assert_eq!(meters.took_in_all(DoorName::Verify), took);
        let slow = meters.took(DoorName::Introspect);
        assert_eq!(slow.last(), Some(&all), "longer than the greatest bound");
    }
}
