//! Requests to any address of the server, with what HTTP says of the answer.

use reqwest::header::HeaderMap;
use reqwest::{Method, redirect};
use serde_json::{Value, json};

use crate::server::Server;

/// An answer as HTTP gives it: not decompressed, redirects not followed.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// A header; empty where it is missing. Several of one name are joined with commas.
    pub fn header(&self, name: &str) -> String {
        let all: Vec<_> = self.headers.get_all(name).iter().collect();
        let texts: Vec<_> = all.iter().filter_map(|value| value.to_str().ok()).collect();
        texts.join(", ")
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The message of an error that has this status and this code, and no data beside it.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> String {
        let body = self.json();
        assert_eq!(self.status, status, "{body:#}");
        assert_eq!(body["errors"][0]["extensions"]["code"], code, "{body:#}");
        assert!(
            body.get("data").is_none(),
            "a refused request has no data, not even null: {body:#}"
        );
        body["errors"][0]["message"]
            .as_str()
            .expect("an error has a message")
            .to_owned()
    }
}

impl Server {
    /// Sends a request to a path.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Reply {
        let client = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .expect("a client can be made");
        let mut request = client.request(method, format!("{}{path}", self.url)).body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.expect("the server answers");
        Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.expect("the answer is complete").to_vec(),
        }
    }

    /// GET of a path.
    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(Method::GET, path, headers, "").await
    }

    /// POST of a body to `/graphql` as JSON, whatever it is.
    pub async fn post(&self, body: impl Into<Vec<u8>>) -> Reply {
        let headers = [("content-type", "application/json")];
        self.send(Method::POST, "/graphql", &headers, body).await
    }

    /// POST of a query to `/graphql` with an `Accept` header.
    pub async fn post_accepting(&self, accept: &str, query: &str) -> Reply {
        let headers = [("content-type", "application/json"), ("accept", accept)];
        let body = json!({ "query": query }).to_string();
        self.send(Method::POST, "/graphql", &headers, body).await
    }
}
