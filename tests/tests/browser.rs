//! What a browser needs: the explorer without other hosts, CORS, headers, and addresses that people open.

use praxis_tests::{Backend, Item, Options, Reply, Server};
use reqwest::Method;
use serde_json::json;

const NAVIGATION: (&str, &str) = (
    "accept",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
);

async fn server() -> Server {
    Server::start(Options::empty(Backend::Sqlite)).await
}

/// What follows `name="` in a page, up to the closing quote.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    page.split(&format!("{name}=\""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

async fn preflight(server: &Server, origin: &str) -> Reply {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,authorization"),
    ];
    server.send(Method::OPTIONS, "/graphql", &headers, "").await
}

#[tokio::test]
async fn a_browser_gets_the_explorer_under_a_policy_that_forbids_other_hosts() {
    let server = server().await;
    for path in ["/graphql", "/graphql?query=%7B__typename%7D"] {
        let page = server.get(path, &[NAVIGATION]).await;
        assert_eq!(
            (page.status, page.header("content-type").as_str()),
            (200, "text/html; charset=utf-8")
        );
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{policy}");
        for directive in policy.split(';') {
            let mut words = directive.split_whitespace();
            let name = words.next().unwrap_or_default();
            for source in words {
                assert!(
                    matches!(source, "'none'" | "'self'" | "data:")
                        || (name, source) == ("style-src", "'unsafe-inline'"),
                    "{directive}"
                );
            }
        }
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!page.text().contains("http://") && !page.text().contains("https://"));
    }
}

#[tokio::test]
async fn everything_that_the_explorer_loads_comes_from_the_service_itself() {
    let server = server().await;
    let page = server.get("/graphql", &[NAVIGATION]).await;
    let mut references = attributes(page.text(), "src");
    references.extend(attributes(page.text(), "href"));
    references.retain(|reference| !reference.starts_with("data:"));
    assert!(references.len() >= 5, "{references:?}");
    for reference in references {
        assert!(reference.starts_with("/graphql/assets/"), "{reference}");
        let asset = server.get(reference, &[]).await;
        assert_eq!(asset.status, 200, "{reference}");
        assert_eq!(asset.header("x-content-type-options"), "nosniff");
        let text = asset.text();
        assert!(!text.is_empty());
        let outside = match reference.rsplit('.').next() {
            Some("css") => {
                assert_eq!(asset.header("content-type"), "text/css; charset=utf-8");
                let mut urls = text.split("url(").skip(1);
                text.contains("@import") || urls.any(|url| !url.trim_start_matches(['"', '\'']).starts_with("data:"))
            }
            Some("js") => {
                assert_eq!(asset.header("content-type"), "text/javascript; charset=utf-8");
                text.contains("sourceMappingURL=http") || text.contains("importScripts(")
            }
            _ => panic!("{reference} is neither a style sheet nor a script"),
        };
        assert!(!outside, "{reference} loads something from elsewhere");
        for host in [
            "unpkg.com",
            "jsdelivr.net",
            "googleapis.com",
            "gstatic.com",
            "esm.sh",
            "cdnjs.",
        ] {
            assert!(!text.contains(host), "{reference} mentions {host}");
        }
    }
    let missing = server.get("/graphql/assets/missing.js", &[]).await;
    assert_eq!(missing.status, 404);
    let outside = server.get("/graphql/assets/..%2f..%2fCargo.toml", &[]).await;
    assert_eq!(outside.status, 404);
}

#[tokio::test]
async fn any_page_may_call_the_api_by_default_without_credentials() {
    let server = server().await;
    let reply = preflight(&server, "https://partner.example").await;
    assert!((200..300).contains(&reply.status));
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    assert_eq!(reply.header("access-control-allow-credentials"), "");
    let methods = reply.header("access-control-allow-methods");
    assert!(methods.contains("POST") && methods.contains("GET"), "{methods}");
    let allowed = reply.header("access-control-allow-headers").to_lowercase();
    assert!(
        allowed.contains("content-type") && allowed.contains("authorization"),
        "{allowed}"
    );

    let headers = [("origin", "https://partner.example")];
    let reply = server.get("/graphql?query=%7B__typename%7D", &headers).await;
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    assert_eq!(reply.header("set-cookie"), "");
    assert!(
        reply
            .header("access-control-expose-headers")
            .to_lowercase()
            .contains("x-request-id")
    );
    // A page must be able to read why it was refused.
    let refused = server.get("/graphql", &headers).await;
    assert_eq!(
        (refused.status, refused.header("access-control-allow-origin").as_str()),
        (400, "*")
    );
}

#[tokio::test]
async fn only_the_pages_that_the_operator_names_may_call_the_api() {
    let options = Options::empty(Backend::Sqlite);
    let named = "https://partner.example, https://other.example:8443";
    let server = Server::start(options.with("PRAXIS_CORS_ORIGINS", named)).await;
    for origin in ["https://partner.example", "https://other.example:8443"] {
        let reply = preflight(&server, origin).await;
        assert_eq!(reply.header("access-control-allow-origin"), origin);
        let reply = server
            .get("/graphql?query=%7B__typename%7D", &[("origin", origin)])
            .await;
        assert_eq!(reply.header("access-control-allow-origin"), origin);
        assert!(
            reply.header("vary").to_lowercase().contains("origin"),
            "{:?}",
            reply.headers
        );
    }
    for origin in [
        "https://evil.example",
        "http://partner.example",
        "https://partner.example.evil.example",
        "https://other.example",
        "null",
    ] {
        let reply = preflight(&server, origin).await;
        assert_eq!(reply.header("access-control-allow-origin"), "", "{origin}");
        let reply = server
            .get("/graphql?query=%7B__typename%7D", &[("origin", origin)])
            .await;
        assert_eq!(reply.header("access-control-allow-origin"), "", "{origin}");
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_a_sane_one_of_the_caller_is_kept() {
    let server = server().await;
    for id in ["partner-7f3a", "0123456789abcdef0123456789abcdef", "A_b-C_d-1"] {
        let reply = server.get("/health/live", &[("x-request-id", id)]).await;
        assert_eq!(reply.header("x-request-id"), id);
    }
    let long = "x".repeat(65);
    let mut seen = Vec::new();
    for id in [
        "short",
        "with space",
        "a=\"b\", level=ERROR",
        "<script>alert</script>",
        &long,
        "",
    ] {
        let reply = server.get("/health/live", &[("x-request-id", id)]).await;
        let given = reply.header("x-request-id");
        assert!(given != id && given.len() >= 16, "{id} became {given}");
        assert!(
            given.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
            "{given}"
        );
        assert!(!seen.contains(&given), "an id is given once");
        seen.push(given);
    }
    for (method, path) in [
        (Method::GET, "/nothing"),
        (Method::PUT, "/graphql"),
        (Method::POST, "/graphql"),
    ] {
        let reply = server
            .send(method, path, &[("x-request-id", "partner-refused")], "")
            .await;
        assert_eq!(reply.header("x-request-id"), "partner-refused", "{path}");
    }
}

#[tokio::test]
async fn the_log_line_of_a_request_has_its_id_and_not_its_query() {
    let server = server().await;
    let headers = [("x-request-id", "partner-logged"), ("content-type", "application/json")];
    let body = r#"{"query":"query Confidential { __typename }"}"#;
    server.send(Method::POST, "/graphql", &headers, body).await;
    let path = "/graphql?query=query%20Confidential%20%7B__typename%7D";
    server.get(path, &[("x-request-id", "partner-logged-too")]).await;
    let logs = server.logs();
    for id in ["\"partner-logged\"", "\"partner-logged-too\""] {
        let line = logs
            .lines()
            .find(|line| line.contains(id))
            .expect("there is a line with the id");
        let line: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        assert_eq!(
            (&line["path"], &line["status"]),
            (&json!("/graphql"), &json!(200)),
            "{line:#}"
        );
    }
    assert!(!logs.contains("Confidential"), "{logs}");
}

#[tokio::test]
async fn every_answer_tells_the_browser_not_to_guess_and_not_to_refer() {
    let server = server().await;
    for path in [
        "/graphql?query=%7B__typename%7D",
        "/graphql",
        "/nothing",
        "/",
        "/health/ready",
        "/metrics",
    ] {
        let reply = server.get(path, &[]).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
    }
    let answer = server.get("/graphql?query=%7B__typename%7D", &[]).await;
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn an_unknown_address_is_404_and_says_where_the_api_is() {
    let server = server().await;
    for path in [
        "/nothing",
        "/graphql/",
        "/graphql/nothing",
        "/a/b/c",
        "/nothing/some-slug",
        "/.env",
        "/%00",
    ] {
        let message = server.get(path, &[]).await.refused(404, "NOT_FOUND");
        assert!(message.contains("/graphql"), "{path}: {message}");
    }
}

#[tokio::test]
async fn the_public_address_of_an_item_leads_to_the_explorer_with_a_query_for_it() {
    let server = server().await;
    server.import(&[Item::new("lesson", "listen-first", "Listen first", json!({}))]);
    let url = server.query("{ lessons { nodes { url } } }").await.data()["lessons"]["nodes"][0]["url"].clone();
    let path = url
        .as_str()
        .and_then(|url| url.strip_prefix(&server.url))
        .expect("the address is the server's");
    assert_eq!(path, "/lesson/listen-first");
    let reply = server.get(path, &[NAVIGATION]).await;
    assert!((300..400).contains(&reply.status), "{}", reply.status);
    let location = reqwest::Url::parse(&server.url)
        .and_then(|base| base.join(&reply.header("location")))
        .expect("it leads to an address");
    assert_eq!((location.path(), location.host_str()), ("/graphql", Some("127.0.0.1")));
    let (_, query) = location
        .query_pairs()
        .find(|(name, _)| name == "query")
        .expect("there is a query");
    let answer = server.query(&query).await;
    assert_eq!(answer.data()["content"]["title"], "Listen first");

    for path in [
        "/initiative/listen-first",
        "/lesson/nothing",
        "/lesson/Not%20A%20Slug",
        "/lesson/%22%7D",
    ] {
        server.get(path, &[NAVIGATION]).await.refused(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn the_start_page_leads_to_the_explorer() {
    let server = server().await;
    let reply = server.get("/", &[NAVIGATION]).await;
    assert!((300..400).contains(&reply.status));
    assert_eq!(reply.header("location"), "/graphql");
}
