//! What following up on a group of recommendations hangs on: the institutions responsible, the commitments that answer them,
//! the indicators of their themes.

use std::collections::HashMap;
use std::sync::Arc;

use praxis_entities::vocabulary::{ConceptScheme, ContentKind, ContentStatus, RelationKind};
use praxis_entities::{content, content_relation, indicator, recommendation};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, SelectStatement};
use sea_orm::{ConnectionTrait, EntityTrait, JoinType, QueryOrder};
use uuid::Uuid;

use super::grouping::{Grouped, PLACE, group_of, grouped, groups_in_order, memberships};
use super::{Group, Summary, SummaryAxis, by_shape};
use crate::accountability::indicator::Indicator;
use crate::accountability::reference::Reference;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};

/// How recommendations lead to other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// To those responsible for putting them into practice.
    Responsible,
    /// To the commitments that answer them.
    Commitments,
}

impl Link {
    /// What stands at the other end.
    pub fn kind(self) -> ContentKind {
        match self {
            Link::Responsible => ContentKind::Organization,
            Link::Commitments => ContentKind::Commitment,
        }
    }

    fn relation(self) -> RelationKind {
        match self {
            Link::Responsible => RelationKind::Responsible,
            Link::Commitments => RelationKind::Answers,
        }
    }

    /// The end at the recommendation, and the other.
    fn ends(self) -> (content_relation::Column, content_relation::Column) {
        match self {
            Link::Responsible => (content_relation::Column::SourceId, content_relation::Column::TargetId),
            Link::Commitments => (content_relation::Column::TargetId, content_relation::Column::SourceId),
        }
    }
}

/// What the groups of a summary are linked to, those for most of their recommendations first.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Linked(pub Summary, pub Link);

const OTHER: &str = "other_key";

fn statement(grouped: Grouped, link: Link) -> SelectStatement {
    let (relation, shown) = (Alias::new("link"), Alias::new("shown"));
    let of = |column: content_relation::Column| Expr::col((relation.clone(), column));
    let (own, other) = link.ends();
    let mut select = grouped.select;
    select
        .join_as(
            JoinType::InnerJoin,
            content_relation::Entity,
            relation.clone(),
            of(own).equals((recommendation::Entity, recommendation::Column::ContentId)),
        )
        .and_where(of(content_relation::Column::Kind).eq(link.relation()))
        .join_as(
            JoinType::InnerJoin,
            content::Entity,
            shown.clone(),
            Expr::col((shown.clone(), content::Column::Id)).equals((relation.clone(), other)),
        )
        .and_where(Expr::col((shown, content::Column::Status)).eq(ContentStatus::Published))
        .expr_as(of(other), OTHER)
        .add_group_by(grouped.columns)
        .add_group_by([of(other)])
        .order_by_expr(grouped.counted, Order::Desc)
        .order_by_expr(of(other), Order::Asc);
    select
}

impl BatchKey for Linked {
    type Value = Arc<HashMap<Group, Vec<Uuid>>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let mut found = HashMap::new();
        for link in [Link::Responsible, Link::Commitments] {
            let summaries = keys.iter().filter(|key| key.1 == link).map(|key| key.0.clone());
            for ((axis, filter, by_country), countries) in by_shape(summaries) {
                let statement = statement(grouped(context, axis, &filter, by_country.then_some(countries))?, link);
                let groups = groups_in_order(&memberships(&context.app.vocabulary, axis));
                let mut linked: HashMap<Option<Uuid>, HashMap<Group, Vec<Uuid>>> = HashMap::new();
                for row in context.app.database.read().query_all(&statement).await? {
                    let country: Option<Uuid> = if by_country {
                        Some(row.try_get("", PLACE)?)
                    } else {
                        None
                    };
                    if let Some(group) = group_of(&row, axis, &groups)? {
                        let other = row.try_get("", OTHER)?;
                        linked.entry(country).or_default().entry(group).or_default().push(other);
                    }
                }
                for (country, linked) in linked {
                    let summary = Summary {
                        country,
                        axis,
                        filter: filter.clone(),
                    };
                    found.insert(Self(summary, link), Arc::new(linked));
                }
            }
        }
        Ok(found)
    }
}

/// The indicators of each group of an axis.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Measured(pub SummaryAxis);

impl BatchKey for Measured {
    type Value = Arc<HashMap<Group, Vec<Indicator>>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let vocabulary = &context.app.vocabulary;
        let rows = indicator::Entity::find()
            .order_by_asc(indicator::Column::Place)
            .all(context.app.database.read())
            .await?;
        let mut indicators: Vec<(Vec<Uuid>, Indicator)> = Vec::with_capacity(rows.len());
        for row in rows {
            let slugs: Vec<String> = crate::content::json(&row.themes)?;
            let themes = slugs
                .iter()
                .filter_map(|slug| vocabulary.find(ConceptScheme::Theme, slug))
                .map(|theme| theme.id)
                .collect();
            indicators.push((themes, Indicator::from_row(Arc::new(row))));
        }
        Ok(keys
            .into_iter()
            .map(|key| {
                let mut found: HashMap<Group, Vec<Indicator>> = HashMap::new();
                let pairs = memberships(vocabulary, key.0);
                for (themes, indicator) in &indicators {
                    let mut groups: Vec<&Group> = pairs
                        .iter()
                        .filter(|(_, theme)| themes.contains(theme))
                        .map(|(group, _)| group)
                        .collect();
                    groups.sort_unstable();
                    groups.dedup();
                    for group in groups {
                        found.entry(group.clone()).or_default().push(indicator.clone());
                    }
                }
                (key, Arc::new(found))
            })
            .collect())
    }
}
