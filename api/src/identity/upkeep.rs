//! What happens in the background: learning what other processes changed, and forgetting what is over.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use praxis_entities::account as row;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::watch;

use super::error::IdentityError;
use super::service::Identity;
use super::{one_time, openid, session, throttle, truncate};

/// How often the process learns what others changed: the longest that a sign-out elsewhere goes unnoticed here.
const PERIOD: Duration = Duration::from_secs(1);
/// How many periods pass between two times of forgetting.
const PRUNING: u64 = 3600;
/// How long an address may go without being verified before its account is forgotten.
const UNVERIFIED: chrono::Duration = chrono::Duration::days(7);

/// Runs until it is told to stop.
pub async fn run(identity: Arc<Identity>, mut stop: watch::Receiver<bool>) {
    let mut away = false;
    for period in 0_u64.. {
        match identity.learn(Utc::now()).await {
            Ok(()) => away = false,
            Err(error) if !away => {
                away = true;
                tracing::warn!(%error, "what ends access tokens can't be read; they hold until they expire");
            }
            Err(_) => {}
        }
        if period % PRUNING == 0
            && let Err(error) = identity.prune(Utc::now()).await
        {
            tracing::warn!(%error, "what is over can't be forgotten yet");
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

impl Identity {
    /// Reads which sessions other processes ended, whose grants they changed, and which keys there are.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn learn(&self, now: DateTime<Utc>) -> Result<(), IdentityError> {
        let connection = self.database.read();
        self.revocations
            .refresh(connection, self.settings.access_token, now)
            .await?;
        self.keys.refresh(connection, &self.seal).await
    }

    /// Deletes expired tokens, old sessions, old counters, and accounts whose address nobody verified within a week, and for
    /// which no code of a letter works any more.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn prune(&self, now: DateTime<Utc>) -> Result<(), IdentityError> {
        let transaction = self.database.begin().await?;
        one_time::prune(&transaction, now).await?;
        openid::request::prune(&transaction, now).await?;
        openid::code::prune(&transaction, now).await?;
        session::prune(&transaction, now).await?;
        throttle::prune(&transaction, now).await?;
        row::Entity::delete_many()
            .filter(row::Column::EmailVerifiedAt.is_null())
            .filter(row::Column::DeletedAt.is_null())
            .filter(row::Column::CreatedAt.lt(truncate(now - UNVERIFIED)))
            .filter(row::Column::Id.not_in_subquery(one_time::accounts()))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}
