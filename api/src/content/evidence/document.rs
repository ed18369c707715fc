//! The document of a finding.

use async_graphql::InputObject;
use praxis_entities::vocabulary::{
    ContentKind, EvidenceDirection, OutcomeDomain, RelationKind, StudyDesign, UptakeFigure,
};
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::strength::Scores;
use crate::content::document::number::plain_if_any;
use crate::content::document::problem::{ProblemCode, Problems};
use crate::content::document::reference::{self, Slot};
use crate::content::document::validate::{LINE, Rules, TEXT};
use crate::content::document::{Common, Document, document};
use crate::graphql::scalars::{Date, Markdown, Moment};

document! {
    /// One finding. It needs at least one citation with a locator. Its strength is computed.
    EvidenceInput {
        /// Which way the finding points.
        direction: EvidenceDirection,
        /// What it is about.
        outcome_domain: OutcomeDomain,
        /// How it was arrived at.
        study_design: StudyDesign,
        /// What was measured.
        measurements: Option<Vec<MeasurementInput>>,
        /// What it does not show, CommonMark.
        limitations: Option<Markdown>,
        /// Appraisals by reviewers.
        appraisals: Option<Vec<AppraisalInput>>,
        /// Slugs or ids of the initiatives that it is about.
        initiatives: Option<Vec<String>>,
        /// Slugs or ids of the recommendations that it is about.
        recommendations: Option<Vec<String>>,
        /// Slugs or ids of the commitments that it is about.
        commitments: Option<Vec<String>>,
    }
}

/// What was measured.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeasurementInput {
    /// What the figures say.
    pub metric: String,
    /// The value before.
    #[serde(default, serialize_with = "plain_if_any")]
    pub baseline: Option<f64>,
    /// The value after, or the only value.
    #[serde(default, serialize_with = "plain_if_any")]
    pub endline: Option<f64>,
    /// The unit, e.g. `%`.
    pub unit: Option<String>,
    /// Of a share: the part.
    #[serde(default, serialize_with = "plain_if_any")]
    pub numerator: Option<f64>,
    /// Of a share: the whole.
    #[serde(default, serialize_with = "plain_if_any")]
    pub denominator: Option<f64>,
    /// How many were asked or observed.
    pub sample_size: Option<i32>,
    /// The first day that the figures speak of.
    pub from: Option<Date>,
    /// The last day that the figures speak of.
    pub to: Option<Date>,
    /// By what the figures are broken down.
    pub disaggregation: Option<String>,
    /// The figure of a review that this reports, to be shown beside the computed one.
    pub reports: Option<ReportsInput>,
}

/// Which figure of which review a measurement reports. Its share is `numerator` of `denominator`, else `endline` in `%`.
#[derive(Clone, Debug, PartialEq, Eq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportsInput {
    /// Slug of the review.
    pub review: String,
    /// The figure.
    pub figure: UptakeFigure,
}

impl MeasurementInput {
    /// The share that it reports, 0 to 1.
    pub fn share(&self) -> Option<f64> {
        match (self.numerator, self.denominator) {
            (Some(part), Some(whole)) if whole > 0.0 => Some(part / whole),
            _ if self.unit.as_deref() == Some("%") => self.endline.map(|percent| percent / 100.0),
            _ => None,
        }
    }
}

/// An appraisal by the five Bond evidence principles, each scored 1 to 4.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppraisalInput {
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

impl AppraisalInput {
    /// The five scores in the order of the rule.
    pub fn scores(&self) -> Scores {
        [
            self.voice_and_inclusion,
            self.appropriateness,
            self.triangulation,
            self.contribution,
            self.transparency,
        ]
    }
}

impl Document for EvidenceInput {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn check(&self, rules: &Rules<'_>, problems: &mut Problems) {
        let citations = self.citations.as_deref().unwrap_or_default();
        if !citations.iter().any(|citation| citation.locator.is_some()) {
            problems.add(
                ProblemCode::Required,
                "citations",
                "Evidence needs at least one citation with a locator: the page or paragraph that it is taken from.",
            );
        }
        rules.markdown(problems, "limitations", self.limitations.as_ref(), TEXT);
        let measurements = self.measurements.as_deref().unwrap_or_default();
        rules.list(problems, "measurements", measurements.len());
        for (index, measurement) in measurements.iter().enumerate() {
            check_measurement(rules, problems, index, measurement);
        }
        let appraisals = self.appraisals.as_deref().unwrap_or_default();
        rules.list(problems, "appraisals", appraisals.len());
        rules.distinct(
            problems,
            "appraisals",
            appraisals
                .iter()
                .map(|appraisal| (&appraisal.reviewer, appraisal.appraised_at)),
        );
        for (index, appraisal) in appraisals.iter().enumerate() {
            check_appraisal(rules, problems, index, appraisal);
        }
        for (path, list) in [
            ("initiatives", &self.initiatives),
            ("recommendations", &self.recommendations),
            ("commitments", &self.commitments),
        ] {
            rules.references(problems, path, list.as_deref());
        }
    }

    fn reviews(&self) -> Vec<(String, &str)> {
        let measurements = self.measurements.iter().flatten().enumerate();
        measurements
            .filter_map(|(index, measurement)| {
                let reports = measurement.reports.as_ref()?;
                Some((format!("measurements[{index}].reports.review"), reports.review.as_str()))
            })
            .collect()
    }

    fn references(&mut self, visit: &mut dyn FnMut(Slot<'_>)) {
        self.common_references(visit);
        for (name, list, target) in [
            ("initiatives", &mut self.initiatives, ContentKind::Initiative),
            (
                "recommendations",
                &mut self.recommendations,
                ContentKind::Recommendation,
            ),
            ("commitments", &mut self.commitments, ContentKind::Commitment),
        ] {
            reference::list(name, list, target, RelationKind::About, visit);
        }
    }

    fn body(&self) -> Vec<&str> {
        self.limitations
            .iter()
            .map(Markdown::as_str)
            .chain(
                self.measurements
                    .iter()
                    .flatten()
                    .map(|measurement| measurement.metric.as_str()),
            )
            .collect()
    }
}

fn check_measurement(rules: &Rules<'_>, problems: &mut Problems, index: usize, measurement: &MeasurementInput) {
    let path = |field: &str| format!("measurements[{index}].{field}");
    rules.line(problems, &path("metric"), &measurement.metric, LINE);
    rules.optional_line(problems, &path("unit"), measurement.unit.as_deref());
    rules.optional_line(problems, &path("disaggregation"), measurement.disaggregation.as_deref());
    rules.count(problems, &path("sampleSize"), measurement.sample_size);
    rules.in_order(problems, &path("to"), measurement.from, measurement.to);
    if measurement.reports.is_some() && measurement.share().is_none() {
        problems.add(
            ProblemCode::Required,
            path("reports"),
            "Give `numerator` and `denominator`, or `endline` with the unit `%`: the share that is reported.",
        );
    }
    match (measurement.numerator, measurement.denominator) {
        (Some(_), None) | (None, Some(_)) => problems.add(
            ProblemCode::Invalid,
            path("denominator"),
            "Give numerator and denominator together, or neither.",
        ),
        (Some(_), Some(whole)) if whole <= 0.0 => problems.add(
            ProblemCode::Invalid,
            path("denominator"),
            format!("{whole} can't be the whole of a share; write more than 0."),
        ),
        (Some(part), Some(whole)) if !(0.0..=whole).contains(&part) => problems.add(
            ProblemCode::Invalid,
            path("numerator"),
            format!(
                "{part} can't be a part of {whole}; write 0 to {whole}, or give figures that are no share as `baseline` \
                 and `endline`."
            ),
        ),
        _ => {}
    }
}

fn check_appraisal(rules: &Rules<'_>, problems: &mut Problems, index: usize, appraisal: &AppraisalInput) {
    let path = |field: &str| format!("appraisals[{index}].{field}");
    rules.optional_line(problems, &path("reviewer"), appraisal.reviewer.as_deref());
    rules.line(problems, &path("rationale"), &appraisal.rationale, 1_000);
    rules.past(
        problems,
        &path("appraisedAt"),
        Some(Date(appraisal.appraised_at.0.date_naive())),
    );
    for (field, score) in [
        "voiceAndInclusion",
        "appropriateness",
        "triangulation",
        "contribution",
        "transparency",
    ]
    .into_iter()
    .zip(appraisal.scores())
    {
        if !(1..=4).contains(&score) {
            problems.add(
                ProblemCode::Invalid,
                path(field),
                format!("{score} is no score; give 1, 2, 3 or 4."),
            );
        }
    }
}
