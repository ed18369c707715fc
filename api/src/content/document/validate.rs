//! The rules that every document obeys, and the small checks that the rules of each kind are made of.

use std::collections::HashSet;
use std::hash::Hash;

use chrono::{Datelike, NaiveDate};
use praxis_entities::vocabulary::{ConceptScheme, DatePrecision};

use super::problem::{ProblemCode, Problems};
use super::{CitationInput, Document, TranslationInput};
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::{Date, LanguageTag, Markdown};
use crate::text::shows_pictures;
use crate::vocabulary::Vocabulary;

/// Longest title, in characters.
pub const TITLE: usize = 300;
/// Longest line of text that is no title: a headline, a role, a locator.
pub const LINE: usize = 300;
/// Longest summary.
pub const SUMMARY: usize = 5_000;
/// Longest text.
pub const TEXT: usize = 20_000;
/// Most entries of a list.
pub const LIST: usize = 500;
/// Longest slug.
pub const SLUG: usize = 100;

/// What checking a document needs to know.
pub struct Rules<'a> {
    /// The vocabularies.
    pub vocabulary: &'a Vocabulary,
    /// Today, in UTC.
    pub today: NaiveDate,
}

impl Rules<'_> {
    /// Checks all that can be checked of a document by itself, once its references are slugs.
    pub fn check(&self, document: &dyn Document, problems: &mut Problems) {
        let common = document.common();
        self.title(problems, "title", common.title);
        self.language(problems, "language", common.language);
        self.markdown(problems, "summary", common.summary, SUMMARY);
        self.concepts(problems, "themes", ConceptScheme::Theme, common.themes);
        let countries: Vec<String> = common.countries.iter().map(ToString::to_string).collect();
        self.concepts(problems, "countries", ConceptScheme::Country, &countries);
        self.concepts(
            problems,
            "instruments",
            ConceptScheme::Instrument,
            document.instruments(),
        );
        self.translations(problems, common.language, common.translations);
        self.references(problems, "contributors", Some(common.contributors));
        self.list(problems, "citations", common.citations.len());
        self.distinct(problems, "citations", common.citations.iter());
        for (index, citation) in common.citations.iter().enumerate() {
            self.citation(problems, &format!("citations[{index}]"), Some(citation));
        }
        document.check(self, problems);
    }

    fn translations(&self, problems: &mut Problems, original: &LanguageTag, translations: &[TranslationInput]) {
        self.list(problems, "translations", translations.len());
        let mut seen = HashSet::from([original]);
        for (index, translation) in translations.iter().enumerate() {
            let path = |field: &str| format!("translations[{index}].{field}");
            self.language(problems, &path("language"), &translation.language);
            if !seen.insert(&translation.language) {
                problems.add(
                    ProblemCode::Duplicate,
                    path("language"),
                    format!(
                        "`{}` is the original language or translated twice; keep one.",
                        translation.language
                    ),
                );
            }
            self.title(problems, &path("title"), &translation.title);
            self.markdown(problems, &path("summary"), translation.summary.as_ref(), SUMMARY);
        }
    }

    /// A required text of one line.
    pub fn line(&self, problems: &mut Problems, path: &str, text: &str, longest: usize) {
        if text.trim().is_empty() {
            problems.add(ProblemCode::Required, path, "Write something here.");
        } else if text.trim() != text {
            problems.add(
                ProblemCode::Invalid,
                path,
                "Remove the white space at the start or the end.",
            );
        }
        if let Some(character) = text.chars().find(|character| character.is_control()) {
            problems.add(
                ProblemCode::Invalid,
                path,
                format!(
                    "Remove the control character U+{:04X}: this is one line of text.",
                    character as u32
                ),
            );
        }
        self.length(problems, path, text, longest);
    }

    /// A title, by which people know what it names: it shows something, and nothing that turns it around.
    pub fn title(&self, problems: &mut Problems, path: &str, text: &str) {
        self.line(problems, path, text, TITLE);
        self.undisguised(problems, path, text);
        if !text.trim().is_empty() && !text.chars().any(char::is_alphanumeric) {
            problems.add(ProblemCode::Invalid, path, "Write at least a letter or a digit.");
        }
    }

    /// A name without characters that turn the direction of the text around, or that nobody sees: they make one name look like
    /// another.
    pub fn undisguised(&self, problems: &mut Problems, path: &str, text: &str) {
        if let Some(character) = text.chars().find(|character| disguises(*character)) {
            problems.add(
                ProblemCode::Invalid,
                path,
                format!(
                    "Remove the character U+{:04X}: nobody sees it, and it can make a name look like another.",
                    character as u32
                ),
            );
        }
    }

    /// A text of one line that may be missing.
    pub fn optional_line(&self, problems: &mut Problems, path: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.line(problems, path, text, LINE);
        }
    }

    /// A CommonMark text that may be missing.
    pub fn markdown(&self, problems: &mut Problems, path: &str, text: Option<&Markdown>, longest: usize) {
        if let Some(text) = text {
            if text.as_str().trim().is_empty() {
                problems.add(
                    ProblemCode::Required,
                    path,
                    "Write something here or leave the field out.",
                );
            }
            if shows_pictures(text.as_str()) {
                problems.add(
                    ProblemCode::Invalid,
                    path,
                    "Texts show no pictures or films. Attach the file to a resource, where it is checked for what may put a child at \
                     risk, or write a plain link.",
                );
            }
            self.length(problems, path, text.as_str(), longest);
        }
    }

    /// A text that is not too long.
    pub fn length(&self, problems: &mut Problems, path: &str, text: &str, longest: usize) {
        let length = text.chars().count();
        if length > longest {
            problems.add(
                ProblemCode::TooLong,
                path,
                format!("The text has {length} characters; shorten it to {longest}."),
            );
        }
    }

    /// A list that is bounded like all lists.
    pub fn list(&self, problems: &mut Problems, path: &str, length: usize) {
        if length > LIST {
            problems.add(
                ProblemCode::TooLong,
                path,
                format!("The list has {length} entries; at most {LIST} are allowed."),
            );
        }
    }

    /// A list of slugs or ids: not too long, and each once.
    pub fn references(&self, problems: &mut Problems, path: &str, list: Option<&[String]>) {
        let list = list.unwrap_or_default();
        self.list(problems, path, list.len());
        self.distinct(problems, path, list.iter());
    }

    /// Where something is taken from.
    pub fn citation(&self, problems: &mut Problems, path: &str, citation: Option<&CitationInput>) {
        if let Some(citation) = citation {
            self.optional_line(problems, &format!("{path}.locator"), citation.locator.as_deref());
            self.optional_line(problems, &format!("{path}.note"), citation.note.as_deref());
        }
    }

    /// A list whose entries must differ.
    pub fn distinct<T: Eq + Hash>(&self, problems: &mut Problems, path: &str, values: impl Iterator<Item = T>) {
        let mut seen = HashSet::new();
        for (index, value) in values.enumerate() {
            if !seen.insert(value) {
                problems.add(
                    ProblemCode::Duplicate,
                    format!("{path}[{index}]"),
                    "This entry stands in the list already; remove it.",
                );
            }
        }
    }

    /// A list of codes of a vocabulary.
    pub fn concepts(&self, problems: &mut Problems, path: &str, scheme: ConceptScheme, codes: &[String]) {
        self.list(problems, path, codes.len());
        self.distinct(problems, path, codes.iter());
        for (index, code) in codes.iter().enumerate() {
            if let Err(error) = self.vocabulary.require(scheme, code) {
                let problem = match scheme {
                    ConceptScheme::Theme => ProblemCode::UnknownTheme,
                    ConceptScheme::Instrument => ProblemCode::UnknownInstrument,
                    ConceptScheme::Language => ProblemCode::UnknownLanguage,
                    ConceptScheme::Country | ConceptScheme::Region => ProblemCode::UnknownCountry,
                };
                problems.add(problem, format!("{path}[{index}]"), error.message());
            }
        }
    }

    /// A language that exists.
    pub fn language(&self, problems: &mut Problems, path: &str, language: &LanguageTag) {
        if let Err(error) = known_language(self.vocabulary, language) {
            problems.add(ProblemCode::UnknownLanguage, path, error.message());
        }
    }

    /// A day that is not in the future.
    pub fn past(&self, problems: &mut Problems, path: &str, day: Option<Date>) {
        if let Some(day) = day.filter(|day| day.0 > self.today) {
            problems.add(
                ProblemCode::FutureDate,
                path,
                format!("{} is in the future; today is {}.", day.0, self.today),
            );
        }
    }

    /// A year that is not in the future and not before printing.
    pub fn past_year(&self, problems: &mut Problems, path: &str, year: Option<i32>) {
        match year {
            Some(year) if year > self.today.year() => problems.add(
                ProblemCode::FutureDate,
                path,
                format!("{year} is in the future; today is {}.", self.today),
            ),
            Some(year) if year < 1450 => problems.add(
                ProblemCode::Invalid,
                path,
                format!("{year} is no year of publication; write four digits."),
            ),
            _ => {}
        }
    }

    /// Two days in order.
    pub fn in_order(&self, problems: &mut Problems, path: &str, from: Option<Date>, to: Option<Date>) {
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            problems.add(
                ProblemCode::Invalid,
                path,
                format!("The end {} lies before the start {}.", to.0, from.0),
            );
        }
    }

    /// How exactly a day is known: less exactly than to the day it is the first of its month or year.
    pub fn precision(&self, problems: &mut Problems, path: &str, precision: Option<DatePrecision>, day: Option<Date>) {
        match (precision, day) {
            (Some(_), None) => problems.add(
                ProblemCode::Invalid,
                path,
                "There is no date that this could be the precision of; give the date or leave this out.",
            ),
            (Some(DatePrecision::Month), Some(day)) if day.0.day() != 1 => problems.add(
                ProblemCode::Invalid,
                path,
                "With `MONTH` the date is the first of the month.",
            ),
            (Some(DatePrecision::Year), Some(day)) if day.0.ordinal() != 1 => problems.add(
                ProblemCode::Invalid,
                path,
                "With `YEAR` the date is the first of January.",
            ),
            _ => {}
        }
    }

    /// A count that is not negative.
    pub fn count(&self, problems: &mut Problems, path: &str, value: Option<i32>) {
        if let Some(value) = value.filter(|value| *value < 0) {
            problems.add(
                ProblemCode::Invalid,
                path,
                format!("{value} can't be a count; write 0 or more."),
            );
        }
    }
}

/// Refuses a language that neither the vocabulary nor ISO 639 knows.
///
/// # Errors
/// `UNKNOWN_LANGUAGE`.
pub fn known_language(vocabulary: &Vocabulary, language: &LanguageTag) -> Result<(), ApiError> {
    let primary = language.as_str().split('-').next().unwrap_or_default();
    let in_iso = isolang::Language::from_639_1(primary).is_some() || isolang::Language::from_639_3(primary).is_some();
    if in_iso {
        Ok(())
    } else {
        vocabulary
            .require(ConceptScheme::Language, language.as_str())
            .map(|_| ())
    }
}

/// Embeddings, overrides and isolates of directions, tags, and what is no character. Marks of direction and joiners stay: Arabic and
/// Persian need them.
pub fn disguises(character: char) -> bool {
    matches!(
        character,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// Whether a text has the form of a slug.
pub fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= SLUG
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}
