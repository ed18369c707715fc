//! When the database fails: the caller gets a clean error, the log has the reason, and the service goes on.

use praxis_tests::{Answer, Backend, Item, Options, Server, on_both_databases, tell};
use sea_orm::{ConnectionTrait, Database};
use serde_json::json;

/// What no caller may see: SQL, paths, Rust's types, the words of the database's driver.
const INTERNALS: [&str; 18] = [
    "select",
    "from ",
    "content_",
    "table",
    "column",
    "relation",
    "sqlite",
    "postgres",
    "sqlx",
    "sea_orm",
    "dberr",
    "::",
    ".rs",
    "/root",
    "/tmp",
    "panick",
    "unwrap",
    "connection pool",
];

/// The message of an error that names nothing inside.
#[track_caller]
fn assert_clean(body: &serde_json::Value) {
    for error in body["errors"].as_array().expect("there are errors") {
        let message = error["message"]
            .as_str()
            .expect("an error has a message")
            .to_lowercase();
        for word in INTERNALS {
            assert!(!message.contains(word), "{word:?} in {message}");
        }
        let extensions = error["extensions"].as_object().expect("it has a code");
        assert_eq!(extensions.keys().collect::<Vec<_>>(), ["code"], "nothing else is told");
    }
}

async fn with_a_lesson(backend: Backend) -> Server {
    let server = Server::start(Options::empty(backend)).await;
    let organization = Item::new("organization", "the-office", "The office", json!({}));
    server.import(&[
        organization,
        Item::new("lesson", "listen-first", "Listen first", json!({})),
    ]);
    server.wait_for_index().await;
    server
}

on_both_databases! {
    async fn a_fault_of_the_database_is_told_without_its_words_and_logged_with_them(backend: Backend) {
        let server = with_a_lesson(backend).await;
        let database = server.database.connect().await;
        let lessons = "{ lessons { nodes { slug } } }";
        database.execute_unprepared("ALTER TABLE lesson RENAME TO mislaid").await.unwrap();

        let answer = server.query(lessons).await;
        let message = answer.refusal("INTERNAL");
        assert!(message.contains("request id"), "{message}");
        assert_clean(&answer.body);
        let logs = server.logs();
        let line = logs.lines().find(|line| line.contains("\"ERROR\"")).expect("the fault is logged");
        let line: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        let reason = line["error"].as_str().expect("with its reason");
        assert!(reason.contains("lesson"), "{reason}");
        assert!(line["span"]["request_id"].is_string(), "the log line can be found by the request's id: {line:#}");

        // What does not need the table is answered, beside it and after it.
        let partly = server.query("{ organizations { nodes { slug } } themes { slug } }").await;
        assert_eq!(partly.data()["organizations"]["nodes"][0]["slug"], "the-office");
        let search = server.query("{ search(query: \"listen\") { nodes { slug } } }").await;
        assert_clean(&search.body);

        database.execute_unprepared("ALTER TABLE mislaid RENAME TO lesson").await.unwrap();
        let healed = server.query(lessons).await;
        assert_eq!(healed.data()["lessons"]["nodes"][0]["slug"], "listen-first");
    }

    async fn no_answer_shows_what_is_inside_whatever_is_broken(backend: Backend) {
        let server = with_a_lesson(backend).await;
        let database = server.database.connect().await;
        for table in ["content", "event", "content_concept", "citation", "revision"] {
            database.execute_unprepared(&format!("ALTER TABLE {table} RENAME TO mislaid")).await.unwrap();
            let mut failed = 0;
            for query in [
                "{ lessons { totalCount nodes { slug themes { slug } citations { nodes { locator } } } } }",
                "{ content(kind: LESSON, slug: \"listen-first\") { slug revisions { nodes { number } } } }",
                "{ search(query: \"listen\") { totalCount nodes { slug } } }",
                "{ changes(first: 10) { nodes { id content { slug } } } }",
                "{ evidenceMap(rows: THEME, columns: STUDY_DESIGN) { cells { count } } }",
            ] {
                let answer = server.query(query).await;
                if answer.body.get("errors").is_some() {
                    assert!(answer.codes().iter().all(|code| *code == "INTERNAL"), "{table}: {:#}", answer.body);
                    assert_clean(&answer.body);
                    failed += 1;
                }
            }
            assert!(failed > 0, "{table} is used by a query");
            let ready = server.get("/health/ready", &[]).await;
            for word in ["mislaid", "no such", "does not exist"] {
                assert!(!ready.text().contains(word), "{}", ready.text());
            }
            database.execute_unprepared(&format!("ALTER TABLE mislaid RENAME TO {table}")).await.unwrap();
        }
        server.query("{ lessons { totalCount nodes { slug themes { slug } } } }").await.data();
    }
}

/// Shuts the door of a PostgreSQL database and sends everybody out, or opens it again.
async fn set_open(server: &Server, open: bool) {
    let url = std::env::var("PRAXIS_TEST_POSTGRES_URL").expect("PRAXIS_TEST_POSTGRES_URL is set");
    let (_, name) = server
        .database
        .url
        .rsplit_once('/')
        .expect("the address names a database");
    let connection = Database::connect(url).await.expect("PostgreSQL answers");
    for statement in [
        format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {open}"),
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
    ] {
        connection.execute_unprepared(&statement).await.expect("it may");
    }
}

#[test]
fn a_start_without_its_database_says_why_at_once() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    for command in ["serve", "migrate"] {
        let begun = std::time::Instant::now();
        let environment = [
            ("PRAXIS_DATABASE_URL", "postgres://praxis@127.0.0.1:1/praxis"),
            ("PRAXIS_ADDR", "127.0.0.1:0"),
        ];
        let told = tell(directory.path(), &environment, &[command]);
        assert_eq!(told.code, Some(1), "{told:?}");
        assert!(told.errors.contains("refused"), "{told:?}");
        assert!(told.errors.contains("PRAXIS_DATABASE_URL"), "{told:?}");
        assert!(begun.elapsed().as_secs() < 5, "it does not wait for what refuses");
    }
}

#[test]
fn a_start_says_what_the_database_server_has_against_it() {
    let Ok(url) = std::env::var("PRAXIS_TEST_POSTGRES_URL") else {
        eprintln!("skipped: PRAXIS_TEST_POSTGRES_URL is not set");
        return;
    };
    let directory = tempfile::tempdir().expect("there is a place for files");
    let (server, _) = url.rsplit_once('/').expect("the address names a database");
    let missing = format!("{server}/no_such_database");
    let told = tell(directory.path(), &[("PRAXIS_DATABASE_URL", &missing)], &["migrate"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.errors.contains("\"no_such_database\" does not exist"), "{told:?}");
}

/// Asks until the answer is this, and gives it. Each connection that was open may fail once.
async fn until(server: &Server, query: &str, is: impl Fn(&Answer) -> bool) -> Answer {
    for _ in 0..20 {
        let answer = server.query(query).await;
        if is(&answer) {
            return answer;
        }
        assert_clean(&answer.body);
    }
    panic!("never so:\n{}", server.logs());
}

const LESSONS: &str = "{ lessons { nodes { slug } } }";

#[tokio::test]
async fn a_server_whose_database_went_away_says_so_and_goes_on_when_it_is_back() {
    if !Backend::postgres_is_available() {
        eprintln!("skipped: PRAXIS_TEST_POSTGRES_URL is not set");
        return;
    }
    let server = with_a_lesson(Backend::Postgres).await;
    set_open(&server, false).await;
    let away = until(&server, LESSONS, |answer| answer.codes() == ["DATABASE_UNAVAILABLE"]).await;
    assert_clean(&away.body);
    let themes = server.query("{ themes { slug } }").await;
    assert!(themes.data()["themes"].is_array(), "what is in memory is answered");
    let ready = server.get("/health/ready", &[]).await;
    assert_eq!((ready.status, &ready.json()["status"]), (503, &json!("unavailable")));
    assert_eq!(ready.json()["database"]["up"], false);
    assert_eq!(
        server.get("/health/live", &[]).await.status,
        200,
        "it need not be started again"
    );

    set_open(&server, true).await;
    let back = until(&server, LESSONS, |answer| answer.codes().is_empty()).await;
    assert_eq!(back.data()["lessons"]["nodes"][0]["slug"], "listen-first");
    assert_eq!(server.get("/health/ready", &[]).await.status, 200);
}

#[tokio::test]
async fn a_database_that_went_away_is_never_a_fault_of_the_service() {
    if !Backend::postgres_is_available() {
        eprintln!("skipped: PRAXIS_TEST_POSTGRES_URL is not set");
        return;
    }
    let server = with_a_lesson(Backend::Postgres).await;
    set_open(&server, false).await;
    server.query(LESSONS).await.refusal("DATABASE_UNAVAILABLE");
}

#[tokio::test]
async fn a_restart_of_the_database_costs_no_query_that_is_asked_after_it() {
    if !Backend::postgres_is_available() {
        eprintln!("skipped: PRAXIS_TEST_POSTGRES_URL is not set");
        return;
    }
    let server = with_a_lesson(Backend::Postgres).await;
    set_open(&server, true).await;
    for _ in 0..10 {
        server.query(LESSONS).await.data();
    }
}
