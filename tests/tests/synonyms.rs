//! Words that mean the same to a search: those that come with the service, and those that administrators keep.

use std::time::{Duration, Instant};

use praxis_tests::scene::codes;
use praxis_tests::{Backend, Item, Options, Server, on_both_databases};
use serde_json::{Value, json};

/// Searches until so many are found: synonyms take effect within seconds.
async fn finds(server: &Server, query: &str, count: u64) {
    let begun = Instant::now();
    loop {
        let answer = server
            .ask("query ($q: String!) { search(query: $q) { totalCount } }", json!({ "q": query }))
            .await;
        let found = answer.data()["search"]["totalCount"].as_u64().unwrap();
        if found == count {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(15), "`{query}` finds {found}, not {count}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn with_lessons(backend: Backend) -> Server {
    let server = Server::start(Options::empty(backend)).await;
    server.import(&[
        Item::new("lesson", "long-form", "Prepare the Universal Periodic Review early", json!({})),
        Item::new("lesson", "another", "Keep a barangay ledger", json!({})),
    ]);
    server.wait_for_index().await;
    server
}

on_both_databases! {
    async fn acronyms_of_the_field_find_their_long_forms_in_other_languages_too(backend: Backend) {
        let server = with_lessons(backend).await;
        finds(&server, "UPR", 1).await;
        finds(&server, "Examen Periódico Universal", 1).await;
    }

    async fn administrators_add_change_and_delete_groups_without_a_rebuild(backend: Backend) {
        let server = with_lessons(backend).await;
        let admin = server.member("ana@example.org", &["admin"]).await;
        let token = Some(admin.session.access.as_str());
        finds(&server, "xylophone", 0).await;
        let save = async |input: Value| server.mutate(token, "saveSynonyms", "group { id phrases }", input).await;
        let saved = save(json!({ "phrases": ["xylophone", " barangay ledger "] })).await;
        assert_eq!(saved["group"]["phrases"], json!(["xylophone", "barangay ledger"]));
        finds(&server, "xylophone", 1).await;

        let id = saved["group"]["id"].clone();
        save(json!({ "id": id, "phrases": ["zither", "barangay ledger"] })).await;
        finds(&server, "zither", 1).await;
        finds(&server, "xylophone", 0).await;
        let listed = server.ask_as(token, "{ synonyms { id phrases } }", json!({})).await;
        let own: Vec<Value> = listed.data()["synonyms"].as_array().unwrap().iter().filter(|one| !one["id"].is_null()).cloned().collect();
        assert_eq!(own, [json!({ "id": id, "phrases": ["zither", "barangay ledger"] })]);

        let delete = async || server.mutate(token, "deleteSynonyms", "group { id }", json!({ "id": id })).await;
        assert_eq!(delete().await["errors"], json!([]));
        finds(&server, "zither", 0).await;
        assert_eq!(codes(&delete().await), ["NOT_FOUND"]);
        assert_eq!(codes(&save(json!({ "id": id, "phrases": ["lute", "harp"] })).await), ["NOT_FOUND"]);
    }

    async fn what_is_no_group_is_refused_by_field(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let admin = server.member("ana@example.org", &["admin"]).await;
        let token = Some(admin.session.access.as_str());
        let refused = async |phrases: Value| {
            let payload = server.mutate(token, "saveSynonyms", "group { id }", json!({ "phrases": phrases })).await;
            (payload["errors"][0]["code"].clone(), payload["errors"][0]["path"].clone())
        };
        assert_eq!(refused(json!(["budget"])).await, (json!("REQUIRED"), json!(["input", "phrases"])));
        assert_eq!(refused(json!(["budget", "?!"])).await, (json!("INVALID"), json!(["input", "phrases", "1"])));
        assert_eq!(refused(json!(["budget", "x".repeat(101)])).await, (json!("TOO_LONG"), json!(["input", "phrases", "1"])));
    }

    async fn letters_and_stop_words_are_no_synonyms_and_the_answer_says_why(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let admin = server.member("ana@example.org", &["admin"]).await;
        let token = Some(admin.session.access.as_str());
        for (phrase, reason) in [
            ("e", "a single letter or digit"),
            ("The", "a stop word (`en`)"),
            ("para", "a stop word (`es`)"),
            ("of the", "a stop word (`en`)"),
            ("une", "a stop word (`fr`)"),
        ] {
            let input = json!({ "phrases": ["xylophone", phrase] });
            let payload = server.mutate(token, "saveSynonyms", "group { id }", input).await;
            let error = &payload["errors"][0];
            assert_eq!((&payload["group"], &error["code"]), (&Value::Null, &json!("INVALID")), "{phrase}");
            assert_eq!(error["path"], json!(["input", "phrases", "1"]), "{phrase}");
            let message = error["message"].as_str().unwrap();
            assert!(message.contains(reason) && message.contains(&format!("`{phrase}`")), "{message}");
        }
        let listed = server.ask_as(token, "{ synonyms { id } }", json!({})).await;
        assert!(listed.data()["synonyms"].as_array().unwrap().iter().all(|group| group["id"].is_null()));
        let input = json!({ "phrases": ["right to be heard", "war", "童"] });
        let payload = server.mutate(token, "saveSynonyms", "group { phrases }", input).await;
        assert_eq!(payload["group"]["phrases"], json!(["right to be heard", "war", "童"]));
    }
}
