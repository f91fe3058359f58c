//! What verifiers are promised, tried over the fakes: that they hear of everything before anybody is answered, that
//! they never fall behind the store, and what they do when there is no store.

mod agreement;
mod api_tokens;
mod forged;
mod heard;
mod history;
mod last_use;
mod outage;
mod race;
mod town;
