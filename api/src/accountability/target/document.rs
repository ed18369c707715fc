//! Targets in documents: by which indicators a plan or a commitment is measured, from where to where, and what was reported.

use async_graphql::InputObject;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::ReportedValue;
use crate::accountability::period::Period;
use crate::accountability::reference::place_of;
use crate::accountability::register::Sort;
use crate::accountability::register::facts::check_disaggregation;
use crate::content::document::number::{plain, plain_if_any};
use crate::content::document::problem::{ProblemCode, Problems};
use crate::content::document::reference::{Slot, source};
use crate::content::document::validate::Rules;
use crate::content::document::{CitationInput, Named};
use crate::curation::prepare::Prepared;

/// The largest value that anything can have.
const LARGEST: f64 = 1e15;

/// An indicator by which a plan or a commitment is measured.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IndicatorTargetInput {
    /// Slug of the indicator; those of all are in the query `indicators`.
    pub indicator: String,
    /// Of whom, in the codes of the indicator's source, e.g. `SEX=F`; of all people where it is missing.
    pub disaggregation: Option<String>,
    /// The value from which it sets out.
    #[serde(default, serialize_with = "plain_if_any")]
    pub baseline: Option<f64>,
    /// The period of the baseline, which it needs, not in the future: `2015`, `2015-06`, `2015-Q2`, `2015-S1` or `2015-06-30`.
    pub baseline_period: Option<String>,
    /// The value that is to be reached.
    #[serde(default, serialize_with = "plain_if_any")]
    pub target: Option<f64>,
    /// The period by which it is to be reached, after that of the baseline; missing where no day is set.
    pub target_period: Option<String>,
    /// What was reported of it since, the earliest first. Values of whole countries that statistical offices publish are
    /// observations of the indicator and need not be written here.
    pub reported: Option<Vec<ReportedValueInput>>,
    /// Where this is taken from.
    pub citation: Option<CitationInput>,
}

/// A value that was reported of a plan or a commitment.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportedValueInput {
    /// The period, not in the future, in the same forms.
    pub period: String,
    /// The value.
    #[serde(serialize_with = "plain")]
    pub value: f64,
    /// Where this is taken from.
    pub citation: Option<CitationInput>,
}

/// Checks the targets of a document.
pub fn check(rules: &Rules<'_>, problems: &mut Problems, targets: Option<&[IndicatorTargetInput]>) {
    let targets = targets.unwrap_or_default();
    rules.list(problems, "indicators", targets.len());
    rules.distinct(
        problems,
        "indicators",
        targets.iter().map(|target| (&target.indicator, &target.disaggregation)),
    );
    for (index, target) in targets.iter().enumerate() {
        let path = |field: &str| format!("indicators[{index}].{field}");
        check_disaggregation(
            rules,
            problems,
            &path("disaggregation"),
            target.disaggregation.as_deref(),
        );
        if target.baseline.is_some() && target.baseline_period.is_none() {
            problems.add(
                ProblemCode::Required,
                path("baselinePeriod"),
                "Say of which period the baseline is, e.g. `2015`.",
            );
        }
        let baseline = period_of(
            problems,
            (&path("baseline"), target.baseline),
            (&path("baselinePeriod"), target.baseline_period.as_deref()),
        );
        // Plans often set no day.
        let by = period_of(
            problems,
            (&path("target"), target.target),
            (&path("targetPeriod"), target.target_period.as_deref()),
        );
        if let Some(period) = &baseline {
            begun(rules, problems, path("baselinePeriod"), period);
        }
        after(problems, path("targetPeriod"), baseline.as_ref(), by.as_ref());
        check_reported(rules, problems, index, target, baseline);
        rules.citation(problems, &path("citation"), target.citation.as_ref());
    }
}

fn check_reported(
    rules: &Rules<'_>,
    problems: &mut Problems,
    index: usize,
    target: &IndicatorTargetInput,
    mut before: Option<Period>,
) {
    let reported = target.reported.as_deref().unwrap_or_default();
    rules.list(problems, &format!("indicators[{index}].reported"), reported.len());
    for (place, value) in reported.iter().enumerate() {
        let path = |field: &str| format!("indicators[{index}].reported[{place}].{field}");
        bounded(problems, &path("value"), value.value);
        if let Some(period) = read(problems, &path("period"), &value.period) {
            begun(rules, problems, path("period"), &period);
            after(problems, path("period"), before.as_ref(), Some(&period));
            before = Some(period);
        }
        rules.citation(problems, &path("citation"), value.citation.as_ref());
    }
}

/// The period of a value, which says nothing without the value.
fn period_of(problems: &mut Problems, value: (&str, Option<f64>), period: (&str, Option<&str>)) -> Option<Period> {
    match value.1 {
        Some(number) => bounded(problems, value.0, number),
        None if period.1.is_some() => problems.add(
            ProblemCode::Required,
            value.0,
            "A period says nothing without its value: give the value, or leave the period out.",
        ),
        None => {}
    }
    read(problems, period.0, period.1?)
}

fn bounded(problems: &mut Problems, path: &str, value: f64) {
    if value.is_nan() || value.abs() > LARGEST {
        problems.add(
            ProblemCode::Invalid,
            path,
            format!("Write a number from {:e} to {LARGEST:e}.", -LARGEST),
        );
    }
}

fn read(problems: &mut Problems, path: &str, text: &str) -> Option<Period> {
    Period::parse(text)
        .map_err(|message| problems.add(ProblemCode::Invalid, path, message))
        .ok()
}

/// Refuses a period that has not begun.
fn begun(rules: &Rules<'_>, problems: &mut Problems, path: String, period: &Period) {
    if period.place() > place_of(Some(rules.today), None) {
        problems.add(
            ProblemCode::FutureDate,
            path,
            format!(
                "{} lies in the future; nothing can have been measured then.",
                period.as_str()
            ),
        );
    }
}

/// Refuses a period that does not come after another.
fn after(problems: &mut Problems, path: String, earlier: Option<&Period>, later: Option<&Period>) {
    if let (Some(earlier), Some(later)) = (earlier, later)
        && later.place() <= earlier.place()
    {
        problems.add(
            ProblemCode::Invalid,
            path,
            format!(
                "{} does not come after {}; write periods in their order, and of the same length.",
                later.as_str(),
                earlier.as_str()
            ),
        );
    }
}

/// The indicators that targets name.
pub fn named(targets: Option<&[IndicatorTargetInput]>) -> Vec<Named<'_>> {
    let targets = targets.unwrap_or_default().iter().enumerate();
    targets
        .map(|(index, target)| Named {
            sort: Sort::Indicator,
            path: format!("indicators[{index}].indicator"),
            slug: &target.indicator,
        })
        .collect()
}

/// Shows the resources that targets and what was reported of them are taken from.
pub fn references(targets: &mut Option<Vec<IndicatorTargetInput>>, visit: &mut dyn FnMut(Slot<'_>)) {
    for (index, target) in targets.iter_mut().flatten().enumerate() {
        source(
            &format!("indicators[{index}].citation"),
            target.citation.as_mut(),
            visit,
        );
        for (place, value) in target.reported.iter_mut().flatten().enumerate() {
            let path = format!("indicators[{index}].reported[{place}].citation");
            source(&path, value.citation.as_mut(), visit);
        }
    }
}

/// What was reported as a JSON column, with the keys of the resources that it is taken from.
pub fn column(target: &IndicatorTargetInput, prepared: &Prepared) -> serde_json::Value {
    let reported = target.reported.iter().flatten();
    let stored: Vec<ReportedValue> = reported
        .map(|value| {
            let cited = prepared.cited(value.citation.as_ref());
            ReportedValue {
                period: value.period.clone(),
                value: value.value,
                resource: cited.as_ref().map(|cited| cited.resource),
                locator: cited.as_ref().and_then(|cited| cited.locator.clone()),
                note: cited.and_then(|cited| cited.note),
            }
        })
        .collect();
    serde_json::to_value(stored).unwrap_or_else(|_| crate::content::no_list())
}
