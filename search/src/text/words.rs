//! Cutting text into words.

use std::iter::Peekable;
use std::str::CharIndices;

use unicode_normalization::char::is_combining_mark;

use super::fold::{fold, is_ignorable, lower};

/// A longer word is cut here: nobody types it, and it would only bloat the dictionary.
pub const LONGEST_WORD: usize = 64;

/// How many words joined by hyphens, dots or slashes are also kept as one.
const LONGEST_CHAIN: usize = 6;

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The folded form.
    pub folded: String,
    /// The lower-case form with its accents, for stemming.
    pub lower: String,
    /// Byte offset of its first character.
    pub start: usize,
    /// Byte offset after its last character.
    pub end: usize,
    /// Whether only a hyphen, dot, slash or apostrophe stands between this word and the next, as in `well-being`,
    /// `A/64/742` or `l'enfant`.
    pub joined_to_next: bool,
}

/// The words of a text in order. Scripts written without spaces give overlapping pairs of characters.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some(&(start, character)) = characters.peek() {
        if is_unspaced(character) {
            let run = take_run(&mut characters, is_unspaced);
            push_pairs(text, start, &run, &mut found);
        } else if character.is_alphanumeric() {
            let run = take_run(&mut characters, |next| {
                (next.is_alphanumeric() && !is_unspaced(next)) || is_combining_mark(next) || is_ignorable(next)
            });
            let end = start + run.iter().map(|(_, character)| character.len_utf8()).sum::<usize>();
            push_word(text, start, end, &mut found);
        } else {
            characters.next();
        }
    }
    found
}

/// Words joined by hyphens, dots, slashes or apostrophes also written as one (`wellbeing` for `well-being`, `upr` for
/// `U.P.R.`), each with the range of its parts in `words`.
#[must_use]
pub fn joined(words: &[Word]) -> Vec<(std::ops::Range<usize>, String)> {
    let mut chains = Vec::new();
    let mut start = 0;
    while start < words.len() {
        let mut end = start;
        while end + 1 < words.len() && words[end].joined_to_next {
            end += 1;
        }
        if end > start && end - start < LONGEST_CHAIN {
            let text: String = words[start..=end].iter().map(|word| word.folded.as_str()).collect();
            if text.chars().count() <= LONGEST_WORD {
                chains.push((start..end + 1, text));
            }
        }
        start = end + 1;
    }
    chains
}

fn take_run(characters: &mut Peekable<CharIndices<'_>>, belongs: impl Fn(char) -> bool) -> Vec<(usize, char)> {
    let mut run = Vec::new();
    while let Some(next) = characters.next_if(|&(_, character)| belongs(character)) {
        run.push(next);
    }
    run
}

fn push_word(text: &str, start: usize, end: usize, found: &mut Vec<Word>) {
    let written = &text[start..end];
    let folded = cut(fold(written));
    if folded.is_empty() {
        return;
    }
    link_previous(text, start, found);
    found.push(Word {
        folded,
        lower: cut(lower(written)),
        start,
        end,
        joined_to_next: false,
    });
}

fn push_pairs(text: &str, start: usize, run: &[(usize, char)], found: &mut Vec<Word>) {
    let run_end = run.last().map_or(start, |&(at, character)| at + character.len_utf8());
    let last_start = run.len().saturating_sub(2);
    for (index, &(from, _)) in run.iter().enumerate().take(last_start + 1) {
        let to = run.get(index + 2).map_or(run_end, |&(at, _)| at);
        let folded = fold(&text[from..to]);
        if !folded.is_empty() {
            found.push(Word {
                lower: folded.clone(),
                folded,
                start: from,
                end: to,
                joined_to_next: false,
            });
        }
    }
}

fn link_previous(text: &str, start: usize, found: &mut [Word]) {
    if let Some(previous) = found.last_mut() {
        let mut between = text[previous.end..start].chars();
        previous.joined_to_next = between.next().is_some_and(is_joiner) && between.next().is_none();
    }
}

fn is_joiner(character: char) -> bool {
    matches!(
        character,
        '-' | '\u{2010}' | '\u{2011}' | '.' | '/' | '\'' | '\u{2019}' | '\u{02BC}' | '&' | '_' | '\u{00B7}'
    )
}

/// Whether the script is written without spaces between words.
#[must_use]
pub fn is_unspaced(character: char) -> bool {
    matches!(
        u32::from(character),
        0x0E00..=0x0E4F // Thai
            | 0x0E80..=0x0ECF // Lao
            | 0x1000..=0x103F // Burmese
            | 0x1780..=0x17D3 // Khmer
            | 0x3040..=0x30FF // Hiragana, Katakana
            | 0x3400..=0x4DBF
            | 0x4E00..=0x9FFF
            | 0xF900..=0xFAFF
            | 0x20000..=0x3FFFF // Han
    )
}

fn cut(mut word: String) -> String {
    if let Some((at, _)) = word.char_indices().nth(LONGEST_WORD) {
        word.truncate(at);
    }
    word
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{joined, words};

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.folded).collect()
    }

    #[test]
    fn punctuation_and_apostrophes_part_words() {
        assert_eq!(folded("L'éducation, d'enfants!"), ["l", "education", "d", "enfants"]);
        assert_eq!(folded("para. 108.4"), ["para", "108", "4"]);
        assert!(folded("?!… \u{0} 👧🏽").is_empty());
    }

    #[test]
    fn hyphenated_words_symbols_and_dotted_acronyms_are_also_one_word() {
        let of = |text: &str| -> Vec<String> { joined(&words(text)).into_iter().map(|(_, text)| text).collect() };
        assert_eq!(of("child well-being"), ["wellbeing"]);
        assert_eq!(of("U.P.R. session"), ["upr"]);
        assert_eq!(of("see A/64/742 annex"), ["a64742"]);
        assert!(of("one two").is_empty());
    }

    #[test]
    fn scripts_without_spaces_give_pairs() {
        assert_eq!(folded("儿童权利"), ["儿童", "童权", "权利"]);
        assert_eq!(folded("童"), ["童"]);
    }

    proptest! {
        #[test]
        fn words_stand_where_they_say(text in "\\PC{0,60}") {
            let mut last = 0;
            for word in words(&text) {
                prop_assert!(word.start < word.end);
                prop_assert!(word.start >= last);
                prop_assert!(text.is_char_boundary(word.start) && text.is_char_boundary(word.end));
                last = word.start;
            }
        }
    }
}
