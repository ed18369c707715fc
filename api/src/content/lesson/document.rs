//! The document of a lesson.

use praxis_entities::vocabulary::{ContentKind, Factor, LessonKind, RelationKind};

use crate::content::document::problem::{ProblemCode, Problems};
use crate::content::document::reference::{self, Slot};
use crate::content::document::validate::{Rules, TEXT};
use crate::content::document::{Common, Document, document};
use crate::graphql::scalars::Markdown;

document! {
    /// Something learned that another may use.
    LessonInput {
        /// What sort of lesson it is.
        kind: LessonKind,
        /// What it turns on.
        factor: Factor,
        /// Where it applies, CommonMark.
        applies_where: Option<Markdown>,
        /// Where it does not apply, CommonMark.
        applies_not_where: Option<Markdown>,
        /// Slugs or ids of the initiatives that it was learned from.
        initiatives: Option<Vec<String>>,
        /// Slugs or ids of the findings that support it.
        supported_by: Option<Vec<String>>,
        /// Slugs or ids of the findings that speak against it.
        challenged_by: Option<Vec<String>>,
    }
}

impl Document for LessonInput {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn check(&self, rules: &Rules<'_>, problems: &mut Problems) {
        rules.markdown(problems, "appliesWhere", self.applies_where.as_ref(), TEXT);
        rules.markdown(problems, "appliesNotWhere", self.applies_not_where.as_ref(), TEXT);
        for (path, list) in [
            ("initiatives", &self.initiatives),
            ("supportedBy", &self.supported_by),
            ("challengedBy", &self.challenged_by),
        ] {
            rules.references(problems, path, list.as_deref());
        }
        let supporting = self.supported_by.as_deref().unwrap_or_default();
        for (index, slug) in self.challenged_by.iter().flatten().enumerate() {
            if supporting.contains(slug) {
                problems.add(
                    ProblemCode::Invalid,
                    format!("challengedBy[{index}]"),
                    "This finding stands under `supportedBy` too; keep it on one side.",
                );
            }
        }
    }

    fn references(&mut self, visit: &mut dyn FnMut(Slot<'_>)) {
        self.common_references(visit);
        reference::list(
            "initiatives",
            &mut self.initiatives,
            ContentKind::Initiative,
            RelationKind::LearnedFrom,
            visit,
        );
        reference::list(
            "supportedBy",
            &mut self.supported_by,
            ContentKind::Evidence,
            RelationKind::SupportedBy,
            visit,
        );
        reference::list(
            "challengedBy",
            &mut self.challenged_by,
            ContentKind::Evidence,
            RelationKind::ChallengedBy,
            visit,
        );
    }

    fn body(&self) -> Vec<&str> {
        [&self.applies_where, &self.applies_not_where]
            .into_iter()
            .flatten()
            .map(Markdown::as_str)
            .collect()
    }
}
