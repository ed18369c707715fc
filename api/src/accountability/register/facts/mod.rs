//! Facts about states: where they stand towards treaties, and the values of indicators, as they come in and go out.
//!
//! In bundles each is a line, `{"fact": {"ratification": {…}}}`. A fact has no slug: what it is of names it. It is no content,
//! so it has no revisions; the audit log says how many changed, and of what.

mod check;
mod export;
mod rows;

use praxis_entities::vocabulary::TreatyStatus;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

pub use self::check::{EARLIEST, FORECAST, Lookup, check_disaggregation};
pub use self::export::export;
pub use self::rows::{Fact, ObservationKey, RatificationKey, write};
use crate::accountability::period::Period;
use crate::graphql::scalars::{CountryCode, Date};

/// How many facts are read and written together.
pub const BATCH: usize = 200;

/// A fact of one sort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FactInput {
    /// Where a state stands towards a treaty.
    Ratification(RatificationInput),
    /// The value of an indicator in a country.
    Observation(ObservationInput),
}

/// Where a state stands towards a treaty. There is one of each treaty and state.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RatificationInput {
    /// Slug of the treaty.
    pub treaty: String,
    /// The state.
    pub country: CountryCode,
    /// Where it stands.
    pub status: TreatyStatus,
    /// The day since which it is bound.
    pub date: Option<Date>,
    /// The year since which it is bound; that of the day where both are given.
    pub year: Option<i32>,
    /// What the source notes.
    pub note: Option<String>,
    /// Where this is taken from.
    pub source: String,
}

/// One value of an indicator. There is one of each indicator, country, period and group of people.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObservationInput {
    /// Slug of the indicator.
    pub indicator: String,
    /// The country.
    pub country: CountryCode,
    /// The period, e.g. `2012` or `2012-Q1`.
    pub period: Period,
    /// Of whom, e.g. `AGE=Y0T4;SEX=F`; of all where it is missing.
    pub disaggregation: Option<String>,
    /// The value.
    pub value: f64,
    /// The unit.
    pub unit: Option<String>,
    /// What the source says of its quality, in the codes of SDMX; `F` is a forecast.
    pub flag: Option<String>,
    /// Where it is taken from.
    pub source: String,
}
