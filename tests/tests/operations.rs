//! Running the service: its health, its metrics, its logs, its start and its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use praxis_tests::{Backend, Item, Options, Server, free_port, on_both_databases, praxis_command};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

/// Waits until a log has a text.
fn wait_for(log: &Path, text: &str) {
    let begun = Instant::now();
    while !std::fs::read_to_string(log).unwrap_or_default().contains(text) {
        assert!(begun.elapsed() < Duration::from_secs(60), "the log never has {text:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A connection with a POST that has begun: the headers and half of the body have been sent.
fn half_a_request(url: &str, body: &str) -> TcpStream {
    let address = url.strip_prefix("http://").expect("it is http");
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .expect("it can be set");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (half, _) = body.split_at(body.len() / 2);
    stream
        .write_all(format!("{head}{half}").as_bytes())
        .expect("it can be sent");
    stream
}

#[tokio::test]
async fn a_healthy_server_is_live_and_ready_and_nothing_is_degraded() {
    let server = Server::start(Options::empty(Backend::Sqlite)).await;
    let live = server.get("/health/live", &[]).await;
    assert_eq!((live.status, &live.json()["status"]), (200, &json!("live")));
    server.wait_for_index().await;
    let ready = server.get("/health/ready", &[]).await;
    assert_eq!(ready.status, 200);
    let ready = ready.json();
    assert_eq!((&ready["status"], &ready["degraded"]), (&json!("ready"), &json!([])));
    assert_eq!(ready["database"]["up"], true);
    assert_eq!(
        ready["search"],
        json!([{ "engine": "embedded", "up": true, "lagEvents": 0 }])
    );
}

#[tokio::test]
async fn a_server_whose_search_is_away_answers_and_says_what_is_degraded() {
    let options = Options::empty(Backend::Sqlite).with("PRAXIS_MEILISEARCH_URL", "http://127.0.0.1:9");
    let server = Server::start(options).await;
    server.import(&[Item::new("lesson", "listen-first", "Listen first", json!({}))]);
    let ready = server.get("/health/ready", &[]).await;
    assert_eq!(ready.status, 200, "queries can be answered");
    let ready = ready.json();
    assert_eq!(ready["status"], "degraded");
    assert_eq!(ready["degraded"], json!(["search:meilisearch"]));
    assert_eq!(
        (&ready["database"]["up"], &ready["search"][0]["up"]),
        (&json!(true), &json!(false))
    );
    let lessons = server.query("{ lessons { nodes { slug } } }").await;
    assert_eq!(lessons.data()["lessons"]["nodes"][0]["slug"], "listen-first");
    let search = server.query("{ search(query: \"listen\") { totalCount } }").await;
    let message = search.refusal("SEARCH_UNAVAILABLE");
    assert!(!message.contains("127.0.0.1"), "{message}");
}

#[tokio::test]
async fn metrics_count_requests_statements_and_refusals_in_the_text_format_of_prometheus() {
    let server = Server::start(Options::empty(Backend::Sqlite)).await;
    let before = server.metric("praxis_database_statements_total").await;
    server.query("{ lessons { nodes { id } } }").await.data();
    server.query("{ nothing }").await;
    let reply = server.get("/metrics", &[]).await;
    assert_eq!(reply.status, 200);
    assert!(reply.header("content-type").starts_with("text/plain"));
    for line in reply
        .text()
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let value = line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok());
        assert!(value.is_some() && line.starts_with("praxis_"), "{line}");
    }
    let has = |start: &str, end: &str| {
        reply
            .text()
            .lines()
            .any(|line| line.starts_with(start) && line.ends_with(end))
    };
    for (status, count) in [("200", " 1"), ("400", " 1")] {
        let series = format!("praxis_http_requests_total{{route=\"/graphql\",method=\"POST\",status=\"{status}\"}}");
        assert!(has(&series, count), "{series} in {}", reply.text());
    }
    assert!(has(
        "praxis_http_request_duration_seconds_count{route=\"/graphql\"",
        " 2"
    ));
    assert!(server.metric("praxis_database_statements_total").await > before);
    // What callers make up does not become a series of its own.
    for number in 0..5 {
        server.get(&format!("/made-up-{number}"), &[]).await;
    }
    assert!(!server.get("/metrics", &[]).await.text().contains("made-up"));
}

#[tokio::test]
async fn metrics_can_be_put_elsewhere_or_left_out() {
    let off = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_METRICS", "off")).await;
    assert_eq!(off.get("/metrics", &[]).await.status, 404);
    let address = format!("127.0.0.1:{}", free_port());
    let elsewhere = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_METRICS", &address)).await;
    assert_eq!(elsewhere.get("/metrics", &[]).await.status, 404);
    let reply = reqwest::get(format!("http://{address}/metrics"))
        .await
        .expect("it listens there");
    assert!(reply.text().await.expect("it is text").contains("praxis_"));
}

#[tokio::test]
async fn every_line_of_the_log_is_a_json_object() {
    let mut server = Server::start(Options::empty(Backend::Sqlite)).await;
    server.query("{ lessons { nodes { id } } }").await.data();
    server.stop().await;
    let logs = server.logs();
    assert!(logs.lines().count() >= 3, "{logs}");
    for line in logs.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(
            line["timestamp"].is_string() && line["level"].is_string() && line["message"].is_string(),
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_server_ends() {
    let mut server = Server::start(Options::empty(Backend::Sqlite)).await;
    let (url, log) = (server.url.clone(), server.directory().join("log"));
    // A connection that is kept open without a request does not hold the server back.
    let idle = TcpStream::connect(url.trim_start_matches("http://")).expect("the server listens");
    let body = r#"{"query":"{ lessons { totalCount } }"}"#;
    let mut stream = half_a_request(&url, body);
    std::thread::sleep(Duration::from_millis(300));
    let client = tokio::task::spawn_blocking(move || {
        wait_for(&log, "stopping");
        std::thread::sleep(Duration::from_millis(300));
        let refused = TcpStream::connect(url.trim_start_matches("http://")).is_err();
        stream
            .write_all(body.split_at(body.len() / 2).1.as_bytes())
            .expect("it can be sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the answer is complete");
        (refused, answer)
    });
    let begun = Instant::now();
    let code = server.stop().await;
    let (refused, answer) = client.await.expect("the client ends");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains(r#"{"data":{"lessons":{"totalCount":0}}"#), "{answer}");
    assert!(refused, "no new connection is accepted meanwhile");
    assert_eq!(code, Some(0), "{}", server.logs());
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "it does not wait for nothing: {:?}",
        begun.elapsed()
    );
    drop(idle);
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off_when_the_time_to_drain_is_over() {
    let options = Options::empty(Backend::Sqlite).with("PRAXIS_DRAIN_TIMEOUT_MS", "1500");
    let mut server = Server::start(options).await;
    let stream = half_a_request(&server.url, r#"{"query":"{ __typename }"}"#);
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    assert_eq!(server.stop().await, Some(0), "{}", server.logs());
    let taken = begun.elapsed();
    assert!(
        taken > Duration::from_millis(1400) && taken < Duration::from_secs(12),
        "{taken:?}"
    );
    let _ = stream.shutdown(Shutdown::Both);
}

/// The counts of all kinds and the whole log of changes.
async fn state(server: &Server) -> Value {
    let counts = "{ practitioners { totalCount } organizations { totalCount } initiatives { totalCount }
        evidence { totalCount } lessons { totalCount } resources { totalCount } }";
    let counts = server.query(counts).await.data().clone();
    let mut changes = Vec::new();
    let mut after = Value::Null;
    loop {
        let query = "query($after: String) { changes(first: 100, after: $after) {
            edges { cursor node { type id revision occurredAt } } pageInfo { hasNextPage endCursor } } }";
        let answer = server.ask(query, json!({ "after": after })).await;
        let page = &answer.data()["changes"];
        changes.extend(page["edges"].as_array().expect("there are edges").iter().cloned());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] != true {
            return json!({ "counts": counts, "changes": changes });
        }
    }
}

on_both_databases! {
    async fn a_second_start_on_the_same_data_is_quick_and_changes_nothing(backend: Backend) {
        let begun = Instant::now();
        let mut server = Server::start_anew(Options::sample(backend)).await;
        let first = begun.elapsed();
        let before = state(&server).await;
        assert!(before["changes"].as_array().is_some_and(|changes| changes.len() > 200));
        let exported = server.run(&["export"]).stdout;
        assert_eq!(server.stop().await, Some(0), "{}", server.logs());
        let logged = server.logs().len();

        let begun = Instant::now();
        server.launch().await;
        let second = begun.elapsed();
        assert_eq!(state(&server).await, before);
        assert!(server.run(&["export"]).stdout == exported, "the content is the same byte for byte");
        server.wait_for_index().await;
        let logs = server.logs().split_off(logged);
        for done_already in ["database migrated", "vocabularies brought in step", "sample collection", "index brought in step"] {
            assert!(!logs.contains(done_already), "{logs}");
        }
        assert!(second < first, "{second:?} is not less than {first:?}");
    }

    async fn what_comes_with_the_service_is_brought_in_step_and_what_a_later_version_wrote_stays(backend: Backend) {
        let mut server = Server::start(Options::empty(backend)).await;
        server.stop().await;
        let audit = "SELECT action || ' ' || actor FROM audit_entry WHERE subject = 'reference:mechanism/cat' ORDER BY id";
        assert_eq!(server.database.texts(audit).await, ["REFERENCE_ADDED system"]);
        let digests = "SELECT value FROM setting WHERE setting.key IN ('vocabulary.sha256', 'references.digest') ORDER BY value";
        let own = server.database.texts(digests).await;
        let standing = "SELECT name FROM mechanism WHERE slug = 'cat'
            UNION ALL SELECT CAST(position AS TEXT) FROM concept WHERE code = 'education'";
        let expected = server.database.texts(standing).await;
        let database = server.database.connect().await;
        let written_by = async |version: &str| {
            let version = format!(
                "UPDATE setting SET value = '{version}' WHERE setting.key IN ('vocabulary.version', 'references.version')"
            );
            for statement in [
                "UPDATE mechanism SET name = 'Another name' WHERE slug = 'cat'",
                "UPDATE concept SET position = 4711 WHERE code = 'education'",
                "UPDATE setting SET value = 'another' WHERE setting.key IN ('vocabulary.sha256', 'references.digest')",
                version.as_str(),
            ] {
                database.execute_unprepared(statement).await.unwrap();
            }
        };

        written_by("1000000").await;
        server.launch().await;
        assert_eq!(server.database.texts(standing).await, ["Another name", "4711"]);
        assert_eq!(server.database.texts(digests).await, ["another", "another"]);
        server.stop().await;

        written_by("0").await;
        server.launch().await;
        assert_eq!(server.database.texts(standing).await, expected);
        assert_eq!(server.database.texts(digests).await, own);
        assert_eq!(server.database.texts(audit).await, ["REFERENCE_ADDED system", "REFERENCE_CHANGED system"]);
    }
}

#[tokio::test]
async fn a_start_that_was_killed_is_made_good_by_the_next() {
    let mut server = Server::start_anew(Options::sample(Backend::Sqlite)).await;
    let before = state(&server).await;
    server.kill().await;
    server.launch().await;
    assert_eq!(state(&server).await, before);
    let hits = server.query("{ search(query: \"budget\") { totalCount } }").await;
    assert!(hits.data()["search"]["totalCount"].as_u64() > Some(0));
}

#[tokio::test]
async fn a_start_prints_its_addresses_and_a_first_query_that_works() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    let port = free_port();
    let address = format!("127.0.0.1:{port}");
    let environment = [("PRAXIS_ADDR", address.as_str()), ("PATH", "/usr/bin:/bin")];
    let mut child = praxis_command(directory.path(), &environment, &["serve", "--sample"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts; build it with `cargo build`");
    let output = child.stdout.take().expect("its output can be read");
    let greeting = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            text += &format!("{line}\n");
            if line.contains("-d '") {
                break;
            }
        }
        text
    })
    .await
    .expect("reading ends");
    for part in [
        format!("http://{address}/graphql"),
        format!("http://{address}/health/ready"),
    ] {
        assert!(greeting.contains(&part), "{greeting}");
    }
    let body = greeting
        .split("-d '")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .expect("there is a query");
    let client = reqwest::Client::new();
    let answer: Value = client
        .post(format!("http://{address}/graphql"))
        .header("content-type", "application/json")
        .body(body.to_owned())
        .send()
        .await
        .expect("the server answers")
        .json()
        .await
        .expect("the answer is JSON");
    assert!(answer["data"]["search"]["totalCount"].as_u64() > Some(0), "{answer}");
    assert!(
        directory.path().join("data/praxis.sqlite").is_file(),
        "the default data directory"
    );
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

/// What a connection gets that sends these pieces, one each 100 ms, and then waits. None where it is still open after a while.
fn dribble(url: &str, pieces: &[&str], patience: Duration) -> Option<String> {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream
        .set_read_timeout(Some(Duration::from_millis(100)))
        .expect("it can be set");
    let begun = Instant::now();
    let mut pieces = pieces.iter();
    let (mut answer, mut bytes) = (Vec::new(), [0; 1024]);
    while begun.elapsed() < patience {
        if let Some(piece) = pieces.next() {
            // A server that has closed the connection may refuse it.
            let _ = stream.write_all(piece.as_bytes());
        }
        match stream.read(&mut bytes) {
            Ok(0) => return Some(String::from_utf8_lossy(&answer).into_owned()),
            Ok(length) => answer.extend(&bytes[..length]),
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) => {}
            Err(_) => return Some(String::from_utf8_lossy(&answer).into_owned()),
        }
    }
    None
}

#[tokio::test]
async fn a_caller_who_sends_headers_slowly_or_nothing_is_cut_off() {
    let server = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_HEAD_TIMEOUT_MS", "1000")).await;
    let url = server.url.clone();
    let cases = tokio::task::spawn_blocking(move || {
        let slow: Vec<&str> = std::iter::once("GET /health/live HTTP/1.1\r\n")
            .chain(std::iter::repeat_n("X-Slow: 1\r\n", 200))
            .collect();
        let patience = Duration::from_secs(8);
        let whole = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
        [
            dribble(&url, &slow, patience),
            dribble(&url, &["G"; 100], patience),
            dribble(&url, &["PRI * HT"], patience),
            dribble(&url, &[], patience),
            // In pieces, but in time; after it the connection waits for the next one and no longer than for the first.
            dribble(&url, &[&whole[..10], &whole[10..]], patience),
        ]
    });
    let cases = cases.await.expect("the clients end");
    for (number, answer) in cases.iter().enumerate() {
        let answer = answer.as_deref().unwrap_or_else(|| panic!("{number} is still open"));
        assert_eq!(answer.starts_with("HTTP/1.1 200"), number == 4, "{number}: {answer}");
    }
    server.query("{ __typename }").await.data();
}

#[tokio::test]
async fn a_request_with_headers_without_end_is_refused() {
    let server = Server::start(Options::empty(Backend::Sqlite)).await;
    let url = server.url.clone();
    let many = format!(
        "GET /health/live HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "X-Many: 1\r\n".repeat(200)
    );
    let long = format!(
        "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n",
        "x".repeat(300_000)
    );
    let good = format!(
        "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: {}\r\n\r\n",
        "x".repeat(30_000)
    );
    let answers = tokio::task::spawn_blocking(move || {
        [many, long, good].map(|request| dribble(&url, &[&request], Duration::from_secs(8)))
    });
    let [many, long, good] = answers.await.expect("the clients end");
    for answer in [many, long] {
        let answer = answer.expect("the connection is closed");
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    assert!(good.expect("the connection is closed").starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_body_may_come_slowly_when_its_head_came_in_time() {
    let server = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_HEAD_TIMEOUT_MS", "500")).await;
    let body = r#"{"query":"{ lessons { totalCount } }"}"#;
    let mut stream = half_a_request(&server.url, body);
    let answer = tokio::task::spawn_blocking(move || {
        std::thread::sleep(Duration::from_millis(1_500));
        stream
            .write_all(body.split_at(body.len() / 2).1.as_bytes())
            .expect("it can be sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the answer is complete");
        answer
    });
    let answer = answer.await.expect("the client ends");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
