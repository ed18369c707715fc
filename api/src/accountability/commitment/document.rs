//! The document of a commitment.

use praxis_entities::vocabulary::{CommitmentKind, ContentKind, RelationKind};

use crate::accountability::implementation::{self, ImplementationEntryInput};
use crate::accountability::target::document::{self as target, IndicatorTargetInput};
use crate::content::document::problem::Problems;
use crate::content::document::reference::{self, Slot};
use crate::content::document::validate::{Rules, TEXT};
use crate::content::document::{Common, Document, FindReview, Named, document};
use crate::graphql::scalars::{Date, Markdown};

document! {
    /// What a duty bearer undertook to do. Of one that was undertaken in a review, `countries` holds the state under review and
    /// nothing else.
    CommitmentInput {
        /// What was undertaken.
        kind: CommitmentKind,
        /// Slug of the review in which it was undertaken, where it was one.
        review: Option<String>,
        /// When it was undertaken; not in the future, and not before the review.
        made_on: Option<Date>,
        /// By when it is to be kept; not before it was undertaken.
        due_on: Option<Date>,
        /// What was undertaken, CommonMark.
        details: Option<Markdown>,
        /// Slugs or ids of the organisations that undertook it.
        owners: Option<Vec<String>>,
        /// Slugs or ids of the recommendations that it answers; one commitment may answer several.
        recommendations: Option<Vec<String>>,
        /// The indicators by which it is measured, with baseline, target and what was reported.
        indicators: Option<Vec<IndicatorTargetInput>>,
        /// What was found of its implementation, the earliest first.
        implementation: Option<Vec<ImplementationEntryInput>>,
    }
}

impl Document for CommitmentInput {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn check(&self, rules: &Rules<'_>, problems: &mut Problems) {
        rules.past(problems, "madeOn", self.made_on);
        rules.in_order(problems, "dueOn", self.made_on, self.due_on);
        rules.markdown(problems, "details", self.details.as_ref(), TEXT);
        for (path, list) in [("owners", &self.owners), ("recommendations", &self.recommendations)] {
            rules.references(problems, path, list.as_deref());
        }
        target::check(rules, problems, self.indicators.as_deref());
        implementation::check(rules, problems, self.implementation.as_deref());
        implementation::check_made(problems, self.implementation.as_deref(), self.made_on);
    }

    fn reviews(&self) -> Vec<(String, &str)> {
        self.review
            .as_deref()
            .map(|slug| ("review".to_owned(), slug))
            .into_iter()
            .collect()
    }

    fn named(&self) -> Vec<Named<'_>> {
        target::named(self.indicators.as_deref())
    }

    fn check_reviews(&self, find: FindReview<'_>, problems: &mut Problems) {
        let Some(review) = self.review.as_deref().and_then(find) else {
            return;
        };
        review.check_state(problems, self.countries.as_deref());
        if let Some(made_on) = self.made_on {
            review.check_begun(problems, "madeOn", made_on.0);
        }
        implementation::check_begun(problems, self.implementation.as_deref(), review);
    }

    fn references(&mut self, visit: &mut dyn FnMut(Slot<'_>)) {
        self.common_references(visit);
        reference::list(
            "owners",
            &mut self.owners,
            ContentKind::Organization,
            RelationKind::Owner,
            visit,
        );
        reference::list(
            "recommendations",
            &mut self.recommendations,
            ContentKind::Recommendation,
            RelationKind::Answers,
            visit,
        );
        target::references(&mut self.indicators, visit);
        implementation::references(&mut self.implementation, visit);
    }

    fn body(&self) -> Vec<&str> {
        self.details
            .iter()
            .map(Markdown::as_str)
            .chain(
                self.implementation
                    .iter()
                    .flatten()
                    .filter_map(|entry| entry.note.as_deref()),
            )
            .collect()
    }
}
