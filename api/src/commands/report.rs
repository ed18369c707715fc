//! `praxis report`: a draft of a report on how a state follows up on what it was told.

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::Utc;
use clap::{Args, ValueEnum};
use praxis_entities::vocabulary::ConceptScheme;

use super::{CommandError, say};
use crate::accountability::report::docx::docx;
use crate::accountability::report::draft;
use crate::config::Config;
use crate::service::{StartError, Store};

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// CommonMark.
    Markdown,
    /// Office Open XML, for word processors.
    Docx,
}

/// Drafts a report on how a state follows up on what it was told, as CommonMark or for word processors.
#[derive(Args, Debug)]
pub struct ReportArguments {
    /// The state: its ISO 3166-1 code, e.g. NPL or NP.
    #[arg(long, value_name = "CODE")]
    country: String,
    /// Where to write: a file that ends in `.md` or `.docx`; standard output where it is missing.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// As what; where it is missing, what the ending of the output says, else `markdown`.
    #[arg(long, value_enum)]
    format: Option<ReportFormat>,
}

impl ReportArguments {
    /// What is told, or what the ending of the output says.
    fn format(&self) -> Result<ReportFormat, CommandError> {
        let ending = self.output.as_deref().and_then(Path::extension);
        match (self.format, ending) {
            (Some(format), _) => Ok(format),
            (None, None) => Ok(ReportFormat::Markdown),
            (None, Some(ending)) if ending.eq_ignore_ascii_case("docx") => Ok(ReportFormat::Docx),
            (None, Some(ending)) if ending.eq_ignore_ascii_case("md") => Ok(ReportFormat::Markdown),
            (None, Some(ending)) => Err(CommandError::Failed(format!(
                "reports are not written as `.{}`; give the output the ending `.md` or `.docx`, or say what to write with \
                 --format",
                ending.display()
            ))),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Where the output ends in what is not written here, there is no such country, the database is away, or the output can't
/// be written.
pub async fn run(config: &Config, arguments: ReportArguments) -> Result<(), CommandError> {
    let format = arguments.format()?;
    let store = Store::open(config).await?;
    let wanted = arguments.country.to_ascii_uppercase();
    let country = store
        .vocabulary
        .all(ConceptScheme::Country)
        .iter()
        .find(|country| country.code == wanted || country.properties.alpha3.as_deref() == Some(wanted.as_str()))
        .ok_or_else(|| {
            CommandError::Failed(format!(
                "there is no country `{}`; write its ISO 3166-1 code, e.g. NPL",
                arguments.country
            ))
        })?;
    let text = draft(&store.database, &store.vocabulary, country, Utc::now().date_naive())
        .await
        .map_err(StartError::Database)?;
    let failed = |error: std::io::Error| CommandError::Failed(format!("the output: {error}"));
    let bytes = match (format, &arguments.output) {
        (ReportFormat::Markdown, None) => {
            say(text.trim_end());
            return Ok(());
        }
        (ReportFormat::Markdown, Some(_)) => text.into_bytes(),
        (ReportFormat::Docx, _) => docx(&text).map_err(failed)?,
    };
    match &arguments.output {
        None => std::io::stdout().write_all(&bytes).map_err(failed)?,
        Some(path) => std::fs::write(path, bytes).map_err(failed)?,
    }
    Ok(())
}
