//! What all types of the API share, and the schema itself.

pub mod by_key;
pub mod complete;
pub mod connection;
pub mod errors;
pub mod execution;
pub mod limits;
pub mod loader;
pub mod mutation;
pub mod query;
pub mod scalars;
pub mod types;
pub mod user_error;

use std::sync::Arc;

use async_graphql::{Context, SchemaBuilder};

use self::errors::ApiError;
use self::loader::Loaders;
use self::mutation::Mutation;
use self::query::Query;
use crate::content::interface::{Content, Node};
use crate::live::subscription::Subscription;

/// The schema of the API.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema, to be given its limits and built.
pub fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .register_output_type::<Node>()
        .register_output_type::<Content>()
}

/// The schema as SDL, as it is committed in `api/schema.graphql`.
pub fn sdl() -> String {
    builder().finish().sdl()
}

/// The loaders of the request.
///
/// # Errors
/// Where the request was made without them, which is a fault of the service.
pub fn loaders(context: &Context<'_>) -> Result<Arc<Loaders>, ApiError> {
    context
        .data_opt::<Arc<Loaders>>()
        .cloned()
        .ok_or_else(|| ApiError::internal("the request has no loaders"))
}
