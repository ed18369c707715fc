//! `praxis doctor`: what it finds, what it says to do about it, and that it changes nothing.

use std::path::Path;

use praxis_tests::{Backend, Item, Options, Server, Told, on_both_databases, tell};
use sea_orm::ConnectionTrait;
use serde_json::json;

async fn with_a_lesson(backend: Backend) -> Server {
    let server = Server::start(Options::empty(backend)).await;
    server.import(&[Item::new("lesson", "listen-first", "Listen first", json!({}))]);
    server.wait_for_index().await;
    server
}

fn doctor(server: &Server) -> Told {
    server.run(&["doctor"]).into()
}

/// The one line that begins with this mark and is about this subject.
#[track_caller]
fn finding<'a>(told: &'a Told, mark: &str, subject: &str) -> &'a str {
    let mut lines = told.output.lines().filter(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some(mark) && words.next() == Some(subject)
    });
    lines
        .next()
        .unwrap_or_else(|| panic!("no {mark} {subject} in {told:?}"))
}

fn files(directory: &Path) -> Vec<String> {
    let mut all = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(next) = waiting.pop() {
        for file in std::fs::read_dir(next).expect("it can be listed") {
            let path = file.expect("it can be listed").path();
            // SQLite's own files beside the database come and go.
            if path
                .extension()
                .is_some_and(|end| end == "sqlite-wal" || end == "sqlite-shm")
            {
                continue;
            }
            all.push(path.display().to_string());
            if path.is_dir() {
                waiting.push(path);
            }
        }
    }
    all.sort();
    all
}

on_both_databases! {
    async fn a_healthy_service_is_found_healthy_while_it_runs_and_after(backend: Backend) {
        let mut server = with_a_lesson(backend).await;
        for _ in 0..2 {
            let told = doctor(&server);
            assert_eq!(told.code, Some(0), "{told:?}");
            assert!(finding(&told, "ok", "database").contains("up to date"));
            assert!(finding(&told, "ok", "search").contains("1 documents, 0 event(s) behind"));
            for subject in ["settings", "disk", "clock"] {
                finding(&told, "ok", subject);
            }
            assert!(!told.output.contains("BAD"), "{told:?}");
            server.stop().await;
        }
    }

    async fn an_index_that_is_behind_is_found(backend: Backend) {
        let mut server = with_a_lesson(backend).await;
        server.stop().await;
        server.import(&[Item::new("lesson", "ask-again", "Ask again", json!({}))]);
        let told = doctor(&server);
        assert_eq!(told.code, Some(0), "{told:?}");
        assert!(told.output.contains("1 event(s) behind"), "{told:?}");
    }

    async fn a_database_that_lacks_migrations_is_found_and_what_to_run_is_said(backend: Backend) {
        let mut server = with_a_lesson(backend).await;
        server.stop().await;
        assert!(server.run(&["migrate", "--down", "1"]).status.success());
        let told = doctor(&server);
        assert_eq!(told.code, Some(0), "{told:?}");
        let line = finding(&told, "warn", "database");
        assert!(line.contains("1 migration") && line.contains("praxis migrate"), "{line}");
        assert!(server.run(&["migrate"]).status.success());
        assert!(finding(&doctor(&server), "ok", "database").contains("up to date"));
    }

    async fn a_clock_that_is_behind_the_last_change_is_found(backend: Backend) {
        let mut server = with_a_lesson(backend).await;
        server.stop().await;
        let database = server.database.connect().await;
        database.execute_unprepared("UPDATE event SET occurred_at = '2999-01-01 00:00:00+00:00'").await.unwrap();
        let told = doctor(&server);
        assert_eq!(told.code, Some(1), "{told:?}");
        assert!(finding(&told, "BAD", "clock").contains("set the clock"));
    }

    async fn a_database_of_another_program_is_found(backend: Backend) {
        let mut server = with_a_lesson(backend).await;
        server.stop().await;
        let database = server.database.connect().await;
        database.execute_unprepared("ALTER TABLE event RENAME TO mislaid").await.unwrap();
        let told = doctor(&server);
        assert_eq!(told.code, Some(1), "{told:?}");
        finding(&told, "BAD", "database");
        assert!(told.errors.contains("to mend"), "{told:?}");
    }

    async fn a_damaged_document_is_named_and_keeps_no_other_from_being_found(backend: Backend) {
        let mut server = with_a_lesson(backend).await;
        finding(&doctor(&server), "ok", "documents");
        server.stop().await;
        let lesson = |slug: &str, title: &str| Item::new("lesson", slug, title, json!({}));
        server.import(&[lesson("listen-first", "Listen now"), lesson("ask-again", "Ask again")]);
        let database = server.database.connect().await;
        database
            .execute_unprepared(r#"UPDATE revision SET document = '{"lesson":{"zora":"Zora"}}' WHERE number = 2"#)
            .await
            .unwrap();
        server.launch().await;
        server.wait_for_index().await;
        let found = async |server: &Server, words: &str| {
            let query = format!("{{ search(query: \"{words}\") {{ nodes {{ slug }} }} }}");
            server.query(&query).await.data()["search"]["nodes"].clone()
        };
        assert_eq!(found(&server, "again").await, json!([{ "slug": "ask-again" }]));
        assert!(server.metric("praxis_search_passed_over_total").await >= 1.0);
        assert!(server.logs().contains("a stored document is damaged"), "{}", server.logs());
        assert!(!server.logs().to_lowercase().contains("zora"), "{}", server.logs());
        let told = doctor(&server);
        let said = finding(&told, "BAD", "documents");
        assert!(said.contains("1 of 2") && said.contains("lesson_"), "{said}");
        let anew: Told = server.run(&["reindex"]).into();
        assert_eq!(anew.code, Some(0), "{anew:?}");

        // Its next change is followed like any other.
        server.import(&[lesson("listen-first", "Listen closely")]);
        server.wait_for_index().await;
        assert_eq!(found(&server, "closely").await, json!([{ "slug": "listen-first" }]));
        finding(&doctor(&server), "ok", "documents");
    }
}

#[tokio::test]
async fn postgres_plans_for_short_statements_unless_the_operator_has_set_it_otherwise() {
    if !Backend::postgres_is_available() {
        return eprintln!("skipped: PRAXIS_TEST_POSTGRES_URL is not set");
    }
    let server = Server::start(Options::empty(Backend::Postgres)).await;
    let line = |told: &Told| finding(told, "ok", "planner").to_owned();
    let planner = line(&doctor(&server));
    assert!(
        planner.ends_with("jit off, max_parallel_workers_per_gather 0, random_page_cost 1.1"),
        "{planner}"
    );
    let database = server.database.connect().await;
    database
        .execute_unprepared(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET random_page_cost = 2', current_database()); END $$",
        )
        .await
        .unwrap();
    let planner = line(&doctor(&server));
    assert!(planner.ends_with("per_gather 0, random_page_cost 2"), "{planner}");
}

#[test]
fn a_fresh_set_up_is_told_what_comes_next() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    let told = tell(directory.path(), &[], &["doctor"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    let line = finding(&told, "warn", "database");
    assert!(line.contains("praxis serve"), "{line}");
    assert!(
        files(directory.path()).iter().all(|file| file.ends_with("/data")),
        "it makes no database"
    );
}

#[tokio::test]
async fn a_look_changes_no_file() {
    let mut server = with_a_lesson(Backend::Sqlite).await;
    server.stop().await;
    let before = files(server.directory());
    let exported = server.run(&["export"]).stdout;
    doctor(&server);
    assert!(server.run(&["export"]).stdout == exported);
    let after = files(server.directory());
    assert_eq!(after, before);
}

#[test]
fn a_data_directory_that_can_not_be_written_is_found() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    std::fs::write(directory.path().join("occupied"), "").expect("it can be written");
    let told = tell(directory.path(), &[("PRAXIS_DATA_DIR", "occupied/data")], &["doctor"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(finding(&told, "BAD", "disk").contains("PRAXIS_DATA_DIR"));
}

#[test]
fn a_database_that_can_not_be_reached_is_found() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    let environment = [("PRAXIS_DATABASE_URL", "postgres://praxis@127.0.0.1:1/praxis")];
    let begun = std::time::Instant::now();
    let told = tell(directory.path(), &environment, &["doctor"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    let said = finding(&told, "BAD", "database");
    assert!(
        said.contains("PRAXIS_DATABASE_URL") && said.contains("refused"),
        "{said}"
    );
    assert!(begun.elapsed().as_secs() < 5, "it does not wait for what refuses");
}

#[test]
fn a_file_that_is_no_database_is_found() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    std::fs::create_dir(directory.path().join("data")).expect("it can be made");
    std::fs::write(
        directory.path().join("data/praxis.sqlite"),
        "this is no database, only text. ".repeat(200),
    )
    .expect("it can be written");
    let told = tell(directory.path(), &[], &["doctor"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    finding(&told, "BAD", "database");
}

#[tokio::test]
async fn a_search_engine_that_does_not_answer_is_found() {
    let server = with_a_lesson(Backend::Sqlite).await;
    let told: Told = server
        .run(&["doctor", "--meilisearch-url", "http://127.0.0.1:9"])
        .into();
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(finding(&told, "BAD", "search").contains("PRAXIS_MEILISEARCH_URL"));
}

/// Damages the embedded index of a server that does not run.
fn damage_index(server: &Server) {
    let mut damaged = 0;
    for file in files(&server.directory().join("index")) {
        if file.ends_with("meta.json") {
            std::fs::write(file, "{").expect("it can be written");
            damaged += 1;
        }
    }
    assert!(damaged > 0, "there is an index to damage");
}

#[tokio::test]
async fn a_damaged_index_is_found_and_what_mends_it_is_said_and_does() {
    let mut server = with_a_lesson(Backend::Sqlite).await;
    server.stop().await;
    damage_index(&server);
    let before = files(server.directory());
    let told = doctor(&server);
    let said = finding(&told, "warn", "search");
    assert!(said.contains("damaged") && said.contains("praxis reindex"), "{said}");
    assert_eq!(files(server.directory()), before, "looking mends nothing");
    let mended: Told = server.run(&["reindex"]).into();
    assert_eq!(mended.code, Some(0), "{mended:?}");
    assert!(finding(&doctor(&server), "ok", "search").contains("1 documents"));
}

#[tokio::test]
async fn a_start_with_a_damaged_index_builds_it_anew() {
    let mut server = with_a_lesson(Backend::Sqlite).await;
    server.stop().await;
    damage_index(&server);
    server.launch().await;
    server.wait_for_index().await;
    let hits = server.query("{ search(query: \"listen\") { nodes { slug } } }").await;
    assert_eq!(hits.data()["search"]["nodes"], json!([{ "slug": "listen-first" }]));
    assert!(finding(&doctor(&server), "ok", "search").contains("1 documents"));
}

#[tokio::test]
async fn a_public_address_without_tls_is_warned_of() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    let told = tell(directory.path(), &[("PRAXIS_ADDR", "0.0.0.0:8080")], &["doctor"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(finding(&told, "warn", "settings").contains("https"));
    let environment = [
        ("PRAXIS_ADDR", "0.0.0.0:8080"),
        ("PRAXIS_PUBLIC_URL", "https://praxis.example"),
    ];
    let told = tell(directory.path(), &environment, &["doctor"]);
    finding(&told, "ok", "settings");
    assert!(!told.output.contains("put a proxy"), "{told:?}");
}

#[tokio::test]
async fn a_search_model_that_can_not_be_loaded_is_found() {
    let server = with_a_lesson(Backend::Sqlite).await;
    let told: Told = server.run(&["doctor", "--search-model", "nowhere"]).into();
    assert_eq!(told.code, Some(1), "{told:?}");
    let said = finding(&told, "BAD", "search");
    assert!(
        said.contains("config.json") && said.contains("PRAXIS_SEARCH_MODEL"),
        "{said}"
    );
}
