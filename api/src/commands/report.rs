//! `praxis report`: a draft of a report on how a state follows up on what it was told.

use std::path::PathBuf;

use chrono::Utc;
use clap::Args;
use praxis_entities::vocabulary::ConceptScheme;

use super::{CommandError, say};
use crate::accountability::report::draft;
use crate::config::Config;
use crate::service::{StartError, Store};

/// Drafts a report on how a state follows up on what it was told, as CommonMark.
#[derive(Args, Debug)]
pub struct ReportArguments {
    /// The state: its ISO 3166-1 code, e.g. NPL or NP.
    #[arg(long, value_name = "CODE")]
    country: String,
    /// Where to write; standard output where it is missing.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// Where there is no such country, the database is away, or the output can't be written.
pub async fn run(config: &Config, arguments: ReportArguments) -> Result<(), CommandError> {
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
    match &arguments.output {
        None => say(text.trim_end()),
        Some(path) => {
            std::fs::write(path, text).map_err(|error| CommandError::Failed(format!("the output: {error}")))?
        }
    }
    Ok(())
}
