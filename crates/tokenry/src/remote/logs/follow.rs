//! Goes on reading a log as it grows, until it is interrupted.

use std::time::Duration;

use crate::output;
use crate::remote::failure::Failure;
use crate::remote::pages::Page;
use crate::signals::StopSignals;

/// How often to look.
const PERIOD: Duration = Duration::from_secs(1);

/// Where a line stands, and how often it was repeated there.
pub(super) type Place = (i64, u64);

/// The most lines of a page.
const MOST: u32 = 1000;

/// Prints the last `limit` lines, and then every line that is added. `ask` is given what the lines must come after, what
/// they must come before, and how many there may be; it answers the newest first.
pub(super) fn follow<T>(
    limit: u32,
    mut ask: impl FnMut(Option<i64>, Option<i64>, u32) -> Result<Page<T, i64>, Failure>,
    place: impl Fn(&T) -> Place,
    print: impl Fn(&T) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut stop = StopSignals::listen()?;
        let first = ask(None, None, limit)?;
        let mut last = shown(&first.items, &place, &print)?.unwrap_or_default();
        let mut is_there = true;
        loop {
            if tokio::time::timeout(PERIOD, stop.next()).await.is_ok() {
                return Ok(());
            }
            let lines = match added(&mut ask, &place, last) {
                Ok(lines) => lines,
                Err(failure) if failure.is_broken() => {
                    if is_there {
                        output::note("No answer from the server: waiting for it.");
                    }
                    is_there = false;
                    continue;
                }
                Err(failure) => return Err(failure.into()),
            };
            if !is_there {
                output::note("The server answers again.");
                is_there = true;
                last = restarted(&mut ask, &place, last)?;
                continue;
            }
            last = shown(&lines, &place, &print)?.unwrap_or(last);
        }
    })
}

/// All lines after the last one, the newest first.
fn added<T>(
    ask: &mut impl FnMut(Option<i64>, Option<i64>, u32) -> Result<Page<T, i64>, Failure>,
    place: &impl Fn(&T) -> Place,
    last: Place,
) -> Result<Vec<T>, Failure> {
    let mut lines = Vec::new();
    let mut before = None;
    loop {
        // With the last one, which may have been repeated since.
        let page = ask(Some((last.0 - 1).max(0)), before, MOST)?;
        lines.extend(page.items.into_iter().filter(|line| place(line) > last));
        before = page.next;
        if before.is_none() {
            return Ok(lines);
        }
    }
}

/// Where to go on with a server that was away: a log that is kept in memory has begun anew.
fn restarted<T>(
    ask: &mut impl FnMut(Option<i64>, Option<i64>, u32) -> Result<Page<T, i64>, Failure>,
    place: &impl Fn(&T) -> Place,
    last: Place,
) -> Result<Place, Failure> {
    let newest = ask(None, None, 1)?;
    let newest = newest.items.first().map_or((0, 0), place);
    Ok(if newest < last { (0, 0) } else { last })
}

/// Prints them, the oldest first, and tells the place of the newest.
fn shown<T>(
    lines: &[T],
    place: &impl Fn(&T) -> Place,
    print: &impl Fn(&T) -> anyhow::Result<()>,
) -> anyhow::Result<Option<Place>> {
    for line in lines.iter().rev() {
        print(line)?;
    }
    Ok(lines.first().map(place))
}
