//! The endpoint by the GraphQL-over-HTTP specification: what a request may look like, and how it is answered.

use praxis_tests::{Backend, Options, Reply, Server};
use reqwest::Method;
use serde_json::{Value, json};

const RESPONSE: &str = "application/graphql-response+json; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

async fn server() -> Server {
    Server::start(Options::empty(Backend::Sqlite)).await
}

/// GET of `/graphql` with parameters.
async fn get(server: &Server, parameters: &[(&str, &str)]) -> Reply {
    let url = reqwest::Url::parse_with_params("http://any/graphql", parameters).expect("the address is one");
    let path = format!("/graphql?{}", url.query().unwrap_or_default());
    server.get(&path, &[]).await
}

#[tokio::test]
async fn the_answer_has_the_media_type_that_the_caller_prefers() {
    let server = server().await;
    for (accept, expected) in [
        ("application/graphql-response+json", RESPONSE),
        ("application/json", JSON),
        ("*/*", RESPONSE),
        ("application/*", RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", RESPONSE),
        ("application/json;q=0.9, application/graphql-response+json;q=0.8", JSON),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/json; charset=utf-8", JSON),
        // What is named counts, whatever the wildcard says.
        ("application/graphql-response+json;q=0, */*", JSON),
        (
            "application/graphql-response+json;q=0.1, application/json;q=0.5, */*;q=0.9",
            JSON,
        ),
        ("text/html;q=0.1, application/json", JSON),
    ] {
        let reply = server.post_accepting(accept, "{ __typename }").await;
        assert_eq!(
            (reply.status, reply.header("content-type").as_str()),
            (200, expected),
            "{accept}"
        );
        assert_eq!(reply.json()["data"], json!({ "__typename": "Query" }), "{accept}");
        assert!(reply.header("vary").contains("accept"), "{accept}");
    }
    let reply = server.post(r#"{"query":"{ __typename }"}"#).await;
    assert_eq!(reply.header("content-type"), RESPONSE, "without an Accept header");
}

#[tokio::test]
async fn a_caller_that_accepts_no_json_gets_406() {
    let server = server().await;
    for accept in [
        "image/png",
        "text/plain, application/xml",
        "application/json;q=0",
        "*/*;q=0",
    ] {
        let reply = server.post_accepting(accept, "{ __typename }").await;
        let message = reply.refused(406, "NOT_ACCEPTABLE");
        assert!(message.contains("application/json"), "{message}");
    }
}

#[tokio::test]
async fn a_query_that_is_refused_is_400_as_graphql_response_and_200_as_json() {
    let server = server().await;
    for (query, code) in [
        ("{ themes { slug ", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ themes }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ themes { slug } } { themes { slug } }", "GRAPHQL_PARSE_FAILED"),
        ("mutation { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "UNKNOWN_OPERATION"),
    ] {
        let reply = server.post_accepting("application/graphql-response+json", query).await;
        reply.refused(400, code);
        assert_eq!(reply.header("content-type"), RESPONSE);
        let reply = server.post_accepting("application/json", query).await;
        reply.refused(200, code);
        assert_eq!(reply.header("content-type"), JSON);
    }
}

#[tokio::test]
async fn a_refused_query_says_where_it_is_wrong() {
    let server = server().await;
    for query in ["{\n  themes { slug", "{\n  nothing\n}"] {
        let reply = server.post(json!({ "query": query }).to_string()).await;
        assert_eq!(reply.json()["errors"][0]["locations"][0]["line"], 2, "{query}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_in_utf8_by_its_content_type_is_415() {
    let server = server().await;
    let body = r#"{"query":"{ __typename }"}"#;
    for media in [
        "text/plain",
        "text/plain; charset=utf-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/jsonx",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        "",
    ] {
        let headers = [("content-type", media)];
        let reply = server.send(Method::POST, "/graphql", &headers, body).await;
        let message = reply.refused(415, "UNSUPPORTED_MEDIA_TYPE");
        assert!(message.contains("application/json"), "{media}: {message}");
    }
    let reply = server.send(Method::POST, "/graphql", &[], body).await;
    reply.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    for media in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
    ] {
        let reply = server
            .send(Method::POST, "/graphql", &[("content-type", media)], body)
            .await;
        assert_eq!(reply.status, 200, "{media}");
    }
}

#[tokio::test]
async fn malformed_json_is_400_and_says_the_line_and_the_column() {
    let server = server().await;
    for (body, place) in [
        ("{\"query\": \"{ __typename }\",\n }", "line 2 column 2"),
        ("{\n\"query\": \"x\",\n x}", "line 3 column 2"),
        ("{\"query\": \"{ __typename }\"", "line 1 column 26"),
        ("{\"query\": \"{ __typename }\"} more", "line 1 column 29"),
        ("\u{feff}{\"query\": \"{ __typename }\"}", "line 1 column 1"),
    ] {
        let message = server.post(body).await.refused(400, "BAD_REQUEST");
        assert!(message.contains(place), "{body}: {message}");
    }
    let bytes = b"{\"query\": \"\xff\"}";
    server.post(bytes.to_vec()).await.refused(400, "BAD_REQUEST");
    server.post("").await.refused(400, "BAD_REQUEST");
    let deep = format!("{{\"query\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    server.post(deep).await.refused(400, "BAD_REQUEST");
    assert_eq!(server.query("{ __typename }").await.status, 200);
}

#[tokio::test]
async fn a_request_of_another_shape_is_400_and_says_which_part_is_wrong() {
    let server = server().await;
    for (body, names) in [
        ("null", "query"),
        ("\"{ __typename }\"", "query"),
        ("7", "query"),
        ("{}", "query"),
        (r#"{"variables": {}}"#, "query"),
        (r#"{"query": null}"#, "`query`"),
        (r#"{"query": 1}"#, "`query`"),
        (r#"{"query": ["{ __typename }"]}"#, "`query`"),
        (r#"{"query": "{ __typename }", "variables": []}"#, "`variables`"),
        (r#"{"query": "{ __typename }", "variables": "{}"}"#, "`variables`"),
        (r#"{"query": "{ __typename }", "operationName": 1}"#, "`operationName`"),
        (r#"{"query": "{ __typename }", "extensions": 3}"#, "`extensions`"),
    ] {
        let message = server.post(body).await.refused(400, "BAD_REQUEST");
        assert!(message.contains(names), "{body}: {message}");
    }
    for optional in ["variables", "operationName", "extensions"] {
        let body = json!({ "query": "query A { __typename }", optional: null });
        assert_eq!(
            server.post(body.to_string()).await.status,
            200,
            "{optional} may be null"
        );
    }
    let unknown = r#"{"query": "{ __typename }", "somethingElse": 1}"#;
    assert_eq!(server.post(unknown).await.status, 200, "what is not known is ignored");
}

#[tokio::test]
async fn a_batch_is_refused_in_words() {
    let server = server().await;
    for body in ["[]", r#" [{"query": "{ __typename }"}]"#] {
        let message = server.post(body).await.refused(400, "BAD_REQUEST");
        assert!(message.to_lowercase().contains("batch"), "{message}");
    }
}

#[tokio::test]
async fn the_operation_is_chosen_by_its_name() {
    let server = server().await;
    let two = "query A { a: __typename } query B { b: __typename }";
    let ask = |query: &str, name: Value| {
        let body = json!({ "query": query, "operationName": name }).to_string();
        server.post(body)
    };
    assert_eq!(ask(two, json!("B")).await.json()["data"], json!({ "b": "Query" }));
    let unknown = ask(two, json!("C")).await.refused(400, "UNKNOWN_OPERATION");
    assert!(unknown.contains("`C`"), "{unknown}");
    let unnamed = ask(two, Value::Null).await.refused(400, "UNKNOWN_OPERATION");
    assert!(unnamed.contains("operationName"), "{unnamed}");
    ask("{ __typename }", json!("A"))
        .await
        .refused(400, "UNKNOWN_OPERATION");
    let single = ask("query A { a: __typename }", Value::Null).await;
    assert_eq!(single.json()["data"], json!({ "a": "Query" }));
}

#[tokio::test]
async fn a_variable_that_is_missing_or_of_another_type_is_400() {
    let server = server().await;
    let required = "query($id: ID!) { node(id: $id) { id } }";
    let paged = "query($n: Int) { lessons(first: $n) { nodes { id } } }";
    let kind = "query($kind: ContentKind!) { content(kind: $kind, slug: \"a\") { id } }";
    let filter = "query($f: LessonFilter) { lessons(filter: $f) { nodes { id } } }";
    for (query, variables, names) in [
        (required, json!({}), "$id"),
        (required, json!({ "id": null }), "$id"),
        (required, json!({ "ID": "x" }), "$id"),
        (paged, json!({ "n": "ten" }), "Int"),
        (paged, json!({ "n": { "a": 1 } }), "Int"),
        (kind, json!({ "kind": "NOTHING" }), "ContentKind"),
        (filter, json!({ "f": { "nothing": 1 } }), "nothing"),
    ] {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let message = server.post(body).await.refused(400, "GRAPHQL_VALIDATION_FAILED");
        assert!(message.contains(names), "{variables}: {message}");
    }
    let undeclared = "{ lessons(first: $n) { nodes { id } } }";
    let body = json!({ "query": undeclared, "variables": { "n": 1 } }).to_string();
    server.post(body).await.refused(400, "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn a_variable_may_be_used_by_a_directive_alone() {
    let server = server().await;
    let query = "query($with: Boolean!) { a: lessons @include(if: $with) { totalCount } b: __typename ...F }
        fragment F on Query { c: themes @skip(if: $with) { id } }";
    let answer = server.ask(query, json!({ "with": true })).await;
    assert_eq!(answer.data(), &json!({ "a": { "totalCount": 0 }, "b": "Query" }));
}

#[tokio::test]
async fn a_variable_may_be_used_by_a_directive_on_the_type_name_alone() {
    let server = server().await;
    let query = "query($with: Boolean!) { a: __typename @include(if: $with) b: __typename }";
    let answer = server.ask(query, json!({ "with": false })).await;
    assert_eq!(answer.data(), &json!({ "b": "Query" }));
}

#[tokio::test]
async fn a_query_can_be_sent_in_the_address() {
    let server = server().await;
    let reply = get(&server, &[("query", "{ __typename }")]).await;
    assert_eq!((reply.status, reply.header("content-type").as_str()), (200, RESPONSE));
    assert_eq!(reply.json()["data"], json!({ "__typename": "Query" }));
    let with_variables = get(
        &server,
        &[
            (
                "query",
                "query A($n: Int!) { lessons(first: $n) { totalCount } } query B { c: __typename }",
            ),
            ("variables", r#"{"n": 3}"#),
            ("operationName", "A"),
        ],
    )
    .await;
    assert_eq!(with_variables.json()["data"], json!({ "lessons": { "totalCount": 0 } }));
    let emptied = get(
        &server,
        &[("query", "{ __typename }"), ("variables", ""), ("operationName", "")],
    )
    .await;
    assert_eq!(emptied.status, 200, "an empty parameter is as if it were left out");
}

#[tokio::test]
async fn a_get_without_a_query_or_with_wrong_variables_is_400() {
    let server = server().await;
    for parameters in [vec![], vec![("operationName", "A")]] {
        let message = get(&server, &parameters).await.refused(400, "BAD_REQUEST");
        assert!(message.contains("`query`"), "{message}");
    }
    for variables in ["{with: true}", "[1]", "1", "\"{}\""] {
        let parameters = [("query", "{ __typename }"), ("variables", variables)];
        let message = get(&server, &parameters).await.refused(400, "BAD_REQUEST");
        assert!(message.contains("`variables`"), "{variables}: {message}");
    }
    let unknown = [("query", "query A { __typename }"), ("operationName", "B")];
    get(&server, &unknown).await.refused(400, "UNKNOWN_OPERATION");
}

#[tokio::test]
async fn a_mutation_in_the_address_is_405_and_names_the_method_that_may() {
    let server = server().await;
    let named = [
        ("query", "query A { __typename } mutation B { nothing }"),
        ("operationName", "B"),
    ];
    for parameters in [&[("query", "mutation { nothing }")][..], &named[..]] {
        let reply = get(&server, parameters).await;
        reply.refused(405, "METHOD_NOT_ALLOWED");
        assert_eq!(reply.header("allow"), "POST");
    }
    let accept = [("accept", "application/json")];
    let reply = server
        .get("/graphql?query=mutation%20%7B%20nothing%20%7D", &accept)
        .await;
    reply.refused(405, "METHOD_NOT_ALLOWED");
    let other = [
        ("query", "query A { __typename } mutation B { nothing }"),
        ("operationName", "A"),
    ];
    assert_eq!(get(&server, &other).await.status, 400, "it does not fit the schema");
}

#[tokio::test]
async fn other_methods_are_405() {
    let server = server().await;
    let body = r#"{"query":"{ __typename }"}"#;
    let headers = [("content-type", "application/json")];
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let reply = server.send(method.clone(), "/graphql", &headers, body).await;
        reply.refused(405, "METHOD_NOT_ALLOWED");
        let allowed = reply.header("allow");
        assert!(
            allowed.contains("GET") && allowed.contains("POST"),
            "{method}: {allowed}"
        );
    }
    for path in ["/health/live", "/health/ready", "/metrics"] {
        let reply = server.send(Method::POST, path, &headers, body).await;
        assert_eq!(reply.status, 405, "{path}");
    }
}

#[tokio::test]
async fn head_answers_like_get_without_the_body() {
    let server = server().await;
    for (path, status) in [
        ("/graphql?query=%7B__typename%7D", 200),
        ("/graphql", 400),
        ("/health/live", 200),
        ("/nothing", 404),
    ] {
        let reply = server.send(Method::HEAD, path, &[], "").await;
        assert_eq!((reply.status, reply.body.len()), (status, 0), "{path}");
        assert_eq!(
            reply.header("content-type"),
            server.get(path, &[]).await.header("content-type")
        );
    }
}

#[tokio::test]
async fn a_large_answer_is_compressed_for_a_caller_that_takes_gzip() {
    let server = server().await;
    let path = "/graphql?query=%7B%20countries%20%7B%20code%20name%20%7D%20%7D";
    let plain = server.get(path, &[]).await;
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.json()["data"]["countries"].as_array().map(Vec::len), Some(249));
    let packed = server.get(path, &[("accept-encoding", "gzip")]).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.starts_with(&[0x1f, 0x8b]), "{:?}", packed.body.get(..4));
    assert!(packed.body.len() < plain.body.len() / 2);
    assert!(packed.header("vary").contains("accept-encoding"));
}
