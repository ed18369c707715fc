//! `praxis export`: the published content as a bundle.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use praxis_entities::vocabulary::ContentKind;
use sea_orm::Iterable;

use super::CommandError;
use crate::config::Config;
use crate::content::document::ContentInput;
use crate::exchange::export::{export, export_files};
use crate::files::folder::Folder;
use crate::service::Store;

/// Writes the published content as a bundle, ordered by kind and slug. What was imported comes out byte for byte.
#[derive(Args, Debug)]
pub struct ExportArguments {
    /// Where to write; standard output where it is missing. The file appears when it is complete.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A folder into which the files of the exported resources are copied, each under its SHA-256. Named `files` and beside the
    /// bundle, an import finds them.
    #[arg(long, value_name = "FOLDER")]
    files: Option<PathBuf>,
    /// Only these kinds: practitioner, organization, initiative, evidence, lesson, resource, recommendation (with the
    /// register of reviews, mechanisms, treaties and indicators, and the facts about states), commitment, event.
    #[arg(long = "kind", value_name = "KIND", value_parser = parse_kind)]
    kinds: Vec<ContentKind>,
}

fn parse_kind(text: &str) -> Result<ContentKind, String> {
    ContentKind::iter()
        .find(|kind| ContentInput::field(*kind) == text)
        .ok_or_else(|| {
            let all: Vec<_> = ContentKind::iter().map(ContentInput::field).collect();
            format!("choose one of {}", all.join(", "))
        })
}

/// Runs the command.
///
/// # Errors
/// Where the database is away or the output can't be written.
pub async fn run(config: &Config, arguments: ExportArguments) -> Result<(), CommandError> {
    let store = Store::open(config).await?;
    let failed = |error: std::io::Error| CommandError::Failed(format!("the output: {error}"));
    let written = match &arguments.output {
        None => {
            let mut output = BufWriter::new(std::io::stdout());
            export(&store.database, &arguments.kinds, &mut output).await?
        }
        Some(path) => {
            let mut unfinished = path.clone().into_os_string();
            unfinished.push(".partial");
            let unfinished = PathBuf::from(unfinished);
            let mut output = BufWriter::new(File::create(&unfinished).map_err(failed)?);
            let written = export(&store.database, &arguments.kinds, &mut output).await?;
            output.flush().map_err(failed)?;
            std::fs::rename(&unfinished, path).map_err(failed)?;
            written
        }
    };
    eprintln!("{written} items exported");
    if let Some(target) = &arguments.files
        && (arguments.kinds.is_empty() || arguments.kinds.contains(&ContentKind::Resource))
    {
        let copied = export_files(&store.database, &Folder::within(&config.data_dir), target).await?;
        eprintln!("{copied} files exported");
    }
    Ok(())
}
