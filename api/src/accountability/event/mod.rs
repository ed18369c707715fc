//! Events: workshops, consultations, briefings and other gatherings.

pub mod document;
pub mod filter;

use async_graphql::{Context, SimpleObject};
use praxis_entities::content_event::Column;
use praxis_entities::vocabulary::{DatePrecision, EventKind, RelationKind};
use sea_orm::prelude::Date as Day;

use self::filter::EventFilter;
use super::commitment::Commitment;
use super::recommendation::Recommendation;
use crate::content::fields::content_object;
use crate::content::initiative::{Initiative, Participation};
use crate::content::organization::Organization;
use crate::content::practitioner::Practitioner;
use crate::content::related::{self, Direction};
use crate::content::resource::Resource;
use crate::graphql::connection::Connection;
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::{Date, Markdown};

content_object! {
    /// A workshop, training, consultation, briefing, side event, hearing, conference or mission.
    Event, content_event, EventFilter,
    withheld: [Place, Agenda, Participation], reads: [], {
        /// What sort of gathering it is.
        async fn kind(&self) -> Result<EventKind, ApiError> {
            self.0.detail(Column::Kind)
        }

        /// The first day, as exactly as `startsOnPrecision` says.
        async fn starts_on(&self) -> Result<Date, ApiError> {
            Ok(Date(self.0.detail(Column::StartsOn)?))
        }

        /// How exactly the first day is known; to the day where this is null.
        async fn starts_on_precision(&self) -> Result<Option<DatePrecision>, ApiError> {
            self.0.detail(Column::StartsOnPrecision)
        }

        /// The last day, where there are several, as exactly as `endsOnPrecision` says.
        async fn ends_on(&self) -> Result<Option<Date>, ApiError> {
            let day: Option<Day> = self.0.detail(Column::EndsOn)?;
            Ok(day.map(Date))
        }

        /// How exactly the last day is known; to the day where this is null.
        async fn ends_on_precision(&self) -> Result<Option<DatePrecision>, ApiError> {
            self.0.detail(Column::EndsOnPrecision)
        }

        /// Where: a town or a house, never an address.
        async fn place(&self) -> Result<Option<String>, ApiError> {
            self.0.shown(Column::Place)
        }

        /// What was on the agenda.
        async fn agenda(&self) -> Result<Option<Markdown>, ApiError> {
            let text: Option<String> = self.0.shown(Column::Agenda)?;
            Ok(text.map(Markdown::trusted))
        }

        /// How many took part; never who.
        async fn participation(&self) -> Result<Vec<Participation>, ApiError> {
            self.0.list(Column::Participation)
        }

        /// Practitioners who took part in a public role.
        async fn people(&self, context: &Context<'_>) -> Result<Vec<EventPerson>, ApiError> {
            let all = related::all::<Practitioner>(
                context, self.0.content.id, RelationKind::Person, Direction::Forward, &["practitioner"],
            )
            .await?;
            Ok(all
                .iter()
                .map(|item| EventPerson {
                    practitioner: item.node.clone(),
                    role: item.role.clone(),
                })
                .collect())
        }

        /// The organisations that held it. With two or more it was a joint event, which a filter finds by `joint`.
        async fn organizers(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Organization>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Organizer, Direction::Forward, first, after).await
        }

        /// The initiatives that it was a part of.
        async fn initiatives(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::PartOf, Direction::Forward, first, after).await
        }

        /// The resources that came of it.
        async fn resources(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Resource>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Output, Direction::Forward, first, after).await
        }

        /// The commitments that came of it.
        async fn commitments(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Commitment>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Output, Direction::Forward, first, after).await
        }

        /// The recommendations that came of it.
        async fn recommendations(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Recommendation>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Output, Direction::Forward, first, after).await
        }
    }
}

/// A practitioner who took part in an event in a public role.
#[derive(SimpleObject)]
pub struct EventPerson {
    /// The practitioner.
    pub practitioner: Practitioner,
    /// In which role, in free text.
    pub role: Option<String>,
}
