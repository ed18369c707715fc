//! The document of a practitioner.

use async_graphql::InputObject;
use praxis_entities::vocabulary::{ContentKind, RelationKind};
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::content::document::problem::Problems;
use crate::content::document::reference::{Meaning, Slot};
use crate::content::document::validate::Rules;
use crate::content::document::{Common, Document, document};
use crate::graphql::scalars::{Date, LanguageTag};

document! {
    /// A practitioner's public profile. `title` is the name or pseudonym that the person goes by. Give no e-mail
    /// address, phone number or precise place.
    PractitionerInput {
        /// One line about the person.
        headline: Option<String>,
        /// BCP 47 tags of the languages that they work in.
        languages: Option<Vec<LanguageTag>>,
        /// Slugs of the instruments that they know.
        instruments: Option<Vec<String>>,
        /// Organisations that they work or worked for.
        affiliations: Option<Vec<AffiliationInput>>,
    }
}

/// Where a practitioner works or worked.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AffiliationInput {
    /// Slug or id of the organisation.
    pub organization: String,
    /// The role there.
    pub role: Option<String>,
    /// Since when.
    pub from: Option<Date>,
    /// Until when.
    pub to: Option<Date>,
}

impl Document for PractitionerInput {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn instruments(&self) -> &[String] {
        self.instruments.as_deref().unwrap_or_default()
    }

    fn check(&self, rules: &Rules<'_>, problems: &mut Problems) {
        rules.optional_line(problems, "headline", self.headline.as_deref());
        let languages = self.languages.as_deref().unwrap_or_default();
        rules.list(problems, "languages", languages.len());
        rules.distinct(problems, "languages", languages.iter());
        for (index, language) in languages.iter().enumerate() {
            rules.language(problems, &format!("languages[{index}]"), language);
        }
        let affiliations = self.affiliations.as_deref().unwrap_or_default();
        rules.list(problems, "affiliations", affiliations.len());
        rules.distinct(
            problems,
            "affiliations",
            affiliations
                .iter()
                .map(|affiliation| (&affiliation.organization, &affiliation.role, affiliation.from)),
        );
        for (index, affiliation) in affiliations.iter().enumerate() {
            let path = |field: &str| format!("affiliations[{index}].{field}");
            rules.optional_line(problems, &path("role"), affiliation.role.as_deref());
            rules.past(problems, &path("from"), affiliation.from);
            rules.in_order(problems, &path("to"), affiliation.from, affiliation.to);
        }
    }

    fn references(&mut self, visit: &mut dyn FnMut(Slot<'_>)) {
        self.common_references(visit);
        for (index, affiliation) in self.affiliations.iter_mut().flatten().enumerate() {
            visit(Slot {
                path: format!("affiliations[{index}].organization"),
                target: ContentKind::Organization,
                meaning: Meaning::Relation {
                    kind: RelationKind::Affiliation,
                    role: affiliation.role.clone(),
                    from: affiliation.from.map(|day| day.0),
                    to: affiliation.to.map(|day| day.0),
                },
                value: &mut affiliation.organization,
            });
        }
    }

    fn body(&self) -> Vec<&str> {
        self.headline.as_deref().into_iter().collect()
    }
}
