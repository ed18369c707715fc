//! The shape of an answer: the order of its fields, what stands where a field failed, and what it cost.

use praxis_tests::{Backend, Item, Options, Server};
use serde_json::{Value, json};

/// A server with one lesson.
async fn server() -> Server {
    let server = Server::start(Options::empty(Backend::Sqlite)).await;
    server.import(&[Item::new("lesson", "listen-first", "Listen first", json!({}))]);
    server
}

/// Asks for fields, and expects this error at this place beside the data, which are given.
async fn failing(server: &Server, query: &str, code: &str, path: Value) -> Value {
    let answer = server.query(query).await;
    assert_eq!(answer.status, 200, "{:#}", answer.body);
    answer.refusal(code);
    assert_eq!(answer.body["errors"][0]["path"], path);
    assert!(answer.body["errors"][0]["locations"][0]["line"].is_u64());
    answer.body["data"].clone()
}

#[tokio::test]
async fn fields_come_in_the_order_of_the_selection() {
    let server = server().await;
    for (query, expected) in [
        (
            "{ z: __typename lessons(first: 1) { pageInfo { hasPreviousPage hasNextPage } nodes { title slug kind } } a: __typename }",
            r#"{"data":{"z":"Query","lessons":{"pageInfo":{"hasPreviousPage":false,"hasNextPage":false},"nodes":[{"title":"Listen first","slug":"listen-first","kind":"ENABLING_FACTOR"}]},"a":"Query"}"#,
        ),
        (
            "{ lessons { nodes { slug ...More kind ... on Content { status slug } } } } fragment More on Lesson { themes { slug } title }",
            r#"{"data":{"lessons":{"nodes":[{"slug":"listen-first","themes":[],"title":"Listen first","kind":"ENABLING_FACTOR","status":"PUBLISHED"}]}}"#,
        ),
    ] {
        let reply = server.post(json!({ "query": query }).to_string()).await;
        assert!(reply.text().starts_with(expected), "{}", reply.text());
    }
}

#[tokio::test]
async fn a_field_that_failed_is_null_and_the_others_are_answered() {
    let server = server().await;
    let query = "{ before: __typename bad: node(id: \"nonsense\") { id } after: lessons { nodes { slug } } }";
    assert_eq!(
        failing(&server, query, "INVALID_ID", json!(["bad"])).await,
        json!({ "before": "Query", "bad": null, "after": { "nodes": [{ "slug": "listen-first" }] } })
    );
    let query = "{ lessons { nodes { slug summary(language: \"no language\") } } }";
    assert_eq!(
        failing(
            &server,
            query,
            "UNKNOWN_LANGUAGE",
            json!(["lessons", "nodes", 0, "summary"])
        )
        .await,
        json!({ "lessons": { "nodes": [{ "slug": "listen-first", "summary": null }] } })
    );
}

#[tokio::test]
async fn a_field_that_failed_is_null_also_where_it_is_the_only_one() {
    let server = server().await;
    let query = "{ node(id: \"nonsense\") { id } }";
    assert_eq!(
        failing(&server, query, "INVALID_ID", json!(["node"])).await,
        json!({ "node": null })
    );
    let query = "{ a: node(id: \"nonsense\") { id } b: node(id: \"nonsense\") { id } }";
    let answer = server.query(query).await;
    assert_eq!(answer.body["data"], json!({ "a": null, "b": null }));
    assert_eq!(answer.codes(), ["INVALID_ID", "INVALID_ID"]);
    let query = "{ lessons { nodes { summary(language: \"no language\") } } }";
    assert_eq!(
        failing(
            &server,
            query,
            "UNKNOWN_LANGUAGE",
            json!(["lessons", "nodes", 0, "summary"])
        )
        .await,
        json!({ "lessons": { "nodes": [{ "summary": null }] } })
    );
}

#[tokio::test]
async fn a_failed_field_that_may_not_be_null_makes_null_of_what_is_around_it() {
    let server = server().await;
    let query =
        "{ content(kind: LESSON, slug: \"listen-first\") { ... on Lesson { slug citations(first: 0) { totalCount } } }
        a: __typename }";
    let path = json!(["content", "citations"]);
    assert_eq!(
        failing(&server, query, "INVALID_PAGE_SIZE", path).await,
        json!({ "content": null, "a": "Query" })
    );
    let query = "{ a: __typename lessons(first: 0) { nodes { id } } }";
    assert_eq!(
        failing(&server, query, "INVALID_PAGE_SIZE", json!(["lessons"])).await,
        Value::Null
    );
}

#[tokio::test]
async fn a_field_that_failed_behind_an_interface_is_null_and_has_its_path() {
    let server = server().await;
    server.wait_for_index().await;
    let query = "{ content(kind: LESSON, slug: \"listen-first\") { slug summary(language: \"no language\") } }";
    assert_eq!(
        failing(&server, query, "UNKNOWN_LANGUAGE", json!(["content", "summary"])).await,
        json!({ "content": { "slug": "listen-first", "summary": null } })
    );
    let query = "{ search(query: \"listen\") { nodes { slug summary(language: \"no language\") } } }";
    assert_eq!(
        failing(
            &server,
            query,
            "UNKNOWN_LANGUAGE",
            json!(["search", "nodes", 0, "summary"])
        )
        .await,
        json!({ "search": { "nodes": [{ "slug": "listen-first", "summary": null }] } })
    );
    let query =
        "{ content(kind: LESSON, slug: \"listen-first\") { slug title(language: \"no language\") } a: __typename }";
    assert_eq!(
        failing(&server, query, "UNKNOWN_LANGUAGE", json!(["content", "title"])).await,
        json!({ "content": null, "a": "Query" }),
        "a title may not be null, so its item is"
    );
}

#[tokio::test]
async fn an_object_in_a_list_of_which_nothing_is_selected_is_empty() {
    let server = server().await;
    assert_eq!(
        server
            .query("{ lessons { nodes { slug @skip(if: true) } } }")
            .await
            .data(),
        &json!({ "lessons": { "nodes": [{}] } })
    );
    let query = "{ search(query: \"listen\") { nodes { ... on Evidence { direction } } } }";
    server.wait_for_index().await;
    assert_eq!(
        server.query(query).await.data(),
        &json!({ "search": { "nodes": [{}] } })
    );
}

#[tokio::test]
async fn an_item_that_no_fragment_fits_is_empty_and_not_null() {
    let server = server().await;
    let query = "{ content(kind: LESSON, slug: \"listen-first\") { ... on Evidence { direction } }
        none: content(kind: LESSON, slug: \"nothing\") { ... on Evidence { direction } } }";
    assert_eq!(
        server.query(query).await.data(),
        &json!({ "content": {}, "none": null })
    );
}

#[tokio::test]
async fn an_answer_without_any_field_is_an_empty_object() {
    let server = Server::start(Options::empty(Backend::Sqlite)).await;
    let answer = server.query("{ __typename @skip(if: true) }").await;
    assert_eq!(answer.data(), &json!({}));
    let answer = server.query("{ themes @include(if: false) { slug } }").await;
    assert_eq!(answer.data(), &json!({}));
}

#[tokio::test]
async fn an_answer_says_what_it_cost() {
    let server = server().await;
    let cost = async |query: &str| {
        let answer = server.query(query).await;
        answer.data();
        answer.body["extensions"]["cost"]
            .as_u64()
            .expect("the cost is a number")
    };
    let small = cost("{ lessons(first: 10) { nodes { id title } } }").await;
    let large = cost("{ lessons(first: 100) { nodes { id title } } }").await;
    assert!(cost("{ __typename }").await < small);
    assert!(large > 9 * small, "{small} {large}");
    let failed = server.query("{ node(id: \"nonsense\") { id } }").await;
    assert!(failed.body["extensions"]["cost"].is_u64(), "also where a field failed");
    let refused = server.query("{ nothing }").await;
    assert!(refused.body.get("extensions").is_none(), "nothing was executed");
}
