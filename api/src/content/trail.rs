//! The trail: what led to an item and what came of it, walked in both directions.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, ID, SimpleObject};
use futures::future::try_join_all;
use praxis_entities::vocabulary::{ContentKind, RelationKind};
use praxis_entities::{content, content_relation};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, JoinType};
use uuid::Uuid;

use super::interface::{Content, Node};
use super::visibility;
use crate::database::among;
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::loader::LoadContext;
use crate::graphql::loaders;
use crate::identifier::NodeId;

/// How many steps are walked where the caller does not say.
const DEFAULT_DEPTH: i32 = 3;
/// How many steps are walked at most.
const MAXIMUM_DEPTH: i32 = 6;
/// How many items a trail holds at most; the nearest ones are kept.
const MAXIMUM_NODES: usize = 200;

/// The relations that a trail follows, and what a link is called that stands for one. A link leads from the cause to what
/// came of it: from the initiative to the finding, from the finding to the lesson, from the original to its adaptation.
const STEPS: [Step; 11] = [
    backward(RelationKind::About, "producedEvidence"),
    backward(RelationKind::LearnedFrom, "taught"),
    backward(RelationKind::SupportedBy, "supports"),
    backward(RelationKind::ChallengedBy, "challenges"),
    backward(RelationKind::AdaptedFrom, "adaptedAs"),
    backward(RelationKind::Follows, "followedBy"),
    backward(RelationKind::PartOf, "hasPart"),
    forward(RelationKind::LedTo, "ledTo"),
    backward(RelationKind::Answers, "answeredBy"),
    forward(RelationKind::Output, "broughtAbout"),
    backward(RelationKind::Repeats, "repeatedAs"),
];

struct Step {
    relation: RelationKind,
    name: &'static str,
    /// Whether the item that states the relation is the cause.
    forward: bool,
}

const fn forward(relation: RelationKind, name: &'static str) -> Step {
    Step {
        relation,
        name,
        forward: true,
    }
}

const fn backward(relation: RelationKind, name: &'static str) -> Step {
    Step {
        relation,
        name,
        forward: false,
    }
}

/// What led to an item and what came of it.
#[derive(SimpleObject)]
pub struct Trail {
    /// The items, the one that was asked for first, then by their distance from it. At most 200.
    pub nodes: Vec<Node>,
    /// How they hang together. Every link is between two of the nodes.
    pub links: Vec<TrailLink>,
    /// Whether items were left out because there are more than 200.
    pub truncated: bool,
}

/// One step of a trail: from a cause to what came of it.
#[derive(SimpleObject)]
pub struct TrailLink {
    /// The id of the earlier item.
    pub from: ID,
    /// The id of what came of it.
    pub to: ID,
    /// What the step is: `producedEvidence`, `taught`, `supports`, `challenges`, `adaptedAs`, `followedBy`, `hasPart`,
    /// `ledTo`, `answeredBy`, `broughtAbout` or `repeatedAs`.
    pub relation: String,
}

struct Link {
    from: (ContentKind, Uuid),
    to: (ContentKind, Uuid),
    relation: &'static str,
}

/// Walks the trail from an item: one statement for each step, one to close the last of them, and one for each kind of
/// content that is found.
///
/// # Errors
/// `INVALID_ID`, `WRONG_ID_TYPE`, `NOT_FOUND`, or `BAD_REQUEST` for a depth outside 1 to 6.
pub async fn trail(context: &Context<'_>, from: &str, depth: Option<i32>) -> Result<Trail, ApiError> {
    let loaders = loaders(context)?;
    let start = NodeId::parse_content(from)?;
    let depth = depth.unwrap_or(DEFAULT_DEPTH);
    if !(1..=MAXIMUM_DEPTH).contains(&depth) {
        return Err(ApiError::new(
            Code::BadRequest,
            format!("`depth` is {depth}; give a number from 1 to {MAXIMUM_DEPTH}."),
        ));
    }
    if Content::load(&loaders, start.0, start.1).await?.is_none() {
        return Err(ApiError::not_found(from));
    }
    let mut order = vec![start];
    let mut seen = HashSet::from([start.1]);
    let mut links: HashMap<(Uuid, Uuid, &'static str), Link> = HashMap::new();
    let mut frontier = vec![start.1];
    let mut truncated = false;
    for _ in 0..depth {
        if frontier.is_empty() {
            break;
        }
        let mut next = Vec::new();
        for link in step(loaders.context(), frontier).await? {
            for end in [link.from, link.to] {
                if seen.contains(&end.1) {
                    continue;
                }
                if order.len() >= MAXIMUM_NODES {
                    truncated = true;
                    continue;
                }
                seen.insert(end.1);
                order.push(end);
                next.push(end.1);
            }
            links.insert((link.from.1, link.to.1, link.relation), link);
        }
        frontier = next;
    }
    // Items found in the last step may hang together too.
    if !frontier.is_empty() {
        for link in step(loaders.context(), frontier).await? {
            links.insert((link.from.1, link.to.1, link.relation), link);
        }
    }
    let nodes = try_join_all(order.iter().map(|(kind, id)| Content::load(&loaders, *kind, *id))).await?;
    let nodes: Vec<Node> = nodes.into_iter().flatten().map(Node::from).collect();
    let mut links: Vec<Link> = links
        .into_values()
        .filter(|link| seen.contains(&link.from.1) && seen.contains(&link.to.1))
        .collect();
    let place: HashMap<Uuid, usize> = order.iter().enumerate().map(|(index, (_, id))| (*id, index)).collect();
    links.sort_by_key(|link| (place[&link.from.1], place[&link.to.1], link.relation));
    Ok(Trail {
        nodes,
        links: links
            .into_iter()
            .map(|link| TrailLink {
                from: NodeId::content(link.from.0, link.from.1).into(),
                to: NodeId::content(link.to.0, link.to.1).into(),
                relation: link.relation.to_owned(),
            })
            .collect(),
        truncated,
    })
}

/// The links from and to the items of the frontier whose two ends the caller may see.
async fn step(context: &LoadContext, frontier: Vec<Uuid>) -> Result<Vec<Link>, ApiError> {
    let statement = links_of(context, frontier);
    let rows = context.app.database.read().query_all(&statement).await?;
    let mut links = Vec::with_capacity(rows.len());
    for row in rows {
        let kind: RelationKind = row.try_get("", "kind")?;
        let source = (row.try_get("", "source_kind")?, row.try_get("", "source_id")?);
        let target = (row.try_get("", "target_kind")?, row.try_get("", "target_id")?);
        // The statement above asked for these steps alone.
        let Some(step) = STEPS.iter().find(|step| step.relation == kind) else {
            continue;
        };
        let (from, to) = if step.forward {
            (source, target)
        } else {
            (target, source)
        };
        links.push(Link {
            from,
            to,
            relation: step.name,
        });
    }
    Ok(links)
}

/// Selects the relations that are steps from or to these items, with the kinds of both ends.
fn links_of(context: &LoadContext, frontier: Vec<Uuid>) -> SelectStatement {
    let database = context.app.database.read();
    let source = Alias::new("source");
    let relation = |column| Expr::col((content_relation::Entity, column));
    let other = |column| Expr::col((source.clone(), column));
    Query::select()
        .columns([
            (content_relation::Entity, content_relation::Column::Kind),
            (content_relation::Entity, content_relation::Column::SourceId),
            (content_relation::Entity, content_relation::Column::TargetId),
        ])
        .expr_as(other(content::Column::Kind), Alias::new("source_kind"))
        .expr_as(
            Expr::col((content::Entity, content::Column::Kind)),
            Alias::new("target_kind"),
        )
        .from(content_relation::Entity)
        .join_as(
            JoinType::InnerJoin,
            content::Entity,
            source.clone(),
            other(content::Column::Id).equals((content_relation::Entity, content_relation::Column::SourceId)),
        )
        .inner_join(
            content::Entity,
            Expr::col((content::Entity, content::Column::Id))
                .equals((content_relation::Entity, content_relation::Column::TargetId)),
        )
        .and_where(relation(content_relation::Column::Kind).is_in(STEPS.iter().map(|step| step.relation)))
        .cond_where(
            Condition::any()
                .add(among(
                    database,
                    relation(content_relation::Column::SourceId),
                    frontier.clone(),
                ))
                .add(among(database, relation(content_relation::Column::TargetId), frontier)),
        )
        .and_where(visibility::listed(&context.actor))
        .and_where(other(content::Column::Status).eq(praxis_entities::vocabulary::ContentStatus::Published))
        .order_by(
            (content_relation::Entity, content_relation::Column::SourceId),
            Order::Desc,
        )
        .order_by(
            (content_relation::Entity, content_relation::Column::Position),
            Order::Asc,
        )
        .limit(10_000)
        .take()
}
