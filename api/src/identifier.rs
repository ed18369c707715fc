//! Ids as the API shows them: a prefix that names the type, and a UUIDv7 in base 32 (the TypeID format).

use std::fmt;

use praxis_entities::vocabulary::{ConceptScheme, ContentKind};
use type_safe_id::{DynamicType, TypeSafeId};
use uuid::Uuid;

use crate::graphql::errors::{ApiError, Code};

/// The sorts of nodes that content refers to beside other content and vocabularies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReferenceKind {
    /// A body or procedure before which states account for themselves.
    Mechanism,
    /// One state before one mechanism.
    Review,
    /// What an initiative asked for in a review.
    Ask,
    /// A treaty.
    Treaty,
    /// Where a state stands towards a treaty.
    Ratification,
    /// Something that is measured.
    Indicator,
    /// A value of an indicator.
    Observation,
}

impl ReferenceKind {
    /// Marks the cursors of lists of these nodes; below the marks of lists of content.
    pub fn list_code(self) -> u8 {
        30 + self as u8
    }
}

/// The types of things that have an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeType {
    /// An item of content of this kind.
    Content(ContentKind),
    /// A concept of this vocabulary.
    Concept(ConceptScheme),
    /// An account.
    Account,
    /// A submission.
    Submission,
    /// A safeguarding finding.
    Finding,
    /// A flag on content.
    Flag,
    /// An appeal against a decision.
    Appeal,
    /// A group of synonyms.
    Synonyms,
    /// Something that somebody is told.
    Notification,
    /// A search that a member keeps.
    SavedSearch,
    /// A stored file.
    File,
    /// A consent to quote or show children.
    Consent,
    /// Somebody as a provider knows them.
    ExternalIdentity,
    /// An application that acts for a member.
    ApiClient,
    /// A reference node of this sort.
    Reference(ReferenceKind),
}

impl NodeType {
    /// Every type.
    pub const ALL: [NodeType; 32] = [
        NodeType::Content(ContentKind::Practitioner),
        NodeType::Content(ContentKind::Organization),
        NodeType::Content(ContentKind::Initiative),
        NodeType::Content(ContentKind::Evidence),
        NodeType::Content(ContentKind::Lesson),
        NodeType::Content(ContentKind::Resource),
        NodeType::Content(ContentKind::Recommendation),
        NodeType::Content(ContentKind::Commitment),
        NodeType::Content(ContentKind::Event),
        NodeType::Concept(ConceptScheme::Theme),
        NodeType::Concept(ConceptScheme::Instrument),
        NodeType::Concept(ConceptScheme::Region),
        NodeType::Concept(ConceptScheme::Country),
        NodeType::Account,
        NodeType::Submission,
        NodeType::Finding,
        NodeType::Flag,
        NodeType::Appeal,
        NodeType::Synonyms,
        NodeType::Notification,
        NodeType::SavedSearch,
        NodeType::File,
        NodeType::Consent,
        NodeType::ExternalIdentity,
        NodeType::ApiClient,
        NodeType::Reference(ReferenceKind::Mechanism),
        NodeType::Reference(ReferenceKind::Review),
        NodeType::Reference(ReferenceKind::Ask),
        NodeType::Reference(ReferenceKind::Treaty),
        NodeType::Reference(ReferenceKind::Ratification),
        NodeType::Reference(ReferenceKind::Indicator),
        NodeType::Reference(ReferenceKind::Observation),
    ];

    /// The prefix of ids of this type.
    pub fn prefix(self) -> &'static str {
        match self {
            NodeType::Content(ContentKind::Practitioner) => "practitioner",
            NodeType::Content(ContentKind::Organization) => "organization",
            NodeType::Content(ContentKind::Initiative) => "initiative",
            NodeType::Content(ContentKind::Evidence) => "evidence",
            NodeType::Content(ContentKind::Lesson) => "lesson",
            NodeType::Content(ContentKind::Resource) => "resource",
            NodeType::Content(ContentKind::Recommendation) => "recommendation",
            NodeType::Content(ContentKind::Commitment) => "commitment",
            NodeType::Content(ContentKind::Event) => "event",
            NodeType::Concept(ConceptScheme::Theme) => "theme",
            NodeType::Concept(ConceptScheme::Instrument) => "instrument",
            NodeType::Concept(ConceptScheme::Region) => "region",
            NodeType::Concept(ConceptScheme::Country) => "country",
            NodeType::Concept(ConceptScheme::Language) => "language",
            NodeType::Account => "account",
            NodeType::Submission => "submission",
            NodeType::Finding => "finding",
            NodeType::Flag => "flag",
            NodeType::Appeal => "appeal",
            NodeType::Synonyms => "synonyms",
            NodeType::Notification => "notification",
            NodeType::SavedSearch => "savedsearch",
            NodeType::File => "file",
            NodeType::Consent => "consent",
            NodeType::ExternalIdentity => "externalidentity",
            NodeType::ApiClient => "client",
            NodeType::Reference(ReferenceKind::Mechanism) => "mechanism",
            NodeType::Reference(ReferenceKind::Review) => "review",
            NodeType::Reference(ReferenceKind::Ask) => "ask",
            NodeType::Reference(ReferenceKind::Treaty) => "treaty",
            NodeType::Reference(ReferenceKind::Ratification) => "ratification",
            NodeType::Reference(ReferenceKind::Indicator) => "indicator",
            NodeType::Reference(ReferenceKind::Observation) => "observation",
        }
    }
}

/// A typed id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeId {
    /// What it is the id of.
    pub node_type: NodeType,
    /// The key in the database.
    pub uuid: Uuid,
}

impl NodeId {
    /// The id of an item of content.
    pub fn content(kind: ContentKind, uuid: Uuid) -> Self {
        Self {
            node_type: NodeType::Content(kind),
            uuid,
        }
    }

    /// The id of a reference node.
    pub fn reference(kind: ReferenceKind, uuid: Uuid) -> Self {
        Self {
            node_type: NodeType::Reference(kind),
            uuid,
        }
    }

    /// Reads an id as the API shows it.
    ///
    /// # Errors
    /// `INVALID_ID` where it is not of the form `type_01h2xcejqtf2nbrexx3vqjhp41` or its prefix is unknown.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let invalid = || {
            ApiError::new(
                Code::InvalidId,
                format!(
                    "`{}` is not an id of this API. Ids look like `initiative_01h2xcejqtf2nbrexx3vqjhp41`; \
                     use one that an earlier answer gave you.",
                    text.chars().take(80).collect::<String>()
                ),
            )
        };
        // The parser cuts the text at a byte, so it must not see anything but ASCII.
        if !text.is_ascii() || text.len() > 90 {
            return Err(invalid());
        }
        let id: TypeSafeId<DynamicType> = text.parse().map_err(|_| invalid())?;
        let node_type = NodeType::ALL
            .into_iter()
            .find(|node_type| node_type.prefix() == id.type_prefix())
            .ok_or_else(invalid)?;
        Ok(Self {
            node_type,
            uuid: id.uuid(),
        })
    }

    /// Reads the id of an item of content.
    ///
    /// # Errors
    /// `INVALID_ID`, or `WRONG_ID_TYPE` where it is the id of something else.
    pub fn parse_content(text: &str) -> Result<(ContentKind, Uuid), ApiError> {
        let id = Self::parse(text)?;
        match id.node_type {
            NodeType::Content(kind) => Ok((kind, id.uuid)),
            NodeType::Concept(_)
            | NodeType::Account
            | NodeType::Submission
            | NodeType::Finding
            | NodeType::Flag
            | NodeType::Appeal
            | NodeType::Synonyms
            | NodeType::Notification
            | NodeType::SavedSearch
            | NodeType::File
            | NodeType::Consent
            | NodeType::ExternalIdentity
            | NodeType::ApiClient
            | NodeType::Reference(_) => Err(ApiError::new(
                Code::WrongIdType,
                format!(
                    "`{text}` is the id of a {}, which is not content. Give the id of a practitioner, organization, \
                     initiative, evidence, lesson, resource, recommendation, commitment or event.",
                    id.node_type.prefix()
                ),
            )),
        }
    }
}

impl NodeId {
    /// Reads an id of this type.
    ///
    /// # Errors
    /// `INVALID_ID`, or `WRONG_ID_TYPE` where it is the id of something else.
    pub fn parse_as(text: &str, node_type: NodeType) -> Result<Uuid, ApiError> {
        let id = Self::parse(text)?;
        if id.node_type == node_type {
            return Ok(id.uuid);
        }
        Err(ApiError::new(
            Code::WrongIdType,
            format!(
                "`{text}` is the id of a {}; give the id of a {}.",
                id.node_type.prefix(),
                node_type.prefix()
            ),
        ))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The prefixes above are constants of lower-case letters, which is all that the format asks of them.
        match DynamicType::new(self.node_type.prefix()) {
            Ok(prefix) => TypeSafeId::from_type_and_uuid(prefix, self.uuid).fmt(formatter),
            Err(_) => Err(fmt::Error),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_id_reads_back_as_itself(bytes in any::<[u8; 16]>(), index in 0..NodeType::ALL.len()) {
            let id = NodeId { node_type: NodeType::ALL[index], uuid: Uuid::from_bytes(bytes) };
            prop_assert_eq!(NodeId::parse(&id.to_string()).unwrap(), id);
        }

        #[test]
        fn no_text_makes_reading_an_id_panic(text in ".{0,200}") {
            let _ = NodeId::parse(&text);
        }
    }
}
