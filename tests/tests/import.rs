//! Import of bundles: in any order, idempotent, revision by revision, beside a running server.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use praxis_tests::{Item, Options, Place, Server, Told, bundle, on_both_databases, praxis_command, slugs};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

/// Items of all six kinds that refer to each other.
fn collection() -> Vec<Item> {
    let cited = json!([{ "resource": "report", "locator": "p. 3", "note": "Table 1" }]);
    vec![
        Item::new(
            "practitioner",
            "amina",
            "Amina",
            json!({ "headline": "Trainer", "languages": ["fr"], "affiliations": [{ "organization": "alliance", "role": "Lead" }] }),
        ),
        Item::new(
            "organization",
            "alliance",
            "Alliance",
            json!({ "contributors": ["amina"], "members": [{ "organization": "centre", "from": "2010-01-01" }] }),
        ),
        Item::new("organization", "centre", "Centre", json!({ "citations": cited })),
        Item::new(
            "initiative",
            "audit",
            "Audit",
            json!({
                "themes": ["education", "child-labour"], "countries": ["NP", "ZM"], "partOf": ["campaign"],
                "partners": [{ "organization": "alliance", "role": "LEAD" }],
                "people": [{ "practitioner": "amina", "role": "Facilitator" }],
                "translations": [{ "language": "fr", "title": "Audit social", "summary": "Résumé" }],
            }),
        ),
        Item::new("initiative", "campaign", "Campaign", json!({})),
        Item::new(
            "evidence",
            "finding",
            "Finding",
            json!({
                "citations": cited, "initiatives": ["audit"],
                "measurements": [{ "metric": "Share", "baseline": 9.3, "endline": 11, "unit": "%" }],
            }),
        ),
        Item::new(
            "lesson",
            "insight",
            "Insight",
            json!({ "initiatives": ["audit"], "supportedBy": ["finding"] }),
        ),
        Item::new(
            "resource",
            "report",
            "Report",
            json!({ "authors": ["amina"], "publishers": ["centre"] }),
        ),
    ]
}

/// What an import says of a file, without the time it took.
fn outcome(told: &Told) -> &str {
    let line = told.output.trim_end();
    let (said, seconds) = line.rsplit_once(" (").expect("the time it took is said");
    assert!(seconds.ends_with(" s)"), "{line}");
    said.rsplit_once(".jsonl: ").expect("the file is named").1
}

async fn item(server: &Server, kind: &str, slug: &str, fields: &str) -> Value {
    let query = format!("{{ content(kind: {kind}, slug: \"{slug}\") {{ {fields} }} }}");
    server.query(&query).await.data()["content"].clone()
}

on_both_databases! {
    async fn items_may_refer_to_each_other_in_any_order_and_lines_may_end_in_any_way(backend: Backend) {
        let mut exports = Vec::new();
        for (ending, reversed) in [("\n", false), ("\r\n", true), ("\n\n  \n", false), ("\r\n\t\r\n", true)] {
            let place = Place::create(backend).await;
            let mut items: Vec<String> = collection().iter().map(Item::line).collect();
            if reversed {
                items.reverse();
            }
            // The last line has no ending.
            let told = place.import(&items.join(ending));
            assert_eq!(outcome(&told), "8 new, 0 changed, 0 unchanged");
            assert_eq!(place.database.counts().await["content_relation"], 11);
            assert_eq!(place.database.counts().await["citation"], 2);
            exports.push(place.export(&[]));
        }
        assert_eq!(exports[0].lines().count(), 8);
        assert!(exports.iter().all(|other| *other == exports[0]), "{exports:#?}");
        let empty = Place::create(backend).await;
        for nothing in ["", "\n", " \r\n\n"] {
            assert_eq!(outcome(&empty.import(nothing)), "0 new, 0 changed, 0 unchanged");
        }
    }

    async fn a_reference_by_id_is_kept_and_exported_as_a_slug(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        let mut ids = Vec::new();
        for (kind, slug) in [
            ("INITIATIVE", "audit"),
            ("EVIDENCE", "finding"),
            ("RESOURCE", "report"),
            ("PRACTITIONER", "amina"),
            ("ORGANIZATION", "centre"),
        ] {
            ids.push(item(&server, kind, slug, "id").await["id"].clone());
        }
        let [initiative, evidence, resource, practitioner, organization] = &ids[..] else {
            panic!("five were asked for")
        };
        server.import(&[
            Item::new("lesson", "by-id", "By id", json!({
                "citations": [{ "resource": resource }], "contributors": [practitioner],
                "initiatives": [initiative], "supportedBy": [evidence],
            })),
            Item::new("initiative", "by-id", "By id", json!({
                "partners": [{ "organization": organization, "role": "PARTNER" }], "people": [{ "practitioner": practitioner }],
                "follows": [initiative],
            })),
        ]);
        let found = item(
            &server,
            "LESSON",
            "by-id",
            "... on Lesson { initiatives { nodes { slug } } supportedBy { nodes { slug } } }",
        )
        .await;
        assert_eq!(
            (slugs(&found["initiatives"]), slugs(&found["supportedBy"])),
            (vec!["audit".to_owned()], vec!["finding".to_owned()])
        );
        let exported = server
            .tell(&["export", "--kind", "lesson", "--kind", "initiative"])
            .output;
        let line = |kind: &str| {
            exported
                .lines()
                .find(|line| line.contains(r#""slug":"by-id""#) && line.contains(&format!("{{\"{kind}\":")))
                .unwrap()
                .to_owned()
        };
        assert_eq!(line("lesson"), Item::new("lesson", "by-id", "By id", json!({})).line().replace(
            r#","kind":"ENABLING_FACTOR","factor":"FUNDING"}}}"#,
            r#","citations":[{"resource":"report"}],"contributors":["amina"],"kind":"ENABLING_FACTOR","factor":"FUNDING","initiatives":["audit"],"supportedBy":["finding"]}}}"#,
        ));
        for part in [
            r#""partners":[{"organization":"centre","role":"PARTNER"}]"#,
            r#""people":[{"practitioner":"amina"}]"#,
            r#""follows":["audit"]"#,
        ] {
            assert!(line("initiative").contains(part), "{exported}");
        }
        // A reference to an item of another kind, by an id that exists.
        let wrong = Item::new("lesson", "wrong", "Wrong", json!({ "initiatives": [evidence] }));
        let path = server.file("wrong.jsonl", &wrong.line());
        let said = server.tell(&["import", &path]).errors;
        assert!(
            said.contains(&format!("{path}:1: [wrong] initiatives[0]: WRONG_REFERENCE: ")),
            "{said}"
        );
    }

    async fn a_second_import_changes_nothing(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&bundle(&collection()));
        let (counts, exported) = (place.database.counts().await, place.export(&[]));
        let stamps = "SELECT CAST(updated_at AS TEXT) FROM content ORDER BY id";
        let updated = place.database.texts(stamps).await;
        let same = |told: Told| assert_eq!(outcome(&told), "0 new, 0 changed, 8 unchanged");
        same(place.import(&bundle(&collection())));
        same(place.import(&exported));
        // The same documents written in another way: fields in another order, other spacing, lists that are empty.
        let rewritten: Vec<String> = collection()
            .into_iter()
            .map(|item| {
                let mut fields: Vec<(String, Value)> = item.document.as_object().unwrap().clone().into_iter().collect();
                fields.reverse();
                let mut document: serde_json::Map<String, Value> = fields.into_iter().collect();
                for list in ["themes", "countries", "translations", "contributors"] {
                    document.entry(list).or_insert(json!([]));
                }
                document.entry("summary").or_insert(Value::Null);
                let line = json!({ "content": { item.kind: document }, "slug": item.slug }).to_string();
                line.replace("\":", "\" : ")
                    .replace("é", "\\u00e9")
                    .replace("11,", "11.0,")
            })
            .collect();
        same(place.import(&rewritten.join("\n")));
        let (one, two) = (place.file("one.jsonl", &exported), place.file("two.jsonl", &exported));
        let told = place.run(&["import", &one, &two]);
        assert_eq!(
            told.output.matches("0 new, 0 changed, 8 unchanged").count(),
            2,
            "{told:?}"
        );
        assert_eq!((place.database.counts().await, place.export(&[])), (counts, exported));
        assert_eq!(place.database.texts(stamps).await, updated);
    }

    async fn a_changed_document_is_a_new_revision_that_replaces_what_the_old_one_said(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        let fields =
            "id publishedAt updatedAt revision title availableLanguages french: title(language: \"fr\") themes { slug }
            countries { code } citations { nodes { locator } } ... on Initiative { partOf { nodes { slug } }
            partners { organization { slug } role } people { practitioner { slug } } }";
        let before = item(&server, "INITIATIVE", "audit", fields).await;
        assert_eq!(
            (&before["revision"], &before["french"]),
            (&json!(1), &json!("Audit social"))
        );
        assert_eq!(before["publishedAt"], before["updatedAt"]);
        let mut items = collection();
        items[3] = Item::new(
            "initiative",
            "audit",
            "Audit, again",
            json!({
                "themes": ["participation"], "countries": ["ZM"], "citations": [{ "resource": "report", "locator": "p. 9" }],
                "translations": [{ "language": "es", "title": "Auditoría" }],
                "partners": [{ "organization": "centre", "role": "FUNDER" }],
            }),
        );
        let path = server.file("changed.jsonl", &bundle(&items));
        let told = server.tell(&["import", "--note", "Corrected after a review", &path]);
        assert_eq!(outcome(&told), "0 new, 1 changed, 7 unchanged");
        let after = item(&server, "INITIATIVE", "audit", fields).await;
        assert_eq!(
            after,
            json!({
                "id": before["id"], "publishedAt": before["publishedAt"], "updatedAt": after["updatedAt"], "revision": 2,
                "title": "Audit, again", "availableLanguages": ["en", "es"], "french": "Audit, again",
                "themes": [{ "slug": "participation" }], "countries": [{ "code": "ZM" }],
                "citations": { "nodes": [{ "locator": "p. 9" }] }, "partOf": { "nodes": [] },
                "partners": [{ "organization": { "slug": "centre" }, "role": "FUNDER" }], "people": [],
            })
        );
        assert!(after["updatedAt"].as_str() > before["updatedAt"].as_str());
        // What others say of it stays.
        let lesson = item(
            &server,
            "LESSON",
            "insight",
            "revision ... on Lesson { initiatives { nodes { slug title } } }",
        )
        .await;
        assert_eq!(
            lesson,
            json!({ "revision": 1, "initiatives": { "nodes": [{ "slug": "audit", "title": "Audit, again" }] } })
        );
        let revisions = item(
            &server,
            "INITIATIVE",
            "audit",
            "revisions { nodes { number note document } }",
        )
        .await;
        let revisions = revisions["revisions"]["nodes"].as_array().unwrap();
        let numbers: Vec<_> = revisions
            .iter()
            .map(|revision| (revision["number"].as_i64(), revision["note"].as_str()))
            .collect();
        assert_eq!(numbers, [(Some(2), Some("Corrected after a review")), (Some(1), None)]);
        assert!(revisions[1]["document"].as_str().unwrap().contains("Audit social"));
        let changes = server
            .query("{ changes(first: 100) { nodes { type revision id } } }")
            .await;
        let changes = changes.data()["changes"]["nodes"].as_array().unwrap();
        assert_eq!(changes.len(), 9);
        assert_eq!(
            changes[8],
            json!({ "type": "UPDATED", "revision": 2, "id": before["id"] })
        );
        let audit = server.database.texts(
            "SELECT action || ' ' || revision_before || ' ' || revision_after || ' ' || reason || ' ' || source || ' ' || actor
             FROM audit_entry WHERE revision_before IS NOT NULL",
        ).await;
        assert_eq!(audit, ["UPDATED 1 2 Corrected after a review changed.jsonl system"]);
    }

    async fn a_dry_run_says_what_would_be_done_and_does_nothing(backend: Backend) {
        let place = Place::create(backend).await;
        let path = place.file("first.jsonl", bundle(&collection()));
        let dry = place.run(&["import", "--dry-run", &path]);
        assert_eq!(
            (dry.code, outcome(&dry)),
            (Some(0), "8 new, 0 changed, 0 unchanged; nothing was written")
        );
        assert!(place.database.counts().await.values().all(|count| *count == 0));
        place.import(&bundle(&collection()));
        let (counts, exported) = (place.database.counts().await, place.export(&[]));
        let mut items = collection();
        items[6] = Item::new("lesson", "insight", "Another insight", json!({}));
        items.push(Item::new("lesson", "more", "More", json!({ "initiatives": ["audit"] })));
        let path = place.file("second.jsonl", bundle(&items));
        let dry = place.run(&["import", &path, "--dry-run"]);
        assert_eq!(outcome(&dry), "1 new, 1 changed, 7 unchanged; nothing was written");
        assert_eq!((place.database.counts().await, place.export(&[])), (counts, exported));
        assert_eq!(outcome(&place.run(&["import", &path])), "1 new, 1 changed, 7 unchanged");
    }

    async fn what_a_file_brings_is_listed_in_the_order_of_its_lines_the_last_first(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        // Names in no order.
        let names: Vec<String> = (0..60).map(|number| format!("lesson-{}", number * 37 % 61)).collect();
        let items: Vec<Item> = names.iter().map(|name| Item::new("lesson", name, name, json!({}))).collect();
        server.import(&items);
        let answer = server.query("{ lessons(first: 100) { nodes { slug } } }").await;
        let latest: Vec<String> = names.into_iter().rev().collect();
        assert_eq!(slugs(&answer.data()["lessons"]), latest);
    }

    async fn an_import_beside_a_running_server_is_seen_at_once_and_found_within_seconds(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let count = "{ lessons { totalCount } }";
        assert_eq!(server.query(count).await.data()["lessons"]["totalCount"], 0);
        server.import(&collection());
        assert_eq!(server.query(count).await.data()["lessons"]["totalCount"], 1);
        let begun = Instant::now();
        loop {
            let answer = server
                .query("{ search(query: \"insight\") { nodes { ... on Content { slug } } } }")
                .await;
            if slugs(&answer.data()["search"]) == ["insight"] {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{:#}", answer.body);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // The new words are found and the old ones no more.
        server.import(&[Item::new("lesson", "insight", "Quicksilver", json!({}))]);
        server.wait_for_index().await;
        for (words, expected) in [("quicksilver", &["insight"][..]), ("insight", &[])] {
            let answer = server
                .query(&format!(
                    "{{ search(query: \"{words}\") {{ nodes {{ ... on Content {{ slug }} }} }} }}"
                ))
                .await;
            assert_eq!(slugs(&answer.data()["search"]), expected, "{words}");
        }
    }

    async fn files_that_cannot_be_read_are_named_and_the_others_are_imported(backend: Backend) {
        let place = Place::create(backend).await;
        let good = place.file("good.jsonl", bundle(&collection()));
        let missing = place.directory().join("missing.jsonl").display().to_string();
        let directory = place.directory().display().to_string();
        let told = place.run(&["import", &missing, &good, &directory]);
        assert_eq!(told.code, Some(1));
        assert_eq!(outcome(&told), "8 new, 0 changed, 0 unchanged");
        assert!(
            told.errors
                .contains(&format!("{missing}: the file could not be read: No such file")),
            "{told:?}"
        );
        assert!(
            told.errors
                .contains(&format!("{directory}: the file could not be read: Is a directory")),
            "{told:?}"
        );
        assert!(
            told.errors.ends_with("praxis: 2 of 3 file(s) could not be imported\n"),
            "{told:?}"
        );
        let told = place.run(&["import"]);
        assert_eq!(told.code, Some(2));
        assert!(told.errors.contains("<FILE>"), "{told:?}");
    }

    async fn a_pipe_is_no_file_and_a_file_as_standard_input_is(backend: Backend) {
        let place = Place::create(backend).await;
        let data = place.directory().display().to_string();
        let environment = [
            ("PRAXIS_DATABASE_URL", place.database.url.as_str()),
            ("PRAXIS_DATA_DIR", data.as_str()),
        ];
        let command = || praxis_command(place.directory(), &environment, &["import", "/dev/stdin"]);
        let mut child = command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(bundle(&collection()).as_bytes())
            .unwrap();
        let told: Told = child.wait_with_output().unwrap().into();
        assert_eq!(told.code, Some(1));
        assert!(
            told.errors.contains("/dev/stdin: the file could not be read: "),
            "{told:?}"
        );
        assert_eq!(place.database.counts().await["content"], 0);
        let path = place.file("bundle.jsonl", bundle(&collection()));
        let told: Told = command()
            .stdin(std::fs::File::open(path).unwrap())
            .output()
            .unwrap()
            .into();
        assert!(
            told.output.starts_with("/dev/stdin: 8 new, 0 changed, 0 unchanged ("),
            "{told:?}"
        );
    }

    async fn long_work_is_told_in_plain_lines_where_there_is_no_terminal(backend: Backend) {
        let place = Place::create(backend).await;
        place.import("");
        let many: Vec<Item> = (0..450)
            .map(|number| Item::new("lesson", &format!("l{number}"), "Lesson", json!({})))
            .collect();
        let path = place.file("many.jsonl", bundle(&many));
        // Somebody else writes meanwhile.
        let connection = place.database.connect().await;
        let transaction = connection.begin().await.unwrap();
        let row = "INSERT INTO content (id, kind, slug, title, title_key, language, status, revision, published_at, updated_at)
            SELECT id, 'LESSON', 'l0', '', '', 'en', 'PUBLISHED', 0, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP FROM concept LIMIT 1";
        transaction.execute_unprepared(row).await.unwrap();
        let import = {
            let (url, data) = (place.database.url.clone(), place.directory().display().to_string());
            let environment = [
                ("PRAXIS_DATABASE_URL", url.as_str()),
                ("PRAXIS_DATA_DIR", data.as_str()),
            ];
            let mut command = praxis_command(place.directory(), &environment, &["import", &path]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        tokio::time::sleep(Duration::from_millis(6_000)).await;
        transaction.rollback().await.unwrap();
        let told: Told = tokio::task::spawn_blocking(move || import.wait_with_output().unwrap())
            .await
            .unwrap()
            .into();
        assert_eq!(
            (told.code, outcome(&told)),
            (Some(0), "450 new, 0 changed, 0 unchanged"),
            "{told:?}"
        );
        assert_eq!(told.said(), ["writing: 200 of 450"], "{told:?}");
        assert!(!told.errors.contains(['\u{1b}', '\r']), "{told:?}");
    }

    async fn a_command_that_goes_well_says_nothing_on_standard_error(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&bundle(&collection()));
        let told = place.import(&bundle(&collection()));
        assert_eq!(told.errors, "");
    }

    async fn an_empty_list_of_instruments_is_the_same_as_none(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&Item::new("practitioner", "amina", "Amina", json!({})).line());
        let told = place.import(&Item::new("practitioner", "amina", "Amina", json!({ "instruments": [] })).line());
        assert_eq!(outcome(&told), "0 new, 0 changed, 1 unchanged");
    }

    async fn what_is_hidden_is_referred_to_by_its_id_as_little_as_by_its_slug(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&[Item::new("resource", "report", "Report", json!({}))]);
        let answer = server.query("{ content(kind: RESOURCE, slug: \"report\") { id } }").await;
        let id = answer.data()["content"]["id"].as_str().unwrap().to_owned();
        let import = |slug: &str, reference: &str| {
            let cited = json!({ "citations": [{ "resource": reference, "locator": "p. 1" }] });
            let item = Item::new("lesson", slug, "Lesson", cited);
            server.tell(&["import", &server.file("lesson.jsonl", &bundle(&[item]))])
        };
        let decide = |decision: &str| {
            let told = server.tell(&["content", decision, "resource/report", "--reason", "looked into"]);
            assert_eq!(told.code, Some(0), "{told:?}");
        };
        decide("hide");
        for reference in ["report", id.as_str()] {
            let told = import("hidden", reference);
            assert_eq!(told.code, Some(1), "{reference}: {told:?}");
            assert!(told.errors.contains("UNKNOWN_REFERENCE"), "{reference}: {told:?}");
        }
        // A tombstone may be cited.
        decide("retract");
        for (slug, reference) in [("by-slug", "report"), ("by-id", id.as_str())] {
            assert_eq!(import(slug, reference).code, Some(0), "{reference}");
        }
    }
}
