//! The audit log as administrators see it.

use async_graphql::{Context, ID, InputObject, Object};
use praxis_entities::audit_entry;
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use crate::content::filter::given;
use crate::graphql::by_key::ByKey;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::Moment;
use crate::identifier::{NodeId, NodeType};
use crate::identity::audit;
use crate::identity::permissions::Permission;
use crate::identity::viewer::Viewer;

/// Marks the cursors of the audit log.
const AUDIT: u8 = 34;
/// What the names of accounts in the log begin with.
const ACCOUNT: &str = "account:";

/// Which entries of the audit log.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AuditFilter {
    /// What was done, e.g. `SUBMISSION_APPROVED`.
    pub actions: Option<Vec<String>>,
    /// By this account.
    pub account: Option<ID>,
    /// About this: the id of an item of content, an account, a submission or a flag.
    pub subject: Option<ID>,
    /// Not before.
    pub from: Option<Moment>,
    /// Before.
    pub to: Option<Moment>,
}

/// One line of the audit log. For administrators.
pub struct AuditEntry(audit_entry::Model);

/// One line of the audit log. For administrators.
#[Object]
impl AuditEntry {
    /// When.
    async fn at(&self) -> Moment {
        Moment(self.0.occurred_at)
    }

    /// Who: `system` for the service and its operator, otherwise `account:` and a key.
    async fn actor(&self) -> &str {
        &self.0.actor
    }

    /// The account of the one who did it; null of the system and of accounts that are gone.
    async fn account(&self, context: &Context<'_>) -> Result<Option<Viewer>, ApiError> {
        let account = self.0.actor.strip_prefix(ACCOUNT).and_then(|key| key.parse().ok());
        match account {
            Some(account) => Viewer::load(&*loaders(context)?, account).await,
            None => Ok(None),
        }
    }

    /// What was done: a stable code.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// To what, where it was not content: `account:`, `key:`, `submission:` or `flag:` and a key.
    async fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// The key of the item of content that it was done to.
    async fn content_key(&self) -> Option<String> {
        self.0.content_id.map(|id| id.to_string())
    }

    /// The item's revision before.
    async fn revision_before(&self) -> Option<i32> {
        self.0.revision_before
    }

    /// The item's revision after.
    async fn revision_after(&self) -> Option<i32> {
        self.0.revision_after
    }

    /// Why, or to which value. Null also where it was erased.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Where the change came from: `api`, `command`, `submission`, or the name of an imported file; `client:` and a key where an
    /// application did it for the member who is named as `actor`.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// The number of the seal that covers the entry; null in the first seconds.
    async fn seal(&self) -> Option<String> {
        self.0.seal.map(|seal| seal.to_string())
    }
}

/// A page of the audit log, the latest first.
///
/// # Errors
/// `UNAUTHENTICATED`, `FORBIDDEN`; as [`PageArguments::check`].
pub async fn audit_log(
    context: &Context<'_>,
    filter: Option<AuditFilter>,
    arguments: PageArguments,
) -> Result<Connection<AuditEntry>, ApiError> {
    let loaders = loaders(context)?;
    loaders.context().actor.require(Permission::ReadAudit)?;
    let app = loaders.app().clone();
    let page = arguments.check(AUDIT)?;
    let condition = filter.unwrap_or_default().condition()?;
    let list = ByKey::<audit_entry::Entity> {
        order: AUDIT,
        key: audit_entry::Column::Id,
        key_of: |row| row.id,
        direction: Order::Desc,
    };
    list.page(app, condition, page, AuditEntry).await
}

impl AuditFilter {
    fn condition(&self) -> Result<Condition, ApiError> {
        let mut all = Condition::all();
        if let Some(actions) = given(&self.actions) {
            all = all.add(audit_entry::Column::Action.is_in(actions.iter().map(String::as_str)));
        }
        if let Some(account) = &self.account {
            let key: Uuid = NodeId::parse_as(account, NodeType::Account)?;
            all = all.add(audit_entry::Column::Actor.eq(audit::subject(key)));
        }
        if let Some(subject) = &self.subject {
            let id = NodeId::parse(subject)?;
            all = match id.node_type {
                NodeType::Content(_) => all.add(audit_entry::Column::ContentId.eq(id.uuid)),
                other => all.add(audit_entry::Column::Subject.eq(format!("{}:{}", other.prefix(), id.uuid))),
            };
        }
        if let Some(from) = &self.from {
            all = all.add(audit_entry::Column::OccurredAt.gte(from.0));
        }
        if let Some(to) = &self.to {
            all = all.add(audit_entry::Column::OccurredAt.lt(to.0));
        }
        Ok(all)
    }
}
