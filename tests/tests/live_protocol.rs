//! How live connections behave: the protocol's rules, bounds, signs of life, and the end of the service.

use std::time::{Duration, Instant};

use praxis_tests::{Backend, Item, Options, Refusal, Server};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

const CHANGED: &str = "subscription { contentChanged { type } }";

async fn server() -> Server {
    Server::start(Options::empty(Backend::Sqlite)).await
}

#[tokio::test]
async fn a_socket_that_breaks_the_rules_is_closed_with_the_code_of_the_protocol() {
    let server = Server::start(
        Options::empty(Backend::Sqlite)
            .with("PRAXIS_LIVE_INIT_TIMEOUT_MS", "700")
            .with("PRAXIS_MAX_BODY_BYTES", "20000"),
    )
    .await;
    for invalid in [
        "no JSON",
        "[]",
        "{}",
        r#"{"type":"no_such_type"}"#,
        r#"{"type":"connection_init","payload":7}"#,
        r#"{"type":"subscribe","payload":{"query":"{ __typename }"}}"#,
        r#"{"type":"subscribe","id":"a"}"#,
        r#"{"type":"subscribe","id":"a","payload":{"query":7}}"#,
        r#"{"type":"subscribe","id":"a","payload":{"query":"{ __typename }","variables":[]}}"#,
        r#"{"type":"complete"}"#,
    ] {
        let mut socket = server.socket(None).await;
        socket.send_text(invalid).await;
        assert_eq!(socket.closed().await.0, 4400, "{invalid}");
    }
    let mut socket = server.socket(None).await;
    socket.send_bytes(b"{}").await;
    assert_eq!(socket.closed().await.0, 4400);
    let mut socket = server.socket(None).await;
    socket.subscribe(&"x".repeat(300), "{ __typename }").await;
    assert_eq!(socket.closed().await.0, 4400);

    let mut socket = server.bare_socket().await;
    socket.subscribe("a", CHANGED).await;
    assert_eq!(socket.closed().await, (4401, "Unauthorized".to_owned()));
    for authorization in [json!("Bearer forged"), json!("Basic eA=="), json!(7)] {
        let mut socket = server.bare_socket().await;
        let payload = json!({ "Authorization": authorization });
        socket
            .send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(socket.closed().await.0, 4403, "{payload}");
    }
    let mut socket = server.bare_socket().await;
    let begun = Instant::now();
    assert_eq!(
        socket.closed().await,
        (4408, "Connection initialisation timeout".to_owned())
    );
    assert!(begun.elapsed() < Duration::from_secs(5));
    let mut socket = server.socket(None).await;
    socket.listen("a", CHANGED).await;
    socket.subscribe("a", CHANGED).await;
    assert_eq!(
        socket.closed().await,
        (4409, "Subscriber for a already exists".to_owned())
    );
    let mut socket = server.socket(None).await;
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(
        socket.closed().await,
        (4429, "Too many initialisation requests".to_owned())
    );
    let mut socket = server.socket(None).await;
    socket
        .send(json!({ "type": "ping", "payload": { "long": "x".repeat(30_000) } }))
        .await;
    assert_eq!(socket.closed().await.0, 1009);
    // The server lives on.
    let mut socket = server.socket(None).await;
    socket.subscribe("a", "{ __typename }").await;
    assert_eq!(socket.data("a").await, json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn queries_and_mutations_go_over_a_socket_with_the_limits_of_all_requests() {
    let server = Server::start(Options::sample(Backend::Sqlite)).await;
    server.create_account("member@example.org", &[]);
    let mut socket = server.socket(None).await;
    socket.send(json!({ "type": "ping", "payload": { "count": 1 } })).await;
    assert_eq!(
        socket.message().await,
        json!({ "type": "pong", "payload": { "count": 1 } })
    );
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.message().await, json!({ "type": "pong" }));
    socket.send(json!({ "type": "pong" })).await;

    let query = "query Q($first: Int) { b: lessons(first: $first) { nodes { slug } } a: __typename }";
    socket
        .send(json!({ "type": "subscribe", "id": "q", "payload": { "query": query, "operationName": "Q", "variables": { "first": 2 } } }))
        .await;
    let answer = socket.message().await;
    assert_eq!(answer["payload"]["data"]["b"]["nodes"].as_array().unwrap().len(), 2);
    assert!(answer["payload"]["extensions"]["cost"].as_u64().unwrap() > 0);
    assert_eq!(socket.message().await, json!({ "type": "complete", "id": "q" }));

    let mutation = "mutation { signIn(input: { email: \"member@example.org\", password: \"a long enough phrase\" }) { accessToken errors { code } } }";
    socket.subscribe("m", mutation).await;
    let token = socket.data("m").await["signIn"]["accessToken"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(socket.message().await["type"], "complete");
    let mut signed_in = server.socket(Some(&token)).await;
    signed_in.subscribe("v", "{ viewer { email } }").await;
    assert_eq!(
        signed_in.data("v").await,
        json!({ "viewer": { "email": "member@example.org" } })
    );
    let header = format!("Bearer {token}");
    let mut by_header = server.try_socket(&[("authorization", &header)]).await.unwrap();
    by_header.send(json!({ "type": "connection_init" })).await;
    assert_eq!(by_header.message().await["type"], "connection_ack");
    by_header.subscribe("v", "{ viewer { email } }").await;
    assert_eq!(by_header.data("v").await["viewer"]["email"], "member@example.org");

    let deep = |levels: usize| {
        format!(
            "subscription {{ contentChanged {{ content {{ {} id {} }} }} }}",
            "citations { nodes { resource { ".repeat(levels),
            "} } }".repeat(levels)
        )
    };
    for (wrong, code) in [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { noSuchField }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { contentChanged { noSuchField } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "subscription { a: contentChanged { type } b: contentChanged { type } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "subscription { ...F } fragment F on Subscription { contentChanged { type } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { contentChanged @skip(if: true) { type } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "subscription ($k: [ContentKind!]!) { contentChanged(kinds: $k) { type } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("query A { __typename } query B { __typename }", "UNKNOWN_OPERATION"),
        (&deep(8), "DEPTH_LIMIT_EXCEEDED"),
        (
            "subscription { contentChanged { content { citations(first: 100) { nodes { resource { citations(first: 100) { nodes { resource { id slug } } } } } } } } }",
            "COST_LIMIT_EXCEEDED",
        ),
    ] {
        socket.subscribe("w", wrong).await;
        assert_eq!(socket.refused("w").await, code, "{wrong}");
    }
}

#[tokio::test]
async fn what_was_completed_is_told_no_more_and_its_name_is_free() {
    let server = server().await;
    let mut socket = server.socket(None).await;
    socket.listen("a", CHANGED).await;
    socket.send(json!({ "type": "complete", "id": "a" })).await;
    socket.send(json!({ "type": "complete", "id": "unknown" })).await;
    socket.settle().await;
    server.import(&[Item::new("lesson", "one", "One", json!({}))]);
    socket.is_quiet().await;
    socket.listen("a", CHANGED).await;
    server.import(&[Item::new("lesson", "two", "Two", json!({}))]);
    assert_eq!(socket.data("a").await["contentChanged"]["type"], "PUBLISHED");
    socket.is_quiet().await;
}

#[tokio::test]
async fn connections_and_subscriptions_are_bounded_and_counted() {
    let server = Server::start(
        Options::empty(Backend::Sqlite)
            .with("PRAXIS_MAX_LIVE_CONNECTIONS_PER_CLIENT", "3")
            .with("PRAXIS_MAX_SUBSCRIPTIONS_PER_CONNECTION", "3")
            .with("PRAXIS_MAX_SUBSCRIPTIONS", "4")
            .with("PRAXIS_MAX_COST", "1000"),
    )
    .await;
    let mut socket = server.socket(None).await;
    for id in ["a", "b", "c"] {
        socket.subscribe(id, CHANGED).await;
    }
    socket.subscribe("d", CHANGED).await;
    assert_eq!(socket.refused("d").await, "TOO_MANY_SUBSCRIPTIONS");
    let mut second = server.socket(None).await;
    second.listen("a", CHANGED).await;
    second.subscribe("b", CHANGED).await;
    assert_eq!(second.refused("b").await, "SERVICE_BUSY");
    second.send(json!({ "type": "complete", "id": "a" })).await;
    socket.send(json!({ "type": "complete", "id": "a" })).await;
    socket.settle().await;
    second.settle().await;
    assert_eq!(server.metric("praxis_subscriptions_open").await, 2.0);
    // Together the subscriptions of a connection may cost what one query may.
    let dear = "subscription { contentChanged { content { citations(first: 100) { nodes { note locator resource { id slug title } } } } } }";
    second.listen("a", dear).await;
    second.subscribe("b", dear).await;
    assert_eq!(second.refused("b").await, "COST_LIMIT_EXCEEDED");

    let events = server.events(None, CHANGED).await;
    assert_eq!(events.status, 200);
    assert_eq!(server.metric("praxis_live_connections").await, 3.0);
    let full = Refusal {
        status: 429,
        code: "TOO_MANY_SUBSCRIPTIONS".to_owned(),
    };
    assert_eq!(server.try_socket(&[]).await.err(), Some(full));
    assert_eq!(server.events(None, CHANGED).await.status, 429);
    drop((socket, second, events));
    let begun = Instant::now();
    for gauge in ["praxis_live_connections", "praxis_subscriptions_open"] {
        while server.metric(gauge).await > 0.0 {
            assert!(begun.elapsed() < Duration::from_secs(10), "{gauge} does not fall");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    server.socket(None).await.listen("a", CHANGED).await;
}

#[tokio::test]
async fn a_full_process_sends_new_connections_away() {
    let server = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_MAX_LIVE_CONNECTIONS", "1")).await;
    let _socket = server.socket(None).await;
    let busy = Refusal {
        status: 503,
        code: "SERVICE_BUSY".to_owned(),
    };
    assert_eq!(server.try_socket(&[]).await.err(), Some(busy));
    assert_eq!(server.query("{ __typename }").await.status, 200, "requests go on");
}

#[tokio::test]
async fn whoever_does_not_take_what_is_sent_is_dropped() {
    let options = Options::empty(Backend::Sqlite)
        .with("PRAXIS_LIVE_PATIENCE_MS", "500")
        .with("PRAXIS_LOG", "praxis_api=debug");
    let server = Server::start(options).await;
    let mut slow = server.narrow_socket().await;
    // Far more than the buffers between the two hold, and nothing is read.
    let schema =
        "{ __schema { types { name description fields { name description type { name kind ofType { name } } } } } }";
    let begun = Instant::now();
    let mut number = 0;
    while !server.logs().contains("closing a WebSocket") {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the slow one stays connected"
        );
        for _ in 0..10 {
            number += 1;
            slow.subscribe(&number.to_string(), schema).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let mut other = server.socket(None).await;
    other.subscribe("q", "{ __typename }").await;
    assert_eq!(other.data("q").await["__typename"], "Query", "others are served");
    // It learns why where it reads on soon.
    assert_eq!(slow.closed().await.0, 1013);
}

#[tokio::test]
async fn whoever_does_not_take_events_is_dropped() {
    let server = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_LIVE_PATIENCE_MS", "500")).await;
    let summaries: String = (0..28).map(|number| format!("s{number}: summary ")).collect();
    let query = format!("subscription {{ contentChanged {{ content {{ {summaries} }} }} }}");
    let mut slow = server.narrow_request(&query).await;
    let mut other = server.socket(None).await;
    other.listen("a", CHANGED).await;
    assert_eq!(server.metric("praxis_subscriptions_open").await, 2.0);
    // Some megabytes more than the buffers between the two hold.
    let summary = "A long text. ".repeat(300);
    let items: Vec<Item> = (0..150)
        .map(|number| {
            Item::new(
                "lesson",
                &format!("lesson-{number}"),
                "A lesson",
                json!({ "summary": summary }),
            )
        })
        .collect();
    server.import(&items);
    for _ in 0..150 {
        other.data("a").await;
    }
    let begun = Instant::now();
    while server.metric("praxis_subscriptions_open").await > 1.0 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the slow one stays subscribed"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // It sees by the missing `complete` that it was broken off.
    let mut read = Vec::new();
    slow.read_to_end(&mut read).await.unwrap();
    let read = String::from_utf8_lossy(&read);
    assert!(read.contains("event: next"));
    assert!(!read.contains("event: complete"));
}

#[tokio::test]
async fn whoever_gives_no_sign_of_life_is_dropped_and_who_does_is_not() {
    let server = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_LIVE_KEEP_ALIVE_MS", "300")).await;
    let mut silent = server.socket(None).await;
    let mut alive = server.socket(None).await;
    let mut events = server.events(None, CHANGED).await;
    // Reading answers the pings of the server.
    alive.is_quiet().await;
    alive.is_quiet().await;
    assert_eq!(silent.closed().await.0, 3008);
    alive.settle().await;
    server.import(&[Item::new("lesson", "one", "One", json!({}))]);
    assert_eq!(events.data().await["contentChanged"]["type"], "PUBLISHED");
}

#[tokio::test]
async fn the_end_of_the_service_closes_every_stream_and_keeps_nobody_waiting() {
    let mut server = server().await;
    let mut socket = server.socket(None).await;
    socket.listen("a", CHANGED).await;
    let mut bare = server.bare_socket().await;
    let mut events = server.events(None, CHANGED).await;
    let begun = Instant::now();
    let closing = tokio::spawn(async move { (socket.closed().await, bare.closed().await, events.next().await) });
    assert_eq!(server.stop().await, Some(0));
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    let (closed, bare, event) = closing.await.unwrap();
    assert_eq!(closed.0, 1001);
    assert_eq!(bare.0, 1001);
    assert_eq!(event, None, "a stream that ends without `complete` was broken off");
}

#[tokio::test]
async fn only_pages_that_may_call_the_api_may_open_a_socket() {
    let options = Options::empty(Backend::Sqlite).with("PRAXIS_CORS_ORIGINS", "https://app.example");
    let server = Server::start(options).await;
    let refusal = Refusal {
        status: 403,
        code: "FORBIDDEN".to_owned(),
    };
    assert_eq!(
        server.try_socket(&[("origin", "https://evil.example")]).await.err(),
        Some(refusal)
    );
    assert!(server.try_socket(&[("origin", "https://app.example")]).await.is_ok());
    assert!(
        server.try_socket(&[("origin", &server.url)]).await.is_ok(),
        "the explorer is the service's own"
    );
    assert!(server.try_socket(&[]).await.is_ok());
}

#[tokio::test]
async fn a_socket_needs_the_subprotocol_and_a_valid_token() {
    let server = server().await;
    let wrong = server
        .try_socket(&[("sec-websocket-protocol", "graphql-ws")])
        .await
        .err();
    let expected = |status, code: &str| {
        Some(Refusal {
            status,
            code: code.to_owned(),
        })
    };
    assert_eq!(wrong, expected(400, "BAD_REQUEST"));
    let forged = server.try_socket(&[("authorization", "Bearer forged")]).await.err();
    assert_eq!(forged, expected(401, "UNAUTHENTICATED"));
    let half = server
        .get("/graphql", &[("upgrade", "websocket"), ("connection", "upgrade")])
        .await;
    half.refused(400, "BAD_REQUEST");
}

#[tokio::test]
async fn events_are_written_as_the_protocol_says() {
    let server = server().await;
    let raw = server.events(None, "{ __typename }").await.raw().await;
    // Comments that keep the connection open may stand anywhere between events.
    assert_eq!(
        raw.replace("\n\n:\n\n", "\n\n").trim_start_matches(":\n\n"),
        "event: next\ndata: {\"data\":{\"__typename\":\"Query\"},\"extensions\":{\"cost\":1}}\n\nevent: complete\ndata:\n\n"
    );
    let mut wrong = server
        .events(None, "subscription { contentChanged { noSuchField } }")
        .await;
    let (name, data) = wrong.next().await.unwrap();
    assert_eq!(name, "next");
    assert_eq!(data["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert!(data.get("data").is_none(), "{data:#}");
    assert_eq!(wrong.next().await, Some(("complete".to_owned(), Value::Null)));
    assert_eq!(wrong.next().await, None);

    let stream = [("accept", "text/event-stream")];
    let got = server.get("/graphql?query=%7B__typename%7D", &stream).await;
    assert!(got.text().ends_with("event: complete\ndata:\n\n"), "{got:?}");
    assert_eq!(got.header("cache-control"), "no-store");
    let zipped = server
        .get(
            "/graphql?query=%7B__typename%7D",
            &[("accept", "text/event-stream"), ("accept-encoding", "gzip")],
        )
        .await;
    assert_eq!(
        zipped.header("content-encoding"),
        "",
        "a compressor would keep events back"
    );
    let changing = server
        .get(
            "/graphql?query=mutation%7BsignOutEverywhere%7Berrors%7Bcode%7D%7D%7D",
            &stream,
        )
        .await;
    assert!(changing.text().contains("METHOD_NOT_ALLOWED"), "{changing:?}");
    let forged = [
        ("accept", "text/event-stream"),
        ("authorization", "Bearer forged"),
        ("content-type", "application/json"),
    ];
    let body = json!({ "query": CHANGED }).to_string();
    server
        .send(Method::POST, "/graphql", &forged, body.clone())
        .await
        .refused(401, "UNAUTHENTICATED");
    let broken = [("accept", "text/event-stream"), ("content-type", "application/json")];
    server
        .send(Method::POST, "/graphql", &broken, "{")
        .await
        .refused(400, "BAD_REQUEST");
}

#[tokio::test]
async fn a_subscription_is_never_answered_by_a_single_answer() {
    let server = server().await;
    let message = server
        .post_accepting("application/json", CHANGED)
        .await
        .refused(406, "NOT_ACCEPTABLE");
    assert!(message.contains("text/event-stream"), "{message}");
    server
        .post(json!({ "query": CHANGED }).to_string())
        .await
        .refused(406, "NOT_ACCEPTABLE");
    // Clients that know both name all media types in every request.
    let all = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed";
    let query = server.post_accepting(all, "{ __typename }").await;
    assert_eq!(query.json()["data"]["__typename"], "Query");
    let request = server
        .client
        .post(format!("{}/graphql", server.url))
        .header("accept", all)
        .json(&json!({ "query": CHANGED }));
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
}
