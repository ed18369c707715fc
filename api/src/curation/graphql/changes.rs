//! What a proposed document changes, field by field.

use std::collections::BTreeMap;

use async_graphql::SimpleObject;
use serde_json::Value;

/// A field that a proposed revision changes.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct FieldChange {
    /// The field, e.g. `translations[0].title`.
    pub path: String,
    /// Its value in the published revision; null where it is new.
    pub before: Option<String>,
    /// Its value in the proposed revision; null where it goes.
    pub after: Option<String>,
}

/// Compares two documents of a kind, given as canonical JSON; the first may be missing. In the order of the paths.
///
/// # Errors
/// Where a document is damaged.
pub fn compare(before: Option<&str>, after: &str) -> Result<Vec<FieldChange>, serde_json::Error> {
    let leaves = |text: &str| -> Result<BTreeMap<String, String>, serde_json::Error> {
        let mut found = BTreeMap::new();
        let document: Value = serde_json::from_str(text)?;
        // The one field of the outermost object names the kind, which authors do not see as a part of the path.
        let inner = document
            .as_object()
            .and_then(|object| object.values().next())
            .unwrap_or(&document);
        collect("", inner, &mut found);
        Ok(found)
    };
    let old = match before {
        Some(text) => leaves(text)?,
        None => BTreeMap::new(),
    };
    let new = leaves(after)?;
    let mut paths: Vec<&String> = old.keys().chain(new.keys()).collect();
    paths.sort();
    paths.dedup();
    Ok(paths
        .into_iter()
        .filter(|path| old.get(*path) != new.get(*path))
        .map(|path| FieldChange {
            path: path.clone(),
            before: old.get(path).cloned(),
            after: new.get(path).cloned(),
        })
        .collect())
}

fn collect(path: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                collect(&path, field, found);
            }
        }
        Value::Array(list) => {
            for (index, entry) in list.iter().enumerate() {
                collect(&format!("{path}[{index}]"), entry, found);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            found.insert(path.to_owned(), text.clone());
        }
        other => {
            found.insert(path.to_owned(), other.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown() {
        let before = r#"{"lesson":{"title":"A","language":"en","themes":["education"]}}"#;
        let after = r#"{"lesson":{"title":"B","language":"en","themes":["education","nutrition"]}}"#;
        let changes = compare(Some(before), after).unwrap();
        assert_eq!(
            changes,
            vec![
                FieldChange {
                    path: "themes[1]".to_owned(),
                    before: None,
                    after: Some("nutrition".to_owned()),
                },
                FieldChange {
                    path: "title".to_owned(),
                    before: Some("A".to_owned()),
                    after: Some("B".to_owned()),
                },
            ]
        );
        assert!(compare(Some(after), after).unwrap().is_empty());
    }
}
