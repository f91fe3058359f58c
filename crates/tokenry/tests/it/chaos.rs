//! The real server under misfortune: killed, stopped, out of room, robbed of its files, flooded. What was answered
//! stays true, what was not is whole or not there, and when the misfortune is over the server goes on by itself.

mod audit;
mod audit_file;
mod disk;
mod flood;
mod history;
mod kills;
mod log;
mod random;
mod restart;
mod store_gone;
