//! What a limited moderator curates: within some languages, within some countries, or both. One rule, for rows in memory
//! and for statements.
//!
//! Content belongs to a remit of languages where it was written in one of them, whatever the variant; to a remit of
//! countries where it names one of them. What names no country belongs to no remit of countries.

pub mod graphql;
pub mod limits;
pub mod rows;

use std::collections::{BTreeMap, BTreeSet};

use praxis_entities::vocabulary::{ConceptScheme, ModerationLimitKind};
use praxis_entities::{concept, content, content_concept, submission, submission_country};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition};
use serde::{Deserialize, Serialize};

use super::Actor;

/// What a limited moderator curates.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Remit {
    /// Base languages, e.g. `pt`; every language where they are missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    languages: Option<BTreeSet<String>>,
    /// ISO 3166-1 alpha-2 codes; everything, also what names no country, where they are missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    countries: Option<BTreeSet<String>>,
}

impl Remit {
    /// The remit that limits come to, with the countries of each region; none where there are no limits.
    pub fn of(limits: &BTreeSet<(ModerationLimitKind, String)>, regions: &Regions) -> Option<Self> {
        let codes = |wanted: ModerationLimitKind| {
            limits
                .iter()
                .filter(move |(kind, _)| *kind == wanted)
                .map(|(_, code)| code.as_str())
        };
        let languages: BTreeSet<String> = codes(ModerationLimitKind::Language)
            .map(|tag| base(tag).to_owned())
            .collect();
        let by_place = limits.iter().any(|(kind, _)| *kind != ModerationLimitKind::Language);
        let countries = by_place.then(|| {
            codes(ModerationLimitKind::Country)
                .map(str::to_owned)
                .chain(codes(ModerationLimitKind::Region).flat_map(|region| regions.countries(region)))
                .collect()
        });
        let languages = (!languages.is_empty()).then_some(languages);
        (languages.is_some() || countries.is_some()).then_some(Self { languages, countries })
    }

    /// Whether it holds what was written in this language and names these countries.
    pub fn holds(&self, language: &str, countries: &[String]) -> bool {
        let written = self.languages.as_ref().is_none_or(|own| own.contains(base(language)));
        let placed = self
            .countries
            .as_ref()
            .is_none_or(|own| countries.iter().any(|country| own.contains(country)));
        written && placed
    }

    /// The same of rows of `submission`.
    pub fn of_submissions(&self) -> Condition {
        let mut all = Condition::all().add(self.written_in(submission::Column::Language));
        if let Some(countries) = &self.countries {
            let named = Query::select()
                .expr(Expr::val(1))
                .from(submission_country::Entity)
                .and_where(
                    Expr::col((submission_country::Entity, submission_country::Column::SubmissionId))
                        .equals((submission::Entity, submission::Column::Id)),
                )
                .and_where(submission_country::Column::Country.is_in(countries))
                .take();
            all = all.add(Expr::exists(named));
        }
        all
    }

    /// The same of rows of `content`.
    pub fn of_content(&self) -> Condition {
        let mut all = Condition::all().add(self.written_in(content::Column::Language));
        if let Some(countries) = &self.countries {
            let codes = Query::select()
                .column(concept::Column::Id)
                .from(concept::Entity)
                .and_where(concept::Column::Scheme.eq(ConceptScheme::Country))
                .and_where(concept::Column::Code.is_in(countries))
                .take();
            let named = Query::select()
                .expr(Expr::val(1))
                .from(content_concept::Entity)
                .and_where(
                    Expr::col((content_concept::Entity, content_concept::Column::ContentId))
                        .equals((content::Entity, content::Column::Id)),
                )
                .and_where(content_concept::Column::ConceptId.in_subquery(codes))
                .take();
            all = all.add(Expr::exists(named));
        }
        all
    }

    /// Whether it holds the submission with the key in this column.
    pub fn submission_of(&self, key: impl ColumnTrait) -> Expr {
        let held = Query::select()
            .expr(Expr::val(1))
            .from(submission::Entity)
            .and_where(Expr::col((submission::Entity, submission::Column::Id)).equals(key.as_column_ref()))
            .cond_where(self.of_submissions())
            .take();
        Expr::exists(held)
    }

    /// Whether it holds the content with the key in this column.
    pub fn content_of(&self, key: impl ColumnTrait) -> Expr {
        let held = Query::select()
            .expr(Expr::val(1))
            .from(content::Entity)
            .and_where(Expr::col((content::Entity, content::Column::Id)).equals(key.as_column_ref()))
            .cond_where(self.of_content())
            .take();
        Expr::exists(held)
    }

    fn written_in(&self, column: impl ColumnTrait) -> Condition {
        let Some(languages) = &self.languages else {
            return Condition::all();
        };
        let exact = Condition::any().add(column.is_in(languages));
        languages
            .iter()
            .fold(exact, |any, language| any.add(column.like(format!("{language}-%"))))
    }
}

/// Of rows that belong to a submission or to content, with the keys in these columns, those that an actor who moderates may decide
/// on: what they are not limited from.
pub fn curated(actor: &Actor, submission: impl ColumnTrait, content: impl ColumnTrait) -> Condition {
    match actor.remit() {
        None => Condition::all(),
        Some(remit) => Condition::any()
            .add(remit.submission_of(submission))
            .add(remit.content_of(content)),
    }
}

/// The base language of a BCP 47 tag.
fn base(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// Which region each region and each country lies in.
#[derive(Debug, Default)]
pub struct Regions {
    /// The region of each region.
    pub regions: BTreeMap<String, Option<String>>,
    /// The region of each country.
    pub countries: BTreeMap<String, Option<String>>,
}

impl Regions {
    /// The countries of a region and of the regions in it.
    fn countries(&self, region: &str) -> Vec<String> {
        let within = |country: &Option<String>| {
            let mut at = country.as_ref();
            // The bound keeps a damaged vocabulary from looping.
            for _ in 0..=self.regions.len() {
                match at {
                    Some(code) if code == region => return true,
                    Some(code) => at = self.regions.get(code).and_then(Option::as_ref),
                    None => return false,
                }
            }
            false
        };
        self.countries
            .iter()
            .filter(|(_, region)| within(region))
            .map(|(code, _)| code.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests;
