//! To be written.

pub mod listener;
