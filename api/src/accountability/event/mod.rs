//! Events: workshops, consultations, briefings and other gatherings.

pub mod document;
pub mod filter;

use async_graphql::Context;
use praxis_entities::vocabulary::{EventKind, RelationKind};

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
    Event, content_event, EventFilter, |detail| {
        detail.place = None;
        detail.agenda = None;
        detail.participation = crate::content::no_list();
    }, {
        /// What sort of gathering it is.
        async fn kind(&self) -> EventKind {
            self.0.detail.kind
        }

        /// The first day.
        async fn starts_on(&self) -> Date {
            Date(self.0.detail.starts_on)
        }

        /// The last day, where there are several.
        async fn ends_on(&self) -> Option<Date> {
            self.0.detail.ends_on.map(Date)
        }

        /// Where: a town or a house, never an address.
        async fn place(&self) -> Option<&str> {
            self.0.detail.place.as_deref()
        }

        /// What was on the agenda.
        async fn agenda(&self) -> Option<Markdown> {
            self.0.detail.agenda.as_deref().map(Markdown::trusted)
        }

        /// How many took part; never who.
        async fn participation(&self) -> Result<Vec<Participation>, ApiError> {
            crate::content::json(&self.0.detail.participation)
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
