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

/// A panic is counted and answered like any fault of the service. What it said stays in the log.
fn panicked(_payload: Box<dyn std::any::Any + Send>) -> Response {
    metrics::counter!("praxis_panics_total").increment(1);
    tracing::error!("a request handler panicked");
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
    let path = request.uri().path().to_owned();
    async move {
        let begun = std::time::Instant::now();
        let mut response = next.run(request).await;
        if let Some(value) = value {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        tracing::info!(
            %method,
            path,
            status = response.status().as_u16(),
            milliseconds = begun.elapsed().as_secs_f64() * 1000.0,
            "answered"
        );
        response
    }
    .instrument(span)
    .await
}

fn is_sane(id: &str) -> bool {
    (8..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
