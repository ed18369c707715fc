//! Synonyms as administrators keep them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::Utc;
use praxis_entities::search_synonym;

use crate::curation::graphql::payloads::mendable;
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::user_error::UserError;
use crate::identifier::{NodeId, NodeType};
use crate::identity::permissions::Permission;

/// Words and phrases that mean the same to a search.
#[derive(SimpleObject)]
pub struct SynonymGroup {
    /// The id; null of the groups that come with the service and can't be changed.
    pub id: Option<ID>,
    /// The words and phrases.
    pub phrases: Vec<String>,
}

/// A group of synonyms to add or to change.
#[derive(InputObject)]
pub struct SaveSynonymsInput {
    /// The group to change; a new one where it is missing.
    pub id: Option<ID>,
    /// The words and phrases: 2 to 20, each of at most 100 characters, and none of a single letter or of stop words alone.
    pub phrases: Vec<String>,
}

/// A group of synonyms to delete.
#[derive(InputObject)]
pub struct DeleteSynonymsInput {
    /// The group.
    pub id: ID,
}

/// What became of a group of synonyms.
#[derive(SimpleObject)]
pub struct SynonymsPayload {
    /// The group as it is now; null where nothing was done, and after it was deleted.
    pub group: Option<SynonymGroup>,
    /// What you can mend.
    pub errors: Vec<UserError>,
}

fn group(row: &search_synonym::Model) -> Result<SynonymGroup, ApiError> {
    let id = NodeId {
        node_type: NodeType::Synonyms,
        uuid: row.id,
    };
    Ok(SynonymGroup {
        id: Some(id.into()),
        phrases: super::phrases(row)?,
    })
}

/// Keeping search: the queries.
#[derive(Default)]
pub struct SearchQueries;

/// Keeping search.
#[Object]
impl SearchQueries {
    /// Words that mean the same to a search: those that come with the service, then those that administrators keep. For
    /// administrators.
    async fn synonyms(&self, context: &Context<'_>) -> Result<Vec<SynonymGroup>, ApiError> {
        let loaders = loaders(context)?;
        loaders.context().actor.require(Permission::ManageSearch)?;
        let standard = super::standard().map_err(ApiError::internal)?;
        let mut groups: Vec<SynonymGroup> = standard
            .into_iter()
            .map(|phrases| SynonymGroup { id: None, phrases })
            .collect();
        for row in super::kept(loaders.app().database.read()).await? {
            groups.push(group(&row)?);
        }
        Ok(groups)
    }
}

/// Keeping search: the mutations.
#[derive(Default)]
pub struct SearchMutations;

/// Keeping search.
#[Object]
impl SearchMutations {
    /// Adds or changes a group of words that mean the same to a search. It takes effect within seconds, without a rebuild
    /// of the index. For administrators.
    async fn save_synonyms(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The group.")] input: SaveSynonymsInput,
    ) -> Result<SynonymsPayload, ApiError> {
        let loaders = loaders(context)?;
        loaders.context().actor.require(Permission::ManageSearch)?;
        let id = input
            .id
            .as_ref()
            .map(|id| NodeId::parse_as(id, NodeType::Synonyms))
            .transpose()?;
        let actor = &loaders.context().actor;
        match super::save(&loaders.app().database, actor, id, input.phrases, Utc::now()).await {
            Ok(row) => Ok(SynonymsPayload {
                group: Some(group(&row)?),
                errors: Vec::new(),
            }),
            Err(error) => Ok(SynonymsPayload {
                group: None,
                errors: mendable(error, &["input"])?,
            }),
        }
    }

    /// Deletes a group of words that mean the same to a search. For administrators.
    async fn delete_synonyms(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The group.")] input: DeleteSynonymsInput,
    ) -> Result<SynonymsPayload, ApiError> {
        let loaders = loaders(context)?;
        loaders.context().actor.require(Permission::ManageSearch)?;
        let id = NodeId::parse_as(&input.id, NodeType::Synonyms)?;
        let actor = &loaders.context().actor;
        let errors = match super::delete(&loaders.app().database, actor, id, Utc::now()).await {
            Ok(()) => Vec::new(),
            Err(error) => mendable(error, &["input"])?,
        };
        Ok(SynonymsPayload { group: None, errors })
    }
}
