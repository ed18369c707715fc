//! The rules that reference nodes obey.

use chrono::Datelike;
use praxis_entities::vocabulary::ConceptScheme;
use uuid::Uuid;

use super::{IndicatorInput, MechanismInput, ReferenceInput, ReviewInput, Reviews, TreatyInput};
use crate::content::document::problem::{ProblemCode, Problems};
use crate::content::document::validate::{Rules, TEXT, TITLE, is_slug};
use crate::graphql::scalars::Markdown;

/// Finds what reference nodes refer to.
pub trait Lookup {
    /// The key of the mechanism with this slug.
    fn mechanism(&self, slug: &str) -> Option<Uuid>;

    /// The key of the resource with this slug.
    fn resource(&self, slug: &str) -> Option<Uuid>;

    /// The reviews that there are.
    fn reviews(&self) -> &Reviews;
}

impl ReferenceInput {
    /// Finds everything that is wrong with a node.
    pub fn check(&self, slug: &str, rules: &Rules<'_>, lookup: &dyn Lookup, problems: &mut Problems) {
        if !is_slug(slug) {
            problems.add(
                ProblemCode::InvalidSlug,
                "slug",
                "Write lower-case letters, digits and single hyphens between them, e.g. `upr-np-cycle-1`.",
            );
        }
        if let Some(citation) = self.citation() {
            rules.optional_line(problems, "citation.locator", citation.locator.as_deref());
            if lookup.resource(&citation.resource).is_none() {
                unknown(problems, "citation.resource", "resource", &citation.resource);
            }
        }
        match self {
            ReferenceInput::Mechanism(input) => mechanism(input, rules, problems),
            ReferenceInput::Review(input) => {
                review(input, rules, lookup, problems);
                beside_others(slug, input, lookup.reviews(), problems);
            }
            ReferenceInput::Treaty(input) => treaty(input, rules, problems),
            ReferenceInput::Indicator(input) => indicator(input, rules, problems),
        }
    }
}

pub(super) fn unknown(problems: &mut Problems, path: &str, name: &str, slug: &str) {
    let shown: String = slug.chars().take(100).collect();
    problems.add(
        ProblemCode::UnknownReference,
        path,
        format!("There is no {name} `{shown}`. Check the spelling, or add it before, or in the same file."),
    );
}

fn markdown(rules: &Rules<'_>, problems: &mut Problems, path: &str, text: Option<&str>) {
    let text = text.map(Markdown::trusted);
    rules.markdown(problems, path, text.as_ref(), TEXT);
    if text.is_some_and(|text| text.as_str().contains('\0')) {
        problems.add(ProblemCode::Invalid, path, "Remove the character U+0000.");
    }
}

fn mechanism(input: &MechanismInput, rules: &Rules<'_>, problems: &mut Problems) {
    rules.line(problems, "name", &input.name, TITLE);
    rules.optional_line(problems, "acronym", input.acronym.as_deref());
    markdown(rules, problems, "description", input.description.as_deref());
}

fn review(input: &ReviewInput, rules: &Rules<'_>, lookup: &dyn Lookup, problems: &mut Problems) {
    if lookup.mechanism(&input.mechanism).is_none() {
        unknown(problems, "mechanism", "mechanism", &input.mechanism);
    }
    if let Err(error) = rules.vocabulary.require(ConceptScheme::Country, input.country.as_str()) {
        problems.add(ProblemCode::UnknownCountry, "country", error.message());
    }
    if let Some(cycle) = input.cycle.filter(|cycle| !(1..=100).contains(cycle)) {
        problems.add(
            ProblemCode::Invalid,
            "cycle",
            format!("{cycle} is no cycle; write a number from 1 to 100."),
        );
    }
    rules.optional_line(problems, "session", input.session.as_deref());
    rules.optional_line(problems, "documentSymbol", input.document_symbol.as_deref());
    if let Some(year) = input.year.filter(|year| !(1900..=9999).contains(year)) {
        problems.add(
            ProblemCode::Invalid,
            "year",
            format!("{year} is no year of a review; write four digits."),
        );
    }
    if let (Some(date), Some(year)) = (input.date, input.year)
        && date.0.year() != year
    {
        problems.add(
            ProblemCode::Invalid,
            "year",
            format!("{year} is not the year of {}; leave one out.", date.0),
        );
    }
}

/// What is attached to a review is about its state, and a state's record before a mechanism must not be in two places.
fn beside_others(slug: &str, input: &ReviewInput, reviews: &Reviews, problems: &mut Problems) {
    if let Some(before) = reviews.moved(slug, input) {
        let (country, mechanism) = (&before.country, &before.mechanism);
        for (path, is, becomes) in [
            ("country", country, input.country.as_str()),
            ("mechanism", mechanism, input.mechanism.as_str()),
        ] {
            if is != becomes {
                problems.add(
                    ProblemCode::Invalid,
                    path,
                    format!(
                        "`{slug}` is the review of {country} before `{mechanism}`, and what belongs to it (recommendations, \
                         asks, commitments or reported figures) would be of another one. Write `{is}`, or give the other \
                         review a slug of its own."
                    ),
                );
            }
        }
    }
    if let Some(other) = reviews.same(slug, input) {
        let cycle = input.cycle.unwrap_or_default();
        problems.add(
            ProblemCode::Duplicate,
            "slug",
            format!(
                "`{other}` is the review of {} before `{}` in cycle {cycle} already; refer to it by that slug. If these are \
                 two, in different sessions of the cycle, write the `session` of each.",
                input.country, input.mechanism
            ),
        );
    }
}

fn treaty(input: &TreatyInput, rules: &Rules<'_>, problems: &mut Problems) {
    rules.line(problems, "name", &input.name, TITLE);
    rules.optional_line(problems, "acronym", input.acronym.as_deref());
    rules.past(problems, "adoptedOn", input.adopted_on);
    rules.in_order(problems, "inForceOn", input.adopted_on, input.in_force_on);
}

fn indicator(input: &IndicatorInput, rules: &Rules<'_>, problems: &mut Problems) {
    rules.line(problems, "name", &input.name, TITLE);
    markdown(rules, problems, "definition", input.definition.as_deref());
    rules.optional_line(problems, "unit", input.unit.as_deref());
    rules.optional_line(problems, "source", input.source.as_deref());
    let themes = input.themes.as_deref().unwrap_or_default();
    rules.concepts(problems, "themes", ConceptScheme::Theme, themes);
}
