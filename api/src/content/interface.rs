//! The interfaces `Node` and `Content`, and loading a thing of any kind by its key.

use std::borrow::Cow;
use std::collections::HashMap;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{Context, ContextSelectionSet, ID, Interface, OutputType, Positioned, ServerResult, Value};
use futures::try_join;
use praxis_entities::vocabulary::{ConceptScheme, ContentKind, ContentStatus};
use uuid::Uuid;

use super::evidence::Evidence;
use super::fields::{Citation, Revision};
use super::initiative::Initiative;
use super::kind::{Kind, by_ids, kinds_of, with_columns};
use super::lesson::Lesson;
use super::organization::Organization;
use super::practitioner::Practitioner;
use super::resource::Resource;
use super::row::{Columns, ContentRow};
use super::visibility;
use crate::accountability::ask::{self, Ask};
use crate::accountability::commitment::Commitment;
use crate::accountability::event::Event;
use crate::accountability::indicator::{Indicator, Observation};
use crate::accountability::mechanism::Mechanism;
use crate::accountability::recommendation::Recommendation;
use crate::accountability::reference::ById;
use crate::accountability::review::Review;
use crate::accountability::treaty::{Ratification, Treaty};
use crate::curation::graphql::submission::Submission;
use crate::graphql::connection::Connection;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext, Loaders};
use crate::graphql::loaders;
use crate::graphql::scalars::{LanguageTag, Markdown, Moment, Url};
use crate::identifier::{NodeId, NodeType, ReferenceKind};
use crate::vocabulary::types::{Country, Instrument, Region, Theme};

/// Anything that has an id.
#[derive(Clone, Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "The id: opaque, stable, sortable by the time of creation."
))]
pub enum Node {
    /// A practitioner.
    Practitioner(Practitioner),
    /// An organisation.
    Organization(Organization),
    /// An initiative.
    Initiative(Initiative),
    /// A finding.
    Evidence(Evidence),
    /// A lesson.
    Lesson(Lesson),
    /// A resource.
    Resource(Resource),
    /// A recommendation, pledge, question or concluding observation.
    Recommendation(Recommendation),
    /// A commitment.
    Commitment(Commitment),
    /// An event.
    Event(Event),
    /// A theme.
    Theme(Theme),
    /// An instrument.
    Instrument(Instrument),
    /// A country.
    Country(Country),
    /// A region.
    Region(Region),
    /// A submission.
    Submission(Submission),
    /// A mechanism.
    Mechanism(Mechanism),
    /// A review.
    Review(Review),
    /// An ask.
    Ask(Ask),
    /// A treaty.
    Treaty(Treaty),
    /// Where a state stands towards a treaty.
    Ratification(Ratification),
    /// An indicator.
    Indicator(Indicator),
    /// A value of an indicator.
    Observation(Observation),
}

/// Defines an interface whose fields are resolved by the object behind it.
///
/// The type that async-graphql derives has resolvers of its own for fields that are selected from the interface, and their
/// errors do not tell their place in the answer. Those of the objects do; so that type is only asked to describe the
/// interface in the schema.
macro_rules! interface {
    (
        $(#[doc = $doc:literal])+
        #[graphql $fields:tt]
        pub enum $name:ident {
            $($(#[doc = $variant_doc:literal])+ $object:ident,)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub enum $name {
            $($(#[doc = $variant_doc])+ $object($object),)+
        }

        impl OutputType for $name {
            fn type_name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }

            fn introspection_type_name(&self) -> Cow<'static, str> {
                match self {
                    $($name::$object(_) => <$object as OutputType>::type_name(),)+
                }
            }

            fn create_type_info(registry: &mut Registry) -> String {
                $(#[doc = $doc])+
                #[derive(Interface)]
                #[graphql $fields]
                enum Described {
                    $($object($object),)+
                }
                Described::create_type_info(registry)
            }

            async fn resolve(
                &self,
                context: &ContextSelectionSet<'_>,
                field: &Positioned<Field>,
            ) -> ServerResult<Value> {
                match self {
                    $($name::$object(object) => object.resolve(context, field).await,)+
                }
            }
        }
    };
}

interface! {
/// What the community curates. Anonymous callers see published content, and the tombstones of retracted content.
#[graphql(
    name = "Content",
    field(
        name = "id",
        ty = "ID",
        desc = "The id: opaque, stable, sortable by the time of creation."
    ),
    field(
        name = "slug",
        ty = "Result<String, ApiError>",
        desc = "The name in the public address: unique within the kind, never changed."
    ),
    field(
        name = "title",
        ty = "Result<String, ApiError>",
        desc = "The title in the language asked for, or in the original language where there is no translation.",
        arg(
            name = "language",
            ty = "Option<LanguageTag>",
            desc = "BCP 47 tag of the language wanted; the original language where it is missing."
        )
    ),
    field(
        name = "summary",
        ty = "Result<Option<Markdown>, ApiError>",
        desc = "What it is about in a few sentences, in the language asked for or else the original one.",
        arg(
            name = "language",
            ty = "Option<LanguageTag>",
            desc = "BCP 47 tag of the language wanted; the original language where it is missing."
        )
    ),
    field(
        name = "summary_html",
        ty = "Result<Option<String>, ApiError>",
        desc = "The summary rendered as sanitised HTML.",
        arg(
            name = "language",
            ty = "Option<LanguageTag>",
            desc = "BCP 47 tag of the language wanted; the original language where it is missing."
        )
    ),
    field(name = "language", ty = "Result<LanguageTag, ApiError>", desc = "The original language."),
    field(
        name = "available_languages",
        ty = "Result<Vec<LanguageTag>, ApiError>",
        desc = "The languages in which title and summary can be had, the original one first."
    ),
    field(
        name = "themes",
        ty = "Result<Vec<Theme>, ApiError>",
        desc = "The child rights issues that it is about, the most important first."
    ),
    field(
        name = "countries",
        ty = "Result<Vec<Country>, ApiError>",
        desc = "The countries that it is about."
    ),
    field(
        name = "citations",
        ty = "Result<Connection<Citation>, ApiError>",
        desc = "Where it is taken from: resources with the place in them.",
        arg(
            name = "first",
            ty = "Option<i32>",
            desc = "How many, from 1 to 100; 20 where it is missing."
        ),
        arg(name = "after", ty = "Option<String>", desc = "An `endCursor` of this list.")
    ),
    field(
        name = "status",
        ty = "ContentStatus",
        desc = "Where the item stands. Anonymous callers see published items and the tombstones of retracted ones."
    ),
    field(
        name = "status_reason",
        ty = "Result<Option<String>, ApiError>",
        desc = "Why the item was retracted; null of every other item."
    ),
    field(name = "revision", ty = "Result<i32, ApiError>", desc = "The number of the current revision, from 1."),
    field(
        name = "revisions",
        ty = "Result<Connection<Revision>, ApiError>",
        desc = "The published revisions, the latest first.",
        arg(
            name = "first",
            ty = "Option<i32>",
            desc = "How many, from 1 to 100; 20 where it is missing."
        ),
        arg(name = "after", ty = "Option<String>", desc = "An `endCursor` of this list.")
    ),
    field(
        name = "contributors",
        ty = "Result<Connection<Practitioner>, ApiError>",
        desc = "The practitioners who shared it with the community.",
        arg(
            name = "first",
            ty = "Option<i32>",
            desc = "How many, from 1 to 100; 20 where it is missing."
        ),
        arg(name = "after", ty = "Option<String>", desc = "An `endCursor` of this list.")
    ),
    field(
        name = "published_at",
        ty = "Result<Moment, ApiError>",
        desc = "When its first revision was published."
    ),
    field(
        name = "updated_at",
        ty = "Result<Moment, ApiError>",
        desc = "When its current revision was published."
    ),
    field(name = "url", ty = "Result<Url, ApiError>", desc = "The public address.")
)]
pub enum Content {
    /// A practitioner.
    Practitioner,
    /// An organisation.
    Organization,
    /// An initiative.
    Initiative,
    /// A finding.
    Evidence,
    /// A lesson.
    Lesson,
    /// A resource.
    Resource,
    /// A recommendation, pledge, question or concluding observation.
    Recommendation,
    /// A commitment.
    Commitment,
    /// An event.
    Event,
}
}

impl Content {
    /// Loads an item that the caller may see.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn load(loaders: &Loaders, kind: ContentKind, id: Uuid) -> Result<Option<Self>, ApiError> {
        loaders.load(AnyContent(kind, id)).await
    }

    /// Loads an item of unknown kind that the caller may see.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn load_any(loaders: &Loaders, id: Uuid) -> Result<Option<Self>, ApiError> {
        match loaders.load(KindOf(id)).await? {
            Some(kind) => Self::load(loaders, kind, id).await,
            None => Ok(None),
        }
    }

    /// What the item shares with all content.
    pub fn row(&self) -> &ContentRow {
        match self {
            Content::Practitioner(item) => &item.row().content,
            Content::Organization(item) => &item.row().content,
            Content::Initiative(item) => &item.row().content,
            Content::Evidence(item) => &item.row().content,
            Content::Lesson(item) => &item.row().content,
            Content::Resource(item) => &item.row().content,
            Content::Recommendation(item) => &item.row().content,
            Content::Commitment(item) => &item.row().content,
            Content::Event(item) => &item.row().content,
        }
    }
}

/// The kind of an item.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct KindOf(Uuid);

impl BatchKey for KindOf {
    type Value = ContentKind;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let ids: Vec<Uuid> = keys.into_iter().map(|key| key.0).collect();
        let kinds = kinds_of(context, &ids).await?;
        Ok(kinds.into_iter().map(|(id, (kind, _))| (Self(id), kind)).collect())
    }
}

/// Loads items of one kind.
trait Loading: Sync {
    /// Those with these keys, as far as they may be seen.
    fn of_kind<K: Kind>(&self, ids: Vec<Uuid>) -> impl Future<Output = Result<Vec<K>, ApiError>> + Send;
}

/// Items of any kinds, one statement for each kind, all at the same time.
async fn of_kinds(loading: &impl Loading, keys: &[(ContentKind, Uuid)]) -> Result<Vec<Content>, ApiError> {
    async fn one<K: Kind>(
        loading: &impl Loading,
        keys: &[(ContentKind, Uuid)],
        wrap: fn(K) -> Content,
    ) -> Result<Vec<Content>, ApiError> {
        let ids: Vec<Uuid> = keys.iter().filter(|key| key.0 == K::KIND).map(|key| key.1).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(loading.of_kind::<K>(ids).await?.into_iter().map(wrap).collect())
    }
    let found = try_join!(
        one(loading, keys, Content::Practitioner),
        one(loading, keys, Content::Organization),
        one(loading, keys, Content::Initiative),
        one(loading, keys, Content::Evidence),
        one(loading, keys, Content::Lesson),
        one(loading, keys, Content::Resource),
        one(loading, keys, Content::Recommendation),
        one(loading, keys, Content::Commitment),
        one(loading, keys, Content::Event),
    )?;
    Ok(<[Vec<Content>; 9]>::from(found).into_iter().flatten().collect())
}

/// An item of any kind by its key. All kinds are loaded in one batch, so that whatever follows from them is asked for at the
/// same time.
#[derive(Clone, PartialEq, Eq, Hash)]
struct AnyContent(ContentKind, Uuid);

/// Whatever answers to its id, with all its columns.
struct Addressable<'a>(&'a LoadContext);

impl Loading for Addressable<'_> {
    async fn of_kind<K: Kind>(&self, ids: Vec<Uuid>) -> Result<Vec<K>, ApiError> {
        by_ids(self.0, ids).await
    }
}

impl BatchKey for AnyContent {
    type Value = Content;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let keys: Vec<_> = keys.into_iter().map(|Self(kind, id)| (kind, id)).collect();
        let found = of_kinds(&Addressable(context), &keys).await?;
        Ok(found
            .into_iter()
            .map(|content| {
                let row = content.row();
                (Self(row.kind, row.id), content)
            })
            .collect())
    }
}

/// What is published, with the columns that are selected under one of these paths below the current field.
struct Published<'a> {
    context: &'a Context<'a>,
    loaders: &'a Loaders,
    paths: &'a [&'a [&'a str]],
}

impl Loading for Published<'_> {
    async fn of_kind<K: Kind>(&self, ids: Vec<Uuid>) -> Result<Vec<K>, ApiError> {
        let columns = Columns::selected::<K>(self.context, self.paths);
        let listed = visibility::listed(&self.loaders.context().actor);
        with_columns(self.loaders.context(), ids, columns, listed).await
    }
}

/// What is published of these items, with the columns that are selected under one of these paths below the current field: one
/// statement for each kind.
///
/// # Errors
/// Where the database is away.
pub async fn published(
    context: &Context<'_>,
    paths: &[&[&str]],
    keys: &[(ContentKind, Uuid)],
) -> Result<HashMap<Uuid, Content>, ApiError> {
    let loaders = &*loaders(context)?;
    let loading = Published {
        context,
        loaders,
        paths,
    };
    let found = of_kinds(&loading, keys).await?;
    Ok(found.into_iter().map(|content| (content.row().id, content)).collect())
}

impl From<Content> for Node {
    fn from(content: Content) -> Self {
        match content {
            Content::Practitioner(item) => Node::Practitioner(item),
            Content::Organization(item) => Node::Organization(item),
            Content::Initiative(item) => Node::Initiative(item),
            Content::Evidence(item) => Node::Evidence(item),
            Content::Lesson(item) => Node::Lesson(item),
            Content::Resource(item) => Node::Resource(item),
            Content::Recommendation(item) => Node::Recommendation(item),
            Content::Commitment(item) => Node::Commitment(item),
            Content::Event(item) => Node::Event(item),
        }
    }
}

impl Node {
    /// Loads the thing with this id, if it exists and the caller may see it.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn load(loaders: &Loaders, id: NodeId) -> Result<Option<Self>, ApiError> {
        match id.node_type {
            NodeType::Content(kind) => Ok(Content::load(loaders, kind, id.uuid).await?.map(Self::from)),
            NodeType::Reference(kind) => Self::load_reference(loaders, kind, id.uuid).await,
            NodeType::Concept(scheme) => {
                let concept = loaders
                    .app()
                    .vocabulary
                    .get(id.uuid)
                    .filter(|concept| concept.scheme == scheme)
                    .cloned();
                Ok(concept.and_then(|concept| match scheme {
                    ConceptScheme::Theme => Some(Node::Theme(Theme(concept))),
                    ConceptScheme::Instrument => Some(Node::Instrument(Instrument(concept))),
                    ConceptScheme::Country => Some(Node::Country(Country(concept))),
                    ConceptScheme::Region => Some(Node::Region(Region(concept))),
                    ConceptScheme::Language => None,
                }))
            }
            NodeType::Submission => Ok(Submission::load(loaders, id.uuid).await?.map(Node::Submission)),
            // People with accounts, applications, findings, flags, appeals, notifications, files and consents are shown only beside what they take part in.
            NodeType::Account
            | NodeType::Finding
            | NodeType::Flag
            | NodeType::Appeal
            | NodeType::Notification
            | NodeType::SavedSearch
            | NodeType::File
            | NodeType::Consent
            | NodeType::ExternalIdentity
            | NodeType::ApiClient
            | NodeType::Synonyms => Ok(None),
        }
    }

    async fn load_reference(loaders: &Loaders, kind: ReferenceKind, id: Uuid) -> Result<Option<Self>, ApiError> {
        Ok(match kind {
            ReferenceKind::Mechanism => loaders.load(ById::new(id)).await?.map(Node::Mechanism),
            ReferenceKind::Review => loaders.load(ById::new(id)).await?.map(Node::Review),
            ReferenceKind::Ask => ask::by_id(loaders, id).await?.map(Node::Ask),
            ReferenceKind::Treaty => loaders.load(ById::new(id)).await?.map(Node::Treaty),
            ReferenceKind::Ratification => loaders.load(ById::new(id)).await?.map(Node::Ratification),
            ReferenceKind::Indicator => loaders.load(ById::new(id)).await?.map(Node::Indicator),
            ReferenceKind::Observation => loaders.load(ById::new(id)).await?.map(Node::Observation),
        })
    }
}
