//! Metrics for Prometheus.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// How often samples are summed up. Between times they are kept one by one, so this has to be done even when nobody asks
/// for the metrics.
const UPKEEP: Duration = Duration::from_secs(5);

/// Installs the recorder of the process. Must be called within the runtime.
///
/// # Errors
/// Where one is installed already.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(
            Matcher::Suffix("_seconds".to_owned()),
            &[
                0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
            ],
        )?
        .install_recorder()?;
    let kept = handle.clone();
    tokio::spawn(async move {
        let mut every = tokio::time::interval(UPKEEP);
        loop {
            every.tick().await;
            kept.run_upkeep();
        }
    });
    Ok(handle)
}

/// Serves the metrics at `/metrics`: beside the API, or on a listener of their own.
pub fn router(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(move || std::future::ready(render(&handle))))
}

fn render(handle: &PrometheusHandle) -> Response {
    handle.run_upkeep();
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        handle.render(),
    )
        .into_response()
}

/// Counts and times requests by route, method and status.
pub async fn observe(request: Request, next: Next) -> Response {
    let mut observation = Observation::begin(&request);
    let response = next.run(request).await;
    observation.status = Some(response.status().as_u16());
    response
}

/// A request under way. It is counted when this is dropped: the caller may go away before there is an answer, and then the
/// future that awaits it is dropped without a word.
struct Observation {
    begun: Instant,
    route: String,
    method: &'static str,
    status: Option<u16>,
}

impl Observation {
    fn begin(request: &Request) -> Self {
        metrics::gauge!("praxis_http_requests_in_flight").increment(1.0);
        Self {
            begun: Instant::now(),
            // The pattern and not the path: a label must not take as many values as callers can think of.
            route: request
                .extensions()
                .get::<MatchedPath>()
                .map_or("other", MatchedPath::as_str)
                .to_owned(),
            method: method(request.method()),
            status: None,
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        metrics::gauge!("praxis_http_requests_in_flight").decrement(1.0);
        let status = self.status.map_or("gone".to_owned(), |status| status.to_string());
        let route = std::mem::take(&mut self.route);
        metrics::histogram!(
            "praxis_http_request_duration_seconds",
            "route" => route.clone(), "method" => self.method
        )
        .record(self.begun.elapsed().as_secs_f64());
        metrics::counter!(
            "praxis_http_requests_total",
            "route" => route, "method" => self.method, "status" => status
        )
        .increment(1);
    }
}

/// The method, if it is a known one: HTTP lets a caller make up others.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
