//! The file itself: one JSON object a line, for its owner's eyes, put aside when it is full.
//!
//! Whatever happens to the file while we have it open, the next line goes to where a reader looks for it: a file that
//! was moved or removed is begun anew, and one whose last line is only half there gets an end to that line first.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    iter::once,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::JournalSettings;

pub(super) struct AuditFile {
    path: PathBuf,
    settings: JournalSettings,
    /// None after trouble: then the next line opens it again.
    current: Option<Current>,
}

impl AuditFile {
    pub(super) fn open(path: &Path, settings: &JournalSettings) -> io::Result<Self> {
        Ok(Self {
            current: Some(Current::open(path)?),
            path: path.to_owned(),
            settings: settings.clone(),
        })
    }

    /// Writes a line, or nothing of it.
    pub(super) fn write(&mut self, line: &Value) -> io::Result<()> {
        let mut current = match self.current.take() {
            Some(current) if current.is_at(&self.path) => current,
            _ => Current::open(&self.path)?,
        };
        if current.length >= self.settings.max_file_bytes as u64 {
            // Better a file that is too long than a line that is lost.
            match self.put_aside() {
                Ok(()) => current = Current::open(&self.path)?,
                Err(error) => tracing::error!(%error, "the audit file cannot be put aside"),
            }
        }
        current.append(format!("{line}\n").as_bytes())?;
        self.current = Some(current);
        Ok(())
    }

    fn put_aside(&self) -> io::Result<()> {
        let keep = self.settings.keep_files;
        let there = |moved: io::Result<()>| match moved {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            moved => moved.map(|()| true),
        };
        // From when more were kept.
        let mut extra = keep + 1;
        while there(fs::remove_file(aside(&self.path, extra)))? {
            extra += 1;
        }
        for number in (1..keep).rev() {
            let (from, to) = (aside(&self.path, number), aside(&self.path, number + 1));
            there(fs::rename(from, to))?;
        }
        fs::rename(&self.path, aside(&self.path, 1))
    }
}

/// The file at our path, as we opened it.
struct Current {
    file: File,
    /// Device and inode.
    identity: (u64, u64),
    length: u64,
    /// Its last line has no end: whoever wrote it was stopped.
    is_torn: bool,
}

impl Current {
    fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true).read(true).mode(0o600);
        let mut file = options.open(path)?;
        let found = file.metadata()?;
        let length = found.len();
        let mut last = [b'\n'];
        if length > 0 {
            file.seek(SeekFrom::Start(length - 1))?;
            file.read_exact(&mut last)?;
        }
        Ok(Self {
            file,
            identity: (found.dev(), found.ino()),
            length,
            is_torn: last != [b'\n'],
        })
    }

    fn is_at(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == self.identity)
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let line = if self.is_torn {
            [b"\n", line].concat()
        } else {
            line.to_vec()
        };
        let written = self.file.write_all(&line);
        match written {
            Ok(()) => {
                self.length += line.len() as u64;
                self.is_torn = false;
            }
            // Half a line, as on a full disk, is taken back; if that fails, too, it is ended later.
            Err(_) => drop(self.file.set_len(self.length)),
        }
        written
    }
}

/// Where the file was put aside that is the `number`th to have been, counted from the newest.
fn aside(path: &Path, number: usize) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{number}"));
    name.into()
}

/// The sequence number of the last event in the file at `path` or, if it has none, in those put aside.
pub fn last_sequence(path: &Path) -> io::Result<Option<i64>> {
    let put_aside = (1..).map(|number| aside(path, number));
    for (number, path) in once(path.to_owned()).chain(put_aside).enumerate() {
        match File::open(path) {
            Ok(file) => {
                if let Some(last) = last_in(file)? {
                    return Ok(Some(last));
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound && number == 0 => {}
            Err(error) if error.kind() == ErrorKind::NotFound => break,
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Looks from the end backwards, in ever larger steps: behind the last event there may be any number of refusals.
fn last_in(mut file: File) -> io::Result<Option<i64>> {
    const STEP: u64 = 1 << 20;
    let sequence = |line: Vec<u8>| {
        let line: Value = serde_json::from_slice(&line).ok()?;
        line.get("sequence")?.as_i64()
    };
    let length = file.seek(SeekFrom::End(0))?;
    let mut tail = STEP;
    loop {
        let start = length.saturating_sub(tail);
        file.seek(SeekFrom::Start(start))?;
        let mut last = None;
        for line in BufReader::new(&file).split(b'\n') {
            last = sequence(line?).or(last);
        }
        if last.is_some() || start == 0 {
            return Ok(last);
        }
        tail = tail.saturating_mul(8);
    }
}

#[cfg(test)]
mod tests;
