//! A bounded cache of records that can never bring back what has been forgotten.
//!
//! The race to lose: a reader fetches a record from the store, a revocation commits and drops it from the cache, and
//! then the reader puts the old record in. So a reader takes a ticket before he looks into the store, and what he
//! found is kept only if nothing was forgotten since.

use std::{
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use quick_cache::sync::Cache;

pub(crate) struct Records<K, V> {
    entries: Cache<K, Arc<V>>,
    forgotten: AtomicU64,
    /// Held while filling and forgetting, so that one is wholly before the other. Looking up takes no lock of ours.
    change: Mutex<()>,
}

/// Proof of when a look into the store began.
#[derive(Clone, Copy)]
pub(crate) struct Ticket(u64);

impl<K: Hash + Eq + Clone, V> Records<K, V> {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            entries: Cache::new(capacity),
            forgotten: AtomicU64::new(0),
            change: Mutex::default(),
        }
    }

    pub(crate) fn find(&self, key: &K) -> Option<Arc<V>> {
        self.entries.get(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn capacity(&self) -> u64 {
        self.entries.capacity()
    }

    pub(crate) fn ticket(&self) -> Ticket {
        Ticket(self.forgotten.load(Ordering::SeqCst))
    }

    /// Keeps a record read from the store after `ticket` was taken, unless something was forgotten meanwhile.
    pub(crate) fn fill(&self, ticket: Ticket, key: K, record: Arc<V>) {
        let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        if self.ticket().0 == ticket.0 {
            self.entries.insert(key, record);
        }
    }

    pub(crate) fn forget(&self, key: &K) {
        self.forget_with(|entries| {
            entries.remove(key);
        });
    }

    /// Forgets every record for which `condemned` holds.
    pub(crate) fn forget_all(&self, condemned: impl Fn(&V) -> bool) {
        self.forget_with(|entries| entries.retain(|_, record| !condemned(record)));
    }

    fn forget_with(&self, forget: impl FnOnce(&Cache<K, Arc<V>>)) {
        let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        forget(&self.entries);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nt01_what_was_forgotten_during_a_read_does_not_come_back() {
        let records: Records<u8, &str> = Records::with_capacity(10);
        let ticket = records.ticket();
        records.forget(&1);
        records.fill(ticket, 1, Arc::new("read before it was revoked"));
        assert_eq!(records.find(&1), None);
        records.fill(records.ticket(), 1, Arc::new("read after"));
        assert_eq!(records.find(&1).as_deref(), Some(&"read after"));
    }

    #[test]
    fn all_of_one_owner_are_forgotten_together() {
        let records: Records<u8, u8> = Records::with_capacity(10);
        for key in 0..6 {
            records.fill(records.ticket(), key, Arc::new(key % 2));
        }
        records.forget_all(|owner| *owner == 1);
        let left: Vec<u8> = (0..6).filter(|key| records.find(key).is_some()).collect();
        assert_eq!(left, [0, 2, 4]);
    }
}
