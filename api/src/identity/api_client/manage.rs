//! Creating, changing and ending applications, and agreeing to them.

use chrono::{DateTime, NaiveDate, Utc};
use praxis_entities::{api_client, api_client_secret};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::{FORMER_CLIENT, agreed, asking, end_of, scopes, subject};
use crate::config::Secret;
use crate::identity::account::{self, Account};
use crate::identity::audit::{self, Entry};
use crate::identity::error::{IdentityError, Refusal};
use crate::identity::scope::Scopes;
use crate::identity::service::Identity;
use crate::identity::{Actor, SignedIn, letters, random, truncate};

/// Most applications that act for one member at a time.
const MOST: u64 = 20;
/// How many secrets of one application work at a time: the new one, and the one before until it is replaced everywhere.
const SECRETS: usize = 2;

/// An application that is to be created.
pub struct NewClient {
    /// What people call it.
    pub name: String,
    /// The account that it acts for.
    pub acts_for: Uuid,
    /// What it asks for.
    pub scopes: Scopes,
    /// The last day on which it works.
    pub expires_on: Option<NaiveDate>,
}

impl Identity {
    /// Creates an application, and gives it with its first secret. The member that it acts for has agreed where they create it
    /// themselves; otherwise it waits for them, and they are written to.
    ///
    /// # Errors
    /// `INVALID_DISPLAY_NAME`, `INVALID_SCOPE`, `EXPIRY_PASSED`, `NO_SUCH_ACCOUNT`, `TOO_MANY_CLIENTS`, `TOTP_NOT_ENROLLED`.
    pub async fn create_client(
        &self,
        actor: &Actor,
        new: NewClient,
        now: DateTime<Utc>,
    ) -> Result<(api_client::Model, Secret), IdentityError> {
        let name = read_name(&new.name)?;
        check_scopes(&new.scopes)?;
        if new.expires_on.is_some_and(|day| end_of(day) <= now) {
            return Err(IdentityError::refused(
                Refusal::ExpiryPassed,
                "The last day is over already; give one to come, or none.",
                &["expiresOn"],
            ));
        }
        let transaction = self.database.begin().await?;
        let member = account::by_id_locked(&transaction, new.acts_for)
            .await?
            .filter(|member| member.row.deleted_at.is_none() && member.row.email_verified_at.is_some())
            .ok_or_else(|| {
                IdentityError::refused(
                    Refusal::NoSuchAccount,
                    "There is no account with this id or address that is in use.",
                    &["actsFor"],
                )
            })?;
        refuse_too_many(&transaction, new.acts_for).await?;
        let own = is_own(actor, new.acts_for);
        if own {
            self.check_factor_to_curate(&member, &new.scopes)?;
        }
        let now = truncate(now);
        let row = api_client::Model {
            id: Uuid::now_v7(),
            account_id: new.acts_for,
            name,
            scopes: new.scopes.to_string(),
            agreed_scopes: match own {
                true => new.scopes.to_string(),
                false => String::new(),
            },
            agreed_at: own.then_some(now),
            version: 1,
            changed_at: now,
            created_at: now,
            created_by_id: actor.account(),
            expires_on: new.expires_on,
            ended_at: None,
            ended_by_id: None,
            last_used_on: None,
        };
        let inserted: api_client::ActiveModel = row.clone().into();
        api_client::Entity::insert(inserted.reset_all())
            .exec_without_returning(&transaction)
            .await?;
        let secret = add_secret(&transaction, row.id, now).await?;
        let what = format!("for {}: {}", audit::subject(row.account_id), row.scopes);
        record(&transaction, actor, row.id, "CLIENT_CREATED", Some(what), now).await?;
        if own {
            record(
                &transaction,
                actor,
                row.id,
                "CLIENT_APPROVED",
                Some(row.scopes.clone()),
                now,
            )
            .await?;
        }
        if !own {
            asking::notify(&transaction, &row, now).await?;
        }
        transaction.commit().await?;
        if !own {
            self.ask_member(&member, &row);
        }
        Ok((row, secret))
    }

    /// Changes what an application asks for. What the member agreed to and it asks for still stays agreed to; what is new
    /// waits for them, unless they ask for it themselves. Says whether anything changed.
    ///
    /// # Errors
    /// `CLIENT_NOT_FOUND`, `CLIENT_ENDED`, `INVALID_SCOPE`, `TOTP_NOT_ENROLLED`.
    pub async fn change_client_scopes(
        &self,
        actor: &Actor,
        id: Uuid,
        wanted: &Scopes,
        now: DateTime<Utc>,
    ) -> Result<(api_client::Model, bool), IdentityError> {
        check_scopes(wanted)?;
        let transaction = self.database.begin().await?;
        let (before, member) = with_member(&transaction, id, None).await?;
        let own = is_own(actor, before.account_id);
        if own {
            self.check_factor_to_curate(&member, wanted)?;
        }
        let allowed = match own {
            true => wanted.clone(),
            false => agreed(&before).and(wanted),
        };
        if *wanted == scopes(&before) && allowed == agreed(&before) {
            return Ok((before, false));
        }
        let change = api_client::ActiveModel {
            scopes: Set(wanted.to_string()),
            agreed_scopes: Set(allowed.to_string()),
            ..Default::default()
        };
        let after = apply(&transaction, id, change).await?;
        record(
            &transaction,
            actor,
            id,
            "CLIENT_SCOPES_CHANGED",
            Some(wanted.to_string()),
            now,
        )
        .await?;
        let asks = !own && !wanted.within(&allowed);
        if asks {
            asking::notify(&transaction, &after, now).await?;
        }
        transaction.commit().await?;
        self.revocations.change_clients([(id, after.version)]);
        if asks {
            self.ask_member(&member, &after);
        }
        Ok((after, true))
    }

    /// Agrees to scopes that an application of one's own account asks for; to all that it asks for, or to less.
    ///
    /// # Errors
    /// `CLIENT_NOT_FOUND` of those of others, `CLIENT_ENDED`, `INVALID_SCOPE` where it does not ask for one,
    /// `TOTP_NOT_ENROLLED`.
    pub async fn approve_client(
        &self,
        signed_in: &SignedIn,
        id: Uuid,
        allowed: &Scopes,
        now: DateTime<Utc>,
    ) -> Result<api_client::Model, IdentityError> {
        check_scopes(allowed)?;
        let transaction = self.database.begin().await?;
        let (before, member) = with_member(&transaction, id, Some(signed_in.account)).await?;
        if !allowed.within(&scopes(&before)) {
            return Err(IdentityError::refused(
                Refusal::InvalidScope,
                format!(
                    "The application does not ask for all of this, or not any more; it asks for: {}.",
                    before.scopes
                ),
                &["scopes"],
            ));
        }
        self.check_factor_to_curate(&member, allowed)?;
        let change = api_client::ActiveModel {
            agreed_scopes: Set(allowed.to_string()),
            agreed_at: Set(Some(truncate(now))),
            ..Default::default()
        };
        let after = apply(&transaction, id, change).await?;
        let entry = Entry {
            subject: subject(id),
            reason: Some(allowed.to_string()),
            ..Entry::of_owner(signed_in.account, "CLIENT_APPROVED", now)
        };
        audit::record(&transaction, entry).await?;
        asking::settle(&transaction, &after, now).await?;
        transaction.commit().await?;
        self.revocations.change_clients([(id, after.version)]);
        let what = format!(
            "You let the application \"{}\" act for you, with these scopes: {allowed}. You can end it at any time \
             (endApiClient).",
            after.name
        );
        self.mailer
            .send(letters::changed(&member.email(), &member.row.display_name, &what));
        Ok(after)
    }

    /// Makes a new secret. The one before works until the next is made, so that it can be replaced everywhere; with `revoke`,
    /// it and all tokens end now.
    ///
    /// # Errors
    /// `CLIENT_NOT_FOUND`, `CLIENT_ENDED`.
    pub async fn rotate_client_secret(
        &self,
        actor: &Actor,
        id: Uuid,
        revoke: bool,
        now: DateTime<Utc>,
    ) -> Result<(api_client::Model, Secret), IdentityError> {
        let transaction = self.database.begin().await?;
        let before = living(&transaction, id, None).await?;
        let secrets = api_client_secret::Entity::find()
            .filter(api_client_secret::Column::ClientId.eq(id))
            .order_by_desc(api_client_secret::Column::CreatedAt)
            .all(&transaction)
            .await?;
        let kept = if revoke { 0 } else { SECRETS - 1 };
        let over = secrets.into_iter().skip(kept).map(|secret| secret.hash);
        api_client_secret::Entity::delete_many()
            .filter(api_client_secret::Column::Hash.is_in(over))
            .exec(&transaction)
            .await?;
        let secret = add_secret(&transaction, id, now).await?;
        let after = match revoke {
            true => apply(&transaction, id, Default::default()).await?,
            false => before,
        };
        let what = revoke.then(|| "earlier secrets and tokens ended".to_owned());
        record(&transaction, actor, id, "CLIENT_SECRET_ROTATED", what, now).await?;
        transaction.commit().await?;
        if revoke {
            self.revocations.change_clients([(id, after.version)]);
        }
        Ok((after, secret))
    }

    /// Ends an application for good: its secrets at once, its tokens within a second. Of anybody, or with `whose` of this account
    /// alone.
    ///
    /// # Errors
    /// `CLIENT_NOT_FOUND`, `CLIENT_ENDED`.
    pub async fn end_client(
        &self,
        actor: &Actor,
        id: Uuid,
        whose: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<api_client::Model, IdentityError> {
        let transaction = self.database.begin().await?;
        living(&transaction, id, whose).await?;
        let change = api_client::ActiveModel {
            ended_at: Set(Some(truncate(now))),
            ended_by_id: Set(actor.account()),
            ..Default::default()
        };
        let after = apply(&transaction, id, change).await?;
        delete_secrets(&transaction, id).await?;
        asking::settle(&transaction, &after, now).await?;
        record(&transaction, actor, id, "CLIENT_ENDED", None, now).await?;
        transaction.commit().await?;
        self.revocations.change_clients([(id, after.version)]);
        Ok(after)
    }

    /// Whoever needs a second factor to curate needs it to let an application curate for them.
    fn check_factor_to_curate(&self, member: &Account, wanted: &Scopes) -> Result<(), IdentityError> {
        if wanted.curate() && member.must_enrol_totp(&self.settings) {
            return Err(IdentityError::refused(
                Refusal::TotpNotEnrolled,
                "To let an application curate for you, enrol a second factor first (`enrolTotp`), as you need it to curate \
                 yourself.",
                &["scopes"],
            ));
        }
        Ok(())
    }
}

/// Ends all applications of somebody who deletes their account, takes their names, and gives the new versions, to be told to the
/// revocations after the commit.
///
/// # Errors
/// Where the database is away.
pub async fn end_all(
    transaction: &DatabaseTransaction,
    account: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<(Uuid, i32)>, DbErr> {
    let mut ended = Vec::new();
    for client in super::of(transaction, account).await? {
        let mut change = api_client::ActiveModel {
            name: Set(FORMER_CLIENT.to_owned()),
            ..Default::default()
        };
        if client.ended_at.is_none() {
            change.ended_at = Set(Some(truncate(now)));
            change.ended_by_id = Set(Some(account));
        }
        let after = apply(transaction, client.id, change).await?;
        delete_secrets(transaction, client.id).await?;
        if client.ended_at.is_none() {
            let entry = Entry {
                subject: subject(client.id),
                ..Entry::of_owner(account, "CLIENT_ENDED", now)
            };
            audit::record(transaction, entry).await?;
        }
        ended.push((client.id, after.version));
    }
    Ok(ended)
}

/// Raises the version of a client in the transaction of the change, so that the tokens made before end, and gives the new one.
///
/// # Errors
/// Where the database is away.
pub(super) async fn raise_version(transaction: &DatabaseTransaction, id: Uuid) -> Result<i32, DbErr> {
    let after = apply(transaction, id, Default::default()).await?;
    Ok(after.version)
}

/// Writes a change of a client and raises its version. The time of the change is that of the writing and not that of the request's
/// start, since other processes look for it by its time.
async fn apply(
    transaction: &DatabaseTransaction,
    id: Uuid,
    change: api_client::ActiveModel,
) -> Result<api_client::Model, DbErr> {
    api_client::Entity::update_many()
        .set(change)
        .col_expr(
            api_client::Column::Version,
            Expr::col(api_client::Column::Version).add(1),
        )
        .col_expr(api_client::Column::ChangedAt, Expr::value(truncate(Utc::now())))
        .filter(api_client::Column::Id.eq(id))
        .exec(transaction)
        .await?;
    api_client::Entity::find_by_id(id)
        .one(transaction)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("api_client".to_owned()))
}

/// A client that was not ended, with its row locked until the transaction ends; of anybody, or of this account alone.
async fn living(
    transaction: &DatabaseTransaction,
    id: Uuid,
    whose: Option<Uuid>,
) -> Result<api_client::Model, IdentityError> {
    let found = api_client::Entity::find_by_id(id)
        .lock_exclusive()
        .one(transaction)
        .await?
        .filter(|client| whose.is_none_or(|account| account == client.account_id))
        .ok_or_else(not_found)?;
    if found.ended_at.is_some() {
        return Err(IdentityError::refused(
            Refusal::ClientEnded,
            "The application was ended for good; create another one.",
            &["client"],
        ));
    }
    Ok(found)
}

/// The same, with the member that it acts for, whose row is locked before the client's, as where an account is deleted.
async fn with_member(
    transaction: &DatabaseTransaction,
    id: Uuid,
    whose: Option<Uuid>,
) -> Result<(api_client::Model, Account), IdentityError> {
    let account: Option<Uuid> = api_client::Entity::find_by_id(id)
        .select_only()
        .column(api_client::Column::AccountId)
        .into_tuple()
        .one(transaction)
        .await?;
    let member = account::by_id_locked(transaction, account.ok_or_else(not_found)?)
        .await?
        .ok_or_else(not_found)?;
    Ok((living(transaction, id, whose).await?, member))
}

fn not_found() -> IdentityError {
    IdentityError::refused(
        Refusal::ClientNotFound,
        "There is no such application, or it does not act for you.",
        &["client"],
    )
}

/// Refuses another application of an account that has its share.
async fn refuse_too_many(connection: &impl ConnectionTrait, account: Uuid) -> Result<(), IdentityError> {
    let living = api_client::Entity::find()
        .filter(api_client::Column::AccountId.eq(account))
        .filter(api_client::Column::EndedAt.is_null())
        .count(connection)
        .await?;
    if living < MOST {
        return Ok(());
    }
    Err(IdentityError::refused(
        Refusal::TooManyClients,
        format!("{MOST} applications act for this member already; end one first."),
        &["actsFor"],
    ))
}

/// Whether the actor is the member themselves, in a session of theirs.
fn is_own(actor: &Actor, account: Uuid) -> bool {
    actor.is_member(account, &[])
}

fn read_name(text: &str) -> Result<String, IdentityError> {
    account::read_display_name(text).map_err(|error| match error {
        IdentityError::Refused(errors) => IdentityError::Refused(
            errors
                .into_iter()
                .map(|mut error| {
                    error.path = vec!["name".to_owned()];
                    error
                })
                .collect(),
        ),
        other => other,
    })
}

fn check_scopes(scopes: &Scopes) -> Result<(), IdentityError> {
    if scopes.is_empty() {
        return Err(IdentityError::refused(
            Refusal::InvalidScope,
            "Name at least one scope; what is published can be read without an access token.",
            &["scopes"],
        ));
    }
    Ok(())
}

async fn add_secret(
    transaction: &DatabaseTransaction,
    client: Uuid,
    now: DateTime<Utc>,
) -> Result<Secret, IdentityError> {
    let secret = random::token("pcs_")?;
    api_client_secret::Entity::insert(api_client_secret::ActiveModel {
        hash: Set(random::fingerprint(secret.expose())),
        client_id: Set(client),
        created_at: Set(truncate(now)),
    })
    .exec_without_returning(transaction)
    .await?;
    Ok(secret)
}

async fn delete_secrets(connection: &impl ConnectionTrait, client: Uuid) -> Result<(), DbErr> {
    api_client_secret::Entity::delete_many()
        .filter(api_client_secret::Column::ClientId.eq(client))
        .exec(connection)
        .await?;
    Ok(())
}

async fn record(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    client: Uuid,
    action: &'static str,
    reason: Option<String>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let entry = Entry {
        subject: subject(client),
        reason,
        ..Entry::new(actor, action, now)
    };
    audit::record(transaction, entry).await
}
