//! Evidence: one finding with its standing.

pub mod document;
pub mod filter;
pub mod map;
pub mod strength;

use async_graphql::{Context, Object, SimpleObject};
use praxis_entities::evidence::Column;
use praxis_entities::vocabulary::{EvidenceDirection, OutcomeDomain, RelationKind, StrengthLevel, StudyDesign};
use sea_orm::Iterable;

use self::document::{AppraisalInput, MeasurementInput};
use self::filter::EvidenceFilter;
use super::fields::content_object;
use super::initiative::Initiative;
use super::lesson::Lesson;
use super::related::{self, Direction};
use crate::accountability::commitment::Commitment;
use crate::accountability::recommendation::Recommendation;
use crate::graphql::connection::Connection;
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::scalars::{Date, Markdown, Moment};

content_object! {
    /// One finding: what was found, which way it points, how it was arrived at, what was measured, what it does not show,
    /// and how strong it is. Every finding has a citation.
    Evidence, evidence, EvidenceFilter,
    withheld: [Measurements, Limitations, Appraisals], reads: [], {
        /// Which way the finding points.
        async fn direction(&self) -> Result<EvidenceDirection, ApiError> {
            self.0.detail(Column::Direction)
        }

        /// What it is about.
        async fn outcome_domain(&self) -> Result<OutcomeDomain, ApiError> {
            self.0.detail(Column::OutcomeDomain)
        }

        /// How it was arrived at.
        async fn study_design(&self) -> Result<StudyDesign, ApiError> {
            self.0.detail(Column::StudyDesign)
        }

        /// What was measured.
        async fn measurements(&self) -> Result<Vec<Measurement>, ApiError> {
            let stored: Vec<MeasurementInput> = self.0.list(Column::Measurements)?;
            Ok(stored.into_iter().map(Into::into).collect())
        }

        /// What it does not show.
        async fn limitations(&self) -> Result<Option<Markdown>, ApiError> {
            let text: Option<String> = self.0.shown(Column::Limitations)?;
            Ok(text.map(Markdown::trusted))
        }

        /// Derived from the study design and the appraisals by a documented rule; never entered by hand.
        async fn strength(&self) -> Strength {
            Strength(self.clone())
        }

        /// Appraisals by reviewers, by the five Bond evidence principles. The median counts.
        async fn appraisals(&self) -> Result<Vec<Appraisal>, ApiError> {
            let stored: Vec<AppraisalInput> = self.0.list(Column::Appraisals)?;
            Ok(stored.into_iter().map(Into::into).collect())
        }

        /// The recommendations that it is about.
        async fn recommendations(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Recommendation>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::About, Direction::Forward, first, after).await
        }

        /// The commitments that it is about.
        async fn commitments(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Commitment>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::About, Direction::Forward, first, after).await
        }

        /// The initiatives that it is about.
        async fn initiatives(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::About, Direction::Forward, first, after).await
        }

        /// The lessons that it supports.
        async fn lessons(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Lesson>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::SupportedBy, Direction::Backward, first, after).await
        }

        /// The lessons that it speaks against.
        async fn challenged_lessons(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Lesson>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::ChallengedBy, Direction::Backward, first, after).await
        }
    }
}

/// The level that a stored number stands for.
///
/// # Errors
/// Where the database holds another number.
pub fn strength_level(stored: i16) -> Result<StrengthLevel, ApiError> {
    usize::try_from(stored)
        .ok()
        .and_then(|index| StrengthLevel::iter().nth(index))
        .ok_or_else(|| ApiError::new(Code::Internal, "A finding's strength can't be read from the database."))
}

/// How strong a finding is, and why.
pub struct Strength(Evidence);

/// How strong a finding is, and why.
#[Object]
impl Strength {
    /// The level: under 25 points anecdotal, from 25 emerging, from 50 moderate, from 75 strong.
    async fn level(&self) -> Result<StrengthLevel, ApiError> {
        strength_level(self.0.0.detail(Column::StrengthLevel)?)
    }

    /// 0 to 100: up to 40 for the study design and up to 60 for the appraisal.
    async fn score(&self) -> Result<i16, ApiError> {
        self.0.0.detail(Column::StrengthScore)
    }

    /// How the score came about.
    async fn reasons(&self) -> Result<Vec<String>, ApiError> {
        self.0.0.list(Column::StrengthReasons)
    }
}

/// What was measured.
#[derive(SimpleObject)]
pub struct Measurement {
    /// What the figures say.
    pub metric: String,
    /// The value before.
    pub baseline: Option<f64>,
    /// The value after, or the only value.
    pub endline: Option<f64>,
    /// The unit, e.g. `%`.
    pub unit: Option<String>,
    /// Of a share: the part.
    pub numerator: Option<f64>,
    /// Of a share: the whole.
    pub denominator: Option<f64>,
    /// How many were asked or observed.
    pub sample_size: Option<i32>,
    /// The first day that the figures speak of.
    pub from: Option<Date>,
    /// The last day that the figures speak of.
    pub to: Option<Date>,
    /// By what the figures are broken down.
    pub disaggregation: Option<String>,
}

impl From<MeasurementInput> for Measurement {
    fn from(stored: MeasurementInput) -> Self {
        Self {
            metric: stored.metric,
            baseline: stored.baseline,
            endline: stored.endline,
            unit: stored.unit,
            numerator: stored.numerator,
            denominator: stored.denominator,
            sample_size: stored.sample_size,
            from: stored.from,
            to: stored.to,
            disaggregation: stored.disaggregation,
        }
    }
}

/// An appraisal of a finding by the five Bond evidence principles, each scored 1 to 4.
#[derive(SimpleObject)]
pub struct Appraisal {
    /// Who appraised, in a public role.
    pub reviewer: Option<String>,
    /// Are the views of those concerned included, and whose are missing?
    pub voice_and_inclusion: i32,
    /// Do the methods fit the question?
    pub appropriateness: i32,
    /// Do different sources and methods agree?
    pub triangulation: i32,
    /// How well is it shown that the initiative contributed to the change?
    pub contribution: i32,
    /// Are sources, methods and limits open to view?
    pub transparency: i32,
    /// Why, in a sentence.
    pub rationale: String,
    /// When.
    pub appraised_at: Moment,
}

impl From<AppraisalInput> for Appraisal {
    fn from(stored: AppraisalInput) -> Self {
        Self {
            reviewer: stored.reviewer,
            voice_and_inclusion: stored.voice_and_inclusion,
            appropriateness: stored.appropriateness,
            triangulation: stored.triangulation,
            contribution: stored.contribution,
            transparency: stored.transparency,
            rationale: stored.rationale,
            appraised_at: stored.appraised_at,
        }
    }
}
