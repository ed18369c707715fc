//! Limits on what a request may ask for: each is computed before anything is executed and set by the operator.

use std::fmt::Write;
use std::time::Duration;

use praxis_tests::{Backend, Options, Server};
use serde_json::json;

async fn server_with(name: &str, value: &str) -> Server {
    Server::start(Options::empty(Backend::Sqlite).with(name, value)).await
}

/// Nested `broader` under `themes`: a query with this many levels of fields.
fn nested(levels: usize) -> String {
    let inner = levels - 2;
    format!(
        "{{ themes {{ {} id {} }} }}",
        "broader { ".repeat(inner),
        "} ".repeat(inner)
    )
}

#[tokio::test]
async fn a_query_that_nests_too_deeply_is_refused() {
    let server = server_with("PRAXIS_MAX_DEPTH", "5").await;
    server.query(&nested(5)).await.data();
    let answer = server.query(&nested(6)).await;
    assert!(answer.refusal("DEPTH_LIMIT_EXCEEDED").contains('5'), "{answer:?}");
    assert_eq!(answer.status, 400);
    // Neither fragments nor another operation are a way around it.
    let inner = "broader { broader { broader { broader { id } } } }";
    for query in [
        format!("{{ themes {{ ...F }} }} fragment F on Theme {{ {inner} }}"),
        format!("{{ themes {{ ... on Theme {{ ... {{ {inner} }} }} }} }}"),
    ] {
        server.query(&query).await.refusal("DEPTH_LIMIT_EXCEEDED");
    }
}

#[tokio::test]
async fn a_query_that_costs_too_much_is_refused_and_told_what_it_costs() {
    let server = server_with("PRAXIS_MAX_COST", "100").await;
    let cheap = "query($n: Int!) { lessons(first: $n) { nodes { id } } }";
    server.ask(cheap, json!({ "n": 20 })).await.data();
    let answer = server.ask(cheap, json!({ "n": 100 })).await;
    assert!(answer.refusal("COST_LIMIT_EXCEEDED").contains("100"), "{answer:?}");
    for query in [
        "{ lessons(first: 100) { nodes { id } } }",
        "{ lessons(last: 100) { nodes { id } } }",
        "query($n: Int = 100) { lessons(first: $n) { nodes { id } } }",
        "{ lessons(first: 10) { nodes { initiatives(first: 10) { nodes { id } } } } }",
        "{ lessons { nodes { ...F } } } fragment F on Lesson { id slug title summary status language }",
        "{ lessons { edges { node { ... on Content { id slug title summary status language } } } } }",
    ] {
        server.query(query).await.refusal("COST_LIMIT_EXCEEDED");
    }
}

#[tokio::test]
async fn a_query_with_too_many_aliases_is_refused() {
    let server = server_with("PRAXIS_MAX_ALIASES", "3").await;
    let aliased = |count: usize| {
        let mut query = String::from("{");
        for number in 0..count {
            let _ = write!(query, " a{number}: __typename");
        }
        query + " }"
    };
    server.query(&aliased(3)).await.data();
    let answer = server.query(&aliased(4)).await;
    assert!(answer.refusal("ALIAS_LIMIT_EXCEEDED").contains('3'), "{answer:?}");
    let spread = "{ ...F ...F } fragment F on Query { a: __typename b: __typename }";
    server.query(spread).await.refusal("ALIAS_LIMIT_EXCEEDED");
}

#[tokio::test]
async fn a_query_with_too_many_fields_at_its_root_is_refused() {
    let server = server_with("PRAXIS_MAX_ROOT_FIELDS", "3").await;
    server
        .query("{ a: themes { id } regions { id } __typename }")
        .await
        .data();
    for query in [
        "{ a: themes { id } regions { id } b: themes { id } __typename }",
        "{ ...F ... { a: themes { id } b: themes { id } } } fragment F on Query { regions { id } __typename }",
    ] {
        let answer = server.query(query).await;
        assert!(answer.refusal("ROOT_FIELD_LIMIT_EXCEEDED").contains('3'), "{answer:?}");
    }
}

#[tokio::test]
async fn a_query_with_too_many_directives_is_refused() {
    let server = server_with("PRAXIS_MAX_DIRECTIVES", "3").await;
    let query = |count: usize| format!("{{ themes {{ {} }} }}", "slug @include(if: true) ".repeat(count));
    server.query(&query(3)).await.data();
    let answer = server.query(&query(4)).await;
    assert!(answer.refusal("DIRECTIVE_LIMIT_EXCEEDED").contains('3'), "{answer:?}");
}

#[tokio::test]
async fn a_query_with_too_many_tokens_is_refused() {
    let server = server_with("PRAXIS_MAX_TOKENS", "50").await;
    let long = |slugs: usize| format!("{{ themes {{ {} }} }}", "slug ".repeat(slugs));
    server.query(&long(45)).await.data();
    let answer = server.query(&long(46)).await;
    let message = answer.refusal("TOKEN_LIMIT_EXCEEDED");
    assert!(message.contains("51") && message.contains("50"), "{message}");
    // Tokens need nothing between them; commas and comments are none; a refused query need not be GraphQL.
    let glued = format!(
        "{{ __typename{} }} fragment F on Query {{ __typename }}",
        "...F".repeat(30)
    );
    server.query(&glued).await.refusal("TOKEN_LIMIT_EXCEEDED");
    let ignored = format!("{{ __typename,,,, }} # {}", "{ } ".repeat(100));
    server.query(&ignored).await.data();
    server.query(&"}".repeat(60)).await.refusal("TOKEN_LIMIT_EXCEEDED");
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_and_told_the_limit() {
    let server = server_with("PRAXIS_MAX_BODY_BYTES", "2000").await;
    let query = r#"{"query":"{ __typename }"}"#;
    let body = |length: usize| query.to_owned() + &" ".repeat(length - query.len());
    assert_eq!(server.post(body(2000)).await.status, 200);
    let message = server.post(body(2001)).await.refused(413, "BODY_TOO_LARGE");
    assert!(message.contains("2000"), "{message}");

    let server = Server::start(Options::empty(Backend::Sqlite)).await;
    assert_eq!(server.post(body(1_048_576)).await.status, 200);
    server.post(body(1_048_577)).await.refused(413, "BODY_TOO_LARGE");
}

const TYPE: &str = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// What clients ask to learn the schema.
fn introspection() -> String {
    format!(
        "query IntrospectionQuery {{ __schema {{ queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }}
           types {{ ...FullType }} directives {{ name description locations args {{ ...InputValue }} }} }} }}
         fragment FullType on __Type {{ kind name description
           fields(includeDeprecated: true) {{ name description args {{ ...InputValue }} type {{ ...TypeRef }}
             isDeprecated deprecationReason }}
           inputFields {{ ...InputValue }} interfaces {{ ...TypeRef }}
           enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }}
           possibleTypes {{ ...TypeRef }} }}
         fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} defaultValue }}
         fragment TypeRef on __Type {{ {TYPE} }}"
    )
}

#[tokio::test]
async fn the_schema_can_be_queried_within_the_default_limits() {
    let server = Server::start(Options::empty(Backend::Sqlite)).await;
    let answer = server.query(&introspection()).await;
    let types = answer.data()["__schema"]["types"]
        .as_array()
        .expect("there are types")
        .clone();
    assert!(types.iter().any(|one| one["name"] == "Evidence"));
}

#[tokio::test]
async fn the_schema_can_be_closed() {
    let server = server_with("PRAXIS_INTROSPECTION", "false").await;
    for query in [
        &introspection(),
        "{ __schema { types { name } } }",
        "{ __type(name: \"Query\") { name } }",
        "{ a: __schema { queryType { name } } }",
        "{ ... on Query { __schema { queryType { name } } } }",
        "{ ...F } fragment F on Query { ... { __type(name: \"Query\") { name } } }",
    ] {
        let answer = server.query(query).await;
        assert_eq!(answer.status, 400);
        answer.refusal("INTROSPECTION_DISABLED");
    }
    server.query("{ __typename themes { __typename } }").await.data();
}

#[tokio::test]
async fn a_closed_schema_is_not_told_by_hints() {
    let server = server_with("PRAXIS_INTROSPECTION", "false").await;
    let answer = server.query("{ practitionersss { nodes { id } } }").await;
    let message = answer.refusal("GRAPHQL_VALIDATION_FAILED");
    assert!(!message.contains("Did you mean"), "{message}");
}

#[tokio::test]
async fn execution_has_a_deadline() {
    let options = Options::sample(Backend::Sqlite).with("PRAXIS_EXECUTION_TIMEOUT_MS", "1");
    let server = Server::start(options).await;
    let heavy =
        "{ initiatives(first: 25) { nodes { title themes { label } countries { name } evidence(first: 9) { nodes {
        title strength { score reasons } lessons(first: 9) { nodes { title themes { label } } } } } } } }";
    let reply = server.post_accepting("application/graphql-response+json", heavy).await;
    let body = reply.json();
    assert_eq!(reply.status, 504, "{body:#}");
    assert_eq!(body["errors"][0]["extensions"]["code"], "EXECUTION_TIMEOUT");
    assert_eq!(body["data"], json!(null));
    let reply = server.post_accepting("application/json", heavy).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "EXECUTION_TIMEOUT");
    assert!(server.metric("praxis_graphql_timeouts_total").await >= 2.0);
    server.query("{ __typename }").await.data();
}

#[tokio::test]
async fn fragments_that_contain_themselves_are_refused() {
    let server = Server::start(Options::empty(Backend::Sqlite)).await;
    for query in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { __typename ...A }",
        "{ themes { ...A } } fragment A on Theme { broader { ...A } }",
        "{ __typename } fragment A on Query { ...B } fragment B on Query { ...A }",
    ] {
        server.query(query).await.refusal("GRAPHQL_VALIDATION_FAILED");
    }
    server.query("{ __typename }").await.data();
}

#[tokio::test]
async fn fragments_that_multiply_are_refused_at_once() {
    let server = Server::start(Options::empty(Backend::Sqlite)).await;
    let mut fragments = String::new();
    for number in 0..30 {
        let _ = write!(
            fragments,
            " fragment F{number} on Query {{ ...F{0} ...F{0} }}",
            number + 1
        );
    }
    fragments += " fragment F30 on Query { __typename }";
    let begun = std::time::Instant::now();
    server
        .query(&format!("{{ ...F0 }} {fragments}"))
        .await
        .refusal("COST_LIMIT_EXCEEDED");
    // Nor do they when the operation is another, or when no operation uses them.
    let body =
        json!({ "query": format!("query A {{ __typename }} query B {{ ...F0 }} {fragments}"), "operationName": "A" });
    server.post(body.to_string()).await.refused(400, "COST_LIMIT_EXCEEDED");
    server
        .query(&format!("{{ __typename }} {fragments}"))
        .await
        .refusal("GRAPHQL_VALIDATION_FAILED");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_query_can_not_exhaust_the_stack() {
    let server = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_MAX_TOKENS", "1000000")).await;
    let count = 20_000;
    let around = |open: &str, middle: &str, close: &str| open.repeat(count) + middle + &close.repeat(count);
    let mut chain = String::from("{ ...F0 }");
    for number in 0..count {
        let _ = write!(chain, " fragment F{number} on Query {{ ...F{} }}", number + 1);
    }
    let _ = write!(chain, " fragment F{count} on Query {{ __typename }}");
    for query in [
        format!("{{ nodes(ids: {}) {{ id }} }}", around("[", "", "]")),
        format!("{{ lessons(filter: {}) {{ totalCount }} }}", around("{a:", "1", "}")),
        around("{themes", "{id}", "}"),
        around("{...", "{__typename}", "}"),
        format!("query($a: {}) {{ __typename }}", around("[", "Int", "]")),
        format!("query($a: Int = {}) {{ __typename }}", around("[", "1", "]")),
        format!("{{ __typename @include(if: {}) }}", around("[", "true", "]")),
        "{".repeat(count),
        chain,
    ] {
        let answer = server.query(&query).await;
        assert_eq!(answer.status, 400, "{:.60}", query);
        assert!(!answer.codes().is_empty(), "{:.60}", query);
    }
    server.query("{ __typename }").await.data();
}
