//! Decisions on published content: hide, restore, retract, erase, and what is left of it everywhere.

use praxis_tests::{Backend, Options, Server, on_both_databases};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

const BUNDLE: &str = concat!(
    r#"{"slug":"the-source","content":{"resource":{"title":"The source","language":"en","kind":"REPORT"}}}"#,
    "\n",
    r#"{"slug":"zora-example","content":{"practitioner":{"title":"Zora Example","language":"en","headline":"Facilitator"}}}"#,
    "\n",
    r#"{"slug":"the-work","content":{"initiative":{"title":"The work","language":"en","contributors":["zora-example"],"instruments":["training"],"level":"NATIONAL","stage":"COMPLETED","people":[{"practitioner":"zora-example","role":"lead"}]}}}"#,
    "\n",
    r#"{"slug":"the-finding","content":{"evidence":{"title":"The finding","language":"en","summary":"Quokkas were counted.","citations":[{"resource":"the-source","locator":"p. 1"}],"direction":"BENEFIT","outcomeDomain":"EQUITY","studyDesign":"CASE_STUDY","measurements":[{"metric":"quokkas","endline":7}],"initiatives":["the-work"]}}}"#,
    "\n",
);

async fn server(backend: Backend) -> Server {
    let server = Server::start(Options::empty(backend)).await;
    let file = server.file("bundle.jsonl", BUNDLE);
    assert!(server.run(&["import", &file]).status.success());
    server.wait_for_index().await;
    server
}

#[track_caller]
fn decide(server: &Server, action: &str, address: &str) {
    let output = server.run(&["content", action, address, "--reason", "the figures were made up"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn finding(server: &Server) -> Value {
    let answer = server
        .query(
            "{ content(kind: EVIDENCE, slug: \"the-finding\") { title summary status statusReason
               revisions { totalCount } ... on Evidence { measurements { metric } limitations } }
               evidence { totalCount }
               resources { nodes { citedBy { totalCount } } }
               search(query: \"quokkas\") { totalCount } }",
        )
        .await;
    answer.data().clone()
}

fn export(server: &Server) -> String {
    let output = server.run(&["export"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("an export is UTF-8")
}

on_both_databases! {
    async fn hidden_content_is_nowhere_until_it_is_restored(backend: Backend) {
        let server = server(backend).await;
        decide(&server, "hide", "evidence/the-finding");
        let gone = finding(&server).await;
        assert_eq!(gone["content"], Value::Null);
        assert_eq!(gone["evidence"]["totalCount"], 0);
        assert_eq!(gone["resources"]["nodes"][0]["citedBy"]["totalCount"], 0);
        assert!(!export(&server).contains("the-finding"));
        server.wait_for_index().await;
        assert_eq!(finding(&server).await["search"]["totalCount"], 0);
        decide(&server, "restore", "evidence/the-finding");
        server.wait_for_index().await;
        let back = finding(&server).await;
        assert_eq!(back["content"]["summary"], "Quokkas were counted.");
        assert_eq!(back["search"]["totalCount"], 1);
        let changes = server.query("{ changes(kinds: [EVIDENCE]) { nodes { type } } }").await;
        assert_eq!(
            changes.data()["changes"]["nodes"],
            json!([{ "type": "PUBLISHED" }, { "type": "HIDDEN" }, { "type": "RESTORED" }])
        );
        assert_eq!(export(&server).lines().count(), 4);
    }

    async fn retracted_content_leaves_a_tombstone_with_its_reason(backend: Backend) {
        let server = server(backend).await;
        decide(&server, "retract", "evidence/the-finding");
        server.wait_for_index().await;
        let tombstone = finding(&server).await;
        assert_eq!(
            tombstone["content"],
            json!({
                "title": "The finding", "summary": null, "status": "RETRACTED",
                "statusReason": "the figures were made up", "revisions": { "totalCount": 0 },
                "measurements": [], "limitations": null,
            })
        );
        assert_eq!(tombstone["evidence"]["totalCount"], 0);
        assert_eq!(tombstone["search"]["totalCount"], 0);
    }

    async fn a_citation_of_a_retracted_source_does_not_break(backend: Backend) {
        let server = server(backend).await;
        decide(&server, "retract", "resource/the-source");
        let answer = server
            .query("{ evidence { nodes { citations { nodes { locator resource { title status } } } } } }")
            .await;
        assert_eq!(
            answer.data()["evidence"]["nodes"][0]["citations"]["nodes"][0],
            json!({ "locator": "p. 1", "resource": { "title": "The source", "status": "RETRACTED" } })
        );
        // Evidence without a published source is no evidence to pass on.
        assert!(!export(&server).contains("the-finding"));
    }

    async fn erased_content_leaves_no_word_behind(backend: Backend) {
        let server = server(backend).await;
        decide(&server, "erase", "practitioner/zora-example");
        server.wait_for_index().await;
        let answer = server
            .query(
                "{ practitioners { totalCount } search(query: \"zora\") { totalCount }
                   initiatives { nodes { people { role } contributors { totalCount } revisions { nodes { document } } } }
                   changes(kinds: [PRACTITIONER]) { nodes { type content { id } } } }",
            )
            .await;
        let data = answer.data();
        assert_eq!(data["practitioners"]["totalCount"], 0);
        assert_eq!(data["search"]["totalCount"], 0);
        assert_eq!(data["initiatives"]["nodes"][0]["people"], json!([]));
        assert_eq!(data["changes"]["nodes"][1], json!({ "type": "ERASED", "content": null }));
        assert!(!data.to_string().to_lowercase().contains("zora"), "{data:#}");
        let exported = export(&server);
        assert!(!exported.to_lowercase().contains("zora") && !exported.contains("erased-"), "{exported}");
        // Nothing of it is left in any row either.
        let connection = server.database.connect().await;
        for (table, column) in [
            ("content", "title"),
            ("content", "slug"),
            ("revision", "document"),
            ("audit_entry", "reason"),
        ] {
            let rows = connection
                .query_all_raw(Statement::from_string(
                    connection.get_database_backend(),
                    format!("SELECT {column} AS value FROM {table} WHERE {column} LIKE '%ora%xample%'"),
                ))
                .await
                .expect("the table can be read");
            assert!(rows.is_empty(), "{table}.{column}");
        }
    }

    async fn references_to_what_is_hidden_leave_the_revisions_that_are_shown(backend: Backend) {
        let server = server(backend).await;
        let again = BUNDLE.lines().nth(2).unwrap().replace("\"lead\"", "\"advice\"").replace("The work", "The other work");
        assert!(server.run(&["import", &server.file("again.jsonl", &again)]).status.success());
        let query = "{ content(kind: INITIATIVE, slug: \"the-work\") { revisions { nodes { number document changes { path before after } } } } }";
        let before = server.query(query).await;
        assert!(before.data().to_string().contains("zora-example"), "{before:?}");
        decide(&server, "hide", "practitioner/zora-example");
        let hidden = server.query(query).await;
        let revisions = hidden.data()["content"]["revisions"]["nodes"].as_array().unwrap().clone();
        assert_eq!(revisions.len(), 2);
        assert!(!hidden.data().to_string().contains("zora"), "{hidden:?}");
        assert_eq!(revisions[0]["changes"], json!([{ "path": "title", "before": "The work", "after": "The other work" }]));
        decide(&server, "restore", "practitioner/zora-example");
        assert_eq!(server.query(query).await.data(), before.data());
    }

    async fn what_is_erased_stands_in_no_file_of_the_database(backend: Backend) {
        // PostgreSQL overwrites what is gone when it cleans up.
        if !matches!(backend, Backend::Sqlite) {
            return;
        }
        let mut server = server(backend).await;
        let is_held = |directory: &std::path::Path| {
            let files = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
            let mut databases = files.filter(|path| path.to_string_lossy().contains(".sqlite"));
            databases.any(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).contains("Zora Example"))
        };
        server.stop().await;
        assert!(is_held(server.directory()), "there is nothing to erase");
        decide(&server, "erase", "practitioner/zora-example");
        assert!(!is_held(server.directory()));
    }

    async fn an_import_does_not_bring_back_what_was_withdrawn(backend: Backend) {
        let server = server(backend).await;
        decide(&server, "hide", "evidence/the-finding");
        let file = server.file("again.jsonl", &BUNDLE.replace("Quokkas", "Many quokkas"));
        let output = server.run(&["import", &file]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        assert!(told.contains("again.jsonl:4") && told.contains("WRONG_STATE"), "{told}");
        assert_eq!(finding(&server).await["content"], Value::Null);
    }

    async fn a_decision_that_can_not_be_made_says_why(backend: Backend) {
        let server = server(backend).await;
        for (arguments, told) in [
            (["content", "restore", "evidence/the-finding", "--reason", "x"], "WRONG_STATE"),
            (["content", "hide", "evidence/nothing", "--reason", "x"], "there is no content"),
            (["content", "hide", "evidence/the-finding", "--reason", " "], "REQUIRED"),
        ] {
            let output = server.run(&arguments);
            assert!(!output.status.success());
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(stderr.contains(told), "{stderr}");
        }
        assert_eq!(finding(&server).await["content"]["status"], "PUBLISHED");
    }

    async fn what_cites_something_that_is_erased_is_told_as_changed(backend: Backend) {
        let server = server(backend).await;
        decide(&server, "erase", "resource/the-source");
        let changes = server.query("{ changes(kinds: [EVIDENCE]) { nodes { type } } }").await;
        assert_eq!(changes.data()["changes"]["nodes"], json!([{ "type": "PUBLISHED" }, { "type": "UPDATED" }]));
        let documents = server.database.texts("SELECT document FROM revision").await.concat();
        assert!(documents.contains("the-finding") || documents.contains("The finding"), "{documents}");
        assert!(!documents.contains("the-source"), "{documents}");
    }
    async fn what_was_flagged_very_often_is_erased_too(backend: Backend) {
        let server = server(backend).await;
        // More flags than a statement of either database takes parameters.
        let id = match backend {
            Backend::Sqlite => "randomblob(16)",
            Backend::Postgres => "gen_random_uuid()",
        };
        let connection = server.database.connect().await;
        connection
            .execute_unprepared(&format!(
                "INSERT INTO flag (id, content_id, reason, note, created_at)
                 WITH RECURSIVE flags (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM flags WHERE number < 70000)
                 SELECT {id}, content.id, 'ACCURACY', 'Zora Example', content.published_at FROM content, flags
                 WHERE content.slug = 'zora-example'"
            ))
            .await
            .expect("flags can be written");
        decide(&server, "erase", "practitioner/zora-example");
        assert_eq!(server.database.number("SELECT COUNT(*) FROM flag WHERE note IS NOT NULL").await, 0);
    }
}
