//! The HTTP room: the router, the GraphQL endpoint, GraphiQL, health, metrics, and what surrounds every request.

mod client;
mod events;
mod explorer;
mod files;
mod graphql;
mod health;
mod jwks;
mod layers;
pub mod metrics;
mod negotiation;
mod oauth;
mod openid;
mod origin;
mod pages;
mod parameters;
mod protocol;
mod saved_searches;
pub mod server;
mod socket;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use metrics_exporter_prometheus::PrometheusHandle;

use self::origin::Origins;
use crate::app::App;
use crate::config::{Config, Metrics};
use crate::graphql::execution::Executor;

/// What the handlers share.
#[derive(Clone)]
pub struct HttpState {
    /// The service.
    pub app: Arc<App>,
    /// Executes GraphQL requests.
    pub executor: Executor,
    /// Largest request body and largest message on a WebSocket, in bytes.
    pub max_body_bytes: usize,
    /// Which web pages may open WebSockets.
    pub origins: Arc<Origins>,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
}

impl HttpState {
    /// What the handlers of a service with these settings share.
    pub fn new(app: Arc<App>, executor: Executor, metrics: PrometheusHandle, config: &Config) -> Self {
        Self {
            app,
            executor,
            max_body_bytes: config.max_body_bytes,
            origins: Arc::new(Origins::new(&config.cors_origins, &config.public_url)),
            metrics,
        }
    }
}

/// The router of the service.
pub fn router(state: HttpState, config: &Config) -> Router {
    let body_limit = DefaultBodyLimit::max(state.max_body_bytes);
    let metrics = match config.metrics {
        Metrics::Public => metrics::router(state.metrics.clone()),
        Metrics::At(_) | Metrics::Off => Router::new(),
    };
    let routes = Router::new()
        .route("/", get(pages::home))
        .route(
            "/graphql",
            get(graphql::get)
                .post(graphql::post)
                .fallback(graphql::method_not_allowed)
                .layer(body_limit),
        )
        .route("/graphql/assets/{name}", get(explorer::asset))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/.well-known/jwks.json", get(jwks::keys))
        .route(oauth::METADATA, get(oauth::metadata))
        .route(
            oauth::TOKEN,
            post(oauth::token).layer(DefaultBodyLimit::max(oauth::LARGEST)),
        )
        .route(
            oauth::REVOKE,
            post(oauth::revoke).layer(DefaultBodyLimit::max(oauth::LARGEST)),
        )
        .route("/feeds/{token}", get(saved_searches::feed))
        .route(
            "/unsubscribe/{token}",
            get(saved_searches::ask).post(saved_searches::unsubscribe),
        )
        .route("/files", post(files::upload).layer(DefaultBodyLimit::disable()))
        .route("/files/{id}", get(files::download))
        .route(openid::START, get(openid::begin))
        .route(openid::CALLBACK, get(openid::arrive))
        .route("/{kind}/{slug}", get(pages::content))
        .fallback(pages::not_found)
        .with_state(state)
        .merge(metrics);
    layers::surround(routes, config)
}
