//! Requests that try to cost more than they may: each is refused at once, with figures, and the service lives on.

use std::time::{Duration, Instant};

use praxis_tests::{Answer, Backend, Options, Server};
use serde_json::{Value, json};

async fn server() -> Server {
    Server::start(Options::empty(Backend::Sqlite)).await
}

/// Asks what must be refused with this code, and quickly: what is refused must not have been worked on.
#[track_caller]
fn assert_refused(answer: &Answer, took: Duration, code: &str) {
    assert_eq!(answer.codes(), [code], "{:#}", answer.body);
    assert_eq!(answer.status, 400);
    assert!(answer.body.get("data").is_none());
    assert!(took < Duration::from_secs(5), "{took:?}");
}

async fn refuse(server: &Server, query: &str, code: &str) -> String {
    let begun = Instant::now();
    let answer = server.query(query).await;
    assert_refused(&answer, begun.elapsed(), code);
    assert_eq!(server.query("{ __typename }").await.data()["__typename"], "Query");
    answer.body["errors"][0]["message"].as_str().unwrap().to_owned()
}

/// Fragments that each spread the next one twice.
fn doubling(fragments: usize) -> String {
    let mut text = String::new();
    for n in 0..fragments {
        text += &format!(" fragment F{n} on Query {{ ...F{0} ...F{0} }}", n + 1);
    }
    text + &format!(" fragment F{fragments} on Query {{ __typename }}")
}

#[tokio::test]
async fn brackets_within_brackets_do_not_end_the_process() {
    let server = server().await;
    for (open, close) in [("[", "]"), ("{a:", "}")] {
        let query = format!("{{ node(id: {}1{}) {{ id }} }}", open.repeat(700), close.repeat(700));
        let message = refuse(&server, &query, "DEPTH_LIMIT_EXCEEDED").await;
        assert!(
            message.contains("702 brackets") && message.contains("at most 64"),
            "{message}"
        );
    }
    let query = format!("query($v: {}Int{}) {{ __typename }}", "[".repeat(900), "]".repeat(900));
    refuse(&server, &query, "DEPTH_LIMIT_EXCEEDED").await;
    refuse(
        &server,
        &format!("{}a{}", "{ a ".repeat(900), "}".repeat(900)),
        "DEPTH_LIMIT_EXCEEDED",
    )
    .await;
    refuse(
        &server,
        &format!("{}a{}", "{...".repeat(900), "}".repeat(900)),
        "DEPTH_LIMIT_EXCEEDED",
    )
    .await;
}

#[tokio::test]
async fn fragments_that_multiply_are_refused_in_whatever_operation_they_are() {
    let server = server().await;
    refuse(&server, &format!("{{ ...F0 }}{}", doubling(40)), "COST_LIMIT_EXCEEDED").await;
    let begun = Instant::now();
    let answer = server
        .client
        .post(format!("{}/graphql", server.url))
        .json(&json!({
            "query": format!("query A {{ __typename }} query B {{ ...F0 }}{}", doubling(40)),
            "operationName": "A",
        }))
        .send()
        .await
        .unwrap();
    let answer = Answer {
        status: answer.status().as_u16(),
        body: answer.json().await.unwrap(),
    };
    assert_refused(&answer, begun.elapsed(), "COST_LIMIT_EXCEEDED");
    refuse(
        &server,
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

#[tokio::test]
async fn the_schema_can_be_asked_for_but_not_multiplied() {
    let server = server().await;
    for (open, close) in [
        ("possibleTypes { interfaces { ", " } }"),
        ("interfaces { possibleTypes { ", " } }"),
    ] {
        let query = format!(
            "{{ __schema {{ types {{ {}name{} }} }} }}",
            open.repeat(6),
            close.repeat(6)
        );
        refuse(&server, &query, "COST_LIMIT_EXCEEDED").await;
    }
    let whole = "{ __schema { types { name fields { name args { name type { name } } type { kind name ofType { name } } } \
                 inputFields { name } enumValues { name } interfaces { name } possibleTypes { name } } } }";
    assert!(
        server.query(whole).await.data()["__schema"]["types"]
            .as_array()
            .unwrap()
            .len()
            > 50
    );

    let closed = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_INTROSPECTION", "false")).await;
    refuse(&closed, whole, "INTROSPECTION_DISABLED").await;
}

#[tokio::test]
async fn long_texts_and_long_names_are_refused_before_they_are_parsed() {
    let server = server().await;
    let message = refuse(
        &server,
        &format!("{{ {} }}", "__typename ".repeat(5_000)),
        "TOKEN_LIMIT_EXCEEDED",
    )
    .await;
    assert!(
        message.contains("5002 tokens") && message.contains("at most 4000"),
        "{message}"
    );
    let spreads = format!("{{ a{} }} fragment F on Query {{ __typename }}", "...F".repeat(150_000));
    refuse(&server, &spreads, "TOKEN_LIMIT_EXCEEDED").await;
    refuse(
        &server,
        &format!("{{ {} }}", "a".repeat(900_000)),
        "TOKEN_LIMIT_EXCEEDED",
    )
    .await;
}

#[tokio::test]
async fn each_limit_is_a_setting_and_its_refusal_states_limit_and_figure() {
    let server = Server::start(
        Options::empty(Backend::Sqlite)
            .with("PRAXIS_MAX_DEPTH", "4")
            .with("PRAXIS_MAX_COST", "500")
            .with("PRAXIS_MAX_ALIASES", "2")
            .with("PRAXIS_MAX_DIRECTIVES", "3")
            .with("PRAXIS_MAX_ROOT_FIELDS", "5")
            .with("PRAXIS_MAX_TOKENS", "200"),
    )
    .await;
    for (query, code, words) in [
        (
            "{ themes { broader { broader { broader { id } } } } }",
            "DEPTH_LIMIT_EXCEEDED",
            "5 levels of fields; at most 4",
        ),
        (
            "{ initiatives(first: 50) { nodes { lessons(first: 10) { totalCount } } } }",
            "COST_LIMIT_EXCEEDED",
            "costs 601; at most 500",
        ),
        (
            "{ a: __typename b: __typename c: __typename }",
            "ALIAS_LIMIT_EXCEEDED",
            "3 aliases; at most 2",
        ),
        (
            "{ __typename @skip(if: false) @include(if: true) ... @skip(if: false) @include(if: true) { __typename } }",
            "DIRECTIVE_LIMIT_EXCEEDED",
            "4 directives; at most 3",
        ),
        (
            "{ __typename __typename __typename __typename __typename __typename }",
            "ROOT_FIELD_LIMIT_EXCEEDED",
            "6 fields at its root; at most 5",
        ),
    ] {
        let message = refuse(&server, query, code).await;
        assert!(message.contains(words), "{message}");
    }
    let query = "query($n: Int) { initiatives(first: $n) { nodes { id title } } }";
    let cost = |answer: Answer| answer.body["extensions"]["cost"].clone();
    assert_eq!(cost(server.ask(query, json!({ "n": 7 })).await), json!(22));
    assert_eq!(
        cost(server.ask(query, Value::Object(Default::default())).await),
        json!(61)
    );
}

#[tokio::test]
async fn execution_has_a_deadline() {
    let server = Server::start(Options::sample(Backend::Sqlite).with("PRAXIS_EXECUTION_TIMEOUT_MS", "1")).await;
    let answer = server
        .query(
            "{ initiatives(first: 100) { totalCount nodes { evidence(first: 50) { totalCount nodes { title } } } } }",
        )
        .await;
    assert_eq!(answer.codes(), ["EXECUTION_TIMEOUT"], "{:#}", answer.body);
    assert_eq!(answer.status, 504);
    assert_eq!(server.metric("praxis_graphql_timeouts_total").await, 1.0);
}

#[tokio::test]
async fn lists_of_vocabularies_that_lead_back_to_each_other_cost_what_they_hold() {
    let server = Server::start(Options::empty(Backend::Sqlite)).await;
    let within = |levels: usize| {
        let inner = (0..levels).fold("code".to_owned(), |inner, _| {
            format!("code region {{ countries {{ {inner} }} }}")
        });
        format!("{{ regions {{ countries {{ {inner} }} }} }}")
    };
    let all = server.query(&within(0)).await;
    let countries = all.data()["regions"].as_array().unwrap().iter();
    let held: usize = countries
        .map(|region| region["countries"].as_array().unwrap().len())
        .sum();
    let cost = all.body["extensions"]["cost"].as_u64().unwrap();
    assert!(u64::try_from(held).unwrap() <= 2 * cost, "{held} for {cost}");
    for levels in [1, 2, 5] {
        server.query(&within(levels)).await.refusal("COST_LIMIT_EXCEEDED");
    }
    for (query, most) in [
        ("countries { code }", 300),
        ("countries { implementationSummary(by: THEME) { value recommendations reversed } }", 10_000),
        ("recommendations(first: 20) { nodes { alike { likeness } } }", 2_100),
    ] {
        let cost = server.query(&format!("{{ {query} }}")).await.body["extensions"]["cost"].clone();
        assert!(cost.as_u64().unwrap() <= most, "{query}: {cost}");
    }
}

#[tokio::test]
async fn a_filter_that_names_more_than_anybody_means_is_refused() {
    let server = Server::start(Options::empty(Backend::Sqlite)).await;
    let query = "query($filter: RecommendationFilter) { recommendations(filter: $filter) { totalCount } }";
    let filter = |count: usize| json!({ "filter": { "sourceTags": vec!["Rights of the Child"; count] } });
    assert_eq!(server.ask(query, filter(500)).await.data()["recommendations"]["totalCount"], 0);
    let refusal = server.ask(query, filter(501)).await;
    assert!(refusal.refusal("BAD_REQUEST").contains("501 values; give at most 500"), "{refusal:?}");
    let written = format!("{{ search(query: \"x\", filter: {{ themes: [{}] }}) {{ totalCount }} }}", "\"a\" ".repeat(501));
    server.query(&written).await.refusal("BAD_REQUEST");
}
