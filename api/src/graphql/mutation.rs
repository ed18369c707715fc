//! Everything that can be changed: the mutations of every room, merged.

use async_graphql::MergedObject;

use crate::curation::consent::graphql::ConsentMutations;
use crate::curation::graphql::mutations::CurationMutations;
use crate::curation::graphql::notifications::NotificationMutations;
use crate::identity::api_client::graphql::ApiClientMutations;
use crate::identity::mutations::IdentityMutations;
use crate::identity::openid::graphql::ExternalIdentityMutations;
use crate::search::analytics::graphql::SearchAnalyticsMutations;
use crate::search::saved::graphql::SavedSearchMutations;
use crate::search::synonyms::graphql::SearchMutations;

/// Everything that can be changed. Each mutation takes one `input` and gives one payload: what was changed, and `errors`
/// for what the caller can mend. A room adds its mutations here.
#[derive(MergedObject, Default)]
pub struct Mutation(
    IdentityMutations,
    ExternalIdentityMutations,
    ApiClientMutations,
    CurationMutations,
    ConsentMutations,
    NotificationMutations,
    SearchMutations,
    SavedSearchMutations,
    SearchAnalyticsMutations,
);
