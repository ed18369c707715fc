//! Organisations, coalitions, institutions and bodies.

pub mod document;
pub mod filter;

use async_graphql::Context;
use praxis_entities::organization::Column;
use praxis_entities::vocabulary::{OrganizationKind, PartnerRole, RelationKind};

use self::filter::OrganizationFilter;
use super::fields::content_object;
use super::initiative::Initiative;
use super::related::{self, Direction};
use super::resource::Resource;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::Url;

content_object! {
    /// An organisation, coalition, institution or body.
    Organization, organization, OrganizationFilter,
    withheld: [Website], reads: [], {
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
            related::connection(
                context, self.0.content.id, RelationKind::Member, Direction::Forward, None, None,
                PageArguments::forward(first, after),
            )
            .await
        }

        /// The coalitions and networks that it is a member of.
        async fn member_of(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Organization>, ApiError> {
            related::connection(
                context, self.0.content.id, RelationKind::Member, Direction::Backward, None, None,
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
            related::connection(
                context, self.0.content.id, RelationKind::Publisher, Direction::Backward, None, None,
                PageArguments::forward(first, after),
            )
            .await
        }
    }
}
