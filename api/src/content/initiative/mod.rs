//! Initiatives: pieces of work that someone did.

pub mod document;
pub mod filter;

use async_graphql::{Context, SimpleObject};
use praxis_entities::initiative::Column;
use praxis_entities::vocabulary::{
    DatePrecision, InitiativeLevel, InitiativeStage, ParticipantGroup, PartnerRole, RelationKind,
};
use sea_orm::prelude::Date as Day;
use serde::Deserialize;

use self::filter::InitiativeFilter;
use super::evidence::Evidence;
use super::evidence::filter::EvidenceFilter;
use super::fields::{self, content_object};
use super::lesson::Lesson;
use super::lesson::filter::LessonFilter;
use super::organization::Organization;
use super::practitioner::Practitioner;
use super::related::{self, Direction};
use crate::accountability::ask::{self, Ask};
use crate::accountability::event::Event;
use crate::accountability::recommendation::Recommendation;
use crate::accountability::target::{self, IndicatorTarget, Reach};
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::scalars::{Date, Markdown};
use crate::vocabulary::types::Instrument;

content_object! {
    /// A piece of work that someone did, or is doing, to hold duty bearers to account for the rights of children.
    Initiative, initiative, InitiativeFilter,
    withheld: [Activities, Adaptation, Participation], reads: ["indicators" => Level], {
        /// The instruments that were used.
        async fn instruments(&self, context: &Context<'_>) -> Result<Vec<Instrument>, ApiError> {
            fields::instruments(context, self.0.content.id).await
        }

        /// The level at which it works.
        async fn level(&self) -> Result<InitiativeLevel, ApiError> {
            self.0.detail(Column::Level)
        }

        /// How far it has come.
        async fn stage(&self) -> Result<InitiativeStage, ApiError> {
            self.0.detail(Column::Stage)
        }

        /// The first day, as exactly as `startedOnPrecision` says.
        async fn started_on(&self) -> Result<Option<Date>, ApiError> {
            let day: Option<Day> = self.0.detail(Column::StartedOn)?;
            Ok(day.map(Date))
        }

        /// How exactly the first day is known.
        async fn started_on_precision(&self) -> Result<Option<DatePrecision>, ApiError> {
            self.0.detail(Column::StartedOnPrecision)
        }

        /// The last day, as exactly as `endedOnPrecision` says.
        async fn ended_on(&self) -> Result<Option<Date>, ApiError> {
            let day: Option<Day> = self.0.detail(Column::EndedOn)?;
            Ok(day.map(Date))
        }

        /// How exactly the last day is known.
        async fn ended_on_precision(&self) -> Result<Option<DatePrecision>, ApiError> {
            self.0.detail(Column::EndedOnPrecision)
        }

        /// What was done.
        async fn activities(&self) -> Result<Option<Markdown>, ApiError> {
            let text: Option<String> = self.0.shown(Column::Activities)?;
            Ok(text.map(Markdown::trusted))
        }

        /// The organisations that have a part in it.
        async fn partners(&self, context: &Context<'_>) -> Result<Vec<Partner>, ApiError> {
            let all = related::all::<Organization>(
                context, self.0.content.id, RelationKind::Partner, Direction::Forward, &["organization"],
            )
            .await?;
            all.iter()
                .map(|item| {
                    Ok(Partner {
                        organization: item.node.clone(),
                        role: partner_role(item.role.as_deref())?,
                    })
                })
                .collect()
        }

        /// The practitioners who work or worked on it.
        async fn people(&self, context: &Context<'_>) -> Result<Vec<InitiativePerson>, ApiError> {
            let all = related::all::<Practitioner>(
                context, self.0.content.id, RelationKind::Person, Direction::Forward, &["practitioner"],
            )
            .await?;
            Ok(all
                .iter()
                .map(|item| InitiativePerson {
                    practitioner: item.node.clone(),
                    role: item.role.clone(),
                })
                .collect())
        }

        /// How many took part; never who.
        async fn participation(&self) -> Result<Vec<Participation>, ApiError> {
            self.0.list(Column::Participation)
        }

        /// What it asked for in reviews.
        async fn asks(&self, context: &Context<'_>) -> Result<Vec<Ask>, ApiError> {
            ask::of_initiative(context, self.0.content.id).await
        }

        /// The indicators by which it is measured, as those of a plan of action, in the order in which it names them.
        async fn indicators(&self, context: &Context<'_>) -> Result<Vec<IndicatorTarget>, ApiError> {
            let level: InitiativeLevel = self.0.detail(Column::Level)?;
            let reach = match level {
                InitiativeLevel::National => Reach::Countries,
                _ => Reach::Elsewhere,
            };
            target::of_content(context, self.0.content.id, reach).await
        }

        /// The recommendations that reflect its asks or that it worked for, the latest published first.
        async fn recommendations(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Recommendation>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::LedTo, Direction::Forward, first, after).await
        }

        /// The events that were a part of it, the latest published first.
        async fn events(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Event>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::PartOf, Direction::Backward, first, after).await
        }

        /// What was changed from the original when it was adapted, and why.
        async fn adaptation(&self) -> Result<Option<Markdown>, ApiError> {
            let text: Option<String> = self.0.shown(Column::Adaptation)?;
            Ok(text.map(Markdown::trusted))
        }

        /// The initiatives that this one was adapted from.
        async fn adapted_from(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::AdaptedFrom, Direction::Forward, first, after).await
        }

        /// The initiatives that were adapted from this one.
        async fn adaptations(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::AdaptedFrom, Direction::Backward, first, after).await
        }

        /// The larger initiatives that this one belongs to.
        async fn part_of(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::PartOf, Direction::Forward, first, after).await
        }

        /// The initiatives that belong to this one.
        async fn parts(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::PartOf, Direction::Backward, first, after).await
        }

        /// The initiatives that came before this one and that it builds on.
        async fn follows(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Follows, Direction::Forward, first, after).await
        }

        /// The initiatives that build on this one.
        async fn followed_by(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Follows, Direction::Backward, first, after).await
        }

        /// The findings about it, the latest published first.
        async fn evidence(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "Which findings.")] filter: Option<EvidenceFilter>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Evidence>, ApiError> {
            related::connection(
                context, self.0.content.id, RelationKind::About, Direction::Backward, None, filter,
                PageArguments::forward(first, after),
            )
            .await
        }

        /// The lessons learned from it, the latest published first.
        async fn lessons(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "Which lessons.")] filter: Option<LessonFilter>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Lesson>, ApiError> {
            related::connection(
                context, self.0.content.id, RelationKind::LearnedFrom, Direction::Backward, None, filter,
                PageArguments::forward(first, after),
            )
            .await
        }
    }
}

fn partner_role(stored: Option<&str>) -> Result<PartnerRole, ApiError> {
    stored
        .and_then(|role| <PartnerRole as sea_orm::ActiveEnum>::try_from_value(&role.to_owned()).ok())
        .ok_or_else(|| ApiError::new(Code::Internal, "A partner's role can't be read from the database."))
}

/// The part that an organisation has in an initiative.
#[derive(SimpleObject)]
pub struct Partner {
    /// The organisation.
    pub organization: Organization,
    /// Its part.
    pub role: PartnerRole,
}

/// A practitioner who works or worked on an initiative.
#[derive(SimpleObject)]
pub struct InitiativePerson {
    /// The practitioner.
    pub practitioner: Practitioner,
    /// What they did, in free text.
    pub role: Option<String>,
}

/// How many took part; never who.
#[derive(SimpleObject, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Participation {
    /// Who was counted.
    pub group: ParticipantGroup,
    /// How many.
    pub count: i32,
    /// The youngest age, in years.
    pub age_from: Option<i32>,
    /// The oldest age, in years.
    pub age_to: Option<i32>,
    /// How many of them were girls or women, where it is reported.
    pub girls: Option<i32>,
    /// How many of them were boys or men, where it is reported.
    pub boys: Option<i32>,
    /// What they took part in.
    pub note: Option<String>,
}
