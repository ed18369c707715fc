//! Finding phrases in the words of a text.

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

#[cfg(test)]
mod tests {
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
}
