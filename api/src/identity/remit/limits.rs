//! An operator says what a moderator is limited to.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use praxis_entities::moderation_limit;
use praxis_entities::vocabulary::{ConceptScheme, ModerationLimitKind};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::rows;
use crate::graphql::errors::{ApiError, Code};
use crate::identity::Actor;
use crate::identity::audit::{self, Entry};
use crate::identity::error::IdentityError;
use crate::identity::grants::raise_version;
use crate::identity::service::Identity;
use crate::vocabulary::Vocabulary;

/// Most languages, regions and countries that a moderator is limited to. What they come to must fit into an access token.
const LIMITS: usize = 100;

/// What a moderator is limited to; without any entry, to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits(BTreeSet<(ModerationLimitKind, String)>);

impl Limits {
    /// Limits by these codes of the vocabularies.
    ///
    /// # Errors
    /// `UNKNOWN_LANGUAGE`, `UNKNOWN_REGION`, `UNKNOWN_COUNTRY`; `BAD_REQUEST` of more than 100.
    pub fn read(
        vocabulary: &Vocabulary,
        languages: &[String],
        regions: &[String],
        countries: &[String],
    ) -> Result<Self, ApiError> {
        let mut limits = BTreeSet::new();
        for (kind, scheme, codes) in [
            (ModerationLimitKind::Language, ConceptScheme::Language, languages),
            (ModerationLimitKind::Region, ConceptScheme::Region, regions),
            (ModerationLimitKind::Country, ConceptScheme::Country, countries),
        ] {
            for code in codes {
                limits.insert((kind, vocabulary.require(scheme, code)?.code.clone()));
            }
        }
        if limits.len() > LIMITS {
            return Err(ApiError::new(
                Code::BadRequest,
                format!(
                    "Give at most {LIMITS} languages, regions and countries; a region stands for all countries in it."
                ),
            ));
        }
        Ok(Self(limits))
    }

    /// In words, for operators and the audit log.
    pub fn describe(&self) -> String {
        if self.0.is_empty() {
            return "no limits".to_owned();
        }
        let kinds = [
            (ModerationLimitKind::Language, "languages"),
            (ModerationLimitKind::Region, "regions"),
            (ModerationLimitKind::Country, "countries"),
        ];
        let parts: Vec<String> = kinds
            .into_iter()
            .filter_map(|(kind, name)| {
                let codes: Vec<&str> = self
                    .0
                    .iter()
                    .filter(|(own, _)| *own == kind)
                    .map(|(_, code)| code.as_str())
                    .collect();
                (!codes.is_empty()).then(|| format!("{name} {}", codes.join(",")))
            })
            .collect();
        parts.join("; ")
    }
}

impl FromIterator<moderation_limit::Model> for Limits {
    fn from_iter<I: IntoIterator<Item = moderation_limit::Model>>(rows: I) -> Self {
        Self(rows.into_iter().map(|row| (row.kind, row.code)).collect())
    }
}

impl Identity {
    /// Limits what an account curates as a moderator, in place of what it was limited to before. Says whether that changes
    /// anything. Limits are kept for an account that is no moderator, and bind it once it is.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn limit(
        &self,
        actor: &Actor,
        account: Uuid,
        limits: &Limits,
        now: DateTime<Utc>,
    ) -> Result<bool, IdentityError> {
        let transaction = self.database.begin().await?;
        // First, so that of two changes at once the second sees the first.
        let version = raise_version(&transaction, account).await?;
        let before: Limits = rows::of_account(&transaction, account).await?.into_iter().collect();
        if before == *limits {
            return Ok(false);
        }
        moderation_limit::Entity::delete_many()
            .filter(moderation_limit::Column::AccountId.eq(account))
            .exec(&transaction)
            .await?;
        if !limits.0.is_empty() {
            let rows = limits.0.iter().map(|(kind, code)| moderation_limit::ActiveModel {
                account_id: Set(account),
                kind: Set(*kind),
                code: Set(code.clone()),
            });
            moderation_limit::Entity::insert_many(rows)
                .exec_without_returning(&transaction)
                .await?;
        }
        let entry = Entry::about(actor, account, "MODERATION_LIMITED", now).because(limits.describe());
        audit::record(&transaction, entry).await?;
        transaction.commit().await?;
        self.revocations.change(account, version);
        Ok(true)
    }
}
