//! People with accounts as the API shows them.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use praxis_entities::account as row;
use praxis_entities::vocabulary::{ContentKind, NotificationMail, Role};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::account::{self, Account};
use super::api_client::{self, graphql::ApiClient};
use super::openid::graphql::{ExternalIdentity, external_identities};
use super::remit::graphql::{ModerationLimits, moderation_limits};
use super::scope::Scope;
use super::settings::IdentitySettings;
use crate::content::interface::Content;
use crate::content::practitioner::Practitioner;
use crate::curation::graphql::notifications::{self, Notification};
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext, Loaders};
use crate::graphql::loaders;
use crate::identifier::{NodeId, NodeType};
use crate::search::saved::graphql::{SavedSearch, saved_searches};

/// The key of an account, to be loaded with others at once.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountKey(pub Uuid);

impl BatchKey for AccountKey {
    type Value = Arc<Account>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let connection = context.app.database.read();
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = row::Entity::find()
            .filter(row::Column::Id.is_in(ids.iter().copied()))
            .all(connection)
            .await?;
        let mut roles = account::roles_of(connection, ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let roles = roles.remove(&row.id).unwrap_or_default();
                (AccountKey(row.id), Arc::new(Account { row, roles }))
            })
            .collect())
    }
}

/// A person with an account: the caller themselves, or somebody whose part in the curation of content the caller sees.
#[derive(Clone)]
pub struct Viewer {
    account: Arc<Account>,
    roles: Vec<Role>,
    /// Whether this answer opened a session for the person, who is thereby the caller.
    opened: bool,
}

impl Viewer {
    /// An account as others and itself see it.
    pub fn new(account: Arc<Account>, settings: &IdentitySettings) -> Self {
        Self {
            roles: account.roles_in_force(settings),
            account,
            opened: false,
        }
    }

    /// The account that a session was just opened for.
    pub fn of_session(account: Account, settings: &IdentitySettings) -> Self {
        Self {
            opened: true,
            ..Self::new(Arc::new(account), settings)
        }
    }

    /// Loads an account; a deleted one is shown as a former member.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn load(loaders: &Loaders, id: Uuid) -> Result<Option<Self>, ApiError> {
        let account = loaders.load(AccountKey(id)).await?;
        Ok(account.map(|account| Self::new(account, &loaders.app().identity.settings)))
    }
}

/// A person with an account: the caller themselves, or somebody whose part in the curation of content the caller sees.
#[Object]
impl Viewer {
    /// The id of the account.
    async fn id(&self) -> ID {
        let id = NodeId {
            node_type: NodeType::Account,
            uuid: self.account.row.id,
        };
        ID(id.to_string())
    }

    /// How the person wants to be called.
    async fn display_name(&self) -> &str {
        &self.account.row.display_name
    }

    /// The roles in force. Where the service requires a second factor for some roles, they are in force only while the
    /// account has one.
    async fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// What the person is limited to as a moderator. Null where there are no limits: safeguarding leads and administrators are
    /// not limited. Null unless the caller is this person.
    async fn moderates(&self, context: &Context<'_>) -> Result<Option<ModerationLimits>, ApiError> {
        if !self.is_caller_or(context, &[Scope::ProfileRead])? {
            return Ok(None);
        }
        moderation_limits(context, self.account.row.id).await
    }

    /// The e-mail address. Null unless the caller is this person.
    async fn email(&self, context: &Context<'_>) -> Result<Option<&str>, ApiError> {
        Ok(self.is_caller(context)?.then_some(self.account.row.email.as_str()))
    }

    /// The person's public profile, if there is one that the caller may see.
    async fn practitioner(&self, context: &Context<'_>) -> Result<Option<Practitioner>, ApiError> {
        let Some(id) = self.account.row.practitioner_id else {
            return Ok(None);
        };
        match Content::load(&*loaders(context)?, ContentKind::Practitioner, id).await? {
            Some(Content::Practitioner(practitioner)) => Ok(Some(practitioner)),
            _ => Ok(None),
        }
    }

    /// Whether the account has a second factor. Null unless the caller is this person.
    async fn has_totp(&self, context: &Context<'_>) -> Result<Option<bool>, ApiError> {
        Ok(self.is_caller(context)?.then_some(self.account.has_totp()))
    }

    /// Whether some roles of the account come into force only once it has a second factor: see `enrolTotp`. Null unless
    /// the caller is this person.
    async fn must_enrol_totp(&self, context: &Context<'_>) -> Result<Option<bool>, ApiError> {
        let loaders = loaders(context)?;
        let must = self.account.must_enrol_totp(&loaders.app().identity.settings);
        Ok(self.is_caller(context)?.then_some(must))
    }

    /// What the person is told, the latest first: what became of what they wrote; for moderators, what waits for them. Null
    /// unless the caller is signed in as this person.
    async fn notifications(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those that were not read, or only those that were.")] unread: Option<bool>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Notification>>, ApiError> {
        let arguments = PageArguments::forward(first, after);
        notifications::notifications(context, self.account.row.id, unread, arguments).await
    }

    /// How many notifications were not read. Null unless the caller is signed in as this person.
    async fn unread_notification_count(&self, context: &Context<'_>) -> Result<Option<i32>, ApiError> {
        notifications::unread_count(context, self.account.row.id).await
    }

    /// The searches that the person saved, in the order of saving. Null unless the caller is signed in as this person.
    async fn saved_searches(&self, context: &Context<'_>) -> Result<Option<Vec<SavedSearch>>, ApiError> {
        saved_searches(context, self.account.row.id).await
    }

    /// The identities at providers by which the person may sign in, in the order of linking. Null unless the caller is signed in
    /// as this person.
    async fn external_identities(&self, context: &Context<'_>) -> Result<Option<Vec<ExternalIdentity>>, ApiError> {
        external_identities(context, self.account.row.id).await
    }

    /// The applications that act for the person or ask to, in the order of their making, those that were ended too. Null unless
    /// the caller is signed in as this person.
    async fn api_clients(&self, context: &Context<'_>) -> Result<Option<Vec<ApiClient>>, ApiError> {
        if !self.is_caller(context)? {
            return Ok(None);
        }
        let loaders = loaders(context)?;
        let rows = api_client::of(loaders.app().database.read(), self.account.row.id).await?;
        Ok(Some(rows.into_iter().map(ApiClient).collect()))
    }

    /// How often the person wants letters about what happened. Null unless the caller is this person.
    async fn notification_mail(&self, context: &Context<'_>) -> Result<Option<NotificationMail>, ApiError> {
        Ok(self.is_caller(context)?.then_some(self.account.row.notification_mail))
    }
}

impl Viewer {
    /// Whether the caller is this person themselves.
    fn is_caller(&self, context: &Context<'_>) -> Result<bool, ApiError> {
        self.is_caller_or(context, &[])
    }

    /// Whether the caller is this person, or an application that acts for them with one of these scopes.
    fn is_caller_or(&self, context: &Context<'_>, scopes: &[Scope]) -> Result<bool, ApiError> {
        let loaders = loaders(context)?;
        Ok(self.opened || loaders.context().actor.is_member(self.account.row.id, scopes))
    }
}
