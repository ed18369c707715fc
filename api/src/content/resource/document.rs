//! The document of a resource.

use async_graphql::InputObject;
use praxis_entities::vocabulary::{ContentKind, IdentifierScheme, RelationKind, ResourceKind};
use serde::{Deserialize, Serialize};

use crate::content::document::problem::{ProblemCode, Problems};
use crate::content::document::reference::{self, Slot};
use crate::content::document::validate::{LINE, Rules};
use crate::content::document::{Common, Document, document};
use crate::files::FileInput;
use crate::graphql::scalars::Url;

document! {
    /// A document, toolkit, guide, training module, dataset, legal text, video, template or version for children.
    ResourceInput {
        /// What sort of material it is.
        kind: ResourceKind,
        /// The year of publication.
        year: Option<i32>,
        /// SPDX or Creative Commons identifier, e.g. `CC-BY-4.0`, or `LicenseRef-` and a name.
        license: Option<String>,
        /// DOI, ISBN, symbol of a United Nations document and others.
        identifiers: Option<Vec<IdentifierInput>>,
        /// Where it can be read.
        link: Option<Url>,
        /// Slugs or ids of the practitioners who wrote it.
        authors: Option<Vec<String>>,
        /// Slugs or ids of the organisations that published it.
        publishers: Option<Vec<String>>,
        /// Slugs or ids of the resources that it translates.
        translation_of: Option<Vec<String>>,
        /// Slugs or ids of the resources that it retells for children.
        child_friendly_version_of: Option<Vec<String>>,
        /// Slugs or ids of the resources that it replaces.
        new_version_of: Option<Vec<String>>,
        /// Slugs or ids of the larger resources that it belongs to.
        part_of: Option<Vec<String>>,
        /// Files that were uploaded before, in the order in which they are shown.
        files: Option<Vec<FileInput>>,
    }
}

/// An identifier of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentifierInput {
    /// The scheme that the value belongs to.
    pub scheme: IdentifierScheme,
    /// The identifier itself, e.g. `A/RES/66/138`.
    pub value: String,
}

impl ResourceInput {
    fn lists(&mut self) -> [(&'static str, &mut Option<Vec<String>>, ContentKind, RelationKind); 6] {
        [
            (
                "authors",
                &mut self.authors,
                ContentKind::Practitioner,
                RelationKind::Author,
            ),
            (
                "publishers",
                &mut self.publishers,
                ContentKind::Organization,
                RelationKind::Publisher,
            ),
            (
                "translationOf",
                &mut self.translation_of,
                ContentKind::Resource,
                RelationKind::TranslationOf,
            ),
            (
                "childFriendlyVersionOf",
                &mut self.child_friendly_version_of,
                ContentKind::Resource,
                RelationKind::ChildFriendlyVersionOf,
            ),
            (
                "newVersionOf",
                &mut self.new_version_of,
                ContentKind::Resource,
                RelationKind::NewVersionOf,
            ),
            ("partOf", &mut self.part_of, ContentKind::Resource, RelationKind::PartOf),
        ]
    }
}

impl Document for ResourceInput {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn check(&self, rules: &Rules<'_>, problems: &mut Problems) {
        rules.past_year(problems, "year", self.year);
        if let Some(license) = &self.license {
            let well_formed = license.len() <= 100
                && license
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'))
                && !license.is_empty();
            if !well_formed {
                problems.add(
                    ProblemCode::Invalid,
                    "license",
                    "Write an SPDX or Creative Commons identifier such as `CC-BY-4.0`, or `LicenseRef-` and a name.",
                );
            }
        }
        let identifiers = self.identifiers.as_deref().unwrap_or_default();
        rules.list(problems, "identifiers", identifiers.len());
        rules.distinct(problems, "identifiers", identifiers.iter());
        for (index, identifier) in identifiers.iter().enumerate() {
            rules.line(
                problems,
                &format!("identifiers[{index}].value"),
                &identifier.value,
                LINE,
            );
        }
        rules.list(problems, "files", self.files().len());
        rules.distinct(problems, "files", self.files().iter().map(|file| &file.sha256));
        for (index, file) in self.files().iter().enumerate() {
            file.check(&format!("files[{index}]"), problems);
        }
        for (path, list) in [
            ("authors", &self.authors),
            ("publishers", &self.publishers),
            ("translationOf", &self.translation_of),
            ("childFriendlyVersionOf", &self.child_friendly_version_of),
            ("newVersionOf", &self.new_version_of),
            ("partOf", &self.part_of),
        ] {
            rules.references(problems, path, list.as_deref());
        }
    }

    fn files(&self) -> &[FileInput] {
        self.files.as_deref().unwrap_or_default()
    }

    fn references(&mut self, visit: &mut dyn FnMut(Slot<'_>)) {
        self.common_references(visit);
        for (name, list, target, kind) in self.lists() {
            reference::list(name, list, target, kind, visit);
        }
    }
}
