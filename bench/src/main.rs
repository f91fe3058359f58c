//! Measures what Tokenry promises to be quick at. `bench/README.md` has the method and how to read the figures.
//!
//! Every figure but memory stands beside a reference taken in the same run, because machines that are shared drift by
//! a factor of two from one minute to the next; a ratio does not. Nothing here is a test: a target that is missed is
//! printed, and the exit code stays 0. What fails the run is a wrong answer.

mod addresses;
mod create;
mod database;
mod gate;
mod grid;
mod idle;
mod list;
mod machine;
mod output;
mod random;
mod report;
mod revoke;
mod rights;
mod rounds;
mod server;
mod town;
mod verify;
mod versus;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use self::{
    output::{Format, Output},
    report::Row,
    server::Binary,
};

/// Measurements of Tokenry, each beside a reference taken in the same run
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// What to measure [default: all]
    #[arg(value_name = "BENCH")]
    benches: Vec<Bench>,
    /// Fewer rounds, at most 200,000 tokens and 1,000 users: some two minutes
    #[arg(long)]
    quick: bool,
    /// How to print the figures
    #[arg(long, value_enum, default_value_t = Format::Text)]
    output: Format,
    /// The server's binary [default: built now, with the flags of this program]
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bench {
    /// Checking a presented token, against the bare HMAC-SHA-512 of its bytes
    Verify,
    /// Verifying over HTTP, against an empty server
    Gate,
    /// Looking an address up in a list of 10,000 networks, against one of 10
    Addresses,
    /// A change of a role of many users, and a verification with many rights, against those of one plain user
    Rights,
    /// Creating tokens through HTTPS, against a bare program that commits the same rows
    Create,
    /// Revoking 100,000 tokens of one user at once, against a bare program that deletes the same rows
    Revoke,
    /// Listing 30 of a million tokens, against 30 of a thousand
    List,
    /// The console's grid of a million tokens, against that of a thousand
    Grid,
    /// Idle memory, and from the start to the first answer
    Idle,
}

/// What the benches share.
struct Run {
    quick: bool,
    output: Output,
    server: Binary,
}

impl Run {
    /// The one for a full run, or the one for a quick one.
    fn scale<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    if gate::reference::is_wanted() {
        return gate::reference::serve().await;
    }
    let cli = Cli::parse();
    anyhow::ensure!(
        !cfg!(debug_assertions),
        "a debug build measures nothing: cargo run --release -p tokenry-bench"
    );
    let run = Run {
        quick: cli.quick,
        output: Output::new(cli.output),
        server: Binary::new(cli.server),
    };
    let chosen = Bench::value_variants().iter().copied();
    let mut rows = Vec::new();
    for bench in chosen.filter(|one| cli.benches.is_empty() || cli.benches.contains(one)) {
        rows.extend(measure(bench, &run).await?);
    }
    run.output.report(&rows, cli.quick)
}

async fn measure(bench: Bench, run: &Run) -> anyhow::Result<Vec<Row>> {
    match bench {
        Bench::Verify => verify::run(run).await,
        Bench::Gate => Box::pin(gate::run(run)).await,
        Bench::Addresses => addresses::run(run),
        Bench::Rights => rights::run(run).await,
        Bench::Create => create::run(run).await,
        Bench::Revoke => revoke::run(run).await,
        Bench::List => list::run(run).await,
        Bench::Grid => Box::pin(grid::run(run)).await,
        Bench::Idle => idle::run(run).await,
    }
}
