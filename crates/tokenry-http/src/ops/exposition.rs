//! The two text formats in which metrics are read: Prometheus' own (0.0.4), and OpenMetrics 1.0. They differ in the
//! names of counters, and in how they end.
//!
//! All names, labels and their values are ours, from fixed lists: nothing that a client sent can get onto the page.

use std::fmt::{Display, Write as _};

/// A text format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Prometheus' own.
    Prometheus,
    /// OpenMetrics.
    OpenMetrics,
}

impl Format {
    /// The one that a client's `Accept` asks for.
    pub(super) fn accepted(accept: &str) -> Self {
        let mut ranges = accept.split(',').map(|range| range.split(';').next());
        if ranges.any(|name| name.is_some_and(|name| name.trim() == "application/openmetrics-text"))
        {
            return Self::OpenMetrics;
        }
        Self::Prometheus
    }

    /// Its media type.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Labels with their values.
pub(super) type Labels<'a> = &'a [(&'static str, &'a str)];

/// A page of metrics.
pub(super) struct Page {
    format: Format,
    text: String,
}

impl Page {
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            text: String::with_capacity(32 * 1024),
        }
    }

    /// A number that only grows while the server runs. Its name ends in `_total`.
    pub(super) fn counter(&mut self, name: &'static str, help: &str) -> Family<'_> {
        let described = match self.format {
            Format::Prometheus => name,
            Format::OpenMetrics => name.strip_suffix("_total").unwrap_or(name),
        };
        self.describe(described, "counter", help);
        Family { page: self, name }
    }

    /// A number that goes up and down.
    pub(super) fn gauge(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.describe(name, "gauge", help);
        Family { page: self, name }
    }

    /// Durations in classes.
    pub(super) fn histogram(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.describe(name, "histogram", help);
        Family { page: self, name }
    }

    fn describe(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, suffix: &str, labels: Labels<'_>, value: impl Display) {
        self.text.push_str(name);
        self.text.push_str(suffix);
        for (place, (label, of_label)) in labels.iter().enumerate() {
            let before = if place == 0 { '{' } else { ',' };
            let _ = write!(self.text, "{before}{label}=\"{of_label}\"");
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }

    /// The whole page.
    pub(super) fn finish(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }
}

/// The samples of one metric.
pub(super) struct Family<'a> {
    page: &'a mut Page,
    name: &'static str,
}

impl Family<'_> {
    pub(super) fn value(&mut self, labels: Labels<'_>, value: impl Display) -> &mut Self {
        self.page.sample(self.name, "", labels, value);
        self
    }

    /// Durations: the upper bounds of the classes in seconds, how many there are in each class and, last, beyond, and
    /// what they come to together.
    pub(super) fn durations(
        &mut self,
        labels: Labels<'_>,
        bounds: &[f64],
        classes: &[u64],
        seconds: f64,
    ) -> &mut Self {
        let mut all: u64 = 0;
        let bounds = bounds.iter().map(|bound| format!("{bound:?}"));
        let bounds = bounds.chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(classes) {
            all = all.saturating_add(*count);
            let labels = [labels, &[("le", bound.as_str())]].concat();
            self.page.sample(self.name, "_bucket", &labels, all);
        }
        self.page.sample(self.name, "_sum", labels, seconds);
        self.page.sample(self.name, "_count", labels, all);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(format: Format) -> String {
        let mut page = Page::new(format);
        page.counter("x_total", "How many.")
            .value(&[("a", "1"), ("b", "2")], 7);
        page.gauge("y", "How much.").value(&[], 0.5);
        page.histogram("z_seconds", "How long.").durations(
            &[("a", "1")],
            &[0.000_002, 1.0],
            &[1, 2, 3],
            9.25,
        );
        page.finish()
    }

    #[test]
    fn a_page_in_the_format_of_prometheus() {
        let expected = "\
# HELP x_total How many.
# TYPE x_total counter
x_total{a=\"1\",b=\"2\"} 7
# HELP y How much.
# TYPE y gauge
y 0.5
# HELP z_seconds How long.
# TYPE z_seconds histogram
z_seconds_bucket{a=\"1\",le=\"2e-6\"} 1
z_seconds_bucket{a=\"1\",le=\"1.0\"} 3
z_seconds_bucket{a=\"1\",le=\"+Inf\"} 6
z_seconds_sum{a=\"1\"} 9.25
z_seconds_count{a=\"1\"} 6
";
        assert_eq!(page(Format::Prometheus), expected);
    }

    #[test]
    fn in_openmetrics_a_counter_is_described_without_its_ending_and_the_page_ends_with_a_mark() {
        let page = page(Format::OpenMetrics);
        assert!(page.contains("# TYPE x counter\nx_total{a"), "{page}");
        assert!(
            page.ends_with("z_seconds_count{a=\"1\"} 6\n# EOF\n"),
            "{page}"
        );
    }

    #[test]
    fn the_format_is_the_one_asked_for() {
        for (accept, format) in [
            ("", Format::Prometheus),
            ("*/*", Format::Prometheus),
            (
                "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                Format::Prometheus,
            ),
            ("application/openmetrics-text", Format::OpenMetrics),
            (
                "text/plain;q=0.2, application/openmetrics-text;version=1.0.0;q=0.6",
                Format::OpenMetrics,
            ),
        ] {
            assert_eq!(Format::accepted(accept), format, "{accept}");
        }
    }
}
