//! Which content a search considers.

use std::collections::BTreeMap;

use async_graphql::{InputObject, SimpleObject};
use praxis_entities::vocabulary::{
    ConceptScheme, ContentKind, EvidenceDirection, Factor, OutcomeDomain, StrengthLevel,
};
use praxis_search::{Field, Filter};

use super::languages;
use crate::content::document::validate::known_language;
use crate::content::filter::{YearRange, given};
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::{CountryCode, LanguageTag};
use crate::vocabulary::Vocabulary;

/// Which content a search considers. Every given condition must hold; within one condition any value will do.
#[derive(Clone, Debug, Default, InputObject, SimpleObject)]
#[graphql(input_name = "SearchFilter", name = "SavedSearchFilter")]
pub struct SearchFilter {
    /// Kinds of content.
    pub kinds: Option<Vec<ContentKind>>,
    /// Theme slugs. A broader theme includes everything under it.
    pub themes: Option<Vec<String>>,
    /// ISO 3166-1 alpha-2 codes.
    pub countries: Option<Vec<CountryCode>>,
    /// UN M49 codes. A region includes every country in it.
    pub regions: Option<Vec<String>>,
    /// BCP 47 tags of languages in which the content can be had. `fr` includes `fr-CA`. `fr-CA` also finds what is in French of no
    /// country, but not what is in `fr-FR`.
    pub languages: Option<Vec<LanguageTag>>,
    /// Instrument slugs.
    pub instruments: Option<Vec<String>>,
    /// What findings are about.
    pub outcome_domains: Option<Vec<OutcomeDomain>>,
    /// Which way findings point.
    pub directions: Option<Vec<EvidenceDirection>>,
    /// Only findings at least this strong.
    pub minimum_strength: Option<StrengthLevel>,
    /// What lessons turn on.
    pub factors: Option<Vec<Factor>>,
    /// Year of publication of a resource, first year of an initiative, latest year measured by a finding.
    pub years: Option<YearRange>,
    /// Only versions for children, or only others.
    pub child_friendly: Option<bool>,
}

impl SearchFilter {
    /// Whether it leaves everything.
    pub fn is_empty(&self) -> bool {
        let Self {
            kinds,
            themes,
            countries,
            regions,
            languages,
            instruments,
            outcome_domains,
            directions,
            minimum_strength,
            factors,
            years,
            child_friendly,
        } = self;
        let lists = [
            given(kinds).is_none(),
            given(themes).is_none(),
            given(countries).is_none(),
            given(regions).is_none(),
            given(languages).is_none(),
            given(instruments).is_none(),
            given(outcome_domains).is_none(),
            given(directions).is_none(),
            given(factors).is_none(),
        ];
        let years = years
            .as_ref()
            .is_none_or(|years| years.from.is_none() && years.to.is_none());
        lists.into_iter().all(|empty| empty) && minimum_strength.is_none() && child_friendly.is_none() && years
    }

    /// The filter as engines take it.
    ///
    /// # Errors
    /// Where it names something that is unknown, or a range of years that holds none.
    pub fn check(&self, vocabulary: &Vocabulary) -> Result<Filter, ApiError> {
        let mut any_of = BTreeMap::new();
        let mut add = |field, values: Vec<String>| {
            any_of.insert(field, values);
        };
        let concepts = |scheme, codes: &[String]| -> Result<Vec<String>, ApiError> {
            codes
                .iter()
                .map(|code| Ok(vocabulary.require(scheme, code)?.code.clone()))
                .collect()
        };
        if let Some(kinds) = given(&self.kinds) {
            add(Field::Kind, names(kinds, ContentKind::as_str));
        }
        if let Some(themes) = given(&self.themes) {
            add(Field::Theme, concepts(ConceptScheme::Theme, themes)?);
        }
        if let Some(countries) = given(&self.countries) {
            let codes: Vec<String> = countries.iter().map(ToString::to_string).collect();
            add(Field::Country, concepts(ConceptScheme::Country, &codes)?);
        }
        if let Some(regions) = given(&self.regions) {
            add(Field::Region, concepts(ConceptScheme::Region, regions)?);
        }
        if let Some(tags) = given(&self.languages) {
            for tag in tags {
                known_language(vocabulary, tag)?;
            }
            add(Field::Language, tags.iter().flat_map(languages::accepted).collect());
        }
        if let Some(instruments) = given(&self.instruments) {
            add(Field::Instrument, concepts(ConceptScheme::Instrument, instruments)?);
        }
        if let Some(domains) = given(&self.outcome_domains) {
            add(Field::OutcomeDomain, names(domains, OutcomeDomain::as_str));
        }
        if let Some(directions) = given(&self.directions) {
            add(Field::Direction, names(directions, EvidenceDirection::as_str));
        }
        if let Some(factors) = given(&self.factors) {
            add(Field::Factor, names(factors, Factor::as_str));
        }
        if let Some(years) = &self.years {
            years.check()?;
        }
        Ok(Filter {
            any_of,
            minimum_strength: self.minimum_strength.map(|level| level as u8),
            year_from: self.years.as_ref().and_then(|years| years.from),
            year_to: self.years.as_ref().and_then(|years| years.to),
            child_friendly: self.child_friendly,
        })
    }
}

fn names<T: Copy>(values: &[T], name: fn(T) -> &'static str) -> Vec<String> {
    values.iter().map(|value| name(*value).to_owned()).collect()
}
