//! The real server, started and asked as its clients do. One module for each subject; this is the only test binary.

mod walk_through;
