//! Whether a change is minor: so little that a trusted member may publish it before anybody else has looked at it.
//!
//! The rule is the community's own ("minor edits", reviewed after) and errs towards review. Nothing but words may change, in
//! free texts only: no code, number, date, reference, citation, measurement, link or file, and no text may come or go. Of
//! each text only a little may change, by the count of characters, and nothing that turns a meaning: see [`words`].

mod distance;
mod words;

use serde_json::{Map, Value};

/// Most characters of one text that a minor change inserts, deletes and replaces, together.
const MOST: usize = 40;
/// The part of a text that a minor change touches: one character in this many.
const PART: usize = 10;
/// What may change of a text that is not much longer than [`PART`]: a misspelt letter, or two that were swapped.
const LEAST: usize = 2;

/// The free texts of each kind of document beside summaries and titles, by the field that names the kind.
const TEXTS: &[(&str, &[&str])] = &[
    ("practitioner", &["headline"]),
    ("organization", &[]),
    ("initiative", &["activities", "adaptation", "participation.note"]),
    ("evidence", &["limitations"]),
    ("lesson", &["appliesWhere", "appliesNotWhere"]),
    ("resource", &[]),
    // What a recommendation says stands in the words of its source, and it is counted by them.
    ("recommendation", &[]),
    ("commitment", &["details"]),
    ("event", &["agenda", "participation.note"]),
];
/// The free texts that documents of every kind have.
const SUMMARIES: [&str; 2] = ["summary", "translations.summary"];
/// Titles, which are free texts but where they are the name of somebody.
const TITLES: [&str; 2] = ["title", "translations.title"];
/// The kinds whose title is a name.
const NAMED: [&str; 2] = ["practitioner", "organization"];

/// Whether the change from one document to another of the same kind is minor, both given as canonical JSON. Of two equal
/// documents it is.
pub fn is_minor(before: &str, after: &str) -> bool {
    let (Ok(Value::Object(before)), Ok(Value::Object(after))) =
        (serde_json::from_str(before), serde_json::from_str(after))
    else {
        return false;
    };
    let Some((kind, texts)) = TEXTS.iter().find(|(kind, _)| before.contains_key(*kind)) else {
        return false;
    };
    let titles: &[&str] = if NAMED.contains(kind) { &[] } else { &TITLES };
    let rule = Rule {
        texts: [&SUMMARIES, titles, texts].concat(),
    };
    match (before.get(*kind), after.get(*kind)) {
        (Some(Value::Object(one)), Some(Value::Object(other))) if before.len() == 1 && after.len() == 1 => {
            rule.fields("", None, one, other)
        }
        _ => false,
    }
}

struct Rule {
    /// The fields that hold free texts.
    texts: Vec<&'static str>,
}

impl Rule {
    fn fields(
        &self,
        path: &str,
        language: Option<&str>,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> bool {
        // A translation says in which language it is, or else its document does.
        let language = before.get("language").and_then(Value::as_str).or(language);
        before.len() == after.len()
            && before.iter().all(|(name, one)| {
                let path = match path {
                    "" => name.clone(),
                    _ => format!("{path}.{name}"),
                };
                after
                    .get(name)
                    .is_some_and(|other| self.value(&path, language, one, other))
            })
    }

    fn value(&self, path: &str, language: Option<&str>, before: &Value, after: &Value) -> bool {
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => self.fields(path, language, before, after),
            (Value::Array(before), Value::Array(after)) => {
                before.len() == after.len()
                    && before
                        .iter()
                        .zip(after)
                        .all(|(one, other)| self.value(path, language, one, other))
            }
            (Value::String(before), Value::String(after)) if self.texts.contains(&path) => {
                is_minor_in_text(language.unwrap_or_default(), before, after)
            }
            _ => before == after,
        }
    }
}

/// Whether the change of one text in this language is minor.
fn is_minor_in_text(language: &str, before: &str, after: &str) -> bool {
    if before == after {
        return true;
    }
    let one: Vec<char> = before.chars().collect();
    let other: Vec<char> = after.chars().collect();
    let allowed = match one.len() {
        0..PART => 0,
        length => (length / PART).clamp(LEAST, MOST),
    };
    words::are_known(language) && distance::within(&one, &other, allowed) && words::mean_the_same(before, after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const SUMMARY: &str = "The coalition red the budget of the ministry line by line, and it asked why 12 of them were not spent. See \
                           https://example.org/budget for the wole list of the lines.";

    fn lesson() -> Value {
        json!({ "lesson": {
            "title": "Budget lines move quietly", "language": "en", "summary": SUMMARY, "themes": ["education"],
            "countries": ["ML"], "translations": [{ "language": "fr", "title": "Les lignes du budget bougent" }],
            "citations": [{ "resource": "report", "locator": "pp. 8–9", "note": "Where the lines are listed" }],
            "kind": "BOTTLENECK", "factor": "FUNDING", "appliesWhere": "Where budgets are published by line" } })
    }

    fn minor(change: impl Fn(&mut Value)) -> bool {
        let before = lesson();
        let mut after = before.clone();
        change(&mut after["lesson"]);
        is_minor(&before.to_string(), &after.to_string())
    }

    fn summary(from: &str, to: &str) -> bool {
        assert!(SUMMARY.contains(from), "{from}");
        minor(|lesson| lesson["summary"] = json!(SUMMARY.replacen(from, to, 1)))
    }

    #[test]
    fn words_are_mended_in_every_free_text() {
        assert!(summary("red the", "read the"));
        assert!(summary("wole list", "whole list"));
        assert!(summary("line, and", "line and"));
        assert!(minor(|lesson| lesson["title"] = json!("Budget lines move quitely")));
        assert!(minor(
            |lesson| lesson["translations"][0]["title"] = json!("Les lignes du budget bougentt")
        ));
        assert!(minor(
            |lesson| lesson["appliesWhere"] = json!("Where budgets are published by lines")
        ));
    }

    #[test]
    fn nothing_but_words_may_change() {
        assert!(!minor(|lesson| lesson["themes"] = json!(["health"])));
        assert!(!minor(|lesson| lesson["themes"] = json!(["education", "health"])));
        assert!(!minor(|lesson| lesson["countries"] = json!(["NE"])));
        assert!(!minor(|lesson| lesson["factor"] = json!("CHAMPIONS")));
        assert!(!minor(|lesson| lesson["language"] = json!("fr")));
        assert!(!minor(|lesson| lesson["citations"][0]["locator"] = json!("pp. 8–10")));
        assert!(!minor(
            |lesson| lesson["citations"][0]["note"] = json!("Where the lines are")
        ));
        assert!(!minor(|lesson| lesson["appliesNotWhere"] = json!("Elsewhere")));
        assert!(!minor(|lesson| lesson["translations"] = json!([])));
        assert!(!minor(|lesson| lesson["summary"] = Value::Null));
        assert!(!minor(|lesson| {
            lesson.as_object_mut().unwrap().remove("appliesWhere");
        }));
    }

    #[test]
    fn numbers_links_and_negations_stay_and_stay_where_they_are() {
        assert!(!summary("12", "13"));
        assert!(!summary("12", "twelve"));
        assert!(!summary("12 of", "12. Of"));
        assert!(!summary("not ", ""));
        assert!(!summary("and it", "and not it"));
        assert!(!summary("were not", "not were"));
        assert!(!summary("example.org", "example.com"));
        assert!(!summary("asked", "never asked"));
        assert!(!summary("list", "[list](x)"));
        assert!(!summary("the wole", "all the wole"));
    }

    #[test]
    fn of_a_text_only_a_little_may_change() {
        assert!(summary("coalition", "coalition itself"));
        assert!(!summary("coalition", "coalition of the parents and teachers"));
        assert!(!minor(|lesson| lesson["title"] = json!("Budget lines move at night")));
    }

    #[test]
    fn a_name_is_mended_and_none_is_added() {
        let mended = |before: &str, after: &str| is_minor_in_text("en", before, after);
        assert!(mended(
            "In Mopti the Cercle of Bandiagra met",
            "In Mopti the Cercle of Bandiagara met"
        ));
        assert!(!mended(
            "In Mopti the girl spoke before the council",
            "In Mopti the girl Awa spoke before the council"
        ));
        assert!(!mended(
            "In Mopti the council met a girl there",
            "In Gao the council met a girl there"
        ));
    }

    #[test]
    fn names_of_people_and_the_words_of_recommendations_wait() {
        let of = |kind: &str, field: &str, text: &str| {
            json!({ kind: { "title": "Assembly of Parents", "language": "en", field: text } }).to_string()
        };
        let text = "Put the plan into practise in every region";
        let mended = "Put the plan into practice in every region";
        assert!(!is_minor(
            &of("recommendation", "text", text),
            &of("recommendation", "text", mended)
        ));
        assert!(is_minor(
            &of("recommendation", "summary", text),
            &of("recommendation", "summary", mended)
        ));
        for kind in NAMED {
            let named = |name: &str| json!({ kind: { "title": name, "language": "en" } }).to_string();
            assert!(
                !is_minor(&named("Assembly of Parents"), &named("Asembly of Parents")),
                "{kind}"
            );
        }
        assert!(!is_minor(
            &of("lesson", "summary", text),
            &of("evidence", "summary", mended)
        ));
    }

    #[test]
    fn a_language_whose_negations_are_not_known_waits() {
        assert!(is_minor_in_text(
            "pt-BR",
            "as crianças falaram com o ministerio",
            "as crianças falaram com o ministério"
        ));
        assert!(!is_minor_in_text(
            "sw",
            "watoto walizungumza na wizaraa",
            "watoto walizungumza na wizara"
        ));
    }

    proptest! {
        #[test]
        fn a_minor_change_keeps_every_digit_and_stays_within_the_bound(
            before in "[a-z0-9 ]{0,80}", after in "[a-z0-9 ]{0,80}",
        ) {
            if is_minor_in_text("en", &before, &after) {
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
                prop_assert_eq!(digits(&before), digits(&after));
                prop_assert!(strsim::levenshtein(&before, &after) <= (before.chars().count() / PART).clamp(LEAST, MOST));
            }
        }

        #[test]
        fn a_negation_that_is_put_in_or_taken_out_is_never_minor(
            words in prop::collection::vec("[a-z]{1,9}", 10..40), place in 0usize..10,
            negation in prop::sample::select(vec!["not", "no", "never", "ne", "pas", "sin", "nunca", "don't", "não", "n'a"]),
        ) {
            let mut with = words.clone();
            with.insert(place, negation.to_owned());
            for language in ["en", "fr", "es", "pt"] {
                prop_assert!(!is_minor_in_text(language, &words.join(" "), &with.join(" ")));
                prop_assert!(!is_minor_in_text(language, &with.join(" "), &words.join(" ")));
            }
        }

        #[test]
        fn a_digit_that_is_changed_put_in_or_taken_out_is_never_minor(text in "[a-z ]{20,90}", place in 0usize..20, digit in 0u8..10) {
            let (head, tail) = text.split_at(place);
            let with = format!("{head}{digit}{tail}");
            let other = format!("{head}{}{tail}", (digit + 1) % 10);
            prop_assert!(!is_minor_in_text("en", &text, &with));
            prop_assert!(!is_minor_in_text("en", &with, &text));
            prop_assert!(!is_minor_in_text("en", &with, &other));
        }

        #[test]
        fn two_documents_that_differ_in_a_field_without_text_never_differ_a_little(themes in prop::collection::vec(prop::sample::select(vec!["education", "health"]), 0..3)) {
            let changed = minor(|lesson| lesson["themes"] = json!(themes));
            prop_assert_eq!(changed, themes == ["education"]);
        }
    }
}
