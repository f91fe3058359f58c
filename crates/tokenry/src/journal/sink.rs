//! A log file that keeps count of the lines it could not take, as on a full disk, and says so at their place as soon
//! as it can be written again (NT-74).

use jiff::Timestamp;

use super::file::RotatedFile;

pub(super) struct Sink {
    /// For our own log.
    name: &'static str,
    file: RotatedFile,
    /// The line that tells how many are missing.
    lost_line: fn(u64, Timestamp) -> String,
    /// Lines that are missing in the file, of which it does not tell yet.
    lost: u64,
}

impl Sink {
    pub(super) fn new(
        name: &'static str,
        file: RotatedFile,
        lost_line: fn(u64, Timestamp) -> String,
    ) -> Self {
        Self {
            name,
            file,
            lost_line,
            lost: 0,
        }
    }

    /// Writes a line that has no line end yet.
    pub(super) fn write(&mut self, line: &str, now: Timestamp) {
        self.tell_lost(now);
        if let Err(error) = self.file.write(line) {
            self.lost += 1;
            tracing::error!(%error, "the {} cannot be written", self.name);
        }
    }

    /// Counts lines that did not get this far.
    pub(super) fn add_lost(&mut self, count: u64) {
        self.lost += count;
    }

    /// Tells how many lines are missing at this place, if any are, as soon as that can be written.
    pub(super) fn tell_lost(&mut self, now: Timestamp) {
        let count = self.lost;
        if count == 0 {
            return;
        }
        if self.file.write(&(self.lost_line)(count, now)).is_ok() {
            self.lost = 0;
            tracing::error!(
                count,
                "lines of the {} were lost; those of changes are in the audit log still",
                self.name
            );
        }
    }
}
