//! Notifications as their reader sees them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::Utc;
use praxis_entities::vocabulary::{NotificationKind, NotificationMail};
use praxis_entities::{notification, saved_search};
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::payloads::mendable;
use super::submission::Submission;
use crate::content::document::problem::ProblemCode;
use crate::content::interface::Content;
use crate::curation::error::CurationError;
use crate::curation::inbox::{self, Read};
use crate::graphql::by_key::ByKey;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::Moment;
use crate::graphql::user_error::UserError;
use crate::identifier::{NodeId, NodeType};
use crate::identity::Actor;
use crate::identity::api_client::graphql::{ApiClient, ClientKey};
use crate::identity::payloads::AccountPayload;
use crate::identity::scope::Scope;
use crate::identity::viewer::Viewer;
use crate::search::saved::graphql::SavedSearch;

/// Marks the cursors of the list of notifications.
const NOTIFICATIONS: u8 = 37;

/// The notifications of an account: all, only those that were not read, or only those that were; of everything or of one
/// saved search.
#[derive(Clone, Copy)]
struct Inbox {
    account: Uuid,
    unread: Option<bool>,
    saved_search: Option<Uuid>,
}

impl Inbox {
    /// Whether whoever asks may see it: nobody but its owner, and applications that may read it for them.
    fn is_open_to(self, actor: &Actor) -> bool {
        actor.is_member(self.account, &[Scope::NotificationsRead])
    }

    fn condition(self) -> Condition {
        let own = Condition::all()
            .add(notification::Column::AccountId.eq(self.account))
            .add_option(self.saved_search.map(|id| notification::Column::SavedSearchId.eq(id)));
        match self.unread {
            Some(true) => own.add(notification::Column::ReadAt.is_null()),
            Some(false) => own.add(notification::Column::ReadAt.is_not_null()),
            None => own,
        }
    }
}

/// Something that the caller is told.
#[derive(Clone)]
pub struct Notification(notification::Model);

/// Something that the caller is told: what became of what they wrote; what answers their saved searches; for moderators, what
/// waits for them.
#[Object]
impl Notification {
    /// The id, for `markNotificationsRead`.
    async fn id(&self) -> ID {
        NodeId {
            node_type: NodeType::Notification,
            uuid: self.0.id,
        }
        .into()
    }

    /// What happened.
    async fn kind(&self) -> NotificationKind {
        self.0.kind
    }

    /// The submission that it is about, as far as the caller may see it now. Of content, the caller's own that led to it.
    async fn submission(&self, context: &Context<'_>) -> Result<Option<Submission>, ApiError> {
        match self.0.submission_id {
            Some(id) => Submission::load(&*loaders(context)?, id).await,
            None => Ok(None),
        }
    }

    /// The content that it is about, as far as the caller may see it now: null while it is hidden.
    async fn content(&self, context: &Context<'_>) -> Result<Option<Content>, ApiError> {
        match self.0.content_id {
            Some(id) => Content::load_any(&*loaders(context)?, id).await,
            None => Ok(None),
        }
    }

    /// The saved search that the content answers.
    async fn saved_search(&self, context: &Context<'_>) -> Result<Option<SavedSearch>, ApiError> {
        match self.0.saved_search_id {
            Some(id) => SavedSearch::load(&*loaders(context)?, id).await,
            None => Ok(None),
        }
    }

    /// The application that asks to act for you. Null unless the caller is signed in themselves.
    async fn api_client(&self, context: &Context<'_>) -> Result<Option<ApiClient>, ApiError> {
        let loaders = loaders(context)?;
        match self.0.client_id {
            Some(id) if loaders.context().actor.is_member(self.0.account_id, &[]) => loaders.load(ClientKey(id)).await,
            _ => Ok(None),
        }
    }

    /// When it happened.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When the caller marked it as read; null before.
    async fn read_at(&self) -> Option<Moment> {
        self.0.read_at.map(Moment)
    }
}

/// A page of the notifications of an account, the latest first; none unless the caller is signed in to it.
///
/// # Errors
/// As [`PageArguments::check`]; where the database is away.
pub async fn notifications(
    context: &Context<'_>,
    account: Uuid,
    unread: Option<bool>,
    arguments: PageArguments,
) -> Result<Option<Connection<Notification>>, ApiError> {
    let inbox = Inbox {
        account,
        unread,
        saved_search: None,
    };
    page(context, inbox, arguments).await
}

/// A page of what was published since and answers a saved search, the latest first; empty unless the caller is its owner.
///
/// # Errors
/// As [`PageArguments::check`]; where the database is away.
pub async fn of_saved_search(
    context: &Context<'_>,
    search: &saved_search::Model,
    unread: Option<bool>,
    arguments: PageArguments,
) -> Result<Connection<Notification>, ApiError> {
    let inbox = Inbox {
        account: search.account_id,
        unread,
        saved_search: Some(search.id),
    };
    page(context, inbox, arguments)
        .await?
        .ok_or_else(|| ApiError::internal("a saved search was shown to somebody else"))
}

async fn page(
    context: &Context<'_>,
    inbox: Inbox,
    arguments: PageArguments,
) -> Result<Option<Connection<Notification>>, ApiError> {
    let loaders = loaders(context)?;
    let page = arguments.check(NOTIFICATIONS)?;
    if !inbox.is_open_to(&loaders.context().actor) {
        return Ok(None);
    }
    let list = ByKey::<notification::Entity> {
        order: NOTIFICATIONS,
        key: notification::Column::Id,
        key_of: |row| row.id,
        direction: Order::Desc,
    };
    let page = list
        .page(loaders.app().clone(), inbox.condition(), page, Notification)
        .await?;
    Ok(Some(page))
}

/// How many notifications of an account were not read; none unless the caller is signed in to it.
///
/// # Errors
/// Where the database is away.
pub async fn unread_count(context: &Context<'_>, account: Uuid) -> Result<Option<i32>, ApiError> {
    let loaders = loaders(context)?;
    let inbox = Inbox {
        account,
        unread: Some(true),
        saved_search: None,
    };
    if !inbox.is_open_to(&loaders.context().actor) {
        return Ok(None);
    }
    let count = notification::Entity::find()
        .filter(inbox.condition())
        .count(loaders.app().database.read())
        .await?;
    Ok(Some(i32::try_from(count).unwrap_or(i32::MAX)))
}

/// Which notifications were read: either `ids` or `all`.
#[derive(InputObject)]
pub struct MarkNotificationsReadInput {
    /// These; at most 100.
    pub ids: Option<Vec<ID>>,
    /// All so far.
    pub all: Option<bool>,
}

/// How notifications are mailed.
#[derive(InputObject)]
pub struct UpdateNotificationSettingsInput {
    /// How often you want letters.
    pub mail: NotificationMail,
}

/// What became of notifications that were read.
#[derive(SimpleObject)]
pub struct MarkNotificationsReadPayload {
    /// How many were not read before.
    pub marked: i32,
    /// The caller; null where nothing was done.
    pub viewer: Option<Viewer>,
    /// What you can mend.
    pub errors: Vec<UserError>,
}

/// Notifications: the mutations.
#[derive(Default)]
pub struct NotificationMutations;

/// Notifications: the mutations.
#[Object]
impl NotificationMutations {
    /// Marks your notifications as read. What was read is not mailed any more.
    async fn mark_notifications_read(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: MarkNotificationsReadInput,
    ) -> Result<MarkNotificationsReadPayload, ApiError> {
        let loaders = loaders(context)?;
        let actor = &loaders.context().actor;
        let account = actor.signed_in()?.account;
        let marked = match which(input)? {
            Ok(read) => inbox::mark_read(&loaders.app().database, actor, read, Utc::now()).await,
            Err(error) => Err(error),
        };
        Ok(match marked {
            Ok(marked) => MarkNotificationsReadPayload {
                marked: i32::try_from(marked).unwrap_or(i32::MAX),
                viewer: Viewer::load(&loaders, account).await?,
                errors: Vec::new(),
            },
            Err(error) => MarkNotificationsReadPayload {
                marked: 0,
                viewer: None,
                errors: mendable(error, &["input"])?,
            },
        })
    }

    /// Sets how often you get letters about what happened. Moderators are written to at once about safeguarding whatever
    /// they set, unless they want no letters at all.
    async fn update_notification_settings(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How often.")] input: UpdateNotificationSettingsInput,
    ) -> Result<AccountPayload, ApiError> {
        let loaders = loaders(context)?;
        let actor = &loaders.context().actor;
        let account = actor.signed_in()?.account;
        let done = inbox::set_mail(&loaders.app().database, actor, input.mail, Utc::now()).await;
        Ok(match done {
            Ok(()) => AccountPayload {
                viewer: Viewer::load(&loaders, account).await?,
                errors: Vec::new(),
            },
            Err(error) => AccountPayload {
                viewer: None,
                errors: mendable(error, &["input"])?,
            },
        })
    }
}

/// Reads which notifications are meant.
fn which(input: MarkNotificationsReadInput) -> Result<Result<Read, CurationError>, ApiError> {
    let problem = |code, message: &str| Ok(Err(CurationError::problem(code, "ids", message)));
    match (input.ids, input.all.unwrap_or_default()) {
        (None, true) => Ok(Ok(Read::All)),
        (None, false) => problem(ProblemCode::Required, "Name the notifications, or say `all: true`."),
        (Some(_), true) => problem(
            ProblemCode::Invalid,
            "Either name notifications or say `all: true`, not both.",
        ),
        (Some(ids), false) => {
            let ids = ids.iter().map(|id| NodeId::parse_as(id, NodeType::Notification));
            Ok(Ok(Read::These(ids.collect::<Result<_, _>>()?)))
        }
    }
}
