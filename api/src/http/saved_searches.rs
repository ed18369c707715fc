//! The two addresses of a saved search that need no signing in: its feed, and the end of its letters.

use axum::extract::{Path, State};
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use praxis_entities::saved_search;

use super::HttpState;
use super::files::refused;
use super::pages;
use crate::graphql::errors::ApiError;
use crate::search::saved;

/// Keeps the secret in the address out of search engines, and the page free of anything but itself.
pub(super) const QUIET: [(HeaderName, &str); 2] = [
    (HeaderName::from_static("x-robots-tag"), "noindex"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
];

/// The feed of the saved search with this secret.
pub async fn feed(State(state): State<HttpState>, Path(token): Path<String>) -> Response {
    let found = match saved::by_feed(state.app.database.read(), &token).await {
        Ok(Some(found)) => found,
        Ok(None) => return pages::not_found().await,
        Err(error) => return refused(&ApiError::from(error)),
    };
    let address = format!("{}/feeds/{token}", state.app.public_url);
    match saved::feed::feed(&state.app, &found, address).await {
        Ok(feed) => (
            [
                (CONTENT_TYPE, "application/atom+xml; charset=utf-8"),
                (CACHE_CONTROL, "private, max-age=300"),
            ],
            QUIET,
            feed.to_string(),
        )
            .into_response(),
        Err(error) => refused(&ApiError::from(error)),
    }
}

/// Asks whether the letters are to end: programs that look at the links of a letter must not end them.
pub async fn ask(State(state): State<HttpState>, Path(token): Path<String>) -> Response {
    match saved::by_unsubscribe(state.app.database.read(), &token).await {
        Ok(Some(search)) => page(
            &search,
            "Do you want no more letters about this saved search?",
            "<form method=\"post\"><button>No more letters</button></form>",
        ),
        Ok(None) => pages::not_found().await,
        Err(error) => refused(&ApiError::from(error)),
    }
}

/// Ends the letters about a saved search: what the button of [`ask`] does, and a mail program by one click (RFC 8058).
pub async fn unsubscribe(State(state): State<HttpState>, Path(token): Path<String>) -> Response {
    match saved::unsubscribe(&state.app, &token, Utc::now()).await {
        Ok(Some(search)) => page(
            &search,
            "You will get no more letters about this saved search.",
            "It stays in your list, where you can ask for letters again.",
        ),
        Ok(None) => pages::not_found().await,
        Err(error) => refused(&ApiError::from(error)),
    }
}

fn page(search: &saved_search::Model, heading: &str, rest: &str) -> Response {
    let mut name = String::new();
    praxis_search::text::highlight::escape(&search.name, &mut name);
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Praxis</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><h1>{heading}</h1><p>{name}</p><p>{rest}</p></html>\n"
    );
    (
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")],
        QUIET,
        html,
    )
        .into_response()
}
