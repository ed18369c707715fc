//! Organisations, coalitions, institutions and bodies.

pub mod document;
pub mod filter;
pub mod mandate;
pub mod membership;

use async_graphql::Context;
use praxis_entities::organization::Column;
use praxis_entities::vocabulary::{BodyKind, MembershipRole, OrganizationKind, PartnerRole, RelationKind};

use self::filter::OrganizationFilter;
use self::mandate::Mandate;
use self::membership::{Membership, Side, Wanted};
use super::fields::content_object;
use super::initiative::Initiative;
use super::related::{self, Direction};
use super::resource::Resource;
use crate::accountability::event::Event;
use crate::accountability::event::filter::EventFilter;
use crate::accountability::mechanism::{self, Mechanism};
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::{Date, Url};

content_object! {
    /// An organisation, coalition, institution or body.
    Organization, organization, OrganizationFilter,
    withheld: [Website, Mandates], reads: [], {
        /// What sort of body it is.
        async fn kind(&self) -> Result<OrganizationKind, ApiError> {
            self.0.detail(Column::Kind)
        }

        /// Its acronym.
        async fn acronym(&self) -> Result<Option<String>, ApiError> {
            self.0.detail(Column::Acronym)
        }

        /// Its public website.
        async fn website(&self) -> Result<Option<Url>, ApiError> {
            let text: Option<String> = self.0.shown(Column::Website)?;
            Ok(text.map(Url::trusted))
        }

        /// How many members it reports, where not all of them are listed under `members`.
        async fn member_count(&self) -> Result<Option<i32>, ApiError> {
            self.0.detail(Column::MemberCount)
        }

        /// The organisations that are members of it, the latest published first.
        async fn members(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Organization>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Member, Direction::Forward, first, after).await
        }

        /// The coalitions and networks that it is a member of.
        async fn member_of(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Organization>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Member, Direction::Backward, first, after).await
        }

        /// Which part of the human rights system it is; null where it is none, or where nobody has said so.
        async fn body_kind(&self) -> Result<Option<BodyKind>, ApiError> {
            self.0.detail(Column::BodyKind)
        }

        /// What it was charged with, the earliest first: by which instrument, from when and until when. A mandate that was
        /// renewed or changed stands here again.
        async fn mandates(&self) -> Result<Vec<Mandate>, ApiError> {
            self.0.list(Column::Mandates)
        }

        /// The mechanisms that it is the body behind.
        async fn mechanisms(&self, context: &Context<'_>) -> Result<Vec<Mechanism>, ApiError> {
            mechanism::of_body(context, self.0.content.id).await
        }

        /// Who belongs to it, with role and dates: its members in the order of the document, its secretariat, and people by
        /// the affiliations of their profiles.
        async fn composition(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "Only organisations in one of these roles, and no people.")] roles: Option<
                Vec<MembershipRole>,
            >,
            #[graphql(desc = "Only who belongs to it on this day, as far as is known.")] on: Option<Date>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Membership>, ApiError> {
            let page = PageArguments::forward(first, after);
            membership::connection(context, self.0.content.id, Side::Composition, Wanted { roles, on }, page).await
        }

        /// The bodies that it belongs to or services, with role and dates.
        async fn memberships(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "Only those in which it has one of these roles.")] roles: Option<Vec<MembershipRole>>,
            #[graphql(desc = "Only those that it belongs to on this day, as far as is known.")] on: Option<Date>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Membership>, ApiError> {
            let page = PageArguments::forward(first, after);
            membership::connection(context, self.0.content.id, Side::Memberships, Wanted { roles, on }, page).await
        }

        /// The bodies that it is a part of.
        async fn part_of(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Organization>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::PartOf, Direction::Forward, first, after).await
        }

        /// The bodies that are a part of it.
        async fn parts(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Organization>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::PartOf, Direction::Backward, first, after).await
        }

        /// The organisations that are its secretariat: that host or service it.
        async fn secretariat(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Organization>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Secretariat, Direction::Forward, first, after).await
        }

        /// The bodies whose secretariat it is.
        async fn secretariat_of(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Organization>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Secretariat, Direction::Backward, first, after).await
        }

        /// The events that it held, alone or with others, the latest published first.
        async fn events(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "Which events.")] filter: Option<EventFilter>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Event>, ApiError> {
            related::connection(
                context, self.0.content.id, RelationKind::Organizer, Direction::Backward, None, filter,
                PageArguments::forward(first, after),
            )
            .await
        }

        /// The initiatives that it has a part in.
        async fn initiatives(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "Only those in which it has this part.")] role: Option<PartnerRole>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            related::connection(
                context, self.0.content.id, RelationKind::Partner, Direction::Backward,
                role.map(PartnerRole::as_str), None, PageArguments::forward(first, after),
            )
            .await
        }

        /// The resources that it published.
        async fn resources(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Resource>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Publisher, Direction::Backward, first, after).await
        }
    }
}
