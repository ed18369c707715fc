//! References from one document to other content.

use chrono::NaiveDate;
use praxis_entities::vocabulary::{ContentKind, RelationKind};

use super::CitationInput;

/// What a reference stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A relation with what it says beside.
    Relation {
        /// Which relation.
        kind: RelationKind,
        /// A role.
        role: Option<String>,
        /// Since when.
        from: Option<NaiveDate>,
        /// Until when.
        to: Option<NaiveDate>,
    },
    /// A citation.
    Citation {
        /// The place in the resource.
        locator: Option<String>,
        /// A short note.
        note: Option<String>,
    },
}

/// One reference in a document.
pub struct Slot<'a> {
    /// The field, e.g. `partners[2].organization`.
    pub path: String,
    /// The kind of content that it must refer to.
    pub target: ContentKind,
    /// The slug or id as the author wrote it; ids are replaced by slugs.
    pub value: &'a mut String,
    /// What the reference stands for.
    pub meaning: Meaning,
}

/// Shows each entry of a list of references that all mean the same plain relation.
pub fn list(
    name: &str,
    values: &mut Option<Vec<String>>,
    target: ContentKind,
    kind: RelationKind,
    visit: &mut dyn FnMut(Slot<'_>),
) {
    for (index, value) in values.iter_mut().flatten().enumerate() {
        visit(Slot {
            path: format!("{name}[{index}]"),
            target,
            value,
            meaning: Meaning::Relation {
                kind,
                role: None,
                from: None,
                to: None,
            },
        });
    }
}

/// Shows the resource that something is taken from.
pub fn source(path: &str, citation: Option<&mut CitationInput>, visit: &mut dyn FnMut(Slot<'_>)) {
    if let Some(citation) = citation {
        visit(Slot {
            path: format!("{path}.resource"),
            target: ContentKind::Resource,
            meaning: Meaning::Citation {
                locator: citation.locator.clone(),
                note: citation.note.clone(),
            },
            value: &mut citation.resource,
        });
    }
}

/// Shows the references that the documents of every kind have.
pub fn common(
    citations: &mut Option<Vec<CitationInput>>,
    contributors: &mut Option<Vec<String>>,
    visit: &mut dyn FnMut(Slot<'_>),
) {
    for (index, citation) in citations.iter_mut().flatten().enumerate() {
        source(&format!("citations[{index}]"), Some(citation), visit);
    }
    list(
        "contributors",
        contributors,
        ContentKind::Practitioner,
        RelationKind::Contributor,
        visit,
    );
}

/// The kind that the entries of a list in a document refer to, and the field of an entry that holds the reference where
/// the entries are not the references themselves.
fn list_target(own: ContentKind, list: &str) -> Option<(ContentKind, Option<&'static str>)> {
    Some(match list {
        "citations" => (ContentKind::Resource, Some("resource")),
        "affiliations" | "members" | "partners" => (ContentKind::Organization, Some("organization")),
        "people" => (ContentKind::Practitioner, Some("practitioner")),
        "contributors" | "authors" => (ContentKind::Practitioner, None),
        "publishers" | "responsible" | "owners" | "organizers" | "secretariat" => (ContentKind::Organization, None),
        "recommendations" | "repeats" => (ContentKind::Recommendation, None),
        "commitments" => (ContentKind::Commitment, None),
        "resources" => (ContentKind::Resource, None),
        "initiatives" | "adaptedFrom" | "follows" => (ContentKind::Initiative, None),
        "supportedBy" | "challengedBy" => (ContentKind::Evidence, None),
        "translationOf" | "childFriendlyVersionOf" | "newVersionOf" => (ContentKind::Resource, None),
        "partOf" => (own, None),
        _ => return None,
    })
}

/// The lists whose entries hold references among other things, and stay without them.
const NESTED: [&str; 4] = ["asks", "implementation", "indicators", "mandates"];

/// The lists of references within such an entry, and the kind that they refer to.
const WITHIN: [(&str, ContentKind); 2] = [
    ("reflectedIn", ContentKind::Recommendation),
    ("legalBasis", ContentKind::Resource),
];

/// Takes the references out of a document that `gone` names, and says whether there were any.
pub fn drop_gone(
    own: ContentKind,
    document: &mut serde_json::Map<String, serde_json::Value>,
    gone: impl Fn(ContentKind, &str) -> bool,
) -> bool {
    let mut dropped = false;
    for name in NESTED {
        for entry in document
            .get_mut(name)
            .and_then(|list| list.as_array_mut())
            .into_iter()
            .flatten()
        {
            dropped |= drop_within(entry, &gone);
        }
    }
    for (name, list) in document.iter_mut() {
        let (Some((target, field)), Some(list)) = (list_target(own, name), list.as_array_mut()) else {
            continue;
        };
        let before = list.len();
        list.retain(|entry| {
            let slug = match field {
                Some(field) => entry.get(field).and_then(|value| value.as_str()),
                None => entry.as_str(),
            };
            !slug.is_some_and(|slug| gone(target, slug))
        });
        dropped |= list.len() != before;
    }
    document
        .retain(|name, list| list_target(own, name).is_none() || list.as_array().is_none_or(|list| !list.is_empty()));
    dropped
}

/// Takes the references out of an entry of a list, an ask, an assessment, a target or a mandate, and out of what is reported in
/// it, which all stay without them.
fn drop_within(entry: &mut serde_json::Value, gone: &impl Fn(ContentKind, &str) -> bool) -> bool {
    let Some(fields) = entry.as_object_mut() else {
        return false;
    };
    let before = fields.len();
    fields.retain(|name, value| {
        let cited = value.get("resource").and_then(|slug| slug.as_str());
        name != "citation" || !cited.is_some_and(|slug| gone(ContentKind::Resource, slug))
    });
    let mut dropped = fields.len() != before;
    for entry in fields
        .get_mut("reported")
        .and_then(|list| list.as_array_mut())
        .into_iter()
        .flatten()
    {
        dropped |= drop_within(entry, gone);
    }
    for (name, target) in WITHIN {
        let Some(list) = fields.get_mut(name).and_then(|list| list.as_array_mut()) else {
            continue;
        };
        let before = list.len();
        list.retain(|slug| !slug.as_str().is_some_and(|slug| gone(target, slug)));
        dropped |= list.len() != before;
        if list.is_empty() {
            fields.remove(name);
        }
    }
    dropped
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::content::document::ContentInput;

    /// Every list of references that a document shows is known to the table above, with the same target.
    #[test]
    fn the_table_of_lists_agrees_with_the_documents() {
        for text in crate::exchange::sample::FILES.concat().lines() {
            let item: serde_json::Value = serde_json::from_str(text).unwrap();
            if item.get("reference").is_some() {
                continue;
            }
            let mut input: ContentInput = serde_json::from_value(item["content"].clone()).unwrap();
            let own = input.kind();
            let mut seen = BTreeSet::new();
            input.document_mut().references(&mut |slot| {
                let (list, rest) = slot.path.split_once('[').unwrap();
                if NESTED.contains(&list) {
                    return;
                }
                let field = rest.split_once('.').map(|(_, field)| field.to_owned());
                seen.insert((list.to_owned(), slot.target, field));
            });
            for (list, target, field) in seen {
                assert_eq!(
                    list_target(own, &list),
                    Some((target, field.as_deref())).map(|(kind, field)| {
                        (
                            kind,
                            field.map(|field| match field {
                                "resource" => "resource",
                                "organization" => "organization",
                                _ => "practitioner",
                            }),
                        )
                    }),
                    "{list}"
                );
            }
        }
    }

    #[test]
    fn a_mandate_stays_without_the_resources_that_are_gone() {
        let mut document = serde_json::json!({ "mandates": [
            { "text": "A", "legalBasis": ["gone", "here"], "citation": { "resource": "gone" } },
            { "text": "B", "legalBasis": ["gone"] },
        ] });
        let dropped = drop_gone(
            ContentKind::Organization,
            document.as_object_mut().unwrap(),
            |kind, slug| kind == ContentKind::Resource && slug == "gone",
        );
        assert!(dropped);
        assert_eq!(
            document,
            serde_json::json!({ "mandates": [{ "text": "A", "legalBasis": ["here"] }, { "text": "B" }] })
        );
    }

    #[test]
    fn a_target_and_what_is_reported_of_it_stay_without_the_resources_that_are_gone() {
        let mut document = serde_json::json!({ "indicators": [
            { "indicator": "gone", "citation": { "resource": "here" }, "reported": [
                { "period": "2015", "value": 1.0, "citation": { "resource": "gone" } },
                { "period": "2016", "value": 2.0, "citation": { "resource": "here" } },
            ] },
        ] });
        let dropped = drop_gone(
            ContentKind::Initiative,
            document.as_object_mut().unwrap(),
            |kind, slug| kind == ContentKind::Resource && slug == "gone",
        );
        assert!(dropped);
        assert_eq!(
            document,
            serde_json::json!({ "indicators": [
                { "indicator": "gone", "citation": { "resource": "here" }, "reported": [
                    { "period": "2015", "value": 1.0 },
                    { "period": "2016", "value": 2.0, "citation": { "resource": "here" } },
                ] },
            ] })
        );
    }

    #[test]
    fn references_to_what_is_gone_leave_a_document_and_nothing_else_does() {
        let mut document = serde_json::json!({
            "title": "T", "themes": ["gone"],
            "people": [{"practitioner": "gone", "role": "lead"}, {"practitioner": "here"}],
            "contributors": ["gone"], "partners": [{"organization": "gone", "role": "LEAD"}],
        });
        let dropped = drop_gone(
            ContentKind::Initiative,
            document.as_object_mut().unwrap(),
            |kind, slug| kind == ContentKind::Practitioner && slug == "gone",
        );
        assert!(dropped);
        assert_eq!(
            document,
            serde_json::json!({
                "title": "T", "themes": ["gone"], "people": [{"practitioner": "here"}],
                "partners": [{"organization": "gone", "role": "LEAD"}],
            })
        );
    }
}
