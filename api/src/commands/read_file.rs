//! `praxis read-file`: what a server runs to read the text of a file apart from itself. Not for people.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::say;
use crate::files::reading::process;

/// Reads the text of a file, for a server that wants to know it.
#[derive(Args, Debug)]
#[command(name = process::COMMAND, hide = true)]
pub struct ReadFileArguments {
    /// The media type of the file.
    media_type: String,
    /// The file.
    file: PathBuf,
}

/// Runs the command. It needs nothing of the service, and nothing of it is started before.
pub fn run(arguments: &ReadFileArguments) -> ExitCode {
    match process::run(&arguments.file, &arguments.media_type).map(|answer| serde_json::to_string(&answer)) {
        Some(Ok(answer)) => {
            say(&answer);
            ExitCode::SUCCESS
        }
        _ => ExitCode::FAILURE,
    }
}
