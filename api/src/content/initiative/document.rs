//! The document of an initiative.

use async_graphql::InputObject;
use praxis_entities::vocabulary::{
    ContentKind, DatePrecision, InitiativeLevel, InitiativeStage, ParticipantGroup, PartnerRole, RelationKind,
};
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::accountability::ask::{self, AskInput};
use crate::accountability::target::document::{self as target, IndicatorTargetInput};
use crate::content::document::problem::{ProblemCode, Problems};
use crate::content::document::reference::{self, Meaning, Slot};
use crate::content::document::validate::{Rules, TEXT};
use crate::content::document::{Common, Document, FindReview, FindReviewOf, Named, document};
use crate::graphql::scalars::{Date, Markdown};

document! {
    /// A piece of work that someone did, or is doing, to hold duty bearers to account for the rights of children.
    InitiativeInput {
        /// Slugs of the instruments that were used; at least one.
        instruments: Vec<String>,
        /// The level at which it works.
        level: InitiativeLevel,
        /// How far it has come.
        stage: InitiativeStage,
        /// The first day.
        started_on: Option<Date>,
        /// How exactly the first day is known: with `MONTH` give the first of the month, with `YEAR` the first of
        /// January. `DAY` where it is missing.
        started_on_precision: Option<DatePrecision>,
        /// The last day.
        ended_on: Option<Date>,
        /// How exactly the last day is known.
        ended_on_precision: Option<DatePrecision>,
        /// What was done, CommonMark, at most 20,000 characters.
        activities: Option<Markdown>,
        /// The organisations that have a part in it.
        partners: Option<Vec<PartnerInput>>,
        /// The practitioners who work or worked on it.
        people: Option<Vec<PersonInput>>,
        /// How many took part; never who.
        participation: Option<Vec<ParticipationInput>>,
        /// Slugs or ids of the initiatives that it was adapted from.
        adapted_from: Option<Vec<String>>,
        /// What was changed from the original, and why, CommonMark.
        adaptation: Option<Markdown>,
        /// Slugs or ids of the larger initiatives that it belongs to.
        part_of: Option<Vec<String>>,
        /// Slugs or ids of the initiatives that came before it and that it builds on.
        follows: Option<Vec<String>>,
        /// What it asked for in reviews, each with the recommendations that reflect it.
        asks: Option<Vec<AskInput>>,
        /// The indicators by which it is measured: those of a plan of action, with baseline, target and what was reported.
        indicators: Option<Vec<IndicatorTargetInput>>,
        /// Slugs or ids of recommendations that it led to or worked for, beside those that reflect its asks.
        recommendations: Option<Vec<String>>,
    }
}

/// The part that an organisation has in an initiative.
#[derive(Clone, Debug, PartialEq, Eq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartnerInput {
    /// Slug or id of the organisation.
    pub organization: String,
    /// Its part.
    pub role: PartnerRole,
}

/// A practitioner who works or worked on an initiative, or took part in an event in a public role.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Hash, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonInput {
    /// Slug or id of the practitioner.
    pub practitioner: String,
    /// What they did.
    pub role: Option<String>,
}

/// How many took part; never who.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParticipationInput {
    /// Who was counted.
    pub group: ParticipantGroup,
    /// How many.
    pub count: i32,
    /// The youngest age, in years.
    pub age_from: Option<i32>,
    /// The oldest age, in years.
    pub age_to: Option<i32>,
    /// How many of them were girls or women.
    pub girls: Option<i32>,
    /// How many of them were boys or men.
    pub boys: Option<i32>,
    /// What they took part in.
    pub note: Option<String>,
}

impl Document for InitiativeInput {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn instruments(&self) -> &[String] {
        &self.instruments
    }

    fn check(&self, rules: &Rules<'_>, problems: &mut Problems) {
        if self.instruments.is_empty() {
            problems.add(ProblemCode::Required, "instruments", "Name at least one instrument.");
        }
        rules.markdown(problems, "activities", self.activities.as_ref(), TEXT);
        rules.markdown(problems, "adaptation", self.adaptation.as_ref(), TEXT);
        if !matches!(self.stage, InitiativeStage::Planned | InitiativeStage::Active) {
            rules.past(problems, "endedOn", self.ended_on);
        }
        if self.stage != InitiativeStage::Planned {
            rules.past(problems, "startedOn", self.started_on);
        }
        rules.in_order(problems, "endedOn", self.started_on, self.ended_on);
        for (path, precision, day) in [
            ("startedOnPrecision", self.started_on_precision, self.started_on),
            ("endedOnPrecision", self.ended_on_precision, self.ended_on),
        ] {
            rules.precision(problems, path, precision, day);
        }
        let partners = self.partners.as_deref().unwrap_or_default();
        rules.list(problems, "partners", partners.len());
        rules.distinct(
            problems,
            "partners",
            partners.iter().map(|partner| (&partner.organization, partner.role)),
        );
        check_people(rules, problems, self.people.as_deref());
        check_participation(rules, problems, self.participation.as_deref());
        ask::check(rules, problems, self.asks.as_deref());
        target::check(rules, problems, self.indicators.as_deref());
        for (path, list) in [
            ("recommendations", &self.recommendations),
            ("adaptedFrom", &self.adapted_from),
            ("partOf", &self.part_of),
            ("follows", &self.follows),
        ] {
            rules.references(problems, path, list.as_deref());
        }
    }

    fn reviews(&self) -> Vec<(String, &str)> {
        let asks = self.asks.iter().flatten().enumerate();
        asks.map(|(index, ask)| (format!("asks[{index}].review"), ask.review.as_str()))
            .collect()
    }

    fn named(&self) -> Vec<Named<'_>> {
        target::named(self.indicators.as_deref())
    }

    fn check_recommendations(&self, find: FindReview<'_>, review_of: FindReviewOf<'_>, problems: &mut Problems) {
        ask::check_reflected(self.asks.as_deref(), find, review_of, problems);
    }

    fn references(&mut self, visit: &mut dyn FnMut(Slot<'_>)) {
        self.common_references(visit);
        for (index, partner) in self.partners.iter_mut().flatten().enumerate() {
            visit(Slot {
                path: format!("partners[{index}].organization"),
                target: ContentKind::Organization,
                meaning: Meaning::Relation {
                    kind: RelationKind::Partner,
                    role: Some(partner.role.as_str().to_owned()),
                    from: None,
                    to: None,
                },
                value: &mut partner.organization,
            });
        }
        people_references(&mut self.people, visit);
        for (name, list, kind) in [
            ("adaptedFrom", &mut self.adapted_from, RelationKind::AdaptedFrom),
            ("partOf", &mut self.part_of, RelationKind::PartOf),
            ("follows", &mut self.follows, RelationKind::Follows),
        ] {
            reference::list(name, list, ContentKind::Initiative, kind, visit);
        }
        ask::references(&mut self.asks, visit);
        target::references(&mut self.indicators, visit);
        reference::list(
            "recommendations",
            &mut self.recommendations,
            ContentKind::Recommendation,
            RelationKind::LedTo,
            visit,
        );
    }

    fn body(&self) -> Vec<&str> {
        [&self.activities, &self.adaptation]
            .into_iter()
            .flatten()
            .map(Markdown::as_str)
            .collect()
    }
}

/// Checks who is named with a part in it.
pub fn check_people(rules: &Rules<'_>, problems: &mut Problems, people: Option<&[PersonInput]>) {
    let people = people.unwrap_or_default();
    rules.list(problems, "people", people.len());
    rules.distinct(problems, "people", people.iter());
    for (index, person) in people.iter().enumerate() {
        rules.optional_line(problems, &format!("people[{index}].role"), person.role.as_deref());
    }
}

/// Shows the practitioners who are named with a part in it.
pub fn people_references(people: &mut Option<Vec<PersonInput>>, visit: &mut dyn FnMut(Slot<'_>)) {
    for (index, person) in people.iter_mut().flatten().enumerate() {
        visit(Slot {
            path: format!("people[{index}].practitioner"),
            target: ContentKind::Practitioner,
            meaning: Meaning::Relation {
                kind: RelationKind::Person,
                role: person.role.clone(),
                from: None,
                to: None,
            },
            value: &mut person.practitioner,
        });
    }
}

/// Checks the counts of those who took part.
pub fn check_participation(rules: &Rules<'_>, problems: &mut Problems, counts: Option<&[ParticipationInput]>) {
    let counts = counts.unwrap_or_default();
    rules.list(problems, "participation", counts.len());
    for (index, entry) in counts.iter().enumerate() {
        check_count(rules, problems, index, entry);
    }
}

fn check_count(rules: &Rules<'_>, problems: &mut Problems, index: usize, entry: &ParticipationInput) {
    let path = |field: &str| format!("participation[{index}].{field}");
    for (field, value) in [
        ("count", Some(entry.count)),
        ("girls", entry.girls),
        ("boys", entry.boys),
        ("ageFrom", entry.age_from),
        ("ageTo", entry.age_to),
    ] {
        rules.count(problems, &path(field), value);
    }
    rules.optional_line(problems, &path("note"), entry.note.as_deref());
    if let (Some(from), Some(to)) = (entry.age_from, entry.age_to)
        && from > to
    {
        problems.add(
            ProblemCode::Invalid,
            path("ageTo"),
            format!("The oldest age {to} is below the youngest age {from}."),
        );
    }
    let counted = i64::from(entry.girls.unwrap_or(0)) + i64::from(entry.boys.unwrap_or(0));
    if counted > i64::from(entry.count) {
        problems.add(
            ProblemCode::Invalid,
            path("count"),
            format!(
                "Girls and boys are {counted} together, more than the count {}.",
                entry.count
            ),
        );
    }
}
