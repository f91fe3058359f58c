//! What happened at the doors lately, in memory: the last refusals, and how many were let in or refused in each minute.
//! For people who look while it happens; the files of the log go back further and forget nothing.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use tokenry_core::{
    port::{GrantedCredential, RefusalListener, RefusedCredential},
    verify::Reason,
};

/// How many refusals are kept.
const LINES: usize = 10_000;

/// How many minutes are counted: a day.
const MINUTES: usize = 24 * 60;

/// Remembers what it hears, and passes it on.
pub struct Recent {
    next: Arc<dyn RefusalListener>,
    granted: Box<dyn Fn() -> u64 + Send + Sync>,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    lines: VecDeque<Line>,
    /// The place of the line that was added last.
    last: i64,
    minutes: VecDeque<Minute>,
    /// Stands for a minute that there is not; there always is one.
    nowhere: Minute,
    /// How many had been granted when somebody looked last.
    granted: u64,
}

/// A refusal, and how often it was repeated with nothing else between.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its place; counts up by one, from 1.
    pub sequence: i64,
    /// How often in a row.
    pub times: u64,
    /// The last of them.
    pub refusal: RefusedCredential,
}

/// What was decided in one minute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Minute {
    /// Which one: minutes since 1970.
    pub number: i64,
    /// How many were let in.
    pub granted: u64,
    /// How many were refused, by reason.
    pub refused: BTreeMap<Reason, u64>,
}

impl Recent {
    /// Remembers what `next` hears. `granted` tells how many have been let in since the start.
    #[must_use]
    pub fn before(
        next: Arc<dyn RefusalListener>,
        granted: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            next,
            granted: Box::new(granted),
            memory: Mutex::default(),
        }
    }

    /// Counts what was granted since the last time; to be called every few seconds.
    pub fn look(&self, now: Timestamp) {
        let granted = (self.granted)();
        let mut memory = self.lock();
        let more = granted.saturating_sub(memory.granted);
        memory.granted = granted;
        memory.minute(now).granted += more;
    }

    /// The lines between these places for which `wanted` holds, newest first, at most `limit`; and how many older ones
    /// were dropped.
    #[must_use]
    pub fn lines(
        &self,
        (after, before): (Option<i64>, Option<i64>),
        limit: usize,
        wanted: impl Fn(&RefusedCredential) -> bool,
    ) -> (Vec<Line>, u64) {
        let memory = self.lock();
        let is_between = |line: &&Line| {
            after.is_none_or(|after| line.sequence > after)
                && before.is_none_or(|before| line.sequence < before)
        };
        let lines = memory.lines.iter().rev().filter(is_between);
        let lines = lines.filter(|line| wanted(&line.refusal)).take(limit);
        let first = memory.lines.front().map_or(1, |line| line.sequence);
        let dropped = u64::try_from(first - 1).unwrap_or(0);
        (lines.cloned().collect(), dropped)
    }

    /// The last `count` minutes, oldest first, those included in which nothing happened.
    #[must_use]
    pub fn minutes(&self, now: Timestamp, count: usize) -> Vec<Minute> {
        self.look(now);
        let memory = self.lock();
        let last = number_of(now);
        let first = last - i64::try_from(count.min(MINUTES)).unwrap_or(0) + 1;
        // Both are in order, so each is looked at once.
        let mut known = memory.minutes.iter().peekable();
        let counted = |number: i64| {
            while known.next_if(|one| one.number < number).is_some() {}
            let found = known.next_if(|one| one.number == number);
            found.cloned().unwrap_or(Minute {
                number,
                ..Minute::default()
            })
        };
        (first..=last).map(counted).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RefusalListener for Recent {
    fn refused(&self, refusal: &RefusedCredential) {
        self.lock().add(refusal);
        self.next.refused(refusal);
    }

    fn hears_grants(&self) -> bool {
        self.next.hears_grants()
    }

    fn granted(&self, grant: &GrantedCredential) {
        self.next.granted(grant);
    }
}

impl Memory {
    fn add(&mut self, refusal: &RefusedCredential) {
        let minute = self.minute(refusal.origin.at);
        *minute.refused.entry(refusal.reason).or_default() += 1;
        if let Some(last) = self.lines.back_mut()
            && is_the_same(&last.refusal, refusal)
        {
            last.times += 1;
            last.refusal.origin.at = refusal.origin.at;
            return;
        }
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.last += 1;
        self.lines.push_back(Line {
            sequence: self.last,
            times: 1,
            refusal: refusal.clone(),
        });
    }

    /// The minute of this instant. A clock that was set back counts in the newest one.
    fn minute(&mut self, now: Timestamp) -> &mut Minute {
        let number = number_of(now);
        let is_new = self
            .minutes
            .back()
            .is_none_or(|newest| newest.number < number);
        if is_new {
            if self.minutes.len() == MINUTES {
                self.minutes.pop_front();
            }
            self.minutes.push_back(Minute {
                number,
                ..Minute::default()
            });
        }
        self.minutes.back_mut().unwrap_or(&mut self.nowhere)
    }
}

fn number_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// Whether it would make the same line but for the time.
fn is_the_same(one: &RefusedCredential, other: &RefusedCredential) -> bool {
    let (a, b) = (&one.origin, &other.origin);
    one.reason == other.reason
        && one.known == other.known
        && (a.address, a.proxy, a.route) == (b.address, b.proxy, b.route)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokenry_core::{app::Origin, port::Known};

    use super::*;

    struct Deaf;

    impl RefusalListener for Deaf {
        fn refused(&self, _: &RefusedCredential) {}
    }

    fn refusal(second: i64, reason: Reason) -> RefusedCredential {
        RefusedCredential {
            origin: Origin::operator(Timestamp::from_second(second).unwrap()),
            reason,
            known: Known::default(),
        }
    }

    fn recent() -> Recent {
        Recent::before(Arc::new(Deaf), || 0)
    }

    #[test]
    fn refusals_are_read_newest_first_and_those_alike_in_one_line() {
        let recent = recent();
        for (second, reason) in [
            (1, Reason::Expired),
            (2, Reason::Expired),
            (3, Reason::Missing),
            (4, Reason::Expired),
        ] {
            recent.refused(&refusal(second, reason));
        }
        let (lines, dropped) = recent.lines((None, None), 10, |_| true);
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line.sequence, line.times, line.refusal.reason))
            .collect();
        assert_eq!(
            told,
            [
                (3, 1, Reason::Expired),
                (2, 1, Reason::Missing),
                (1, 2, Reason::Expired)
            ]
        );
        assert_eq!(dropped, 0);
        let (lines, _) = recent.lines((Some(1), Some(3)), 10, |_| true);
        assert_eq!(lines.len(), 1);
    }

    #[test]
    fn nt67_a_flood_leaves_a_bounded_memory_that_says_what_it_forgot() {
        let recent = recent();
        for second in 0..i64::try_from(LINES).unwrap() + 5 {
            let reason = [Reason::Expired, Reason::Missing][usize::from(second % 2 == 0)];
            recent.refused(&refusal(second, reason));
        }
        let (lines, dropped) = recent.lines((None, None), usize::MAX, |_| true);
        assert_eq!((lines.len(), dropped), (LINES, 5));
    }

    #[test]
    fn minutes_are_counted_without_gaps() {
        let total = Arc::new(AtomicU64::new(7));
        let seen = Arc::clone(&total);
        let recent = Recent::before(Arc::new(Deaf), move || seen.load(Ordering::Relaxed));
        let at = |second| Timestamp::from_second(second).unwrap();
        recent.refused(&refusal(60, Reason::Expired));
        recent.refused(&refusal(61, Reason::Expired));
        recent.look(at(70));
        total.store(10, Ordering::Relaxed);
        let minutes = recent.minutes(at(180), 3);
        let told: Vec<_> = minutes
            .iter()
            .map(|one| (one.number, one.granted, one.refused.values().sum::<u64>()))
            .collect();
        assert_eq!(told, [(1, 7, 2), (2, 0, 0), (3, 3, 0)]);
    }
}
