//! Counts what the gate decides. Reading and printing the counts is for whoever serves them.

use std::{
    sync::atomic::{AtomicU64, Ordering},
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
#[derive(Debug)]
pub struct Meters {
    outcomes: Vec<AtomicU64>,
    took: [AtomicU64; BOUNDS.len() + 1],
    took_nanos: AtomicU64,
}

impl Default for Meters {
    fn default() -> Self {
        let outcomes = DoorName::ALL.len() * (OTHERS + Reason::ALL.len());
        Self {
            outcomes: (0..outcomes).map(|_| AtomicU64::new(0)).collect(),
            took: Default::default(),
            took_nanos: AtomicU64::new(0),
        }
    }
}

impl Meters {
    pub(crate) fn count(&self, door: DoorName, outcome: Outcome, took: Duration) {
        if let Some(count) = self.outcomes.get(place(door, outcome)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let class = BOUNDS.partition_point(|bound| *bound < nanos);
        if let Some(count) = self.took.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.took_nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// How often there was this outcome at this door.
    #[must_use]
    pub fn counted(&self, door: DoorName, outcome: Outcome) -> u64 {
        let count = self.outcomes.get(place(door, outcome));
        count.map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// How many decisions took no longer than each of [`BOUNDS`], and, last, how many longer: each class by itself.
    #[must_use]
    pub fn took(&self) -> Vec<u64> {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        self.took.iter().map(load).collect()
    }

    /// How long all decisions took together.
    #[must_use]
    pub fn took_in_all(&self) -> Duration {
        Duration::from_nanos(self.took_nanos.load(Ordering::Relaxed))
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
    let doors = DoorName::ALL
        .iter()
        .position(|one| *one == door)
        .unwrap_or(0);
    doors * (OTHERS + Reason::ALL.len()) + within
}
