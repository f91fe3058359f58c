//! What can be set of a user's profile, and what it may be set to.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::{
    error::Error,
    id::ComputerGroupId,
    principal::{Profile, User, check_text},
};

/// What to change of a profile; `None` leaves it as it is. See [`Profile`].
#[derive(Debug, Clone, Default)]
#[expect(
    missing_docs,
    reason = "each field is one of Profile's, documented there"
)]
pub struct ProfileEdit {
    pub real_name: Option<String>,
    pub email: Option<String>,
    pub default_app: Option<String>,
    pub time_zone: Option<String>,
    pub language: Option<String>,
    pub must_change_password: Option<bool>,
    pub restart_background_jobs: Option<bool>,
    pub domain: Option<String>,
    /// Number 0 is none.
    pub computer_group: Option<ComputerGroupId>,
    /// 0 lets him in again; any other locks him out.
    pub lock_number: Option<u8>,
    /// Entries to put, and those to remove, which are `None` here.
    pub metadata: BTreeMap<String, Option<String>>,
}

/// The greatest number of the vendor's reasons for a lock.
const MAX_LOCK_NUMBER: u8 = 3;

/// The most entries of metadata.
const MAX_METADATA: usize = 100;

/// The longest name of an entry, in characters.
const MAX_METADATA_NAME: usize = 100;

/// The longest value of an entry, in characters.
const MAX_METADATA_VALUE: usize = 1024;

impl ProfileEdit {
    /// Whether it says something that one may not say of oneself.
    pub(super) fn is_not_ones_own(&self) -> bool {
        self.domain.is_some()
            || self.computer_group.is_some()
            || self.lock_number.is_some()
            || !self.metadata.is_empty()
    }

    /// Whether it locks him out or lets him in again, if it says so.
    pub(super) fn locks(&self) -> Option<bool> {
        self.lock_number.map(|number| number != 0)
    }

    pub(super) fn applied_to(&self, old: Profile) -> Result<Profile, Error> {
        let lock_number = self.lock_number.unwrap_or(old.lock_number);
        if lock_number > MAX_LOCK_NUMBER {
            return Err(Error::invalid(
                "locked_out",
                format!("must be between 0 and {MAX_LOCK_NUMBER}"),
            ));
        }
        let computers = self.computer_group.or(old.computer_group);
        Ok(Profile {
            real_name: text("realname", self.real_name.as_ref(), old.real_name)?,
            email: text("email", self.email.as_ref(), old.email)?,
            default_app: text("defaultApp", self.default_app.as_ref(), old.default_app)?,
            time_zone: self.zone(old.time_zone)?,
            language: text("lang", self.language.as_ref(), old.language)?,
            must_change_password: self
                .must_change_password
                .unwrap_or(old.must_change_password),
            restart_background_jobs: self
                .restart_background_jobs
                .unwrap_or(old.restart_background_jobs),
            domain: text("domain", self.domain.as_ref(), old.domain)?,
            computer_group: computers.filter(|group| group.number() != 0),
            lock_number,
            metadata: self.entries(old.metadata)?,
        })
    }

    fn zone(&self, old: String) -> Result<String, Error> {
        let zone = text("tz", self.time_zone.as_ref(), old)?;
        if !zone.is_empty() && TimeZone::get(&zone).is_err() {
            return Err(Error::invalid(
                "tz",
                "must be the name of a time zone, such as Europe/Berlin, or empty",
            ));
        }
        Ok(zone)
    }

    fn entries(
        &self,
        mut entries: BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Error> {
        const FIELD: &str = "metadata";
        for (name, value) in &self.metadata {
            let Some(value) = value else {
                entries.remove(name);
                continue;
            };
            if name.is_empty() {
                return Err(Error::invalid(FIELD, "an entry needs a name"));
            }
            check_text(FIELD, name, MAX_METADATA_NAME)?;
            check_text(FIELD, value, MAX_METADATA_VALUE)?;
            entries.insert(name.clone(), value.clone());
        }
        if entries.len() > MAX_METADATA {
            return Err(Error::invalid(
                FIELD,
                format!("has at most {MAX_METADATA} entries"),
            ));
        }
        Ok(entries)
    }
}

fn text(field: &'static str, new: Option<&String>, old: String) -> Result<String, Error> {
    let Some(new) = new else { return Ok(old) };
    check_text(field, new, User::MAX_PROFILE_CHARS)?;
    Ok(new.clone())
}
