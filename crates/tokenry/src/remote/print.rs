//! How things are printed: as a table for people, as lines with tabs for shells, or as the JSON that the server answered.
//!
//! Names and notes are other people's words: signs that would move a terminal's cursor, or begin a line, are written out.

use std::io::{self, IsTerminal as _};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use super::words::{Format, Print};
use crate::output;

/// The narrowest table.
const NARROWEST: u16 = 40;

/// Prints in one format.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printer {
    format: Format,
}

/// Rows of a list, each as long as the head.
pub(super) struct Grid {
    /// The names of the columns.
    pub(super) head: &'static [&'static str],
    /// The rows.
    pub(super) rows: Vec<Vec<String>>,
}

/// A single thing: names and values.
pub(super) type Record = Vec<(&'static str, String)>;

impl Printer {
    /// As the flag says.
    pub(super) fn new(print: &Print) -> Self {
        let usual = if io::stdout().is_terminal() {
            Format::Table
        } else {
            Format::Tsv
        };
        Self {
            format: print.output.unwrap_or(usual),
        }
    }

    /// Whether JSON was asked for.
    pub(super) fn is_json(self) -> bool {
        self.format == Format::Json
    }

    /// Whether it is for people, who need no more than is enough.
    pub(super) fn is_table(self) -> bool {
        self.format == Format::Table
    }

    /// A list: `value` is what the server answered, `grid` the same in rows.
    pub(super) fn list(
        self,
        value: &impl Serialize,
        grid: impl FnOnce() -> Grid,
    ) -> anyhow::Result<()> {
        match self.format {
            Format::Json => json(value),
            Format::Tsv => tabs(&grid()),
            Format::Table => {
                let grid = grid();
                if grid.rows.is_empty() {
                    output::note("There are none.");
                    return Ok(());
                }
                output::data(&table(&grid, width(&io::stdout())))
            }
        }
    }

    /// A single thing.
    pub(super) fn record(
        self,
        value: &impl Serialize,
        record: impl FnOnce() -> Record,
    ) -> anyhow::Result<()> {
        match self.format {
            Format::Json => json(value),
            Format::Tsv => tabs(&pairs(record())),
            Format::Table => output::data(&table(&pairs(said(record())), width(&io::stdout()))),
        }
    }

    /// One of many lines that come one after the other.
    pub(super) fn line(self, value: &impl Serialize, cells: &[String]) -> anyhow::Result<()> {
        match self.format {
            Format::Json => output::data(&serde_json::to_string(value)?),
            Format::Tsv => output::data(&tabbed(cells)),
            Format::Table => {
                let cells: Vec<_> = cells.iter().map(|cell| harmless(cell)).collect();
                output::data(&cells.join("  "))
            }
        }
    }
}

/// Prints a single thing as a remark beside the data.
pub(super) fn aside(record: Record) {
    output::note(&table(&pairs(said(record)), width(&io::stderr())));
}

/// A list of texts in one cell.
pub(super) fn joined<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items
        .into_iter()
        .map(|item| item.as_ref().to_owned())
        .collect();
    items.join(", ")
}

/// The name that something has in the API.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// Yes or no.
pub(super) fn yes(is: bool) -> String {
    let word = if is { "yes" } else { "no" };
    word.to_owned()
}

fn json(value: &impl Serialize) -> anyhow::Result<()> {
    output::data(&zeroize::Zeroizing::new(serde_json::to_string_pretty(
        value,
    )?))
}

fn tabs(grid: &Grid) -> anyhow::Result<()> {
    let lines: Vec<_> = grid.rows.iter().map(|row| tabbed(row)).collect();
    if lines.is_empty() {
        return Ok(());
    }
    output::data(&lines.join("\n"))
}

fn tabbed(cells: &[String]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| harmless(cell)).collect();
    cells.join("\t")
}

fn pairs(record: Record) -> Grid {
    let rows = record
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value]);
    Grid {
        head: &[],
        rows: rows.collect(),
    }
}

/// What there is something to say about.
fn said(mut record: Record) -> Record {
    record.retain(|(_, value)| !value.is_empty());
    record
}

fn table(grid: &Grid, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if !grid.head.is_empty() {
        table.set_header(grid.head.iter().map(|name| name.to_uppercase()));
    }
    for row in &grid.rows {
        table.add_row(row.iter().map(|cell| harmless(cell)));
    }
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width.max(NARROWEST));
    }
    table.trim_fmt()
}

/// How wide the terminal is; `None` where there is none.
fn width(stream: &(impl io::IsTerminal + std::os::fd::AsFd)) -> Option<u16> {
    if !stream.is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    (size.ws_col > 0).then_some(size.ws_col)
}

/// Control characters, and those that turn the direction of writing, are written out.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}') =>
            {
                out.extend(c.escape_unicode());
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_peoples_words_move_no_cursor_and_begin_no_line() {
        for (text, shown) in [
            ("a\tb\nc", "a\\tb\\nc"),
            ("\x1b[2Jgone", "\\u{1b}[2Jgone"),
            ("\u{202e}txt", "\\u{202e}txt"),
            ("Ströme – 7", "Ströme – 7"),
        ] {
            assert_eq!(harmless(text), shown);
        }
    }

    #[test]
    fn a_table_is_no_wider_than_the_terminal() {
        let grid = Grid {
            head: &["name", "notes"],
            rows: vec![vec!["one".to_owned(), "many words ".repeat(20)]],
        };
        let wide = table(&grid, None);
        assert!(wide.lines().any(|line| line.len() > 200), "{wide}");
        let narrow = table(&grid, Some(60));
        assert!(narrow.lines().all(|line| line.len() <= 60), "{narrow}");
        assert!(
            narrow.starts_with("NAME") || narrow.starts_with(" NAME"),
            "{narrow}"
        );
    }
}
