//! The way out to a person, or to a program: figures on stdout, and in JSON everything else on stderr.

use std::io::{self, Write as _};

use clap::ValueEnum;
use serde_json::json;

use crate::report::Row;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Prints a line that a program waits for.
pub(crate) fn print_line(text: &str) {
    // Nobody is left to tell when the reader has gone.
    let _ = writeln!(io::stdout().lock(), "{text}");
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Output(Format);

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        Self(format)
    }

    /// Says what goes on.
    pub(crate) fn note(self, text: &str) {
        // Nobody is left to tell when the reader has gone.
        let _ = match self.0 {
            Format::Json => writeln!(io::stderr().lock(), "{text}"),
            Format::Text => writeln!(io::stdout().lock(), "{text}"),
        };
    }

    /// Says what a bench does, and how.
    pub(crate) fn heading(self, bench: &str, method: &str) {
        self.note(&format!("\n{bench}\n  {method}"));
    }

    /// Prints all figures.
    pub(crate) fn report(self, rows: &[Row], quick: bool) -> anyhow::Result<()> {
        match self.0 {
            Format::Json => {
                let rows: Vec<_> = rows.iter().map(Row::to_json).collect();
                let report = json!({"quick": quick, "rows": rows});
                writeln!(io::stdout().lock(), "{report:#}")?;
            }
            Format::Text => self.note(&format!("\n{}", table(rows))),
        }
        Ok(())
    }
}

const HEAD: [&str; 9] = [
    "bench",
    "measured",
    "reference",
    "subject",
    "figure",
    "(half of the rounds)",
    "target",
    "met",
    "others",
];

fn table(rows: &[Row]) -> String {
    let lines: Vec<[String; 9]> = [HEAD.map(str::to_owned)]
        .into_iter()
        .chain(rows.iter().map(line))
        .collect();
    let mut widths = [0; 9];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text: Vec<String> = lines.iter().map(|line| aligned(line, &widths)).collect();
    text.push("others: cores that other processes used meanwhile; above 0.2 the row is noisy (!) and proves little.".to_owned());
    text.join("\n")
}

fn line(row: &Row) -> [String; 9] {
    let (low, high) = row.spread;
    let met = match row.is_met() {
        None => "",
        Some(true) => "met",
        Some(false) => "MISSED",
    };
    [
        row.bench.to_owned(),
        row.what.clone(),
        row.reference.clone(),
        row.subject.clone(),
        row.unit.print(row.figure),
        format!("{low:.2}–{high:.2}"),
        row.target
            .map_or(String::new(), |target| target.print(row.unit)),
        met.to_owned(),
        format!(
            "{:.1}{}",
            row.others,
            if row.is_noisy() { " !" } else { "" }
        ),
    ]
}

fn aligned(line: &[String; 9], widths: &[usize; 9]) -> String {
    let cells = line.iter().zip(widths);
    let padded: Vec<_> = cells
        .map(|(cell, width)| format!("{cell:<width$}"))
        .collect();
    padded.join("  ").trim_end().to_owned()
}
