//! Signing in by a provider, as the API shows it.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::Utc;
use praxis_entities::external_identity;
use uuid::Uuid;

use super::link::{self, Shown};
use super::sign_in::SignInWithCode;
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::{Moment, Url};
use crate::identifier::{NodeId, NodeType};
use crate::identity::mutations::{account, caller, client, identity, secret, session};
use crate::identity::payloads::{AccountPayload, SessionPayload};

/// A provider by which people may sign in, beside their password.
#[derive(SimpleObject)]
pub struct SignInProvider {
    /// What people call it.
    pub name: String,
    /// Where to send the browser. With `return_to`, one of the addresses that the operator allows, and `code_challenge`, the
    /// SHA-256 of a secret in base64url without padding, it comes back there with `#code=` for `signInWithCode` or
    /// `linkExternalIdentity`, or with `#error=` and a code. Without them the person is shown a code to copy.
    pub url: Url,
}

/// An identity at a provider by which somebody may sign in.
#[derive(SimpleObject)]
pub struct ExternalIdentity {
    /// The id.
    pub id: ID,
    /// What people call the provider.
    pub provider: String,
    /// The address that names the provider.
    pub issuer: String,
    /// When it was linked.
    pub linked_at: Moment,
    /// When its owner last signed in by it.
    pub last_used_at: Option<Moment>,
}

impl ExternalIdentity {
    fn new(row: external_identity::Model, provider: String) -> Self {
        let id = NodeId {
            node_type: NodeType::ExternalIdentity,
            uuid: row.id,
        };
        Self {
            id: id.into(),
            provider,
            issuer: row.issuer,
            linked_at: Moment(row.linked_at),
            last_used_at: row.last_used_at.map(Moment),
        }
    }
}

/// The identities of an account; none unless the caller is signed in to it.
///
/// # Errors
/// Where the database is away.
pub async fn external_identities(
    context: &Context<'_>,
    account: Uuid,
) -> Result<Option<Vec<ExternalIdentity>>, ApiError> {
    let loaders = loaders(context)?;
    if !loaders.context().actor.is_member(account, &[]) {
        return Ok(None);
    }
    let app = loaders.app();
    let rows = link::of(app.database.read(), account).await?;
    let shown = rows.into_iter().map(|row| {
        let provider = app.identity.name_of(&row.issuer);
        ExternalIdentity::new(row, provider)
    });
    Ok(Some(shown.collect()))
}

/// The code of somebody who signed in at a provider.
#[derive(InputObject)]
pub struct SignInWithCodeInput {
    /// The code that the browser came back with, or that the person was shown. It works once, for five minutes.
    pub code: String,
    /// The secret whose SHA-256 was sent as `code_challenge`; left out where none was sent.
    pub verifier: Option<String>,
    /// The code of the second factor, for an account that has one: without it the answer is `TOTP_REQUIRED`.
    pub totp: Option<String>,
    /// How the person wants to be called: a name or a pseudonym, at most 100 characters. Others see it. Needed where an account
    /// is opened: without it the answer is `INVALID_DISPLAY_NAME`.
    pub display_name: Option<String>,
}

/// The identity at a provider that is to be the caller's.
#[derive(InputObject)]
pub struct LinkExternalIdentityInput {
    /// The code that the browser came back with, or that the person was shown.
    pub code: String,
    /// The secret whose SHA-256 was sent as `code_challenge`; left out where none was sent.
    pub verifier: Option<String>,
    /// The password of the account.
    pub password: String,
    /// The code of the second factor, for an account that has one.
    pub totp: Option<String>,
}

/// The identity that is no longer to be the caller's.
#[derive(InputObject)]
pub struct UnlinkExternalIdentityInput {
    /// The identity.
    pub external_identity: ID,
    /// The password of the account.
    pub password: String,
    /// The code of the second factor, for an account that has one.
    pub totp: Option<String>,
}

/// Signing in by a provider: the queries.
#[derive(Default)]
pub struct SignInQueries;

/// Signing in by a provider.
#[Object]
impl SignInQueries {
    /// The providers by which people may sign in, beside their password.
    async fn sign_in_providers(&self, context: &Context<'_>) -> Result<Vec<SignInProvider>, ApiError> {
        let identity = identity(context)?;
        let providers = identity.openid.iter().map(|openid| SignInProvider {
            name: openid.settings.name.clone(),
            url: Url::trusted(openid.start_url()),
        });
        Ok(providers.collect())
    }
}

/// Signing in by a provider: the mutations.
#[derive(Default)]
pub struct ExternalIdentityMutations;

/// Signing in by a provider.
#[Object]
impl ExternalIdentityMutations {
    /// Opens a session for somebody who signed in at a provider, with the code that came of it. Where no account belongs to
    /// their identity, one is opened if the operator allows it and the provider verified their e-mail address; an address that
    /// has an account already is never merged: the answer is `EXTERNAL_IDENTITY_NOT_LINKED`, and the person signs in with their
    /// password and calls `linkExternalIdentity` with the same code. Other errors are `INVALID_TOKEN`,
    /// `EXTERNAL_EMAIL_UNVERIFIED`, `INVALID_DISPLAY_NAME`, `TOTP_REQUIRED`, `TOTP_INVALID`, `ACCOUNT_SUSPENDED` and
    /// `TOO_MANY_ATTEMPTS`. The code is used up when a session is opened, and stays usable until then.
    async fn sign_in_with_code(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The code.")] input: SignInWithCodeInput,
    ) -> Result<SessionPayload, ApiError> {
        let sign_in = SignInWithCode {
            code: input.code,
            verifier: input.verifier,
            totp: input.totp,
            display_name: input.display_name,
        };
        let identity = identity(context)?;
        let network = client(context)?.network;
        let result = identity.sign_in_with_code(sign_in, network, Utc::now()).await;
        session(&identity, result)
    }

    /// Links an identity at a provider to the caller's account, with the code that came of signing in there: from then on it
    /// opens sessions of this account. At most one of each provider. Errors are `INVALID_TOKEN`, `EXTERNAL_IDENTITY_TAKEN`,
    /// `EXTERNAL_IDENTITY_PRESENT`, `WRONG_PASSWORD`, `PASSWORD_NOT_SET`, `TOTP_REQUIRED`, `TOTP_INVALID` and
    /// `TOO_MANY_ATTEMPTS`.
    async fn link_external_identity(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The code and the password.")] input: LinkExternalIdentityInput,
    ) -> Result<AccountPayload, ApiError> {
        let caller = caller(context)?;
        let shown = Shown {
            code: input.code,
            verifier: input.verifier,
        };
        let password = secret(&input.password);
        let result = identity(context)?
            .link_external_identity(&caller, &shown, &password, input.totp.as_deref(), Utc::now())
            .await;
        account(context, &caller, result).await
    }

    /// Unlinks an identity at a provider from the caller's account, and ends the caller's other sessions. An account without a
    /// password keeps its identity: the answer is `LAST_SIGN_IN_METHOD`. Other errors are `EXTERNAL_IDENTITY_NOT_FOUND`,
    /// `WRONG_PASSWORD`, `TOTP_REQUIRED`, `TOTP_INVALID` and `TOO_MANY_ATTEMPTS`.
    async fn unlink_external_identity(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The identity and the password.")] input: UnlinkExternalIdentityInput,
    ) -> Result<AccountPayload, ApiError> {
        let caller = caller(context)?;
        let id = NodeId::parse_as(&input.external_identity, NodeType::ExternalIdentity)?;
        let password = secret(&input.password);
        let result = identity(context)?
            .unlink_external_identity(&caller, id, &password, input.totp.as_deref(), Utc::now())
            .await;
        account(context, &caller, result).await
    }
}
