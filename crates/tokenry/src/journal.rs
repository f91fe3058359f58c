//! The audit file: every line of the audit log once more, as JSON, and every refused credential, which stands nowhere
//! else. Rotated by size.
//!
//! The store is the truth of what was done; the file follows it. After a crash the lines that are missing are read
//! back from the store. Refusals are gathered under a flood: the first of a kind is written at once, the others are
//! counted and written as one line a little later. What cannot be written, because the disk is full, is counted too,
//! and the file says so as soon as it can be written again.

mod file;
mod refusals;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokenry_core::{
    id::TokenId,
    port::{Commit, CommitListener, Recorded, RefusalListener, RefusedCredential},
};

use self::{file::AuditFile, refusals::Refusals};

pub use self::file::last_sequence;

/// Where the audit file stands and how it is rotated.
#[derive(Debug, Clone)]
pub struct JournalSettings {
    /// The size in bytes at which the file is put aside.
    pub max_file_bytes: usize,
    /// How many files that were put aside are kept.
    pub keep_files: usize,
}

/// Writes the audit file from a thread of its own. The thread ends when the journal is dropped, all lines written.
pub struct Journal {
    sender: Option<SyncSender<Line>>,
    lost: Arc<AtomicU64>,
    thread: Option<thread::JoinHandle<()>>,
}

enum Line {
    Event(Recorded),
    Refusal(RefusedCredential),
}

/// How many lines may wait for the disk.
const WAITING: usize = 10_000;

/// How long refusals of a kind are gathered.
const GATHER: Duration = Duration::from_secs(10);

impl Journal {
    /// Begins or goes on with the file at `path`.
    pub fn open(path: &Path, settings: &JournalSettings) -> std::io::Result<Self> {
        let file = AuditFile::open(path, settings)?;
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let writer = Writer {
            file,
            refusals: Refusals::default(),
            lost: Arc::clone(&lost),
            unwritten: 0,
        };
        let thread = thread::Builder::new()
            .name("audit-file".to_owned())
            .spawn(move || writer.run(&receiver))?;
        Ok(Self {
            sender: Some(sender),
            lost,
            thread: Some(thread),
        })
    }

    /// Writes lines of the audit log that an earlier run committed but did not get to write. Waits for the disk where
    /// there are many.
    pub fn catch_up(&self, missed: impl IntoIterator<Item = Recorded>) {
        let Some(sender) = &self.sender else { return };
        for event in missed {
            if sender.send(Line::Event(event)).is_err() {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Never waits for the disk: a line for which there is no room is counted as lost.
    fn send(&self, line: Line) {
        let sent = self
            .sender
            .as_ref()
            .is_some_and(|sender| sender.try_send(line).is_ok());
        if !sent {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the writer has been reported by its own message.
            let _ = thread.join();
        }
    }
}

impl CommitListener for Journal {
    fn committed(&self, commit: &Commit) {
        commit
            .events
            .iter()
            .cloned()
            .for_each(|event| self.send(Line::Event(event)));
    }
}

impl RefusalListener for Journal {
    fn refused(&self, refusal: &RefusedCredential) {
        self.send(Line::Refusal(refusal.clone()));
    }
}

struct Writer {
    file: AuditFile,
    refusals: Refusals,
    /// Lines for which there was no room in the queue.
    lost: Arc<AtomicU64>,
    /// Lines that are missing in the file, of which it does not tell yet.
    unwritten: u64,
}

impl Writer {
    fn run(mut self, lines: &Receiver<Line>) {
        let mut gathered_since = Instant::now();
        loop {
            let left = GATHER.saturating_sub(gathered_since.elapsed());
            match lines.recv_timeout(left) {
                Ok(Line::Event(event)) => self.write(&event_line(&event)),
                Ok(Line::Refusal(refusal)) => {
                    if let Some(first) = self.refusals.add(refusal) {
                        self.write(&first);
                    }
                }
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

    fn write_gathered(&mut self) {
        for line in self.refusals.take() {
            self.write(&line);
        }
        self.unwritten += self.lost.swap(0, Ordering::Relaxed);
        self.tell_unwritten();
    }

    fn write(&mut self, line: &Value) {
        self.tell_unwritten();
        if let Err(error) = self.file.write(line) {
            self.unwritten += 1;
            tracing::error!(%error, "the audit file cannot be written");
        }
    }

    /// Tells how many lines are missing at this place, as soon as that can be written.
    fn tell_unwritten(&mut self) {
        let count = self.unwritten;
        if count == 0 {
            return;
        }
        if self
            .file
            .write(&json!({"kind": "lost", "count": count}))
            .is_ok()
        {
            self.unwritten = 0;
            tracing::error!(
                count,
                "lines of the audit file were lost; those of changes are in the audit log still"
            );
        }
    }
}

/// Every field by name: nothing can get into the file that is not listed here (NT-42).
fn event_line(recorded: &Recorded) -> Value {
    let event = &recorded.event;
    json!({
        "kind": "event",
        "sequence": recorded.sequence,
        "at": event.at.to_string(),
        "action": event.action.as_str(),
        "actor": event.actor,
        "address": event.address.map(|address| address.to_string()),
        "request": event.request,
        "token": event.token.map(TokenId::to_hex),
        "target": event.target,
        "reason": event.reason,
    })
}
