//! What surrounds every request: an id, a log line, metrics, CORS, headers, compression, and a net under panics.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::Instrument;
use uuid::Uuid;

use super::graphql::refuse;
use super::metrics::observe;
use super::negotiation::Answer;
use crate::config::Config;
use crate::graphql::errors::Code;

/// Carries the id of a request, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts the layers around the routes.
pub fn surround(routes: Router, config: &Config) -> Router {
    routes
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(observe))
        .layer(CompressionLayer::new())
        .layer(cors(config))
        .layer(SetResponseHeaderLayer::if_not_present(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ))
        .layer(middleware::from_fn(identify))
}

/// A panic is answered like any fault of the service. The hook of [`crate::logging`] has counted it and logged what it
/// said, with its place and the request's id.
fn panicked(_payload: Box<dyn std::any::Any + Send>) -> Response {
    refuse(
        Answer::GraphqlResponse,
        StatusCode::INTERNAL_SERVER_ERROR,
        Code::Internal,
        "Something went wrong on our side. It was recorded; try again, and if it persists tell the operator the \
         request id.",
    )
}

fn cors(config: &Config) -> CorsLayer {
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([CONTENT_TYPE, ACCEPT, AUTHORIZATION, REQUEST_ID])
        .expose_headers([REQUEST_ID])
        .max_age(Duration::from_secs(3600));
    if config.cors_origins.iter().any(|origin| origin == "*") {
        return layer.allow_origin(Any);
    }
    let origins: Vec<HeaderValue> = config
        .cors_origins
        .iter()
        .filter_map(|origin| origin.parse().ok())
        .collect();
    layer.allow_origin(origins)
}

/// Gives the request an id, the caller's own where it is sane, and logs what became of it. Neither the query nor its
/// variables are logged: they may hold personal data.
async fn identify(mut request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|value| is_sane(value))
        .map_or_else(|| Uuid::now_v7().simple().to_string(), str::to_owned);
    let value = HeaderValue::from_str(&id).ok();
    if let Some(value) = &value {
        request.headers_mut().insert(REQUEST_ID, value.clone());
    }
    let span = tracing::info_span!("request", request_id = %id);
    let method = request.method().clone();
    let path = without_secret(request.uri().path()).to_owned();
    async move {
        let begun = std::time::Instant::now();
        let mut response = next.run(request).await;
        if let Some(value) = value {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        log(&method, &path, response.status(), begun.elapsed());
        response
    }
    .instrument(span)
    .await
}

/// A path as it may be logged: the address of a feed, and that at which letters are ended, hold a secret.
fn without_secret(path: &str) -> &str {
    ["/feeds/", "/unsubscribe/"]
        .into_iter()
        .find(|secret| path.starts_with(secret))
        .unwrap_or(path)
}

/// One line for each request: at `error` where the service failed, at `debug` for what monitors ask all the time.
fn log(method: &Method, path: &str, status: StatusCode, took: Duration) {
    let status_code = status.as_u16();
    let milliseconds = took.as_secs_f64() * 1000.0;
    if status.is_server_error() && !path.starts_with("/health/") {
        tracing::error!(%method, path, status = status_code, milliseconds, "answered");
    } else if path.starts_with("/health/") || path == "/metrics" || path.starts_with("/graphql/assets/") {
        tracing::debug!(%method, path, status = status_code, milliseconds, "answered");
    } else {
        tracing::info!(%method, path, status = status_code, milliseconds, "answered");
    }
}

fn is_sane(id: &str) -> bool {
    (8..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;
    use crate::config::Settings;

    async fn ask(request: Request) -> Response {
        async fn broken() -> &'static str {
            panic!("a secret of the code")
        }
        let config = Config::resolve(Settings::default()).unwrap();
        surround(Router::new().route("/broken", get(broken)), &config)
            .oneshot(request)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_answered_without_what_it_said() {
        let request = Request::get("/broken")
            .header(REQUEST_ID, "known-to-caller")
            .body(Body::empty());
        let response = ask(request.unwrap()).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers().get(&REQUEST_ID).unwrap(), "known-to-caller");
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "INTERNAL");
        assert!(!body.to_string().contains("secret"), "{body}");
    }

    #[test]
    fn an_id_is_sane_that_is_short_and_harmless_in_a_log() {
        assert!(is_sane("0198c5a2-7d3e_X"));
        for id in [
            "",
            "short",
            "with space in it",
            "line\nbreak-line",
            "<script>alert</script>",
            &"x".repeat(65),
        ] {
            assert!(!is_sane(id), "{id}");
        }
    }
}
