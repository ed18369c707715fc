//! The statistics of search as administrators see them, and how an application tells what was opened.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::Utc;
use praxis_entities::search_statistic::{self, Column};
use praxis_entities::vocabulary::ContentStatus;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Order};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select};

use super::{KEPT, first_day};
use crate::content::kind::kinds_of;
use crate::graphql::connection::bounded;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::Loaders;
use crate::graphql::loaders;
use crate::graphql::user_error::UserError;
use crate::identifier::NodeId;
use crate::identity::client::Client;
use crate::identity::permissions::Permission;
use crate::search::graphql::check_query;

/// Counts a search of the caller.
pub fn count(context: &Context<'_>, loaders: &Loaders, query: &str, found: bool) {
    let tally = &loaders.app().tally;
    let now = Utc::now();
    tally.searched(query, found, visit(context, loaders), now);
}

fn visit(context: &Context<'_>, loaders: &Loaders) -> u64 {
    let network = context.data_opt::<Client>().map(|client| client.network);
    let account = loaders.context().actor.account();
    loaders.app().tally.visit(account, network, Utc::now())
}

/// How often something was searched for.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SearchStatistics {
    /// The words, in lower case and without accents.
    pub query: String,
    /// How many visits searched for it: somebody who asks again within the hour is not counted again.
    pub searches: i32,
    /// How many of them found nothing.
    pub without_result: i32,
    /// How many of them opened something that was found, as far as applications tell (`reportSearchClick`).
    pub clicked: i32,
}

#[async_graphql::ComplexObject]
impl SearchStatistics {
    /// The share of those that found something and opened something of it, from 0 to 1; null where nobody found anything.
    async fn click_through(&self) -> Option<f64> {
        share(self.clicked, self.searches - self.without_result)
    }
}

fn share(part: i32, whole: i32) -> Option<f64> {
    (whole > 0).then(|| (f64::from(part) / f64::from(whole)).min(1.0))
}

/// What was searched for in the last days. It names nobody: words are written down only once three visits of a day asked for
/// them, and not where they look like personal data.
pub struct SearchAnalytics {
    days: usize,
    all: SearchStatistics,
}

/// What was searched for in the last days. It names nobody: words are written down only once three visits of a day asked for
/// them, and not where they look like personal data.
#[Object]
impl SearchAnalytics {
    /// How many days, with today.
    async fn days(&self) -> i32 {
        i32::try_from(self.days).unwrap_or(i32::MAX)
    }

    /// All searches together, those too whose words were not written down; `query` is empty.
    async fn all(&self) -> &SearchStatistics {
        &self.all
    }

    /// What was searched for most.
    async fn frequent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
    ) -> Result<Vec<SearchStatistics>, ApiError> {
        most(context, self.days, Column::Searches, first).await
    }

    /// What most often found nothing: what is missing, or is called something else.
    async fn without_result(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
    ) -> Result<Vec<SearchStatistics>, ApiError> {
        most(context, self.days, Column::WithoutResult, first).await
    }
}

#[derive(FromQueryResult)]
struct Row {
    query: String,
    searches: i64,
    without_result: i64,
    clicked: i64,
}

impl From<Row> for SearchStatistics {
    fn from(row: Row) -> Self {
        let number = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        Self {
            query: row.query,
            searches: number(row.searches),
            without_result: number(row.without_result),
            clicked: number(row.clicked),
        }
    }
}

/// The sums of the last days, by words.
fn sums(days: usize) -> Select<search_statistic::Entity> {
    let mut select = search_statistic::Entity::find()
        .select_only()
        .column(Column::Query)
        .group_by(Column::Query);
    for column in [Column::Searches, Column::WithoutResult, Column::Clicked] {
        select = select.column_as(sum(column), column);
    }
    select.filter(Column::Day.gte(first_day(Utc::now().date_naive(), days)))
}

fn sum(column: Column) -> Expr {
    // PostgreSQL adds up whole numbers to a decimal one.
    Func::sum(Expr::col((search_statistic::Entity, column))).cast_as(Alias::new("bigint"))
}

async fn most(
    context: &Context<'_>,
    days: usize,
    by: Column,
    first: Option<i32>,
) -> Result<Vec<SearchStatistics>, ApiError> {
    let loaders = loaders(context)?;
    let limit = bounded("first", first, 20, 100)?;
    let rows = sums(days)
        .filter(Column::Query.ne(""))
        .having(sum(by).gt(0))
        .order_by(sum(by), Order::Desc)
        .order_by_asc(Column::Query)
        .limit(u64::try_from(limit).unwrap_or(u64::MAX))
        .into_model::<Row>()
        .all(loaders.app().database.read())
        .await?;
    Ok(rows.into_iter().map(SearchStatistics::from).collect())
}

/// What is searched for: the queries.
#[derive(Default)]
pub struct SearchAnalyticsQueries;

/// What is searched for.
#[Object]
impl SearchAnalyticsQueries {
    /// What was searched for in the last days, without personal data. Kept for 90 days. For administrators.
    async fn search_analytics(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many days, with today: 1 to 90; 30 where it is missing.")] days: Option<i32>,
    ) -> Result<SearchAnalytics, ApiError> {
        let loaders = loaders(context)?;
        loaders.context().actor.require(Permission::ManageSearch)?;
        let days = bounded("days", days, 30, KEPT)?;
        let all = sums(days)
            .filter(Column::Query.eq(""))
            .into_model::<Row>()
            .one(loaders.app().database.read())
            .await?;
        let none = || SearchStatistics {
            query: String::new(),
            searches: 0,
            without_result: 0,
            clicked: 0,
        };
        Ok(SearchAnalytics {
            days,
            all: all.map_or_else(none, SearchStatistics::from),
        })
    }
}

/// Something that was opened from the hits of a search.
#[derive(InputObject)]
pub struct ReportSearchClickInput {
    /// The words that were searched for.
    pub query: String,
    /// The content that was opened.
    pub content: ID,
}

/// Whether it was counted.
#[derive(SimpleObject)]
pub struct ReportSearchClickPayload {
    /// Whether it was counted; not where this caller did not search for it within the hour, nor where there is no such content.
    pub counted: bool,
    /// What you can mend.
    pub errors: Vec<UserError>,
}

/// What is searched for: the mutations.
#[derive(Default)]
pub struct SearchAnalyticsMutations;

/// What is searched for.
#[Object]
impl SearchAnalyticsMutations {
    /// Tells that somebody opened something that their search had found, so that it shows which searches lead somewhere.
    /// Neither who it was nor what they opened is kept.
    async fn report_search_click(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What was opened.")] input: ReportSearchClickInput,
    ) -> Result<ReportSearchClickPayload, ApiError> {
        let loaders = loaders(context)?;
        let (kind, id) = NodeId::parse_content(&input.content)?;
        let refused = |error: &ApiError, field: &str| ReportSearchClickPayload {
            counted: false,
            errors: vec![UserError::new(
                error.code().as_str(),
                error.message(),
                &["input", field],
            )],
        };
        let query = match check_query(&input.query) {
            Ok(query) => query,
            Err(error) => return Ok(refused(&error, "query")),
        };
        if kinds_of(loaders.context(), &[id]).await?.get(&id) != Some(&(kind, ContentStatus::Published)) {
            return Ok(refused(&ApiError::not_found(&input.content), "content"));
        }
        let visit = visit(context, &loaders);
        Ok(ReportSearchClickPayload {
            counted: loaders.app().tally.clicked(&query, visit, Utc::now()),
            errors: Vec::new(),
        })
    }
}
