//! What a list holds, before it is cut into pages, and how it is best read and counted.

use praxis_entities::content;
use sea_orm::Condition;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoCondition, Query, SelectStatement};

use super::kind::{self, Kind, KindFilter, Reading, Scope, Selected, join_detail};
use super::visibility;
use crate::app::App;
use crate::graphql::errors::ApiError;
use crate::identity::Actor;

/// What a list holds.
pub struct Listed {
    /// Its rows.
    pub rows: Rows,
    /// What counts them.
    pub total: SelectStatement,
    /// The total, where it was needed to know how the rows are best read.
    pub counted: Option<i64>,
}

/// The rows of a list before they are cut into pages.
pub enum Rows {
    /// Those that fulfil this.
    Fulfilling(Condition),
    /// Those with these keys that are visible.
    Keys(SelectStatement),
}

impl Listed {
    /// What fulfils a filter, or all of a kind. `is_counted` says whether the total is wanted.
    ///
    /// # Errors
    /// As the filter; where the database is away.
    pub async fn new<K: Kind>(
        app: &App,
        actor: &Actor,
        filter: Option<&K::Filter>,
        is_counted: bool,
    ) -> Result<Self, ApiError> {
        let visible = || Condition::all().add(visibility::listed(actor));
        let of_kind = || Expr::col((content::Entity, content::Column::Kind)).eq(Expr::Constant(K::KIND.into()));
        let Some(filter) = filter else {
            let all = visible().add(of_kind());
            let mut total = count();
            total.cond_where(all.clone());
            return Ok(Self {
                rows: Rows::Fulfilling(all),
                total,
                counted: None,
            });
        };
        let database = app.database.read();
        let scope = Scope::whole(app);
        let walked = || {
            Ok::<_, ApiError>(
                visible()
                    .add(of_kind())
                    .add(filter.condition(&Scope::read(app, Reading::Walked))?),
            )
        };
        let Some(all) = filter.selecting(&scope, Selected::Count)? else {
            let mut counting = visible().add(filter.condition(&scope)?);
            if !K::Filter::COUNTED_BY_DETAIL {
                counting = counting.add(of_kind());
            }
            let mut total = count();
            join_detail::<K>(&mut total);
            total.cond_where(counting);
            // The table of the kind, which is joined, says what they are. With that condition too, a planner without
            // statistics walks all content of the kind.
            let rows = match filter.reading(database).await? {
                Reading::Walked => walked()?,
                reading => visible().add(filter.condition(&Scope::read(app, reading))?),
            };
            return Ok(Self {
                rows: Rows::Fulfilling(rows),
                total,
                counted: None,
            });
        };
        let unlisted = keys_of(visibility::unlisted()).and_where(of_kind()).take();
        let hidden = filter.selecting(&scope, Selected::CountAmong(unlisted))?;
        let total = difference(all, hidden);
        let keys = filter.selecting(&scope, Selected::Keys)?.unwrap_or_default();
        let counted = match is_counted {
            true => Some(kind::total(&total, database).await?),
            false => None,
        };
        let reading = match counted {
            Some(counted) => Reading::of(counted),
            None => Reading::of_found(keys.clone(), database).await?,
        };
        Ok(Self {
            rows: match reading {
                Reading::Walked => Rows::Fulfilling(walked()?),
                Reading::Few | Reading::Whole => Rows::Keys(keys),
            },
            total,
            counted,
        })
    }
}

/// Selects the keys of content that fulfils this.
pub fn keys_of(condition: impl IntoCondition) -> SelectStatement {
    Query::select()
        .column((content::Entity, content::Column::Id))
        .from(content::Entity)
        .cond_where(condition)
        .take()
}

/// Counts content.
fn count() -> SelectStatement {
    Query::select()
        .expr_as(Expr::cust("COUNT(*)"), Alias::new("total"))
        .from(content::Entity)
        .take()
}

/// What one statement counts less what another one does.
fn difference(all: SelectStatement, some: Option<SelectStatement>) -> SelectStatement {
    let counted = |statement: SelectStatement| Expr::SubQuery(None, Box::new(statement.into()));
    let total = match some {
        Some(some) => counted(all).sub(counted(some)),
        None => counted(all),
    };
    Query::select().expr_as(total, Alias::new("total")).take()
}
