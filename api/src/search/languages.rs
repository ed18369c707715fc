//! Languages in the index: an item is found by each tag of its texts and by what the tag falls back to, and by a range that falls
//! back to one of its tags as it stands (RFC 4647).
//!
//! Both engines compare values only. So the index also holds, beside `fr` for all that is in any French, a value for what is in French of
//! no country, which a search for `fr-CA` accepts.

use crate::graphql::scalars::LanguageTag;

/// Ends the value for what is tagged so and not more narrowly. No tag ends like this.
const AS_IT_STANDS: &str = "-";

/// The values of an item with a text in this language.
pub fn indexed(tag: &LanguageTag) -> Vec<String> {
    let shown = tag.with_broader().into_iter().map(str::to_owned);
    shown.chain([format!("{tag}{AS_IT_STANDS}")]).collect()
}

/// The values of items that a range finds: what is in the language or a variety of it, and what is in a broader one as it stands.
pub fn accepted(range: &LanguageTag) -> Vec<String> {
    let broader = range.with_broader().into_iter().skip(1);
    let as_they_stand = broader.map(|tag| format!("{tag}{AS_IT_STANDS}"));
    std::iter::once(range.to_string()).chain(as_they_stand).collect()
}

/// Whether a value is a tag, which a facet shows and a filter takes.
pub fn is_tag(value: &str) -> bool {
    !value.ends_with(AS_IT_STANDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(range: &str, tag: &str) -> bool {
        let (range, tag) = (LanguageTag::parse(range).unwrap(), LanguageTag::parse(tag).unwrap());
        let indexed = indexed(&tag);
        accepted(&range).iter().any(|value| indexed.contains(value))
    }

    #[test]
    fn a_range_finds_itself_what_is_narrower_and_what_it_falls_back_to() {
        for (range, tag, expected) in [
            ("fr", "fr", true),
            ("fr", "fr-CA", true),
            ("fr-CA", "fr-CA", true),
            ("fr-CA", "fr", true),
            ("fr-CA", "fr-FR", false),
            ("fr-CA", "fro", false),
            ("fr", "fro", false),
            ("zh-Hant-TW", "zh-Hant", true),
            ("zh-Hant-TW", "zh", true),
            ("zh-Hant-TW", "zh-Hans", false),
            ("zh-Hant", "zh-Hant-TW", true),
            ("zh-Hant", "zh-TW", false),
            ("en-x-easy", "en", true),
            ("en", "en-x-easy", true),
        ] {
            assert_eq!(finds(range, tag), expected, "{range} {tag}");
        }
    }

    #[test]
    fn only_tags_are_shown() {
        for tag in ["fr", "fr-CA", "en-x-easy"] {
            let values = indexed(&LanguageTag::parse(tag).unwrap());
            let shown: Vec<&String> = values.iter().filter(|value| is_tag(value)).collect();
            assert_eq!(shown.len() + 1, values.len(), "{tag}");
            assert!(
                shown.iter().all(|value| LanguageTag::parse(value.as_str()).is_ok()),
                "{tag}"
            );
        }
    }
}
