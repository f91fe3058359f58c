//! What can happen to a file while it is written.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use tempfile::TempDir;

use super::*;

struct Place {
    directory: TempDir,
    settings: JournalSettings,
}

impl Place {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            settings: JournalSettings {
                max_file_bytes: 100,
                keep_files: 2,
            },
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("audit.jsonl")
    }

    fn open(&self) -> AuditFile {
        AuditFile::open(&self.path(), &self.settings).unwrap()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    /// The sequence numbers in each file, the newest file first.
    fn numbers(&self) -> Vec<Vec<i64>> {
        let files = [self.path(), aside(&self.path(), 1), aside(&self.path(), 2)];
        let there = files
            .iter()
            .filter_map(|path| fs::read_to_string(path).ok());
        let number = |line: &str| serde_json::from_str::<Value>(line).unwrap()["sequence"].as_i64();
        there
            .map(|text| text.lines().map(|line| number(line).unwrap()).collect())
            .collect()
    }

    fn last(&self) -> Option<i64> {
        last_sequence(&self.path()).unwrap()
    }
}

/// 40 bytes with its end.
fn event(number: u32) -> Value {
    json!({"sequence": number, "text": "0123456789012"})
}

#[test]
fn a_full_file_is_put_aside_and_only_so_many_are_kept() {
    let place = Place::new();
    let mut file = place.open();
    for number in 10..17 {
        file.write(&event(number)).unwrap();
    }
    assert_eq!(
        place.numbers(),
        [vec![16], vec![13, 14, 15], vec![10, 11, 12]]
    );
    for number in 17..20 {
        file.write(&event(number)).unwrap();
    }
    assert_eq!(
        place.numbers(),
        [vec![19], vec![16, 17, 18], vec![13, 14, 15]]
    );
    let mode = place.path().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::write(aside(&place.path(), 3), "from when three were kept").unwrap();
    for number in 20..23 {
        file.write(&event(number)).unwrap();
    }
    assert!(!aside(&place.path(), 3).exists());
}

#[test]
fn a_file_that_was_moved_or_removed_is_begun_anew() {
    let place = Place::new();
    let mut file = place.open();
    file.write(&event(10)).unwrap();
    fs::rename(place.path(), place.directory.path().join("elsewhere")).unwrap();
    file.write(&event(11)).unwrap();
    assert_eq!(place.numbers(), [[11]]);
    fs::remove_file(place.path()).unwrap();
    file.write(&event(12)).unwrap();
    assert_eq!(place.numbers(), [[12]]);
}

#[test]
fn nt74_a_directory_that_is_gone_is_an_error_until_it_is_back() {
    let place = Place::new();
    let below = place.directory.path().join("log");
    fs::create_dir(&below).unwrap();
    let path = below.join("audit.jsonl");
    let mut file = AuditFile::open(&path, &place.settings).unwrap();
    for number in 10..13 {
        file.write(&event(number)).unwrap();
    }
    fs::remove_dir_all(&below).unwrap();
    for _ in 0..3 {
        file.write(&event(13)).unwrap_err();
    }
    fs::create_dir(&below).unwrap();
    file.write(&event(14)).unwrap();
    assert_eq!(last_sequence(&path).unwrap(), Some(14));
}

#[test]
fn a_file_that_cannot_be_put_aside_is_written_on() {
    let place = Place::new();
    let mut file = place.open();
    // A directory cannot take the place of a file.
    let in_the_way = [aside(&place.path(), 1), aside(&place.path(), 2)];
    fs::create_dir(&in_the_way[0]).unwrap();
    fs::write(&in_the_way[1], "").unwrap();
    for number in 10..15 {
        file.write(&event(number)).unwrap();
    }
    assert_eq!(
        last_in(File::open(place.path()).unwrap()).unwrap(),
        Some(14)
    );
    fs::remove_dir(&in_the_way[0]).unwrap();
    fs::remove_file(&in_the_way[1]).unwrap();
    file.write(&event(15)).unwrap();
    assert_eq!(place.numbers(), [vec![15], vec![10, 11, 12, 13, 14]]);
}

#[test]
fn half_a_line_does_not_spoil_the_next_one() {
    let place = Place::new();
    fs::write(place.path(), "{\"sequence\":1}\n{\"seq").unwrap();
    let mut file = place.open();
    file.write(&json!({"sequence": 2})).unwrap();
    assert_eq!(place.text(), "{\"sequence\":1}\n{\"seq\n{\"sequence\":2}\n");
    assert_eq!(place.last(), Some(2));
}

#[test]
fn nt74_the_last_event_is_found_behind_any_number_of_refusals() {
    let place = Place::new();
    assert_eq!(place.last(), None);
    fs::write(place.path(), "").unwrap();
    assert_eq!(place.last(), None);
    let refusals = format!("{}\n", json!({"kind": "refusal"})).repeat(60_000);
    fs::write(place.path(), format!("{}\n{refusals}", event(7))).unwrap();
    assert_eq!(place.last(), Some(7));
}

#[test]
fn nt74_the_last_event_is_found_in_files_that_were_put_aside() {
    let place = Place::new();
    fs::write(aside(&place.path(), 2), format!("{}\n", event(7))).unwrap();
    fs::write(aside(&place.path(), 1), "{\"kind\":\"refusal\"}\n").unwrap();
    assert_eq!(place.last(), Some(7), "the newest file is not there");
    fs::write(place.path(), "").unwrap();
    assert_eq!(place.last(), Some(7), "the newest file is empty");
}
