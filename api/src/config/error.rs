//! What is wrong with the settings, and where it came from.

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("the settings file {path} can't be read: {error}. Check --config or PRAXIS_CONFIG.")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is malformed.
    #[error("the settings file {path} is wrong in line {line}: {reason}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, which is not shown: it may hold a secret.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A value is wrong.
    #[error(
        "the setting {name} (flag --{}, variable {}) is wrong: {reason}",
        flag(name),
        variable(name)
    )]
    Value {
        /// The key in the file.
        name: &'static str,
        /// What is wrong and how to mend it.
        reason: String,
    },
}

/// The flag of a setting, without its hyphens.
pub fn flag(name: &str) -> String {
    name.replace('_', "-")
}

/// The environment variable of a setting.
pub fn variable(name: &str) -> String {
    format!("PRAXIS_{}", name.to_ascii_uppercase())
}

/// Where a value came from that the command line refuses, if it was not given there.
pub fn origin(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let long = argument.split_whitespace().next()?;
    let name = long.strip_prefix("--")?.replace('-', "_");
    let given = std::env::args().any(|argument| argument.split('=').next() == Some(long));
    let variable = variable(&name);
    (!given && std::env::var_os(&variable).is_some())
        .then(|| format!("The value comes from the environment variable {variable}; change it or unset it."))
}
