//! The rows of facts, and writing those that have changed.

use std::collections::HashMap;
use std::hash::Hash;

use praxis_entities::{observation, ratification};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ActiveModelTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter};
use uuid::Uuid;

use super::super::rows::replace;
use crate::curation::publish::Outcome;

/// What a ratification is of: treaty and state.
pub type RatificationKey = (Uuid, Uuid);

/// What an observation is of: indicator, country, period and group of people.
pub type ObservationKey = (Uuid, Uuid, String, String);

/// A row that is named by what it is of.
pub trait Fact: ModelTrait + PartialEq + Sync + Sized {
    /// What it is of.
    type Key: Eq + Hash + Send;

    /// What it is of.
    fn key(&self) -> Self::Key;

    /// Takes the place of the row that is stored.
    fn replace(&mut self, stored: &Self);

    /// The condition that what is stored of the same fulfils.
    fn with_keys(rows: &[Self]) -> SimpleExpr;
}

impl Fact for ratification::Model {
    type Key = RatificationKey;

    fn key(&self) -> RatificationKey {
        (self.treaty_id, self.country_id)
    }

    fn replace(&mut self, stored: &Self) {
        self.id = stored.id;
    }

    fn with_keys(rows: &[Self]) -> SimpleExpr {
        Expr::tuple([
            Expr::col(ratification::Column::TreatyId),
            Expr::col(ratification::Column::CountryId),
        ])
        .in_tuples(rows.iter().map(Fact::key))
    }
}

impl Fact for observation::Model {
    type Key = ObservationKey;

    fn key(&self) -> ObservationKey {
        (
            self.indicator_id,
            self.country_id,
            self.period.clone(),
            self.disaggregation.clone(),
        )
    }

    fn replace(&mut self, stored: &Self) {
        self.id = stored.id;
    }

    fn with_keys(rows: &[Self]) -> SimpleExpr {
        Expr::tuple([
            Expr::col(observation::Column::IndicatorId),
            Expr::col(observation::Column::CountryId),
            Expr::col(observation::Column::Period),
            Expr::col(observation::Column::Disaggregation),
        ])
        .in_tuples(rows.iter().map(Fact::key))
    }
}

/// Writes at most [`super::BATCH`] facts, none of which is of what another one is of: those that are new, and those that are
/// not the `same` as what is stored. Says what was done.
///
/// # Errors
/// Where the database refuses.
pub async fn write<M>(
    transaction: &DatabaseTransaction,
    rows: Vec<M>,
    same: impl Fn(&M, &M) -> bool,
) -> Result<Outcome, DbErr>
where
    M: Fact + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    M::Entity: EntityTrait<Model = M>,
    <M::Entity as EntityTrait>::ActiveModel: ActiveModelTrait<Entity = M::Entity> + Send,
{
    let mut outcome = Outcome::default();
    if rows.is_empty() {
        return Ok(outcome);
    }
    let stored: HashMap<M::Key, M> = M::Entity::find()
        .filter(M::with_keys(&rows))
        .all(transaction)
        .await?
        .into_iter()
        .map(|row| (row.key(), row))
        .collect();
    let mut changed = Vec::new();
    for mut row in rows {
        match stored.get(&row.key()) {
            Some(before) => {
                row.replace(before);
                if same(&row, before) {
                    outcome.unchanged += 1;
                    continue;
                }
                outcome.updated += 1;
            }
            None => outcome.created += 1,
        }
        changed.push(row);
    }
    replace(transaction, changed).await?;
    Ok(outcome)
}
