//! The log files that follow what is committed and what is refused: the audit file, with every line of the audit log
//! once more and every refused credential, as JSON; and the authentication log, with who got in and who did not, for
//! people. Both rotated by size.
//!
//! The store is the truth of what was done; the audit file follows it. After a crash the lines that are missing there
//! are read back from the store. Refusals are gathered under a flood: the first of a kind is written at once, the
//! others are counted and written as one line a little later. What cannot be written, because the disk is full, is
//! counted too, and the file says so as soon as it can be written again. Nobody who asks the server for something ever
//! waits for these files.

mod audit_lines;
mod authentication;
mod file;
mod last_sequence;
mod refusals;
mod sink;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{self, SyncSender, TrySendError},
    },
    thread,
};

use tokenry_core::port::{
    Commit, CommitListener, GrantedCredential, Recorded, RefusalListener, RefusedCredential,
};

use self::writer::{Lost, Writer};

pub use self::last_sequence::last_sequence;

/// Where the log files stand, how they are rotated, and how much they tell.
#[derive(Debug, Clone)]
pub struct JournalSettings {
    /// The directory of both.
    pub directory: PathBuf,
    /// The size in bytes at which a file is put aside.
    pub max_file_bytes: usize,
    /// How many files that were put aside are kept.
    pub keep_files: usize,
    /// How much the authentication log tells: 0 nothing, below 41 no granted tokens.
    pub authentication: u8,
}

/// Writes the log files from a thread of its own. The thread ends when the journal is dropped, all lines written.
pub struct Journal {
    sender: Option<SyncSender<Line>>,
    lost: Arc<Lost>,
    /// Held once more by every granted token that waits to be written.
    grants: Option<Arc<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// What is to be written.
enum Line {
    /// Something was committed.
    Event(Recorded),
    /// Something was committed in an earlier run.
    Missed(Recorded),
    /// A credential was refused.
    Refused(RefusedCredential),
    /// A token was granted.
    Granted {
        grant: GrantedCredential,
        /// Held, so that those that wait can be counted.
        _waits: Arc<()>,
    },
}

/// How many lines may wait for the disk.
const WAITING: usize = 10_000;

/// How many of them may be of granted tokens, so that looking for trouble costs no line of the audit file.
const GRANTS_WAITING: usize = WAITING / 2;

/// From this level on the authentication log has a line for every granted token.
const EVERY_GRANT: u8 = 41;

impl Journal {
    /// Begins or goes on with the files. At level 0 there is no authentication log.
    pub fn open(settings: &JournalSettings) -> std::io::Result<Self> {
        let lost = Arc::<Lost>::default();
        let writer = Writer::open(settings, Arc::clone(&lost))?;
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let thread = thread::Builder::new()
            .name("log-files".to_owned())
            .spawn(move || writer.run(&receiver))?;
        Ok(Self {
            sender: Some(sender),
            lost,
            grants: (settings.authentication >= EVERY_GRANT).then(Arc::default),
            thread: Some(thread),
        })
    }

    /// Writes lines of the audit log that an earlier run committed but did not get to write. Waits for the disk where
    /// there are many. They are for the audit file alone: the authentication log may well have them.
    pub fn catch_up(&self, missed: impl IntoIterator<Item = Recorded>) {
        let Some(sender) = &self.sender else { return };
        for event in missed {
            if let Err(unsent) = sender.send(Line::Missed(event)) {
                self.lost.count(&unsent.0);
            }
        }
    }

    /// Never waits for the disk: a line for which there is no room is counted as lost.
    fn send(&self, line: Line) {
        let Some(sender) = &self.sender else { return };
        match sender.try_send(line) {
            Ok(()) => {}
            Err(TrySendError::Full(line) | TrySendError::Disconnected(line)) => {
                self.lost.count(&line);
            }
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
        self.send(Line::Refused(refusal.clone()));
    }

    fn hears_grants(&self) -> bool {
        self.grants.is_some()
    }

    fn granted(&self, grant: &GrantedCredential) {
        let Some(waiting) = &self.grants else { return };
        let line = Line::Granted {
            grant: grant.clone(),
            _waits: Arc::clone(waiting),
        };
        // One is ours, and one is that of the line.
        if Arc::strong_count(waiting) > GRANTS_WAITING + 1 {
            self.lost.count(&line);
        } else {
            self.send(line);
        }
    }
}
