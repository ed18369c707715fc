//! Bundles: JSON Lines, one item of content a line, `{"slug": "…", "content": {"resource": {…}}}`, or one reference node or
//! fact.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::accountability::register::ReferenceInput;
use crate::accountability::register::facts::FactInput;
use crate::content::document::ContentInput;
use crate::content::document::problem::{Problem, ProblemCode};

/// Longest line, in bytes. A document within its bounds is always shorter.
pub const LINE: usize = 1024 * 1024;

/// One line of a bundle.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The item's slug.
    pub slug: String,
    /// The item's document.
    pub content: ContentInput,
}

/// One line of a bundle that holds a reference node.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceItem {
    /// The node's slug.
    pub slug: String,
    /// What it says.
    pub reference: ReferenceInput,
}

/// One line of a bundle that holds a fact.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactItem {
    /// What it says.
    pub fact: FactInput,
}

/// One line of a bundle, as it is written from the stored document.
#[derive(Serialize)]
pub struct StoredItem<'a> {
    /// The item's slug.
    pub slug: &'a str,
    /// The item's document, canonical JSON.
    pub content: &'a serde_json::value::RawValue,
}

/// What sort of line it is, its slug and its kind, read without looking at the document.
#[derive(Deserialize)]
pub struct Heading {
    /// The item's slug; facts have none.
    pub slug: Option<String>,
    /// The document, unread, under the name of its kind.
    pub content: Option<std::collections::HashMap<String, serde::de::IgnoredAny>>,
    /// The reference node, unread, where the line holds one.
    pub reference: Option<serde::de::IgnoredAny>,
    /// The fact, unread, where the line holds one.
    pub fact: Option<serde::de::IgnoredAny>,
}

/// Reads a line with content.
///
/// # Errors
/// The field and what is wrong with it.
pub fn read(line: &str) -> Result<Item, Problem> {
    parse(line)
}

/// Reads a line with a reference node.
///
/// # Errors
/// The field and what is wrong with it.
pub fn read_reference(line: &str) -> Result<ReferenceItem, Problem> {
    parse(line)
}

/// Reads a line with a fact.
///
/// # Errors
/// The field and what is wrong with it.
pub fn read_fact(line: &str) -> Result<FactItem, Problem> {
    parse(line)
}

fn parse<T: DeserializeOwned>(line: &str) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_str(line);
    let item: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let said = format!("{} (column {})", reason(&inner), inner.column());
        if is_cut_off(line) {
            return Problem {
                code: ProblemCode::Malformed,
                path: String::new(),
                message: format!("{said}: the line is cut off; write each item in full on one line."),
            };
        }
        one_kind(line).unwrap_or_else(|| Problem {
            code: code_of(&inner.to_string()),
            path: if path == "." { String::new() } else { shorten(&path) },
            message: said,
        })
    })?;
    deserializer.end().map_err(|error| Problem {
        code: ProblemCode::Malformed,
        path: String::new(),
        message: format!(
            "There is more on the line after the item (column {}); write one item a line.",
            error.column()
        ),
    })?;
    Ok(item)
}

/// Whether the line ends before its JSON does. What is wrong with its beginning may only be that its end is missing.
fn is_cut_off(line: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(line).is_err_and(|error| error.is_eof())
}

/// What to say where a line has content of no kind or of several, for which the parser has no words.
fn one_kind(line: &str) -> Option<Problem> {
    let heading: Heading = serde_json::from_str(line).ok()?;
    if heading.reference.is_some() || heading.fact.is_some() {
        return None;
    }
    let found = match heading.content.as_ref()?.len() {
        0 => "none".to_owned(),
        1 => return None,
        more => more.to_string(),
    };
    Some(Problem {
        code: ProblemCode::Malformed,
        path: "content".to_owned(),
        message: format!("Write exactly one kind of content, e.g. `{{\"lesson\": {{…}}}}`; here is {found}."),
    })
}

/// `content.evidence.citations[0].resource` is `citations[0].resource` to an author.
fn shorten(path: &str) -> String {
    path.strip_prefix("content.")
        .or_else(|| path.strip_prefix("reference."))
        .or_else(|| path.strip_prefix("fact."))
        .and_then(|rest| rest.split_once('.'))
        .map_or_else(|| path.to_owned(), |(_, field)| field.to_owned())
}

/// The parser's words without its own line and column, which would be those within the line.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.clone(), |(reason, _)| reason.to_owned())
}

fn code_of(message: &str) -> ProblemCode {
    if message.starts_with("missing field") {
        ProblemCode::Required
    } else if message.contains("BCP 47") {
        ProblemCode::UnknownLanguage
    } else if message.contains("ISO 3166-1") {
        ProblemCode::UnknownCountry
    } else {
        ProblemCode::Malformed
    }
}
