//! The few addresses that a person may open.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use praxis_entities::vocabulary::ContentKind;
use sea_orm::Iterable;

use super::HttpState;
use super::files::refused;
use super::graphql::refuse;
use super::negotiation::Answer;
use crate::content::document::ContentInput;
use crate::content::document::validate::is_slug;
use crate::content::kind::id_by_slug;
use crate::graphql::errors::Code;
use crate::graphql::loader::LoadContext;
use crate::identity::Actor;

/// The start: the explorer.
pub async fn home() -> Redirect {
    Redirect::to("/graphql")
}

/// The public address of an item: the explorer with a query for it.
pub async fn content(State(state): State<HttpState>, Path((kind, slug)): Path<(String, String)>) -> Response {
    let known = ContentKind::iter().find(|one| ContentInput::field(*one) == kind);
    let (Some(kind), true) = (known, is_slug(&slug)) else {
        return not_found().await;
    };
    let context = LoadContext {
        app: state.app,
        actor: Actor::Anonymous,
    };
    match id_by_slug(&context, kind, &slug).await {
        Ok(Some(_)) => {}
        Ok(None) => return not_found().await,
        // Not 404: whoever follows the address of something that is there must not take it for gone.
        Err(error) => return refused(&error),
    }
    let query = format!(
        "{{\n  content(kind: {}, slug: \"{slug}\") {{\n    __typename\n    id\n    title\n    summary\n    \
         themes {{ label }}\n    countries {{ name }}\n    citations {{ nodes {{ locator resource {{ title url }} }} }}\n  }}\n}}\n",
        kind.as_str()
    );
    let encoded: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    Redirect::to(&format!("/graphql?query={encoded}")).into_response()
}

/// Anything else.
pub async fn not_found() -> Response {
    refuse(
        Answer::Json,
        StatusCode::NOT_FOUND,
        Code::NotFound,
        "There is nothing at this address; the API is at /graphql.",
    )
}
