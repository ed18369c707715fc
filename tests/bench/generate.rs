//! The collection that is measured: of any size, the same every time, and shaped like the sample collection.
//!
//! It is the sample collection over and over: in every copy the kinds, the relations and the vocabularies are those of
//! the sample, and slugs have the number of the copy at their end. Titles, summaries and longer texts are new in every
//! copy but the first: walks through the words of the sample's texts in the same language. It holds the six core kinds,
//! so what they say of reviews, recommendations and commitments is left out.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::words::{Chain, Chance};

const SAMPLE: [&str; 6] = [
    include_str!("../../api/sample/resources.jsonl"),
    include_str!("../../api/sample/organizations.jsonl"),
    include_str!("../../api/sample/practitioners.jsonl"),
    include_str!("../../api/sample/initiatives.jsonl"),
    include_str!("../../api/sample/evidence.jsonl"),
    include_str!("../../api/sample/lessons.jsonl"),
];

/// Fields that hold one reference.
const ONE: [&str; 3] = ["resource", "organization", "practitioner"];
/// Fields that hold a list of references.
const MANY: [&str; 12] = [
    "contributors",
    "initiatives",
    "supportedBy",
    "challengedBy",
    "adaptedFrom",
    "partOf",
    "follows",
    "authors",
    "publishers",
    "translationOf",
    "childFriendlyVersionOf",
    "newVersionOf",
];
/// Fields that lead out of the six kinds.
const OUTSIDE: [&str; 5] = ["asks", "recommendations", "commitments", "reports", "indicators"];
/// Longer texts.
const TEXTS: [&str; 5] = [
    "activities",
    "adaptation",
    "limitations",
    "appliesWhere",
    "appliesNotWhere",
];

/// The items of the collection, one after the other.
pub struct Collection {
    sample: Vec<Value>,
    chains: HashMap<String, Chain>,
    items: usize,
    next: usize,
}

impl Collection {
    /// A collection of this many items.
    pub fn new(items: usize) -> Self {
        let sample: Vec<Value> = SAMPLE
            .iter()
            .flat_map(|file| file.lines())
            .map(|line| {
                let mut item: Value = serde_json::from_str(line).expect("the sample is JSON");
                leave_out(&mut item);
                item
            })
            .collect();
        let mut chains: HashMap<String, Chain> = HashMap::new();
        for item in &sample {
            let document = document(item);
            for text in std::iter::once(document).chain(document["translations"].as_array().into_iter().flatten()) {
                let language = text["language"].as_str().or(document["language"].as_str());
                let chain = chains.entry(language.unwrap_or("en").to_owned()).or_default();
                for field in ["title", "summary"].iter().chain(&TEXTS) {
                    chain.learn(text[*field].as_str().unwrap_or_default());
                }
            }
        }
        assert!(
            items >= sample.len(),
            "a collection has at least {} items",
            sample.len()
        );
        Self {
            sample,
            chains,
            items,
            next: 0,
        }
    }

    fn item(&self, number: usize) -> Value {
        let (copy, place) = (number / self.sample.len(), number % self.sample.len());
        let mut chance = Chance::new(number as u64);
        let mut item = self.sample[place].clone();
        // What the last copy refers to may lie beyond the end of the collection, so it refers to the first copy.
        let whole = (copy + 1) * self.sample.len() <= self.items;
        let slug = item["slug"].as_str().expect("an item has a slug").to_owned();
        item["slug"] = Value::String(numbered(&slug, copy));
        let (kind, document) = parts(&mut item);
        refer(document, if whole { copy } else { 0 });
        if copy == 0 {
            return item;
        }
        let person = kind == "practitioner";
        let language = document["language"].as_str().unwrap_or("en").to_owned();
        self.rewrite(document, &language, person, &mut chance);
        let translations = document.get_mut("translations").and_then(Value::as_array_mut);
        for translation in translations.into_iter().flatten() {
            let language = translation["language"].as_str().unwrap_or("en").to_owned();
            self.rewrite(translation, &language, person, &mut chance);
        }
        for field in ["themes", "countries"] {
            let other = &document_of_same_kind(&self.sample, place, &mut chance)[field];
            if chance.below(2) == 0 && !other.is_null() && !document[field].is_null() {
                document[field] = other.clone();
            }
        }
        item
    }

    fn rewrite(&self, text: &mut Value, language: &str, person: bool, chance: &mut Chance) {
        let chain = &self.chains[language];
        if !person {
            let words = 4 + chance.below(8);
            text["title"] = json!(chain.text(words, chance));
        }
        for field in std::iter::once("summary").chain(TEXTS) {
            if let Some(old) = text[field].as_str() {
                let words = old.split_whitespace().count().max(3);
                text[field] = json!(chain.text(words, chance));
            }
        }
    }
}

impl Iterator for Collection {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        (self.next < self.items).then(|| {
            let item = self.item(self.next);
            self.next += 1;
            item
        })
    }
}

/// The kind of an item and its document.
fn parts(item: &mut Value) -> (&String, &mut Value) {
    item["content"]
        .as_object_mut()
        .and_then(|content| content.iter_mut().next())
        .expect("an item has content")
}

fn document(item: &Value) -> &Value {
    item["content"]
        .as_object()
        .and_then(|content| content.values().next())
        .expect("an item has content")
}

fn document_of_same_kind<'a>(sample: &'a [Value], place: usize, chance: &mut Chance) -> &'a Value {
    let kind = |item: &'a Value| item["content"].as_object().and_then(|content| content.keys().next());
    // The sample is ordered by kind, so a neighbour is mostly of the same kind.
    let other = &sample[(place + 1 + chance.below(10)) % sample.len()];
    if kind(other) == kind(&sample[place]) {
        document(other)
    } else {
        document(&sample[place])
    }
}

fn numbered(slug: &str, copy: usize) -> String {
    if copy == 0 {
        slug.to_owned()
    } else {
        format!("{slug}-{copy}")
    }
}

/// Leaves out at every depth what leads out of the six kinds.
fn leave_out(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !OUTSIDE.contains(&name.as_str()));
            fields.values_mut().for_each(leave_out);
        }
        Value::Array(list) => list.iter_mut().for_each(leave_out),
        _ => {}
    }
}

/// Makes every reference in a document one to this copy.
fn refer(value: &mut Value, copy: usize) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match field {
                    Value::String(slug) if ONE.contains(&name.as_str()) => *slug = numbered(slug, copy),
                    Value::Array(slugs) if MANY.contains(&name.as_str()) => {
                        for slug in slugs {
                            if let Value::String(slug) = slug {
                                *slug = numbered(slug, copy);
                            }
                        }
                    }
                    other => refer(other, copy),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|one| refer(one, copy)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::Collection;

    #[test]
    fn the_collection_can_be_imported() {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let file = directory.path().join("collection.jsonl");
        let lines: Vec<String> = Collection::new(1_500).map(|item| item.to_string()).collect();
        std::fs::write(&file, lines.join("\n")).expect("the file can be written");
        let said = Command::new(praxis_tests::praxis_binary())
            .args(["import", "--dry-run"])
            .arg(&file)
            .env("PRAXIS_DATA_DIR", directory.path())
            .output()
            .expect("praxis runs");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }
}
