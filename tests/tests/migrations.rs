//! Migrations up and down on both databases, what starts them, and the references between rows that they declare.

use std::process::Child;

use praxis_tests::{
    Backend, Item, Options, Place, Server, bundle, on_both_databases, praxis_command, sample_collection,
};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

const MIGRATIONS: &str = "SELECT COUNT(*) FROM seaql_migrations";

/// All that a database says of its tables, columns, indexes and references, but for the migrations' own table.
async fn schema(place: &Place, backend: Backend) -> Vec<String> {
    let sql = match backend {
        Backend::Sqlite => {
            "SELECT type || ' ' || name || ' ' || COALESCE(sql, '') AS said FROM sqlite_master
             WHERE tbl_name <> 'seaql_migrations' ORDER BY said"
        }
        Backend::Postgres => {
            "SELECT said FROM (
               SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
                 || COALESCE(collation_name, '') AS said FROM information_schema.columns WHERE table_schema = 'public'
               UNION ALL SELECT tablename || ' ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
               UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
                 FROM pg_constraint WHERE connamespace = 'public'::regnamespace
               UNION ALL SELECT 'type ' || typname FROM pg_type
                 WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
             ) AS everything WHERE said NOT LIKE '%seaql_migrations%' ORDER BY said"
        }
    };
    place.database.texts(sql).await
}

/// A cited resource, what cites it, and an item that refers to another.
fn collection() -> Vec<Item> {
    let cited = json!([{ "resource": "report", "locator": "p. 1" }]);
    let translated = json!([{ "language": "fr", "title": "Rapport" }]);
    vec![
        Item::new(
            "resource",
            "report",
            "Report",
            json!({ "translations": translated, "themes": ["education"] }),
        ),
        Item::new(
            "resource",
            "annex",
            "Annex",
            json!({ "partOf": ["report"], "citations": cited }),
        ),
        Item::new("initiative", "work", "Work", json!({ "citations": cited })),
        Item::new(
            "evidence",
            "finding",
            "Finding",
            json!({ "citations": cited, "initiatives": ["work"] }),
        ),
    ]
}

/// Executes a statement that the references between rows must refuse.
async fn refused(connection: &impl ConnectionTrait, sql: &str) {
    let result: Result<_, DbErr> = connection.execute_unprepared(sql).await;
    let error = result.expect_err(sql).to_string().to_lowercase();
    assert!(
        error.contains("foreign key") || error.contains("restrict"),
        "{sql}: {error}"
    );
}

fn migrate(place: &Place, arguments: &[&str]) -> String {
    let told = place.run(&[&["migrate"], arguments].concat());
    assert_eq!(told.code, Some(0), "{told:?}");
    told.output
}

on_both_databases! {
    async fn migrations_go_up_down_and_up_again(backend: Backend) {
        let place = Place::create(backend).await;
        assert_eq!(migrate(&place, &[]), "the database is up to date\n");
        let all = place.database.number(MIGRATIONS).await;
        assert!(all >= 4);
        let whole = schema(&place, backend).await;
        for table in [
            "content",
            "revision",
            "event",
            "audit_entry",
            "concept",
            "citation",
            "initiative",
        ] {
            assert!(whole.iter().any(|said| said.contains(table)), "{table}: {whole:#?}");
        }
        place.import(&bundle(&collection()));
        // One by one to the bottom: each takes something away and nothing is left at the end.
        let mut before = whole.clone();
        for left in (0..all).rev() {
            assert_eq!(migrate(&place, &["--down", "1"]), "1 migration(s) taken back\n");
            let now = schema(&place, backend).await;
            assert_ne!(now, before, "{left}");
            assert_eq!(place.database.number(MIGRATIONS).await, left);
            before = now;
        }
        assert_eq!(before, [""; 0]);
        // Up again and down again at once.
        migrate(&place, &[]);
        assert_eq!(schema(&place, backend).await, whole);
        migrate(&place, &["--down", &all.to_string()]);
        assert_eq!(schema(&place, backend).await, [""; 0]);
        migrate(&place, &[]);
        assert_eq!(schema(&place, backend).await, whole);
        place.import(&bundle(&collection()));
        assert_eq!(place.database.counts().await["content"], 4);
        assert_eq!(place.database.number("SELECT last FROM event_sequence WHERE id = 1").await, 4);
    }

    async fn all_migrations_but_one_taken_back_and_up_again_give_the_same_tables(backend: Backend) {
        let place = Place::create(backend).await;
        migrate(&place, &[]);
        let whole = schema(&place, backend).await;
        place.import(&bundle(&collection()));
        let most = place.database.number(MIGRATIONS).await - 1;
        let told = migrate(&place, &["--down", &most.to_string()]);
        assert_eq!(told, format!("{most} migration(s) taken back\n"));
        assert!(
            !schema(&place, backend)
                .await
                .iter()
                .any(|said| said.contains("content"))
        );
        migrate(&place, &[]);
        assert_eq!(schema(&place, backend).await, whole);
        assert_eq!(place.database.counts().await["content"], 0);
        place.import(&bundle(&collection()));
    }

    async fn a_second_migration_does_nothing(backend: Backend) {
        let place = Place::create(backend).await;
        migrate(&place, &[]);
        place.import(&bundle(&collection()));
        let concepts = "SELECT code || ' ' || scheme || ' ' || CAST(position AS TEXT) FROM concept ORDER BY id";
        let state = async || {
            let applied = place
                .database
                .texts("SELECT version || ' ' || CAST(applied_at AS TEXT) FROM seaql_migrations ORDER BY version")
                .await;
            let settings = place
                .database
                .texts("SELECT key || ' ' || value FROM setting ORDER BY key")
                .await;
            (
                applied,
                settings,
                place.database.texts(concepts).await,
                place.database.counts().await,
                schema(&place, backend).await,
            )
        };
        let before = state().await;
        assert!(before.2.len() > 250 && !before.1.is_empty());
        assert_eq!(migrate(&place, &[]), "the database is up to date\n");
        assert_eq!(state().await, before);
    }

    async fn the_server_migrates_a_database_that_lacks_migrations(backend: Backend) {
        let mut server = Server::start(Options::empty(backend)).await;
        let all = server.database.number(MIGRATIONS).await;
        server.import(&collection());
        assert_eq!(server.stop().await, Some(0));
        // The vocabularies stay, and so does what tells this database from others.
        let told = server.tell(&["migrate", "--down", &(all - 1).to_string()]);
        assert_eq!(told.code, Some(0), "{told:?}");
        assert_eq!(server.database.number(MIGRATIONS).await, 1);
        server.launch().await;
        assert_eq!(server.database.number(MIGRATIONS).await, all);
        let answer = server
            .query("{ resources { totalCount } themes { slug } mechanisms { slug } search(query: \"report\") { totalCount } }")
            .await;
        assert_eq!(answer.data()["resources"]["totalCount"], 0);
        assert!(answer.data()["themes"].as_array().unwrap().len() > 20);
        assert!(answer.data()["mechanisms"].as_array().unwrap().len() > 10);
        // The index was ahead of the log.
        assert_eq!(answer.data()["search"]["totalCount"], 0);
        server.import(&collection());
        server.wait_for_index().await;
        let answer = server
            .query("{ search(query: \"report\") { nodes { ... on Content { slug } } } }")
            .await;
        assert_eq!(answer.data()["search"]["nodes"][0]["slug"], "report");
    }

    async fn several_processes_may_start_at_once_on_a_new_database(backend: Backend) {
        let place = Place::create(backend).await;
        let data = place.directory().display().to_string();
        let environment = [
            ("PRAXIS_DATABASE_URL", place.database.url.as_str()),
            ("PRAXIS_DATA_DIR", data.as_str()),
        ];
        let started: Vec<Child> = (0..4)
            .map(|_| {
                let mut command = praxis_command(place.directory(), &environment, &["migrate"]);
                command
                    .stdout(std::process::Stdio::piped())
                    .stderr(std::process::Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for child in started {
            let told: praxis_tests::Told = child.wait_with_output().unwrap().into();
            assert_eq!(told.code, Some(0), "{told:?}");
        }
        place.import(&bundle(&collection()));
    }

    async fn several_servers_may_start_at_once_on_a_new_database(backend: Backend) {
        let sample = sample_collection();
        let count = |kind: &str| sample.iter().filter(|item| item.kind == kind).count();
        for in_one_directory in [false, true] {
            let servers = Server::start_together(Options::sample(backend), 2, in_one_directory).await;
            for server in &servers {
                let answer = server.query("{ initiatives { totalCount } evidence { totalCount } }").await;
                assert_eq!(answer.data()["initiatives"]["totalCount"], count("initiative"));
                assert!(!server.logs().contains("ERROR"), "{}", server.logs());
            }
            // One of them loaded the sample, once.
            assert_eq!(
                servers[0].database.number("SELECT COUNT(*) FROM revision").await,
                servers[0].database.number("SELECT COUNT(*) FROM content").await
            );
        }
    }

    async fn references_between_rows_are_enforced(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&bundle(&collection()));
        let connection = place.database.connect().await;
        let nothing = match backend {
            Backend::Sqlite => "x'00000000000000000000000000000001'",
            Backend::Postgres => "'00000000-0000-0000-0000-000000000001'",
        };
        let report = "(SELECT id FROM content WHERE slug = 'report')";
        // Nothing may refer to what is not there.
        for sql in [
            format!("UPDATE citation SET resource_id = {nothing}"),
            format!(
                "UPDATE citation SET content_id = {nothing} WHERE position = 0 AND content_id = (SELECT id FROM content WHERE slug = 'work')"
            ),
            format!("UPDATE content_relation SET target_id = {nothing}"),
            format!("UPDATE content_concept SET concept_id = {nothing}"),
            format!("UPDATE revision SET content_id = {nothing} WHERE content_id = {report}"),
            format!("UPDATE resource SET content_id = {nothing} WHERE content_id = {report}"),
            format!("UPDATE content_translation SET content_id = {nothing}"),
            format!("INSERT INTO lesson (content_id, kind, factor) VALUES ({nothing}, 'BOTTLENECK', 'FUNDING')"),
            format!("UPDATE concept SET broader_id = {nothing} WHERE code = 'education'"),
            // A concept in use stays.
            "DELETE FROM concept WHERE code = 'education'".to_owned(),
        ] {
            refused(&connection, &sql).await;
        }
        let twice = format!("UPDATE content SET slug = 'annex' WHERE id = {report}");
        let error = connection
            .execute_unprepared(&twice)
            .await
            .expect_err("a slug is unique within a kind")
            .to_string();
        assert!(error.to_lowercase().contains("unique"), "{error}");
        // With an item goes all that is its own, and every reference to it; what others are stays, and so do the logs.
        connection
            .execute_unprepared("DELETE FROM content WHERE slug = 'report'")
            .await
            .unwrap();
        let counts = place.database.counts().await;
        for (table, left) in [
            ("content", 3),
            ("resource", 1),
            ("initiative", 1),
            ("evidence", 1),
            ("revision", 3),
            ("citation", 0),
            ("content_translation", 0),
            ("content_relation", 1),
            ("audit_entry", 4),
            ("event", 4),
        ] {
            assert_eq!(counts[table], left, "{table}: {counts:?}");
        }
        assert_eq!(
            place.database.texts("SELECT kind FROM content_relation").await,
            ["ABOUT"]
        );
    }
}
