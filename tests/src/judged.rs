//! Collections with judged queries: what is imported, what is asked, and what is judged relevant. Those of others are read
//! from a folder; they are not part of the project.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Item, sample_collection, sample_references};

/// `kind/slug` → grade.
pub type Judgements = HashMap<String, f64>;

/// A collection with its queries.
pub struct Collection {
    /// What it is called in the report.
    pub name: String,
    /// What is imported first: lines that the items refer to.
    pub references: Vec<Item>,
    /// The items.
    pub items: Vec<Item>,
    /// The queries.
    pub queries: Vec<Query>,
}

/// A query with what is judged of it.
pub struct Query {
    /// What is typed.
    pub text: String,
    /// The sort of query; empty where there is but one.
    pub kind: String,
    /// For adjusting the ranking with, or for reporting alone.
    pub half: Half,
    /// What is relevant to it, and how much.
    pub judgements: Judgements,
}

/// The halves of the queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Half {
    /// The ranking may be adjusted with these.
    Tune,
    /// With these never.
    Report,
}

impl Half {
    fn alternating(place: usize) -> Self {
        if place.is_multiple_of(2) {
            Self::Tune
        } else {
            Self::Report
        }
    }
}

/// The key that judgements name an item by.
pub fn key(item: &Item) -> String {
    format!("{}/{}", item.kind, item.slug)
}

/// The sample collection with the queries in `queries/sample.jsonl`.
pub fn sample() -> Collection {
    #[derive(Deserialize)]
    struct Line {
        query: String,
        kind: String,
        half: Half,
        relevant: Judgements,
    }
    let queries = include_str!("../relevance/queries/sample.jsonl")
        .lines()
        .map(|line| {
            let line: Line = serde_json::from_str(line).expect("every line is a query");
            Query {
                text: line.query,
                kind: line.kind,
                half: line.half,
                judgements: line.relevant,
            }
        })
        .collect();
    Collection {
        name: "sample".to_owned(),
        references: sample_references(),
        items: sample_collection(),
        queries,
    }
}

fn document(slug: &str, language: &str, title: &str, text: &str) -> Item {
    // Two of Cranfield's abstracts are empty.
    let summary = Some(text.trim()).filter(|text| !text.is_empty());
    let mut item = Item::new("resource", slug, title, json!({ "kind": "OTHER", "summary": summary }));
    item.document["language"] = json!(language);
    item
}

/// The Cranfield collection: `cran.all.1400`, `cran.qry`, `cranqrel`. Its codes 1 to 4 are grades, 1 the best; queries are
/// named by their position.
///
/// # Errors
/// Where a file can't be read.
pub fn cranfield(directory: &Path) -> std::io::Result<Collection> {
    let read = |name: &str| std::fs::read_to_string(directory.join(name));
    let items = fields(&read("cran.all.1400")?)
        .into_iter()
        .map(|(number, mut fields)| {
            let title: String = fields.remove(&'T').unwrap_or_default();
            let title = if title.is_empty() { number.clone() } else { title };
            let title: String = title.chars().take(300).collect();
            let text = fields.remove(&'W').unwrap_or_default();
            document(&format!("abstract-{number}"), "en", &title, &text)
        })
        .collect();
    let mut judgements: HashMap<usize, Judgements> = HashMap::new();
    for line in read("cranqrel")?.lines() {
        let mut words = line.split_whitespace();
        let (Some(query), Some(item), Some(code)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        if let (Ok(query), Ok(code @ 1..=4)) = (query.parse(), code.parse::<i32>()) {
            let judged: &mut Judgements = judgements.entry(query).or_default();
            judged.insert(format!("resource/abstract-{item}"), f64::from(5 - code));
        }
    }
    let queries = fields(&read("cran.qry")?)
        .into_iter()
        .enumerate()
        .filter_map(|(place, (_, mut fields))| {
            Some(Query {
                text: fields.remove(&'W')?,
                kind: String::new(),
                half: Half::alternating(place),
                judgements: judgements.remove(&(place + 1))?,
            })
        })
        .collect();
    Ok(Collection {
        name: "Cranfield".to_owned(),
        references: Vec::new(),
        items,
        queries,
    })
}

/// The records of a file in the SMART format: `.I` and a number, then fields of lines after `.` and a letter.
fn fields(text: &str) -> Vec<(String, HashMap<char, String>)> {
    let mut records: Vec<(String, HashMap<char, String>)> = Vec::new();
    let mut field = ' ';
    for line in text.lines() {
        if let Some(number) = line.strip_prefix(".I ") {
            records.push((number.trim().to_owned(), HashMap::new()));
        } else if let Some(name) = line.strip_prefix('.').and_then(|rest| rest.chars().next()) {
            field = name;
        } else if let Some((_, fields)) = records.last_mut() {
            let text = fields.entry(field).or_default();
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(line.trim());
        }
    }
    records
}

/// XQuAD in one language: paragraphs, and questions with one relevant paragraph each.
///
/// # Errors
/// Where the file can't be read.
pub fn xquad(directory: &Path, language: &str) -> std::io::Result<Collection> {
    let text = std::fs::read_to_string(directory.join(format!("xquad.{language}.json")))?;
    let all: Value = serde_json::from_str(&text).map_err(std::io::Error::other)?;
    let mut items = Vec::new();
    let mut queries = Vec::new();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for article in list(&all["data"]) {
        for paragraph in list(&article["paragraphs"]) {
            let context = paragraph["context"]
                .as_str()
                .unwrap_or_default()
                .trim_start_matches('\u{feff}');
            // The paragraphs have no titles, and a title has a letter or a digit. This one says as little as one can.
            let slug = format!("paragraph-{}", items.len() + 1);
            for question in list(&paragraph["qas"]) {
                queries.push(Query {
                    text: question["question"].as_str().unwrap_or_default().to_owned(),
                    kind: String::new(),
                    half: Half::alternating(queries.len()),
                    judgements: [(format!("resource/{slug}"), 1.0)].into(),
                });
            }
            items.push(document(&slug, language, "0", context));
        }
    }
    Ok(Collection {
        name: format!("XQuAD {language}"),
        references: Vec::new(),
        items,
        queries,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_over_the_sample_is_judged_and_names_what_there_is() {
        let sample = sample();
        let keys: Vec<String> = sample.items.iter().map(key).collect();
        assert!(sample.queries.len() >= 150);
        for query in &sample.queries {
            assert!(query.judgements.values().any(|grade| *grade >= 2.0), "{}", query.text);
            for (item, grade) in &query.judgements {
                assert!(keys.contains(item), "{} names {item}", query.text);
                assert!((1.0..=3.0).contains(grade), "{}", query.text);
            }
        }
    }

    #[test]
    fn records_of_the_smart_format_are_read_by_field() {
        let records = fields(".I 1\n.T\nA title\n over two lines\n.W\nText.\n.I 2\n.W\nMore.\n");
        assert_eq!(records[0].0, "1");
        assert_eq!(records[0].1[&'T'], "A title over two lines");
        assert_eq!(records[1].1[&'W'], "More.");
    }
}
