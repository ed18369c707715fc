//! Files as the API shows them.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use praxis_entities::{content_file, stored_file, submission_file};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::FileInput;
use crate::database::among;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::graphql::scalars::Url;
use crate::identifier::{NodeId, NodeType};

/// What is read of a file.
#[derive(Clone, FromQueryResult)]
struct Facts {
    /// The content or the submission that has it.
    owner_id: Uuid,
    id: Uuid,
    sha256: String,
    media_type: String,
    size_bytes: i64,
}

/// A stored file of a resource.
#[derive(Clone)]
pub struct File {
    facts: Facts,
    name: String,
}

/// A stored file of a resource.
#[Object]
impl File {
    /// The id.
    pub async fn id(&self) -> ID {
        self.node_id().into()
    }

    /// What it is called when somebody saves it.
    async fn name(&self) -> &str {
        &self.name
    }

    /// The media type, as its bytes show it.
    async fn media_type(&self) -> &str {
        &self.facts.media_type
    }

    /// How many bytes it has.
    async fn size_bytes(&self) -> i32 {
        i32::try_from(self.facts.size_bytes).unwrap_or(i32::MAX)
    }

    /// The SHA-256 of its bytes, in lower-case hexadecimal.
    async fn sha256(&self) -> &str {
        &self.facts.sha256
    }

    /// Where its bytes can be had, wholly or in ranges. Files of what is not published need the same `Authorization` as this
    /// query.
    async fn download_url(&self, context: &Context<'_>) -> Result<Url, ApiError> {
        let loaders = loaders(context)?;
        Ok(Url::trusted(format!(
            "{}/files/{}",
            loaders.app().public_url,
            self.node_id()
        )))
    }
}

impl File {
    fn node_id(&self) -> NodeId {
        NodeId {
            node_type: NodeType::File,
            uuid: self.facts.id,
        }
    }

    fn select(owner: Expr) -> sea_orm::Select<stored_file::Entity> {
        stored_file::Entity::find()
            .select_only()
            .expr_as(owner, "owner_id")
            .columns([
                stored_file::Column::Id,
                stored_file::Column::Sha256,
                stored_file::Column::MediaType,
                stored_file::Column::SizeBytes,
            ])
    }
}

/// The files of published content, in the order of the document.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FilesOfContent(pub Uuid);

impl BatchKey for FilesOfContent {
    type Value = Arc<Vec<File>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        #[derive(FromQueryResult)]
        struct Named {
            #[sea_orm(nested)]
            facts: Facts,
            name: String,
        }
        let ids = keys.into_iter().map(|key| key.0).collect();
        let owner = || Expr::col((content_file::Entity, content_file::Column::ContentId));
        let rows = File::select(owner())
            .column_as(content_file::Column::Name, "name")
            .join(JoinType::InnerJoin, content_file::stored_file().rev())
            .filter(among(context.app.database.read(), owner(), ids))
            .filter(Expr::col((content_file::Entity, content_file::Column::Position)).is_not_null())
            .order_by_asc(content_file::Column::Position)
            .into_model::<Named>()
            .all(context.app.database.read())
            .await?;
        let mut found: HashMap<Uuid, Vec<File>> = HashMap::new();
        for Named { facts, name } in rows {
            found.entry(facts.owner_id).or_default().push(File { facts, name });
        }
        Ok(found
            .into_iter()
            .map(|(id, files)| (Self(id), Arc::new(files)))
            .collect())
    }
}

/// The files that a submission uses, by their SHA-256.
#[derive(Clone, PartialEq, Eq, Hash)]
struct FilesOfSubmission(Uuid);

impl BatchKey for FilesOfSubmission {
    type Value = Arc<HashMap<String, Facts>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let ids = keys.into_iter().map(|key| key.0).collect();
        let owner = || Expr::col((submission_file::Entity, submission_file::Column::SubmissionId));
        let rows = File::select(owner())
            .join(JoinType::InnerJoin, submission_file::stored_file().rev())
            .filter(among(context.app.database.read(), owner(), ids))
            .into_model::<Facts>()
            .all(context.app.database.read())
            .await?;
        let mut found: HashMap<Uuid, HashMap<String, Facts>> = HashMap::new();
        for facts in rows {
            found
                .entry(facts.owner_id)
                .or_default()
                .insert(facts.sha256.clone(), facts);
        }
        Ok(found
            .into_iter()
            .map(|(id, files)| (Self(id), Arc::new(files)))
            .collect())
    }
}

/// The files that the document of a submission names, in its order. Whoever asks must have been let see the submission.
///
/// # Errors
/// Where the database is away.
pub async fn of_submission(
    context: &Context<'_>,
    submission: Uuid,
    named: &[FileInput],
) -> Result<Vec<File>, ApiError> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let stored = loaders(context)?
        .load(FilesOfSubmission(submission))
        .await?
        .unwrap_or_default();
    Ok(named
        .iter()
        .filter_map(|input| {
            let facts = stored.get(&input.sha256)?.clone();
            let name = input.name.clone();
            Some(File { facts, name })
        })
        .collect())
}
