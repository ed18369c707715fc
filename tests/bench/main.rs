//! The benchmarks of Praxis: the real release binary, from outside, on SQLite and on PostgreSQL, in one run.
//!
//! `praxis-bench run` measures everything and prints Markdown; `praxis-bench accountability` measures recommendations, on
//! files of others, `praxis-bench search` searches over many texts of others; `praxis-bench generate` writes the collection that it
//! measures on; `praxis-bench floor` is the hand-written peer, which `run` starts by itself.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use praxis_tests::Backend;

mod accountability;
mod curation;
mod floor;
mod generate;
mod http;
mod import;
mod large;
mod nested;
mod paging;
mod process;
mod report;
mod run;
mod search;
mod smallest;
mod start;
mod statistics;
mod upr;
mod words;

/// The benchmarks of Praxis.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures everything.
    Run(Run),
    /// Measures what belongs to accountability, on files that are not part of the project.
    Accountability(accountability::Accountability),
    /// Measures search over 100,000 documents of real text, on files that are not part of the project.
    Search(large::Large),
    /// Writes a bundle of this many items, the same every time.
    Generate {
        /// How many items.
        items: usize,
        /// The file.
        file: PathBuf,
    },
    /// Serves the nested list from hand-written SQL.
    Floor {
        /// The database that Praxis filled.
        database: String,
        /// The loopback port to listen on.
        port: u16,
    },
}

/// What is measured, and how long.
#[derive(clap::Args)]
pub struct Run {
    /// How many items the large collection has: at least ten times as many as the sample collection.
    #[arg(long, default_value_t = 50_000)]
    items: usize,
    /// How many rounds of load each figure is the median of.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long a round lasts, in seconds.
    #[arg(long, default_value_t = 0.8)]
    seconds: f64,
    /// Which database.
    #[arg(long, value_enum, default_value_t = Which::Both)]
    database: Which,
    /// Gather statistics on SQLite (`ANALYZE`) after the import, which nothing does by itself; on PostgreSQL it is done
    /// always, in place of its own daemon.
    #[arg(long)]
    analyze: bool,
    /// Where the figures go as JSON.
    #[arg(long, default_value = "target/praxis-bench.json")]
    json: PathBuf,
}

/// Which databases are measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// Only SQLite.
    Sqlite,
    /// Only PostgreSQL.
    Postgres,
    /// Both.
    Both,
}

impl Run {
    /// The databases to measure.
    fn backends(&self) -> Vec<Backend> {
        let mut backends = Vec::new();
        if self.database != Which::Postgres {
            backends.push(Backend::Sqlite);
        }
        if self.database != Which::Sqlite {
            if Backend::postgres_is_available() {
                backends.push(Backend::Postgres);
            } else {
                eprintln!("PRAXIS_TEST_POSTGRES_URL is not set: PostgreSQL is SKIPPED.");
            }
        }
        backends
    }

    /// How long a round of load lasts.
    fn round(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

fn main() -> std::io::Result<()> {
    match Arguments::parse().command {
        // One thread is enough to load two cores, and leaves the rest to the server.
        Command::Run(options) => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(run::run(&options)),
        Command::Accountability(arguments) => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(accountability::measure(&arguments)),
        Command::Search(arguments) => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(large::measure(&arguments)),
        Command::Generate { items, file } => run::write(&file, items),
        // As Praxis runs: one thread for each core.
        Command::Floor { database, port } => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(floor::serve(&database, port)),
    }
}
