//! Where a fact is taken from, of what is no content itself.

use async_graphql::Context;
use praxis_entities::vocabulary::ContentKind;
use uuid::Uuid;

use crate::content::fields::Citation;
use crate::content::interface::Content;
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;

/// A citation of this resource; `None` where there is no resource, or none that the caller may see. All that a query asks
/// for at a level are loaded together.
///
/// # Errors
/// Where the database is away.
pub async fn citation(
    context: &Context<'_>,
    resource: Option<Uuid>,
    locator: Option<String>,
    note: Option<String>,
) -> Result<Option<Citation>, ApiError> {
    let Some(resource) = resource else {
        return Ok(None);
    };
    let found = Content::load(&*loaders(context)?, ContentKind::Resource, resource).await?;
    Ok(match found {
        Some(Content::Resource(resource)) => Some(Citation {
            resource,
            locator,
            note,
        }),
        _ => None,
    })
}
