//! `praxis import`: bundles into the database, all or nothing for each file.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Instant;

use chrono::Utc;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{CommandError, say};
use crate::config::Config;
use crate::curation::publish::{Outcome, Provenance};
use crate::exchange::import::{Import, ImportError, Located, Progress};
use crate::identity::Actor;
use crate::service::Store;

/// Imports bundles (JSON Lines, one item of content a line). Each file is imported wholly or not at all; every problem is
/// named with its line and field.
#[derive(Args, Debug)]
pub struct ImportArguments {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only check: report every problem and what would be done, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Why, for the revisions and the audit log.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Where a file has problems or can't be read, or the database refuses. Files before it stay imported.
pub async fn run(config: &Config, arguments: ImportArguments) -> Result<(), CommandError> {
    let store = Store::open(config).await?;
    let mut failed = 0;
    for path in &arguments.files {
        let begun = Instant::now();
        let import = Import {
            database: &store.database,
            vocabulary: &store.vocabulary,
            provenance: Provenance {
                actor: Actor::System,
                source: path.file_name().map_or_else(
                    || path.display().to_string(),
                    |name| name.to_string_lossy().into_owned(),
                ),
                note: arguments.note.clone(),
                at: Utc::now(),
            },
            dry_run: arguments.dry_run,
        };
        let mut reporter = Reporter::new();
        let result = import.file(path, &mut |progress| reporter.show(progress)).await;
        reporter.finish();
        match result {
            Ok(outcome) => say(&summary(
                &path.display().to_string(),
                &outcome,
                arguments.dry_run,
                begun,
            )),
            Err(ImportError::Problems(problems)) => {
                failed += 1;
                for problem in &problems {
                    eprintln!("{}", describe(&path.display().to_string(), problem));
                }
                eprintln!(
                    "{}: {} problem(s); nothing of this file was imported",
                    path.display(),
                    problems.len()
                );
            }
            Err(error) => {
                failed += 1;
                eprintln!("{}: {error}", path.display());
            }
        }
    }
    if failed > 0 {
        return Err(CommandError::Failed(format!(
            "{failed} of {} file(s) could not be imported",
            arguments.files.len()
        )));
    }
    Ok(())
}

fn summary(path: &str, outcome: &Outcome, dry_run: bool, begun: Instant) -> String {
    format!(
        "{path}: {} new, {} changed, {} unchanged{} ({:.1} s)",
        outcome.created,
        outcome.updated,
        outcome.unchanged,
        if dry_run { "; nothing was written" } else { "" },
        begun.elapsed().as_secs_f64()
    )
}

/// `file:line: [slug] field: CODE: message`, on one line and without what would steer a terminal.
fn describe(path: &str, located: &Located) -> String {
    let slug = located
        .slug
        .as_ref()
        .map_or_else(String::new, |slug| format!("[{slug}] "));
    let mut told = format!("{path}:");
    for character in format!("{}: {slug}{}", located.line, located.problem).chars() {
        if character.is_control() {
            told.extend(character.escape_default());
        } else {
            told.push(character);
        }
    }
    told
}

/// Shows progress: a bar on a terminal, a plain line every few seconds elsewhere.
struct Reporter {
    bar: Option<ProgressBar>,
    last: Instant,
}

impl Reporter {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            if let Ok(style) = ProgressStyle::with_template("{msg:8} {bar:40} {pos}/{len} {per_sec} {eta}") {
                bar.set_style(style);
            }
            bar
        });
        Self {
            bar,
            last: Instant::now(),
        }
    }

    fn show(&mut self, progress: Progress) {
        let (what, done, of) = match progress {
            Progress::Checked(done, of) => ("checking", done, of),
            Progress::Written(done, of) => ("writing", done, of),
        };
        if let Some(bar) = &self.bar {
            bar.set_message(what);
            bar.set_length(u64::try_from(of).unwrap_or(u64::MAX));
            bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
        } else if self.last.elapsed().as_secs() >= 5 {
            self.last = Instant::now();
            eprintln!("{what}: {done} of {of}");
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
