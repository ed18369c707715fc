//! The public keys that access tokens are signed with.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use chrono::Utc;

use super::HttpState;

/// The key set. It may be kept for five minutes: a new key is published for longer than that before it signs.
pub async fn keys(State(state): State<HttpState>) -> impl IntoResponse {
    let keys = state.app.identity.keys.jwks(Utc::now());
    ([(CACHE_CONTROL, "public, max-age=300")], Json(keys))
}
