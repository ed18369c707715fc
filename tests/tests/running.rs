//! What an operator relies on: health, metrics, request ids, logs, CORS, settings that are checked, and a graceful stop.

use std::time::Duration;

use praxis_tests::{Backend, Item, Options, Server, TestDatabase, free_port, on_both_databases, praxis};
use reqwest::header::{HeaderName, ORIGIN};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

async fn server() -> Server {
    Server::start(Options::empty(Backend::Sqlite)).await
}

fn log_lines(server: &Server) -> Vec<Value> {
    server
        .logs()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

on_both_databases! {
    async fn a_server_is_ready_and_stops_when_it_is_told(backend: Backend) {
        let mut server = Server::start(Options::empty(backend)).await;
        for path in ["live", "ready"] {
            let answer = server.client.get(format!("{}/health/{path}", server.url)).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let body: Value = answer.json().await.unwrap();
            assert_eq!(body["status"], path);
        }
        assert_eq!(server.stop().await, Some(0));
        server.launch().await;
        assert_eq!(server.stop().await, Some(0));
    }
}

#[tokio::test]
async fn a_stop_waits_for_slow_requests_but_not_for_ever() {
    let mut server = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_DRAIN_TIMEOUT_MS", "500")).await;
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let mut stalled = TcpStream::connect(&address).await.unwrap();
    stalled
        .write_all(
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        )
        .await
        .unwrap();
    // The service must have begun to read it.
    let mut begun = 0.0;
    while begun < 2.0 {
        begun = server.metric("praxis_http_requests_in_flight").await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let stopped = tokio::time::timeout(Duration::from_secs(20), server.stop())
        .await
        .unwrap();
    assert_eq!(stopped, Some(0));
    assert!(server.logs().contains("cut off"), "{}", server.logs());
}

#[tokio::test]
async fn a_request_id_goes_through_to_the_answer_and_the_log() {
    let server = server().await;
    let id = HeaderName::from_static("x-request-id");
    let ask = async |given: Option<&str>| {
        let mut request = server
            .client
            .post(format!("{}/graphql", server.url))
            .header("content-type", "application/json")
            .body(r#"{"query":"query Private { __typename }","variables":{"private":"hush-hush"}}"#);
        if let Some(given) = given {
            request = request.header(&id, given);
        }
        let response = request.send().await.unwrap();
        response.headers().get(&id).unwrap().to_str().unwrap().to_owned()
    };
    assert_eq!(ask(Some("from-the-proxy-1")).await, "from-the-proxy-1");
    let made = ask(None).await;
    assert_eq!(made.len(), 32);
    assert_ne!(
        ask(Some("<script>alert(1)</script>")).await,
        "<script>alert(1)</script>"
    );
    let lines = log_lines(&server);
    for wanted in ["from-the-proxy-1", &made] {
        assert!(
            lines
                .iter()
                .any(|line| line["span"]["request_id"] == *wanted && line["status"] == 200),
            "{wanted}"
        );
    }
    let log = server.logs();
    assert!(
        !log.contains("hush-hush") && !log.contains("Private"),
        "neither query nor variables are logged"
    );
}

#[tokio::test]
async fn callers_who_go_away_or_make_up_methods_leave_no_trace_in_the_metrics() {
    let server = server().await;
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    for _ in 0..5 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream
            .write_all(
                b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
            )
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let method = reqwest::Method::from_bytes(b"MADEUP").unwrap();
    let made_up = server.client.request(method, format!("{}/graphql", server.url)).send();
    assert_eq!(made_up.await.unwrap().status(), 405);
    let mut in_flight = f64::MAX;
    for _ in 0..100 {
        in_flight = server.metric("praxis_http_requests_in_flight").await;
        if in_flight <= 1.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(in_flight, 1.0, "the request for the metrics itself is the only one");
    let text = server
        .client
        .get(format!("{}/metrics", server.url))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(!text.contains("MADEUP") && text.contains("method=\"other\""), "{text}");
}

#[tokio::test]
async fn metrics_can_have_a_listener_of_their_own_or_none() {
    let port = free_port();
    let own = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_METRICS", &format!("127.0.0.1:{port}"))).await;
    let status = async |url: String| own.client.get(url).send().await.unwrap().status().as_u16();
    assert_eq!(status(format!("{}/metrics", own.url)).await, 404);
    assert_eq!(status(format!("http://127.0.0.1:{port}/metrics")).await, 200);
    assert_eq!(status(format!("http://127.0.0.1:{port}/graphql")).await, 404);
    let off = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_METRICS", "off")).await;
    assert_eq!(status(format!("{}/metrics", off.url)).await, 404);
}

#[tokio::test]
async fn pages_of_the_given_origins_may_call() {
    let allowed = async |server: &Server, origin: &str| {
        let response = server
            .client
            .request(reqwest::Method::OPTIONS, format!("{}/graphql", server.url))
            .header(ORIGIN, origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type")
            .send()
            .await
            .unwrap();
        let allowed = response.headers().get("access-control-allow-origin").cloned();
        allowed.map(|value| value.to_str().unwrap().to_owned())
    };
    let open = server().await;
    assert_eq!(allowed(&open, "https://any.example").await.as_deref(), Some("*"));
    let some = Server::start(
        Options::empty(Backend::Sqlite).with("PRAXIS_CORS_ORIGINS", "https://a.example, https://b.example"),
    )
    .await;
    assert_eq!(
        allowed(&some, "https://b.example").await.as_deref(),
        Some("https://b.example")
    );
    assert_eq!(allowed(&some, "https://c.example").await, None);
    let none = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_CORS_ORIGINS", "")).await;
    assert_eq!(allowed(&none, "https://a.example").await, None);
}

#[tokio::test]
async fn every_answer_has_headers_that_keep_a_browser_from_harm() {
    let server = server().await;
    for path in [
        "/graphql?query={__typename}",
        "/health/live",
        "/nowhere",
        "/graphql/assets/start.js",
    ] {
        let answer = server.client.get(format!("{}{path}", server.url)).send().await.unwrap();
        assert_eq!(
            answer.headers().get("x-content-type-options").unwrap(),
            "nosniff",
            "{path}"
        );
        assert_eq!(
            answer.headers().get("referrer-policy").unwrap(),
            "no-referrer",
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_wrong_setting_is_named_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let database = TestDatabase::create(Backend::Sqlite, directory.path()).await;
    let file = directory.path().join("praxis.toml");
    std::fs::write(&file, "max_depth = 7\n\nmax_dept = 3\n").unwrap();
    let file = file.to_str().unwrap();
    for (arguments, words) in [
        (
            vec!["migrate", "--max-depth", "0"],
            vec!["--max-depth", "PRAXIS_MAX_DEPTH", "between 1 and 64"],
        ),
        (
            vec!["migrate", "--config", file],
            vec!["praxis.toml", "line 3", "max_dept"],
        ),
        (
            vec!["migrate", "--config", "/nowhere.toml"],
            vec!["/nowhere.toml", "--config"],
        ),
        (
            vec!["migrate", "--metrics", "maybe"],
            vec!["--metrics", "`public`, `off`"],
        ),
        (
            vec!["migrate", "--cors-origins", "example.org"],
            vec!["PRAXIS_CORS_ORIGINS", "https://example.org"],
        ),
    ] {
        let output = praxis(&database, directory.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        for word in words {
            assert!(said.contains(word), "{arguments:?}: {said}");
        }
    }
}

/// What an engine answers to the head of a request: status and body.
type Answering = fn(&str) -> (u16, &'static str);

/// A search engine of which nothing is to be had: it answers the head of each request with `answer`, or with nothing where
/// there is none, and holds the connection. It ends with the test.
fn useless_engine(answer: Option<Answering>) -> String {
    use std::io::{BufRead, BufReader, Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = move |mut stream: std::net::TcpStream| -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            head.push_str(&line);
        }
        reader.read_exact(&mut vec![0; length])?;
        let Some(answer) = answer else {
            std::thread::sleep(Duration::from_secs(60));
            return Ok(());
        };
        let (status, body) = answer(&head);
        write!(
            stream,
            "HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    format!("http://{address}")
}

/// Asks for a word until the fallback has it, and gives the answer.
async fn found_by_the_fallback(server: &Server) -> Value {
    let begun = std::time::Instant::now();
    loop {
        let answer = server
            .query("{ search(query: \"quinoa\") { totalCount degraded tookMs } }")
            .await;
        let search = &answer.data()["search"];
        assert_eq!(search["degraded"], true, "{search}");
        if search["totalCount"] == 1 {
            return search.clone();
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{search}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn an_engine_that_does_not_answer_is_spared_for_a_while_and_searches_do_not_wait_for_it() {
    let engine = useless_engine(None);
    let options = Options::empty(Backend::Sqlite)
        .with("PRAXIS_MEILISEARCH_URL", &engine)
        .with("PRAXIS_SEARCH_FALLBACK", "embedded");
    let server = Server::start(options).await;
    server.import(&[Item::new("lesson", "l-quinoa", "Quinoa harvest", json!({}))]);
    found_by_the_fallback(&server).await;
    let mut waited = Vec::new();
    for _ in 0..10 {
        waited.push(found_by_the_fallback(&server).await["tookMs"].as_i64().unwrap());
        server.query("{ suggest(prefix: \"quin\") { text } }").await.data();
    }
    waited.sort_unstable();
    assert!(waited[5] < 500, "most searches don't wait for it: {waited:?}");
    assert_eq!(server.metric("praxis_search_fallback").await, 1.0);
    let said = server.logs().matches("the search engine does not answer").count();
    assert_eq!(said, 1, "{}", server.logs());
}

#[tokio::test]
async fn an_engine_that_lost_its_index_has_not_found_nothing() {
    fn lost(head: &str) -> (u16, &'static str) {
        if head.starts_with("GET /health") {
            return (200, r#"{"status":"available"}"#);
        }
        let lost = r#"{"message":"Index `praxis` not found.","code":"index_not_found","type":"invalid_request",
            "link":"https://docs.meilisearch.com/errors#index_not_found"}"#;
        (404, lost)
    }
    let engine = useless_engine(Some(lost));
    let options = Options::empty(Backend::Sqlite).with("PRAXIS_MEILISEARCH_URL", &engine);
    let alone = Server::start(options.clone()).await;
    for query in [
        "{ search(query: \"quinoa\") { totalCount } }",
        "{ suggest(prefix: \"quin\") { text } }",
    ] {
        alone.query(query).await.refusal("SEARCH_UNAVAILABLE");
    }
    let with_fallback = Server::start(options.with("PRAXIS_SEARCH_FALLBACK", "embedded")).await;
    with_fallback.import(&[Item::new("lesson", "l-quinoa", "Quinoa harvest", json!({}))]);
    found_by_the_fallback(&with_fallback).await;
    for server in [&alone, &with_fallback] {
        let ready = server.client.get(format!("{}/health/ready", server.url)).send().await.unwrap();
        assert_eq!(ready.status(), 200);
        let ready: Value = ready.json().await.unwrap();
        assert_eq!(
            (&ready["status"], &ready["degraded"]),
            (&json!("degraded"), &json!(["search:meilisearch"]))
        );
    }
}
