//! Which web pages may open WebSockets. A browser asks nobody before it opens one for a page, and CORS does not apply; so
//! the service looks at the `Origin` itself, by the same setting.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

/// The web pages that may open WebSockets.
pub struct Origins {
    any: bool,
    named: Vec<String>,
}

impl Origins {
    /// The origins of the setting, and the one under which the public reaches the service.
    pub fn new(cors_origins: &[String], public_url: &str) -> Self {
        let own = url::Url::parse(public_url).map(|url| url.origin().ascii_serialization());
        Self {
            any: cors_origins.iter().any(|origin| origin == "*"),
            named: cors_origins.iter().cloned().chain(own.ok()).collect(),
        }
    }

    /// Whether the sender of these headers may: a program that is no browser, a page that is named, or one of the service
    /// itself.
    pub fn allow(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else {
            return true;
        };
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let own = origin
            .split_once("://")
            .is_some_and(|(_, authority)| Some(authority) == host);
        self.any || own || self.named.iter().any(|named| named == origin)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn allows(setting: &[&str], origin: Option<&'static str>) -> bool {
        let setting: Vec<String> = setting.iter().map(ToString::to_string).collect();
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("127.0.0.1:8080"));
        if let Some(origin) = origin {
            headers.insert(ORIGIN, HeaderValue::from_static(origin));
        }
        Origins::new(&setting, "https://praxis.example.org/api").allow(&headers)
    }

    #[test]
    fn a_page_may_if_it_is_named_or_the_services_own() {
        assert!(allows(&["*"], Some("https://anywhere.example")));
        assert!(allows(&["https://app.example"], Some("https://app.example")));
        assert!(!allows(&["https://app.example"], Some("https://app.example.evil")));
        assert!(!allows(&[], Some("https://app.example")));
        assert!(!allows(&[], Some("null")));
        assert!(allows(&[], Some("https://praxis.example.org")));
        assert!(allows(&[], Some("http://127.0.0.1:8080")));
        assert!(allows(&[], None));
    }
}
