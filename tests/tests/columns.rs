//! Lists read only the columns that a selection needs: whatever is selected alone is what it is among everything else.

use praxis_tests::{Options, Server, on_both_databases};
use serde_json::Value;

const LISTS: [(&str, &str); 9] = [
    ("Practitioner", "practitioners"),
    ("Organization", "organizations"),
    ("Initiative", "initiatives"),
    ("Evidence", "evidence"),
    ("Lesson", "lessons"),
    ("Resource", "resources"),
    ("Recommendation", "recommendations"),
    ("Commitment", "commitments"),
    ("Event", "events"),
];

/// The fields of a type that can be selected without arguments, each with a selection of what is below it.
async fn selections(server: &Server, of: &str, depth: usize) -> Vec<String> {
    let query = format!(
        r#"{{ __type(name: "{of}") {{ fields {{ name args {{ type {{ kind }} }}
            type {{ kind name ofType {{ kind name ofType {{ kind name ofType {{ kind name }} }} }} }} }} }} }}"#
    );
    let answer = server.query(&query).await;
    let fields = answer.data()["__type"]["fields"].as_array().cloned().unwrap_or_default();
    let mut selected = Vec::new();
    for field in fields {
        let needs = field["args"].as_array().unwrap().iter().any(|one| one["type"]["kind"] == "NON_NULL");
        let mut kind = &field["type"];
        while !kind["ofType"].is_null() {
            kind = &kind["ofType"];
        }
        let name = field["name"].as_str().unwrap();
        match kind["kind"].as_str().unwrap() {
            _ if needs => {}
            "SCALAR" | "ENUM" => selected.push(name.to_owned()),
            "OBJECT" if depth > 0 => {
                let below = Box::pin(selections(server, kind["name"].as_str().unwrap(), depth - 1)).await;
                if !below.is_empty() {
                    selected.push(format!("{name} {{ {} }}", below.join(" ")));
                }
            }
            _ => {}
        }
    }
    selected
}

async fn nodes(server: &Server, list: &str, selection: &str) -> Vec<Value> {
    let query = format!("{{ {list}(first: 4) {{ nodes {{ {selection} }} }} }}");
    server.query(&query).await.data()[list]["nodes"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn a_field_selected_alone_is_what_it_is_when_everything_is_read(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let mut compared = 0;
        for (kind, list) in LISTS {
            let ids = nodes(&server, list, "id").await;
            for selection in selections(&server, kind, 1).await {
                let alone = nodes(&server, list, &selection).await;
                for (item, alone) in ids.iter().zip(alone) {
                    // What is loaded by its id is read with every column.
                    let query = format!("{{ node(id: {}) {{ ... on {kind} {{ {selection} }} }} }}", item["id"]);
                    assert_eq!(alone, server.query(&query).await.data()["node"], "{kind} {selection}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 500, "only {compared}");
    }

    async fn two_selections_of_one_list_are_each_answered_from_one_statement(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let query = "{ initiatives(first: 20) { nodes {
            few: evidence(first: 5) { nodes { id title } }
            more: evidence(first: 5) { edges { node { id title summary direction measurements { metric } } } } } } }";
        let answer = server.query(query).await;
        let mut found = 0;
        for initiative in answer.data()["initiatives"]["nodes"].as_array().unwrap() {
            let few = initiative["few"]["nodes"].as_array().unwrap();
            let more = initiative["more"]["edges"].as_array().unwrap();
            assert_eq!(few.len(), more.len());
            for (few, more) in few.iter().zip(more) {
                assert_eq!(few["title"], more["node"]["title"]);
                assert!(more["node"]["direction"].is_string() && more["node"]["measurements"].is_array());
                found += 1;
            }
        }
        assert!(found > 0);
        assert_eq!(server.statements_of(query).await, 2);
    }

    async fn a_fragment_or_a_translated_title_reads_what_it_needs(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let query = r#"
            query { evidence(first: 50) { nodes { ...shared ... on Content { plain: title } } } }
            fragment shared on Evidence { title(language: "fr") ...deeper }
            fragment deeper on Content { slug url availableLanguages language }"#;
        let answer = server.query(query).await;
        let all = answer.data()["evidence"]["nodes"].as_array().unwrap();
        let translated = all.iter().filter(|item| item["title"] != item["plain"]).count();
        assert!(translated > 0 && translated < all.len(), "{translated} of {}", all.len());
        for item in all {
            assert!(item["url"].as_str().unwrap().ends_with(item["slug"].as_str().unwrap()));
            assert_eq!(item["availableLanguages"][0], item["language"]);
        }
    }
}
