//! What was found: a table for people, JSON for programs. Never a token, a query, or a value that the client sent.

use std::fmt::Write as _;

use serde::Serialize;

use super::probe::Verdict;

/// What a probe found.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    /// Its name.
    pub(super) probe: &'static str,
    /// How it went.
    #[serde(serialize_with = "word")]
    pub(super) verdict: Verdict,
    /// What must be so.
    pub(super) expected: &'static str,
    /// What was so.
    pub(super) happened: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<&'static str>,
}

/// All findings.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Where it was sent to, without the query.
    pub(super) url: String,
    /// Of each verdict, how many.
    pub(super) summary: Summary,
    /// Probe by probe.
    pub(super) probes: Vec<Finding>,
}

/// Of each verdict, how many.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(super) struct Summary {
    pub(super) ok: usize,
    pub(super) not_tried: usize,
    pub(super) not_visible: usize,
    pub(super) warning: usize,
    pub(super) fail: usize,
}

impl Report {
    /// Of these.
    pub(super) fn of(url: String, probes: Vec<Finding>) -> Self {
        let mut summary = Summary::default();
        for finding in &probes {
            let count = match finding.verdict {
                Verdict::Ok => &mut summary.ok,
                Verdict::NotTried => &mut summary.not_tried,
                Verdict::NotVisible => &mut summary.not_visible,
                Verdict::Warning => &mut summary.warning,
                Verdict::Fail => &mut summary.fail,
            };
            *count += 1;
        }
        Self {
            url,
            summary,
            probes,
        }
    }

    /// For people: a line a probe, and more where something is to be done.
    pub(super) fn text(&self) -> String {
        let mut text = format!("Through {}\n\n", self.url);
        for finding in &self.probes {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{:8} {:21} {}",
                shown(finding.verdict),
                finding.probe,
                finding.expected
            );
            if finding.verdict == Verdict::Ok {
                continue;
            }
            let _ = writeln!(text, "{:30} happened: {}", "", finding.happened);
            if let Some(advice) = finding.advice {
                let _ = writeln!(text, "{:30} do: {advice}", "");
            }
        }
        let Summary {
            ok,
            not_tried,
            not_visible,
            warning,
            fail,
        } = self.summary;
        let _ = write!(
            text,
            "\n{ok} ok, {warning} warnings, {fail} failed, {not_visible} not visible, {not_tried} not tried"
        );
        text
    }
}

fn shown(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::NotTried => "-",
        Verdict::NotVisible => "?",
        Verdict::Warning => "warning",
        Verdict::Fail => "FAIL",
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn word<S: serde::Serializer>(verdict: &Verdict, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(verdict.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_fine_says_what_to_do() {
        let finding = |verdict| Finding {
            probe: "connection",
            verdict,
            expected: "nothing is deleted",
            happened: "it was".to_owned(),
            advice: (verdict != Verdict::Ok).then_some("add the line"),
        };
        let probes = vec![finding(Verdict::Ok), finding(Verdict::Fail)];
        let report = Report::of("http://127.0.0.1/".to_owned(), probes);
        let text = report.text();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "Through http://127.0.0.1/",
                "",
                "ok       connection            nothing is deleted",
                "FAIL     connection            nothing is deleted",
                "happened: it was",
                "do: add the line",
                "",
                "1 ok, 0 warnings, 1 failed, 0 not visible, 0 not tried",
            ]
        );
    }
}
