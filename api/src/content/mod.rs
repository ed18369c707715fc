//! Content: what the community shares. One folder for each kind; beside them what all kinds have in common.

pub mod cited;
pub mod document;
pub mod evidence;
pub mod fields;
pub mod filter;
pub mod initiative;
pub mod interface;
pub mod kind;
pub mod lesson;
pub mod list;
pub mod listed;
pub mod order;
pub mod organization;
pub mod practitioner;
pub mod related;
pub mod resource;
pub mod row;
pub mod trail;
pub mod visibility;

use serde::de::DeserializeOwned;

use crate::graphql::errors::ApiError;

/// Reads a JSON column.
///
/// # Errors
/// Where the column holds something else than what was written.
pub fn json<T: DeserializeOwned>(value: &serde_json::Value) -> Result<T, ApiError> {
    T::deserialize(value).map_err(ApiError::internal)
}

/// An empty list as a JSON column.
pub fn no_list() -> serde_json::Value {
    serde_json::Value::Array(Vec::new())
}
