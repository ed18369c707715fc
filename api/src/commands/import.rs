//! `praxis import`: bundles into the database, all or nothing for each file.

use std::fs::File;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::Utc;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::{CommandError, say};
use crate::config::Config;
use crate::curation::publish::{Outcome, Provenance};
use crate::exchange::dataset::{Dataset, DatasetError, DatasetImport, Report};
use crate::exchange::import::{BundleFiles, Import, ImportError, Located, Progress};
use crate::exchange::table::{Encoding, RowProblem};
use crate::files::folder::Folder;
use crate::identity::Actor;
use crate::service::Store;

/// Imports bundles (JSON Lines, one item of content a line), or tables that others publish. Each file is imported wholly or not at all; every problem is
/// named with its line and field.
#[derive(Args, Debug)]
pub struct ImportArguments {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the files hold.
    #[arg(long, value_enum, default_value_t = Format::Bundle)]
    format: Format,
    /// The treaty of a file of ratifications, by its slug; taken from the file's name where that ends in it, as in
    /// `hr_status_op_crc_ac.csv`.
    #[arg(long, value_name = "SLUG")]
    treaty: Option<String>,
    /// How the files are encoded, of all formats but bundles; found where it is missing.
    #[arg(long, value_enum)]
    encoding: Option<Encoding>,
    /// Pass over faulty rows, each named with line and reason, rather than refuse a file with any; of all formats but
    /// bundles. A file that can't be read as such a table is refused all the same.
    #[arg(long)]
    skip_problems: bool,
    /// Only check: report every problem and what would be done, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Why, for the revisions and the audit log.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A bundle: JSON Lines.
    Bundle,
    /// Recommendations of the Universal Periodic Review: UPR Info's CSV.
    Upr,
    /// States and where they stand towards a treaty: CSV, a treaty a file.
    Ratification,
    /// Values of indicators: SDMX-CSV as UNICEF publishes it.
    Sdmx,
}

/// Runs the command.
///
/// # Errors
/// Where a file has problems or can't be read, or the database refuses. Files before it stay imported.
pub async fn run(config: &Config, arguments: ImportArguments) -> Result<(), CommandError> {
    let store = Store::open(config).await?;
    let folder = Folder::within(&config.data_dir);
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
            files: Some(BundleFiles {
                folder: &folder,
                beside: path.with_file_name("files"),
                most: config.max_file_bytes,
            }),
        };
        let mut reporter = Reporter::new();
        if arguments.format != Format::Bundle {
            let imported = table(&import, path, &arguments, &mut reporter).await;
            reporter.finish();
            if !told(path, imported, &arguments, begun) {
                failed += 1;
            }
            continue;
        }
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

/// Imports a table.
async fn table(
    import: &Import<'_>,
    path: &Path,
    arguments: &ImportArguments,
    reporter: &mut Reporter,
) -> Result<Report, DatasetError> {
    let dataset = match arguments.format {
        Format::Upr | Format::Bundle => Dataset::Upr,
        Format::Sdmx => Dataset::Sdmx,
        Format::Ratification => Dataset::Ratification(arguments.treaty.clone().unwrap_or_else(|| treaty_of(path))),
    };
    let table = DatasetImport {
        database: import.database,
        vocabulary: import.vocabulary,
        provenance: import.provenance.clone(),
        dry_run: arguments.dry_run,
        encoding: arguments.encoding,
        skip_problems: arguments.skip_problems,
    };
    let mut file = File::open(path)?;
    if arguments.encoding.is_none()
        && let Some(guessed) = Encoding::guessed(&mut file)
    {
        eprintln!("{} (notice)", row_problem(&path.display().to_string(), &guessed));
    }
    table.run(&dataset, file, &mut |progress| reporter.show(progress)).await
}

/// `op-crc-ac` of `hr_status_op_crc_ac.csv`.
fn treaty_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    stem.trim_start_matches("hr_status_").replace(['_', ' '], "-")
}

/// Says what an import of a table did, and whether it did it.
fn told(path: &Path, imported: Result<Report, DatasetError>, arguments: &ImportArguments, begun: Instant) -> bool {
    let path = path.display().to_string();
    let name = |row: &RowProblem| row_problem(&path, row);
    match imported {
        Ok(report) => {
            for skipped in &report.skipped {
                eprintln!("{} (passed over)", name(skipped));
            }
            for notice in &report.notices {
                eprintln!("{} (notice)", name(notice));
            }
            let mut line = summary(&path, &report.outcome, arguments.dry_run, begun);
            if !report.skipped.is_empty() {
                line.push_str(&format!("; {} rows passed over", report.skipped.len()));
            }
            for remark in &report.remarks {
                line.push_str("; ");
                line.push_str(remark);
            }
            say(&line);
            true
        }
        Err(DatasetError::Problems(problems)) => {
            for problem in &problems {
                eprintln!("{}", name(problem));
            }
            let advice = if problems.iter().any(|problem| problem.is_of_file) {
                "The file can't be used as it is; mend it."
            } else {
                "Mend them, or pass over these rows with --skip-problems."
            };
            eprintln!(
                "{path}: {} problem(s); nothing of this file was imported. {advice}",
                problems.len()
            );
            false
        }
        Err(error) => {
            eprintln!("{path}: {error}");
            false
        }
    }
}

/// `file:line: column: CODE: message`.
fn row_problem(path: &str, row: &RowProblem) -> String {
    let column = match row.problem.path.as_str() {
        "" => String::new(),
        column => format!("{column}: "),
    };
    format!(
        "{path}:{}: {column}{}: {}",
        row.line,
        row.problem.code.as_str(),
        row.problem.message
    )
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
