//! From a country's name, in any of its spellings, to its ISO 3166-1 alpha-2 code.
//!
//! The names are the labels of `countries.json`, and what people write beside them: `country-names.json`. Names that
//! may mean several countries, or one that is no more, are refused by name: `country-names-refused.json`. Articles,
//! accents, case, punctuation, `&` for `and` and `St.` for `Saint` make no difference.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::Properties;
use crate::graphql::scalars::CountryCode;

const COUNTRIES: &str = include_str!("../../vocabulary/countries.json");
const SPELLINGS: &str = include_str!("../../vocabulary/country-names.json");
const REFUSED: &str = include_str!("../../vocabulary/country-names-refused.json");

static NAMES: LazyLock<CountryNames> = LazyLock::new(|| {
    // A test keeps the committed files well-formed; without them, every name would be unknown.
    CountryNames::from_files(COUNTRIES, SPELLINGS, REFUSED).unwrap_or_default()
});

/// Articles of names in English, French and Spanish; they come and go (`Gambia`, `The Gambia`, `Gambia (la)`).
const ARTICLES: [&str; 8] = ["the", "le", "la", "les", "el", "los", "las", "l"];

#[derive(Deserialize)]
struct Country {
    code: String,
    #[serde(flatten)]
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spellings {
    code: String,
    names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    name: String,
    codes: Vec<String>,
    reason: String,
}

/// Why a name gives no country.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    /// No country has a name like this.
    #[error("no country is called `{name}`{}; write its UN name or its ISO 3166-1 code", match .nearest { Some(nearest) => format!(" (did you mean `{nearest}`?)"), None => String::new() })]
    Unknown {
        /// The name, cut to 60 characters.
        name: String,
        /// The most similar known name.
        nearest: Option<String>,
    },
    /// The name may mean several countries, or none that exists.
    #[error("`{name}` does not say which country is meant: {reason}{}", if .codes.is_empty() { String::new() } else { format!("; write one of {}", .codes.join(", ")) })]
    Ambiguous {
        /// The name.
        name: String,
        /// Codes of the countries that it may mean.
        codes: Vec<String>,
        /// Why it is refused.
        reason: String,
    },
}

/// The names of countries.
#[derive(Debug, Default)]
pub struct CountryNames {
    by_name: HashMap<String, CountryCode>,
    by_alpha3: HashMap<String, CountryCode>,
    codes: BTreeSet<String>,
    refused: HashMap<String, (Vec<String>, String)>,
}

impl CountryNames {
    /// The names that the project knows.
    pub fn committed() -> &'static Self {
        &NAMES
    }

    /// The country with this name or ISO 3166-1 code (two or three capital letters).
    ///
    /// # Errors
    /// Where no country has the name, or where it may mean several.
    pub fn resolve(&self, name: &str) -> Result<CountryCode, NameProblem> {
        let trimmed = name.trim();
        if let Some(code) = self.code(trimmed) {
            return Ok(code);
        }
        let key = key(trimmed);
        if let Some((codes, reason)) = self.refused.get(&key) {
            return Err(NameProblem::Ambiguous {
                name: shown(trimmed),
                codes: codes.clone(),
                reason: reason.clone(),
            });
        }
        self.by_name.get(&key).cloned().ok_or_else(|| NameProblem::Unknown {
            name: shown(trimmed),
            nearest: self.nearest(&key),
        })
    }

    /// The country with this ISO 3166-1 alpha-2 or alpha-3 code, in capital letters.
    pub fn code(&self, code: &str) -> Option<CountryCode> {
        match code.len() {
            2 => self.codes.contains(code).then(|| CountryCode::trusted(code)),
            3 => self.by_alpha3.get(code).cloned(),
            _ => None,
        }
    }

    fn nearest(&self, key: &str) -> Option<String> {
        let cut: String = key.chars().take(60).collect();
        // In the order of names, so that the same answer is given every time.
        let names: BTreeMap<&String, &CountryCode> = self.by_name.iter().collect();
        names
            .into_iter()
            .map(|(name, code)| (strsim::jaro_winkler(name, &cut), code))
            .filter(|(score, _)| *score > 0.88)
            .max_by(|one, other| one.0.total_cmp(&other.0))
            .map(|(_, code)| code.as_str().to_owned())
    }

    fn from_files(countries: &str, spellings: &str, refused: &str) -> Result<Self, String> {
        let countries: Vec<Country> = serde_json::from_str(countries).map_err(|error| error.to_string())?;
        let spellings: Vec<Spellings> = serde_json::from_str(spellings).map_err(|error| error.to_string())?;
        let refused: Vec<Refused> = serde_json::from_str(refused).map_err(|error| error.to_string())?;
        let mut names = Self::default();
        for country in &countries {
            let code = CountryCode::parse(country.code.clone())?;
            names.codes.insert(country.code.clone());
            if let Some(alpha3) = &country.properties.alpha3 {
                names.by_alpha3.insert(alpha3.clone(), code);
            }
        }
        for line in refused {
            if let Some(code) = line.codes.iter().find(|code| !names.codes.contains(*code)) {
                return Err(format!("`{}` names unknown country {code}", line.name));
            }
            names.refused.insert(key(&line.name), (line.codes, line.reason));
        }
        let labels = countries.iter().flat_map(|country| {
            let properties = &country.properties;
            properties
                .pref_label
                .values()
                .chain(properties.alt_label.values().flatten())
                .map(|label| (country.code.as_str(), label.as_str()))
        });
        let further = spellings
            .iter()
            .flat_map(|line| line.names.iter().map(|name| (line.code.as_str(), name.as_str())));
        for (code, name) in labels.chain(further) {
            if !names.codes.contains(code) {
                return Err(format!("`{name}` belongs to unknown country {code}"));
            }
            let key = key(name);
            if key.is_empty() {
                return Err(format!("a name of {code} has no letters"));
            }
            if names.refused.contains_key(&key) {
                return Err(format!("`{name}` is both a name of {code} and refused"));
            }
            if let Some(other) = names.by_name.insert(key, CountryCode::trusted(code))
                && other.as_str() != code
            {
                return Err(format!("`{name}` is a name of {code} and of {other}"));
            }
        }
        Ok(names)
    }
}

/// What is left of a name when everything that varies between spellings is taken away.
fn key(name: &str) -> String {
    let folded: String = name
        .replace('&', " and ")
        .nfkd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .collect();
    let mut words = folded
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty() && !ARTICLES.contains(word))
        .map(|word| if matches!(word, "st" | "ste") { "saint" } else { word });
    let mut key = String::with_capacity(folded.len());
    if let Some(first) = words.next() {
        key.push_str(first);
    }
    for word in words {
        key.push(' ');
        key.push_str(word);
    }
    key
}

fn shown(name: &str) -> String {
    name.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn resolved(name: &str) -> Result<String, NameProblem> {
        CountryNames::committed()
            .resolve(name)
            .map(|code| code.as_str().to_owned())
    }

    static ALL: LazyLock<Vec<(String, String)>> = LazyLock::new(all_names);

    fn all_names() -> Vec<(String, String)> {
        let countries: Vec<Country> = serde_json::from_str(COUNTRIES).unwrap();
        let spellings: Vec<Spellings> = serde_json::from_str(SPELLINGS).unwrap();
        countries
            .into_iter()
            .flat_map(|country| {
                let properties = country.properties;
                let names: Vec<String> = properties
                    .pref_label
                    .into_values()
                    .chain(properties.alt_label.into_values().flatten())
                    .collect();
                names.into_iter().map(move |name| (country.code.clone(), name))
            })
            .chain(
                spellings
                    .into_iter()
                    .flat_map(|line| line.names.into_iter().map(move |name| (line.code.clone(), name))),
            )
            .collect()
    }

    #[test]
    fn the_committed_tables_are_well_formed_and_free_of_contradiction() {
        CountryNames::from_files(COUNTRIES, SPELLINGS, REFUSED).unwrap();
    }

    #[test]
    fn names_are_known_in_the_spellings_of_several_sources() {
        for (name, code) in [
            ("Antigua & Barbuda", "AG"),
            ("Republic of Korea", "KR"),
            ("Korea, Republic of", "KR"),
            ("DPR Korea", "KP"),
            ("Bosnia & Herzegovina", "BA"),
            ("St. Kitts And Nevis", "KN"),
            ("Côte d’Ivoire", "CI"),
            ("COTE D'IVOIRE", "CI"),
            ("The Gambia", "GM"),
            ("Gambia (la)", "GM"),
            ("Bolivia (Plurinational State of)", "BO"),
            ("Swaziland", "SZ"),
            ("Burma", "MM"),
            ("Cape Verde", "CV"),
            ("Tanzania, United Republic of", "TZ"),
            ("Российская Федерация", "RU"),
            ("  nepal ", "NP"),
            ("NPL", "NP"),
            ("NP", "NP"),
        ] {
            assert_eq!(resolved(name).as_deref(), Ok(code), "{name}");
        }
    }

    #[test]
    fn a_name_that_may_mean_several_countries_is_refused_with_those_countries() {
        let problem = resolved("Korea").unwrap_err();
        let said = problem.to_string();
        assert!(said.contains("KP, KR"), "{said}");
        assert!(resolved("The  Virgin Islands").is_err());
        assert!(resolved("Yugoslavia").unwrap_err().to_string().contains("no longer"));
        assert!(matches!(
            resolved("Kosovo"),
            Err(NameProblem::Ambiguous { codes, .. }) if codes.is_empty()
        ));
    }

    #[test]
    fn a_misspelt_name_is_refused_with_the_nearest_country() {
        assert_eq!(
            resolved("Afganistann"),
            Err(NameProblem::Unknown {
                name: "Afganistann".to_owned(),
                nearest: Some("AF".to_owned())
            })
        );
        assert!(resolved("").is_err());
        assert!(resolved("np").is_err(), "a code is written in capital letters");
    }

    proptest! {
        #[test]
        fn every_known_name_resolves_whatever_its_case_white_space_and_article(
            at in any::<prop::sample::Index>(), upper in any::<bool>(), article in "(|the |The |la )", around in "[ \t.,]{0,3}"
        ) {
            let (code, name) = at.get(&ALL);
            let name = if upper { name.to_uppercase() } else { name.to_lowercase() };
            let written = format!("{around}{article}{name}{around}");
            let found = resolved(&written);
            prop_assert_eq!(found.as_deref(), Ok(code.as_str()), "{}", written);
        }

        #[test]
        fn any_text_gives_a_known_country_or_a_short_error(text in "\\PC{0,200}") {
            match resolved(&text) {
                Ok(code) => prop_assert!(CountryNames::committed().codes.contains(&code)),
                Err(problem) => prop_assert!(problem.to_string().chars().count() < 400),
            }
        }
    }
}
