//! What happens in the background: claims that have run out end, the contributions of people who left are seen to,
//! notifications are mailed, entries of the audit log are sealed, and files that are no more are removed.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio::sync::watch;

use super::audit::chain;
use super::submission::store::{any_expired, release_expired};
use super::{departure, post};
use crate::database::Database;
use crate::files::folder::Folder;
use crate::files::upkeep as files;
use crate::identity::service::Identity;

/// How often there is something to do. Claims last for a day, so a few seconds more do not matter; whoever claims meets an
/// expired claim as none in any case.
const PERIOD: Duration = Duration::from_secs(5);

/// How many periods pass between two times of sweeping up unused files.
const SWEEPING: u64 = 720;

/// Runs until it is told to stop.
pub async fn run(identity: Arc<Identity>, folder: Folder, public_url: String, mut stop: watch::Receiver<bool>) {
    let database = identity.database.clone();
    for period in 0_u64.. {
        if let Err(error) = end_claims(&database).await {
            tracing::warn!(%error, "claims that have run out can't be ended yet");
        }
        if let Err(error) = departure::settle_all(&database, Utc::now()).await {
            tracing::warn!(?error, "the contributions of somebody who left can't be seen to yet");
        }
        if let Err(error) = post::deliver(&identity, &public_url, Utc::now()).await {
            tracing::warn!(%error, "notifications can't be mailed yet");
        }
        if let Err(error) = chain::seal(&database, Utc::now()).await {
            tracing::warn!(%error, "the audit log can't be sealed yet");
        }
        if let Err(error) = files::remove_bytes(&database, &folder).await {
            tracing::warn!(%error, "the bytes of removed files can't be removed yet");
        }
        if period % SWEEPING == 0
            && let Err(error) = files::sweep(&database, &folder, Utc::now()).await
        {
            tracing::warn!(%error, "unused files can't be removed yet");
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

/// Writes only where there is something to end: the one writer of SQLite is not for looking around.
async fn end_claims(database: &Database) -> Result<(), sea_orm::DbErr> {
    let now = Utc::now();
    if any_expired(database.read(), now).await? {
        let transaction = database.begin().await?;
        release_expired(&transaction, now).await?;
        transaction.commit().await?;
    }
    Ok(())
}
