//! `praxis reindex`: builds the search index from the start beside the live one and swaps.

use std::time::Instant;

use clap::Args;

use super::{CommandError, say};
use crate::config::Config;
use crate::service::{self, StartError, Store};

/// Builds the search index from the start beside the live one, and swaps when it is complete. A running server goes on
/// answering and takes the new index over by itself.
#[derive(Args, Debug)]
pub struct ReindexArguments {}

/// Runs the command.
///
/// # Errors
/// Where the database or the engine is away; the live index is untouched then.
pub async fn run(config: &Config, _arguments: ReindexArguments) -> Result<(), CommandError> {
    let app = service::app(config, Store::open(config).await?).await?;
    let identity = app.database.identity().await.map_err(StartError::Database)?;
    for engine in app.search.engines() {
        let begun = Instant::now();
        let written = service::follower(&app, engine.clone(), identity)
            .rebuild()
            .await
            .map_err(StartError::Follow)?;
        let seconds = begun.elapsed().as_secs_f64();
        say(&format!(
            "{}: {written} documents indexed in {seconds:.1} s",
            engine.index.name()
        ));
    }
    Ok(())
}
