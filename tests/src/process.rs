//! The binary as a command that runs to its end, with an environment of the test's own.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::server::praxis_binary;

/// The binary in a directory with this environment and nothing else.
pub fn praxis_command(directory: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(praxis_binary());
    command
        .current_dir(directory)
        .env_clear()
        .envs(environment.iter().copied())
        .args(arguments)
        .stdin(Stdio::null());
    command
}

/// What a command that ran to its end said and how it ended.
#[derive(Debug)]
pub struct Told {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub errors: String,
}

impl Told {
    /// The lines on standard error that are not log entries.
    pub fn said(&self) -> Vec<&str> {
        self.errors.lines().filter(|line| !line.starts_with('{')).collect()
    }
}

impl From<Output> for Told {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs the binary in a directory with this environment and nothing else, to its end.
pub fn tell(directory: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Told {
    praxis_command(directory, environment, arguments)
        .output()
        .expect("the binary runs; build it with `cargo build`")
        .into()
}
