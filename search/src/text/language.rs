//! Stemming: the languages whose words are reduced to their stems, so that `rights` finds `right`.

use frostem::{Algorithm, Stemmer};

use super::fold::fold;
use super::words::Word;

/// A language with a stemmer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StemLanguage(usize);

/// Primary subtags and their stemmers. Only additions at the end: the position identifies a language.
const LANGUAGES: [(&str, Algorithm); 33] = [
    ("en", Algorithm::English),
    ("fr", Algorithm::French),
    ("es", Algorithm::Spanish),
    ("ar", Algorithm::Arabic),
    ("ru", Algorithm::Russian),
    ("pt", Algorithm::Portuguese),
    ("de", Algorithm::German),
    ("it", Algorithm::Italian),
    ("nl", Algorithm::Dutch),
    ("sv", Algorithm::Swedish),
    ("da", Algorithm::Danish),
    ("no", Algorithm::Norwegian),
    ("nb", Algorithm::Norwegian),
    ("fi", Algorithm::Finnish),
    ("hu", Algorithm::Hungarian),
    ("ro", Algorithm::Romanian),
    ("tr", Algorithm::Turkish),
    ("el", Algorithm::Greek),
    ("ta", Algorithm::Tamil),
    ("hi", Algorithm::Hindi),
    ("ne", Algorithm::Nepali),
    ("id", Algorithm::Indonesian),
    ("fa", Algorithm::Persian),
    ("pl", Algorithm::Polish),
    ("cs", Algorithm::Czech),
    ("sr", Algorithm::Serbian),
    ("lt", Algorithm::Lithuanian),
    ("et", Algorithm::Estonian),
    ("ca", Algorithm::Catalan),
    ("eu", Algorithm::Basque),
    ("ga", Algorithm::Irish),
    ("hy", Algorithm::Armenian),
    ("yi", Algorithm::Yiddish),
];

/// English words whose plural the stemmer does not take back, with the word that they are stemmed as.
const ENGLISH_PLURALS: [(&str, &str); 8] = [
    ("children", "child"),
    ("grandchildren", "grandchild"),
    ("women", "woman"),
    ("men", "man"),
    ("people", "person"),
    ("lives", "life"),
    ("criteria", "criterion"),
    ("analyses", "analysis"),
];

impl StemLanguage {
    /// The language of a BCP 47 tag, if its words can be stemmed.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = primary_subtag(tag);
        LANGUAGES.iter().position(|(code, _)| *code == primary).map(Self)
    }

    /// The primary subtag, e.g. `fr`.
    #[must_use]
    pub fn code(self) -> &'static str {
        LANGUAGES[self.0].0
    }

    /// Whether the stem of a word that begins with an ASCII letter begins with the same one: so of every language whose stemmer
    /// takes away endings alone. Those of the others also take away beginnings.
    #[must_use]
    pub fn keeps_first_letter(self) -> bool {
        !matches!(
            LANGUAGES[self.0].0,
            "ar" | "hi" | "id" | "ne" | "nl" | "ta" | "fa" | "ga" | "yi" | "hy" | "el"
        )
    }

    /// The stems of a word, folded. There are two where leaving out the accents changes the stem, because readers
    /// leave them out.
    #[must_use]
    pub fn stems(self, word: &Word) -> (String, Option<String>) {
        let stemmer = Stemmer::new(LANGUAGES[self.0].1);
        if word.lower.chars().any(|character| character.is_ascii_digit()) {
            return (word.folded.clone(), None);
        }
        let stem = fold(&stemmer.stem(self.regular(&word.lower)));
        if word.lower == word.folded {
            return (stem, None);
        }
        let plain = fold(&stemmer.stem(&word.folded));
        let second = (plain != stem).then_some(plain);
        (stem, second)
    }

    /// The form that the stemmer knows what to do with.
    fn regular(self, word: &str) -> &str {
        if self.code() != "en" {
            return word;
        }
        ENGLISH_PLURALS
            .iter()
            .find(|(plural, _)| *plural == word)
            .map_or(word, |(_, singular)| singular)
    }
}

/// A stem together with its language: stems of different languages are never the same.
#[must_use]
pub fn stem_term(language: StemLanguage, stem: &str) -> String {
    format!("{}:{stem}", language.code())
}

/// The first part of a BCP 47 tag in lower case: `pt` of `pt-BR`.
#[must_use]
pub fn primary_subtag(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LANGUAGES, StemLanguage};
    use crate::text::words::words;

    fn stem(language: &str, word: &str) -> String {
        let language = StemLanguage::of_tag(language).expect("has a stemmer");
        language.stems(&words(word)[0]).0
    }

    #[test]
    fn forms_of_a_word_share_a_stem_in_each_language() {
        for (language, one, other) in [
            ("en", "rights", "right"),
            ("en", "children", "child"),
            ("en", "Children's", "child"),
            ("en", "women", "woman"),
            ("en", "people", "persons"),
            ("fr", "éducation", "éducations"),
            ("es", "niños", "niño"),
            ("pt-BR", "direitos", "direito"),
            ("ru", "права", "права"),
            ("ru", "ребёнка", "ребенка"),
            ("ar", "الأطفال", "أطفال"),
        ] {
            assert_eq!(stem(language, one), stem(language, other), "{language} {one}");
        }
    }

    proptest! {
        #[test]
        fn where_only_endings_are_taken_away_the_first_letter_stays(text in "[a-z][a-zà-ÿ]{0,3}[a-z]{0,9}|[a-z][a-ząćęłńóśźżčďěňřšťůžėįųūő]{0,9}") {
            for (code, _) in LANGUAGES {
                let language = StemLanguage::of_tag(code).expect("has a stemmer");
                for word in words(&text) {
                    let (stem, second) = language.stems(&word);
                    for stem in std::iter::once(stem).chain(second).filter(|stem| !stem.is_empty()) {
                        if language.keeps_first_letter() {
                            prop_assert_eq!(stem.chars().next(), word.folded.chars().next(), "{} {}: {}", code, text, stem);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_language_without_a_stemmer_is_not_stemmed() {
        assert_eq!(StemLanguage::of_tag("zh-Hans"), None);
        assert_eq!(StemLanguage::of_tag(""), None);
    }
}
