//! Lists that come in pages: as many as are wanted, in one.

use indicatif::{ProgressBar, ProgressStyle};

use super::failure::Failure;
use super::words::HowMany;
use crate::output;

/// A page of a list.
pub(super) struct Page<T, C> {
    /// What is on it.
    pub(super) items: Vec<T>,
    /// Where the list goes on.
    pub(super) next: Option<C>,
    /// How many there are in all, where the server says so.
    pub(super) total: Option<u64>,
}

/// Reads as much as is wanted. `fetch` is given where to go on and how many to ask for.
pub(super) fn gather<T, C>(
    how_many: &HowMany,
    usual: u32,
    most: u32,
    mut fetch: impl FnMut(Option<C>, u32) -> Result<Page<T, C>, Failure>,
) -> Result<Page<T, C>, Failure> {
    let wanted = if how_many.all {
        usize::MAX
    } else {
        usize::try_from(how_many.limit.unwrap_or(usual)).unwrap_or(usize::MAX)
    };
    let mut progress = None;
    let mut gathered = Page {
        items: Vec::new(),
        next: None,
        total: None,
    };
    loop {
        let missing = wanted.saturating_sub(gathered.items.len());
        let size = u32::try_from(missing).unwrap_or(most).min(most);
        let page = fetch(gathered.next.take(), size)?;
        gathered.items.extend(page.items);
        gathered.next = page.next;
        gathered.total = page.total.or(gathered.total);
        if gathered.next.is_none() || gathered.items.len() >= wanted {
            break;
        }
        let bar = progress.get_or_insert_with(bar);
        bar.set_position(u64::try_from(gathered.items.len()).unwrap_or(u64::MAX));
        if let Some(total) = gathered.total {
            bar.set_length(total);
        }
    }
    if let Some(bar) = progress {
        bar.finish_and_clear();
    }
    Ok(gathered)
}

/// Says that there are more than was asked for.
pub(super) fn mention_more<T, C>(page: &Page<T, C>) {
    if page.next.is_none() {
        return;
    }
    let shown = page.items.len();
    let of = page
        .total
        .map_or_else(String::new, |total| format!(" of {total}"));
    output::note(&format!(
        "{shown}{of} shown: --all shows all, --limit NUMBER more."
    ));
}

/// On stderr, and only where that is a terminal.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {pos} of {len}  {elapsed}");
    let bar = ProgressBar::new(0);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list of 25, in pages of at most ten.
    fn fetch(from: Option<u32>, size: u32) -> Result<Page<u32, u32>, Failure> {
        if size == 0 {
            return Err(Failure::ours("nothing is asked for"));
        }
        let from = from.unwrap_or(0);
        let end = (from + size.min(10)).min(25);
        Ok(Page {
            items: (from..end).collect(),
            next: (end < 25).then_some(end),
            total: Some(25),
        })
    }

    #[test]
    fn pages_are_joined_until_there_are_enough() {
        for (all, limit, found, more) in [
            (true, None, 25, false),
            (false, None, 12, true),
            (false, Some(3), 3, true),
            (false, Some(25), 25, false),
            (false, Some(99), 25, false),
        ] {
            let page = gather(&HowMany { limit, all }, 12, 10, fetch).unwrap();
            assert_eq!(page.items, (0..found).collect::<Vec<_>>());
            assert_eq!(page.next.is_some(), more, "{limit:?}");
        }
    }
}
