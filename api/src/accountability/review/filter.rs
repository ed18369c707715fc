//! The filter of lists of reviews.

use async_graphql::InputObject;
use praxis_entities::{mechanism, review};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};

use crate::accountability::reference::Narrowing;
use crate::accountability::states::States;
use crate::content::filter::given;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::Loaders;
use crate::graphql::scalars::CountryCode;
use crate::vocabulary::slugs::{self, Slugged};

/// Which reviews a list holds. Every given condition must hold; within one condition any value will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct ReviewFilter {
    /// ISO 3166-1 alpha-2 codes of the states under review.
    pub countries: Option<Vec<CountryCode>>,
    /// UN M49 codes of regions. A region includes every country in it.
    pub regions: Option<Vec<String>>,
    /// Slugs of mechanisms, in capitals too; those of all are in the query `mechanisms`.
    pub mechanisms: Option<Vec<String>>,
    /// Numbers of cycles.
    pub cycles: Option<Vec<i32>>,
    /// Names of sessions, e.g. `10`.
    pub sessions: Option<Vec<String>>,
}

/// A filter whose countries and regions have been looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Checked {
    states: States,
    mechanisms: Option<Vec<String>>,
    cycles: Option<Vec<i32>>,
    sessions: Option<Vec<String>>,
}

impl ReviewFilter {
    /// Looks up what the filter names.
    ///
    /// # Errors
    /// Where a country, a region or a mechanism is unknown.
    pub async fn check(self, loaders: &Loaders) -> Result<Checked, ApiError> {
        let states = States::find(&loaders.app().vocabulary, &self.countries, &self.regions)?;
        if let Some(mechanisms) = given(&self.mechanisms) {
            slugs::require(loaders, Slugged::Mechanism, mechanisms).await?;
        }
        Ok(Checked {
            states,
            mechanisms: given(&self.mechanisms).map(<[_]>::to_vec),
            cycles: given(&self.cycles).map(<[_]>::to_vec),
            sessions: given(&self.sessions).map(<[_]>::to_vec),
        })
    }
}

impl Narrowing for Checked {
    fn condition(&self) -> Condition {
        let column = |column| Expr::col((review::Entity, column));
        let mut condition = self.states.condition(&column(review::Column::CountryId));
        if let Some(mechanisms) = &self.mechanisms {
            condition = condition.add(before(mechanisms));
        }
        if let Some(cycles) = &self.cycles {
            condition = condition.add(column(review::Column::Cycle).is_in(cycles.iter().copied()));
        }
        if let Some(sessions) = &self.sessions {
            condition = condition.add(column(review::Column::Session).is_in(texts(sessions)));
        }
        condition
    }
}

/// Reviews before one of these mechanisms.
pub fn before(mechanisms: &[String]) -> SimpleExpr {
    Expr::col((review::Entity, review::Column::MechanismId)).in_subquery(
        Query::select()
            .column((mechanism::Entity, mechanism::Column::Id))
            .from(mechanism::Entity)
            .and_where(Expr::col((mechanism::Entity, mechanism::Column::Slug)).is_in(slugs::written(mechanisms)))
            .take(),
    )
}

/// PostgreSQL has no text with the character U+0000; what holds one names nothing.
fn texts(values: &[String]) -> Vec<String> {
    values.iter().map(|value| value.replace('\0', "\u{fffd}")).collect()
}
