//! Titles: as completions, and as the names of documents.

use std::collections::{BTreeSet, HashSet};

use super::edits::{allowed_edits, distance, prefix_distance};
use super::fold::fold;
use super::synonyms::Synonyms;
use super::words::{Word, words};
use crate::LocalizedText;

/// The longest whole title that is compared, in characters.
const LONGEST_TITLE: usize = 80;

/// Only so many phrases that mean the same as what was typed are looked up.
const MOST_ALTERNATIVES: usize = 16;

/// A folded title as it is kept for completions: its words with single spaces between them.
#[must_use]
pub fn whole_title(words: &[Word]) -> String {
    let folded: Vec<&str> = words.iter().map(|word| word.folded.as_str()).collect();
    cut(folded.join(" "))
}

fn cut(mut whole: String) -> String {
    if let Some((at, _)) = whole.char_indices().nth(LONGEST_TITLE) {
        whole.truncate(at);
    }
    whole
}

/// What a document is called: its whole folded titles, and each of its keywords that the capitals of a title spell, as `WHO` of
/// the *World Health Organization*.
#[must_use]
pub fn names(texts: &[LocalizedText], keywords: &[String]) -> BTreeSet<String> {
    let keywords: HashSet<String> = keywords.iter().map(|keyword| fold(keyword)).collect();
    let mut names = BTreeSet::new();
    for text in texts {
        let title = words(&text.title);
        let acronym = capitals(&text.title, &title);
        if acronym.chars().count() > 1 && keywords.contains(&acronym) {
            names.insert(acronym);
        }
        names.insert(whole_title(&title));
    }
    names.remove("");
    names
}

/// The first letters, folded, of the words that are written with a capital.
fn capitals(title: &str, words: &[Word]) -> String {
    let capital = |word: &&Word| title[word.start..].starts_with(char::is_uppercase);
    let capitalised = words.iter().filter(capital);
    capitalised.filter_map(|word| word.folded.chars().next()).collect()
}

/// The names that a query may be meant as, itself first: also what means the same, and both beside each other, as in *UNICEF –
/// United Nations Children's Fund*. A document that has one of them is what was looked for.
#[must_use]
pub fn names_meant(query: &[Word], synonyms: &Synonyms) -> Vec<String> {
    let own = whole_title(query);
    if own.is_empty() {
        return Vec::new();
    }
    let folded: Vec<String> = query.iter().map(|word| word.folded.clone()).collect();
    let mut names = vec![own.clone()];
    for other in synonyms.of(&folded) {
        let other = other.join(" ");
        names.push(cut(format!("{own} {other}")));
        names.push(cut(format!("{other} {own}")));
        names.push(cut(other));
    }
    names
}

/// What is looked for among titles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The words, never none.
    pub words: Vec<Word>,
    /// Whether the last of them may be the beginning of a word.
    pub open: bool,
}

/// What was typed with a part of it replaced by what means the same.
#[must_use]
pub fn alternatives(typed: &[Word], synonyms: &Synonyms) -> Vec<Typed> {
    let folded: Vec<String> = typed.iter().map(|word| word.folded.clone()).collect();
    let mut found: Vec<Typed> = Vec::new();
    for start in 0..folded.len() {
        for end in start + 1..=folded.len().min(start + synonyms.longest()) {
            for other in synonyms.of(&folded[start..end]) {
                if found.len() == MOST_ALTERNATIVES {
                    return found;
                }
                let text = [&folded[..start], other.as_slice(), &folded[end..]].concat().join(" ");
                let alternative = Typed {
                    words: words(&text),
                    // Of a phrase another form will do, as the plural; a single word may be an acronym, with which much begins.
                    open: end < folded.len() || other.len() > 1,
                };
                if !alternative.words.is_empty() && !found.contains(&alternative) {
                    found.push(alternative);
                }
            }
        }
    }
    found
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

#[cfg(test)]
mod tests {
    use super::{alternatives, names, names_meant};
    use crate::LocalizedText;
    use crate::text::synonyms::Synonyms;
    use crate::text::words::words;

    fn names_of(title: &str, keywords: &[&str]) -> Vec<String> {
        let text = LocalizedText {
            language: "en".to_owned(),
            title: title.to_owned(),
            summary: String::new(),
            body: String::new(),
            files: String::new(),
        };
        let keywords: Vec<String> = keywords.iter().map(|keyword| (*keyword).to_owned()).collect();
        names(&[text], &keywords).into_iter().collect()
    }

    #[test]
    fn a_keyword_that_the_capitals_of_a_title_spell_is_a_name() {
        assert_eq!(
            names_of("World Health Organization", &["WHO", "Health"]),
            ["who", "world health organization"]
        );
        assert_eq!(
            names_of("Committee on the Rights of the Child", &["CRC"])[1],
            "crc",
            "small words don't count"
        );
        assert_eq!(names_of("Children’s rights in conflict", &["CRC"]).len(), 1);
        assert_eq!(names_of("World Health Organization", &["Health"]).len(), 1);
        assert_eq!(names_of("A", &["A"]), ["a"]);
        assert!(names_of("–", &["–"]).is_empty());
    }

    #[test]
    fn a_query_is_meant_as_itself_or_as_what_means_the_same_or_as_both() {
        let synonyms = Synonyms::from_groups([["UNICEF", "United Nations Children's Fund"]]);
        let meant = |query: &str| names_meant(&words(query), &synonyms);
        assert_eq!(
            meant("Unicef?"),
            [
                "unicef",
                "unicef united nations children s fund",
                "united nations children s fund unicef",
                "united nations children s fund"
            ]
        );
        assert_eq!(meant("unicef office"), ["unicef office"]);
        assert!(meant("?").is_empty());
    }

    #[test]
    fn a_part_of_what_was_typed_is_replaced_and_the_rest_stays() {
        let synonyms = Synonyms::from_groups([["FGM", "female genital mutilation"], ["EPU", "UPR"]]);
        let found = |typed: &str| -> Vec<(String, bool)> {
            alternatives(&words(typed), &synonyms)
                .into_iter()
                .map(|found| (super::whole_title(&found.words), found.open))
                .collect()
        };
        assert_eq!(found("fgm"), [("female genital mutilation".to_owned(), true)]);
        assert_eq!(found("epu"), [("upr".to_owned(), false)]);
        assert_eq!(
            found("ending fgm in ma"),
            [("ending female genital mutilation in ma".to_owned(), true)]
        );
        assert!(found("fg").is_empty());
    }
}
