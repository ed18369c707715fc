//! Practitioners: people's public profiles.

pub mod document;

use async_graphql::{Context, SimpleObject};
use praxis_entities::content;
use praxis_entities::practitioner::Column;
use praxis_entities::vocabulary::RelationKind;

use super::fields::{self, content_object};
use super::filter::ContentFilter;
use super::initiative::Initiative;
use super::lesson::Lesson;
use super::organization::Organization;
use super::related::{self, Direction};
use crate::accountability::event::Event;
use crate::graphql::connection::Connection;
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::{Date, LanguageTag};
use crate::vocabulary::types::Instrument;

content_object! {
    /// A person's public profile. It never holds an e-mail address, a phone number or a precise place: contact goes
    /// through the service.
    Practitioner, practitioner, ContentFilter,
    withheld: [Headline, Languages], reads: [], {
        /// The name or pseudonym that the practitioner goes by; the same as `title`.
        async fn display_name(&self) -> Result<String, ApiError> {
            self.0.content.get(content::Column::Title)
        }

        /// One line about the person.
        async fn headline(&self) -> Result<Option<String>, ApiError> {
            self.0.shown(Column::Headline)
        }

        /// The languages that they work in.
        async fn languages(&self) -> Result<Vec<LanguageTag>, ApiError> {
            self.0.list(Column::Languages)
        }

        /// The instruments that they know.
        async fn instruments(&self, context: &Context<'_>) -> Result<Vec<Instrument>, ApiError> {
            fields::instruments(context, self.0.content.id).await
        }

        /// The organisations that they work or worked for.
        async fn affiliations(&self, context: &Context<'_>) -> Result<Vec<Affiliation>, ApiError> {
            let all = related::all::<Organization>(
                context, self.0.content.id, RelationKind::Affiliation, Direction::Forward, &["organization"],
            )
            .await?;
            Ok(all
                .iter()
                .map(|item| Affiliation {
                    organization: item.node.clone(),
                    role: item.role.clone(),
                    from: item.from.map(Date),
                    to: item.to.map(Date),
                })
                .collect())
        }

        /// The initiatives that they work or worked on, the latest published first.
        async fn initiatives(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Person, Direction::Backward, first, after).await
        }

        /// The events that they took part in, in a public role, the latest published first.
        async fn events(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Event>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Person, Direction::Backward, first, after).await
        }

        /// The lessons that they shared, the latest published first.
        async fn lessons(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Lesson>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Contributor, Direction::Backward, first, after).await
        }
    }
}

/// Where a practitioner works or worked.
#[derive(SimpleObject)]
pub struct Affiliation {
    /// The organisation.
    pub organization: Organization,
    /// The role there.
    pub role: Option<String>,
    /// Since when, where it is known.
    pub from: Option<Date>,
    /// Until when; null while it lasts or where it is not known.
    pub to: Option<Date>,
}
