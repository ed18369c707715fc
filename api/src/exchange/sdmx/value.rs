//! Values of observations.

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
