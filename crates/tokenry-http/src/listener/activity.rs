//! What a connection is doing, and by when it must have done something: the one clock against slow and idle clients.
//!
//! hyper's own header timeout also cuts idle connections, counts only on HTTP/1 and not before the first byte; so the
//! listener keeps this small book instead: bytes arriving (told by `linger`) and requests running (told by `record`).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::limits::Limits;

/// The book of one connection.
#[derive(Debug)]
pub(super) struct Activity {
    header_timeout: Duration,
    request_timeout: Duration,
    idle_timeout: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The last time something was finished: the handshake, a frame of an answer, an answer.
    last: Instant,
    /// When the first byte after that arrived, if no request has come of it yet.
    head_since: Option<Instant>,
    running: u32,
    /// Whether bytes without a request are only a head being sent (HTTP/1) or perhaps pings and the like (HTTP/2).
    multiplexed: bool,
    had_request: bool,
}

impl Activity {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            header_timeout: limits.header_timeout,
            request_timeout: limits.request_timeout,
            idle_timeout: limits.idle_timeout,
            state: Mutex::new(State {
                last: Instant::now(),
                head_since: None,
                running: 0,
                multiplexed: false,
                had_request: false,
            }),
        }
    }

    /// Bytes arrived.
    pub(super) fn received(&self) {
        let mut state = self.state();
        if state.running == 0 && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
        }
    }

    /// A request's head is complete.
    pub(super) fn request_began(&self, multiplexed: bool) {
        let mut state = self.state();
        state.running += 1;
        state.last = Instant::now();
        state.head_since = None;
        state.multiplexed = multiplexed;
        state.had_request = true;
    }

    /// A running request moved on.
    pub(super) fn progressed(&self) {
        self.state().last = Instant::now();
    }

    /// A request is over, answered or abandoned.
    pub(super) fn request_ended(&self) {
        let mut state = self.state();
        state.running = state.running.saturating_sub(1);
        state.last = Instant::now();
        state.head_since = None;
    }

    /// Whether nothing can be on its way to us that we have not read.
    pub(super) fn at_rest(&self) -> bool {
        let state = self.state();
        state.running == 0 && state.head_since.is_none()
    }

    /// Resolves when the connection has been slow, silent or stuck for too long.
    pub(super) async fn overdue(&self) {
        loop {
            let (deadline, now) = (self.deadline(), Instant::now());
            if deadline <= now {
                return;
            }
            // A head that begins while we sleep has a nearer deadline: look again often enough to see it.
            tokio::time::sleep_until(deadline.min(now + self.header_timeout / 2)).await;
        }
    }

    fn deadline(&self) -> Instant {
        let state = self.state();
        if state.running > 0 {
            return state.last + self.request_timeout + self.idle_timeout;
        }
        match state.head_since {
            _ if !state.had_request => state.last + self.header_timeout,
            Some(since) if !state.multiplexed => since + self.header_timeout,
            _ => state.last + self.idle_timeout,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn activity() -> Activity {
        Activity::new(&Limits {
            header_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            ..Limits::default()
        })
    }

    /// In whole seconds, as a moment passes between the event and the question.
    fn seconds_left(activity: &Activity) -> u64 {
        let left = activity.deadline() - Instant::now();
        (left + Duration::from_millis(500)).as_secs()
    }

    #[test]
    fn first_request_must_come_soon_even_in_silence() {
        assert_eq!(seconds_left(&activity()), 10);
    }

    #[test]
    fn running_request_has_its_time_and_more_to_be_read() {
        let activity = activity();
        activity.request_began(false);
        assert_eq!(seconds_left(&activity), 105);
        assert!(!activity.at_rest());
    }

    #[test]
    fn idle_connection_stays_until_a_head_begins() {
        let activity = activity();
        activity.request_began(false);
        activity.request_ended();
        assert!(activity.at_rest());
        assert_eq!(seconds_left(&activity), 75);
        activity.received();
        assert!(!activity.at_rest());
        assert_eq!(seconds_left(&activity), 10);
    }

    #[test]
    fn pings_on_http2_are_no_head() {
        let activity = activity();
        activity.request_began(true);
        activity.request_ended();
        activity.received();
        assert_eq!(seconds_left(&activity), 75);
    }
}
