//! Servers on the first core, load on the second, so that neither disturbs the other.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The core of servers.
pub(crate) const SERVER: usize = 0;

/// The core of load.
pub(crate) const LOAD: usize = 1;

/// Starts something that stays on this core; where there is none of that number, anywhere.
pub(crate) fn to<T>(core: usize, start: impl FnOnce() -> T) -> anyhow::Result<T> {
    let all = sched_getaffinity(None)?;
    let mut one = CpuSet::new();
    one.set(core);
    if all.is_set(core) {
        sched_setaffinity(None, &one)?;
    }
    let started = start();
    sched_setaffinity(None, &all)?;
    Ok(started)
}
