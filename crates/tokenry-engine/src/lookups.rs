//! Counts where records were found: in memory, or in the store. Reading and printing the counts is for whoever serves
//! them.

use std::sync::atomic::{AtomicU64, Ordering};

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// A token.
    Token,
    /// What is known of a dead one.
    Tombstone,
    /// A session.
    Session,
}

impl Record {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Token, Self::Tombstone, Self::Session];

    /// Its name in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Tombstone => "tombstone",
            Self::Session => "session",
        }
    }
}

/// The counts since the start.
#[derive(Debug, Default)]
pub struct Lookups {
    token: Places,
    tombstone: Places,
    session: Places,
}

/// Apart from all else in memory: who counts here must not slow down who only reads beside it.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Places {
    memory: AtomicU64,
    store: AtomicU64,
}

impl Lookups {
    pub(crate) fn remembered(&self, record: Record) {
        self.of(record).memory.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn asked_store(&self, record: Record) {
        self.of(record).store.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were found in memory.
    #[must_use]
    pub fn in_memory(&self, record: Record) -> u64 {
        self.of(record).memory.load(Ordering::Relaxed)
    }

    /// For how many the store was asked, whether it had them or not.
    #[must_use]
    pub fn in_store(&self, record: Record) -> u64 {
        self.of(record).store.load(Ordering::Relaxed)
    }

    fn of(&self, record: Record) -> &Places {
        match record {
            Record::Token => &self.token,
            Record::Tombstone => &self.tombstone,
            Record::Session => &self.session,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_by_itself() {
        let lookups = Lookups::default();
        lookups.remembered(Record::Token);
        lookups.remembered(Record::Token);
        lookups.asked_store(Record::Session);
        let counted =
            Record::ALL.map(|record| (lookups.in_memory(record), lookups.in_store(record)));
        assert_eq!(counted, [(2, 0), (0, 0), (0, 1)]);
    }
}
