//! Sets of bytes, looked up in a table: every byte of every token passes by here.

/// A set of bytes.
pub(crate) struct ByteSet([bool; 256]);

impl ByteSet {
    /// The bytes of these ranges, both ends included.
    #[expect(
        clippy::indexing_slicing,
        reason = "made when the program is built, where a mistake does not compile"
    )]
    pub(crate) const fn of(ranges: &[(u8, u8)]) -> Self {
        let mut set = [false; 256];
        let mut range = 0;
        while range < ranges.len() {
            let (first, last) = ranges[range];
            let mut byte = first as usize;
            while byte <= last as usize {
                set[byte] = true;
                byte += 1;
            }
            range += 1;
        }
        Self(set)
    }

    /// Whether it holds all of them.
    pub(crate) fn holds_all(&self, bytes: &[u8]) -> bool {
        bytes.iter().all(|byte| self.holds(*byte))
    }

    /// Whether it holds this one.
    pub(crate) fn holds(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_the_ends_of_its_ranges_and_nothing_else() {
        let set = ByteSet::of(&[(b'a', b'c'), (b'-', b'-')]);
        let held: Vec<u8> = (0..=255).filter(|byte| set.holds(*byte)).collect();
        assert_eq!(held, b"-abc");
        assert!(set.holds_all(b"a-b") && !set.holds_all(b"a-d"));
    }
}
