//! The file itself: one JSON object a line, for its owner's eyes, put aside when it is full.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use file_rotate::{ContentLimit, FileRotate, compression::Compression, suffix::AppendCount};
use serde_json::Value;

use super::JournalSettings;

pub(super) struct AuditFile(FileRotate<AppendCount>);

impl AuditFile {
    pub(super) fn open(path: &Path, settings: &JournalSettings) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true).read(true).mode(0o600);
        // The rotation opens it the same way but does not tell of errors.
        options.open(path)?;
        Ok(Self(FileRotate::new(
            path,
            AppendCount::new(settings.keep_files),
            ContentLimit::BytesSurpassed(settings.max_file_bytes),
            Compression::None,
            Some(options),
        )))
    }

    pub(super) fn write(&mut self, line: &Value) -> io::Result<()> {
        let mut text = line.to_string();
        text.push('\n');
        self.0.write_all(text.as_bytes())?;
        self.0.flush()
    }
}

/// How much of the end of the file is searched for the last event.
const TAIL: u64 = 1 << 20;

/// The sequence number of the last event in the file at `path`; `None` where there is no such file or event.
pub fn last_sequence(path: &Path) -> io::Result<Option<i64>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let lines = BufReader::new(file).split(b'\n');
    let sequence = |line: Vec<u8>| {
        let line: Value = serde_json::from_slice(&line).ok()?;
        line.get("sequence")?.as_i64()
    };
    Ok(lines.map_while(Result::ok).filter_map(sequence).last())
}
