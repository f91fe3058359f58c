//! The binary `tokenry`; all it does is in the library of the same name.

use std::process::ExitCode;

use clap::Parser as _;
use tokenry::{cli::Cli, commands};

fn main() -> ExitCode {
    commands::run(Cli::parse())
}
