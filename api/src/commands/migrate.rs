//! `praxis migrate`: brings the database in step with this version, or takes migrations back.

use clap::Args;

use super::{CommandError, say};
use crate::config::Config;
use crate::database::Database;
use crate::service::{StartError, Store};

/// Brings the database and its vocabularies in step with this version. `praxis serve` does the same at its start.
#[derive(Args, Debug)]
pub struct MigrateArguments {
    /// Take back so many migrations instead. What their tables hold is lost.
    #[arg(long, value_name = "STEPS")]
    down: Option<u32>,
}

/// Runs the command.
///
/// # Errors
/// Where the database is away or a migration fails.
pub async fn run(config: &Config, arguments: MigrateArguments) -> Result<(), CommandError> {
    if let Some(steps) = arguments.down {
        let database = Database::connect(config.database_url.expose(), config.database_connections)
            .await
            .map_err(StartError::Database)?;
        let lock = database.lock_start().await.map_err(StartError::Database)?;
        database.rollback(steps).await.map_err(StartError::Database)?;
        lock.release().await.map_err(StartError::Database)?;
        say(&format!("{steps} migration(s) taken back"));
        return Ok(());
    }
    Store::open(config).await?;
    say("the database is up to date");
    Ok(())
}
