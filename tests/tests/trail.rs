//! The trail: what led to an item and what came of it, from any kind and in both directions.

use std::collections::{BTreeSet, HashMap};

use praxis_tests::{Item, Options, Server, on_both_databases, sample_collection};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

/// `origin` was adapted as `work`, which follows `before` and is part of `programme`; `finding` and `counter` are about
/// `work`; `insight` was learned from `work`, supported by `finding` and challenged by `counter`; `next` follows `work`.
fn collection() -> Vec<Item> {
    let cited = json!([{ "resource": "source", "locator": "p. 1" }]);
    vec![
        Item::new("resource", "source", "Source", json!({})),
        Item::new("organization", "partner", "Partner", json!({})),
        Item::new("initiative", "origin", "Origin", json!({})),
        Item::new("initiative", "before", "Before", json!({})),
        Item::new("initiative", "programme", "Programme", json!({})),
        Item::new(
            "initiative",
            "work",
            "Work",
            json!({
                "adaptedFrom": ["origin"], "follows": ["before"], "partOf": ["programme"],
                "partners": [{ "organization": "partner", "role": "LEAD" }],
            }),
        ),
        Item::new("initiative", "next", "Next", json!({ "follows": ["work"] })),
        Item::new(
            "evidence",
            "finding",
            "Finding",
            json!({ "citations": cited, "initiatives": ["work"] }),
        ),
        Item::new(
            "evidence",
            "counter",
            "Counter",
            json!({ "citations": cited, "initiatives": ["work"] }),
        ),
        Item::new(
            "lesson",
            "insight",
            "Insight",
            json!({
                "initiatives": ["work"], "supportedBy": ["finding"], "challengedBy": ["counter"],
            }),
        ),
        Item::new("lesson", "alone", "Alone", json!({})),
    ]
}

const LINKS: [(&str, &str, &str); 9] = [
    ("before", "work", "followedBy"),
    ("counter", "insight", "challenges"),
    ("finding", "insight", "supports"),
    ("origin", "work", "adaptedAs"),
    ("programme", "work", "hasPart"),
    ("work", "counter", "producedEvidence"),
    ("work", "finding", "producedEvidence"),
    ("work", "insight", "taught"),
    ("work", "next", "followedBy"),
];

async fn id(server: &Server, kind: &str, slug: &str) -> String {
    let query = format!("{{ content(kind: {kind}, slug: \"{slug}\") {{ id }} }}");
    server.query(&query).await.data()["content"]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn trail(server: &Server, from: &str, depth: Option<i32>) -> Value {
    let answer = server
        .ask(
            "query($from: ID!, $depth: Int) { trail(from: $from, depth: $depth) {
               nodes { __typename id ... on Content { slug } } links { from to relation } truncated } }",
            json!({ "from": from, "depth": depth }),
        )
        .await;
    answer.data()["trail"].clone()
}

fn nodes(trail: &Value) -> Vec<&str> {
    trail["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["slug"].as_str().unwrap())
        .collect()
}

/// The links with slugs for ids, sorted. Every end is one of the nodes, and no link occurs twice.
fn links(trail: &Value) -> Vec<(String, String, String)> {
    let slugs: HashMap<&str, &str> = trail["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node["slug"].as_str().unwrap()))
        .collect();
    let all = trail["links"].as_array().unwrap();
    let found: BTreeSet<_> = all
        .iter()
        .map(|link| {
            let end = |field: &str| {
                let id = link[field].as_str().unwrap();
                slugs
                    .get(id)
                    .unwrap_or_else(|| panic!("{id} is one of the nodes"))
                    .to_string()
            };
            (end("from"), end("to"), link["relation"].as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(found.len(), all.len(), "no link occurs twice");
    found.into_iter().collect()
}

fn among(slugs: &[&str]) -> Vec<(String, String, String)> {
    LINKS
        .iter()
        .filter(|(from, to, _)| slugs.contains(from) && slugs.contains(to))
        .map(|(from, to, relation)| (from.to_string(), to.to_string(), relation.to_string()))
        .collect()
}

on_both_databases! {
    async fn a_trail_leads_both_ways_from_each_kind_as_far_as_asked(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        for (kind, start, depth, expected) in [
            ("INITIATIVE", "work", 1, &["before", "counter", "finding", "insight", "next", "origin", "programme", "work"][..]),
            ("INITIATIVE", "origin", 1, &["origin", "work"]),
            ("INITIATIVE", "origin", 2, &["before", "counter", "finding", "insight", "next", "origin", "programme", "work"]),
            ("INITIATIVE", "next", 1, &["next", "work"]),
            ("EVIDENCE", "finding", 1, &["finding", "insight", "work"]),
            ("LESSON", "insight", 1, &["counter", "finding", "insight", "work"]),
            ("LESSON", "insight", 6, &["before", "counter", "finding", "insight", "next", "origin", "programme", "work"]),
            ("LESSON", "alone", 6, &["alone"]),
            ("RESOURCE", "source", 3, &["source"]),
            ("ORGANIZATION", "partner", 3, &["partner"]),
        ] {
            let found = trail(&server, &id(&server, kind, start).await, Some(depth)).await;
            let mut here = nodes(&found);
            assert_eq!(here[0], start, "the one that was asked for comes first");
            here.sort_unstable();
            assert_eq!(here, expected, "{start} {depth}");
            assert_eq!(found["truncated"], false);
            // What was walked is there; what lies between two nodes at the very edge may be there too.
            let (walked, all) = (links(&found), among(expected));
            assert!(walked.iter().all(|link| all.contains(link)), "{start} {depth}: {walked:?}");
            let beside_start: Vec<_> = all.iter().filter(|(from, to, _)| from == start || to == start).collect();
            assert!(beside_start.iter().all(|link| walked.contains(link)), "{start} {depth}: {walked:?}");
            if depth > 2 {
                assert_eq!(walked, all, "{start} {depth}");
            }
        }
        let start = id(&server, "INITIATIVE", "work").await;
        let deep = trail(&server, &start, Some(3)).await;
        assert_eq!(trail(&server, &start, None).await, deep, "three steps where it is not said");
        for depth in [0, -1, 7, i32::MAX] {
            let answer = server.ask(
                "query($from: ID!, $depth: Int) { trail(from: $from, depth: $depth) { truncated } }",
                json!({ "from": start, "depth": depth }),
            ).await;
            assert!(answer.refusal("BAD_REQUEST").contains("from 1 to 6"));
        }
        what_is_hidden_is_not_walked_through(&server).await;
    }

    async fn every_link_between_two_of_the_nodes_is_shown(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        let found = trail(&server, &id(&server, "INITIATIVE", "work").await, Some(1)).await;
        assert_eq!(links(&found), among(&nodes(&found)));
    }

    async fn the_trails_of_the_sample_hold_what_its_documents_say(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let items = sample_collection();
        let mut expected: BTreeSet<(String, String, &str)> = BTreeSet::new();
        for item in &items {
            for (kind, field, relation) in [
                ("evidence", "initiatives", "producedEvidence"),
                ("evidence", "recommendations", "producedEvidence"),
                ("evidence", "commitments", "producedEvidence"),
                ("lesson", "initiatives", "taught"),
                ("lesson", "supportedBy", "supports"),
                ("lesson", "challengedBy", "challenges"),
                ("initiative", "adaptedFrom", "adaptedAs"),
                ("initiative", "follows", "followedBy"),
                ("initiative", "partOf", "hasPart"),
            ] {
                if item.kind == kind {
                    expected.extend(item.texts(field).iter().map(|cause| (cause.to_string(), item.slug.clone(), relation)));
                }
            }
            if item.kind == "initiative" {
                let told = item.texts("recommendations");
                expected.extend(told.iter().map(|effect| (item.slug.clone(), effect.to_string(), "ledTo")));
            }
        }
        for (kind, start) in [
            ("INITIATIVE", "pakistan-upr-child-rights-movement"),
            ("EVIDENCE", "zambia-health-budget-9-3-to-11-3-percent"),
            ("INITIATIVE", "save-the-children-upr-engagement"),
        ] {
            for depth in [1, 2, 3] {
                let found = trail(&server, &id(&server, kind, start).await, Some(depth)).await;
                let here: BTreeSet<&str> = nodes(&found).into_iter().collect();
                assert_eq!(here.len(), found["nodes"].as_array().unwrap().len(), "no node occurs twice");
                for (from, to, relation) in links(&found) {
                    let stated = expected.iter().any(|one| (&one.0, &one.1, one.2) == (&from, &to, relation.as_str()));
                    assert!(stated, "{from} {relation} {to}");
                }
                // Breadth first: everything that is so near, and nothing else.
                let mut near = BTreeSet::from([start.to_owned()]);
                for _ in 0..depth {
                    let more: Vec<String> = expected
                        .iter()
                        .flat_map(|(from, to, _)| [(from, to), (to, from)])
                        .filter(|(one, _)| near.contains(*one))
                        .map(|(_, other)| other.clone())
                        .collect();
                    near.extend(more);
                }
                if near.len() <= 200 {
                    assert_eq!(here, near.iter().map(String::as_str).collect(), "{start} {depth}");
                    assert_eq!(found["truncated"], false);
                } else {
                    assert_eq!((here.len(), &found["truncated"]), (200, &json!(true)), "{start} {depth}");
                    assert!(here.iter().all(|slug| near.contains(*slug)));
                }
            }
        }
    }
}

async fn what_is_hidden_is_not_walked_through(server: &Server) {
    let connection = server.database.connect().await;
    let start = id(server, "LESSON", "insight").await;
    let hidden = id(server, "INITIATIVE", "work").await;
    connection
        .execute_unprepared("UPDATE content SET status = 'HIDDEN' WHERE slug = 'work'")
        .await
        .unwrap();
    let found = trail(server, &start, Some(6)).await;
    let mut here = nodes(&found);
    here.sort_unstable();
    assert_eq!(here, ["counter", "finding", "insight"]);
    assert_eq!(links(&found), among(&here));
    let answer = server
        .ask(
            "query($from: ID!) { trail(from: $from) { truncated } }",
            json!({ "from": hidden }),
        )
        .await;
    answer.refusal("NOT_FOUND");
}
