//! The document of an organisation.

use async_graphql::InputObject;
use praxis_entities::vocabulary::{ContentKind, OrganizationKind, RelationKind};
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::content::document::problem::Problems;
use crate::content::document::reference::{Meaning, Slot};
use crate::content::document::validate::Rules;
use crate::content::document::{Common, Document, document};
use crate::graphql::scalars::{Date, Url};

document! {
    /// An organisation, coalition, institution or body.
    OrganizationInput {
        /// What sort of body it is.
        kind: OrganizationKind,
        /// Its acronym.
        acronym: Option<String>,
        /// Its public website.
        website: Option<Url>,
        /// How many members it reports, where not all of them are listed.
        member_count: Option<i32>,
        /// The organisations that are members of it.
        members: Option<Vec<MemberInput>>,
    }
}

/// A member of a coalition.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberInput {
    /// Slug or id of the member.
    pub organization: String,
    /// Since when.
    pub from: Option<Date>,
    /// Until when.
    pub to: Option<Date>,
}

impl Document for OrganizationInput {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn check(&self, rules: &Rules<'_>, problems: &mut Problems) {
        rules.optional_line(problems, "acronym", self.acronym.as_deref());
        rules.count(problems, "memberCount", self.member_count);
        let members = self.members.as_deref().unwrap_or_default();
        rules.list(problems, "members", members.len());
        rules.distinct(
            problems,
            "members",
            members.iter().map(|member| (&member.organization, member.from)),
        );
        for (index, member) in members.iter().enumerate() {
            let path = |field: &str| format!("members[{index}].{field}");
            rules.past(problems, &path("from"), member.from);
            rules.in_order(problems, &path("to"), member.from, member.to);
        }
    }

    fn references(&mut self, visit: &mut dyn FnMut(Slot<'_>)) {
        self.common_references(visit);
        for (index, member) in self.members.iter_mut().flatten().enumerate() {
            visit(Slot {
                path: format!("members[{index}].organization"),
                target: ContentKind::Organization,
                meaning: Meaning::Relation {
                    kind: RelationKind::Member,
                    role: None,
                    from: member.from.map(|day| day.0),
                    to: member.to.map(|day| day.0),
                },
                value: &mut member.organization,
            });
        }
    }
}
