//! The real clock and the real randomness: the only place that asks the machine for either.

use jiff::Timestamp;
use tokenry_core::port::{Clock, Entropy};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The randomness of aws-lc, seeded by the kernel.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    ///
    /// If there is no randomness: going on would mean guessable secrets.
    #[expect(clippy::disallowed_methods, reason = "this is the Entropy port")]
    fn fill(&self, out: &mut [u8]) {
        let filled = aws_lc_rs::rand::fill(out);
        assert!(filled.is_ok(), "the system gives no randomness");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn randomness_fills_and_differs() {
        let (mut one, mut other) = ([0; 32], [0; 32]);
        SystemEntropy.fill(&mut one);
        SystemEntropy.fill(&mut other);
        assert_ne!(one, [0; 32]);
        assert_ne!(one, other);
    }

    #[test]
    fn the_clock_goes() {
        let year_2025 = Timestamp::from_second(1_735_689_600).unwrap();
        assert!(SystemClock.now() > year_2025);
    }
}
