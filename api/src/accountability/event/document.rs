//! The document of an event.

use praxis_entities::vocabulary::{ContentKind, DatePrecision, EventKind, RelationKind};

use crate::content::document::problem::Problems;
use crate::content::document::reference::{self, Slot};
use crate::content::document::validate::{Rules, TEXT};
use crate::content::document::{Common, Document, document};
use crate::content::initiative::document::{
    ParticipationInput, PersonInput, check_participation, check_people, people_references,
};
use crate::graphql::scalars::{Date, Markdown};

document! {
    /// A workshop, training, consultation, briefing, side event, hearing, conference or mission.
    EventInput {
        /// What sort of gathering it is.
        kind: EventKind,
        /// The first day.
        starts_on: Date,
        /// The last day, where there are several.
        ends_on: Option<Date>,
        /// Where: a town or a house, never an address.
        place: Option<String>,
        /// What is on the agenda, CommonMark.
        agenda: Option<Markdown>,
        /// How many took part; never who.
        participation: Option<Vec<ParticipationInput>>,
        /// Slugs or ids of the organisations that hold it; of a joint one, all of them.
        organizers: Option<Vec<String>>,
        /// Slugs or ids of the initiatives that it is a part of.
        initiatives: Option<Vec<String>>,
        /// Slugs or ids of the resources that came of it.
        resources: Option<Vec<String>>,
        /// Slugs or ids of the commitments that came of it.
        commitments: Option<Vec<String>>,
        /// How exactly the first day is known: with `MONTH` give the first of the month, with `YEAR` the first of
        /// January. `DAY` where it is missing.
        starts_on_precision: Option<DatePrecision>,
        /// How exactly the last day is known.
        ends_on_precision: Option<DatePrecision>,
        /// Practitioners who took part in a public role: a mandate holder, a minister, a speaker. Never participants who came
        /// as private persons, and never children.
        people: Option<Vec<PersonInput>>,
        /// Slugs or ids of the recommendations that came of it.
        recommendations: Option<Vec<String>>,
    }
}

impl Document for EventInput {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn check(&self, rules: &Rules<'_>, problems: &mut Problems) {
        rules.in_order(problems, "endsOn", Some(self.starts_on), self.ends_on);
        rules.precision(
            problems,
            "startsOnPrecision",
            self.starts_on_precision,
            Some(self.starts_on),
        );
        rules.precision(problems, "endsOnPrecision", self.ends_on_precision, self.ends_on);
        rules.optional_line(problems, "place", self.place.as_deref());
        rules.markdown(problems, "agenda", self.agenda.as_ref(), TEXT);
        check_participation(rules, problems, self.participation.as_deref());
        check_people(rules, problems, self.people.as_deref());
        for (path, list) in [
            ("organizers", &self.organizers),
            ("initiatives", &self.initiatives),
            ("resources", &self.resources),
            ("commitments", &self.commitments),
            ("recommendations", &self.recommendations),
        ] {
            rules.references(problems, path, list.as_deref());
        }
    }

    fn references(&mut self, visit: &mut dyn FnMut(Slot<'_>)) {
        self.common_references(visit);
        for (name, list, target, kind) in [
            (
                "organizers",
                &mut self.organizers,
                ContentKind::Organization,
                RelationKind::Organizer,
            ),
            (
                "initiatives",
                &mut self.initiatives,
                ContentKind::Initiative,
                RelationKind::PartOf,
            ),
            (
                "resources",
                &mut self.resources,
                ContentKind::Resource,
                RelationKind::Output,
            ),
            (
                "commitments",
                &mut self.commitments,
                ContentKind::Commitment,
                RelationKind::Output,
            ),
            (
                "recommendations",
                &mut self.recommendations,
                ContentKind::Recommendation,
                RelationKind::Output,
            ),
        ] {
            reference::list(name, list, target, kind, visit);
        }
        people_references(&mut self.people, visit);
    }

    fn body(&self) -> Vec<&str> {
        self.agenda
            .iter()
            .map(Markdown::as_str)
            .chain(self.place.as_deref())
            .collect()
    }
}
