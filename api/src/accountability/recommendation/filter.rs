//! The filter of lists of recommendations.

use async_graphql::InputObject;
use praxis_entities::vocabulary::{ConceptScheme, ImplementationStatus, RecommendationKind, RecommendationResponse};
use praxis_entities::{content, recommendation, recommending_country, review};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, Query};

use crate::accountability::review::filter::before;
use crate::content::filter::{ContentFilter, given};
use crate::content::kind::KindFilter;
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::scalars::CountryCode;
use crate::text;
use crate::vocabulary::Vocabulary;

/// Longest text to look for, in characters.
const TEXT: usize = 200;
/// Most words to look for.
const WORDS: usize = 10;

/// Which recommendations a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct RecommendationFilter {
    /// The conditions that all kinds share; `countries` are the states under review.
    #[graphql(flatten)]
    pub common: ContentFilter,
    /// What they are.
    pub kinds: Option<Vec<RecommendationKind>>,
    /// ISO 3166-1 alpha-2 codes of the states that made them.
    pub recommending_countries: Option<Vec<CountryCode>>,
    /// Slugs of mechanisms; those of all are in the query `mechanisms`.
    pub mechanisms: Option<Vec<String>>,
    /// Numbers of the cycles of the mechanism.
    pub cycles: Option<Vec<i32>>,
    /// What the state under review said.
    pub responses: Option<Vec<RecommendationResponse>>,
    /// Only those about children, or only the others.
    pub child_focused: Option<bool>,
    /// How far they have been put into practice.
    pub implementation: Option<Vec<ImplementationStatus>>,
    /// Tags of the source, e.g. `Rights of the Child` of UPR Info, spelt as there.
    pub source_tags: Option<Vec<String>>,
    /// Words that must all stand in the text, also within words, whatever their accents, case and punctuation. At most
    /// ten words.
    /// For ranked, forgiving search use the query `search`.
    pub text: Option<String>,
}

impl KindFilter for RecommendationFilter {
    fn condition(&self, vocabulary: &Vocabulary) -> Result<Condition, ApiError> {
        let column = |column| Expr::col((recommendation::Entity, column));
        let mut condition = self.common.condition(vocabulary)?;
        if let Some(kinds) = given(&self.kinds) {
            condition = condition.add(column(recommendation::Column::Kind).is_in(kinds.iter().copied()));
        }
        if let Some(countries) = given(&self.recommending_countries) {
            let codes: Vec<String> = countries.iter().map(ToString::to_string).collect();
            let states = vocabulary.expand(ConceptScheme::Country, &codes)?;
            condition = condition.add(
                Expr::col((content::Entity, content::Column::Id)).in_subquery(
                    Query::select()
                        .column(recommending_country::Column::ContentId)
                        .from(recommending_country::Entity)
                        .and_where(Expr::col(recommending_country::Column::CountryId).is_in(states))
                        .take(),
                ),
            );
        }
        let (mechanisms, cycles) = (given(&self.mechanisms), given(&self.cycles));
        if mechanisms.is_some() || cycles.is_some() {
            let mut reviews = Query::select();
            reviews
                .column((review::Entity, review::Column::Id))
                .from(review::Entity);
            if let Some(mechanisms) = mechanisms {
                reviews.and_where(before(mechanisms));
            }
            if let Some(cycles) = cycles {
                reviews.and_where(Expr::col((review::Entity, review::Column::Cycle)).is_in(cycles.iter().copied()));
            }
            condition = condition.add(column(recommendation::Column::ReviewId).in_subquery(reviews));
        }
        if let Some(responses) = given(&self.responses) {
            condition = condition.add(column(recommendation::Column::Response).is_in(responses.iter().copied()));
        }
        if let Some(wanted) = self.child_focused {
            condition = condition.add(column(recommendation::Column::ChildFocused).eq(wanted));
        }
        if let Some(implementation) = given(&self.implementation) {
            condition =
                condition.add(column(recommendation::Column::Implementation).is_in(implementation.iter().copied()));
        }
        if let Some(tags) = given(&self.source_tags) {
            let mut any = Condition::any();
            for tag in tags {
                // The tags are kept as JSON, where a tag stands as a text of its own.
                let quoted = serde_json::to_string(&tag.replace('\0', "\u{fffd}")).map_err(ApiError::internal)?;
                any = any.add(
                    column(recommendation::Column::SourceTags)
                        .cast_as("text")
                        .like(contains(&quoted)),
                );
            }
            condition = condition.add(any);
        }
        if let Some(text) = &self.text {
            for word in words(text)? {
                condition = condition.add(column(recommendation::Column::TextKey).like(contains(&word)));
            }
        }
        Ok(condition)
    }
}

fn contains(part: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for character in part.chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('!')
}

fn words(text: &str) -> Result<Vec<String>, ApiError> {
    let folded = text::words(text);
    let words: Vec<String> = folded
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if words.is_empty() || words.len() > WORDS || text.chars().count() > TEXT {
        return Err(ApiError::new(
            Code::BadRequest,
            format!("`text` needs at least one word, and at most {WORDS} words with {TEXT} characters."),
        ));
    }
    Ok(words)
}
