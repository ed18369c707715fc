//! What the index answers.

use std::collections::HashMap;

use uuid::Uuid;

use crate::query::Field;
use crate::text::reading::Quality;

/// The most values of one facet in an answer: more than there are countries.
pub const MOST_FACET_VALUES: usize = 300;

/// The answer to one search.
#[derive(Clone, Debug, Default)]
pub struct SearchResults {
    /// The hits of the page asked for, best first.
    pub hits: Vec<Hit>,
    /// How many documents match in all.
    pub total: u64,
    /// Whether `total` is exact (always so up to 10,000).
    pub total_is_exact: bool,
    /// The facets asked for, in the order asked.
    pub facets: Vec<FacetCounts>,
    /// The query that was really searched, where a misspelt word was corrected or words were dropped to find anything.
    pub corrected_query: Option<String>,
}

/// One hit.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The content's id.
    pub id: Uuid,
    /// The kind as the API names it, e.g. `INITIATIVE`.
    pub kind: String,
    /// The revision that was indexed.
    pub revision: i32,
    /// Higher is better; comparable within one answer only.
    pub score: f32,
    /// Where the words stand.
    pub highlights: Vec<Highlight>,
    /// Why it is a hit: the best match of each word of the query that it has.
    pub matches: Vec<WordMatch>,
    /// How near it is to the query in meaning, up to 1, where it is near enough to be a hit for that alone.
    pub similarity: Option<f32>,
}

/// How a word of the query is answered by a hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordMatch {
    /// The word of the query, folded.
    pub word: String,
    /// What the hit has for it, as it is written there.
    pub found: String,
    /// Where: `title`, `summary`, `keywords`, `body` or `files`.
    pub field: &'static str,
    /// How well it answers.
    pub quality: Quality,
}

/// A passage with the matched words marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// `title`, `summary`, `body`, `files` or `keywords`.
    pub field: String,
    /// The language of the passage.
    pub language: Option<String>,
    /// HTML: matched words between `<mark>` and `</mark>`, everything else escaped.
    pub html: String,
}

/// How many matching documents carry each value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCounts {
    /// The field.
    pub field: Field,
    /// Values with their counts: no zero counts; highest count first, then by value; at most [`MOST_FACET_VALUES`].
    pub values: Vec<(String, u64)>,
}

/// Puts the counts of a facet in the order of an answer: without zeros, the highest first, then by value; at most
/// [`MOST_FACET_VALUES`].
#[must_use]
pub fn in_order(counts: HashMap<String, u64>) -> Vec<(String, u64)> {
    let mut values: Vec<(String, u64)> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    values.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    values.truncate(MOST_FACET_VALUES);
    values
}

/// A completion: an item whose title the typed text leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The title in the language that matched.
    pub text: String,
    /// The kind, e.g. `RESOURCE`.
    pub kind: String,
    /// The content's id.
    pub id: Uuid,
}
