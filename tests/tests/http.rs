//! The endpoint by the GraphQL-over-HTTP specification, from outside.

use praxis_tests::{Backend, Item, Options, Server, on_both_databases};
use reqwest::header::{ACCEPT, ALLOW, CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::{Method, Response, StatusCode};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

const JSON: &str = "application/json";
const GRAPHQL: &str = "application/graphql-response+json";
const QUERY: &str = r#"{"query":"{ __typename }"}"#;

async fn server() -> Server {
    Server::start(Options::empty(Backend::Sqlite)).await
}

async fn post(server: &Server, accept: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Response {
    server
        .client
        .post(format!("{}/graphql", server.url))
        .header(ACCEPT, accept)
        .header(CONTENT_TYPE, content_type)
        .body(body)
        .send()
        .await
        .unwrap()
}

async fn get(server: &Server, accept: &str, parameters: &[(&str, &str)]) -> Response {
    server
        .client
        .get(format!("{}/graphql", server.url))
        .header(ACCEPT, accept)
        .query(parameters)
        .send()
        .await
        .unwrap()
}

fn media(response: &Response) -> &str {
    response.headers().get(CONTENT_TYPE).unwrap().to_str().unwrap()
}

/// The status, the code and the message of a refusal, which carries no `data`.
async fn refusal(response: Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    assert!(
        media(&response).ends_with("json; charset=utf-8"),
        "{}",
        media(&response)
    );
    let body: Value = response.json().await.unwrap();
    assert!(body.get("data").is_none(), "{body}");
    let error = &body["errors"][0];
    (
        status,
        error["extensions"]["code"].as_str().unwrap().to_owned(),
        error["message"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn a_query_is_answered_by_post_and_by_get_in_the_media_type_that_is_wanted() {
    let server = server().await;
    for (accept, wanted) in [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", GRAPHQL),
        ("application/json, text/plain, */*", JSON),
        ("application/graphql-response+json;q=0, */*", JSON),
    ] {
        let parameters = [
            ("query", "query A { __typename }"),
            ("operationName", "A"),
            ("variables", "{}"),
        ];
        for response in [
            post(&server, accept, "application/json; charset=UTF-8", QUERY).await,
            get(&server, accept, &parameters).await,
        ] {
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(media(&response), format!("{wanted}; charset=utf-8"), "{accept}");
            let body: Value = response.json().await.unwrap();
            assert_eq!(body["data"], json!({ "__typename": "Query" }));
            assert_eq!(body["extensions"]["cost"], 1);
        }
    }
    let refused = post(&server, "text/plain", JSON, QUERY).await;
    assert_eq!(refusal(refused).await.0, 406);
}

#[tokio::test]
async fn nothing_but_json_is_read_so_that_no_form_of_another_site_gets_in() {
    let server = server().await;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin1",
        "application/graphql",
    ] {
        let (status, code, _) = refusal(post(&server, JSON, content_type, QUERY).await).await;
        assert_eq!(
            (status, code.as_str()),
            (415, "UNSUPPORTED_MEDIA_TYPE"),
            "{content_type}"
        );
    }
    let compressed = server
        .client
        .post(format!("{}/graphql", server.url))
        .header(CONTENT_TYPE, JSON)
        .header(CONTENT_ENCODING, "gzip")
        .body(QUERY)
        .send()
        .await
        .unwrap();
    assert_eq!(refusal(compressed).await.0, 415);
}

#[tokio::test]
async fn a_malformed_request_is_told_where_it_is_wrong() {
    let server = server().await;
    for (body, words) in [
        ("", "empty"),
        ("{\"query\": \"{ __typename }\",\n oops}", "line 2 column 2"),
        ("{}", "missing field `query`"),
        ("\"text\"", "an object with a `query`"),
        (r#"{"query": 5}"#, "`query` is wrong"),
        (
            r#"{"query": "{ __typename }", "variables": []}"#,
            "`variables` is wrong",
        ),
        (
            r#"{"query": "{ __typename }", "operationName": 5}"#,
            "`operationName` is wrong",
        ),
        (
            r#"{"query": "{ __typename }", "extensions": "x"}"#,
            "`extensions` is wrong",
        ),
        (r#"{"query": "{ __typename }"} x"#, "line 1 column 29"),
        (r#"[{"query": "{ __typename }"}]"#, "Batches are not accepted"),
    ] {
        for accept in [JSON, GRAPHQL] {
            let (status, code, message) = refusal(post(&server, accept, JSON, body).await).await;
            assert_eq!((status, code.as_str()), (400, "BAD_REQUEST"), "{body}");
            assert!(message.contains(words), "{body}: {message}");
        }
    }
    for (parameters, words) in [
        (vec![("variables", "{}")], "`query` is missing"),
        (
            vec![("query", "{ __typename }"), ("variables", "x")],
            "`variables` is not a JSON object",
        ),
        (
            vec![("query", "{ __typename }"), ("extensions", "[]")],
            "`extensions` is not a JSON object",
        ),
    ] {
        let (status, _, message) = refusal(get(&server, JSON, &parameters).await).await;
        assert_eq!(status, 400);
        assert!(message.contains(words), "{message}");
    }
    let too_large = refusal(post(&server, JSON, JSON, "x".repeat(1_100_000)).await).await;
    assert_eq!((too_large.0, too_large.1.as_str()), (413, "BODY_TOO_LARGE"));
}

#[tokio::test]
async fn a_request_that_is_no_valid_query_is_refused_with_the_status_of_its_media_type() {
    let server = server().await;
    for (body, code) in [
        (json!({ "query": "{ a(" }), "GRAPHQL_PARSE_FAILED"),
        (json!({ "query": "{ nothing }" }), "GRAPHQL_VALIDATION_FAILED"),
        (
            json!({ "query": "query A { __typename }", "operationName": "B" }),
            "UNKNOWN_OPERATION",
        ),
        (
            json!({ "query": "query A { __typename } query B { __typename }" }),
            "UNKNOWN_OPERATION",
        ),
        (
            json!({ "query": "query($id: ID!) { node(id: $id) { id } }" }),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            json!({ "query": "query($n: Int) { themes { id } lessons(first: $n) { totalCount } }", "variables": { "n": "x" } }),
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ] {
        for (accept, status) in [(GRAPHQL, 400), (JSON, 200)] {
            let (actual, found, _) = refusal(post(&server, accept, JSON, body.to_string()).await).await;
            assert_eq!((actual, found.as_str()), (status, code), "{body}");
        }
    }
}

#[tokio::test]
async fn an_error_says_no_more_than_it_must() {
    let server = server().await;
    let long = "x".repeat(100_000);
    let answer = server
        .ask(
            "query($kind: ContentKind!) { content(kind: $kind, slug: \"a\") { id } }",
            json!({ "kind": long }),
        )
        .await;
    assert!(
        answer.body.to_string().len() < 2_000,
        "what was sent is not repeated at length"
    );
    let variables: String = (0..300).map(|n| format!("$v{n}: Int ")).collect();
    let answer = server.query(&format!("query({variables}) {{ __typename }}")).await;
    assert!(answer.codes().len() <= 50);
}

#[tokio::test]
async fn a_mutation_is_never_executed_by_get_and_other_methods_are_named() {
    let server = server().await;
    let response = get(&server, GRAPHQL, &[("query", "mutation { anything }")]).await;
    assert_eq!(response.headers().get(ALLOW).unwrap(), "POST");
    assert_eq!(refusal(response).await.0, 405);
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let response = server
            .client
            .request(method, format!("{}/graphql", server.url))
            .send()
            .await
            .unwrap();
        assert_eq!(response.headers().get(ALLOW).unwrap(), "GET, POST");
        assert_eq!(refusal(response).await.0, 405);
    }
    let nowhere = server
        .client
        .get(format!("{}/nowhere", server.url))
        .send()
        .await
        .unwrap();
    let (status, code, _) = refusal(nowhere).await;
    assert_eq!((status, code.as_str()), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn a_browser_gets_the_explorer_whole_from_the_service_itself() {
    let server = server().await;
    let page = get(&server, "text/html,application/xhtml+xml,*/*;q=0.8", &[]).await;
    assert!(media(&page).starts_with("text/html"));
    let policy = page
        .headers()
        .get("content-security-policy")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self';"),
        "{policy}"
    );
    let page = page.text().await.unwrap();
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "nothing comes from elsewhere"
    );
    let mut files = 0;
    for address in page.split('"').filter(|text| text.starts_with("/graphql/assets/")) {
        let file = server
            .client
            .get(format!("{}{address}", server.url))
            .send()
            .await
            .unwrap();
        assert_eq!(file.status(), StatusCode::OK, "{address}");
        assert!(media(&file).starts_with("text/css") || media(&file).starts_with("text/javascript"));
        files += 1;
    }
    assert_eq!(files, 6);
}

on_both_databases! {
    async fn the_address_of_an_item_is_not_told_to_be_empty_while_the_database_fails(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&[Item::new("organization", "the-office", "The office", json!({}))]);
        let path = "/organization/the-office";
        assert_eq!(server.get(path, &[]).await.status, 303);
        server.get("/organization/another-office", &[]).await.refused(404, "NOT_FOUND");
        let database = server.database.connect().await;
        database.execute_unprepared("ALTER TABLE content RENAME TO mislaid").await.unwrap();
        server.get(path, &[]).await.refused(500, "INTERNAL");
        database.execute_unprepared("ALTER TABLE mislaid RENAME TO content").await.unwrap();
        assert_eq!(server.get(path, &[]).await.status, 303);
    }
}

#[tokio::test]
async fn the_address_of_an_item_answers_503_while_the_database_is_away() {
    if !Backend::postgres_is_available() {
        eprintln!("skipped: PRAXIS_TEST_POSTGRES_URL is not set");
        return;
    }
    let server = Server::start(Options::empty(Backend::Postgres)).await;
    let (base, name) = server.database.url.rsplit_once('/').unwrap();
    let elsewhere = sea_orm::Database::connect(format!("{base}/postgres")).await.unwrap();
    for statement in [
        format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
    ] {
        elsewhere.execute_unprepared(&statement).await.unwrap();
    }
    let answer = server.get("/organization/the-office", &[]).await;
    answer.refused(503, "DATABASE_UNAVAILABLE");
}
