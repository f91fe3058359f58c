//! Rounds: reference and subject in alternation, and what is made of their figures.
//!
//! The result is the median of the rounds' ratios. A minute in which somebody else used the machine spoils some rounds,
//! but reference and subject of one round alike.

use std::time::Duration;

/// The figures of some rounds, in any one unit.
#[derive(Debug, Default)]
pub(crate) struct Rounds(Vec<Round>);

#[derive(Debug)]
struct Round {
    reference: f64,
    subject: f64,
}

impl Rounds {
    pub(crate) fn push(&mut self, reference: f64, subject: f64) {
        self.0.push(Round { reference, subject });
    }

    /// The median of the ratios, subject to reference.
    pub(crate) fn ratio(&self) -> f64 {
        median(self.ratios())
    }

    /// Between what the middle half of the ratios lies.
    pub(crate) fn spread(&self) -> (f64, f64) {
        spread(self.ratios())
    }

    /// Likewise of the subject's own figures.
    pub(crate) fn subjects(&self) -> (f64, f64) {
        spread(self.0.iter().map(|round| round.subject))
    }

    pub(crate) fn reference(&self) -> f64 {
        median(self.0.iter().map(|round| round.reference))
    }

    pub(crate) fn subject(&self) -> f64 {
        median(self.0.iter().map(|round| round.subject))
    }

    fn ratios(&self) -> impl Iterator<Item = f64> {
        self.0.iter().map(|round| round.subject / round.reference)
    }
}

/// The middle one; of an even number the upper of the two in the middle.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    quarter(&sorted(figures), 2)
}

/// Between what the middle half lies.
pub(crate) fn spread(figures: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let sorted = sorted(figures);
    (quarter(&sorted, 1), quarter(&sorted, 3))
}

fn sorted(figures: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = figures.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn quarter(sorted: &[f64], quarters: usize) -> f64 {
    let at = sorted.len() * quarters / 4;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// What `percent` of these do not exceed.
pub(crate) fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(rank).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_the_median_of_the_ratios() {
        let mut rounds = Rounds::default();
        for (reference, subject) in [(1.0, 2.0), (10.0, 30.0), (2.0, 20.0), (3.0, 3.0)] {
            rounds.push(reference, subject);
        }
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(close(rounds.ratio(), 3.0));
        assert!(close(rounds.spread().0, 2.0) && close(rounds.spread().1, 10.0));
        assert!(close(rounds.reference(), 3.0) && close(rounds.subject(), 20.0));
    }

    #[test]
    fn the_99th_percentile_of_a_hundred_is_the_last_but_one() {
        let mut times: Vec<_> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&mut times, 99), Duration::from_millis(99));
        assert_eq!(percentile(&mut times, 50), Duration::from_millis(50));
        assert_eq!(percentile(&mut [], 99), Duration::ZERO);
    }
}
