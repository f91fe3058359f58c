//! The thread that writes the log files: takes line after line, and every few seconds what was gathered of refusals.
//!
//! Not here: what a line looks like (`audit_lines`, `authentication`).

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokenry_core::port::RefusedCredential;

use super::{
    JournalSettings, Line, audit_lines, authentication,
    file::{RotatedFile, Series},
    refusals::Refusals,
    sink::Sink,
};

/// How long refusals of a kind are gathered.
const GATHER: Duration = Duration::from_secs(10);

pub(super) struct Writer {
    audit: Sink,
    /// None where nothing is to be told.
    authentication: Option<Sink>,
    refusals: Refusals,
    lost: Arc<Lost>,
    /// The time of the last line, for those that have none of their own.
    latest: Timestamp,
}

impl Writer {
    pub(super) fn open(settings: &JournalSettings, lost: Arc<Lost>) -> std::io::Result<Self> {
        let audit = RotatedFile::open(Series::audit(&settings.directory), settings)?;
        let authentication = if settings.authentication == 0 {
            None
        } else {
            let series = Series::authentication(&settings.directory);
            let file = RotatedFile::open(series, settings)?;
            Some(Sink::new(
                "authentication log",
                file,
                authentication::lost_line,
            ))
        };
        Ok(Self {
            audit: Sink::new("audit file", audit, audit_lines::lost_line),
            authentication,
            refusals: Refusals::default(),
            lost,
            latest: Timestamp::UNIX_EPOCH,
        })
    }

    pub(super) fn run(mut self, lines: &Receiver<Line>) {
        let mut gathered_since = Instant::now();
        loop {
            let left = GATHER.saturating_sub(gathered_since.elapsed());
            match lines.recv_timeout(left) {
                Ok(line) => self.take(&line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.write_gathered(),
            }
            // Also under a flood, in which there is always another line.
            if gathered_since.elapsed() >= GATHER {
                self.write_gathered();
                gathered_since = Instant::now();
            }
        }
    }

    fn take(&mut self, line: &Line) {
        match line {
            Line::Event(recorded) => {
                self.latest = recorded.event.at;
                self.write_audit(&audit_lines::event_line(recorded));
                if let Some(line) = authentication::event_line(&recorded.event) {
                    self.write_authentication(&line);
                }
            }
            Line::Missed(recorded) => {
                self.latest = recorded.event.at;
                self.write_audit(&audit_lines::event_line(recorded));
            }
            Line::Refused(refusal) => {
                self.latest = refusal.origin.at;
                self.take_refusal(refusal);
            }
            Line::Granted { grant, .. } => {
                self.latest = grant.origin.at;
                self.write_authentication(&authentication::granted_line(grant));
            }
        }
    }

    fn take_refusal(&mut self, refusal: &RefusedCredential) {
        if !self.refusals.is_first(refusal) {
            return;
        }
        self.write_audit(&audit_lines::refusal_line(refusal));
        self.write_authentication(&authentication::refusal_line(refusal));
    }

    fn write_gathered(&mut self) {
        for repeated in self.refusals.take() {
            self.write_audit(&audit_lines::repeated_line(&repeated));
            self.write_authentication(&authentication::repeated_line(&repeated));
        }
        let (audit, authentication) = self.lost.take();
        self.audit.add_lost(audit);
        self.audit.tell_lost(self.latest);
        if let Some(sink) = &mut self.authentication {
            sink.add_lost(authentication);
            sink.tell_lost(self.latest);
        }
    }

    fn write_audit(&mut self, line: &str) {
        self.audit.write(line, self.latest);
    }

    fn write_authentication(&mut self, line: &str) {
        if let Some(sink) = &mut self.authentication {
            sink.write(line, self.latest);
        }
    }
}

/// How many lines there was no room for in the queue, for each file.
#[derive(Default)]
pub(super) struct Lost {
    audit: AtomicU64,
    authentication: AtomicU64,
}

impl Lost {
    pub(super) fn count(&self, line: &Line) {
        let (audit, authentication) = match line {
            Line::Event(recorded) => (true, authentication::is_told(&recorded.event)),
            Line::Missed(_) => (true, false),
            Line::Refused(_) => (true, true),
            Line::Granted { .. } => (false, true),
        };
        self.audit.fetch_add(audit.into(), Ordering::Relaxed);
        self.authentication
            .fetch_add(authentication.into(), Ordering::Relaxed);
    }

    /// Those of the audit file, and those of the authentication log; and a new beginning.
    pub(super) fn take(&self) -> (u64, u64) {
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        (take(&self.audit), take(&self.authentication))
    }
}
