//! Cutting text into words.

use std::iter::Peekable;
use std::ops::Range;
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

/// A piece of a text that is a word if anything is left of it when it is folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it stands, in bytes.
    pub place: Range<usize>,
    /// Whether it is a pair of characters of a script without spaces.
    pub is_pair: bool,
}

impl Piece {
    /// The word, without what depends on the next one; nothing where the piece is made of marks alone.
    #[must_use]
    pub fn word(&self, text: &str) -> Option<Word> {
        let written = &text[self.place.clone()];
        let folded = if self.is_pair {
            fold(written)
        } else {
            cut(fold(written))
        };
        (!folded.is_empty()).then(|| Word {
            lower: if self.is_pair {
                folded.clone()
            } else {
                cut(lower(written))
            },
            folded,
            start: self.place.start,
            end: self.place.end,
            joined_to_next: false,
        })
    }
}

/// The words of a text in order. Scripts written without spaces give overlapping pairs of characters.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    for piece in pieces(text) {
        let Some(word) = piece.word(text) else { continue };
        if let Some(previous) = found.last_mut().filter(|_| !piece.is_pair) {
            previous.joined_to_next = is_joined(text, previous.end, word.start);
        }
        found.push(word);
    }
    found
}

/// Where words of a text may stand, in order, without a look at what they are.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some(&(start, character)) = characters.peek() {
        if is_unspaced(character) {
            let starts: Vec<usize> = run(&mut characters, is_unspaced).collect();
            let end = next_start(&mut characters, text);
            found.extend((0..starts.len().saturating_sub(1).max(1)).map(|index| Piece {
                place: starts[index]..starts.get(index + 2).copied().unwrap_or(end),
                is_pair: true,
            }));
        } else if is_plain(character) || character.is_alphanumeric() {
            run(&mut characters, |next| {
                is_plain(next)
                    || !next.is_ascii()
                        && ((next.is_alphanumeric() && !is_unspaced(next))
                            || is_combining_mark(next)
                            || is_ignorable(next))
            })
            .for_each(drop);
            found.push(Piece {
                place: start..next_start(&mut characters, text),
                is_pair: false,
            });
        } else {
            characters.next();
        }
    }
    found
}

/// Almost every character of most texts, for which nothing needs to be looked up.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric()
}

/// Words joined by hyphens, dots, slashes or apostrophes also written as one (`wellbeing` for `well-being`, `upr` for
/// `U.P.R.`), each with the range of its parts in `words`.
#[must_use]
pub fn joined(words: &[Word]) -> Vec<(Range<usize>, String)> {
    chains(words.len(), |number| words[number].joined_to_next)
        .into_iter()
        .filter_map(|parts| {
            let folded = words[parts.clone()].iter().map(|word| word.folded.as_str());
            Some((parts, one_word(folded)?))
        })
        .collect()
}

/// Which of so many words hang together, given whether a word is joined to the next one.
#[must_use]
pub fn chains(count: usize, joined_to_next: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let mut chains = Vec::new();
    let mut start = 0;
    while start < count {
        let mut end = start;
        while end + 1 < count && joined_to_next(end) {
            end += 1;
        }
        if end > start && end - start < LONGEST_CHAIN {
            chains.push(start..end + 1);
        }
        start = end + 1;
    }
    chains
}

/// The parts of a chain written as one, unless that is too long for a word.
#[must_use]
pub fn one_word<'a>(folded: impl Iterator<Item = &'a str>) -> Option<String> {
    let text: String = folded.collect();
    (text.chars().count() <= LONGEST_WORD).then_some(text)
}

/// Whether words that are also kept as one begin so only as one: `childfr` of `child-friendly`, but not `child`, which their first
/// word begins with.
#[must_use]
pub fn begins_as_one(beginning: &str, whole: &str, first: &Word) -> bool {
    whole.starts_with(beginning) && !first.folded.starts_with(beginning)
}

/// Where the characters of a run stand.
fn run<'a>(
    characters: &'a mut Peekable<CharIndices<'_>>,
    belongs: impl Fn(char) -> bool + 'a,
) -> impl Iterator<Item = usize> + 'a {
    std::iter::from_fn(move || characters.next_if(|&(_, character)| belongs(character))).map(|(at, _)| at)
}

fn next_start(characters: &mut Peekable<CharIndices<'_>>, text: &str) -> usize {
    characters.peek().map_or(text.len(), |&(at, _)| at)
}

/// Whether only a hyphen, dot, slash or apostrophe stands between the end of a word and the start of the next.
#[must_use]
pub fn is_joined(text: &str, end: usize, start: usize) -> bool {
    let mut between = text[end..start].chars();
    between.next().is_some_and(is_joiner) && between.next().is_none()
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
