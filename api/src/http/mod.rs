//! The HTTP room: the router, the GraphQL endpoint, GraphiQL, health, metrics, and what surrounds every request.

mod explorer;
mod graphql;
mod health;
mod layers;
pub mod metrics;
mod negotiation;
mod pages;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::app::App;
use crate::config::Config;
use crate::graphql::execution::Executor;

/// What the handlers share.
#[derive(Clone)]
pub struct HttpState {
    /// The service.
    pub app: Arc<App>,
    /// Executes GraphQL requests.
    pub executor: Executor,
    /// Largest request body, in bytes.
    pub max_body_bytes: usize,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
}

/// The router of the service.
pub fn router(state: HttpState, config: &Config) -> Router {
    let routes = Router::new()
        .route("/", get(pages::home))
        .route(
            "/graphql",
            get(graphql::get)
                .post(graphql::post)
                .fallback(graphql::method_not_allowed),
        )
        .route("/graphql/assets/{name}", get(explorer::asset))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::render))
        .route("/{kind}/{slug}", get(pages::content))
        .fallback(pages::not_found)
        .with_state(state);
    layers::surround(routes, config)
}
