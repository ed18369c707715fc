//! Recommendations: what states were told, and what became of it.

pub mod document;
pub mod filter;
mod makers;
pub mod rejudge;
pub(super) mod text;

use async_graphql::{Context, SimpleObject};
use praxis_entities::recommendation::Column;
use praxis_entities::vocabulary::{ImplementationStatus, RecommendationKind, RecommendationResponse, RelationKind};

use self::filter::RecommendationFilter;
use super::alike::{self, AlikeRecommendation};
use super::ask::{self, Ask};
use super::commitment::Commitment;
use super::event::Event;
use super::implementation::ImplementationEntry;
use super::reference::required;
use super::review::Review;
use crate::content::evidence::Evidence;
use crate::content::fields::content_object;
use crate::content::initiative::Initiative;
use crate::content::organization::Organization;
use crate::content::related::{self, Direction};
use crate::graphql::connection::Connection;
use crate::graphql::errors::ApiError;
use crate::vocabulary::types::Country;

content_object! {
    /// What a mechanism told a state, and what became of it. Voluntary pledges, advance questions and concluding
    /// observations are told apart by `kind`. Its title names the review and the paragraph or the recommending state. The
    /// themes of one that was imported from UPR Info's database come from the issues of the source (`sourceTags`) and from a
    /// table of phrases that its text may have, until somebody changes them.
    Recommendation, recommendation, RecommendationFilter,
    withheld: [Text, RecommendingBody, ChildFocusedReason, SourceTags, ImplementationHistory], reads: [], {
        /// What it is: a recommendation, a concluding observation, a voluntary pledge or an advance question.
        async fn kind(&self) -> Result<RecommendationKind, ApiError> {
            self.0.detail(Column::Kind)
        }

        /// What it says, in the words of its source. Empty once it was retracted.
        async fn text(&self) -> Result<String, ApiError> {
            self.0.shown(Column::Text)
        }

        /// Its paragraph in the report of the review, e.g. `108.4`.
        async fn paragraph(&self) -> Result<Option<String>, ApiError> {
            self.0.detail(Column::Paragraph)
        }

        /// The review that it belongs to.
        async fn review(&self, context: &Context<'_>) -> Result<Review, ApiError> {
            required(context, self.0.detail(Column::ReviewId)?).await
        }

        /// The states that made it.
        async fn recommending_countries(&self, context: &Context<'_>) -> Result<Vec<Country>, ApiError> {
            makers::countries(context, self.0.content.id).await
        }

        /// The body that made it, where that is no state: a committee or a group of states.
        async fn recommending_body(&self) -> Result<Option<String>, ApiError> {
            self.0.shown(Column::RecommendingBody)
        }

        /// What the state under review said to it.
        async fn response(&self) -> Result<RecommendationResponse, ApiError> {
            self.0.detail(Column::Response)
        }

        /// What sort of action it asks for, from 1 (minimal) to 5 (specific), by the categories of UPR Info.
        async fn action_category(&self) -> Result<Option<i16>, ApiError> {
            self.0.detail(Column::ActionCategory)
        }

        /// How its source tagged it, in the words of the source. Of UPR Info's database, these are the issues, which give themes.
        async fn source_tags(&self) -> Result<Vec<String>, ApiError> {
            self.0.list(Column::SourceTags)
        }

        /// Whether it is about children.
        async fn child_focused(&self) -> Result<bool, ApiError> {
            self.0.detail(Column::ChildFocused)
        }

        /// Who says so: a version of the rule, or a moderator with a reason (`overrideChildFocus`).
        async fn child_focus(&self) -> Result<ChildFocus, ApiError> {
            Ok(ChildFocus {
                child_focused: self.0.detail(Column::ChildFocused)?,
                rule: self.0.detail(Column::ChildFocusedRule)?,
                reason: self.0.shown(Column::ChildFocusedReason)?,
            })
        }

        /// Recommendations to the same state that are alike by a stated rule: made by others in the same review, or again in
        /// another one. At most 100.
        async fn alike(&self, context: &Context<'_>) -> Result<Vec<AlikeRecommendation>, ApiError> {
            alike::of_recommendation(context, self.0.content.id).await
        }

        /// What initiatives asked for and this reflects.
        async fn asks(&self, context: &Context<'_>) -> Result<Vec<Ask>, ApiError> {
            ask::of_recommendation(context, self.0.content.id).await
        }

        /// How far it has been put into practice, by the latest assessment.
        async fn implementation(&self) -> Result<ImplementationStatus, ApiError> {
            self.0.detail(Column::Implementation)
        }

        /// Every assessment, the earliest first: what was found, when, by whom and where it is written.
        async fn implementation_history(&self) -> Result<Vec<ImplementationEntry>, ApiError> {
            self.0.list(Column::ImplementationHistory)
        }

        /// The organisations that are responsible for putting it into practice.
        async fn responsible(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Organization>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Responsible, Direction::Forward, first, after).await
        }

        /// The initiatives that it reflects or that worked for it, the latest published first.
        async fn initiatives(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::LedTo, Direction::Backward, first, after).await
        }

        /// The findings about it and about what it changed, the latest published first.
        async fn evidence(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Evidence>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::About, Direction::Backward, first, after).await
        }

        /// What duty bearers undertook in answer to it, the latest published first.
        async fn commitments(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Commitment>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Answers, Direction::Backward, first, after).await
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

        /// Earlier recommendations that it repeats, as people have stated; `alike` has what the rule finds.
        async fn repeats(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Recommendation>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Repeats, Direction::Forward, first, after).await
        }

        /// Later recommendations that repeat it, as people have stated.
        async fn repeated_by(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Recommendation>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Repeats, Direction::Backward, first, after).await
        }
    }
}

/// How it was decided whether a recommendation is about children.
#[derive(SimpleObject)]
pub struct ChildFocus {
    /// The verdict.
    child_focused: bool,
    /// The version of the rule that decided; null where a moderator did.
    rule: Option<i32>,
    /// Why a moderator decided so; null where the rule did.
    reason: Option<String>,
}
