//! Health: whether the process lives, and whether it can answer queries.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::HttpState;

/// The process lives.
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// Whether queries can be answered: 200 when they can, and what is degraded; 503 when the database is away.
pub async fn ready(State(state): State<HttpState>) -> (StatusCode, Json<Value>) {
    let database = tokio::time::timeout(
        std::time::Duration::from_secs(2),
        state.app.database.read().execute_unprepared("SELECT 1"),
    )
    .await;
    let database_up = matches!(database, Ok(Ok(_)));
    let mut degraded = Vec::new();
    let mut engines = Vec::new();
    let last = if database_up {
        crate::log::last_sequence(state.app.database.read()).await.ok()
    } else {
        None
    };
    for (engine, health) in state.app.search.engines().zip(state.app.search.health().await) {
        let (name, answer) = health;
        let lag = last
            .zip(engine.followed())
            .map(|(last, followed)| (last - followed).max(0));
        if answer.is_err() {
            degraded.push(format!("search:{name}"));
        }
        engines.push(json!({ "engine": name, "up": answer.is_ok(), "lagEvents": lag }));
    }
    let status = if database_up {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(json!({
            "status": if !database_up { "unavailable" } else if degraded.is_empty() { "ready" } else { "degraded" },
            "database": { "up": database_up },
            "search": engines,
            "degraded": degraded,
        })),
    )
}
