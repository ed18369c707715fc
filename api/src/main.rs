//! The `praxis` binary: parses the command line, nothing else.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use praxis_api::commands::{
    client, content, doctor, export, import, keys, migrate, read_file, reindex, report, schema, serve, user,
};
use praxis_api::config::{self, Config, Settings};

/// An answer is made of thousands of short-lived texts and futures. With the allocator of the C library a fifth of the
/// processor time of a nested list goes into making and freeing them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Praxis: a GraphQL API for a community of practice on child rights and social accountability.
#[derive(Parser)]
#[command(name = "praxis", version, propagate_version = true)]
struct CommandLine {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::ServeArguments),
    Migrate(migrate::MigrateArguments),
    Import(import::ImportArguments),
    Export(export::ExportArguments),
    Content(content::ContentArguments),
    Reindex(reindex::ReindexArguments),
    Report(report::ReportArguments),
    Doctor(doctor::DoctorArguments),
    User(user::UserArguments),
    Client(client::ClientArguments),
    Keys(keys::KeysArguments),
    Schema(schema::SchemaArguments),
    ReadFile(read_file::ReadFileArguments),
}

fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            let _ = error.print();
            if let Some(origin) = config::origin(&error) {
                eprintln!("{origin}");
            }
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    // Before anything is started that it does not need.
    if let Command::ReadFile(arguments) = &line.command {
        return read_file::run(arguments);
    }
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(line)),
        Err(error) => {
            eprintln!("praxis: no threads can be started: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(line: CommandLine) -> ExitCode {
    let config = match Config::resolve(line.settings) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("praxis: {error}");
            return ExitCode::from(2);
        }
    };
    praxis_api::logging::start(&config);
    // rustls is built with two; without this, clients of HTTP take the one that nothing else here uses.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        tracing::debug!("TLS has a provider already");
    }
    let result = match line.command {
        Command::Serve(arguments) => serve::run(&config, arguments).await,
        Command::Migrate(arguments) => migrate::run(&config, arguments).await,
        Command::Import(arguments) => import::run(&config, arguments).await,
        Command::Export(arguments) => export::run(&config, arguments).await,
        Command::Content(arguments) => content::run(&config, arguments).await,
        Command::Reindex(arguments) => reindex::run(&config, arguments).await,
        Command::Report(arguments) => report::run(&config, arguments).await,
        Command::Doctor(arguments) => doctor::run(&config, arguments).await,
        Command::User(arguments) => user::run(&config, arguments).await,
        Command::Client(arguments) => client::run(&config, arguments).await,
        Command::Keys(arguments) => keys::run(&config, arguments).await,
        Command::Schema(arguments) => schema::run(&arguments),
        Command::ReadFile(arguments) => return read_file::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("praxis: {error}");
            ExitCode::FAILURE
        }
    }
}
