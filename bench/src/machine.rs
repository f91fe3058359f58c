//! What Linux says of the machine and its processes: CPU time, memory, and how busy others are meanwhile.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::Context as _;

/// `USER_HZ`: the kernel's unit for everything it shows in clock ticks, on every platform that we run on.
const TICKS_PER_SECOND: u32 = 100;

/// Watches how many cores others use while something is measured.
pub(crate) struct Watch {
    begin: Instant,
    busy: u64,
    own: u64,
    processes: Vec<u32>,
}

impl Watch {
    /// Begins. `processes` are ours besides this one, and must outlive the watch; others that we start must have ended,
    /// and been waited for, by then.
    pub(crate) fn begin(processes: &[u32]) -> anyhow::Result<Self> {
        Ok(Self {
            begin: Instant::now(),
            busy: busy_ticks()?,
            own: own_ticks(processes)?,
            processes: processes.to_vec(),
        })
    }

    /// How many cores others have used on average.
    pub(crate) fn others(&self) -> anyhow::Result<f64> {
        let busy = busy_ticks()?.saturating_sub(self.busy);
        let own = own_ticks(&self.processes)?.saturating_sub(self.own);
        Ok(seconds(busy.saturating_sub(own)) / self.begin.elapsed().as_secs_f64())
    }
}

/// The CPU time that a process has used so far, user and system.
pub(crate) fn cpu_time(process: u32) -> anyhow::Result<Duration> {
    let (own, _) = ticks(&process.to_string())?;
    Ok(Duration::from_secs_f64(seconds(own)))
}

/// The proportional set size of a process, in MiB: all it alone holds in memory, and its part of what it shares.
pub(crate) fn memory(process: u32) -> anyhow::Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kib: u32 = kib.context("no Pss in smaps_rollup")?.trim().parse()?;
    Ok(f64::from(kib) / 1024.0)
}

fn own_ticks(processes: &[u32]) -> anyhow::Result<u64> {
    let (own, waited_for) = ticks("self")?;
    let mut sum = own + waited_for;
    for process in processes {
        sum += ticks(&process.to_string())?.0;
    }
    Ok(sum)
}

/// The ticks of a process, and those of its children that have ended.
fn ticks(process: &str) -> anyhow::Result<(u64, u64)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    parse_ticks(&text).context("cannot read the CPU time of a process")
}

/// Fields 14 to 17 of `proc_pid_stat(5)`. The second one, the name, may hold anything, so counting begins behind it.
fn parse_ticks(stat: &str) -> Option<(u64, u64)> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_whitespace().skip(11);
    let mut sum_of_two = || {
        let user: u64 = fields.next()?.parse().ok()?;
        let system: u64 = fields.next()?.parse().ok()?;
        Some(user + system)
    };
    Some((sum_of_two()?, sum_of_two()?))
}

fn busy_ticks() -> anyhow::Result<u64> {
    parse_busy(&fs::read_to_string("/proc/stat")?).context("cannot read /proc/stat")
}

/// All but idle and waiting for I/O, over all cores; what a host takes from its guest counts as busy.
fn parse_busy(stat: &str) -> Option<u64> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let numbers: Result<Vec<u64>, _> = line.split_whitespace().map(str::parse).collect();
    let numbers = numbers.ok()?;
    let busy = numbers.iter().take(8).enumerate();
    Some(
        busy.filter(|(field, _)| !matches!(field, 3 | 4))
            .map(|(_, ticks)| ticks)
            .sum(),
    )
}

fn seconds(ticks: u64) -> f64 {
    Duration::from_millis(ticks * 1000 / u64::from(TICKS_PER_SECOND)).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_process_does_not_confuse() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 0 0 0 10 20 30 40 20 0 1 0 5 6 7 18446744073709551615";
        assert_eq!(parse_ticks(stat), Some((30, 70)));
        assert_eq!(parse_ticks("7 (a"), None);
    }

    #[test]
    fn idle_is_not_busy() {
        let stat = "cpu  1 2 4 1000 1000 8 16 32 64 128\ncpu0 1 2 4 8 16 32 64 128 256 512\n";
        assert_eq!(parse_busy(stat), Some(63));
    }

    #[test]
    fn this_process_has_memory_and_time() {
        assert!(memory(std::process::id()).unwrap() > 0.5);
        assert!(cpu_time(std::process::id()).unwrap() < Duration::from_hours(1));
        assert!(Watch::begin(&[]).unwrap().others().unwrap() >= 0.0);
    }
}
