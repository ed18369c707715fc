//! When two rows are the same recommendation.
//!
//! A recommendation is known by its session, the state under review, the recommender and its words; letter case, accents,
//! punctuation and white space do not count. Two rows with one key and the same response and action are one
//! recommendation, with the issues of both. Where response or action differ, the file contradicts itself.
//!
//! What people have entered by hand is known by its words alone, or by a part of them: publications quote recommendations
//! within their own sentences, without the verb at the beginning or the clause at the end ([`quotes`]).

use std::collections::HashMap;
use std::fmt;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::row::{ActionCategory, Response, UprRow};
use crate::content::document::problem::ProblemCode;
use crate::exchange::table::RowProblem;
use crate::text::words;

/// How many rows of one import are compared with each other: about 50 bytes of memory each.
const ROWS: usize = 2_000_000;

/// How many words a part of a recommendation has at least to be told by.
const QUOTED: usize = 8;

/// Whether a text is a recommendation, or a part of it that no other would be likely to have: at least eight words that
/// follow each other in it, and at least half of all its words. Both are words as [`words`] makes them.
pub fn quotes(text: &str, recommendation: &str) -> bool {
    let count = |words: &str| words.split(' ').filter(|word| !word.is_empty()).count();
    let (part, whole) = (count(text), count(recommendation));
    if text == recommendation {
        return part > 0;
    }
    part >= QUOTED && 2 * part >= whole && format!(" {recommendation} ").contains(&format!(" {text} "))
}

/// The natural key of a recommendation: 128 bits of a hash, the same in every file and every version of the service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey([u8; 16]);

impl RowKey {
    /// The key of a row.
    pub(super) fn of(row: &UprRow) -> Self {
        let mut hasher = Sha256::new();
        // What precedes the words has no line feed, so that no two rows give the same bytes.
        hasher.update(format!(
            "upr\n{}\n{}\n{}\n{}",
            row.session.number(),
            row.state,
            row.recommender.as_text(),
            words(&row.text)
        ));
        let mut key = [0; 16];
        for (to, from) in key.iter_mut().zip(hasher.finalize()) {
            *to = from;
        }
        Self(key)
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for RowKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for RowKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How a row stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No row before it is the same recommendation.
    New(RowKey),
    /// The row in this line is the same recommendation; the issues of both hold.
    Repeated {
        /// The key of both.
        key: RowKey,
        /// The first row's line.
        line: usize,
    },
}

/// Finds the rows of one import that are the same recommendation. The same for several files read after each other.
#[derive(Debug, Default)]
pub struct Duplicates {
    seen: HashMap<RowKey, (usize, Response, ActionCategory)>,
}

impl Duplicates {
    /// Takes the next row.
    ///
    /// # Errors
    /// Where a row before it is the same recommendation with another response or action, or there are too many rows.
    pub fn take(&mut self, row: &UprRow) -> Result<Standing, RowProblem> {
        let key = row.key();
        if let Some((line, response, action)) = self.seen.get(&key) {
            let differs = if *response != row.response {
                "Response"
            } else if *action != row.action {
                "Action"
            } else {
                return Ok(Standing::Repeated { key, line: *line });
            };
            return Err(RowProblem::new(
                row.line,
                ProblemCode::Duplicate,
                differs,
                format!("Line {line} is the same recommendation with another value in this column. Remove one."),
            ));
        }
        if self.seen.len() >= ROWS {
            return Err(RowProblem::new(
                row.line,
                ProblemCode::TooLong,
                "",
                format!("The import has more than {ROWS} recommendations; divide it."),
            ));
        }
        self.seen.insert(key, (row.line, row.response, row.action));
        Ok(Standing::New(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recommendation_is_known_by_its_words_or_by_most_of_them_in_a_row() {
        let whole = words(
            "Adopt at last the bills on foster care, adoption and guardianship, and pay for their implementation.",
        );
        for text in [
            "Adopt at last the bills on foster care, adoption and guardianship, and pay for their implementation.",
            "… the bills on foster-care, adoption and guardianship …",
            "the bills on foster care, adoption and guardianship, and pay for their implementation",
        ] {
            assert!(quotes(&words(text), &whole), "{text}");
        }
        for text in [
            "",
            "the bills on foster care, adoption",
            "the bills on adoption, foster care, and guardianship, and pay",
            "he bills on foster care adoption and guardianship and pay",
            "Adopt at last the bills on foster care, adoption and guardianship, and pay for their implementation. Tell parents.",
        ] {
            assert!(!quotes(&words(text), &whole), "{text}");
        }
        let long = format!("{whole} {whole}");
        assert!(!quotes(
            &words("the bills on foster care adoption and guardianship"),
            &long
        ));
        assert!(quotes("ratify", "ratify") && !quotes("", ""));
    }
}
