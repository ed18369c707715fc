//! Saved searches as their owner sees them.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::Utc;
use praxis_entities::saved_search;
use praxis_entities::vocabulary::NotificationMail;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Wish, feed_url};
use crate::curation::graphql::notifications::{self, Notification};
use crate::curation::graphql::payloads::mendable;
use crate::database::among;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext, Loaders};
use crate::graphql::loaders;
use crate::graphql::scalars::{Moment, Url};
use crate::graphql::user_error::UserError;
use crate::identifier::{NodeId, NodeType};
use crate::identity::scope::Scope;
use crate::search::filter::SearchFilter;

/// The key of a saved search.
#[derive(Clone, PartialEq, Eq, Hash)]
struct SavedSearchKey(Uuid);

impl BatchKey for SavedSearchKey {
    type Value = SavedSearch;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let Ok(account) = context.actor.member(&[Scope::SearchesManage]) else {
            return Ok(HashMap::new());
        };
        let connection = context.app.database.read();
        let ids = keys.into_iter().map(|key| key.0).collect();
        let rows = saved_search::Entity::find()
            .filter(saved_search::Column::AccountId.eq(account))
            .filter(among(connection, Expr::col(saved_search::Column::Id), ids))
            .all(connection)
            .await?;
        Ok(rows.into_iter().map(|row| (Self(row.id), row.into())).collect())
    }
}

/// A search that a member keeps, to hear of what is newly published and answers it.
#[derive(Clone)]
pub struct SavedSearch(Arc<saved_search::Model>);

impl From<saved_search::Model> for SavedSearch {
    fn from(row: saved_search::Model) -> Self {
        Self(Arc::new(row))
    }
}

impl SavedSearch {
    /// Loads a saved search of the caller.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn load(loaders: &Loaders, id: Uuid) -> Result<Option<Self>, ApiError> {
        loaders.load(SavedSearchKey(id)).await
    }
}

/// A search that a member keeps, to hear of what is newly published and answers it. Content answers it if it has all the
/// words in any of their forms, or a synonym; of more than four words three quarters will do. Misspelt and unfinished words
/// are not guessed at, so save a search as `correctedQuery` gives it.
#[Object]
impl SavedSearch {
    /// The id.
    async fn id(&self) -> ID {
        NodeId {
            node_type: NodeType::SavedSearch,
            uuid: self.0.id,
        }
        .into()
    }

    /// What its owner calls it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The words; empty where the filter alone decides.
    async fn query(&self) -> &str {
        &self.0.query
    }

    /// The filter; an absent condition leaves everything.
    async fn filter(&self) -> Result<SearchFilter, ApiError> {
        super::filter(&self.0)
    }

    /// How often its owner gets letters about it.
    async fn mail(&self) -> NotificationMail {
        self.0.mail
    }

    /// When it was saved first. It hears of what was published later.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// What was published since and answers it, the latest first.
    async fn matches(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those that were not read, or only those that were.")] unread: Option<bool>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
    ) -> Result<Connection<Notification>, ApiError> {
        notifications::of_saved_search(context, &self.0, unread, PageArguments::forward(first, after)).await
    }

    /// The address of an Atom feed of what answers it. Whoever has the address can read the feed, without signing in: it
    /// holds public content only, and the name of the saved search.
    async fn feed_url(&self, context: &Context<'_>) -> Result<Url, ApiError> {
        let loaders = loaders(context)?;
        let app = loaders.app();
        Ok(Url::trusted(feed_url(&app.public_url, &app.identity.seal, &self.0)?))
    }
}

/// The saved searches of an account; none unless the caller is signed in to it.
///
/// # Errors
/// Where the database is away.
pub async fn saved_searches(context: &Context<'_>, account: Uuid) -> Result<Option<Vec<SavedSearch>>, ApiError> {
    let loaders = loaders(context)?;
    if !loaders.context().actor.is_member(account, &[Scope::SearchesManage]) {
        return Ok(None);
    }
    let rows = super::of(loaders.app().database.read(), account).await?;
    Ok(Some(rows.into_iter().map(SavedSearch::from).collect()))
}

/// A search to save.
#[derive(InputObject)]
pub struct SaveSearchInput {
    /// The saved search to change; a new one where it is missing.
    pub saved_search: Option<ID>,
    /// What you call it, in at most 100 characters.
    pub name: String,
    /// The words, as `search` takes them; may be empty where the filter has a condition.
    #[graphql(default)]
    pub query: String,
    /// The filter, as `search` takes it.
    pub filter: Option<SearchFilter>,
    /// How often you want letters about it; daily where it is missing.
    pub mail: Option<NotificationMail>,
}

/// A saved search to delete.
#[derive(InputObject)]
pub struct DeleteSavedSearchInput {
    /// The saved search.
    pub saved_search: ID,
}

/// What became of a saved search.
#[derive(SimpleObject)]
pub struct SavedSearchPayload {
    /// The saved search as it is now; null where nothing was done, and after it was deleted.
    pub saved_search: Option<SavedSearch>,
    /// What you can mend.
    pub errors: Vec<UserError>,
}

/// Saved searches: the mutations.
#[derive(Default)]
pub struct SavedSearchMutations;

/// Saved searches.
#[Object]
impl SavedSearchMutations {
    /// Saves a search, or changes a saved one, to hear of what is newly published and answers it: as notifications, by letter
    /// and as a feed. At most 50 for each member.
    async fn save_search(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The search.")] input: SaveSearchInput,
    ) -> Result<SavedSearchPayload, ApiError> {
        let loaders = loaders(context)?;
        let wish = Wish {
            id: input
                .saved_search
                .as_ref()
                .map(|id| NodeId::parse_as(id, NodeType::SavedSearch))
                .transpose()?,
            name: input.name,
            query: input.query,
            filter: input.filter.unwrap_or_default(),
            mail: input.mail.unwrap_or(NotificationMail::Daily),
        };
        Ok(
            match super::save(loaders.app(), &loaders.context().actor, wish, Utc::now()).await {
                Ok(row) => SavedSearchPayload {
                    saved_search: Some(row.into()),
                    errors: Vec::new(),
                },
                Err(error) => SavedSearchPayload {
                    saved_search: None,
                    errors: mendable(error, &["input"])?,
                },
            },
        )
    }

    /// Deletes a saved search, and the notifications about it.
    async fn delete_saved_search(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The saved search.")] input: DeleteSavedSearchInput,
    ) -> Result<SavedSearchPayload, ApiError> {
        let loaders = loaders(context)?;
        let id = NodeId::parse_as(&input.saved_search, NodeType::SavedSearch)?;
        let errors = match super::delete(loaders.app(), &loaders.context().actor, id).await {
            Ok(()) => Vec::new(),
            Err(error) => mendable(error, &["input"])?,
        };
        Ok(SavedSearchPayload {
            saved_search: None,
            errors,
        })
    }
}
