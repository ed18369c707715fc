//! Series of indicators as SDMX-CSV, the form in which UNICEF's data warehouse, the UN and others publish them.
//!
//! Source: SDMX-CSV 1.0 of the SDMX initiative. One observation a row; the header names the components by their ids
//! (`REF_AREA`), or by id and name where labels were asked for (`REF_AREA:Geographic area`, with values such as
//! `NPL: Nepal`). Both are read. `REF_AREA`, `INDICATOR`, `TIME_PERIOD` and `OBS_VALUE` must be there. What stands before
//! `TIME_PERIOD`, and `SEX` and `AGE` wherever they stand, is what the indicator is disaggregated by.

mod value;

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use serde::Serialize;

pub use self::value::{Bound, Value};
use super::table::{Encoding, Row, RowProblem, Table, clean};
use crate::accountability::period::Period;
use crate::accountability::register::facts::FORECAST;
use crate::content::document::problem::ProblemCode;
use crate::graphql::scalars::CountryCode;
use crate::vocabulary::country_names::CountryNames;

const AREA: &str = "REF_AREA";
const INDICATOR: &str = "INDICATOR";
const PERIOD: &str = "TIME_PERIOD";
const VALUE: &str = "OBS_VALUE";

/// Components that are never dimensions, although they stand before the period in some tables.
const NOT_DIMENSIONS: [&str; 4] = ["DATAFLOW", AREA, INDICATOR, PERIOD];

/// The code of a total: not broken down by the dimension.
pub const TOTAL: &str = "_T";

/// What UNICEF and the World Bank call Kosovo: the one territory they give a code like a country's that ISO 3166-1 has not.
const KOSOVO: &str = "XKX";

/// A code, with its label where the file has labels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Coded {
    /// The code.
    pub code: String,
    /// What it means, in the language of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// What an observation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Area {
    /// A country or territory.
    Country(CountryCode),
    /// A group of countries, or a territory without a code in ISO 3166-1.
    Other(Coded),
}

/// One observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The line where the row begins, from 1.
    pub line: usize,
    /// The dataflow, e.g. `UNICEF:CME(1.0)`.
    pub dataflow: Option<Coded>,
    /// What it is about.
    pub area: Area,
    /// The indicator.
    pub indicator: Coded,
    /// The other dimensions by id, e.g. `SEX`; totals too.
    pub disaggregation: BTreeMap<String, Coded>,
    /// When.
    pub period: Period,
    /// The value; none where the source says that it is missing.
    pub value: Option<Value>,
    /// The unit.
    pub unit: Option<Coded>,
    /// The power of ten that the value is to be multiplied by; 0 where the file does not say.
    pub multiplier: i8,
    /// The flag of the observation, e.g. `E` for estimated.
    pub status: Option<Coded>,
    /// The bounds of its uncertainty.
    pub lower: Option<f64>,
    /// The bounds of its uncertainty.
    pub upper: Option<f64>,
    /// Where the value comes from.
    pub source: Option<String>,
    /// The address of the source.
    pub source_link: Option<String>,
    /// What is to be known about it.
    pub footnote: Option<String>,
}

impl Observation {
    /// The agency that publishes it: `UNICEF` of the dataflow `UNICEF:CME(1.0)`; none where the file does not say.
    pub fn agency(&self) -> Option<&str> {
        let (agency, _) = self.dataflow.as_ref()?.code.split_once(':')?;
        (!agency.is_empty()).then_some(agency)
    }

    /// The value in its unit, its multiplier applied; none where it is missing.
    pub fn amount(&self) -> Option<f64> {
        Some(self.value?.number * 10f64.powi(i32::from(self.multiplier)))
    }

    /// Whether the file says that the value is none that was measured, but one that is expected: by its status, or by the
    /// name of its dataflow or indicator.
    pub fn is_projection(&self) -> bool {
        let says = |coded: &Coded| {
            [Some(&coded.code), coded.label.as_ref()]
                .into_iter()
                .flatten()
                .map(|text| text.to_lowercase())
                .any(|text| {
                    ["projection", "projected", "forecast"]
                        .iter()
                        .any(|word| text.contains(word))
                })
        };
        let status = self.status.as_ref();
        status.is_some_and(|status| status.code == FORECAST)
            || status.is_some_and(says)
            || self.dataflow.as_ref().is_some_and(says)
            || says(&self.indicator)
    }

    /// The key of the series that the observation belongs to: dataflow without its version, indicator, area and
    /// dimensions. With the period it is the key of the observation.
    pub fn series_key(&self) -> String {
        let dataflow = self.dataflow.as_ref().map_or("", |dataflow| dataflow.code.as_str());
        let unversioned = dataflow.split('(').next().unwrap_or(dataflow);
        let area = match &self.area {
            Area::Country(code) => code.as_str(),
            Area::Other(coded) => coded.code.as_str(),
        };
        let mut key = format!("{unversioned}/{}/{area}", self.indicator.code);
        for (dimension, coded) in &self.disaggregation {
            key.push_str(&format!("/{dimension}={}", coded.code));
        }
        key
    }
}

/// Reads observations one by one, with flat memory.
pub fn read<S: Read + Seek>(source: S, encoding: Option<Encoding>) -> Observations<S> {
    let columns = [AREA, INDICATOR, PERIOD, VALUE];
    let (table, failed) = match Table::open(source, encoding, &columns, component) {
        Ok(table) => (Some(table), None),
        Err(problem) => (None, Some(problem)),
    };
    let dimensions = table.as_ref().map(dimensions).unwrap_or_default();
    Observations {
        table,
        failed,
        dimensions,
        names: CountryNames::committed(),
    }
}

/// The rows of a file, each an observation or what is wrong with it.
pub struct Observations<S> {
    table: Option<Table<S>>,
    failed: Option<RowProblem>,
    dimensions: Vec<String>,
    names: &'static CountryNames,
}

impl<S: Read + Seek> Iterator for Observations<S> {
    type Item = Result<Observation, RowProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(problem) = self.failed.take() {
            return Some(Err(problem));
        }
        let row = self.table.as_mut()?.next_row()?;
        let (names, dimensions) = (self.names, &self.dimensions);
        Some(row.and_then(|row| parse(&row, names, dimensions)))
    }
}

/// The id of a component, without the name that may follow it.
fn component(name: &str) -> String {
    name.split(':').next().unwrap_or(name).trim().to_owned()
}

fn dimensions<S: Read + Seek>(table: &Table<S>) -> Vec<String> {
    let before = table
        .columns()
        .iter()
        .take_while(|name| !name.eq_ignore_ascii_case(PERIOD));
    let known = table
        .columns()
        .iter()
        .filter(|name| matches!(name.as_str(), "SEX" | "AGE"));
    let mut dimensions: Vec<String> = before
        .chain(known)
        .filter(|name| !name.is_empty() && !NOT_DIMENSIONS.contains(&name.as_str()))
        .cloned()
        .collect();
    dimensions.sort();
    dimensions.dedup();
    dimensions
}

fn coded(text: &str) -> Option<Coded> {
    let (code, label) = match text.split_once(": ") {
        Some((code, label)) => (code.trim(), Some(label.trim())),
        None => (text.trim(), None),
    };
    (!code.is_empty()).then(|| Coded {
        code: code.to_owned(),
        label: label.filter(|label| !label.is_empty()).map(str::to_owned),
    })
}

fn parse(row: &Row<'_>, names: &CountryNames, dimensions: &[String]) -> Result<Observation, RowProblem> {
    let required = |column: &'static str| {
        coded(row.required(column)?)
            .ok_or_else(|| row.problem(ProblemCode::Required, column, "The code is missing; fill it in."))
    };
    let invalid = |column: &'static str| move |message: String| row.problem(ProblemCode::Invalid, column, message);
    let plain = |column: &str| Some(clean(row.text(column))).filter(|text| !text.is_empty());
    let number = |column: &'static str| match row.text(column) {
        "" => Ok(None),
        text => value::finite(text).map(Some).map_err(invalid(column)),
    };
    let area = required(AREA)?;
    let period = required(PERIOD)?;
    let written = row.text(VALUE);
    let multiplier = multiplier(row)?;
    let (lower, upper) = (number("LOWER_BOUND")?, number("UPPER_BOUND")?);
    if let (Some(lower), Some(upper)) = (lower, upper)
        && lower > upper
    {
        return Err(row.problem(
            ProblemCode::Invalid,
            "LOWER_BOUND",
            "The lower bound is above the upper bound. Correct the one that is wrong.",
        ));
    }
    let area = area_of(row, names, area)?;
    let observation = Observation {
        line: row.line,
        dataflow: coded(row.text("DATAFLOW")),
        area,
        indicator: required(INDICATOR)?,
        disaggregation: dimensions
            .iter()
            .filter_map(|dimension| Some((dimension.clone(), coded(row.text(dimension))?)))
            .collect(),
        period: Period::parse(&period.code).map_err(invalid(PERIOD))?,
        value: Value::parse(written).map_err(invalid(VALUE))?,
        unit: coded(row.text("UNIT_MEASURE")),
        multiplier,
        status: coded(row.text("OBS_STATUS")),
        lower,
        upper,
        source: plain("DATA_SOURCE"),
        source_link: plain("SOURCE_LINK"),
        footnote: plain("OBS_FOOTNOTE"),
    };
    match observation.amount() {
        Some(amount) if !amount.is_finite() => Err(row.problem(
            ProblemCode::Invalid,
            VALUE,
            "With its multiplier the value is larger than any number that can be kept. Correct the one that is wrong.",
        )),
        _ => Ok(observation),
    }
}

/// The power of ten that a value is multiplied by.
fn multiplier(row: &Row<'_>) -> Result<i8, RowProblem> {
    let Some(power) = coded(row.text("UNIT_MULTIPLIER")).or_else(|| coded(row.text("UNIT_MULT"))) else {
        return Ok(0);
    };
    power
        .code
        .parse()
        .ok()
        .filter(|power| (-15..=15).contains(power))
        .ok_or_else(|| {
            row.problem(
                ProblemCode::Invalid,
                "UNIT_MULTIPLIER",
                "The multiplier is a power of ten; write a whole number, 0 for units.",
            )
        })
}

/// What a code of an area stands for.
fn area_of(row: &Row<'_>, names: &CountryNames, area: Coded) -> Result<Area, RowProblem> {
    match names.code(&area.code) {
        Some(code) => Ok(Area::Country(code)),
        // Groups of countries have other codes: `UNICEF_ESA`, `WORLD`, numbers.
        None if is_like_country(&area.code) => Err(row.problem(
            ProblemCode::UnknownCountry,
            AREA,
            format!(
                "`{}` looks like a country's code and is none of ISO 3166-1. Correct it.",
                area.code
            ),
        )),
        None => Ok(Area::Other(area)),
    }
}

/// Whether a code has the form of an ISO 3166-1 alpha-3 code.
fn is_like_country(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) && code != KOSOVO
}

#[cfg(test)]
mod tests;
