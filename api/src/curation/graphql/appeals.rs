//! Appeals as the API shows them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::Utc;
use praxis_entities::appeal;
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition};

use super::payloads::mendable;
use super::submission::{Submission, viewer};
use crate::content::document::problem::ProblemCode;
use crate::content::interface::Content;
use crate::curation::appeals::{self, Appealed};
use crate::curation::error::CurationError;
use crate::database::never;
use crate::graphql::by_key::ByKey;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::Moment;
use crate::graphql::user_error::UserError;
use crate::identifier::{NodeId, NodeType};
use crate::identity::permissions::Permission;
use crate::identity::viewer::Viewer;

/// Marks the cursors of the list of appeals.
const APPEALS: u8 = 35;

/// An author's appeal against a decision: the rejection of a submission, or the hiding or retraction of content that came
/// from one.
#[derive(Clone)]
pub struct Appeal(pub appeal::Model);

/// An author's appeal against a decision: the rejection of a submission, or the hiding or retraction of content that came
/// from one. For its author and for moderators.
#[Object]
impl Appeal {
    /// The id.
    async fn id(&self) -> ID {
        NodeId {
            node_type: NodeType::Appeal,
            uuid: self.0.id,
        }
        .into()
    }

    /// The rejected submission.
    async fn submission(&self, context: &Context<'_>) -> Result<Option<Submission>, ApiError> {
        match self.0.submission_id {
            Some(id) => Submission::load(&*loaders(context)?, id).await,
            None => Ok(None),
        }
    }

    /// The content that was hidden or retracted, as far as the caller may see it.
    async fn content(&self, context: &Context<'_>) -> Result<Option<Content>, ApiError> {
        match self.0.content_id {
            Some(id) => Content::load_any(&*loaders(context)?, id).await,
            None => Ok(None),
        }
    }

    /// Why the decision should be another.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// By whom; null of a former member.
    async fn by(&self, context: &Context<'_>) -> Result<Option<Viewer>, ApiError> {
        viewer(context, self.0.by_id).await
    }

    /// When it was made.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When it was decided on; null while it is open.
    async fn decided_at(&self) -> Option<Moment> {
        self.0.decided_at.map(Moment)
    }

    /// Whether it was right; null while it is open.
    async fn upheld(&self) -> Option<bool> {
        self.0.upheld
    }

    /// Why, in the moderator's words.
    async fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }
}

/// An appeal.
#[derive(InputObject)]
pub struct AppealDecisionInput {
    /// The rejected submission, or the content that was hidden or retracted.
    pub id: ID,
    /// Why the decision should be another.
    pub reason: String,
}

/// A decision on an appeal.
#[derive(InputObject)]
pub struct ResolveAppealInput {
    /// The appeal.
    pub appeal: ID,
    /// Whether it is right. A rejected submission then waits for review again; content is published again.
    pub upheld: bool,
    /// Why; the author reads it.
    pub answer: String,
}

/// What became of an appeal.
#[derive(SimpleObject)]
pub struct AppealPayload {
    /// The appeal; null where nothing was done.
    pub appeal: Option<Appeal>,
    /// What you can mend.
    pub errors: Vec<UserError>,
}

fn payload(result: Result<appeal::Model, CurationError>) -> Result<AppealPayload, ApiError> {
    match result {
        Ok(appeal) => Ok(AppealPayload {
            appeal: Some(Appeal(appeal)),
            errors: Vec::new(),
        }),
        Err(error) => Ok(AppealPayload {
            appeal: None,
            errors: mendable(error, &["input"])?,
        }),
    }
}

/// Appeals against a decision.
///
/// # Errors
/// Where the actor may not, or the database is away.
pub async fn make(context: &Context<'_>, input: AppealDecisionInput) -> Result<AppealPayload, ApiError> {
    let loaders = loaders(context)?;
    let actor = &loaders.context().actor;
    actor.require(Permission::Contribute)?;
    let id = NodeId::parse(&input.id)?;
    let subject = match id.node_type {
        NodeType::Submission => Appealed::Submission(id.uuid),
        NodeType::Content(kind) => Appealed::Content(kind, id.uuid),
        _ => {
            return payload(Err(CurationError::problem(
                ProblemCode::Invalid,
                "id",
                "Give the id of a submission of yours, or of content that came from one.",
            )));
        }
    };
    payload(appeals::appeal(&loaders.app().database, actor, subject, input.reason, Utc::now()).await)
}

/// Decides on an appeal.
///
/// # Errors
/// Where the actor may not, or the database is away.
pub async fn resolve(context: &Context<'_>, input: ResolveAppealInput) -> Result<AppealPayload, ApiError> {
    let loaders = loaders(context)?;
    let actor = &loaders.context().actor;
    let id = NodeId::parse_as(&input.appeal, NodeType::Appeal)?;
    let database = &loaders.app().database;
    payload(appeals::decide(database, actor, id, input.upheld, input.answer, Utc::now()).await)
}

/// A page of the appeals, the oldest first: for moderators all that they are not limited from, for everybody else
/// their own.
///
/// # Errors
/// `UNAUTHENTICATED`; as [`PageArguments::check`].
pub async fn appeals(
    context: &Context<'_>,
    open: Option<bool>,
    arguments: PageArguments,
) -> Result<Connection<Appeal>, ApiError> {
    let loaders = loaders(context)?;
    let actor = &loaders.context().actor;
    actor.require(Permission::SeeSubmissions)?;
    let app = loaders.app().clone();
    let page = arguments.check(APPEALS)?;
    let own = actor
        .own(Permission::Contribute)
        .map(|account| appeal::Column::ById.eq(account));
    let moderated = actor.may(Permission::Moderate).then(|| appeals::moderated(actor));
    let mut condition = Condition::all().add(Condition::any().add(never()).add_option(own).add_option(moderated));
    match open {
        Some(true) => condition = condition.add(appeal::Column::DecidedAt.is_null()),
        Some(false) => condition = condition.add(appeal::Column::DecidedAt.is_not_null()),
        None => {}
    }
    let list = ByKey::<appeal::Entity> {
        order: APPEALS,
        key: appeal::Column::Id,
        key_of: |row| row.id,
        direction: Order::Asc,
    };
    list.page(app, condition, page, Appeal).await
}
