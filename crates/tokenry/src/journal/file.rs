//! The files themselves: whole lines, for their owner's eyes, put aside when they are full.
//!
//! Whatever happens to the file while we have it open, the next line goes to where a reader looks for it: a file that
//! was moved or removed is begun anew, and one whose last line is only half there gets an end to that line first.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use super::JournalSettings;

/// What a file is called, and what it is called once it was put aside.
pub(super) struct Series {
    directory: PathBuf,
    name: fn(usize) -> String,
}

impl Series {
    /// `audit.jsonl`, then `audit.jsonl.1`, …
    pub(super) fn audit(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            name: |number| match number {
                0 => "audit.jsonl".to_owned(),
                number => format!("audit.jsonl.{number}"),
            },
        }
    }

    /// `auth0.txt`, then `auth1.txt`, … (spec/tanium.md 8.2).
    pub(super) fn authentication(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            name: |number| format!("auth{number}.txt"),
        }
    }

    /// The file of this number: 0 is the one that is written, 1 the one that was put aside last.
    pub(super) fn path(&self, number: usize) -> PathBuf {
        self.directory.join((self.name)(number))
    }
}

/// A file that is put aside when it is full.
pub(super) struct RotatedFile {
    series: Series,
    max_bytes: u64,
    keep: usize,
    /// None after trouble: then the next line opens it again.
    current: Option<Current>,
}

impl RotatedFile {
    pub(super) fn open(series: Series, settings: &JournalSettings) -> io::Result<Self> {
        Ok(Self {
            current: Some(Current::open(&series.path(0))?),
            series,
            max_bytes: settings.max_file_bytes as u64,
            keep: settings.keep_files,
        })
    }

    /// Writes a line and its end, or nothing of it.
    pub(super) fn write(&mut self, line: &str) -> io::Result<()> {
        let path = self.series.path(0);
        let mut current = match self.current.take() {
            Some(current) if current.is_at(&path) => current,
            _ => Current::open(&path)?,
        };
        if current.length >= self.max_bytes {
            // Better a file that is too long than a line that is lost.
            match self.put_aside() {
                Ok(()) => current = Current::open(&path)?,
                Err(error) => {
                    tracing::error!(%error, file = %path.display(), "a full file cannot be put aside");
                }
            }
        }
        current.append(format!("{line}\n").as_bytes())?;
        self.current = Some(current);
        Ok(())
    }

    fn put_aside(&self) -> io::Result<()> {
        let there = |moved: io::Result<()>| match moved {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            moved => moved.map(|()| true),
        };
        // From when more were kept.
        let mut extra = self.keep + 1;
        while there(fs::remove_file(self.series.path(extra)))? {
            extra += 1;
        }
        for number in (1..self.keep).rev() {
            let (from, to) = (self.series.path(number), self.series.path(number + 1));
            there(fs::rename(from, to))?;
        }
        fs::rename(self.series.path(0), self.series.path(1))
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

#[cfg(test)]
mod tests;
