//! The states that a filter names, by their codes and by regions.

use praxis_entities::vocabulary::ConceptScheme;
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait};
use uuid::Uuid;

use crate::content::filter::given;
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::CountryCode;
use crate::vocabulary::Vocabulary;

/// The keys of the states that a filter names. Where it names countries and regions, a state must be among both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct States {
    countries: Option<Vec<Uuid>>,
    regions: Option<Vec<Uuid>>,
}

impl States {
    /// Looks them up.
    ///
    /// # Errors
    /// Where a country or a region is unknown.
    pub fn find(
        vocabulary: &Vocabulary,
        countries: &Option<Vec<CountryCode>>,
        regions: &Option<Vec<String>>,
    ) -> Result<Self, ApiError> {
        let countries = given(countries)
            .map(|countries| {
                let codes: Vec<String> = countries.iter().map(ToString::to_string).collect();
                vocabulary.expand(ConceptScheme::Country, &codes)
            })
            .transpose()?;
        let regions = given(regions)
            .map(|regions| vocabulary.expand(ConceptScheme::Region, regions))
            .transpose()?;
        Ok(Self { countries, regions })
    }

    /// That this column has the key of one of them; true where the filter names none.
    pub fn condition(&self, column: &Expr) -> Condition {
        let mut condition = Condition::all();
        for states in [&self.countries, &self.regions].into_iter().flatten() {
            condition = condition.add(column.clone().is_in(states.iter().copied()));
        }
        condition
    }
}
