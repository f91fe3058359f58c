//! Who tries passwords too often from one address has to wait, whatever names he tries. Beside this each account is
//! closed for a while after several wrong passwords, which the rules see to.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use tokenry_core::{Error, app::Origin};

/// How many failures from one address are allowed in a window.
const MOST: u32 = 20;

/// How long a window is.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// How many addresses are watched; beyond, those are forgotten whose windows are over.
const WATCHED: usize = 10_000;

/// Failed sign-ins by address.
#[derive(Default)]
pub(super) struct SignIns(Mutex<HashMap<IpAddr, Window>>);

#[derive(Clone, Copy)]
struct Window {
    began: Timestamp,
    failures: u32,
}

impl SignIns {
    /// Fails with [`Error::TooMany`] where there were too many failures from that address.
    pub(super) fn may_try(&self, origin: &Origin) -> Result<(), Error> {
        let Some(address) = origin.address else {
            return Ok(());
        };
        let windows = self.lock();
        let window = windows.get(&address).filter(|one| one.failures >= MOST);
        let wait = window.map(|one| WINDOW - origin.at.duration_since(one.began));
        match wait.filter(SignedDuration::is_positive) {
            Some(wait) => Err(Error::TooMany {
                seconds: u64::try_from(wait.as_secs() + 1).unwrap_or(1),
            }),
            None => Ok(()),
        }
    }

    /// Counts a failure.
    pub(super) fn failed(&self, origin: &Origin) {
        let Some(address) = origin.address else {
            return;
        };
        let is_over = |window: &Window| origin.at.duration_since(window.began) >= WINDOW;
        let mut windows = self.lock();
        if windows.len() >= WATCHED {
            windows.retain(|_, window| !is_over(window));
        }
        let window = windows.entry(address).or_insert(Window {
            began: origin.at,
            failures: 0,
        });
        if is_over(window) {
            *window = Window {
                began: origin.at,
                failures: 0,
            };
        }
        window.failures = window.failures.saturating_add(1);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Window>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokenry_core::token::address::Networks;

    use super::*;

    fn from(address: &str, second: i64) -> Origin {
        let at = Timestamp::from_second(second).unwrap();
        let peer = address.parse().unwrap();
        Origin::from_peer(at, String::new(), "", peer, [], &Networks::default())
    }

    #[test]
    fn who_fails_too_often_waits_and_nobody_else_does() {
        let sign_ins = SignIns::default();
        for _ in 0..MOST {
            assert!(sign_ins.may_try(&from("192.0.2.1", 100)).is_ok());
            sign_ins.failed(&from("192.0.2.1", 100));
        }
        let refused = sign_ins.may_try(&from("192.0.2.1", 160));
        assert_eq!(refused, Err(Error::TooMany { seconds: 241 }));
        assert!(sign_ins.may_try(&from("192.0.2.2", 160)).is_ok());
        assert!(sign_ins.may_try(&from("192.0.2.1", 400)).is_ok());
    }
}
