//! Media types: what the caller sent and what it accepts.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};

/// The media types of GraphQL answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `application/graphql-response+json`: status codes tell what became of the request.
    GraphqlResponse,
    /// `application/json`: a well-formed request is answered with 200.
    Json,
}

impl Answer {
    /// The media type with its charset.
    pub fn content_type(self) -> &'static str {
        match self {
            Answer::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Answer::Json => "application/json; charset=utf-8",
        }
    }
}

/// The media types of a header with their weights.
fn accepted(headers: &HeaderMap) -> Vec<(String, f32)> {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|one| {
            let mut parts = one.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts
                .find_map(|part| part.strip_prefix("q="))
                .and_then(|weight| weight.parse().ok())
                .unwrap_or(1.0);
            (media, weight)
        })
        .filter(|(media, _)| !media.is_empty())
        .collect()
}

/// The media type to answer with; `None` where the caller accepts neither.
pub fn answer(headers: &HeaderMap) -> Option<Answer> {
    let accepted = accepted(headers);
    if accepted.is_empty() {
        return Some(Answer::GraphqlResponse);
    }
    let weight = |names: &[&str]| {
        accepted
            .iter()
            .filter(|(media, _)| names.contains(&media.as_str()))
            .map(|(_, weight)| *weight)
            .fold(0.0, f32::max)
    };
    let graphql = weight(&["application/graphql-response+json", "application/*", "*/*"]);
    let json = weight(&["application/json"]);
    if graphql <= 0.0 && json <= 0.0 {
        None
    } else if graphql >= json {
        Some(Answer::GraphqlResponse)
    } else {
        Some(Answer::Json)
    }
}

/// Whether a browser asks for a page.
pub fn wants_page(headers: &HeaderMap) -> bool {
    accepted(headers)
        .iter()
        .any(|(media, weight)| media == "text/html" && *weight > 0.0)
}

/// Whether the request's body is JSON in UTF-8.
pub fn sends_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().as_deref() == Some("application/json")
        && parts
            .find_map(|part| part.strip_prefix("charset=").map(str::to_owned))
            .is_none_or(|charset| matches!(charset.trim_matches('"'), "utf-8" | "utf8"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn accept(value: &'static str) -> Option<Answer> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(value));
        answer(&headers)
    }

    #[test]
    fn the_caller_gets_the_media_type_that_it_prefers() {
        assert_eq!(answer(&HeaderMap::new()), Some(Answer::GraphqlResponse));
        assert_eq!(accept("*/*"), Some(Answer::GraphqlResponse));
        assert_eq!(accept("application/json"), Some(Answer::Json));
        assert_eq!(
            accept("application/graphql-response+json, application/json;q=0.9"),
            Some(Answer::GraphqlResponse)
        );
        assert_eq!(
            accept("application/graphql-response+json;q=0.5, application/json"),
            Some(Answer::Json)
        );
        assert_eq!(accept("text/html"), None);
        assert_eq!(accept("application/json;q=0"), None);
    }
}
