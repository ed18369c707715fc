//! Consents as the API shows them.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::Utc;
use praxis_entities::consent;
use praxis_entities::vocabulary::{ConsentForm, ConsentScope};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{Record, Subject};
use crate::content::document::problem::ProblemCode;
use crate::curation::error::CurationError;
use crate::curation::graphql::payloads::mendable;
use crate::curation::graphql::submission::viewer;
use crate::database::among;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::graphql::scalars::{Date, Moment};
use crate::graphql::user_error::UserError;
use crate::identifier::{NodeId, NodeType};
use crate::identity::permissions::Permission;
use crate::identity::viewer::Viewer;

/// That somebody obtained consent to quote or show children. For whoever recorded it and for moderators.
#[derive(Clone)]
pub struct Consent(consent::Model);

/// That somebody obtained consent to quote or show children. It never says who the children are. For whoever wrote the
/// submission and for moderators; it is in no public answer and no export.
#[Object]
impl Consent {
    /// The id.
    async fn id(&self) -> ID {
        NodeId {
            node_type: NodeType::Consent,
            uuid: self.0.id,
        }
        .into()
    }

    /// What it covers.
    async fn covers(&self) -> Result<Vec<ConsentScope>, ApiError> {
        crate::content::json(&self.0.covers)
    }

    /// In what form it was given.
    async fn form(&self) -> ConsentForm {
        self.0.form
    }

    /// The organisation or the role of who obtained it.
    async fn obtained_by(&self) -> &str {
        &self.0.obtained_by
    }

    /// When it was obtained.
    async fn obtained_on(&self) -> Date {
        Date(self.0.obtained_on)
    }

    /// What else is to be known.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Who recorded it here; null of a former member.
    async fn recorded_by(&self, context: &Context<'_>) -> Result<Option<Viewer>, ApiError> {
        viewer(context, self.0.recorded_by_id).await
    }

    /// When it was recorded here.
    async fn recorded_at(&self) -> Moment {
        Moment(self.0.recorded_at)
    }

    /// When it was withdrawn; null while it stands.
    async fn withdrawn_at(&self) -> Option<Moment> {
        self.0.withdrawn_at.map(Moment)
    }

    /// Why it was withdrawn.
    async fn withdrawal_reason(&self) -> Option<&str> {
        self.0.withdrawal_reason.as_deref()
    }
}

/// The consents of a submission. Whoever asks must have been let see it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ConsentsOf(pub Uuid);

impl BatchKey for ConsentsOf {
    type Value = Arc<Vec<Consent>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let ids = keys.into_iter().map(|key| key.0).collect();
        let rows = consent::Entity::find()
            .filter(among(
                context.app.database.read(),
                Expr::col(consent::Column::SubmissionId),
                ids,
            ))
            .order_by_asc(consent::Column::Id)
            .all(context.app.database.read())
            .await?;
        let mut found: HashMap<Uuid, Vec<Consent>> = HashMap::new();
        for row in rows {
            if let Some(submission) = row.submission_id {
                found.entry(submission).or_default().push(Consent(row));
            }
        }
        Ok(found.into_iter().map(|(id, rows)| (Self(id), Arc::new(rows))).collect())
    }
}

/// The consents that content relies on, the earliest first. For moderators of it.
///
/// # Errors
/// `UNAUTHENTICATED`, `FORBIDDEN`, `INVALID_ID`; where the database is away.
pub async fn of_content(context: &Context<'_>, content: &ID) -> Result<Vec<Consent>, ApiError> {
    let loaders = loaders(context)?;
    let actor = &loaders.context().actor;
    actor.require(Permission::Moderate)?;
    let (_, id) = NodeId::parse_content(content)?;
    let own = actor.remit().map(|remit| remit.content_of(consent::Column::ContentId));
    let rows = consent::Entity::find()
        .filter(consent::Column::ContentId.eq(id))
        .filter(Condition::all().add_option(own))
        .order_by_asc(consent::Column::Id)
        .all(loaders.app().database.read())
        .await?;
    Ok(rows.into_iter().map(Consent).collect())
}

/// A consent to be recorded: for a submission, or for content.
#[derive(InputObject)]
pub struct RecordConsentInput {
    /// The submission that quotes or shows children, until it is decided on; yours, or any that you may moderate.
    pub submission: Option<ID>,
    /// The content that quotes or shows children; yours, or any if you moderate.
    pub content: Option<ID>,
    /// What it covers.
    pub covers: Vec<ConsentScope>,
    /// In what form it was given.
    pub form: ConsentForm,
    /// The organisation or the role of who obtained it, at most 200 characters; never the child.
    pub obtained_by: String,
    /// When it was obtained.
    pub obtained_on: Date,
    /// What else is to be known, such as until when it holds; never who the child is.
    pub note: Option<String>,
}

/// A consent to be withdrawn.
#[derive(InputObject)]
pub struct WithdrawConsentInput {
    /// The consent.
    pub consent: ID,
    /// Why; never who the child is.
    pub reason: String,
}

/// What became of a consent.
#[derive(SimpleObject)]
pub struct ConsentPayload {
    /// The consent as it is now; null where nothing was done.
    pub consent: Option<Consent>,
    /// Whether content was taken out of sight, because a consent that it relied on was withdrawn.
    pub hidden: bool,
    /// What you can mend.
    pub errors: Vec<UserError>,
}

/// Consent to quote or show children.
#[derive(Default)]
pub struct ConsentMutations;

/// Consent to quote or show children.
#[Object]
impl ConsentMutations {
    /// Records that consent was obtained to quote or show children. While it stands, the safeguarding checks do not ask for
    /// what it covers.
    async fn record_consent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What it is for and what it says.")] input: RecordConsentInput,
    ) -> Result<ConsentPayload, ApiError> {
        let loaders = loaders(context)?;
        let actor = &loaders.context().actor;
        actor.require(Permission::Contribute)?;
        let subject = match (&input.submission, &input.content) {
            (Some(id), None) => Subject::Submission(NodeId::parse_as(id, NodeType::Submission)?),
            (None, Some(id)) => {
                let (kind, id) = NodeId::parse_content(id)?;
                Subject::Content(kind, id)
            }
            _ => {
                return payload(Err(CurationError::problem(
                    ProblemCode::Required,
                    "submission",
                    "Give either a submission or content.",
                )));
            }
        };
        let record = Record {
            covers: input.covers,
            form: input.form,
            obtained_by: input.obtained_by,
            obtained_on: input.obtained_on.0,
            note: input.note,
        };
        let recorded = super::record(&loaders.app().database, actor, subject, record, Utc::now()).await;
        payload(recorded.map(|consent| (consent, false)))
    }

    /// Withdraws a consent. Published content that relies on it goes out of sight at once, until a moderator has decided what
    /// becomes of it.
    async fn withdraw_consent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The consent and why.")] input: WithdrawConsentInput,
    ) -> Result<ConsentPayload, ApiError> {
        let loaders = loaders(context)?;
        let actor = &loaders.context().actor;
        actor.require(Permission::Contribute)?;
        let id = NodeId::parse_as(&input.consent, NodeType::Consent)?;
        payload(super::withdraw(&loaders.app().database, actor, id, input.reason, Utc::now()).await)
    }
}

fn payload(result: Result<(consent::Model, bool), CurationError>) -> Result<ConsentPayload, ApiError> {
    match result {
        Ok((consent, hidden)) => Ok(ConsentPayload {
            consent: Some(Consent(consent)),
            hidden,
            errors: Vec::new(),
        }),
        Err(error) => Ok(ConsentPayload {
            consent: None,
            hidden: false,
            errors: mendable(error, &["input"])?,
        }),
    }
}
