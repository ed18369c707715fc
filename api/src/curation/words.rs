//! The words with which people explain what they do: notes, reasons, comments.

use crate::content::document::problem::ProblemCode;
use crate::content::document::validate::LINE;
use crate::curation::error::CurationError;
use crate::curation::safeguarding;

/// Longest note or reason, in characters.
pub const WORDS: usize = 4 * LINE;

/// A text that may be missing, trimmed; an empty one is none.
///
/// # Errors
/// `TOO_LONG`, `INVALID` where it has control characters.
pub fn words(text: Option<String>, path: &str) -> Result<Option<String>, CurationError> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > WORDS {
        return Err(CurationError::problem(
            ProblemCode::TooLong,
            path,
            format!("Shorten this to {WORDS} characters."),
        ));
    }
    if text
        .chars()
        .any(|character| character.is_control() && !matches!(character, '\n' | '\t' | '\r'))
    {
        return Err(CurationError::problem(
            ProblemCode::Invalid,
            path,
            "Take out the control characters.",
        ));
    }
    Ok(Some(text))
}

/// A text that must be there.
///
/// # Errors
/// `REQUIRED` with this hint; as [`words`].
pub fn required(text: Option<String>, path: &str, hint: &str) -> Result<String, CurationError> {
    words(text, path)?.ok_or_else(|| CurationError::problem(ProblemCode::Required, path, hint))
}

/// A text that must be there and that everybody can read at once, so that nobody could settle what the safeguarding checks find
/// in it.
///
/// # Errors
/// `OPEN_FINDINGS` where it may show who somebody is; as [`required`].
pub fn public(text: Option<String>, path: &str, hint: &str) -> Result<String, CurationError> {
    let text = required(text, path, hint)?;
    if safeguarding::check_text(&text).is_empty() {
        return Ok(text);
    }
    Err(CurationError::problem(
        ProblemCode::OpenFindings,
        path,
        format!(
            "Everybody can read the {path}, and it may show who or where somebody is. Say it without names, numbers and addresses."
        ),
    ))
}
