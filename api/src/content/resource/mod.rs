//! Resources: documents, toolkits, datasets, legal texts and other material.

pub mod document;
pub mod filter;

use async_graphql::{Context, SimpleObject};
use praxis_entities::resource::Column;
use praxis_entities::vocabulary::{ContentStatus, IdentifierScheme, RelationKind, ResourceKind};
use serde::Deserialize;

use self::filter::ResourceFilter;
use super::cited::cited_by;
use super::fields::content_object;
use super::interface::Content;
use super::organization::Organization;
use super::practitioner::Practitioner;
use super::related::{self, Direction};
use crate::accountability::event::Event;
use crate::files::graphql::{File, FilesOfContent};
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::Url;

content_object! {
    /// A document, toolkit, guide, training module, dataset, legal text, video, template or version for children.
    Resource, resource, ResourceFilter,
    withheld: [Link], reads: [], {
        /// What sort of material it is.
        async fn kind(&self) -> Result<ResourceKind, ApiError> {
            self.0.detail(Column::Kind)
        }

        /// The year of publication.
        async fn year(&self) -> Result<Option<i32>, ApiError> {
            self.0.detail(Column::Year)
        }

        /// SPDX or Creative Commons identifier, or a LicenseRef.
        async fn license(&self) -> Result<Option<String>, ApiError> {
            self.0.detail(Column::License)
        }

        /// DOI, ISBN, symbol of a United Nations document and others.
        async fn identifiers(&self) -> Result<Vec<Identifier>, ApiError> {
            let stored: Vec<StoredIdentifier> = self.0.list(Column::Identifiers)?;
            Ok(stored.into_iter().map(Identifier::from).collect())
        }

        /// Where it can be read.
        async fn link(&self) -> Result<Option<Url>, ApiError> {
            let text: Option<String> = self.0.shown(Column::Link)?;
            Ok(text.map(Url::trusted))
        }

        /// Who wrote it.
        async fn authors(&self, context: &Context<'_>) -> Result<Vec<Practitioner>, ApiError> {
            self.all(context, RelationKind::Author, Direction::Forward).await
        }

        /// Who published it.
        async fn publishers(&self, context: &Context<'_>) -> Result<Vec<Organization>, ApiError> {
            self.all(context, RelationKind::Publisher, Direction::Forward).await
        }

        /// The resources that translate this one.
        async fn translations(&self, context: &Context<'_>) -> Result<Vec<Resource>, ApiError> {
            self.all(context, RelationKind::TranslationOf, Direction::Backward).await
        }

        /// The resources that this one translates.
        async fn translation_of(&self, context: &Context<'_>) -> Result<Vec<Resource>, ApiError> {
            self.all(context, RelationKind::TranslationOf, Direction::Forward).await
        }

        /// The versions of this one for children.
        async fn child_friendly_versions(&self, context: &Context<'_>) -> Result<Vec<Resource>, ApiError> {
            self.all(context, RelationKind::ChildFriendlyVersionOf, Direction::Backward).await
        }

        /// The resources that this one retells for children.
        async fn child_friendly_version_of(&self, context: &Context<'_>) -> Result<Vec<Resource>, ApiError> {
            self.all(context, RelationKind::ChildFriendlyVersionOf, Direction::Forward).await
        }

        /// The resources that replace this one.
        async fn newer_versions(&self, context: &Context<'_>) -> Result<Vec<Resource>, ApiError> {
            self.all(context, RelationKind::NewVersionOf, Direction::Backward).await
        }

        /// The resources that this one replaces.
        async fn new_version_of(&self, context: &Context<'_>) -> Result<Vec<Resource>, ApiError> {
            self.all(context, RelationKind::NewVersionOf, Direction::Forward).await
        }

        /// The larger resources that this one belongs to.
        async fn part_of(&self, context: &Context<'_>) -> Result<Vec<Resource>, ApiError> {
            self.all(context, RelationKind::PartOf, Direction::Forward).await
        }

        /// The resources that belong to this one.
        async fn parts(&self, context: &Context<'_>) -> Result<Vec<Resource>, ApiError> {
            self.all(context, RelationKind::PartOf, Direction::Backward).await
        }

        /// The files that can be had from here, in the order of the document.
        async fn files(&self, context: &Context<'_>) -> Result<Vec<File>, ApiError> {
            // A tombstone has none.
            if self.0.content.status == ContentStatus::Retracted {
                return Ok(Vec::new());
            }
            let found = loaders(context)?.load(FilesOfContent(self.0.content.id)).await?;
            Ok(found.map(|files| files.to_vec()).unwrap_or_default())
        }

        /// The bodies whose mandates rest on it, the latest published first.
        async fn mandated_bodies(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Organization>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::MandatedBy, Direction::Backward, first, after).await
        }

        /// The events that it came of, the latest published first.
        async fn events(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Event>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Output, Direction::Backward, first, after).await
        }

        /// Content of any kind that cites it, the latest published first.
        async fn cited_by(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Content>, ApiError> {
            cited_by(context, self.0.content.id, PageArguments::forward(first, after)).await
        }
    }
}

impl Resource {
    async fn all<K: super::kind::Kind>(
        &self,
        context: &Context<'_>,
        relation: RelationKind,
        direction: Direction,
    ) -> Result<Vec<K>, ApiError> {
        let all = related::all::<K>(context, self.0.content.id, relation, direction, &[]).await?;
        Ok(all.iter().map(|item| item.node.clone()).collect())
    }
}

#[derive(Deserialize)]
struct StoredIdentifier {
    scheme: IdentifierScheme,
    value: String,
}

/// An identifier of a resource.
#[derive(SimpleObject)]
pub struct Identifier {
    /// The scheme that the value belongs to.
    pub scheme: IdentifierScheme,
    /// The identifier itself.
    pub value: String,
    /// Where the scheme resolves it, if it does.
    pub url: Option<Url>,
}

impl From<StoredIdentifier> for Identifier {
    fn from(stored: StoredIdentifier) -> Self {
        let resolver = match stored.scheme {
            IdentifierScheme::Doi => Some("https://doi.org/"),
            IdentifierScheme::Handle => Some("https://hdl.handle.net/"),
            IdentifierScheme::UnSymbol => Some("https://undocs.org/"),
            IdentifierScheme::Url => Some(""),
            IdentifierScheme::Isbn | IdentifierScheme::Other => None,
        };
        let url = resolver.and_then(|prefix| Url::parse(format!("{prefix}{}", stored.value.replace(' ', "%20"))).ok());
        Self {
            scheme: stored.scheme,
            value: stored.value,
            url,
        }
    }
}
