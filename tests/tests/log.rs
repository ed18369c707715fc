//! The event log: every change once, in one total order without gaps, also while several processes write at the same time.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::Duration;

use praxis_tests::{Backend, Item, Options, Server, Told, bundle, on_both_databases, praxis_command};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

/// How many processes write at the same time.
const WRITERS: usize = 8;

fn lesson(slug: &str) -> Item {
    Item::new("lesson", slug, "Lesson", json!({}))
}

/// A page of the log after a cursor: the nodes, whether there are more, and the cursor to go on from.
async fn page(server: &Server, arguments: &str, after: Option<&str>) -> (Vec<Value>, bool, Option<String>) {
    let after = after.map_or_else(|| "null".to_owned(), |cursor| format!("\"{cursor}\""));
    let query = format!(
        "{{ changes(after: {after}{arguments}) {{ nodes {{ type kind revision id content {{ slug }} }} edges {{ cursor }}
         pageInfo {{ hasNextPage endCursor }} }} }}"
    );
    let answer = server.query(&query).await;
    let changes = &answer.data()["changes"];
    let nodes = changes["nodes"].as_array().unwrap().clone();
    let info = &changes["pageInfo"];
    if let Some(edge) = changes["edges"].as_array().unwrap().last() {
        assert_eq!(edge["cursor"], info["endCursor"]);
    }
    (
        nodes,
        info["hasNextPage"] == true,
        info["endCursor"].as_str().map(str::to_owned),
    )
}

/// The whole log in pages, and the last cursor.
async fn pages(server: &Server, arguments: &str) -> (Vec<Value>, Option<String>) {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let (nodes, more, cursor) = page(server, arguments, after.as_deref()).await;
        all.extend(nodes);
        after = cursor;
        if !more {
            return (all, after);
        }
    }
}

fn slugs(nodes: &[Value]) -> Vec<&str> {
    nodes
        .iter()
        .map(|node| node["content"]["slug"].as_str().unwrap())
        .collect()
}

/// Starts a command of the binary beside the server.
fn start(server: &Server, arguments: &[String]) -> Child {
    let data = server.directory().display().to_string();
    let environment = [
        ("PRAXIS_DATABASE_URL", server.database.url.as_str()),
        ("PRAXIS_DATA_DIR", data.as_str()),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    praxis_command(server.directory(), &environment, &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts")
}

async fn end(children: Vec<Child>) -> Vec<Told> {
    let wait = move || {
        children
            .into_iter()
            .map(|child| child.wait_with_output().unwrap().into())
            .collect()
    };
    tokio::task::spawn_blocking(wait).await.unwrap()
}

/// Starts commands of the binary that all get as far as this statement lets them, and gives what they said in the end.
async fn held_up(server: &Server, statement: &str, commands: &[Vec<String>]) -> Vec<Told> {
    let connection = server.database.connect().await;
    let transaction = connection.begin().await.unwrap();
    transaction.execute_unprepared(statement).await.unwrap();
    let children = commands.iter().map(|arguments| start(server, arguments)).collect();
    tokio::time::sleep(Duration::from_millis(2_000)).await;
    transaction.commit().await.unwrap();
    end(children).await
}

/// The numbers of the log, in order.
async fn sequences(server: &Server) -> Vec<String> {
    server
        .database
        .texts("SELECT CAST(sequence AS TEXT) FROM event ORDER BY event.sequence")
        .await
}

fn from_one_to(last: usize) -> Vec<String> {
    (1..=last).map(|number| number.to_string()).collect()
}

on_both_databases! {
    async fn a_place_behind_the_end_of_the_log_is_refused_so_that_no_mirror_waits_there_in_vain(backend: Backend) {
        let later = Server::start(Options::empty(backend)).await;
        later.import(&[lesson("one"), lesson("two")]);
        let answer = later.query("{ changes { pageInfo { endCursor } } }").await;
        let cursor = answer.data()["changes"]["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
        let query = format!("{{ changes(after: \"{cursor}\") {{ nodes {{ type }} pageInfo {{ endCursor }} }} }}");
        assert_eq!(later.query(&query).await.data()["changes"]["pageInfo"]["endCursor"], cursor);
        // An older copy of the database, as after a loss.
        let earlier = Server::start(Options::empty(backend)).await;
        earlier.import(&[lesson("one")]);
        let refused = earlier.query(&query).await;
        assert!(refused.refusal("INVALID_CURSOR").contains("behind the end of the log"), "{refused:?}");
    }

    async fn numbers_grow_without_gaps_in_the_order_of_the_files(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let import = |name: &str, items: &[Item], expected: i32| {
            let told = server.tell(&["import", &server.file(name, &bundle(items))]);
            assert_eq!(told.code, Some(expected), "{told:?}");
        };
        let first = [
            lesson("c"),
            lesson("a"),
            Item::new("resource", "a", "Resource", json!({})),
            lesson("b"),
        ];
        import("first.jsonl", &first, 0);
        // What fails, what is only tried and what changes nothing takes no numbers.
        import("bad.jsonl", &[lesson("d"), lesson("Bad")], 1);
        server.tell(&[
            "import",
            "--dry-run",
            &server.file("dry.jsonl", &bundle(&[lesson("e")])),
        ]);
        import("first.jsonl", &first, 0);
        import(
            "second.jsonl",
            &[
                lesson("d"),
                Item::new("lesson", "a", "Changed", json!({})),
                lesson("b"),
                lesson("e"),
            ],
            0,
        );
        assert_eq!(sequences(&server).await, from_one_to(7));
        assert_eq!(server.database.number("SELECT last FROM event_sequence WHERE id = 1").await, 7);
        let (nodes, _) = pages(&server, "").await;
        let told: Vec<String> = nodes
            .iter()
            .map(|node| {
                let text = |field: &str| node[field].as_str().unwrap().to_owned();
                format!(
                    "{} {} {} {}",
                    text("type"),
                    text("kind"),
                    node["content"]["slug"].as_str().unwrap(),
                    node["revision"]
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "PUBLISHED LESSON c 1",
                "PUBLISHED LESSON a 1",
                "PUBLISHED RESOURCE a 1",
                "PUBLISHED LESSON b 1",
                "PUBLISHED LESSON d 1",
                "UPDATED LESSON a 2",
                "PUBLISHED LESSON e 1",
            ]
        );
    }

    async fn changes_gives_everything_once_and_goes_on_where_it_stopped(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        // Before anything has happened there is no cursor to keep.
        assert_eq!(page(&server, "", None).await, (vec![], false, None));
        let items: Vec<Item> = (0..47)
            .map(|number| {
                let kind = if number % 5 == 0 { "resource" } else { "lesson" };
                Item::new(kind, &format!("i{number:02}"), "Title", json!({}))
            })
            .collect();
        server.import(&items);
        let expected: Vec<&str> = items.iter().map(|item| item.slug.as_str()).collect();
        let (whole, last) = pages(&server, ", first: 100").await;
        assert_eq!(slugs(&whole), expected);
        for size in [1, 7, 46, 47, 48] {
            let (nodes, cursor) = pages(&server, &format!(", first: {size}")).await;
            assert_eq!((&nodes, &cursor), (&whole, &last), "{size}");
        }
        let (nodes, more, _) = page(&server, "", None).await;
        assert_eq!((nodes.len(), more), (20, true), "twenty where it is not said");
        // Only some kinds.
        let resources: Vec<&str> = items
            .iter()
            .filter(|item| item.kind == "resource")
            .map(|item| item.slug.as_str())
            .collect();
        for (kinds, expected) in [
            ("[RESOURCE]", &resources),
            ("[LESSON, RESOURCE]", &expected),
            ("[]", &expected),
            ("[EVIDENCE]", &vec![]),
        ] {
            let (nodes, _) = pages(&server, &format!(", first: 4, kinds: {kinds}")).await;
            assert_eq!(slugs(&nodes), *expected, "{kinds}");
        }
        // An empty page keeps the cursor, with and without a filter.
        for arguments in ["", ", first: 1", ", kinds: [RESOURCE]"] {
            assert_eq!(
                page(&server, arguments, last.as_deref()).await,
                (vec![], false, last.clone()),
                "{arguments}"
            );
        }
        let (_, _, early) = page(&server, ", first: 3", None).await;
        assert_eq!(
            page(&server, ", kinds: [EVIDENCE]", early.as_deref()).await,
            (vec![], false, early.clone())
        );
        // What happens next comes after it, and a cursor of one filter serves another.
        server.import(&[Item::new("resource", "i00", "Changed", json!({})), lesson("new")]);
        let (nodes, more, next) = page(&server, "", last.as_deref()).await;
        assert_eq!((slugs(&nodes), more), (vec!["i00", "new"], false));
        assert_eq!(
            (&nodes[0]["type"], &nodes[0]["revision"]),
            (&json!("UPDATED"), &json!(2))
        );
        assert_eq!(nodes[0]["id"], whole[0]["id"]);
        let (nodes, _, _) = page(&server, ", kinds: [LESSON]", last.as_deref()).await;
        assert_eq!(slugs(&nodes), ["new"]);
        assert_eq!(page(&server, "", next.as_deref()).await, (vec![], false, next.clone()));
        for (arguments, code) in [
            ("first: 0", "INVALID_PAGE_SIZE"),
            ("first: 101", "INVALID_PAGE_SIZE"),
            ("after: \"x\"", "INVALID_CURSOR"),
        ] {
            let answer = server
                .query(&format!("{{ changes({arguments}) {{ nodes {{ id }} }} }}"))
                .await;
            answer.refusal(code);
        }
    }

    async fn a_reader_misses_nothing_and_sees_nothing_twice_while_many_write(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        if backend == Backend::Postgres {
            // Commits take their time, each another: numbers that were not held back would become visible out of order.
            let connection = server.database.connect().await;
            connection.execute_unprepared(
                "CREATE FUNCTION dawdle() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep(random() * 0.02); RETURN NULL; END $$
                   LANGUAGE plpgsql;
                 CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON event DEFERRABLE INITIALLY DEFERRED
                   FOR EACH ROW EXECUTE FUNCTION dawdle()",
            ).await.unwrap();
        }
        let mut writers = Vec::new();
        let mut expected = BTreeSet::new();
        for writer in 0..WRITERS {
            let mut arguments = vec!["import".to_owned()];
            for file in 0..4 {
                let items: Vec<Item> = (0..3)
                    .map(|item| lesson(&format!("w{writer}-f{file}-i{item}")))
                    .collect();
                expected.extend(items.iter().map(|item| item.slug.clone()));
                arguments.push(server.file(&format!("w{writer}-f{file}.jsonl"), &bundle(&items)));
            }
            writers.push(arguments);
        }
        let running = writers.iter().map(|arguments| start(&server, arguments)).collect();
        let writing = tokio::spawn(end(running));
        let (mut seen, mut after, mut reads) = (Vec::new(), None, 0);
        loop {
            let finished = writing.is_finished();
            let (nodes, more, cursor) = page(&server, ", first: 10", after.as_deref()).await;
            seen.extend(slugs(&nodes).into_iter().map(str::to_owned));
            after = cursor;
            reads += 1;
            if finished && !more {
                break;
            }
        }
        for told in writing.await.unwrap() {
            assert_eq!(
                (told.code, told.output.matches("3 new, 0 changed, 0 unchanged").count()),
                (Some(0), 4),
                "{told:?}"
            );
        }
        let once: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(once.len(), seen.len(), "nothing is seen twice");
        let missed: Vec<_> = expected.difference(&once).collect();
        assert!(missed.is_empty(), "missed after {reads} reads: {missed:?}");
        assert_eq!(once, expected);
        assert_eq!(sequences(&server).await, from_one_to(expected.len()));
        // The three items of a file stand together: each import is one transaction.
        for together in seen.chunks(3) {
            assert!(together.iter().all(|slug| slug[..5] == together[0][..5]), "{seen:?}");
        }
        // The search index followed the same log.
        server.wait_for_index().await;
        let found = server.query("{ search(query: \"lesson\") { totalCount } }").await;
        assert_eq!(found.data()["search"]["totalCount"], expected.len());
    }

    async fn a_writer_waits_for_the_one_that_took_the_numbers_before_it(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&[lesson("first")]);
        let (_, after) = pages(&server, "").await;
        // Somebody took the next number and has not committed yet.
        let connection = server.database.connect().await;
        let transaction = connection.begin().await.unwrap();
        transaction
            .execute_unprepared("UPDATE event_sequence SET last = last + 1 WHERE id = 1")
            .await
            .unwrap();
        transaction
            .execute_unprepared(
                "INSERT INTO event (sequence, occurred_at, change, content_id, kind, revision)
             SELECT 2, occurred_at, 'UPDATED', content_id, kind, revision FROM event WHERE sequence = 1",
            )
            .await
            .unwrap();
        let path = server.file("second.jsonl", &bundle(&[lesson("second")]));
        let mut child = start(&server, &["import".to_owned(), path]);
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert!(child.try_wait().unwrap().is_none(), "the import waits");
        assert_eq!(
            page(&server, "", after.as_deref()).await,
            (vec![], false, after.clone()),
            "nothing is visible yet"
        );
        transaction.commit().await.unwrap();
        let told = end(vec![child]).await;
        assert_eq!(told[0].code, Some(0), "{told:?}");
        let (nodes, _, _) = page(&server, "", after.as_deref()).await;
        assert_eq!(slugs(&nodes), ["first", "second"]);
        assert_eq!(sequences(&server).await, from_one_to(3));
    }

    async fn many_may_import_the_same_new_item_at_once(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let path = server.file("same.jsonl", &bundle(&[lesson("same"), lesson("same-too")]));
        let commands = vec![vec!["import".to_owned(), path]; WRITERS];
        for told in held_up(&server, "UPDATE event_sequence SET last = last WHERE id = 1", &commands).await {
            assert_eq!(told.code, Some(0), "{told:?}");
        }
        assert_eq!(sequences(&server).await, from_one_to(2));
    }

    async fn an_import_does_not_bring_back_what_is_hidden_while_it_waits(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&[lesson("same")]);
        let item = Item::new("lesson", "same", "Another title", json!({}));
        let path = server.file("changed.jsonl", &bundle(&[item]));
        let hidden = "UPDATE content SET status = 'HIDDEN'";
        let told = held_up(&server, hidden, &[vec!["import".to_owned(), path.clone()]]).await;
        assert_eq!(told[0].code, Some(1), "{told:?}");
        assert!(
            told[0].said()[0].starts_with(&format!("{path}:1: [same] slug: WRONG_STATE: ")),
            "{told:?}"
        );
        assert_eq!(server.database.texts("SELECT status FROM content").await, ["HIDDEN"]);
        assert_eq!(sequences(&server).await, from_one_to(1));
    }

    async fn many_may_change_the_same_item_at_once(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&[lesson("same")]);
        let commands: Vec<Vec<String>> = (0..WRITERS)
            .map(|writer| {
                let item = Item::new("lesson", "same", &format!("Title {writer}"), json!({}));
                vec![
                    "import".to_owned(),
                    server.file(&format!("{writer}.jsonl"), &bundle(&[item])),
                ]
            })
            .collect();
        for told in held_up(&server, "UPDATE content SET slug = slug", &commands).await {
            assert_eq!(told.code, Some(0), "{told:?}");
        }
        let revisions = server
            .database
            .texts("SELECT CAST(number AS TEXT) FROM revision ORDER BY revision.number")
            .await;
        assert_eq!(revisions, from_one_to(WRITERS + 1));
        let (nodes, _) = pages(&server, "").await;
        let told: Vec<_> = nodes.iter().map(|node| node["revision"].to_string()).collect();
        assert_eq!(told, revisions);
    }
    async fn changes_at_the_same_time_do_not_close_a_ring_together(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let part = |slug: &str, whole: &[&str]| Item::new("initiative", slug, "Title", json!({ "partOf": whole }));
        server.import(&[part("a", &[]), part("b", &["c"]), part("c", &[]), part("d", &["a"])]);
        // Each alone leaves the ring open.
        let halves: Vec<Vec<String>> = [("a", "b"), ("c", "d")]
            .map(|(slug, whole)| {
                let path = server.file(&format!("{slug}.jsonl"), &bundle(&[part(slug, &[whole])]));
                vec!["import".to_owned(), path]
            })
            .into();
        let mut told = held_up(&server, "UPDATE event_sequence SET last = last WHERE id = 1", &halves).await;
        told.sort_by_key(|told| told.code);
        let codes: Vec<Option<i32>> = told.iter().map(|told| told.code).collect();
        assert_eq!(codes, [Some(0), Some(1)], "{told:?}");
        assert!(told[1].errors.contains("partOf: CYCLE: "), "{told:?}");
        assert_eq!(server.database.number("SELECT COUNT(*) FROM content_relation WHERE kind = 'PART_OF'").await, 3);
    }
}
