//! One request, as a handler sees it.

use bytes::Bytes;
use tokenry_core::app::Caller;

use super::{fields::Fields, problem::Problem};

/// A request that has been read and authenticated.
pub(super) struct Call {
    /// Who calls.
    pub(super) caller: Caller,
    /// Its body.
    pub(super) body: Bytes,
}

impl Call {
    /// What its body says, in fields of these names and no others.
    pub(super) fn fields(&self, names: &[&'static str]) -> Result<Fields, Problem> {
        Fields::read(&self.body, names)
    }
}
