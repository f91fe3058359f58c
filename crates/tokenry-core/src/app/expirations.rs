//! How many tokens end on which day: what will stop working soon.

use jiff::{Timestamp, ToSpan as _, civil::Date};

use crate::{
    app::{App, Caller, browse_tokens::listed},
    error::Error,
};

/// The most days to look ahead.
const MAX_DAYS: u32 = 366;

impl App {
    /// How many tokens that have not ended yet end on each of so many days, today first, in the caller's zone; days
    /// on which none does are left out. All tokens count, or his own where he may see no others; those that are disabled
    /// count too.
    pub async fn expirations(&self, caller: &Caller, days: u32) -> Result<Vec<(Date, u64)>, Error> {
        let owner = listed(caller)?;
        if !(1..=MAX_DAYS).contains(&days) {
            let why = format!("must be between 1 and {MAX_DAYS}");
            return Err(Error::invalid("days", why));
        }
        let zone = caller.principal().user.time_zone(&self.policy.time_zone);
        let now = caller.origin.at;
        let today = now.to_zoned(zone.clone()).date();
        let dates = (0..=i64::from(days)).map(|day| today.checked_add(day.days()));
        let dates: Vec<Date> = dates.collect::<Result<_, _>>().map_err(Error::internal)?;
        // What ends in this second has ended.
        let first = Timestamp::from_second(now.as_second() + 1);
        let midnights = dates.iter().skip(1).map(|date| {
            let midnight = date.to_zoned(zone.clone());
            midnight.map(|midnight| midnight.timestamp())
        });
        let instants = [first].into_iter().chain(midnights);
        let instants = instants
            .collect::<Result<_, _>>()
            .map_err(Error::internal)?;
        let counts = self.store().expirations(owner, instants).await?;
        let days = dates.into_iter().zip(counts);
        Ok(days.filter(|(_, count)| *count > 0).collect())
    }
}

#[cfg(test)]
mod tests;
