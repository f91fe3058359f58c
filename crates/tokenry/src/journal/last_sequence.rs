//! How far the audit file got in an earlier run.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, ErrorKind, Seek as _, SeekFrom},
    path::Path,
};

use serde_json::Value;

use super::file::Series;

/// The sequence number of the last event in the audit file of this directory or, if it has none, in those put aside.
pub fn last_sequence(directory: &Path) -> io::Result<Option<i64>> {
    let series = Series::audit(directory);
    for number in 0.. {
        match File::open(series.path(number)) {
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
