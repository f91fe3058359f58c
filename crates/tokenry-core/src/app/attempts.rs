//! Wrong passwords, counted in memory: after too many within a while, an account takes none for a while. A refused
//! sign-in costs no store write, and names that do not exist are not counted, so the memory is bounded by the users.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use crate::id::UserId;

/// When wrong passwords lock an account (spec/splunk.md 3.5).
#[derive(Debug, Clone, Copy)]
pub struct Lockout {
    /// This many wrong passwords lock it; 0 never does.
    pub attempts: u32,
    /// Counted within this time.
    pub window: SignedDuration,
    /// For so long.
    pub duration: SignedDuration,
}

pub(super) struct Attempts {
    rule: Lockout,
    failures: Mutex<HashMap<UserId, Failures>>,
}

struct Failures {
    count: u32,
    since: Timestamp,
    last: Timestamp,
}

impl Attempts {
    pub(super) fn new(rule: Lockout) -> Self {
        Self {
            rule,
            failures: Mutex::default(),
        }
    }

    pub(super) fn is_locked_out(&self, user: UserId, now: Timestamp) -> bool {
        let failures = self.failures();
        self.rule.attempts > 0
            && failures.get(&user).is_some_and(|failed| {
                failed.count >= self.rule.attempts
                    && now.duration_since(failed.last) < self.rule.duration
            })
    }

    pub(super) fn failed(&self, user: UserId, now: Timestamp) {
        let mut failures = self.failures();
        let failed = failures.entry(user).or_insert(Failures {
            count: 0,
            since: now,
            last: now,
        });
        // While it is locked, wrong passwords that were on their way already must not begin a new count.
        let is_over = if failed.count >= self.rule.attempts {
            now.duration_since(failed.last) >= self.rule.duration
        } else {
            now.duration_since(failed.since) >= self.rule.window
        };
        if is_over {
            *failed = Failures {
                count: 0,
                since: now,
                last: now,
            };
        }
        failed.count = failed.count.saturating_add(1);
        failed.last = now;
    }

    pub(super) fn clear(&self, user: UserId) {
        self.failures().remove(&user);
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<UserId, Failures>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Lockout = Lockout {
        attempts: 3,
        window: SignedDuration::from_mins(5),
        duration: SignedDuration::from_mins(30),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn three_failures_within_the_window_lock_for_the_duration() {
        let (attempts, user) = (Attempts::new(RULE), UserId::from_number(1));
        for second in [0, 10, 20] {
            assert!(!attempts.is_locked_out(user, at(second)));
            attempts.failed(user, at(second));
        }
        assert!(attempts.is_locked_out(user, at(20)));
        assert!(attempts.is_locked_out(user, at(20 + 1799)));
        assert!(!attempts.is_locked_out(user, at(20 + 1800)));
        attempts.failed(user, at(2000));
        assert!(!attempts.is_locked_out(user, at(2000)));
    }

    /// They were all let through to be checked before the first was found wrong.
    #[test]
    fn a_burst_of_wrong_passwords_does_not_unlock_what_it_locked() {
        let (attempts, user) = (Attempts::new(RULE), UserId::from_number(1));
        for second in (0..100).chain([400]) {
            attempts.failed(user, at(second));
        }
        assert!(attempts.is_locked_out(user, at(400 + 1799)));
        assert!(!attempts.is_locked_out(user, at(400 + 1800)));
        attempts.failed(user, at(400 + 1800));
        assert!(!attempts.is_locked_out(user, at(400 + 1800)));
    }

    #[test]
    fn a_rule_of_no_attempts_never_locks() {
        let never = Lockout {
            attempts: 0,
            ..RULE
        };
        let (attempts, user) = (Attempts::new(never), UserId::from_number(1));
        for _ in 0..10 {
            attempts.failed(user, at(0));
            assert!(!attempts.is_locked_out(user, at(0)));
        }
    }

    #[test]
    fn old_failures_and_success_clear_the_count() {
        let (attempts, user) = (Attempts::new(RULE), UserId::from_number(1));
        for second in [0, 10, 400, 410] {
            attempts.failed(user, at(second));
        }
        assert!(!attempts.is_locked_out(user, at(411)));
        attempts.clear(user);
        attempts.failed(user, at(412));
        assert!(!attempts.is_locked_out(user, at(412)));
    }
}
