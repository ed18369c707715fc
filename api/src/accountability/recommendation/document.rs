//! The document of a recommendation.

use async_graphql::InputObject;
use praxis_entities::vocabulary::{
    ConceptScheme, ContentKind, RecommendationKind, RecommendationResponse, RelationKind,
};
use serde::{Deserialize, Serialize};

use crate::accountability::implementation::{self, ImplementationEntryInput};
use crate::accountability::rules::child_focused;
use crate::accountability::rules::issue_themes::Issue;
use crate::content::document::problem::{ProblemCode, Problems};
use crate::content::document::reference::{self, Slot};
use crate::content::document::validate::{LINE, Rules, TEXT};
use crate::content::document::{Common, Document, FindReview, document};
use crate::graphql::scalars::CountryCode;

document! {
    /// What a mechanism told a state, or what a state pledged or was asked before it. `countries` holds the state under
    /// review and nothing else.
    RecommendationInput {
        /// What it is. Concluding observations are of treaty bodies, so no review of the Universal Periodic Review has any.
        kind: RecommendationKind,
        /// Slug of the review that it belongs to.
        review: String,
        /// What it says, in the words of its source, plain text of at most 20,000 characters.
        text: String,
        /// What the state under review said to it; of a question before the review, which none accepts, `PENDING` or `NOTED`.
        response: RecommendationResponse,
        /// Its paragraph in the report of the review, e.g. `108.4`.
        paragraph: Option<String>,
        /// ISO 3166-1 alpha-2 codes of the states that made it; none made a pledge of the state under review.
        recommending_countries: Option<Vec<CountryCode>>,
        /// The body that made it, where that is no state.
        recommending_body: Option<String>,
        /// UPR Info's category of the action asked for, from 1 (minimal) to 5 (specific).
        action_category: Option<i16>,
        /// How its source tagged it, in the words of the source.
        source_tags: Option<Vec<String>>,
        /// A moderator's decision on whether it is about children, where the rule errs.
        child_focus: Option<ChildFocusInput>,
        /// Slugs or ids of the organisations that are responsible for putting it into practice.
        responsible: Option<Vec<String>>,
        /// Slugs or ids of earlier recommendations that it repeats.
        repeats: Option<Vec<String>>,
        /// What was found of its implementation, the earliest first.
        implementation: Option<Vec<ImplementationEntryInput>>,
    }
}

/// A moderator's decision on whether a recommendation is about children.
#[derive(Clone, Debug, PartialEq, Eq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChildFocusInput {
    /// The decision.
    pub child_focused: bool,
    /// Why, for everybody to read.
    pub reason: String,
}

/// How it is decided whether a recommendation is about children.
pub struct Verdict {
    /// Whether it is.
    pub child_focused: bool,
    /// The version of the rule that says so.
    pub rule: Option<i32>,
    /// Why a moderator says so.
    pub reason: Option<String>,
}

/// What the rule says of a text with these tags of its source.
pub fn by_rule(text: &str, tags: &[String]) -> bool {
    let issues: Vec<Issue> = tags.iter().filter_map(|tag| Issue::find(tag)).collect();
    child_focused::classify(text, &issues).child_focused
}

impl RecommendationInput {
    /// Whether it is about children, and by what.
    pub fn verdict(&self) -> Verdict {
        match &self.child_focus {
            Some(decision) => Verdict {
                child_focused: decision.child_focused,
                rule: None,
                reason: Some(decision.reason.clone()),
            },
            None => Verdict {
                child_focused: by_rule(&self.text, self.source_tags.as_deref().unwrap_or_default()),
                rule: i32::try_from(child_focused::VERSION).ok(),
                reason: None,
            },
        }
    }

    /// Refuses what the kind rules out.
    fn check_kind(&self, problems: &mut Problems) {
        let pledged = self.kind == RecommendationKind::VoluntaryPledge;
        if pledged && self.response != RecommendationResponse::Accepted {
            problems.add(
                ProblemCode::Invalid,
                "response",
                "A state stands by what it pledged of its own accord; write `ACCEPTED`.",
            );
        }
        let made_by_states = self
            .recommending_countries
            .as_ref()
            .is_some_and(|makers| !makers.is_empty());
        for (path, named) in [
            ("recommendingCountries", made_by_states),
            ("recommendingBody", self.recommending_body.is_some()),
        ] {
            if pledged && named {
                problems.add(
                    ProblemCode::Invalid,
                    path,
                    "Nobody recommends what a state pledges of its own accord; leave this out, or write `RECOMMENDATION` as \
                     `kind`.",
                );
            }
        }
        if self.kind == RecommendationKind::AdvanceQuestion
            && matches!(
                self.response,
                RecommendationResponse::Accepted | RecommendationResponse::PartlyAccepted
            )
        {
            problems.add(
                ProblemCode::Invalid,
                "response",
                "A question before the review is answered, not accepted; write `PENDING`.",
            );
        }
    }

    fn check_lists(&self, rules: &Rules<'_>, problems: &mut Problems) {
        let tags = self.source_tags.as_deref().unwrap_or_default();
        rules.list(problems, "sourceTags", tags.len());
        rules.distinct(problems, "sourceTags", tags.iter());
        for (index, tag) in tags.iter().enumerate() {
            rules.line(problems, &format!("sourceTags[{index}]"), tag, LINE);
        }
        for (path, list) in [("responsible", &self.responsible), ("repeats", &self.repeats)] {
            rules.references(problems, path, list.as_deref());
        }
    }
}

impl Document for RecommendationInput {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn check(&self, rules: &Rules<'_>, problems: &mut Problems) {
        rules.line(problems, "text", &self.text, TEXT);
        rules.optional_line(problems, "paragraph", self.paragraph.as_deref());
        rules.optional_line(problems, "recommendingBody", self.recommending_body.as_deref());
        let makers: Vec<String> = self
            .recommending_countries
            .iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        rules.concepts(problems, "recommendingCountries", ConceptScheme::Country, &makers);
        if let Some(category) = self.action_category.filter(|category| !(1..=5).contains(category)) {
            problems.add(
                ProblemCode::Invalid,
                "actionCategory",
                format!("{category} is no category of action; write a number from 1 to 5."),
            );
        }
        if let Some(decision) = &self.child_focus {
            rules.line(problems, "childFocus.reason", &decision.reason, 1_000);
        }
        self.check_kind(problems);
        self.check_lists(rules, problems);
        implementation::check(rules, problems, self.implementation.as_deref());
    }

    fn reviews(&self) -> Vec<(String, &str)> {
        vec![("review".to_owned(), &self.review)]
    }

    fn check_reviews(&self, find: FindReview<'_>, problems: &mut Problems) {
        let Some(review) = find(&self.review) else { return };
        review.check_state(problems, self.countries.as_deref());
        if self.kind == RecommendationKind::ConcludingObservation && review.is_universal_periodic() {
            problems.add(
                ProblemCode::Invalid,
                "kind",
                format!(
                    "Concluding observations are of treaty bodies, and `{}` is a review of the Universal Periodic Review. Write \
                     `RECOMMENDATION`, or name the review that it is of.",
                    self.review
                ),
            );
        }
        implementation::check_begun(problems, self.implementation.as_deref(), review);
    }

    fn references(&mut self, visit: &mut dyn FnMut(Slot<'_>)) {
        self.common_references(visit);
        reference::list(
            "responsible",
            &mut self.responsible,
            ContentKind::Organization,
            RelationKind::Responsible,
            visit,
        );
        reference::list(
            "repeats",
            &mut self.repeats,
            ContentKind::Recommendation,
            RelationKind::Repeats,
            visit,
        );
        implementation::references(&mut self.implementation, visit);
    }

    fn body(&self) -> Vec<&str> {
        std::iter::once(self.text.as_str())
            .chain(self.recommending_body.as_deref())
            .chain(
                self.implementation
                    .iter()
                    .flatten()
                    .filter_map(|entry| entry.note.as_deref()),
            )
            .collect()
    }
}
