//! Everything that can be listened to.

use std::sync::Arc;

use async_graphql::{Context, Subscription};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use praxis_entities::vocabulary::ContentKind;

use super::content::ChangeFilter;
use super::turn::Turn;
use crate::curation::graphql::submission::Submission;
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::CountryCode;
use crate::identity::permissions::Permission;
use crate::log::changes::{self, Change};

/// Everything that can be listened to, over a WebSocket with the subprotocol `graphql-transport-ws` or as server-sent
/// events. A subscription has exactly one field at its root. It ends when the access token expires or its session ends;
/// begin again with a new one.
pub struct Subscription;

/// Everything that can be listened to, over a WebSocket with the subprotocol `graphql-transport-ws` or as server-sent
/// events. A subscription has exactly one field at its root. It ends when the access token expires or its session ends;
/// begin again with a new one.
#[Subscription]
impl Subscription {
    /// Every change to content, as it is published, updated, hidden, restored, retracted or erased, in the order of the
    /// log. Every given condition must hold for the item before or after the change. Of what was erased nobody can tell
    /// any more what it was about, so that everybody who asked for its kind hears of it.
    async fn content_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only these kinds.")] kinds: Option<Vec<ContentKind>>,
        #[graphql(desc = "Only items about these themes, by slug. A broader theme includes everything under it.")]
        themes: Option<Vec<String>>,
        #[graphql(desc = "Only items about these countries, by ISO 3166-1 alpha-2 code.")] countries: Option<
            Vec<CountryCode>,
        >,
        #[graphql(
            desc = "A `cursor` of a change: begin after it instead of now. So nothing is missed between two connections."
        )]
        after: Option<String>,
    ) -> Result<BoxStream<'static, Change>, ApiError> {
        let loaders = loaders(context)?;
        let app = loaders.app();
        let filter = ChangeFilter::read(&app.vocabulary, kinds, &themes, &countries)?;
        let after = after.map(|cursor| changes::place(&cursor)).transpose()?;
        let turn = turn(context)?;
        let listener = app.live.changes.listen(after).await?;
        let state = (listener, filter, turn);
        Ok(stream::unfold(state, |(mut listener, filter, turn)| async move {
            loop {
                let entry = listener.next().await?;
                if filter.wants(&entry) {
                    turn.take().await;
                    return Some((Change(entry.event.clone()), (listener, filter, turn)));
                }
            }
        })
        .boxed())
    }

    /// Every change to a submission that the caller may see at that moment: one's own, and for moderators all that were
    /// submitted. What was withdrawn is told to its author alone.
    async fn submission_changed(&self, context: &Context<'_>) -> Result<BoxStream<'static, Submission>, ApiError> {
        let loaders = loaders(context)?;
        loaders.context().actor.require(Permission::SeeSubmissions)?;
        let turn = turn(context)?;
        let listener = loaders.app().live.submissions.listen(None).await?;
        let state = (listener, loaders, turn);
        Ok(stream::unfold(state, |(mut listener, loaders, turn)| async move {
            loop {
                let entry = listener.next().await?;
                turn.take().await;
                match Submission::load(&loaders, entry.submission_id).await {
                    Ok(Some(submission)) => return Some((submission, (listener, loaders, turn))),
                    Ok(None) => turn.end(),
                    Err(error) => {
                        turn.end();
                        tracing::warn!(message = error.message(), "a subscriber can't be told yet");
                        listener.again(entry).await;
                    }
                }
            }
        })
        .boxed())
    }
}

fn turn(context: &Context<'_>) -> Result<Arc<Turn>, ApiError> {
    context
        .data_opt::<Arc<Turn>>()
        .cloned()
        .ok_or_else(|| ApiError::internal("the subscription has no turns"))
}
