//! Labels of the closed vocabularies, beside facets. English follows from the value itself, unless it stands with the other
//! languages in `api/vocabulary/values.json`, by the name of the facet.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::text::in_words;

/// By the name of a facet, by value, by language.
type Table = BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // A test keeps the committed file well-formed; without it, every label would be English.
    serde_json::from_str(include_str!("../../vocabulary/values.json")).unwrap_or_default()
});

/// The label of a value in the best available language: the one asked for, its base language, English.
pub fn label(facet: &str, value: &str, language: Option<&str>) -> String {
    let labels = TABLE.get(facet).and_then(|values| values.get(value));
    let in_language = |tag: &str| labels.and_then(|labels| labels.get(tag));
    language
        .and_then(|tag| in_language(tag).or_else(|| in_language(tag.split('-').next().unwrap_or(tag))))
        .or_else(|| in_language("en"))
        .map_or_else(|| in_words(value), Clone::clone)
}

#[cfg(test)]
mod tests {
    use praxis_entities::vocabulary::{ContentKind, EvidenceDirection, Factor, OutcomeDomain, StrengthLevel};
    use sea_orm::Iterable;

    use super::*;

    #[test]
    fn every_value_has_a_label_in_each_language_and_no_other_has_one() {
        let names = |values: Vec<&'static str>| -> Vec<String> {
            let mut names: Vec<String> = values.into_iter().map(str::to_owned).collect();
            names.sort();
            names
        };
        let expected = [
            ("kinds", names(ContentKind::iter().map(ContentKind::as_str).collect())),
            (
                "outcomeDomains",
                names(OutcomeDomain::iter().map(OutcomeDomain::as_str).collect()),
            ),
            (
                "directions",
                names(EvidenceDirection::iter().map(EvidenceDirection::as_str).collect()),
            ),
            ("factors", names(Factor::iter().map(Factor::as_str).collect())),
            (
                "strengths",
                names(StrengthLevel::iter().map(StrengthLevel::as_str).collect()),
            ),
            ("childFriendly", names(vec!["false", "true"])),
        ];
        assert_eq!(TABLE.len(), expected.len());
        for (facet, values) in expected {
            let table = &TABLE[facet];
            assert_eq!(table.keys().cloned().collect::<Vec<_>>(), values, "{facet}");
            for (value, labels) in table {
                let languages = match facet {
                    "childFriendly" => &["en", "es", "fr"][..],
                    _ => &["es", "fr"],
                };
                assert_eq!(labels.keys().collect::<Vec<_>>(), languages, "{facet} {value}");
                assert!(labels.values().all(|label| !label.trim().is_empty()), "{facet} {value}");
            }
        }
    }

    #[test]
    fn a_label_is_in_the_language_asked_for_or_its_base_or_else_in_english() {
        for (language, expected) in [
            (Some("fr"), "Sans effet"),
            (Some("fr-CA"), "Sans effet"),
            (Some("es"), "Sin efecto"),
            (Some("sw"), "No effect"),
            (None, "No effect"),
        ] {
            assert_eq!(label("directions", "NO_EFFECT", language), expected, "{language:?}");
        }
        assert_eq!(label("directions", "NEW_VALUE", Some("fr")), "New value");
        assert_eq!(label("childFriendly", "true", None), "Version for children");
        assert_eq!(label("childFriendly", "true", Some("sw")), "Version for children");
    }
}
