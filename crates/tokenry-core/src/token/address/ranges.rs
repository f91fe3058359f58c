//! Answers "is this number in one of these ranges?" at a cost that hardly grows with their count.
//!
//! Not here: addresses and their spelling. [`super::Networks`] turns them into numbers.

/// Ranges that neither overlap nor touch, in ascending order.
///
/// Binary search alone made a check against ten thousand networks three times as slow as one against ten, hence the
/// index of long lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ranges<T> {
    /// First and last number of each, both included.
    spans: Box<[(T, T)]>,
    /// Boxed because most lists are short and have none.
    index: Option<Box<Index>>,
}

/// Cuts the space from the lowest to the highest number into equal parts, about as many as there are ranges, so that
/// only the few ranges of one part are searched. When all ranges crowd into one part the search is a plain binary one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Index {
    /// For each part, how many ranges end before it; one entry more for what follows the last part.
    ends_before: Box<[u32]>,
    /// A part is two to this power wide.
    shift: u32,
}

/// Shorter lists are searched as quickly without an index, and stay small.
const INDEXED_FROM: usize = 16;

impl<T: Copy + Ord + Into<u128>> Ranges<T> {
    /// Sorts and merges pairs of first and last number, which may come in any order.
    pub(super) fn new(mut pairs: Vec<(T, T)>) -> Self {
        pairs.sort_unstable();
        let mut spans: Vec<(T, T)> = Vec::with_capacity(pairs.len());
        for (first, last) in pairs {
            match spans.last_mut() {
                Some((_, end)) if first.into() <= (*end).into().saturating_add(1) => {
                    *end = last.max(*end);
                }
                _ => spans.push((first, last)),
            }
        }
        Self {
            index: Index::new(&spans).map(Box::new),
            spans: spans.into(),
        }
    }

    /// Whether a range holds the number.
    pub(super) fn contains(&self, number: T) -> bool {
        let candidates = match &self.index {
            Some(index) => index.candidates(&self.spans, number),
            None => Some(&*self.spans),
        };
        // The first range that does not end before the number is the only one that can hold it.
        candidates.is_some_and(|spans| {
            let at = spans.partition_point(|(_, last)| *last < number);
            spans.get(at).is_some_and(|(first, _)| *first <= number)
        })
    }
}

impl Index {
    fn new<T: Copy + Into<u128>>(spans: &[(T, T)]) -> Option<Self> {
        let count = spans.len();
        if count < INDEXED_FROM {
            return None;
        }
        let (lowest, highest) = (spans.first()?.0, spans.last()?.1);
        let width = highest.into().checked_sub(lowest.into())?;
        let shift = width.checked_ilog2()?.saturating_sub(count.ilog2());
        let ends_before = |part| {
            let before = |last| part_of(last, lowest, shift).is_some_and(|own| own < part);
            let ending = spans.partition_point(|(_, last)| before(*last));
            // Never the count itself, so that `candidates` always has a range to end with.
            u32::try_from(ending.min(count - 1)).ok()
        };
        let following = part_of(highest, lowest, shift)? + 1;
        Some(Self {
            ends_before: (0..=following).map(ends_before).collect::<Option<_>>()?,
            shift,
        })
    }

    /// The ranges that end in the number's part, and the next one, which may begin there.
    fn candidates<'a, T: Copy + Into<u128>>(
        &self,
        spans: &'a [(T, T)],
        number: T,
    ) -> Option<&'a [(T, T)]> {
        let part = part_of(number, spans.first()?.0, self.shift)?;
        let from = *self.ends_before.get(part)?;
        let to = *self.ends_before.get(part + 1)?;
        spans.get(from as usize..=to as usize)
    }
}

/// Which part a number is in; none when it is below all ranges.
fn part_of<T: Into<u128>>(number: T, lowest: T, shift: u32) -> Option<usize> {
    let offset = number.into().checked_sub(lowest.into())?;
    usize::try_from(offset >> shift).ok()
}
