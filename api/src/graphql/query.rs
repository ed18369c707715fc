//! Everything that can be read.

use async_graphql::{Context, ID, MergedObject, Object};
use chrono::Utc;
use futures::future::try_join_all;
use praxis_entities::vocabulary::{ConceptScheme, ContentKind};

use crate::accountability::commitment::Commitment;
use crate::accountability::commitment::filter::CommitmentFilter;
use crate::accountability::event::Event;
use crate::accountability::event::filter::EventFilter;
use crate::accountability::indicator::{self, Indicator, IndicatorFilter};
use crate::accountability::mechanism::{self, Mechanism};
use crate::accountability::recommendation::Recommendation;
use crate::accountability::recommendation::filter::RecommendationFilter;
use crate::accountability::report;
use crate::accountability::review::filter::ReviewFilter;
use crate::accountability::review::{self, Review};
use crate::accountability::summary::{self, ImplementationSummary, SummaryAxis};
use crate::accountability::treaty::{self, Treaty};
use crate::content::evidence::Evidence;
use crate::content::evidence::filter::EvidenceFilter;
use crate::content::evidence::map::{EvidenceMap, EvidenceMapAxis, evidence_map};
use crate::content::filter::ContentFilter;
use crate::content::initiative::Initiative;
use crate::content::initiative::filter::InitiativeFilter;
use crate::content::interface::{Content, Node};
use crate::content::kind::id_by_slug;
use crate::content::lesson::Lesson;
use crate::content::lesson::filter::LessonFilter;
use crate::content::list;
use crate::content::order::ContentOrder;
use crate::content::organization::Organization;
use crate::content::organization::filter::OrganizationFilter;
use crate::content::practitioner::Practitioner;
use crate::content::resource::Resource;
use crate::content::resource::filter::ResourceFilter;
use crate::content::trail::{self, Trail};
use crate::curation::graphql::queries::CurationQueries;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::loaders;
use crate::graphql::scalars::{CountryCode, Markdown};
use crate::identifier::NodeId;
use crate::identity::Actor;
use crate::identity::api_client::graphql::ApiClientQueries;
use crate::identity::openid::graphql::SignInQueries;
use crate::identity::scope::Scope;
use crate::identity::viewer::Viewer;
use crate::log::changes::{self, ChangeConnection};
use crate::search::analytics::graphql::SearchAnalyticsQueries;
use crate::search::filter::SearchFilter;
use crate::search::graphql::{self as searching, SearchConnection, SearchSort, Suggestion};
use crate::search::synonyms::graphql::SearchQueries;
use crate::vocabulary::types::{Country, Instrument, Language, Region, Theme};

/// How many ids `nodes` takes at once.
const NODES: usize = 100;

/// Everything that can be read. A room adds its queries here.
#[derive(MergedObject, Default)]
pub struct Query(
    Collection,
    CurationQueries,
    SearchQueries,
    SearchAnalyticsQueries,
    SignInQueries,
    ApiClientQueries,
);

/// The collection and who reads it.
#[derive(Default)]
pub struct Collection;

/// The collection and who reads it.
#[Object]
impl Collection {
    /// Anything by its id. Null where there is nothing with this id that the caller may see.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "An id that an earlier answer gave.")] id: ID,
    ) -> Result<Option<Node>, ApiError> {
        Node::load(&*loaders(context)?, NodeId::parse(&id)?).await
    }

    /// Several things by their ids, in the order of the ids. At most 100 at once.
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Ids that earlier answers gave; at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>, ApiError> {
        if ids.len() > NODES {
            return Err(ApiError::new(
                Code::BadRequest,
                format!("`ids` has {} entries; ask for at most {NODES} at once.", ids.len()),
            ));
        }
        let loaders = loaders(context)?;
        let ids = ids.iter().map(|id| NodeId::parse(id)).collect::<Result<Vec<_>, _>>()?;
        try_join_all(ids.into_iter().map(|id| Node::load(&loaders, id))).await
    }

    /// Content by its kind and slug, as in its public address. Null where there is none that the caller may see.
    async fn content(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The kind.")] kind: ContentKind,
        #[graphql(desc = "The slug.")] slug: String,
    ) -> Result<Option<Content>, ApiError> {
        let loaders = loaders(context)?;
        match id_by_slug(loaders.context(), kind, &slug).await? {
            Some(id) => Content::load(&loaders, kind, id).await,
            None => Ok(None),
        }
    }

    /// Who is signed in; for an application the member that it acts for, with one of the scopes `profile:read`,
    /// `notifications:read` and `searches:manage`. Null where the request has no access token.
    async fn viewer(&self, context: &Context<'_>) -> Result<Option<Viewer>, ApiError> {
        let loaders = loaders(context)?;
        match &loaders.context().actor {
            Actor::Anonymous | Actor::System => Ok(None),
            actor => Viewer::load(&loaders, actor.member(&Scope::OF_VIEWER)?).await,
        }
    }

    /// Practitioners.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the API")]
    async fn practitioners(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<ContentFilter>,
        #[graphql(desc = "The order; `NEWEST` where it is missing.")] order_by: Option<ContentOrder>,
        #[graphql(desc = "How many from the start, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, from 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Practitioner>, ApiError> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        list::connection(context, filter, order_by, page).await
    }

    /// Organisations, coalitions, institutions and bodies.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the API")]
    async fn organizations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<OrganizationFilter>,
        #[graphql(desc = "The order; `NEWEST` where it is missing.")] order_by: Option<ContentOrder>,
        #[graphql(desc = "How many from the start, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, from 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Organization>, ApiError> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        list::connection(context, filter, order_by, page).await
    }

    /// Initiatives.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the API")]
    async fn initiatives(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<InitiativeFilter>,
        #[graphql(desc = "The order; `NEWEST` where it is missing.")] order_by: Option<ContentOrder>,
        #[graphql(desc = "How many from the start, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, from 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Initiative>, ApiError> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        list::connection(context, filter, order_by, page).await
    }

    /// Findings.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the API")]
    async fn evidence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<EvidenceFilter>,
        #[graphql(desc = "The order; `NEWEST` where it is missing.")] order_by: Option<ContentOrder>,
        #[graphql(desc = "How many from the start, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, from 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Evidence>, ApiError> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        list::connection(context, filter, order_by, page).await
    }

    /// Lessons.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the API")]
    async fn lessons(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<LessonFilter>,
        #[graphql(desc = "The order; `NEWEST` where it is missing.")] order_by: Option<ContentOrder>,
        #[graphql(desc = "How many from the start, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, from 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Lesson>, ApiError> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        list::connection(context, filter, order_by, page).await
    }

    /// Resources.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the API")]
    async fn resources(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<ResourceFilter>,
        #[graphql(desc = "The order; `NEWEST` where it is missing.")] order_by: Option<ContentOrder>,
        #[graphql(desc = "How many from the start, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, from 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Resource>, ApiError> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        list::connection(context, filter, order_by, page).await
    }

    /// What states were told, pledged and were asked: recommendations, concluding observations, voluntary pledges and
    /// advance questions.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the API")]
    async fn recommendations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<RecommendationFilter>,
        #[graphql(desc = "The order; `NEWEST` where it is missing.")] order_by: Option<ContentOrder>,
        #[graphql(desc = "How many from the start, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, from 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Recommendation>, ApiError> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        list::connection(context, filter, order_by, page).await
    }

    /// What duty bearers undertook to do.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the API")]
    async fn commitments(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<CommitmentFilter>,
        #[graphql(desc = "The order; `NEWEST` where it is missing.")] order_by: Option<ContentOrder>,
        #[graphql(desc = "How many from the start, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, from 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Commitment>, ApiError> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        list::connection(context, filter, order_by, page).await
    }

    /// Workshops, consultations, briefings and other gatherings.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the API")]
    async fn events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<EventFilter>,
        #[graphql(desc = "The order; `NEWEST` where it is missing.")] order_by: Option<ContentOrder>,
        #[graphql(desc = "How many from the start, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, from 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Event>, ApiError> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        list::connection(context, filter, order_by, page).await
    }

    /// Reviews of states before mechanisms, the latest first.
    async fn reviews(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<ReviewFilter>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
    ) -> Result<Connection<Review>, ApiError> {
        review::all(context, filter, PageArguments::forward(first, after)).await
    }

    /// How far recommendations have been put into practice, counted by country, theme, goal, cycle or mechanism, across
    /// mechanisms; the largest groups first.
    async fn implementation_summary(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "By what the recommendations are counted.")] by: SummaryAxis,
        #[graphql(desc = "Which recommendations.")] filter: Option<RecommendationFilter>,
    ) -> Result<Vec<ImplementationSummary>, ApiError> {
        summary::summary(context, None, by, filter).await
    }

    /// A draft of a report on how a state follows up on what it was told: reviews, figures, progress by theme, every
    /// recommendation about children with its latest assessment, commitments and sources. CommonMark in English.
    async fn follow_up_report(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "ISO 3166-1 alpha-2, e.g. `NP`.")] country: CountryCode,
    ) -> Result<Markdown, ApiError> {
        let loaders = loaders(context)?;
        let app = loaders.app();
        let country = app.vocabulary.require(ConceptScheme::Country, country.as_str())?;
        let text = report::draft(&app.database, &app.vocabulary, country, Utc::now().date_naive()).await?;
        Ok(Markdown::trusted(text))
    }

    /// All bodies and procedures before which states account for themselves, by slug.
    async fn mechanisms(&self, context: &Context<'_>) -> Result<Vec<Mechanism>, ApiError> {
        mechanism::all(context).await
    }

    /// All treaties, the earliest adopted first.
    async fn treaties(&self, context: &Context<'_>) -> Result<Vec<Treaty>, ApiError> {
        treaty::all(context).await
    }

    /// Indicators.
    async fn indicators(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<IndicatorFilter>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
    ) -> Result<Connection<Indicator>, ApiError> {
        indicator::all(context, filter, PageArguments::forward(first, after)).await
    }

    /// A country by its code; null where there is none. With its reviews, recommendations, commitments, treaties,
    /// indicators, initiatives and evidence: a page about a country in one query.
    async fn country(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "ISO 3166-1 alpha-2, e.g. `NP`.")] code: CountryCode,
    ) -> Result<Option<Country>, ApiError> {
        let vocabulary = loaders(context)?.app().vocabulary.clone();
        Ok(vocabulary
            .find(ConceptScheme::Country, code.as_str())
            .cloned()
            .map(Country))
    }

    /// All child rights issues, in the order of their notations.
    async fn themes(&self, context: &Context<'_>) -> Result<Vec<Theme>, ApiError> {
        vocabulary(context, ConceptScheme::Theme, Theme)
    }

    /// All ways in which accountability is exercised.
    async fn instruments(&self, context: &Context<'_>) -> Result<Vec<Instrument>, ApiError> {
        vocabulary(context, ConceptScheme::Instrument, Instrument)
    }

    /// All countries and territories of ISO 3166-1.
    async fn countries(&self, context: &Context<'_>) -> Result<Vec<Country>, ApiError> {
        vocabulary(context, ConceptScheme::Country, Country)
    }

    /// All regions of UN M49 that have countries.
    async fn regions(&self, context: &Context<'_>) -> Result<Vec<Region>, ApiError> {
        vocabulary(context, ConceptScheme::Region, Region)
    }

    /// The languages that the vocabulary has names for. Content may be in any language of ISO 639.
    async fn languages(&self, context: &Context<'_>) -> Result<Vec<Language>, ApiError> {
        vocabulary(context, ConceptScheme::Language, Language)
    }

    /// Full-text search over all content. Forgives misspellings, matches the last word by its beginning (from two letters on), and ignores
    /// accents. Best first: title over summary over body over files, exact over prefix over misspelt; then strength, then recency.
    /// What is called exactly as the query says comes before all else. Without articles and the like, more than four words are a
    /// question: what has its rarer words is found, whether or not it has them all, and `explain` says which it has.
    async fn search(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Words in any language, at most 512 characters.")] query: String,
        #[graphql(desc = "Which content to consider.")] filter: Option<SearchFilter>,
        #[graphql(desc = "The order; `RELEVANCE` where it is missing.")] sort: Option<SearchSort>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "An `endCursor` of this search: of the same words, filter and order.")] after: Option<String>,
    ) -> Result<SearchConnection, ApiError> {
        let page = PageArguments::forward(first, after);
        searching::search(context, query, filter, sort, page).await
    }

    /// Completions for a search box, fast enough for every keystroke.
    async fn suggest(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What was typed so far.")] prefix: String,
        #[graphql(desc = "How many, from 1 to 20; 8 where it is missing.")] first: Option<i32>,
    ) -> Result<Vec<Suggestion>, ApiError> {
        searching::suggest(context, prefix, first).await
    }

    /// Content most like this one, of any kind, the most similar first.
    async fn similar(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The id of an item of content.")] id: ID,
        #[graphql(desc = "How many, from 1 to 50; 10 where it is missing.")] first: Option<i32>,
    ) -> Result<Vec<Content>, ApiError> {
        searching::similar(context, &id, first).await
    }

    /// The evidence gap map: where evidence is thick and where it is missing. One cell for every row and column, the
    /// empty ones included; only countries and regions without evidence are left out.
    async fn evidence_map(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What the rows stand for.")] rows: EvidenceMapAxis,
        #[graphql(desc = "What the columns stand for; another axis than the rows.")] columns: EvidenceMapAxis,
        #[graphql(desc = "Which findings are counted.")] filter: Option<EvidenceFilter>,
    ) -> Result<EvidenceMap, ApiError> {
        evidence_map(context, rows, columns, filter).await
    }

    /// What led to an item and what came of it: initiatives, evidence, lessons, adaptations, walked in both directions.
    async fn trail(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The id of an item of content.")] from: ID,
        #[graphql(desc = "How many steps, from 1 to 6; 3 where it is missing.")] depth: Option<i32>,
    ) -> Result<Trail, ApiError> {
        trail::trail(context, &from, depth).await
    }

    /// Everything that changed, oldest first, in one total order, so that a copy can be kept in step: ask again with the
    /// last cursor.
    async fn changes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The last `endCursor` that you have; from the beginning where it is missing.")] after: Option<
            String,
        >,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "Only changes to these kinds of content.")] kinds: Option<Vec<ContentKind>>,
    ) -> Result<ChangeConnection, ApiError> {
        changes::changes(context, after, first, kinds).await
    }
}

fn vocabulary<T>(
    context: &Context<'_>,
    scheme: ConceptScheme,
    wrap: fn(std::sync::Arc<crate::vocabulary::Concept>) -> T,
) -> Result<Vec<T>, ApiError> {
    Ok(loaders(context)?
        .app()
        .vocabulary
        .all(scheme)
        .iter()
        .cloned()
        .map(wrap)
        .collect())
}
