//! How documents write numbers.

use serde::{Serialize, Serializer};

/// Up to here every whole number has a float of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes a whole number without a decimal point, as people do, so that the canonical form is the natural one.
///
/// # Errors
/// As the serializer's.
pub fn plain<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 && value.abs() < EXACT {
        serializer.serialize_i64(*value as i64)
    } else {
        value.serialize(serializer)
    }
}

/// The same of a number that may be missing.
///
/// # Errors
/// As the serializer's.
pub fn plain_if_any<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => plain(value, serializer),
        None => serializer.serialize_none(),
    }
}
