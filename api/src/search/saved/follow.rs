//! Following the log of changes for the saved searches: what was newly published is asked of all of them at once.
//!
//! Each saved search keeps the place up to which it was served, so that nothing is missed over a restart. Several processes
//! may do the same work at the same time; a match is written once.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::{ChangeType, NotificationKind};
use praxis_entities::{notification, saved_search};
use praxis_search::{SearchError, StandingSearch, percolate};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::watch;
use uuid::Uuid;

use super::standing;
use crate::app::App;
use crate::curation::notification::due;
use crate::graphql::errors::ApiError;
use crate::identity::truncate;
use crate::log;
use crate::search::document::documents;
use crate::search::synonyms;

/// How often the log is looked at.
const PERIOD: Duration = Duration::from_secs(1);
/// How many events are followed at a time.
const BATCH: u64 = 500;
/// How many notifications are written at a time.
const ROWS: usize = 500;

/// What can go wrong with following.
#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error("the database can't be used: {0}")]
    Database(#[from] DbErr),
    #[error("the new content can't be searched: {0}")]
    Search(#[from] SearchError),
    #[error("the synonyms can't be read: {0}")]
    Synonyms(String),
    #[error("the search was interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

/// Runs until it is told to stop.
pub async fn run(app: Followed, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = catch_up(&app, Utc::now()).await {
            tracing::warn!(%error, "saved searches can't be served yet");
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

/// What following needs of the service.
#[derive(Clone)]
pub struct Followed {
    database: crate::database::Database,
    vocabulary: std::sync::Arc<crate::vocabulary::Vocabulary>,
}

impl Followed {
    /// What following needs of this service.
    pub fn new(app: &App) -> Self {
        Self {
            database: app.database.clone(),
            vocabulary: app.vocabulary.clone(),
        }
    }
}

/// Serves the saved searches up to the end of the log.
async fn catch_up(app: &Followed, now: DateTime<Utc>) -> Result<(), FollowError> {
    loop {
        let place: Option<Option<i64>> = saved_search::Entity::find()
            .select_only()
            .column_as(saved_search::Column::Followed.min(), "place")
            .into_tuple()
            .one(app.database.read())
            .await?;
        let Some(place) = place.flatten() else {
            return Ok(());
        };
        let events = log::read_after(app.database.read(), place, None, BATCH).await?;
        let Some(last) = events.last().map(|event| event.sequence) else {
            return Ok(());
        };
        let published: HashMap<Uuid, i64> = events
            .iter()
            .filter(|event| event.change == ChangeType::Published)
            .map(|event| (event.content_id, event.sequence))
            .collect();
        let matches = if published.is_empty() {
            Vec::new()
        } else {
            matches(app, &published, last).await?
        };
        write(app, matches, last, truncate(now)).await?;
    }
}

/// A saved search and what answers it.
type Match = (saved_search::Model, Vec<Uuid>);

/// Which saved searches the newly published content answers, of those that were not served up to here.
async fn matches(app: &Followed, published: &HashMap<Uuid, i64>, last: i64) -> Result<Vec<Match>, FollowError> {
    let found = documents(
        app.database.read(),
        &app.vocabulary,
        published.keys().copied().collect(),
    )
    .await?;
    let rows = saved_search::Entity::find()
        .filter(saved_search::Column::Followed.lt(last))
        .order_by_asc(saved_search::Column::Id)
        .all(app.database.read())
        .await?;
    let (rows, searches): (Vec<saved_search::Model>, Vec<StandingSearch>) = rows
        .into_iter()
        .filter_map(|row| match standing(&row, &app.vocabulary) {
            Ok(search) => Some((row, search)),
            Err(error) => {
                tracing::warn!(saved_search = %row.id, message = error.message(), "a saved search can't be served");
                None
            }
        })
        .unzip();
    let synonyms = synonyms::current(&app.database)
        .await
        .map_err(|error: ApiError| FollowError::Synonyms(error.message().to_owned()))?;
    let answers = tokio::task::spawn_blocking(move || percolate(&found.found, &searches, &synonyms)).await??;
    Ok(rows
        .into_iter()
        .zip(answers)
        .map(|(row, answers)| {
            let new = answers
                .into_iter()
                .filter(|id| published.get(id).is_some_and(|sequence| *sequence > row.followed))
                .collect();
            (row, new)
        })
        .collect())
}

/// Writes what is told, and that the saved searches were served up to here.
async fn write(app: &Followed, matches: Vec<Match>, last: i64, at: DateTime<Utc>) -> Result<(), FollowError> {
    let rows: Vec<notification::ActiveModel> = matches
        .into_iter()
        .flat_map(|(search, ids)| ids.into_iter().map(move |content| told(&search, content, at)))
        .collect();
    let count = rows.len();
    let transaction = app.database.begin().await?;
    for chunk in rows.chunks(ROWS) {
        let once = OnConflict::columns([notification::Column::SavedSearchId, notification::Column::ContentId])
            .do_nothing()
            .to_owned();
        let inserted = notification::Entity::insert_many(chunk.iter().cloned())
            .on_conflict(once)
            .exec_without_returning(&transaction)
            .await;
        match inserted {
            // Another process was first.
            Ok(_) | Err(DbErr::RecordNotInserted) => {}
            Err(error) => return Err(error.into()),
        }
    }
    saved_search::Entity::update_many()
        .col_expr(saved_search::Column::Followed, Expr::value(last))
        .filter(saved_search::Column::Followed.lt(last))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    if count > 0 {
        metrics::counter!("praxis_saved_search_matches_total").increment(count as u64);
    }
    Ok(())
}

fn told(search: &saved_search::Model, content: Uuid, at: DateTime<Utc>) -> notification::ActiveModel {
    notification::ActiveModel {
        account_id: Set(search.account_id),
        id: Set(Uuid::now_v7()),
        kind: Set(NotificationKind::SavedSearchMatch),
        client_id: Set(None),
        submission_id: Set(None),
        content_id: Set(Some(content)),
        saved_search_id: Set(Some(search.id)),
        created_at: Set(at),
        read_at: Set(None),
        mail_due_at: Set(due(search.mail, at)),
        mailed_at: Set(None),
    }
}
