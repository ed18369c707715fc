//! Targets: the indicators by which plans and commitments are measured.

pub mod document;
pub mod filter;
mod loaded;

use std::sync::Arc;

use async_graphql::{Context, Object};
use futures::future::try_join_all;
use praxis_entities::indicator_target;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::loaded::of_content;
use super::cited::citation;
use super::indicator::{Indicator, Observation};
use super::observed;
use super::period::Period;
use super::reference::required;
use crate::content::fields::{self, Citation};
use crate::graphql::errors::ApiError;

/// What the values that are published of an indicator say of what is measured by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It is about whole countries, as published values are.
    Countries,
    /// It is about a part of a country or about several, of which published values say nothing.
    Elsewhere,
}

/// An indicator by which a plan or a commitment is measured: from where it sets out, where it is to come, and how far it has come.
#[derive(Clone)]
pub struct IndicatorTarget {
    row: Arc<indicator_target::Model>,
    reach: Reach,
}

/// An indicator by which a plan or a commitment is measured: from where it sets out, where it is to come, and how far it has come.
#[Object]
impl IndicatorTarget {
    /// The indicator.
    async fn indicator(&self, context: &Context<'_>) -> Result<Indicator, ApiError> {
        required(context, self.row.indicator_id).await
    }

    /// Of whom, in the codes of the indicator's source, e.g. `SEX=F`; empty for all people.
    async fn disaggregation(&self) -> &str {
        &self.row.disaggregation
    }

    /// The value from which it sets out.
    async fn baseline(&self) -> Option<f64> {
        self.row.baseline
    }

    /// The period of the baseline, e.g. `2015`.
    async fn baseline_period(&self) -> Option<&str> {
        self.row.baseline_period.as_deref()
    }

    /// The value that is to be reached.
    async fn target(&self) -> Option<f64> {
        self.row.target
    }

    /// The period by which it is to be reached, e.g. `2030`; null where no day is set.
    async fn target_period(&self) -> Option<&str> {
        self.row.target_period.as_deref()
    }

    /// What was reported of it, the earliest first, each with its source.
    async fn reported(&self) -> Result<Vec<ReportedValue>, ApiError> {
        crate::content::json(&self.row.reported)
    }

    /// The latest value that is published of the indicator for each country that the item is about, for the same people and of
    /// periods that have begun. These are values of whole countries: of a plan for a district they say little.
    async fn published(&self, context: &Context<'_>) -> Result<Vec<Observation>, ApiError> {
        let countries = fields::countries(context, self.row.content_id).await?;
        let latest = countries
            .iter()
            .map(|country| observed::latest_of(context, self.row.indicator_id, country.0.id, &self.row.disaggregation));
        Ok(try_join_all(latest).await?.into_iter().flatten().collect())
    }

    /// How far the value has come on the way from the baseline to the target: 0 at the baseline, 1 at the target, below 0 where it
    /// went the other way. By what was reported last, or else, where the item is about one whole country, by the latest value
    /// that is published of it. Null where baseline or target is missing, or where nothing is known of a time after the baseline.
    async fn progress(&self, context: &Context<'_>) -> Result<Option<f64>, ApiError> {
        let row = &self.row;
        let (Some(baseline), Some(target), Some(since)) = (row.baseline, row.target, &row.baseline_period) else {
            return Ok(None);
        };
        let reported: Vec<ReportedValue> = crate::content::json(&row.reported)?;
        if let Some(last) = reported.last() {
            return Ok(progress(baseline, target, last.value));
        }
        if self.reach == Reach::Elsewhere {
            return Ok(None);
        }
        let since = Period::parse(since).map_err(ApiError::internal)?.place();
        let countries = fields::countries(context, row.content_id).await?;
        let [country] = countries.as_slice() else {
            return Ok(None);
        };
        let latest = observed::latest_of(context, row.indicator_id, country.0.id, &row.disaggregation).await?;
        Ok(latest
            .filter(|latest| latest.place() > since)
            .and_then(|latest| progress(baseline, target, latest.number())))
    }

    /// Where this is taken from.
    async fn citation(&self, context: &Context<'_>) -> Result<Option<Citation>, ApiError> {
        let row = &self.row;
        citation(
            context,
            row.citation_resource_id,
            row.citation_locator.clone(),
            row.citation_note.clone(),
        )
        .await
    }
}

/// A value that was reported of a plan or a commitment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportedValue {
    /// The period.
    pub period: String,
    /// The value.
    pub value: f64,
    /// The resource that it is taken from.
    pub resource: Option<Uuid>,
    /// The place in it.
    pub locator: Option<String>,
    /// A note on it.
    pub note: Option<String>,
}

/// A value that was reported of a plan or a commitment.
#[Object]
impl ReportedValue {
    /// The period, e.g. `2016`.
    async fn period(&self) -> &str {
        &self.period
    }

    /// The value.
    async fn value(&self) -> f64 {
        self.value
    }

    /// Where this is taken from.
    async fn citation(&self, context: &Context<'_>) -> Result<Option<Citation>, ApiError> {
        citation(context, self.resource, self.locator.clone(), self.note.clone()).await
    }
}

/// Which share of the way from the baseline to the target has been gone. None where there is no way to go.
fn progress(baseline: f64, target: f64, value: f64) -> Option<f64> {
    let share = (value - baseline) / (target - baseline);
    share.is_finite().then_some(share)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::progress;

    proptest! {
        #[test]
        fn progress_is_none_at_the_baseline_all_at_the_target_and_grows_towards_it(
            baseline in -1e6_f64..1e6, way in prop_oneof![-1e6_f64..-1.0, 1.0_f64..1e6], share in -2.0_f64..3.0,
        ) {
            let target = baseline + way;
            prop_assert_eq!(progress(baseline, target, baseline), Some(0.0));
            prop_assert_eq!(progress(baseline, target, target), Some(1.0));
            let found: f64 = progress(baseline, target, baseline + share * way).unwrap();
            prop_assert!((found - share).abs() < 1e-6, "{} is not {}", found, share);
        }
    }

    #[test]
    fn a_target_that_is_the_baseline_has_no_progress() {
        assert_eq!(progress(5.0, 5.0, 5.0), None);
        assert_eq!(progress(5.0, 5.0, 6.0), None);
    }
}
