//! Finding phrases in the words of a text.

use std::collections::HashMap;
use std::ops::Range;

/// A phrase: words with one space between them, as [`crate::text::words`] writes them. A word that ends in `*` stands for
/// every word that begins so.
pub type Phrase = &'static str;

/// The phrases that occur in the words of a text, in the order in which they are listed.
pub fn occurring(words: &[&str], phrases: &[Phrase]) -> impl Iterator<Item = Phrase> {
    phrases
        .iter()
        .copied()
        .filter(|phrase| (0..words.len()).any(|at| matches_at(words, at, phrase).is_some()))
}

/// The words of a text without those that belong to one of the phrases.
pub fn without<'a>(words: &[&'a str], phrases: &[Phrase]) -> Vec<&'a str> {
    let mut rest = Vec::with_capacity(words.len());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let longest = phrases.iter().filter_map(|phrase| matches_at(words, at, phrase)).max();
        match longest {
            Some(length) => at += length,
            None => {
                rest.push(*word);
                at += 1;
            }
        }
    }
    rest
}

/// How many words the phrase takes at this place, where it stands there.
pub fn matches_at(words: &[&str], at: usize, phrase: &str) -> Option<usize> {
    let mut length = 0;
    for expected in phrase.split(' ') {
        let word = words.get(at + length)?;
        let same = match expected.strip_suffix('*') {
            Some(start) => word.starts_with(start),
            None => *word == expected,
        };
        if !same {
            return None;
        }
        length += 1;
    }
    Some(length)
}

/// Many phrases, each with what it stands for, by the words with which they begin: a text is gone through once, and each of
/// its words is compared with the few phrases that may begin there.
pub struct Index<T> {
    /// Phrases whose first word is written out, by this word.
    whole: HashMap<&'static str, Vec<(Phrase, T)>>,
    /// Phrases whose first word ends in `*`, by its first letter.
    begun: HashMap<char, Vec<(Phrase, T)>>,
}

impl<T: Copy> Index<T> {
    /// Puts phrases in order.
    pub fn new(phrases: impl IntoIterator<Item = (Phrase, T)>) -> Self {
        let mut index = Self {
            whole: HashMap::new(),
            begun: HashMap::new(),
        };
        for (phrase, meaning) in phrases {
            let first = phrase.split(' ').next().unwrap_or_default();
            let same = match (first.ends_with('*'), first.chars().next()) {
                (true, Some(letter)) => index.begun.entry(letter).or_default(),
                _ => index.whole.entry(first).or_default(),
            };
            same.push((phrase, meaning));
        }
        index
    }

    /// What the phrases that occur in the words of a text stand for, each with its place, in the order of the places.
    pub fn find(&self, words: &[&str]) -> Vec<(T, Range<usize>)> {
        let mut found = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let whole = self.whole.get(word);
            let begun = word.chars().next().and_then(|letter| self.begun.get(&letter));
            for (phrase, meaning) in whole.into_iter().chain(begun).flatten() {
                if let Some(length) = matches_at(words, at, phrase) {
                    found.push((*meaning, at..at + length));
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn phrases_are_found_as_whole_words_and_by_their_beginnings() {
        let words: Vec<&str> = "raise the minimum ages of girls".split(' ').collect();
        let found: Vec<_> = occurring(&words, &["minimum age", "minimum age*", "girl*", "boy*", "girls and"]).collect();
        assert_eq!(found, ["minimum age*", "girl*"]);
    }

    #[test]
    fn the_longest_phrase_is_taken_out() {
        let words: Vec<&str> = "a b c d".split(' ').collect();
        assert_eq!(without(&words, &["b", "b c", "x"]), ["a", "d"]);
    }

    #[test]
    fn an_index_says_where_phrases_stand() {
        let index = Index::new([("a b", 1), ("b*", 2), ("b c", 3), ("x", 4)]);
        let words: Vec<&str> = "a bb a b c".split(' ').collect();
        assert_eq!(index.find(&words), [(2, 1..2), (1, 2..4), (3, 3..5), (2, 3..4)]);
        assert_eq!(index.find(&[""]), []);
    }

    proptest! {
        #[test]
        fn an_index_finds_what_going_through_all_phrases_finds(text in "[ab]{1,2}( [abc]{1,2}){0,6}") {
            const PHRASES: [Phrase; 7] = ["a", "a*", "ab* c", "b a", "b* b*", "aa", "c"];
            let words: Vec<&str> = text.split(' ').collect();
            let index = Index::new(PHRASES.iter().enumerate().map(|(at, phrase)| (*phrase, at)));
            let found: std::collections::BTreeSet<usize> = index.find(&words).into_iter().map(|(at, _)| at).collect();
            let expected: Vec<Phrase> = occurring(&words, &PHRASES).collect();
            prop_assert_eq!(found.into_iter().map(|at| PHRASES[at]).collect::<Vec<_>>(), expected);
        }
    }
}
