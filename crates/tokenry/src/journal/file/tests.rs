//! What can happen to a file while it is written.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
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
                directory: PathBuf::new(),
                max_file_bytes: 100,
                keep_files: 2,
                authentication: 0,
            },
        }
    }

    fn path(&self) -> PathBuf {
        self.aside(0)
    }

    fn aside(&self, number: usize) -> PathBuf {
        Series::audit(self.directory.path()).path(number)
    }

    fn open(&self) -> RotatedFile {
        self.open_as(Series::audit(self.directory.path()))
    }

    fn open_as(&self, series: Series) -> RotatedFile {
        RotatedFile::open(series, &self.settings).unwrap()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    /// The sequence numbers in each file, the newest file first.
    fn numbers(&self) -> Vec<Vec<i64>> {
        let files = [self.path(), self.aside(1), self.aside(2)];
        let there = files
            .iter()
            .filter_map(|path| fs::read_to_string(path).ok());
        there.map(|text| numbers_in(&text)).collect()
    }
}

/// 40 bytes with its end.
fn event(number: u32) -> String {
    json!({"sequence": number, "text": "0123456789012"}).to_string()
}

/// The sequence numbers in a text.
fn numbers_in(text: &str) -> Vec<i64> {
    let number = |line: &str| serde_json::from_str::<Value>(line).unwrap()["sequence"].as_i64();
    text.lines().map(|line| number(line).unwrap()).collect()
}

#[test]
fn the_authentication_log_is_put_aside_by_its_number() {
    let place = Place::new();
    let directory = place.directory.path();
    let mut file = place.open_as(Series::authentication(directory));
    for number in 10..19 {
        file.write(&event(number)).unwrap();
    }
    let read = |name| numbers_in(&fs::read_to_string(directory.join(name)).unwrap());
    assert_eq!(read("auth0.txt"), [16, 17, 18]);
    assert_eq!(read("auth1.txt"), [13, 14, 15]);
    assert_eq!(read("auth2.txt"), [10, 11, 12]);
    file.write(&event(19)).unwrap();
    assert_eq!(read("auth2.txt"), [13, 14, 15]);
    assert!(!directory.join("auth3.txt").exists());
    let mode = directory.join("auth0.txt").metadata().unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
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
    fs::write(place.aside(3), "from when three were kept").unwrap();
    for number in 20..23 {
        file.write(&event(number)).unwrap();
    }
    assert!(!place.aside(3).exists());
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
    let mut file = place.open_as(Series::audit(&below));
    for number in 10..13 {
        file.write(&event(number)).unwrap();
    }
    fs::remove_dir_all(&below).unwrap();
    for _ in 0..3 {
        file.write(&event(13)).unwrap_err();
    }
    fs::create_dir(&below).unwrap();
    file.write(&event(14)).unwrap();
    let text = fs::read_to_string(below.join("audit.jsonl")).unwrap();
    assert_eq!(numbers_in(&text), [14]);
}

#[test]
fn a_file_that_cannot_be_put_aside_is_written_on() {
    let place = Place::new();
    let mut file = place.open();
    // A directory cannot take the place of a file.
    let in_the_way = [place.aside(1), place.aside(2)];
    fs::create_dir(&in_the_way[0]).unwrap();
    fs::write(&in_the_way[1], "").unwrap();
    for number in 10..15 {
        file.write(&event(number)).unwrap();
    }
    assert_eq!(numbers_in(&place.text()), [10, 11, 12, 13, 14]);
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
    file.write("{\"sequence\":2}").unwrap();
    assert_eq!(place.text(), "{\"sequence\":1}\n{\"seq\n{\"sequence\":2}\n");
}
