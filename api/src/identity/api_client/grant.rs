//! Tokens for applications: the client credentials grant of RFC 6749 (section 4.4), and their revocation (RFC 7009).

use std::net::IpAddr;
use std::time::Instant;

use chrono::{DateTime, NaiveDate, Utc};
use praxis_entities::{api_client, api_client_secret};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::error::OAuthError;
use super::manage::raise_version;
use super::{Status, agreed, expires_at, read_public_id, subject};
use crate::config::Secret;
use crate::identity::audit::{self, Entry};
use crate::identity::remit::rows;
use crate::identity::scope::Scopes;
use crate::identity::service::{Identity, even_out};
use crate::identity::throttle::{self, Subject};
use crate::identity::token::{self, AccessToken, Holder};
use crate::identity::{ActingClient, Actor, account};

/// By what an application shows which one it is.
pub struct Credentials {
    /// The client id.
    pub client: String,
    /// The client secret.
    pub secret: Secret,
}

/// A token for an application.
pub struct Granted {
    /// The token.
    pub access: AccessToken,
    /// Its scopes.
    pub scopes: Scopes,
}

impl Identity {
    /// Makes a token for an application, with the scopes that it wants of those that were granted to it.
    ///
    /// # Errors
    /// As the standard has them.
    pub async fn grant_to_client(
        &self,
        credentials: &Credentials,
        wanted: Option<&str>,
        network: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<Granted, OAuthError> {
        let client = self.authenticate_client(credentials, network, now).await?;
        match Status::of(&client, now) {
            Status::Active => {}
            Status::Expired => {
                return Err(OAuthError::UnauthorizedClient(
                    "The last day of this client is over; ask an administrator for a new one.",
                ));
            }
            Status::Pending | Status::Ended => {
                return Err(OAuthError::UnauthorizedClient(
                    "The member that this client acts for has not agreed to it yet (approveApiClient).",
                ));
            }
        }
        let granted = agreed(&client);
        let scopes = match wanted {
            Some(wanted) => narrowed(&granted, wanted)?,
            None => granted,
        };
        let member = account::by_id(self.database.read(), client.account_id)
            .await?
            .filter(|member| member.row.deleted_at.is_none())
            .ok_or(OAuthError::InvalidClient)?;
        if member.row.suspended_at.is_some() {
            return Err(OAuthError::UnauthorizedClient(
                "The account that this client acts for is suspended.",
            ));
        }
        // After the version of the grants, so that limits that are newer come with a token that is soon refused.
        let roles = member.roles_in_force(&self.settings);
        let remit = rows::remit_of(self.database.read(), client.account_id, &roles).await?;
        let acting = ActingClient {
            client: client.id,
            account: client.account_id,
            scopes: scopes.clone(),
            roles,
            remit,
        };
        let access = token::issue_to_client(
            &self.keys,
            &self.settings,
            (&acting, client.version),
            member.row.grants_version,
            expires_at(&client),
            now,
        )?;
        self.note_use(&client, now.date_naive()).await?;
        Ok(Granted { access, scopes })
    }

    /// Ends the tokens that were made for an application so far, on presentation of one of them. Whatever else is presented
    /// ends nothing.
    ///
    /// # Errors
    /// As the standard has them.
    pub async fn revoke_of_client(
        &self,
        credentials: &Credentials,
        presented: &str,
        network: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<(), OAuthError> {
        let client = self.authenticate_client(credentials, network, now).await?;
        let Ok(verified) = self.verifier.verify(&self.keys, presented, now) else {
            return Ok(());
        };
        let actor = match verified.holder {
            // One that a later change has ended already is not to end those made since.
            Holder::Client { acting, version } if acting.client == client.id && version == client.version => {
                Actor::Client(acting)
            }
            Holder::Session(_) | Holder::Client { .. } => return Ok(()),
        };
        let transaction = self.database.begin().await?;
        let version = raise_version(&transaction, client.id).await?;
        let entry = Entry {
            subject: subject(client.id),
            ..Entry::new(&actor, "CLIENT_TOKENS_REVOKED", now)
        };
        audit::record(&transaction, entry).await?;
        transaction.commit().await?;
        self.revocations.change_clients([(client.id, version)]);
        Ok(())
    }

    /// The application with this id and secret. An unknown id, a wrong secret and an application that was ended are answered
    /// the same, after the same work.
    async fn authenticate_client(
        &self,
        credentials: &Credentials,
        network: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<api_client::Model, OAuthError> {
        let begun = Instant::now();
        let subjects = [
            self.subjects.client(&credentials.client, network),
            self.subjects.network(network),
        ];
        let found = self.check_client(credentials, &subjects, now).await;
        if found.is_err() {
            even_out(begun).await;
        }
        found
    }

    async fn check_client(
        &self,
        credentials: &Credentials,
        subjects: &[Subject],
        now: DateTime<Utc>,
    ) -> Result<api_client::Model, OAuthError> {
        if let Some(seconds) = throttle::attempt(&self.database, subjects, now).await? {
            return Err(OAuthError::TooManyAttempts(seconds));
        }
        let id = read_public_id(&credentials.client).unwrap_or(Uuid::nil());
        let found = api_client_secret::Entity::find_by_id(fingerprint(&credentials.secret))
            .filter(api_client_secret::Column::ClientId.eq(id))
            .one(self.database.read())
            .await?;
        let client = api_client::Entity::find_by_id(id)
            .filter(api_client::Column::EndedAt.is_null())
            .one(self.database.read())
            .await?;
        let client = client.filter(|_| found.is_some()).ok_or(OAuthError::InvalidClient)?;
        throttle::forgive(&self.database, subjects).await?;
        Ok(client)
    }

    /// Notes the day of a client's last token; once a day, since it is written.
    async fn note_use(&self, client: &api_client::Model, today: NaiveDate) -> Result<(), DbErr> {
        if client.last_used_on.is_some_and(|last| last >= today) {
            return Ok(());
        }
        let transaction = self.database.begin().await?;
        let earlier = Condition::any()
            .add(api_client::Column::LastUsedOn.is_null())
            .add(api_client::Column::LastUsedOn.lt(today));
        api_client::Entity::update_many()
            .set(api_client::ActiveModel {
                last_used_on: Set(Some(today)),
                ..Default::default()
            })
            .filter(api_client::Column::Id.eq(client.id))
            .filter(earlier)
            .exec(&transaction)
            .await?;
        transaction.commit().await
    }
}

/// What of the granted scopes is wanted. A parameter without a value counts as missing.
fn narrowed(granted: &Scopes, wanted: &str) -> Result<Scopes, OAuthError> {
    let wanted = Scopes::parse(wanted).map_err(OAuthError::InvalidScope)?;
    let beyond = wanted.iter().find(|scope| !granted.any_of(&[*scope]));
    match beyond {
        Some(beyond) => Err(OAuthError::InvalidScope(beyond.to_string())),
        None if wanted.is_empty() => Ok(granted.clone()),
        None => Ok(wanted),
    }
}

fn fingerprint(secret: &Secret) -> String {
    crate::identity::random::fingerprint(secret.expose())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::scope::Scope;

    #[test]
    fn what_is_wanted_may_only_narrow_what_was_granted() {
        let granted = Scopes::parse("content:flag profile:read").unwrap();
        let named = |wanted| narrowed(&granted, wanted).map(|scopes| scopes.to_string());
        assert_eq!(named("profile:read").unwrap(), "profile:read");
        assert_eq!(named("profile:read profile:read").unwrap(), "profile:read");
        assert_eq!(named("").unwrap(), "content:flag profile:read");
        for (wanted, told) in [
            ("profile:read content:contribute", "content:contribute"),
            ("all", "all"),
            ("Profile:read", "Profile:read"),
        ] {
            assert_eq!(named(wanted), Err(OAuthError::InvalidScope(told.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn nothing_wanted_gives_more_than_was_granted(granted in any::<u8>(), wanted in ".{0,60}") {
            let chosen = Scope::ALL.iter().enumerate().filter(|(index, _)| granted >> index & 1 == 1);
            let granted: Scopes = chosen.map(|(_, scope)| *scope).collect();
            if let Ok(scopes) = narrowed(&granted, &wanted) {
                prop_assert!(scopes.within(&granted));
            }
        }
    }
}
