//! Events: workshops, consultations, briefings and other gatherings.

pub mod document;
pub mod filter;

use async_graphql::Context;
use praxis_entities::content_event::Column;
use praxis_entities::vocabulary::{EventKind, RelationKind};
use sea_orm::prelude::Date as Day;

use self::filter::EventFilter;
use super::commitment::Commitment;
use crate::content::fields::content_object;
use crate::content::initiative::{Initiative, Participation};
use crate::content::organization::Organization;
use crate::content::related::{self, Direction};
use crate::content::resource::Resource;
use crate::graphql::connection::{Connection, PageArguments};
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

        /// The first day.
        async fn starts_on(&self) -> Result<Date, ApiError> {
            Ok(Date(self.0.detail(Column::StartsOn)?))
        }

        /// The last day, where there are several.
        async fn ends_on(&self) -> Result<Option<Date>, ApiError> {
            let day: Option<Day> = self.0.detail(Column::EndsOn)?;
            Ok(day.map(Date))
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

        /// The organisations that held it.
        async fn organizers(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Organization>, ApiError> {
            let page = PageArguments::forward(first, after);
            related::connection(context, self.0.content.id, RelationKind::Organizer, Direction::Forward, None, None, page)
                .await
        }

        /// The initiatives that it was a part of.
        async fn initiatives(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            let page = PageArguments::forward(first, after);
            related::connection(context, self.0.content.id, RelationKind::PartOf, Direction::Forward, None, None, page)
                .await
        }

        /// The resources that came of it.
        async fn resources(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Resource>, ApiError> {
            let page = PageArguments::forward(first, after);
            related::connection(context, self.0.content.id, RelationKind::Output, Direction::Forward, None, None, page)
                .await
        }

        /// The commitments that came of it.
        async fn commitments(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Commitment>, ApiError> {
            let page = PageArguments::forward(first, after);
            related::connection(context, self.0.content.id, RelationKind::Output, Direction::Forward, None, None, page)
                .await
        }
    }
}
