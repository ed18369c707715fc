//! Applications that act for members, as the API shows them.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::Utc;
use praxis_entities::api_client;
use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::manage::NewClient;
use super::{Status, agreed, public_id, scopes};
use crate::config::Secret;
use crate::database::among;
use crate::graphql::by_key::ByKey;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::graphql::scalars::{Date, Moment};
use crate::graphql::user_error::UserError;
use crate::identifier::{NodeId, NodeType};
use crate::identity::error::IdentityError;
use crate::identity::mutations::{caller, identity, mendable};
use crate::identity::permissions::Permission;
use crate::identity::scope::{Scope, Scopes};
use crate::identity::viewer::Viewer;

/// Marks the cursors of the list of applications.
const API_CLIENTS: u8 = 38;

/// An application that acts for a member: an API client of OAuth 2.0.
#[derive(Clone)]
pub struct ApiClient(pub api_client::Model);

/// An application that acts for a member, or asks to: an API client of OAuth 2.0. It never may more than both the member's
/// roles and its scopes allow. For the member and for administrators.
#[Object]
impl ApiClient {
    /// The id: the `client_id` of OAuth 2.0.
    async fn id(&self) -> ID {
        public_id(self.0.id).into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it stands.
    async fn status(&self) -> Status {
        Status::of(&self.0, Utc::now())
    }

    /// The member that it acts for; null once they deleted their account.
    async fn acts_for(&self, context: &Context<'_>) -> Result<Option<Viewer>, ApiError> {
        Viewer::load(&*loaders(context)?, self.0.account_id).await
    }

    /// What it asks for.
    async fn scopes(&self) -> Vec<Scope> {
        scopes(&self.0).iter().collect()
    }

    /// What of it the member agreed to: it has no other scopes.
    async fn agreed_scopes(&self) -> Vec<Scope> {
        agreed(&self.0).iter().collect()
    }

    /// When the member last agreed.
    async fn agreed_at(&self) -> Option<Moment> {
        self.0.agreed_at.map(Moment)
    }

    /// When it was created.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// Who created it; null where the operator did.
    async fn created_by(&self, context: &Context<'_>) -> Result<Option<Viewer>, ApiError> {
        match self.0.created_by_id {
            Some(account) => Viewer::load(&*loaders(context)?, account).await,
            None => Ok(None),
        }
    }

    /// The last day on which it works, in UTC; null where there is none.
    async fn expires_on(&self) -> Option<Date> {
        self.0.expires_on.map(Date)
    }

    /// When it was ended for good.
    async fn ended_at(&self) -> Option<Moment> {
        self.0.ended_at.map(Moment)
    }

    /// The last day on which it got an access token.
    async fn last_used_on(&self) -> Option<Date> {
        self.0.last_used_on.map(Date)
    }
}

/// The key of an application, for those who see what it did or asks.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ClientKey(pub Uuid);

impl BatchKey for ClientKey {
    type Value = ApiClient;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let connection = context.app.database.read();
        let ids = keys.into_iter().map(|key| key.0).collect();
        let rows = api_client::Entity::find()
            .filter(among(connection, Expr::col(api_client::Column::Id), ids))
            .all(connection)
            .await?;
        Ok(rows.into_iter().map(|row| (Self(row.id), ApiClient(row))).collect())
    }
}

/// An application that is to be created.
#[derive(InputObject)]
pub struct CreateApiClientInput {
    /// What people call it, in at most 100 characters. The member sees it.
    pub name: String,
    /// The account of the member that it acts for.
    pub acts_for: ID,
    /// What it asks for.
    pub scopes: Vec<Scope>,
    /// The last day on which it works, in UTC; without one it works until it is ended.
    pub expires_on: Option<Date>,
}

/// What an application is to ask for.
#[derive(InputObject)]
pub struct ChangeApiClientScopesInput {
    /// The application.
    pub client: ID,
    /// What it asks for from now on, in place of what it asked for.
    pub scopes: Vec<Scope>,
}

/// The scopes that an application of one's own account may use.
#[derive(InputObject)]
pub struct ApproveApiClientInput {
    /// The application.
    pub client: ID,
    /// What you agree to: all that it asks for, or less.
    pub scopes: Vec<Scope>,
}

/// The application that is to have a new secret.
#[derive(InputObject)]
pub struct RotateApiClientSecretInput {
    /// The application.
    pub client: ID,
    /// Whether earlier secrets and all access tokens end now, since they may be in wrong hands. Otherwise the secret before works
    /// until the next one is made, so that it can be replaced without an outage.
    pub revoke: Option<bool>,
}

/// The application that is to end.
#[derive(InputObject)]
pub struct EndApiClientInput {
    /// The application.
    pub client: ID,
}

/// What became of an application.
#[derive(Default, SimpleObject)]
pub struct ApiClientPayload {
    /// The application as it is now; null where nothing was done.
    pub client: Option<ApiClient>,
    /// What you can mend.
    pub errors: Vec<UserError>,
}

/// An application with a new secret.
#[derive(Default, SimpleObject)]
pub struct ApiClientSecretPayload {
    /// The application as it is now; null where nothing was done.
    pub client: Option<ApiClient>,
    /// The new `client_secret` of OAuth 2.0. It is shown this once: the service keeps its hash alone.
    pub secret: Option<String>,
    /// What you can mend.
    pub errors: Vec<UserError>,
}

/// Applications that act for members: the queries.
#[derive(Default)]
pub struct ApiClientQueries;

/// Applications that act for members.
#[Object]
impl ApiClientQueries {
    /// The applications that act for members, the latest first. For administrators; one's own are in `viewer`.
    async fn api_clients(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those that act for this account.")] acts_for: Option<ID>,
        #[graphql(desc = "Only those that were ended, or only those that were not.")] ended: Option<bool>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
    ) -> Result<Connection<ApiClient>, ApiError> {
        let loaders = loaders(context)?;
        loaders.context().actor.require(Permission::ManageClients)?;
        let page = PageArguments::forward(first, after).check(API_CLIENTS)?;
        let mut condition = Condition::all();
        if let Some(account) = acts_for {
            let account = NodeId::parse_as(&account, NodeType::Account)?;
            condition = condition.add(api_client::Column::AccountId.eq(account));
        }
        match ended {
            Some(true) => condition = condition.add(api_client::Column::EndedAt.is_not_null()),
            Some(false) => condition = condition.add(api_client::Column::EndedAt.is_null()),
            None => {}
        }
        let list = ByKey::<api_client::Entity> {
            order: API_CLIENTS,
            key: api_client::Column::Id,
            key_of: |row| row.id,
            direction: Order::Desc,
        };
        list.page(loaders.app().clone(), condition, page, ApiClient).await
    }
}

/// Applications that act for members: the mutations.
#[derive(Default)]
pub struct ApiClientMutations;

/// Applications that act for members.
#[Object]
impl ApiClientMutations {
    /// Creates an application that acts for a member, and gives its secret once. It works once the member has agreed
    /// (`approveApiClient`); they are written to. Where you create it for yourself, you have agreed thereby. For
    /// administrators. Errors are `INVALID_DISPLAY_NAME`, `INVALID_SCOPE`, `EXPIRY_PASSED`, `NO_SUCH_ACCOUNT`,
    /// `TOO_MANY_CLIENTS` and `TOTP_NOT_ENROLLED`.
    async fn create_api_client(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The application.")] input: CreateApiClientInput,
    ) -> Result<ApiClientSecretPayload, ApiError> {
        let loaders = loaders(context)?;
        let actor = &loaders.context().actor;
        actor.require(Permission::ManageClients)?;
        let new = NewClient {
            name: input.name,
            acts_for: NodeId::parse_as(&input.acts_for, NodeType::Account)?,
            scopes: named(&input.scopes),
            expires_on: input.expires_on.map(|day| day.0),
        };
        with_secret(identity(context)?.create_client(actor, new, Utc::now()).await)
    }

    /// Changes what an application asks for. What the member agreed to before stays, so far as it still asks for it; what is
    /// new waits for them, and they are written to. Its access tokens end within a second. For administrators. Errors are
    /// `CLIENT_NOT_FOUND`, `CLIENT_ENDED`, `INVALID_SCOPE` and `TOTP_NOT_ENROLLED`.
    async fn change_api_client_scopes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The scopes.")] input: ChangeApiClientScopesInput,
    ) -> Result<ApiClientPayload, ApiError> {
        let loaders = loaders(context)?;
        let actor = &loaders.context().actor;
        actor.require(Permission::ManageClients)?;
        let id = client_id(&input.client)?;
        let changed = identity(context)?
            .change_client_scopes(actor, id, &named(&input.scopes), Utc::now())
            .await;
        payload(changed.map(|(client, _)| client))
    }

    /// Agrees that an application acts for you with these scopes. Errors are `CLIENT_NOT_FOUND`, `CLIENT_ENDED`, `INVALID_SCOPE`
    /// where it does not ask for one of them, and `TOTP_NOT_ENROLLED` where it is to curate and you need a second factor for
    /// that yourself.
    async fn approve_api_client(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The application and the scopes.")] input: ApproveApiClientInput,
    ) -> Result<ApiClientPayload, ApiError> {
        let caller = caller(context)?;
        let id = client_id(&input.client)?;
        let approved = identity(context)?
            .approve_client(&caller, id, &named(&input.scopes), Utc::now())
            .await;
        payload(approved)
    }

    /// Makes a new secret for an application, and gives it once. For administrators. Errors are `CLIENT_NOT_FOUND` and
    /// `CLIENT_ENDED`.
    async fn rotate_api_client_secret(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The application.")] input: RotateApiClientSecretInput,
    ) -> Result<ApiClientSecretPayload, ApiError> {
        let loaders = loaders(context)?;
        let actor = &loaders.context().actor;
        actor.require(Permission::ManageClients)?;
        let id = client_id(&input.client)?;
        let revoke = input.revoke.unwrap_or_default();
        with_secret(
            identity(context)?
                .rotate_client_secret(actor, id, revoke, Utc::now())
                .await,
        )
    }

    /// Ends an application for good: its secrets at once, its access tokens within a second. Your own, or as an administrator
    /// any. Errors are `CLIENT_NOT_FOUND` and `CLIENT_ENDED`.
    async fn end_api_client(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The application.")] input: EndApiClientInput,
    ) -> Result<ApiClientPayload, ApiError> {
        let loaders = loaders(context)?;
        let actor = &loaders.context().actor;
        let account = actor.signed_in()?.account;
        let whose = (!actor.may(Permission::ManageClients)).then_some(account);
        let id = client_id(&input.client)?;
        payload(identity(context)?.end_client(actor, id, whose, Utc::now()).await)
    }
}

fn client_id(id: &ID) -> Result<Uuid, ApiError> {
    NodeId::parse_as(id, NodeType::ApiClient)
}

fn named(scopes: &[Scope]) -> Scopes {
    scopes.iter().copied().collect()
}

fn payload(result: Result<api_client::Model, IdentityError>) -> Result<ApiClientPayload, ApiError> {
    Ok(match mendable(result)? {
        Ok(client) => ApiClientPayload {
            client: Some(ApiClient(client)),
            errors: Vec::new(),
        },
        Err(errors) => ApiClientPayload { client: None, errors },
    })
}

fn with_secret(result: Result<(api_client::Model, Secret), IdentityError>) -> Result<ApiClientSecretPayload, ApiError> {
    Ok(match mendable(result)? {
        Ok((client, secret)) => ApiClientSecretPayload {
            client: Some(ApiClient(client)),
            secret: Some(secret.expose().to_owned()),
            errors: Vec::new(),
        },
        Err(errors) => ApiClientSecretPayload {
            errors,
            ..ApiClientSecretPayload::default()
        },
    })
}
