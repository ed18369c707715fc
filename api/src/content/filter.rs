//! The filter that the lists of all kinds share, and the conditions that it is made of.

use std::fmt::Display;

use async_graphql::{InputObject, SimpleObject};
use praxis_entities::vocabulary::{ConceptScheme, ContentKind, ContentStatus, RelationKind};
use praxis_entities::{content, content_concept, content_relation, content_translation};
use sea_orm::Condition;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LikeExpr, Query, SimpleExpr};

use super::kind::{KindFilter, Scope};
use crate::content::document::validate::{is_slug, known_language};
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::scalars::{CountryCode, LanguageTag, Moment};
use crate::identifier::{NodeId, NodeType};
use crate::vocabulary::Vocabulary;

/// Which content a list holds. Every given condition must hold; within one condition any value will do. An empty list
/// of values is the same as none given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct ContentFilter {
    /// Theme slugs. A broader theme includes everything under it.
    pub themes: Option<Vec<String>>,
    /// ISO 3166-1 alpha-2 codes.
    pub countries: Option<Vec<CountryCode>>,
    /// UN M49 codes, e.g. `034` for Southern Asia. A region includes every country in it.
    pub regions: Option<Vec<String>>,
    /// BCP 47 tags: content that was written in, or translated into, one of these languages. `pt` includes `pt-BR`. `fr-CA` also
    /// finds what is in French of no country, but not what is in `fr-FR`.
    pub languages: Option<Vec<LanguageTag>>,
    /// Only content that changed after this moment.
    pub updated_after: Option<Moment>,
}

impl KindFilter for ContentFilter {
    fn condition(&self, scope: &Scope<'_>) -> Result<Condition, ApiError> {
        let mut condition = Condition::all();
        if let Some(themes) = given(&self.themes) {
            condition = condition.add(concerns(scope, ConceptScheme::Theme, themes)?);
        }
        if let Some(countries) = given(&self.countries) {
            let codes: Vec<String> = countries.iter().map(ToString::to_string).collect();
            condition = condition.add(concerns(scope, ConceptScheme::Country, &codes)?);
        }
        if let Some(regions) = given(&self.regions) {
            condition = condition.add(concerns(scope, ConceptScheme::Region, regions)?);
        }
        if let Some(languages) = given(&self.languages) {
            let mut any = Condition::any();
            for language in languages {
                known_language(scope.vocabulary, language)?;
                any = any.add(available_in(language));
            }
            condition = condition.add(any);
        }
        if let Some(moment) = self.updated_after {
            condition = condition.add(Expr::col((content::Entity, content::Column::UpdatedAt)).gt(moment.0));
        }
        Ok(condition)
    }
}

impl ContentFilter {
    /// Whether all that it asks for is known by the key of an item.
    pub fn is_of_keys(&self) -> bool {
        given(&self.languages).is_none() && self.updated_after.is_none()
    }
}

/// A list of values, where it was given and is not empty.
pub fn given<T>(values: &Option<Vec<T>>) -> Option<&[T]> {
    values.as_deref().filter(|values| !values.is_empty())
}

/// Content that is about one of these concepts or anything narrower.
///
/// # Errors
/// Where a concept is unknown.
pub fn concerns(scope: &Scope<'_>, scheme: ConceptScheme, codes: &[String]) -> Result<SimpleExpr, ApiError> {
    Ok(scope.key.clone().in_subquery(
        Query::select()
            .column((content_concept::Entity, content_concept::Column::ContentId))
            .from(content_concept::Entity)
            .and_where(
                Expr::col((content_concept::Entity, content_concept::Column::ConceptId))
                    .is_in(scope.vocabulary.expand(scheme, codes)?),
            )
            .take(),
    ))
}

/// Content that stands in a relation to something published that is about one of these concepts or anything narrower.
///
/// # Errors
/// Where a concept is unknown.
pub fn related_concerns(
    vocabulary: &Vocabulary,
    relation: RelationKind,
    scheme: ConceptScheme,
    codes: &[String],
) -> Result<SimpleExpr, ApiError> {
    let target = Alias::new("related");
    Ok(Expr::col((content::Entity, content::Column::Id)).in_subquery(
        Query::select()
            .column((content_relation::Entity, content_relation::Column::SourceId))
            .from(content_relation::Entity)
            .join_as(
                sea_orm::JoinType::InnerJoin,
                content::Entity,
                target.clone(),
                Expr::col((target.clone(), content::Column::Id))
                    .equals((content_relation::Entity, content_relation::Column::TargetId))
                    .and(Expr::col((target, content::Column::Status)).eq(ContentStatus::Published)),
            )
            .inner_join(
                content_concept::Entity,
                Expr::col((content_concept::Entity, content_concept::Column::ContentId))
                    .equals((content_relation::Entity, content_relation::Column::TargetId)),
            )
            .and_where(Expr::col((content_relation::Entity, content_relation::Column::Kind)).eq(relation))
            .and_where(
                Expr::col((content_concept::Entity, content_concept::Column::ConceptId))
                    .is_in(vocabulary.expand(scheme, codes)?),
            )
            .take(),
    ))
}

/// From which end of a relation a condition looks at the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The listed content states the relation.
    Source,
    /// The listed content is referred to.
    Target,
}

/// Content that stands in a relation to one of these published items, which are given by their slugs or ids. A slug that
/// nothing has fits nothing.
///
/// # Errors
/// `INVALID_ID` or `WRONG_ID_TYPE` for what is neither a slug nor the id of an item of this kind.
pub fn related_to(
    end: End,
    relation: RelationKind,
    kind: ContentKind,
    items: &[String],
) -> Result<SimpleExpr, ApiError> {
    let other = Alias::new("other");
    let column = |column| Expr::col((other.clone(), column));
    let (here, there) = match end {
        End::Source => (content_relation::Column::SourceId, content_relation::Column::TargetId),
        End::Target => (content_relation::Column::TargetId, content_relation::Column::SourceId),
    };
    let (mut slugs, mut ids) = (Vec::new(), Vec::new());
    for item in items {
        if item.contains('_') {
            ids.push(NodeId::parse_as(item, NodeType::Content(kind))?);
        } else if is_slug(item) {
            slugs.push(item.clone());
        }
    }
    Ok(Expr::col((content::Entity, content::Column::Id)).in_subquery(
        Query::select()
            .column((content_relation::Entity, here))
            .from(content_relation::Entity)
            .join_as(
                sea_orm::JoinType::InnerJoin,
                content::Entity,
                other.clone(),
                column(content::Column::Id).equals((content_relation::Entity, there)),
            )
            .and_where(Expr::col((content_relation::Entity, content_relation::Column::Kind)).eq(relation))
            .and_where(column(content::Column::Kind).eq(kind))
            .and_where(column(content::Column::Status).eq(ContentStatus::Published))
            .cond_where(
                Condition::any()
                    .add(column(content::Column::Slug).is_in(slugs))
                    .add(column(content::Column::Id).is_in(ids)),
            )
            .take(),
    ))
}

/// Content that something published refers to by this relation.
pub fn referred_to_by(relation: RelationKind) -> SimpleExpr {
    let source = Alias::new("referring");
    Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from(content_relation::Entity)
            .join_as(
                sea_orm::JoinType::InnerJoin,
                content::Entity,
                source.clone(),
                Expr::col((source.clone(), content::Column::Id))
                    .equals((content_relation::Entity, content_relation::Column::SourceId)),
            )
            .and_where(
                Expr::col((content_relation::Entity, content_relation::Column::TargetId))
                    .equals((content::Entity, content::Column::Id)),
            )
            .and_where(Expr::col((content_relation::Entity, content_relation::Column::Kind)).eq(relation))
            .and_where(Expr::col((source, content::Column::Status)).eq(ContentStatus::Published))
            .take(),
    )
}

/// Content that was written in a language or translated into it.
fn available_in(language: &LanguageTag) -> Condition {
    let within = format!("{language}-%");
    let tags: Vec<String> = language.with_broader().into_iter().map(str::to_owned).collect();
    let matches = |column: Expr| {
        Condition::any()
            .add(column.clone().is_in(tags.clone()))
            .add(column.like(within.clone()))
    };
    Condition::any()
        .add(matches(Expr::col((content::Entity, content::Column::Language))))
        .add(
            Expr::col((content::Entity, content::Column::Id)).in_subquery(
                Query::select()
                    .column(content_translation::Column::ContentId)
                    .from(content_translation::Entity)
                    .cond_where(matches(Expr::col((
                        content_translation::Entity,
                        content_translation::Column::Language,
                    ))))
                    .take(),
            ),
        )
}

/// Rows of which this column, a list of texts kept as JSON, holds one of these.
///
/// # Errors
/// Where a text can't be written as JSON, which none is known to be.
pub fn lists_any(column: Expr, texts: &[String]) -> Result<Condition, ApiError> {
    let mut any = Condition::any();
    for text in texts {
        // Each stands there in quotes of its own. PostgreSQL has no text with the character U+0000.
        let quoted = serde_json::to_string(&text.replace('\0', "\u{fffd}")).map_err(ApiError::internal)?;
        any = any.add(column.clone().cast_as("text").like(within(&quoted)));
    }
    Ok(any)
}

/// A pattern for what stands anywhere within a text.
fn within(part: &str) -> LikeExpr {
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

/// Refuses two ends of a range, given with their names, where nothing can lie between them.
///
/// # Errors
/// `BAD_REQUEST`.
pub fn in_order<T: PartialOrd + Display>(from: (&str, Option<T>), to: (&str, Option<T>)) -> Result<(), ApiError> {
    match (from, to) {
        ((start, Some(from)), (end, Some(to))) if from > to => Err(ApiError::new(
            Code::BadRequest,
            format!("`{start}` is {from} and `{end}` is {to}, so nothing lies between them; `{start}` comes first."),
        )),
        _ => Ok(()),
    }
}

/// A range of years, both ends included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject, SimpleObject)]
#[graphql(input_name = "YearRange", name = "Years")]
pub struct YearRange {
    /// The first year; open where it is missing.
    pub from: Option<i32>,
    /// The last year; open where it is missing. It must not lie before the first.
    pub to: Option<i32>,
}

impl YearRange {
    /// Refuses a range that is named `years` and holds none.
    ///
    /// # Errors
    /// `BAD_REQUEST`.
    pub fn check(&self) -> Result<(), ApiError> {
        in_order(("years.from", self.from), ("years.to", self.to))
    }
}
