//! Values and periods of observations.

use serde::Serialize;

/// How a value is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Bound {
    /// As it stands.
    Exact,
    /// The true value is below (`<1`).
    Below,
    /// The true value is above (`>95`).
    Above,
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Value {
    /// The number.
    pub number: f64,
    /// How it is meant.
    pub bound: Bound,
}

impl Value {
    /// Reads a value; none where it is missing (empty or `NaN`, as SDMX writes it).
    ///
    /// # Errors
    /// Where the text is no number.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, String> {
        if text.is_empty() || text.eq_ignore_ascii_case("nan") {
            return Ok(None);
        }
        let (bound, digits) = match (text.strip_prefix('<'), text.strip_prefix('>')) {
            (Some(rest), _) => (Bound::Below, rest.trim_start()),
            (_, Some(rest)) => (Bound::Above, rest.trim_start()),
            (None, None) => (Bound::Exact, text),
        };
        Ok(Some(Self {
            number: finite(digits)?,
            bound,
        }))
    }
}

/// Reads a number with a decimal point.
pub(super) fn finite(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| {
            format!(
                "`{}` is not a number; write digits with a decimal point and without separators, e.g. `1234.5`.",
                text.chars().take(30).collect::<String>()
            )
        })
}

/// A year, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Period {
    /// The year.
    pub year: i32,
    /// The period as SDMX writes it: `2015`, `2015-06`, `2015-Q2`, `2015-S1` or `2015-06-30`.
    pub text: String,
}

impl Period {
    /// Reads a period.
    ///
    /// # Errors
    /// Where the text is none, or its year is not from 1900 to 2100.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let known = text.get(..4).and_then(|year| {
            let all_digits = year.bytes().all(|byte| byte.is_ascii_digit());
            let year: i32 = year
                .parse()
                .ok()
                .filter(|year| all_digits && (1900..=2100).contains(year))?;
            is_part_of_year(text.get(4..)?, year).then_some(year)
        });
        match known {
            Some(year) => Ok(Self {
                year,
                text: text.to_owned(),
            }),
            None => Err(format!(
                "`{}` is not a period; write a year, e.g. `2015`, or a part of one: `2015-06`, `2015-Q2`, `2015-06-30`.",
                text.chars().take(30).collect::<String>()
            )),
        }
    }
}

fn is_part_of_year(rest: &str, year: i32) -> bool {
    let number = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.parse::<u32>().ok())
            .flatten()
    };
    let Some(part) = rest.strip_prefix('-') else {
        return rest.is_empty();
    };
    match part.split_once('-') {
        Some((month, day)) => match (number(month), number(day)) {
            (Some(month), Some(day)) => chrono::NaiveDate::from_ymd_opt(year, month, day).is_some(),
            _ => false,
        },
        None => {
            matches!(part, "Q1" | "Q2" | "Q3" | "Q4" | "S1" | "S2")
                || number(part).is_some_and(|month| (1..=12).contains(&month))
        }
    }
}
