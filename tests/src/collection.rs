//! The sample collection as its files say it, and small bundles that tests write themselves.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::server::Server;

/// Tells the lines with reference nodes apart.
const REFERENCE: &str = "reference ";

/// An item of a bundle.
#[derive(Clone, Debug)]
pub struct Item {
    /// The kind as bundles name it, e.g. `lesson`.
    pub kind: String,
    /// The slug.
    pub slug: String,
    /// The document.
    pub document: Value,
}

impl Item {
    /// An item with the fields that every document needs, and more fields or other values for them.
    pub fn new(kind: &str, slug: &str, title: &str, more: Value) -> Self {
        let mut document = json!({ "title": title, "language": "en" });
        let fields = document.as_object_mut().expect("a document is an object");
        if kind == "evidence" {
            fields.extend([
                ("direction".to_owned(), json!("BENEFIT")),
                ("outcomeDomain".to_owned(), json!("POLICY_AND_LAW")),
                ("studyDesign".to_owned(), json!("CASE_STUDY")),
            ]);
        }
        if kind == "initiative" {
            fields.extend([
                ("instruments".to_owned(), json!(["social-audit"])),
                ("level".to_owned(), json!("NATIONAL")),
                ("stage".to_owned(), json!("COMPLETED")),
            ]);
        }
        if kind == "lesson" {
            fields.extend([
                ("kind".to_owned(), json!("ENABLING_FACTOR")),
                ("factor".to_owned(), json!("FUNDING")),
            ]);
        }
        if kind == "recommendation" {
            fields.extend([
                ("countries".to_owned(), json!(["NP"])),
                ("kind".to_owned(), json!("RECOMMENDATION")),
                ("review".to_owned(), json!("upr-np-cycle-1")),
                ("text".to_owned(), json!(title)),
                ("response".to_owned(), json!("ACCEPTED")),
            ]);
        }
        if kind == "event" {
            fields.extend([
                ("kind".to_owned(), json!("WORKSHOP")),
                ("startsOn".to_owned(), json!("2013-05-06")),
            ]);
        }
        if matches!(kind, "organization" | "resource" | "commitment") {
            fields.insert("kind".to_owned(), json!("OTHER"));
        }
        fields.extend(more.as_object().expect("the fields are an object").clone());
        Self {
            kind: kind.to_owned(),
            slug: slug.to_owned(),
            document,
        }
    }

    /// A field of the document; null where it is missing.
    pub fn get(&self, field: &str) -> &Value {
        &self.document[field]
    }

    /// The texts of a list of texts in the document; none where it is missing.
    pub fn texts(&self, field: &str) -> Vec<&str> {
        self.list(field).iter().filter_map(Value::as_str).collect()
    }

    /// A list in the document; empty where it is missing.
    pub fn list(&self, field: &str) -> &[Value] {
        self.document[field].as_array().map_or(&[], Vec::as_slice)
    }

    /// A line of a bundle with a reference node: a mechanism, a review, a treaty or an indicator.
    pub fn reference(sort: &str, slug: &str, fields: Value) -> Self {
        Self {
            kind: format!("{REFERENCE}{sort}"),
            slug: slug.to_owned(),
            document: fields,
        }
    }

    /// The review of Nepal in the first cycle, or whatever else is said of it.
    pub fn review(slug: &str, more: Value) -> Self {
        let mut fields = json!({ "mechanism": "upr", "country": "NP", "cycle": 1, "session": "10", "year": 2011 });
        let all = fields.as_object_mut().expect("the fields are an object");
        all.extend(more.as_object().expect("the fields are an object").clone());
        all.retain(|_, value| !value.is_null());
        Self::reference("review", slug, fields)
    }

    /// The line of a bundle.
    pub fn line(&self) -> String {
        if let Some(sort) = self.kind.strip_prefix(REFERENCE) {
            return json!({ "slug": self.slug, "reference": { sort: self.document } }).to_string();
        }
        json!({ "slug": self.slug, "content": { &self.kind: self.document } }).to_string()
    }
}

/// A bundle of these items: their lines.
pub fn bundle(items: &[Item]) -> String {
    items.iter().map(|item| item.line() + "\n").collect()
}

/// Every item of the sample collection, read from its files.
pub fn sample_collection() -> Vec<Item> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/sample");
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .expect("the sample collection is there")
        .map(|file| file.expect("its files can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).expect("its files can be read");
            let content = |line: &&str| !line.contains(r#","reference":{"#);
            text.lines().filter(content).map(read_line).collect::<Vec<_>>()
        })
        .collect()
}

/// The reference nodes of the sample collection.
pub fn sample_references() -> Vec<Item> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/sample/references.jsonl");
    let text = std::fs::read_to_string(file).expect("the file can be read");
    text.lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).expect("every line is JSON");
            let (sort, fields) = value["reference"]
                .as_object()
                .and_then(|reference| reference.iter().next())
                .expect("every line has a node of one sort");
            Item::reference(
                sort,
                value["slug"].as_str().expect("every line has a slug"),
                fields.clone(),
            )
        })
        .collect()
}

fn read_line(line: &str) -> Item {
    let value: Value = serde_json::from_str(line).expect("every line is JSON");
    let (kind, document) = value["content"]
        .as_object()
        .and_then(|content| content.iter().next())
        .expect("every line has content of one kind");
    Item {
        kind: kind.clone(),
        slug: value["slug"].as_str().expect("every line has a slug").to_owned(),
        document: document.clone(),
    }
}

/// The slugs of a list or of a connection with `nodes` or `edges`, in order.
pub fn slugs(list: &Value) -> Vec<String> {
    let items = list
        .as_array()
        .or_else(|| list["nodes"].as_array())
        .or_else(|| list["edges"].as_array())
        .expect("it is a list or a connection");
    items
        .iter()
        .map(|item| {
            let node = item.get("node").unwrap_or(item);
            node["slug"].as_str().expect("`slug` was selected").to_owned()
        })
        .collect()
}

/// The same, sorted.
pub fn sorted_slugs(list: &Value) -> Vec<String> {
    let mut found = slugs(list);
    found.sort();
    found
}

impl Server {
    /// Imports a bundle of these items beside the running server.
    #[track_caller]
    pub fn import(&self, items: &[Item]) {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let lines = bundle(items);
        let name = format!("bundle-{}.jsonl", COUNT.fetch_add(1, Ordering::Relaxed));
        let output = self.run(&["import", &self.file(&name, &lines)]);
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
