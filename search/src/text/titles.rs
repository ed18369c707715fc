//! Titles as completions.

use super::edits::{allowed_edits, distance, prefix_distance};
use super::words::{Word, words};
use crate::LocalizedText;

/// The longest whole title that is compared, in characters.
const LONGEST_TITLE: usize = 80;

/// A folded title as it is kept for completions: its words with single spaces between them.
#[must_use]
pub fn whole_title(words: &[Word]) -> String {
    let mut whole = String::new();
    for word in words {
        if !whole.is_empty() {
            whole.push(' ');
        }
        whole.push_str(&word.folded);
    }
    if let Some((at, _)) = whole.char_indices().nth(LONGEST_TITLE) {
        whole.truncate(at);
    }
    whole
}

/// Whether a title begins with what was typed.
#[must_use]
pub fn at_start(title: &str, typed: &[Word]) -> bool {
    whole_title(&words(title)).starts_with(&whole_title(typed))
}

/// The title, of all languages, that fits best what was typed.
#[must_use]
pub fn matching_title(texts: &[LocalizedText], typed: &[Word]) -> String {
    let mut best = (0, "");
    for text in texts {
        let title = words(&text.title);
        let at_start = at_start(&text.title, typed);
        let worth: usize = typed.iter().map(|word| fit(word, &title)).sum();
        let worth = worth * 2 + usize::from(at_start);
        if worth > best.0 || best.1.is_empty() {
            best = (worth, &text.title);
        }
    }
    best.1.to_owned()
}

/// How well a typed word fits any word of a title.
fn fit(typed: &Word, title: &[Word]) -> usize {
    let limit = allowed_edits(&typed.folded);
    title
        .iter()
        .map(|word| {
            if word.folded == typed.folded {
                4
            } else if word.folded.starts_with(&typed.folded) {
                3
            } else if distance(&typed.folded, &word.folded, limit).is_some() {
                2
            } else {
                usize::from(prefix_distance(&typed.folded, &word.folded, limit.min(1)).is_some())
            }
        })
        .max()
        .unwrap_or_default()
}
