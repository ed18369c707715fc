//! The curation queue.
//!
//! A page is read from one ordered index range for each status, each cut off at the page's length, so that it costs the
//! same however many submissions there are.

use async_graphql::{Context, Enum, InputObject, SimpleObject};
use praxis_entities::submission;
use praxis_entities::vocabulary::{ContentKind, SubmissionStatus};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, Iterable, QueryFilter, QuerySelect,
};

use super::submission::Submission;
use crate::content::filter::given;
use crate::database::never;
use crate::graphql::by_key::counted;
use crate::graphql::connection::{Connection, Cursor, CursorKey, Edge, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::LanguageTag;
use crate::identity::Actor;
use crate::identity::permissions::Permission;

/// Which submissions the queue holds.
#[derive(Clone, Debug, Default, InputObject)]
pub struct SubmissionFilter {
    /// Where they stand.
    pub statuses: Option<Vec<SubmissionStatus>>,
    /// Kinds of content.
    pub kinds: Option<Vec<ContentKind>>,
    /// Languages of the documents.
    pub languages: Option<Vec<LanguageTag>>,
    /// Only those that a moderator has claimed, or only others.
    pub claimed: Option<bool>,
    /// Only those that you have claimed, or only others.
    pub claimed_by_me: Option<bool>,
    /// Only your own, or only those of others.
    pub mine: Option<bool>,
    /// Only those with open safeguarding findings, or only others.
    pub has_findings: Option<bool>,
    /// Only minor edits that their authors published and that nobody has reviewed yet (`reviewMinorEdit`), or only others.
    pub awaits_review: Option<bool>,
}

/// The order of the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum SubmissionOrder {
    /// The longest waiting first.
    #[default]
    Oldest,
    /// The latest first.
    Newest,
    /// Those with the most open safeguarding findings first, then those that were begun first.
    Risk,
}

/// How many submissions stand in a status.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct SubmissionStatusCount {
    /// The status.
    pub status: SubmissionStatus,
    /// How many of those that the caller may see.
    pub count: i32,
}

impl SubmissionOrder {
    fn code(self) -> u8 {
        match self {
            SubmissionOrder::Oldest => 30,
            SubmissionOrder::Newest => 31,
            SubmissionOrder::Risk => 32,
        }
    }

    fn cursor(self, row: &submission::Model) -> Cursor {
        let number = match self {
            SubmissionOrder::Oldest | SubmissionOrder::Newest => row.queued_at.timestamp_micros(),
            SubmissionOrder::Risk => i64::from(row.open_findings),
        };
        Cursor {
            order: self.code(),
            key: CursorKey::Number(number),
            id: row.id,
        }
    }

    fn beyond(self, cursor: &Cursor) -> Condition {
        let number = match &cursor.key {
            CursorKey::Number(number) => *number,
            CursorKey::Moment(_) | CursorKey::Text(_) => 0,
        };
        let id = || Expr::col(submission::Column::Id);
        let queued = || Expr::col(submission::Column::QueuedAt);
        let findings = || Expr::col(submission::Column::OpenFindings);
        let moment = chrono::DateTime::from_timestamp_micros(number).unwrap_or_default();
        match self {
            SubmissionOrder::Oldest => Condition::any()
                .add(queued().gt(moment))
                .add(queued().eq(moment).and(id().gt(cursor.id))),
            SubmissionOrder::Newest => Condition::any()
                .add(queued().lt(moment))
                .add(queued().eq(moment).and(id().lt(cursor.id))),
            SubmissionOrder::Risk => Condition::any()
                .add(findings().lt(number))
                .add(findings().eq(number).and(id().gt(cursor.id))),
        }
    }

    fn sort(self, select: &mut SelectStatement) {
        match self {
            SubmissionOrder::Oldest => select
                .order_by(submission::Column::QueuedAt, Order::Asc)
                .order_by(submission::Column::Id, Order::Asc),
            SubmissionOrder::Newest => select
                .order_by(submission::Column::QueuedAt, Order::Desc)
                .order_by(submission::Column::Id, Order::Desc),
            SubmissionOrder::Risk => select
                .order_by(submission::Column::OpenFindings, Order::Desc)
                .order_by(submission::Column::Id, Order::Asc),
        };
    }
}

/// A page of the submissions that the caller may see: moderators see all that they are not limited from but drafts and what
/// was withdrawn, everybody sees their own.
///
/// # Errors
/// `UNAUTHENTICATED`; as [`PageArguments::check`].
pub async fn submissions(
    context: &Context<'_>,
    filter: Option<SubmissionFilter>,
    order: Option<SubmissionOrder>,
    arguments: PageArguments,
) -> Result<Connection<Submission>, ApiError> {
    let loaders = loaders(context)?;
    let actor = &loaders.context().actor;
    actor.require(Permission::SeeSubmissions)?;
    let app = loaders.app().clone();
    let order = order.unwrap_or_default();
    let page = arguments.check(order.code())?;
    let filter = filter.unwrap_or_default();
    let arms = filter.arms(actor);
    let rows = match ids(&arms, order, page.after.as_ref(), page.limit + 1) {
        Some(ids) => {
            let mut select = Query::select();
            select
                .columns(submission::Column::iter())
                .from(submission::Entity)
                .and_where(Expr::col(submission::Column::Id).in_subquery(ids));
            order.sort(&mut select);
            let rows = app.database.read().query_all(&select).await?;
            rows.iter()
                .map(|row| submission::Model::from_query_result(row, ""))
                .collect::<Result<Vec<_>, _>>()?
        }
        None => Vec::new(),
    };
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let has_next_page = rows.len() > limit;
    let edges = rows
        .into_iter()
        .take(limit)
        .map(|row| Edge {
            cursor: order.cursor(&row).into(),
            node: row.into(),
        })
        .collect();
    Ok(Connection {
        edges,
        has_next_page,
        has_previous_page: page.after.is_some(),
        total: counted::<submission::Entity>(app, any_of(&arms)),
    })
}

/// How many submissions stand in each status, in one statement.
///
/// # Errors
/// `UNAUTHENTICATED`; where the database is away.
pub async fn counts(
    context: &Context<'_>,
    filter: Option<SubmissionFilter>,
) -> Result<Vec<SubmissionStatusCount>, ApiError> {
    let loaders = loaders(context)?;
    let actor = &loaders.context().actor;
    actor.require(Permission::SeeSubmissions)?;
    let arms = filter.unwrap_or_default().arms(actor);
    let rows: Vec<(SubmissionStatus, i64)> = submission::Entity::find()
        .select_only()
        .column(submission::Column::Status)
        .column_as(submission::Column::Id.count(), "count")
        .filter(any_of(&arms))
        .group_by(submission::Column::Status)
        .into_tuple()
        .all(loaders.app().database.read())
        .await?;
    Ok(SubmissionStatus::iter()
        .filter(|status| arms.iter().any(|(wanted, _)| wanted == status))
        .map(|status| SubmissionStatusCount {
            status,
            count: rows
                .iter()
                .find(|(found, _)| *found == status)
                .and_then(|(_, count)| i32::try_from(*count).ok())
                .unwrap_or(0),
        })
        .collect())
}

/// A status and the condition on the submissions in it.
type Arm = (SubmissionStatus, Condition);

fn any_of(arms: &[Arm]) -> Condition {
    // Of no status at all nothing is wanted.
    let none = Condition::any().add(never());
    arms.iter().fold(none, |any, (status, condition)| {
        any.add(
            Condition::all()
                .add(submission::Column::Status.eq(*status))
                .add(condition.clone()),
        )
    })
}

/// The keys of a page: the first ones of each arm, and of those the first ones.
fn ids(arms: &[Arm], order: SubmissionOrder, after: Option<&Cursor>, limit: u64) -> Option<SelectStatement> {
    let arm = |(status, condition): &Arm| {
        let mut select = Query::select();
        select
            .columns([
                submission::Column::Id,
                submission::Column::QueuedAt,
                submission::Column::OpenFindings,
            ])
            .from(submission::Entity)
            .and_where(Expr::col(submission::Column::Status).eq(*status))
            .cond_where(condition.clone())
            .limit(limit);
        if let Some(after) = after {
            select.cond_where(order.beyond(after));
        }
        order.sort(&mut select);
        // An arm of a union has no order and no limit of its own; a subquery has.
        Query::select()
            .columns([
                submission::Column::Id,
                submission::Column::QueuedAt,
                submission::Column::OpenFindings,
            ])
            .from_subquery(select, Alias::new("arm"))
            .take()
    };
    let mut arms = arms.iter().map(arm);
    let mut union = arms.next()?;
    for arm in arms {
        union.union(UnionType::All, arm);
    }
    let mut page = Query::select();
    page.column(submission::Column::Id)
        .from_subquery(union, Alias::new("candidates"))
        .limit(limit);
    order.sort(&mut page);
    Some(page)
}

impl SubmissionFilter {
    /// The condition on the submissions of each status that is asked for. Drafts and what was withdrawn are for their
    /// author alone, the others for moderators too, so far as they are not limited.
    fn arms(&self, actor: &Actor) -> Vec<Arm> {
        let moderates = actor.may(Permission::Moderate);
        let own = || match actor.own(Permission::Contribute) {
            Some(account) => submission::Column::AuthorId.eq(account),
            None => never(),
        };
        let condition = self.condition(actor);
        SubmissionStatus::iter()
            .filter(|status| given(&self.statuses).is_none_or(|wanted| wanted.contains(status)))
            .map(|status| {
                let private = matches!(status, SubmissionStatus::Draft | SubmissionStatus::Withdrawn);
                let mut condition = condition.clone();
                if private || !moderates {
                    condition = condition.add(own());
                } else if let Some(remit) = actor.remit() {
                    condition = condition.add(Condition::any().add(own()).add(remit.of_submissions()));
                }
                (status, condition)
            })
            .collect()
    }

    fn condition(&self, actor: &Actor) -> Condition {
        let mut all = Condition::all();
        if let Some(kinds) = given(&self.kinds) {
            all = all.add(submission::Column::Kind.is_in(kinds.iter().copied()));
        }
        if let Some(languages) = given(&self.languages) {
            all = all.add(submission::Column::Language.is_in(languages.iter().map(ToString::to_string)));
        }
        let of = |column: submission::Column, mine: bool| {
            if mine {
                Condition::all().add(column.eq(actor.account()))
            } else {
                Condition::any().add(column.ne(actor.account())).add(column.is_null())
            }
        };
        match self.claimed {
            Some(true) => all = all.add(submission::Column::ClaimedById.is_not_null()),
            Some(false) => all = all.add(submission::Column::ClaimedById.is_null()),
            None => {}
        }
        if let Some(mine) = self.claimed_by_me {
            all = all.add(of(submission::Column::ClaimedById, mine));
        }
        if let Some(mine) = self.mine {
            all = all.add(of(submission::Column::AuthorId, mine));
        }
        match self.has_findings {
            Some(true) => all = all.add(submission::Column::OpenFindings.gt(0)),
            Some(false) => all = all.add(submission::Column::OpenFindings.eq(0)),
            None => {}
        }
        // In the very words of the index, without a value that is bound.
        let awaits = || Expr::col(submission::Column::AwaitsReview);
        match self.awaits_review {
            Some(true) => all = all.add(awaits()),
            Some(false) => all = all.add(awaits().not()),
            None => {}
        }
        all
    }
}
