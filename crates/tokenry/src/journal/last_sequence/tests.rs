//! The last event is found wherever it stands.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

use super::*;

const EVENT: &str = r#"{"kind":"event","sequence":7}"#;

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, number: usize) -> PathBuf {
        Series::audit(self.0.path()).path(number)
    }

    fn last(&self) -> Option<i64> {
        last_sequence(self.0.path()).unwrap()
    }
}

#[test]
fn nt74_half_a_line_at_the_end_does_not_count() {
    let place = Place::new();
    let text = format!("{EVENT}\n{{\"sequence\":8,\"ki");
    fs::write(place.path(0), text).unwrap();
    assert_eq!(place.last(), Some(7));
}

#[test]
fn nt74_the_last_event_is_found_behind_any_number_of_refusals() {
    let place = Place::new();
    assert_eq!(place.last(), None);
    fs::write(place.path(0), "").unwrap();
    assert_eq!(place.last(), None);
    let refusals = "{\"kind\":\"refusal\"}\n".repeat(60_000);
    fs::write(place.path(0), format!("{EVENT}\n{refusals}")).unwrap();
    assert_eq!(place.last(), Some(7));
}

#[test]
fn nt74_the_last_event_is_found_in_files_that_were_put_aside() {
    let place = Place::new();
    fs::write(place.path(2), format!("{EVENT}\n")).unwrap();
    fs::write(place.path(1), "{\"kind\":\"refusal\"}\n").unwrap();
    assert_eq!(place.last(), Some(7), "the newest file is not there");
    fs::write(place.path(0), "").unwrap();
    assert_eq!(place.last(), Some(7), "the newest file is empty");
}
