//! The document of an organisation.

use async_graphql::InputObject;
use praxis_entities::vocabulary::{BodyKind, ContentKind, MembershipRole, OrganizationKind, RelationKind};
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::mandate::{self, MandateInput};
use crate::accountability::register::Sort;
use crate::content::document::problem::{ProblemCode, Problems};
use crate::content::document::reference::{self, Meaning, Slot};
use crate::content::document::validate::Rules;
use crate::content::document::{Common, Document, Named, document};
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
        /// The organisations that are members of it. People belong to it by the affiliations of their own profiles.
        members: Option<Vec<MemberInput>>,
        /// Which part of the human rights system it is, where it is one.
        body_kind: Option<BodyKind>,
        /// Slugs or ids of the bodies that it is a part of.
        part_of: Option<Vec<String>>,
        /// Slugs or ids of the organisations that are its secretariat: that host or service it.
        secretariat: Option<Vec<String>>,
        /// What it was charged with, the earliest first: a mandate that was renewed or changed stands here again.
        mandates: Option<Vec<MandateInput>>,
        /// Slugs of the mechanisms that it is the body behind; those of all are in the query `mechanisms`.
        mechanisms: Option<Vec<String>>,
    }
}

/// A member of a coalition or a body.
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
    /// What it is there; `MEMBER` where it is missing. The secretariat has a field of its own.
    pub role: Option<MembershipRole>,
}

impl MemberInput {
    fn role(&self) -> MembershipRole {
        self.role.unwrap_or(MembershipRole::Member)
    }
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
            members
                .iter()
                .map(|member| (&member.organization, member.role(), member.from)),
        );
        for (index, member) in members.iter().enumerate() {
            let path = |field: &str| format!("members[{index}].{field}");
            rules.past(problems, &path("from"), member.from);
            rules.in_order(problems, &path("to"), member.from, member.to);
            if member.role() == MembershipRole::Secretariat {
                problems.add(
                    ProblemCode::Invalid,
                    path("role"),
                    "Name the secretariat under `secretariat`: it need not be a member. Where it is one too, say here what it \
                     is as a member.",
                );
            }
        }
        for (path, list) in [
            ("partOf", &self.part_of),
            ("secretariat", &self.secretariat),
            ("mechanisms", &self.mechanisms),
        ] {
            rules.references(problems, path, list.as_deref());
        }
        mandate::check(rules, problems, self.mandates.as_deref());
    }

    fn named(&self) -> Vec<Named<'_>> {
        let mechanisms = self.mechanisms.iter().flatten().enumerate();
        mechanisms
            .map(|(index, slug)| Named {
                sort: Sort::Mechanism,
                path: format!("mechanisms[{index}]"),
                slug,
            })
            .collect()
    }

    fn references(&mut self, visit: &mut dyn FnMut(Slot<'_>)) {
        self.common_references(visit);
        for (index, member) in self.members.iter_mut().flatten().enumerate() {
            visit(Slot {
                path: format!("members[{index}].organization"),
                target: ContentKind::Organization,
                meaning: Meaning::Relation {
                    kind: RelationKind::Member,
                    role: member.role.map(|role| role.as_str().to_owned()),
                    from: member.from.map(|day| day.0),
                    to: member.to.map(|day| day.0),
                },
                value: &mut member.organization,
            });
        }
        for (name, list, kind) in [
            ("partOf", &mut self.part_of, RelationKind::PartOf),
            ("secretariat", &mut self.secretariat, RelationKind::Secretariat),
        ] {
            reference::list(name, list, ContentKind::Organization, kind, visit);
        }
        mandate::references(&mut self.mandates, visit);
    }

    fn body(&self) -> Vec<&str> {
        self.mandates
            .iter()
            .flatten()
            .map(|mandate| mandate.text.as_str())
            .collect()
    }
}
