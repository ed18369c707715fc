//! The commands of the `praxis` binary: one file each.

pub mod client;
pub mod content;
pub mod doctor;
pub mod export;
pub mod import;
pub mod keys;
pub mod migrate;
pub mod read_file;
pub mod reindex;
pub mod report;
pub mod schema;
pub mod serve;
pub mod user;

use crate::exchange::export::ExportError;
use crate::identity::error::IdentityError;
use crate::service::StartError;

/// Why a command failed, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A part of the service can't be used.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The export failed.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// Something else, already explained.
    #[error("{0}")]
    Failed(String),
}

impl From<IdentityError> for CommandError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Refused(errors) => {
                let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
                Self::Failed(messages.join(" "))
            }
            other => Self::Start(StartError::Identity(other)),
        }
    }
}

/// Prints a line of a command's result to standard output; a reader that has gone away is no reason to fail.
pub fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}
