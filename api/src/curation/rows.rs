//! The rows that a prepared document becomes.

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::{ContentStatus, ParticipantGroup};
use praxis_entities::{
    ask, citation, commitment, content, content_concept, content_event, content_file, content_relation,
    content_translation, evidence, indicator_target, initiative, lesson, organization, organization_mechanism,
    practitioner, recommendation, recommending_country, reported_figure, resource,
};
use sea_orm::ActiveValue::Set;
use serde::Serialize;
use uuid::Uuid;

use super::prepare::Prepared;
use crate::accountability::ask as asks;
use crate::accountability::commitment::document::CommitmentInput;
use crate::accountability::event::document::EventInput;
use crate::accountability::implementation;
use crate::accountability::recommendation::document::RecommendationInput;
use crate::accountability::register::Sort;
use crate::accountability::target::document::{self as target, IndicatorTargetInput};
use crate::content::document::ContentInput;
use crate::content::evidence::document::EvidenceInput;
use crate::content::evidence::strength::strength;
use crate::content::initiative::document::InitiativeInput;
use crate::content::lesson::document::LessonInput;
use crate::content::organization::document::OrganizationInput;
use crate::content::organization::mandate;
use crate::content::practitioner::document::PractitionerInput;
use crate::content::resource::document::ResourceInput;
use crate::graphql::scalars::Markdown;
use crate::text::{ordering_key, words};

/// The rows of a batch of items, table by table.
#[derive(Default)]
pub struct Rows {
    /// Rows of `content`.
    pub content: Vec<content::ActiveModel>,
    /// Rows of `content_translation`.
    pub translations: Vec<content_translation::ActiveModel>,
    /// Rows of `content_concept`.
    pub concepts: Vec<content_concept::ActiveModel>,
    /// Rows of `content_relation`.
    pub relations: Vec<content_relation::ActiveModel>,
    /// Rows of `citation`.
    pub citations: Vec<citation::ActiveModel>,
    /// Rows of `practitioner`.
    pub practitioners: Vec<practitioner::ActiveModel>,
    /// Rows of `organization`.
    pub organizations: Vec<organization::ActiveModel>,
    /// Rows of `indicator_target`.
    pub targets: Vec<indicator_target::ActiveModel>,
    /// Rows of `organization_mechanism`.
    pub mechanisms: Vec<organization_mechanism::ActiveModel>,
    /// Rows of `initiative`.
    pub initiatives: Vec<initiative::ActiveModel>,
    /// Rows of `evidence`.
    pub evidence: Vec<evidence::ActiveModel>,
    /// Rows of `lesson`.
    pub lessons: Vec<lesson::ActiveModel>,
    /// Rows of `resource`.
    pub resources: Vec<resource::ActiveModel>,
    /// Rows of `recommendation`.
    pub recommendations: Vec<recommendation::ActiveModel>,
    /// Rows of `recommending_country`.
    pub recommending: Vec<recommending_country::ActiveModel>,
    /// Rows of `commitment`.
    pub commitments: Vec<commitment::ActiveModel>,
    /// Rows of `content_event`.
    pub events: Vec<content_event::ActiveModel>,
    /// Rows of `ask`.
    pub asks: Vec<ask::ActiveModel>,
    /// Rows of `reported_figure`.
    pub figures: Vec<reported_figure::ActiveModel>,
    /// Rows of `content_file`.
    pub files: Vec<content_file::ActiveModel>,
}

/// What an item's row in `content` has beside what its document says.
pub struct Standing {
    /// The item's key.
    pub id: Uuid,
    /// The number of the new revision.
    pub revision: i32,
    /// When the first revision was published.
    pub published_at: DateTime<Utc>,
    /// Now.
    pub updated_at: DateTime<Utc>,
}

impl Rows {
    /// Adds the rows of an item.
    pub fn add(&mut self, standing: &Standing, prepared: &Prepared) {
        let id = standing.id;
        let input = prepared.input();
        let common = input.document().common();
        self.content.push(content::ActiveModel {
            id: Set(id),
            kind: Set(input.kind()),
            slug: Set(prepared.slug().to_owned()),
            title: Set(common.title.to_owned()),
            title_key: Set(ordering_key(common.title)),
            summary: Set(common.summary.map(ToString::to_string)),
            language: Set(common.language.to_string()),
            status: Set(ContentStatus::Published),
            status_reason: Set(None),
            revision: Set(standing.revision),
            published_at: Set(standing.published_at),
            updated_at: Set(standing.updated_at),
        });
        self.add_lists(id, prepared);
        self.add_detail(id, input, prepared);
    }

    /// Adds what all content has several of.
    fn add_lists(&mut self, id: Uuid, prepared: &Prepared) {
        for translation in prepared.input().document().common().translations {
            self.translations.push(content_translation::ActiveModel {
                content_id: Set(id),
                language: Set(translation.language.to_string()),
                title: Set(translation.title.clone()),
                summary: Set(translation.summary.as_ref().map(ToString::to_string)),
            });
        }
        for (position, (scheme, concept)) in prepared.concepts().iter().enumerate() {
            self.concepts.push(content_concept::ActiveModel {
                content_id: Set(id),
                concept_id: Set(*concept),
                scheme: Set(*scheme),
                position: Set(number(position)),
            });
        }
        for (position, relation) in prepared.relations().iter().enumerate() {
            self.relations.push(content_relation::ActiveModel {
                source_id: Set(id),
                kind: Set(relation.kind),
                position: Set(number(position)),
                target_id: Set(relation.target),
                role: Set(relation.role.clone()),
                valid_from: Set(relation.from),
                valid_to: Set(relation.to),
            });
        }
        for (position, citation) in prepared.citations().iter().enumerate() {
            self.citations.push(citation::ActiveModel {
                content_id: Set(id),
                position: Set(number(position)),
                resource_id: Set(citation.resource),
                locator: Set(citation.locator.clone()),
                note: Set(citation.note.clone()),
            });
        }
        for (position, (file, name)) in prepared.files().iter().enumerate() {
            self.files.push(content_file::ActiveModel {
                content_id: Set(id),
                file_id: Set(*file),
                position: Set(Some(number(position))),
                name: Set(name.clone()),
            });
        }
    }

    /// Adds what a kind has beside that.
    fn add_detail(&mut self, id: Uuid, input: &ContentInput, prepared: &Prepared) {
        match input {
            ContentInput::Practitioner(document) => self.practitioners.push(practitioner_row(id, document)),
            ContentInput::Organization(document) => self.add_organization(id, document, prepared),
            ContentInput::Initiative(document) => {
                self.initiatives.push(initiative_row(id, document));
                self.add_asks(id, document, prepared);
                self.add_targets(id, document.indicators.as_deref(), prepared);
            }
            ContentInput::Evidence(document) => {
                self.evidence.push(evidence_row(id, document));
                self.add_figures(id, document, prepared);
            }
            ContentInput::Lesson(document) => self.lessons.push(lesson_row(id, document)),
            ContentInput::Resource(document) => self.resources.push(resource_row(id, document)),
            ContentInput::Recommendation(document) => self.add_recommendation(id, document, prepared),
            ContentInput::Commitment(document) => {
                self.commitments.push(commitment_row(id, document, prepared));
                self.add_targets(id, document.indicators.as_deref(), prepared);
            }
            ContentInput::Event(document) => self.events.push(event_row(id, document)),
        }
    }

    fn add_organization(&mut self, id: Uuid, document: &OrganizationInput, prepared: &Prepared) {
        self.organizations.push(organization::ActiveModel {
            content_id: Set(id),
            kind: Set(document.kind),
            acronym: Set(document.acronym.clone()),
            website: Set(document.website.as_ref().map(ToString::to_string)),
            member_count: Set(document.member_count),
            body_kind: Set(document.body_kind),
            mandates: Set(mandate::column(document.mandates.as_deref(), prepared)),
        });
        for (position, slug) in document.mechanisms.iter().flatten().enumerate() {
            self.mechanisms.push(organization_mechanism::ActiveModel {
                content_id: Set(id),
                mechanism_id: Set(prepared.registered(Sort::Mechanism, slug).unwrap_or_default()),
                position: Set(number(position)),
            });
        }
    }

    fn add_recommendation(&mut self, id: Uuid, document: &RecommendationInput, prepared: &Prepared) {
        let verdict = document.verdict();
        let entries = document.implementation.as_deref();
        self.recommendations.push(recommendation::ActiveModel {
            content_id: Set(id),
            kind: Set(document.kind),
            // A prepared document names reviews that were found; the database refuses any other key.
            review_id: Set(prepared.review(&document.review).unwrap_or_default()),
            text: Set(document.text.clone()),
            text_key: Set(words(&document.text)),
            paragraph: Set(document.paragraph.clone()),
            recommending_body: Set(document.recommending_body.clone()),
            response: Set(document.response),
            action_category: Set(document.action_category),
            source_tags: Set(json(&document.source_tags)),
            child_focused: Set(verdict.child_focused),
            child_focused_reason: Set(verdict.reason),
            child_focused_rule: Set(verdict.rule),
            implementation: Set(implementation::latest(entries)),
            implementation_history: Set(implementation::column(entries, prepared)),
        });
        for (position, country) in prepared.recommending().iter().enumerate() {
            self.recommending.push(recommending_country::ActiveModel {
                content_id: Set(id),
                country_id: Set(*country),
                position: Set(number(position)),
            });
        }
    }

    fn add_figures(&mut self, id: Uuid, document: &EvidenceInput, prepared: &Prepared) {
        for (position, measurement) in document.measurements.iter().flatten().enumerate() {
            let Some(reports) = &measurement.reports else { continue };
            self.figures.push(reported_figure::ActiveModel {
                content_id: Set(id),
                position: Set(number(position)),
                review_id: Set(prepared.review(&reports.review).unwrap_or_default()),
                figure: Set(reports.figure),
                metric: Set(measurement.metric.clone()),
                numerator: Set(measurement.numerator),
                denominator: Set(measurement.denominator),
                share: Set(measurement.share()),
            });
        }
    }

    fn add_targets(&mut self, id: Uuid, targets: Option<&[IndicatorTargetInput]>, prepared: &Prepared) {
        for (position, target) in targets.unwrap_or_default().iter().enumerate() {
            let cited = prepared.cited(target.citation.as_ref());
            self.targets.push(indicator_target::ActiveModel {
                content_id: Set(id),
                position: Set(number(position)),
                // As with reviews: a prepared document names indicators that were found.
                indicator_id: Set(prepared
                    .registered(Sort::Indicator, &target.indicator)
                    .unwrap_or_default()),
                disaggregation: Set(target.disaggregation.clone().unwrap_or_default()),
                baseline: Set(target.baseline),
                baseline_period: Set(target.baseline_period.clone()),
                target: Set(target.target),
                target_period: Set(target.target_period.clone()),
                reported: Set(target::column(target, prepared)),
                citation_resource_id: Set(cited.as_ref().map(|cited| cited.resource)),
                citation_locator: Set(cited.as_ref().and_then(|cited| cited.locator.clone())),
                citation_note: Set(cited.and_then(|cited| cited.note)),
            });
        }
    }

    fn add_asks(&mut self, id: Uuid, document: &InitiativeInput, prepared: &Prepared) {
        for (position, one) in document.asks.iter().flatten().enumerate() {
            let cited = prepared.cited(one.citation.as_ref());
            self.asks.push(ask::ActiveModel {
                id: Set(asks::key(id, &one.key)),
                initiative_id: Set(id),
                key: Set(one.key.clone()),
                position: Set(number(position)),
                review_id: Set(prepared.review(&one.review).unwrap_or_default()),
                text: Set(one.text.clone()),
                citation_resource_id: Set(cited.as_ref().map(|cited| cited.resource)),
                citation_locator: Set(cited.and_then(|cited| cited.locator)),
            });
        }
    }
}

fn practitioner_row(id: Uuid, document: &PractitionerInput) -> practitioner::ActiveModel {
    practitioner::ActiveModel {
        content_id: Set(id),
        headline: Set(document.headline.clone()),
        languages: Set(json(&document.languages)),
    }
}

fn lesson_row(id: Uuid, document: &LessonInput) -> lesson::ActiveModel {
    lesson::ActiveModel {
        content_id: Set(id),
        kind: Set(document.kind),
        factor: Set(document.factor),
        applies_where: Set(text(&document.applies_where)),
        applies_not_where: Set(text(&document.applies_not_where)),
    }
}

fn resource_row(id: Uuid, document: &ResourceInput) -> resource::ActiveModel {
    resource::ActiveModel {
        content_id: Set(id),
        kind: Set(document.kind),
        year: Set(document.year),
        license: Set(document.license.clone()),
        link: Set(document.link.as_ref().map(ToString::to_string)),
        identifiers: Set(json(&document.identifiers)),
    }
}

fn commitment_row(id: Uuid, document: &CommitmentInput, prepared: &Prepared) -> commitment::ActiveModel {
    let entries = document.implementation.as_deref();
    commitment::ActiveModel {
        content_id: Set(id),
        kind: Set(document.kind),
        review_id: Set(document.review.as_deref().and_then(|slug| prepared.review(slug))),
        made_on: Set(document.made_on.map(|day| day.0)),
        due_on: Set(document.due_on.map(|day| day.0)),
        details: Set(text(&document.details)),
        implementation: Set(implementation::latest(entries)),
        implementation_history: Set(implementation::column(entries, prepared)),
    }
}

fn event_row(id: Uuid, document: &EventInput) -> content_event::ActiveModel {
    content_event::ActiveModel {
        content_id: Set(id),
        kind: Set(document.kind),
        starts_on: Set(document.starts_on.0),
        ends_on: Set(document.ends_on.map(|day| day.0)),
        place: Set(document.place.clone()),
        agenda: Set(text(&document.agenda)),
        participation: Set(json(&document.participation)),
        starts_on_precision: Set(document.starts_on_precision),
        ends_on_precision: Set(document.ends_on_precision),
    }
}

fn initiative_row(id: Uuid, document: &InitiativeInput) -> initiative::ActiveModel {
    let children_took_part = document
        .participation
        .iter()
        .flatten()
        .any(|entry| entry.group == ParticipantGroup::Children && entry.count > 0);
    initiative::ActiveModel {
        content_id: Set(id),
        level: Set(document.level),
        stage: Set(document.stage),
        started_on: Set(document.started_on.map(|day| day.0)),
        started_on_precision: Set(document.started_on_precision),
        ended_on: Set(document.ended_on.map(|day| day.0)),
        ended_on_precision: Set(document.ended_on_precision),
        activities: Set(text(&document.activities)),
        adaptation: Set(text(&document.adaptation)),
        participation: Set(json(&document.participation)),
        children_took_part: Set(children_took_part),
    }
}

fn evidence_row(id: Uuid, document: &EvidenceInput) -> evidence::ActiveModel {
    let scores: Vec<_> = document
        .appraisals
        .iter()
        .flatten()
        .map(|appraisal| appraisal.scores())
        .collect();
    let verdict = strength(document.study_design, &scores);
    evidence::ActiveModel {
        content_id: Set(id),
        direction: Set(document.direction),
        outcome_domain: Set(document.outcome_domain),
        study_design: Set(document.study_design),
        measurements: Set(json(&document.measurements)),
        limitations: Set(text(&document.limitations)),
        appraisals: Set(json(&document.appraisals)),
        strength_level: Set(verdict.level as i16),
        strength_score: Set(i16::try_from(verdict.score).unwrap_or(i16::MAX)),
        strength_reasons: Set(json(&Some(verdict.reasons))),
    }
}

fn number(position: usize) -> i32 {
    i32::try_from(position).unwrap_or(i32::MAX)
}

fn text(value: &Option<Markdown>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

/// A list as a JSON column; a missing list is an empty one.
fn json<T: Serialize>(list: &Option<Vec<T>>) -> serde_json::Value {
    list.as_ref()
        .and_then(|list| serde_json::to_value(list).ok())
        .unwrap_or_else(|| serde_json::Value::Array(Vec::new()))
}
