//! Media types: what the caller sent and what it accepts.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};

/// The media types of GraphQL answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `application/graphql-response+json`: status codes tell what became of the request.
    GraphqlResponse,
    /// `application/json`: a well-formed request is answered with 200.
    Json,
}

impl Answer {
    fn media(self) -> &'static str {
        match self {
            Answer::GraphqlResponse => "application/graphql-response+json",
            Answer::Json => "application/json",
        }
    }

    /// The media type with its charset.
    pub fn content_type(self) -> &'static str {
        match self {
            Answer::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Answer::Json => "application/json; charset=utf-8",
        }
    }
}

/// One range of an `Accept` header, such as `text/*;q=0.5`.
struct Range {
    media: String,
    weight: f32,
}

impl Range {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next().filter(|media| !media.is_empty())?.to_ascii_lowercase();
        let weight = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .and_then(|weight| weight.parse().ok())
            .filter(|weight: &f32| weight.is_finite())
            .unwrap_or(1.0);
        Some(Self { media, weight })
    }

    /// How closely the range names a media type: 0 not at all, 3 exactly.
    fn closeness(&self, media: &str) -> u8 {
        if self.media == media {
            3
        } else if self
            .media
            .strip_suffix("/*")
            .is_some_and(|kind| media.split('/').next() == Some(kind))
        {
            2
        } else {
            u8::from(self.media == "*/*")
        }
    }
}

fn accepted(headers: &HeaderMap) -> Vec<Range> {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(Range::read)
        .collect()
}

/// How much a media type is wanted, and by how close a range: the closest range decides, so that `*/*` does not bring
/// back what `;q=0` ruled out.
fn wanted(accepted: &[Range], media: &str) -> (f32, u8) {
    accepted
        .iter()
        .map(|range| (range.weight, range.closeness(media)))
        .filter(|(_, closeness)| *closeness > 0)
        .max_by_key(|(_, closeness)| *closeness)
        .unwrap_or((0.0, 0))
}

/// The media type to answer with; `None` where the caller accepts neither.
///
/// Of two that are equally wanted the one that is named wins over the one that is merely not ruled out: clients that send
/// `application/json, */*` want plain JSON.
pub fn answer(headers: &HeaderMap) -> Option<Answer> {
    let accepted = accepted(headers);
    if accepted.is_empty() {
        return Some(Answer::GraphqlResponse);
    }
    [Answer::Json, Answer::GraphqlResponse]
        .into_iter()
        .map(|answer| (answer, wanted(&accepted, answer.media())))
        .filter(|(_, (weight, _))| *weight > 0.0)
        .max_by(|(_, one), (_, other)| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)))
        .map(|(answer, _)| answer)
}

/// Whether the caller takes server-sent events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Events {
    /// It does not name them.
    No,
    /// For subscriptions: it names them, and wants an answer of the API no less.
    ForSubscriptions,
    /// For everything.
    Always,
}

/// The media type of server-sent events.
pub const EVENT_STREAM: &str = "text/event-stream";

/// Whether the caller takes server-sent events. Clients that know both name all media types in every request.
pub fn events(headers: &HeaderMap) -> Events {
    let accepted = accepted(headers);
    let events = match wanted(&accepted, EVENT_STREAM) {
        (weight, 3) => weight,
        _ => 0.0,
    };
    let answers = [Answer::GraphqlResponse, Answer::Json].map(|answer| wanted(&accepted, answer.media()).0);
    let answer = answers.into_iter().fold(0.0, f32::max);
    if events <= 0.0 {
        Events::No
    } else if events > answer {
        Events::Always
    } else {
        Events::ForSubscriptions
    }
}

/// Whether a browser asks for a page: it names HTML, and wants it no less than an answer of the API that it names too.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = accepted(headers);
    let named = |media: &str| match wanted(&accepted, media) {
        (weight, 3) => weight,
        _ => 0.0,
    };
    let page = named("text/html");
    page > 0.0 && page >= named(Answer::GraphqlResponse.media()).max(named(Answer::Json.media()))
}

/// Whether the request's body is compressed, which the service does not undo: a small body could mean a huge one.
pub fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_ENCODING)
        .is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
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
        assert_eq!(accept("*/*;q=0"), None);
        assert_eq!(accept("application/json;q=NaN"), Some(Answer::Json));
    }

    #[test]
    fn the_closest_range_decides_and_a_named_type_wins_over_a_wildcard() {
        assert_eq!(accept("application/graphql-response+json;q=0, */*"), Some(Answer::Json));
        assert_eq!(accept("application/json, text/plain, */*"), Some(Answer::Json));
        assert_eq!(accept("application/*;q=0.2, */*"), Some(Answer::GraphqlResponse));
        assert_eq!(accept("application/json;q=0.1, */*"), Some(Answer::GraphqlResponse));
        assert_eq!(accept("text/*"), None);
    }

    #[test]
    fn events_are_for_who_names_them_and_for_queries_only_where_nothing_else_is_wanted_as_much() {
        let takes = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(value));
            events(&headers)
        };
        assert_eq!(events(&HeaderMap::new()), Events::No);
        assert_eq!(takes("*/*"), Events::No);
        assert_eq!(takes("text/*"), Events::No);
        assert_eq!(takes("text/event-stream"), Events::Always);
        assert_eq!(takes("text/event-stream, application/json;q=0.5"), Events::Always);
        assert_eq!(
            takes("application/graphql-response+json, application/json, text/event-stream, multipart/mixed"),
            Events::ForSubscriptions
        );
        assert_eq!(takes("application/json, text/event-stream;q=0"), Events::No);
    }

    #[test]
    fn a_page_is_for_who_wants_it_no_less_than_an_answer() {
        let wants = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(value));
            wants_page(&headers)
        };
        assert!(wants("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(!wants("application/json, text/html;q=0.5"));
        assert!(!wants("*/*"));
        assert!(!wants("text/html;q=0"));
    }
}
